"""A command in a process of its own, listened to line by line, and what a person does with it first."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

PASSWORD = "correct-horse-battery-staple"


def started(state: Path, *words: str) -> subprocess.Popen[str]:
    """The command on a state folder, with no other setting."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AEGRID_")}
    return subprocess.Popen(
        [sys.executable, "-m", "aegrid_energy", *words],
        stderr=subprocess.PIPE,
        text=True,
        env=environ | {"AEGRID_STATE_DIR": str(state)},
    )


def told_until(process: subprocess.Popen[str], words: str) -> str:
    """What it says up to and with a line that has these words."""
    assert process.stderr is not None
    heard = []
    for line in process.stderr:
        heard.append(line)
        if words in line:
            return "".join(heard)
    raise AssertionError("".join(heard))


@contextmanager
def first_administrator(process: subprocess.Popen[str], origin: str) -> Iterator[httpx.Client]:
    """A browser, signed in by the code that the console tells."""
    code = re.search(r"^\s+([0-9a-f]{40})$", told_until(process, "works once"), re.MULTILINE)
    assert code is not None
    body = {"code": code[1], "email": "ada@example.org", "password": PASSWORD, "tenant": "Shire of Banksia"}
    with httpx.Client(base_url=origin, headers={"Origin": origin}, timeout=30) as browser:
        browser.post("/api/energy/first-administrator", json=body).raise_for_status()
        yield browser
