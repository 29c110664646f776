"""Floors and purity, as declared in pyproject.toml, hold."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_imports_only_go_down_and_engines_are_pure() -> None:
    pytest.importorskip("importlinter", reason="the linter comes with `make check`")
    run = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_policies_ask_no_subquery() -> None:
    count = 0
    for path in sorted((ROOT / "src/aegrid_energy/storage/migrations").glob("*.sql")):
        text = path.read_text().lower()
        start = 0
        while (at := text.find("create policy", start)) >= 0:
            is_formatted = "execute format" in text[max(0, at - 40) : at]
            end = text.find("';" if is_formatted else ";", at)
            assert not re.search(r"\(\s*select", text[at:end]), path.name
            start = end
            count += 1
    assert count > 0  # the search finds what it is for
