"""What the house refuses: names that say nothing, unfinished work, lock files that name a registry."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
REFUSED = {
    "util", "utils", "helper", "helpers", "common", "misc", "manager", "base", "core", "service", "services",
}  # fmt: skip


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("this is no git checkout")
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_no_file_has_a_name_that_says_nothing() -> None:
    wrong = [
        path.relative_to(ROOT)
        for path in tracked("src/*.py", "tests/*.py", "web/src/*")
        if REFUSED & set(re.split(r"[_.\-]", path.stem.lower()))
    ]
    assert wrong == []


def test_no_work_is_left_unfinished_in_words() -> None:
    marker = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked("src/*.py", "tests/*.py", "web/src/*.ts", "web/src/*.svelte", "docs/*.md", "*.py")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if marker.search(line)
    ]
    assert found == []


def test_lock_files_name_no_registry() -> None:
    locks = tracked("requirements/*.lock", "web/package-lock.json", "web/e2e/package-lock.json")
    assert locks
    named = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in locks
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if '"resolved"' in line or re.search(r"--(extra-)?index-url|--find-links", line)
    ]
    assert named == []


def test_a_core_install_stays_small() -> None:
    lock = (ROOT / "requirements" / "run.lock").read_text()
    assert len(re.findall(r"^[a-z0-9].*==", lock, flags=re.MULTILINE)) <= 60


def test_every_fragment_of_the_changelog_says_its_kind() -> None:
    kinds = {kind["directory"] for kind in _project()["tool"]["towncrier"]["type"]}
    for path in (ROOT / "changelog.d").iterdir():
        assert re.fullmatch(rf"\+[a-z0-9-]+\.({'|'.join(kinds)})\.md|README\.md", path.name), path.name
        assert path.read_text().strip(), path.name
