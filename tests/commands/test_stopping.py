"""Told to stop in the middle of its work, the product stops; what it was at is taken up by the next one."""

import os
import signal
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from command_process import first_administrator, started, told_until

ROWS = "".join(f"2026-01-{day:02}T00:00:00Z,{day}.5\n" for day in range(1, 29))


def live_socket(browser: httpx.Client, origin: str) -> ClientConnection:
    """A socket of the signed-in browser."""
    cookie = f"aegrid={browser.cookies['aegrid']}"
    address = f"{origin.replace('http:', 'ws:')}/ws/energy/live"
    return connect(address, origin=origin, additional_headers={"Cookie": cookie})


def start_job(browser: httpx.Client) -> None:
    """A site, and a file for it that is loaded by a job."""
    site = {"external_id": "D", "name": "Depot", "timezone": "Australia/Melbourne"}
    browser.post("/api/energy/register", json={"sites": [site]}).raise_for_status()
    site_id = browser.get("/api/energy/overview").json()["sites"][0]["id"]
    sent = browser.post(
        "/api/energy/consumption",
        params={"job": "true", "name": "m.csv", "meter": "M", "site": site_id, "accept_proposed": "true"},
        content=f"time,kWh\n{ROWS}".encode(),
        headers={"Content-Type": "text/csv"},
    )
    assert sent.status_code == 202, sent.text


def freeze_reader(process_id: int) -> None:
    """Stop the child that reads the upload: a job that does not end by itself."""
    while True:
        for task in Path(f"/proc/{process_id}/task").iterdir():
            for pid in (task / "children").read_text().split():
                if b"parse_child" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(int(pid), signal.SIGSTOP)
                    return


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for the reader in /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["term", "int"])
def test_a_job_that_is_cut_off_is_done_by_the_next_worker_and_sockets_are_told(
    state: Path, unused_port: int, number: signal.Signals
) -> None:
    origin = f"http://127.0.0.1:{unused_port}"
    process = started(state, "serve", "--port", str(unused_port))
    try:
        with first_administrator(process, origin) as browser, live_socket(browser, origin) as live:
            start_job(browser)
            freeze_reader(process.pid)
            process.send_signal(number)
            assert process.wait(timeout=30) == (0 if number == signal.SIGTERM else 130)
            with pytest.raises(ConnectionClosed) as closed:
                live.recv(timeout=30)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012
    finally:
        process.kill()
        process.communicate()
    worker = started(state, "worker")
    try:
        assert "status=done" in told_until(worker, "job_over")
    finally:
        worker.kill()
        worker.communicate()
