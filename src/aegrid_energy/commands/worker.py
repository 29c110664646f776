"""`aegrid-energy worker`: work off jobs in a process of its own, beside the server."""

import argparse
import asyncio
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aegrid_energy.settings import Settings
    from aegrid_energy.storage.server import Server


def add_arguments(parser: argparse.ArgumentParser) -> None:  # every command has the same doors
    """Arguments of the command: none; the settings say which database and how many jobs at a time."""


def run(args: argparse.Namespace) -> int:  # noqa: ARG001
    """Work until a signal says stop; a job under way is taken up again by the next worker."""
    from aegrid_energy.main import open_database, set_up_logging, settings_now  # noqa: PLC0415  # heavy

    settings = settings_now()
    set_up_logging(settings)
    with open_database(settings) as server:
        asyncio.run(_work_until_told(server, settings))
    return 0


async def _work_until_told(server: "Server", settings: "Settings") -> None:
    from aegrid_energy.main import work  # noqa: PLC0415
    from aegrid_energy.workflows.end_tasks import end_tasks  # noqa: PLC0415

    working = asyncio.ensure_future(work(server, settings))
    told = asyncio.Event()
    waiting = asyncio.ensure_future(told.wait())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    print(
        f"Working off jobs, {settings.worker_jobs} at a time. Stop with Ctrl-C.", file=sys.stderr, flush=True
    )
    await asyncio.wait([working, waiting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not await end_tasks([working]) and not working.cancelled():
        working.result()
