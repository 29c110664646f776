"""What a stranger reads when the machine lacks something, and that nothing is left half made."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make on this machine")


def _make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Make as from a shell, also where these tests themselves were started by one."""
    variables = {
        name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    }
    return subprocess.run(
        ["make", *words], cwd=folder, env=variables, capture_output=True, text=True, check=False
    )


def _demo(folder: Path, python: str) -> tuple[int, str]:
    """`make demo` in a folder that holds the Makefile and nothing else, with an interpreter like this."""
    shutil.copy(ROOT / "Makefile", folder)
    wrapper = folder / "python"
    wrapper.write_text(f'#!/bin/sh\n{python}\nexec {sys.executable} "$@"\n')
    wrapper.chmod(0o755)
    done = _make(folder, "demo", f"PYTHON={wrapper}")
    assert not (folder / ".venv").exists()
    return done.returncode, done.stdout


def test_a_python_without_venv_is_told_what_to_install(tmp_path: Path) -> None:
    code, words = _demo(tmp_path, 'case "$*" in *ensurepip*) exit 1;; esac')
    assert code != 0
    assert words.rstrip().endswith(
        "has no venv module. On Debian and Ubuntu: sudo apt-get install python3-venv"
    )


def test_an_old_python_is_told_which_one_is_needed(tmp_path: Path) -> None:
    code, words = _demo(
        tmp_path, 'case "$*" in *version_info*) exit 1;; -V) echo "Python 3.9.2"; exit 0;; esac'
    )
    assert code != 0
    assert "needs Python 3.11 or newer" in words
    assert "is Python 3.9.2. Name another: make PYTHON=" in words


def test_every_target_says_what_it_is_for() -> None:
    text = (ROOT / "Makefile").read_text()
    (declared,) = (line.split()[1:] for line in text.splitlines() if line.startswith(".PHONY:"))
    help_ = _make(ROOT, "help").stdout
    told = {line.partition("\t")[0] for line in help_.splitlines()}
    assert set(declared) - told == {"test-python", "test-web", "test-browser"}  # parts of `make test`
