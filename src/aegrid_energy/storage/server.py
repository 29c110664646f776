"""The database server: embedded, or one that somebody else runs; `open_server` hides which.

The embedded server is shared by every process that uses one state folder. It starts with the first and stops
with the last, even if that one was killed: see `guard`.
"""

import hashlib
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from psycopg import conninfo
from psycopg.errors import ProgrammingError

from aegrid_energy.domain.errors import InvalidError, UnavailableError
from aegrid_energy.storage import guard
from aegrid_energy.storage.binaries import binaries_for
from aegrid_energy.storage.cluster import configure, ensure_cluster, socket_dir
from aegrid_energy.storage.roles import Role, RoleNames, role_names, session_options
from aegrid_energy.storage.state import Lock, is_taken, make_state_dir
from aegrid_energy.storage.system_account import server_account

DEFAULT_DATABASE: Final = "aegrid"
#: Crash recovery replays at most `max_wal_size`; slow disks take their time. [s]
PATIENCE_S: Final = 120.0
#: The socket's number; no TCP port is opened.
_PORT: Final = "5432"
#: Give up on a server that does not answer the first packet. [s]
_CONNECT_TIMEOUT_S: Final = "5"


class Step(StrEnum):
    """What a start is doing."""

    WAITING = "waiting"  # another process starts or stops the server
    INITIALISING = "initialising"
    STARTING = "starting"  # recovers first if it was killed


#: Told the step and how long the start has taken. [s]
Progress = Callable[[Step, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedServer:
    """A running server of our own, held until `stop`."""

    state_dir: Path
    data_dir: Path
    socket_dir: Path
    #: The database that a connection goes to when none is named.
    database: str
    _in_use: Lock = field(repr=False, compare=False)
    _guard_pid: int | None = field(repr=False, compare=False)

    def dsn(self, role: Role, database: str | None = None, *, names: RoleNames | None = None) -> str:
        """Where and as whom to connect.

        Args:
            role: What the connection is for.
            database: Another database than the default one.
            names: Names of the roles; by default they carry the name of the database.
        """
        database = database or ("postgres" if role is Role.ADMIN else self.database)
        names = names or role_names(database)
        return conninfo.make_conninfo(
            host=str(self.socket_dir),
            port=_PORT,
            dbname=database,
            user=names.of(role),
            options=session_options(role),
            connect_timeout=_CONNECT_TIMEOUT_S,
        )

    @property
    def names(self) -> RoleNames:
        """The roles of the default database."""
        return role_names(self.database)

    def stop(self) -> None:
        """Let go of the server; the last user stops it and waits for its end."""
        was_last = _let_go(self.state_dir, self.data_dir, self._in_use)
        if self._guard_pid is not None:
            _reap(self._guard_pid, is_ending=was_last)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalServer:
    """A server that somebody else runs; it is used, never started or stopped."""

    app_url: str = field(repr=False)
    owner_url: str | None = field(repr=False)
    database: str
    names: RoleNames

    def dsn(self, role: Role, database: str | None = None, *, names: RoleNames | None = None) -> str:
        """Where and as whom to connect.

        Raises:
            InvalidError: `database_owner_url_missing`: the role needs the owner's connection.
        """
        url = self.app_url if role in (Role.APP, Role.JOBS) else self.owner_url
        if url is None:
            raise InvalidError("database_owner_url_missing", role=role.value)
        given = conninfo.conninfo_to_dict(url)
        options = f"{given.pop('options', '')} {session_options(role)}".strip()
        given.setdefault("connect_timeout", _CONNECT_TIMEOUT_S)
        if database is not None:
            given["dbname"] = database
        if names is not None:
            given["user"] = names.of(role)
        return conninfo.make_conninfo("", **{**given, "options": options})

    def stop(self) -> None:
        """Nothing: it goes on for its other users."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


Server = EmbeddedServer | ExternalServer


def open_server(
    state_dir: Path,
    *,
    database_url: str | None,
    database_owner_url: str | None,
    progress: Progress | None = None,
) -> Server:
    """The server that the settings name, or our own in the state folder.

    Raises:
        InvalidError: `database_url`: not a connection string of PostgreSQL.
        UnavailableError: The embedded server does not start; see `start`.
    """
    if database_url is None:
        return start(state_dir, progress=progress)
    app_user, database = _user_and_database(database_url)
    owner = app_user if database_owner_url is None else _user_and_database(database_owner_url)[0]
    return ExternalServer(
        app_url=database_url,
        owner_url=database_owner_url,
        database=database,
        names=RoleNames(owner=owner, app=app_user, jobs=app_user, backup=owner),
    )


def start(
    state_dir: Path,
    *,
    database: str = DEFAULT_DATABASE,
    progress: Progress | None = None,
    within_s: float = PATIENCE_S,
) -> EmbeddedServer:
    """Start the embedded server of a state folder, or join the one that runs.

    It blocks; call it before the event loop starts, or in a thread.

    Args:
        state_dir: Its folder; made if missing.
        database: The default database of its connections.
        progress: Told what happens, some times a second.
        within_s: How long to wait, recovery after a crash included. [s]

    Raises:
        UnavailableError: It does not start; the code and the facts say why, the log's path among them.
    """
    began = time.monotonic()

    def tell(step: Step) -> None:
        if progress is not None:
            progress(step, time.monotonic() - began)

    deadline = began + within_s
    state_dir = make_state_dir(state_dir)
    data_dir = state_dir / "data"
    in_use, starting = Lock(state_dir / guard.IN_USE), Lock(state_dir / guard.STARTING)
    guard_pid: int | None = None
    try:
        # A server that is being stopped goes down first; then nobody stops it while this process lives.
        in_use.await_(is_shared=True, deadline=deadline, progress=lambda: tell(Step.WAITING))
        starting.await_(is_shared=False, deadline=deadline, progress=lambda: tell(Step.WAITING))
        account = server_account(state_dir, data_dir)
        if not is_taken(state_dir / guard.GUARDED):
            binaries = binaries_for(account, state_dir)
            tell(Step.STARTING if data_dir.exists() else Step.INITIALISING)
            ensure_cluster(data_dir, account, binaries)
            if guard.postmaster_of(data_dir) is None:
                configure(data_dir, account)
            order = guard.Order(
                state_dir=str(state_dir),
                data_dir=str(data_dir),
                socket_dir=str(socket_dir(state_dir, _digest(data_dir), account)),
                postgres=str(binaries.program("postgres")),
                uid=account.uid,
                gid=account.gid,
            )
            guard_pid = _spawn_guard(order)
        ready = _await_ready(state_dir, data_dir, guard_pid, deadline, lambda: tell(Step.STARTING))
    except BaseException:
        was_last = _let_go(state_dir, data_dir, in_use)
        if guard_pid is not None:
            _reap(guard_pid, is_ending=was_last)
        raise
    finally:
        starting.drop()
    return EmbeddedServer(
        state_dir=state_dir,
        data_dir=data_dir,
        socket_dir=Path(ready.socket_dir),
        database=database,
        _in_use=in_use,
        _guard_pid=guard_pid,
    )


def _spawn_guard(order: guard.Order) -> int:
    """Start the guard, in a session of its own, with the log as its output."""
    Lock(Path(order.state_dir) / guard.GUARDED).drop()
    log = Path(order.state_dir) / guard.LOG
    if log.exists() and log.stat().st_size > guard.LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))
    Lock(log).drop()  # makes it, for the right owner
    return os.posix_spawn(
        sys.executable,
        [sys.executable, "-I", "-S", guard.__file__, order.text()],
        guard.server_environment(),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_APPEND, 0),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )


def _await_ready(
    state_dir: Path, data_dir: Path, guard_pid: int | None, deadline: float, progress: Callable[[], None]
) -> guard.Postmaster:
    log = state_dir / guard.LOG
    while True:
        found = guard.postmaster_of(data_dir)
        is_guarded = is_taken(state_dir / guard.GUARDED)
        if found is not None and found.is_ready and is_guarded:
            return found
        if not is_guarded and (guard_pid is None or _reap(guard_pid)):
            code = "database_did_not_start"
        elif time.monotonic() > deadline:
            code = "database_starts_slowly"
        else:
            progress()
            time.sleep(0.01)
            continue
        said = log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
        raise UnavailableError(code, log=str(log), why="\n".join(said))


def _let_go(state_dir: Path, data_dir: Path, in_use: Lock) -> bool:
    """Drop our share; if it was the last, see the server down, by its guard or without one.

    Returns:
        Whether it was the last, and the server is down.
    """
    in_use.drop()
    path = state_dir / guard.IN_USE
    deadline = time.monotonic() + guard.STOP_PATIENCE_S + 15
    while time.monotonic() < deadline:
        mine = Lock(path)
        try:
            is_last = mine.take(is_shared=False)
            if is_last and not is_taken(state_dir / guard.GUARDED):
                # No guard, so it was killed or has done its work. Newcomers wait for our lock meanwhile.
                if (left := guard.postmaster_of(data_dir)) is not None:
                    guard.fast_stop(left.pid, data_dir, lambda s: guard.await_stranger(left.pid, data_dir, s))
                return True
            if not is_last and mine.take(is_shared=True):
                return False  # others use it
        finally:
            mine.drop()
        time.sleep(0.005)
    return False


def _reap(pid: int, *, is_ending: bool = False) -> bool:
    """Collect a child of ours if it has ended, or is about to; whether it has."""
    try:
        return os.waitpid(pid, 0 if is_ending else os.WNOHANG)[0] != 0
    except ChildProcessError:
        return True


def _digest(data_dir: Path) -> str:
    return hashlib.sha256(os.fsencode(data_dir)).hexdigest()


def _user_and_database(url: str) -> tuple[str, str]:
    try:
        given = conninfo.conninfo_to_dict(url)
    except ProgrammingError:
        raise InvalidError("database_url") from None
    user, database = given.get("user"), given.get("dbname")
    if not user or not database:
        raise InvalidError("database_url", needs="user and database name")
    return str(user), str(database)
