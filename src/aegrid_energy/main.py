"""The one place that builds things: settings -> database, pools, worker, app."""

import asyncio
import contextlib
import logging
import os
import secrets
import socket
import ssl
import sys
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import structlog
import uvicorn
from fastapi import FastAPI

from aegrid_energy.api.application import ROUTERS, make_application
from aegrid_energy.api.context import Context
from aegrid_energy.api.limits import Limiter
from aegrid_energy.api.live_bus import LiveBus
from aegrid_energy.api.static_files import static_routes
from aegrid_energy.api.tls import TlsFiles
from aegrid_energy.domain.errors import ConflictError, InvalidError, UnavailableError
from aegrid_energy.settings import Network, Settings, read_settings
from aegrid_energy.storage.migrate import migrate
from aegrid_energy.storage.pool import Pool, build_pool
from aegrid_energy.storage.roles import Role, ensure_database, refuse_bypass
from aegrid_energy.storage.server import EmbeddedServer, Progress, Server, open_server
from aegrid_energy.storage.state import default_state_dir
from aegrid_energy.workflows.end_tasks import end_tasks
from aegrid_energy.workflows.keep_house import keep_house
from aegrid_energy.workflows.kinds_of_work import KINDS
from aegrid_energy.workflows.run_jobs import Worker, run_worker_for_ever

_log = structlog.get_logger(__name__)

#: What runs beside the doors, given the pool; cancelled when the app stops.
Background = Callable[[Pool], Awaitable[None]]


def settings_now() -> Settings:
    """The settings of this process; variables of the build are none of them."""
    return read_settings({k: v for k, v in os.environ.items() if k != "AEGRID_SKIP_UI"})


def state_dir_of(settings: Settings) -> Path:
    """Where the embedded database and our own secrets live."""
    return settings.state_dir or default_state_dir(os.environ)


def clock() -> datetime:
    """Now; the only clock of the serving process."""
    return datetime.now(UTC)


@contextmanager
def open_database(settings: Settings, *, progress: Progress | None = None) -> Generator[Server]:
    """The database, started where it is our own, at this version's schema.

    Raises:
        UnavailableError: `database_not_reached`, or the embedded server does not start.
        ConflictError: `schema_missing`: somebody else's database that was not migrated.
    """
    server = open_server(
        state_dir_of(settings),
        database_url=settings.database_url.get_secret_value() if settings.database_url else None,
        database_owner_url=settings.database_owner_url.get_secret_value()
        if settings.database_owner_url
        else None,
        progress=progress,
    )
    with server:
        try:
            if isinstance(server, EmbeddedServer):
                ensure_database(server.dsn(Role.ADMIN), server.database, server.names)
            if isinstance(server, EmbeddedServer) or settings.database_owner_url is not None:
                migrate(server.dsn(Role.OWNER), server.names)
            refuse_bypass(server.dsn(Role.APP))
        except psycopg.OperationalError as error:
            # It names host, port and user, never the password.
            why = " ".join(str(error).split()).rstrip(".?")
            raise UnavailableError("database_not_reached", why=why) from error
        try:
            yield server
        except psycopg.errors.UndefinedTable as error:
            raise ConflictError("schema_missing", why=error.diag.message_primary) from error


def pepper_of(settings: Settings) -> bytes:
    """The secret of device keys: as set, or made once and kept where only this account reads it."""
    if settings.key_pepper is not None:
        return settings.key_pepper.get_secret_value().encode()
    path = state_dir_of(settings) / "key-pepper"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Whole before it has its name: another process never reads half of it, and the first one stands.
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_hex(32).encode())
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
        Path(name).unlink()
    return path.read_bytes()


def set_up_logging(settings: Settings) -> None:
    """Logs as lines of text or JSON; never the values of variables, which may be secrets."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    # Libraries speak up when something is wrong; what the product does is told by its own lines.
    logging.basicConfig(level=max(level, logging.WARNING), format="%(levelname)s %(name)s %(message)s")
    render = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(
                structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
            )
            if settings.log_format == "json"
            else structlog.processors.StackInfoRenderer(),
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # Asked for at each line: whoever redirects the stream, or closes it, gets what comes after.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """How to serve.

    Args:
        host, port: Where to listen.
        origins: Addresses that are ours, as browsers write them.
        tls: Certificate and key; None: plain HTTP, on this machine or behind a proxy.
        is_tls: Whether browsers reach us by TLS.
        demo: Whether the demonstration's ways of signing in exist.
        works: Work off jobs in this process.
        trusted_proxies: Whose forwarding headers are believed.
    """

    host: str
    port: int
    origins: frozenset[str]
    tls: TlsFiles | None = None
    is_tls: bool = False
    demo: bool = False
    works: bool = True
    trusted_proxies: tuple[Network, ...] = ()


def build_app(
    server: Server,
    serving: Serving,
    *,
    pepper: bytes,
    pool_size: int = 10,
    worker_jobs: int = 1,
    background: tuple[Background, ...] = (),
) -> FastAPI:
    """The app over an open database."""
    pool = build_pool(server.dsn(Role.APP), name="app", size=pool_size)
    bus = LiveBus(pool, server.dsn(Role.APP))
    context = Context(
        pool=pool,
        now=clock,
        pepper=pepper,
        allowed_origins=serving.origins,
        is_tls=serving.is_tls,
        demo=serving.demo,
        limiter=Limiter(),
        trusted_proxies=serving.trusted_proxies,
        disk=server.state_dir if isinstance(server, EmbeddedServer) else None,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        async with pool:
            await bus.start()
            parts: list[Awaitable[None]] = [part(pool) for part in background]
            jobs_pool = build_pool(server.dsn(Role.JOBS), name="jobs", size=4) if serving.works else None
            if jobs_pool is not None:
                await jobs_pool.open()
                worker = Worker(
                    pool=jobs_pool,
                    jobs_dsn=server.dsn(Role.JOBS),
                    kinds=KINDS,
                    now=clock,
                    concurrency=worker_jobs,
                )
                parts += [
                    run_worker_for_ever(worker),
                    keep_house(jobs_pool, now=clock, owner=_owner_of(server)),
                ]
            tasks = [asyncio.ensure_future(part) for part in parts]
            for task in tasks:
                task.add_done_callback(_say_why)
            try:
                yield
            finally:
                await end_tasks(tasks)
                if jobs_pool is not None:
                    await jobs_pool.close()
                await bus.stop()

    app = make_application(context, ROUTERS, lifespan=lifespan, routes=static_routes())
    app.state.live_bus = bus
    return app


def serve_app(
    app: FastAPI,
    serving: Serving,
    *,
    started: Callable[[], None] | None = None,
    sockets: list[socket.socket] | None = None,
) -> None:
    """Serve until a signal says stop.

    Args:
        app: The app.
        serving: How.
        started: Called once it listens.
        sockets: Bound already; by default host and port are bound here.
    """
    config = uvicorn.Config(
        app,
        host=serving.host,
        port=serving.port,
        ssl_certfile=str(serving.tls.certificate) if serving.tls else None,
        ssl_keyfile=str(serving.tls.key) if serving.tls else None,
        ssl_version=ssl.PROTOCOL_TLS_SERVER,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws_max_size=65_536,
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
        timeout_graceful_shutdown=10,
        timeout_keep_alive=30,
    )
    server = uvicorn.Server(config)
    if started is None:
        server.run(sockets)
        return

    async def run() -> None:
        serving_task = asyncio.create_task(server.serve(sockets))
        while not server.started and not serving_task.done():  # noqa: ASYNC110  # uvicorn has no event, only a flag
            await asyncio.sleep(0.02)
        if server.started:
            started()
        await serving_task

    asyncio.run(run())


async def work(server: Server, settings: Settings) -> None:
    """Work off jobs in a process of its own until cancelled."""
    pool = build_pool(server.dsn(Role.JOBS), name="worker", size=settings.pool_size)
    async with pool:
        worker = Worker(
            pool=pool,
            jobs_dsn=server.dsn(Role.JOBS),
            kinds=KINDS,
            now=clock,
            concurrency=settings.worker_jobs,
        )
        await asyncio.gather(
            run_worker_for_ever(worker), keep_house(pool, now=clock, owner=_owner_of(server))
        )


def _owner_of(server: Server) -> Callable[[], Pool] | None:
    """Opens the way of the tables' owner, where this process knows it."""
    try:
        dsn = server.dsn(Role.OWNER)
    except InvalidError:
        return None
    return lambda: build_pool(dsn, name="owner", size=1)


def _say_why(task: "asyncio.Future[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("background_ended", error=repr(error))
