"""What `demo` does, apart from its arguments."""

import argparse
import asyncio
import socket
import time
import webbrowser
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from aegrid_energy.commands.listening import listening
from aegrid_energy.commands.signals import end_when_told
from aegrid_energy.domain.access import Role as PersonRole
from aegrid_energy.domain.errors import ConflictError
from aegrid_energy.main import (
    Serving,
    build_app,
    clock,
    open_database,
    pepper_of,
    serve_app,
    set_up_logging,
    settings_now,
)
from aegrid_energy.storage.codes import Purpose, issue_code
from aegrid_energy.storage.demo_accounts import ensure_demo_accounts
from aegrid_energy.storage.pool import Pool, build_pool, transaction
from aegrid_energy.storage.roles import Role
from aegrid_energy.storage.server import Server, Step
from aegrid_energy.workflows.feed_demo import feed_demo
from aegrid_energy.workflows.load_folder import load_folder
from aegrid_energy.workflows.set_up_demo import set_up_demo

_HOST: Final = "127.0.0.1"
_STEPS: Final = {
    "register": "Loading the register",
    "readings": "Loading two years of readings",
    "files": "Loading your files",
}


def run_demo(args: argparse.Namespace, began: float) -> int:
    """Set up, serve, and print where to look."""
    end_when_told()
    console = Console(stderr=True)
    settings = settings_now()
    set_up_logging(settings)
    # Taken before the long set-up: two demonstrations that start together find different ports.
    with _listening(args.port, settings.port) as sockets, _bar(console) as bar:
        port = sockets[0].getsockname()[1]
        task = bar.add_task("Starting the database", total=None)

        def starting(step: Step, _: float) -> None:
            bar.update(task, description=f"{step.value.capitalize()} the database")

        with open_database(settings, progress=starting) as server:

            def told(step: str, done: int, total: int) -> None:
                bar.update(task, description=_STEPS.get(step, step), completed=done, total=total)

            code, tenant_no = asyncio.run(_prepare(server, args, told))
            bar.stop()
            url = f"http://{_HOST}:{port}/#code={code}"
            serving = Serving(
                host=_HOST,
                port=port,
                origins=frozenset({f"http://{_HOST}:{port}", f"http://localhost:{port}"}),
                demo=True,
            )

            async def feed(pool: Pool) -> None:
                await feed_demo(pool, tenant_no, now=clock)

            app = build_app(
                server, serving, pepper=pepper_of(settings), background=() if args.data else (feed,)
            )

            def started() -> None:
                console.print(
                    f"Ready after {time.monotonic() - began:.1f} s. Open\n\n    {url}\n", highlight=False
                )
                console.print("The code works once, for 10 minutes. Stop with Ctrl-C.")
                if not args.no_browser:
                    webbrowser.open(url)

            serve_app(app, serving, started=started, sockets=sockets)
    return 0


async def _prepare(
    server: Server, args: argparse.Namespace, told: Callable[[str, int, int], None]
) -> tuple[str, int]:
    pool = build_pool(server.dsn(Role.APP), name="set-up")
    async with pool:
        now = clock()
        if args.data is not None:
            tenant_no = await load_folder(pool, args.data, zone=args.zone, now=now, progress=told)
        else:
            tenant_no = await set_up_demo(pool, now=now, progress=told)
        async with transaction(pool, tenant_no) as conn:
            people = await ensure_demo_accounts(conn, now=now)
            code = await issue_code(conn, Purpose.DEMO, now=now, account_id=people[PersonRole.ENERGY_MANAGER])
        return code, tenant_no


def _bar(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )


@contextmanager
def _listening(asked: int | None, usual: int) -> Generator[list[socket.socket]]:
    """On the port asked for, or else the usual one or one of the next."""
    with ExitStack() as stack:
        for port in [asked] if asked else range(usual, min(usual + 20, 65_535)):
            try:
                sockets = stack.enter_context(listening(_HOST, port))
            except ConflictError:
                continue
            yield sockets
            return
        raise ConflictError("port_taken", host=_HOST, port=asked or usual)
