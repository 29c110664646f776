"""The one command of a new user: it prints an address, and behind it is a living portfolio."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import httpx
import pytest

from database import make_state_dir

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Demo:
    """The running demonstration, and the code of the address that it printed."""

    process: subprocess.Popen[str]
    origin: str
    code: str


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    state = make_state_dir()
    process = subprocess.Popen(
        [sys.executable, "-m", "aegrid_energy", "demo", "--no-browser"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"AEGRID_STATE_DIR": str(state)},
    )
    assert process.stdout is not None
    try:
        said: list[str] = []
        found = None
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"(http://127\.0\.0\.1:\d+)/#code=(\w+)", line):
                break
        assert found, "".join(said)
        yield Demo(process=process, origin=found[1], code=found[2])
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        shutil.rmtree(state, ignore_errors=True)


@pytest.fixture(scope="module")
def browser(demo: Demo) -> Iterator[httpx.Client]:
    """A browser that opened the address."""
    headers = {"Origin": demo.origin, "Sec-Fetch-Site": "same-origin"}
    with httpx.Client(base_url=demo.origin, headers=headers, timeout=30) as client:
        client.post("/api/energy/session", json={"code": demo.code}).raise_for_status()
        yield client


def test_every_site_of_the_portfolio_has_used_something_today_and_now(browser: httpx.Client) -> None:
    overview = browser.get("/api/energy/overview").raise_for_status().json()
    assert overview["totals"]["sites"] == len(overview["sites"]) == 6
    assert all(site["month_kwh"] for site in overview["sites"])
    assert overview["totals"]["live_sites"] > 0


def test_two_years_lie_behind_the_chart(browser: httpx.Client) -> None:
    overview = browser.get("/api/energy/overview").raise_for_status().json()
    today = date.fromisoformat(overview["as_of"][:10])
    for site in overview["sites"]:
        answer = browser.get(
            f"/api/energy/consumption/{site['id']}",
            params={
                "from": f"{today - timedelta(days=700)}T00:00:00Z",
                "to": f"{today}T00:00:00Z",
                "resolution": "1mo",
            },
        )
        months = answer.raise_for_status().json()
        assert len(months["sum"]) in {23, 24, 25}, site["name"]
        assert all(used is not None and used > 0 for used in months["sum"]), site["name"]


def test_the_code_of_the_address_works_once(demo: Demo, browser: httpx.Client) -> None:
    again = httpx.post(
        f"{demo.origin}/api/energy/session",
        json={"code": demo.code},
        headers={"Origin": demo.origin, "Sec-Fetch-Site": "same-origin"},
    )
    assert (again.status_code, again.json()["code"]) == (403, "code_refused")


def test_ended_by_the_keyboard_it_ends_well(demo: Demo, browser: httpx.Client) -> None:
    demo.process.send_signal(signal.SIGINT)
    words, _ = demo.process.communicate(timeout=60)
    assert demo.process.returncode in {0, 130}
    assert "Traceback" not in words
