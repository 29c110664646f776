"""The web app gets into the package, or the build says why not."""

import importlib.util
import json
import re
import shutil
import tarfile
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


hatch_build = _load()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small checkout with source and no built pages, on a machine without Node."""
    monkeypatch.delenv(hatch_build.SKIP, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    web = tmp_path / "web"
    (web / "src").mkdir(parents=True)
    (web / "package.json").write_text("{}")
    (web / "package-lock.json").write_text("{}")
    (web / "src" / "start.ts").write_text("start\nnow\n")
    hatch_build.static_of(tmp_path).parent.mkdir(parents=True)
    return tmp_path


def _put_pages(root: Path) -> None:
    static = hatch_build.static_of(root)
    static.mkdir()
    (static / "index.html").write_text("old")
    (static / hatch_build.STAMP).write_text(hatch_build.stamp(root / "web"))


def test_built_pages_that_fit_their_source_need_no_node(checkout: Path) -> None:
    _put_pages(checkout)
    assert hatch_build.is_current(checkout)
    assert not hatch_build.needs_node_wheel(checkout)
    assert not hatch_build.ensure(checkout)


def test_missing_pages_need_node(checkout: Path) -> None:
    assert hatch_build.needs_node_wheel(checkout)


def test_changed_source_makes_pages_old(checkout: Path) -> None:
    _put_pages(checkout)
    (checkout / "web" / "src" / "start.ts").write_text("start\nlater\n")
    assert not hatch_build.is_current(checkout)
    assert hatch_build.needs_node_wheel(checkout)


def test_a_renamed_file_makes_pages_old(checkout: Path) -> None:
    _put_pages(checkout)
    (checkout / "web" / "src" / "start.ts").rename(checkout / "web" / "src" / "begin.ts")
    assert not hatch_build.is_current(checkout)


@pytest.mark.parametrize("path", ["node_modules/uplot/index.js", "src/start.test.ts", "e2e/first.ts"])
def test_what_is_not_built_does_not_make_pages_old(checkout: Path, path: str) -> None:
    _put_pages(checkout)
    added = checkout / "web" / path
    added.parent.mkdir(parents=True, exist_ok=True)
    added.write_text("new")
    assert hatch_build.is_current(checkout)


def test_line_ends_of_a_checkout_do_not_make_pages_old(checkout: Path) -> None:
    _put_pages(checkout)
    (checkout / "web" / "src" / "start.ts").write_bytes(b"start\r\nnow\r\n")
    assert hatch_build.is_current(checkout)


def test_pages_without_source_stand_as_they_are(checkout: Path) -> None:
    _put_pages(checkout)
    shutil.rmtree(checkout / "web")
    assert hatch_build.is_current(checkout)


def test_skipping_builds_nothing_and_asks_for_nothing(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(hatch_build.SKIP, "1")
    assert not hatch_build.needs_node_wheel(checkout)
    assert not hatch_build.ensure(checkout)
    assert not hatch_build.static_of(checkout).exists()


def test_neither_pages_nor_source_fails_loudly(checkout: Path) -> None:
    shutil.rmtree(checkout / "web")
    with pytest.raises(hatch_build.UiBuildError, match="neither built pages"):
        hatch_build.ensure(checkout)


def test_a_bundler_that_makes_no_page_fails_loudly_and_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if hatch_build.node_on_path() is None and hatch_build.node_of_wheel() is None:
        pytest.skip("no Node on this machine")
    monkeypatch.delenv(hatch_build.SKIP, raising=False)
    web = tmp_path / "web"
    vite = web / "node_modules" / "vite" / "bin"
    vite.mkdir(parents=True)
    (vite / "vite.js").write_text("")
    (web / "package.json").write_text('{"name": "empty", "version": "0.0.0"}')
    lock = {"name": "empty", "version": "0.0.0", "lockfileVersion": 3, "packages": {}}
    (web / "package-lock.json").write_text(json.dumps(lock))
    (web / "node_modules" / ".package-lock.json").write_text(json.dumps(lock))
    static = hatch_build.static_of(tmp_path)
    static.mkdir(parents=True)
    (static / "index.html").write_text("old")
    with pytest.raises(hatch_build.UiBuildError, match=r"made no index\.html"):
        hatch_build.ensure(tmp_path)
    assert (static / "index.html").read_text() == "old"


def test_packages_are_installed_when_every_locked_version_stands(tmp_path: Path) -> None:
    locked = {
        "": {"version": "0.0.0"},
        "node_modules/plain": {"version": "1.0.0"},
        "node_modules/tester": {"version": "2.0.0", "dev": True},
        "node_modules/other-platform": {"version": "3.0.0", "optional": True},
    }
    present = tmp_path / "node_modules" / ".package-lock.json"
    present.parent.mkdir()
    (tmp_path / "package-lock.json").write_text(json.dumps({"packages": locked}))
    assert not hatch_build.is_installed(tmp_path, with_tests=False)
    present.write_text(json.dumps({"packages": {"node_modules/plain": {"version": "1.0.0"}}}))
    assert hatch_build.is_installed(tmp_path, with_tests=False)
    assert not hatch_build.is_installed(tmp_path, with_tests=True)
    present.write_text(json.dumps({"packages": {"node_modules/plain": {"version": "1.0.1"}}}))
    assert not hatch_build.is_installed(tmp_path, with_tests=False)


@pytest.mark.parametrize(
    ("version", "does_fit"),
    [
        ("v18.20.4\n", False),
        ("v20.18.1\n", False),
        ("v20.19.0\n", True),
        ("v21.7.3\n", False),
        ("v22.11.0\n", False),
        ("v22.12.0\n", True),
        ("v24.19.0\n", True),
        ("", False),
        ("node: not found", False),
    ],
)
def test_node_must_be_one_that_the_bundler_runs_on(version: str, *, does_fit: bool) -> None:
    assert hatch_build.fits(version) is does_fit


def test_the_lock_file_names_no_registry_and_proves_every_package() -> None:
    lock = json.loads((WEB / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert len(packages) > 20
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []
    assert "omit-lockfile-registry-resolved=true" in (WEB / ".npmrc").read_text()


@pytest.mark.parametrize("platform", ["linux-x64-gnu", "linux-arm64-gnu", "darwin-arm64", "win32-x64-msvc"])
def test_the_lock_file_serves_every_common_platform(platform: str) -> None:
    lock = json.loads((WEB / "package-lock.json").read_text())
    assert f"node_modules/@rolldown/binding-{platform}" in lock["packages"]


def test_the_page_has_nothing_that_the_content_policy_refuses() -> None:
    page = (WEB / "index.html").read_text()
    assert re.findall(r"<script(?![^>]*\ssrc=)", page) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", page) == []
    assert re.findall(r"(?:src|href)=\"(?!/)", page) == []


def test_the_page_has_nothing_from_another_host() -> None:
    outside = [
        f"{path.relative_to(WEB)}: {address}"
        for path in hatch_build.sources(WEB)
        if path.suffix in {".ts", ".svelte", ".css", ".html"}
        for address in re.findall(r"https?://[\w.-]+", path.read_text())
        # The name space of SVG is only a name; nothing is fetched from there.
        if "127.0.0.1" not in address and address != "http://www.w3.org"
    ]
    assert outside == []


def test_the_package_asks_the_hook_and_ships_what_git_ignores() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    assert "custom" in build["hooks"]
    assert any(pattern.startswith("src/aegrid_energy/static/") for pattern in build["artifacts"])


def test_wheel_and_sdist_carry_the_pages(tmp_path: Path) -> None:
    if not hatch_build.is_current(ROOT):
        pytest.skip("the pages of this checkout are not built: python hatch_build.py build")
    wheels = pytest.importorskip("hatchling.builders.wheel", reason="hatchling lives in build environments")
    sdists = pytest.importorskip("hatchling.builders.sdist")
    (wheel,) = wheels.WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert "aegrid_energy/static/index.html" in names
    assert any(re.fullmatch(r"aegrid_energy/static/assets/index-[\w-]+\.js", name) for name in names)
    assert not any("node_modules" in name for name in names)
    (sdist,) = sdists.SdistBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with tarfile.open(sdist) as archive:
        members = {name.partition("/")[2] for name in archive.getnames()}
    assert {"src/aegrid_energy/static/index.html", "web/package-lock.json", "web/.npmrc"} <= members
    shutil.unpack_archive(sdist, tmp_path / "out")
    # What matters: whoever builds from the sdist finds pages that fit, and never meets Node.
    (unpacked,) = (tmp_path / "out").iterdir()
    assert hatch_build.is_current(unpacked)


def test_without_a_browser_what_needs_one_is_skipped_and_says_how_to_get_it(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(hatch_build.CHROMIUM, raising=False)
    hatch_build.drive_browser(checkout, "test", [])
    assert capsys.readouterr().err.startswith("SKIPPED: what needs a browser. There is no Chromium")


def test_a_browser_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(hatch_build.CHROMIUM, "/opt/browser")
    assert hatch_build.chromium() == "/opt/browser"


def test_the_lock_file_of_the_browser_tests_proves_every_package() -> None:
    lock = json.loads((WEB / "e2e" / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []
    assert "omit-lockfile-registry-resolved=true" in (WEB / "e2e" / ".npmrc").read_text()
