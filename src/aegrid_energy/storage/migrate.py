"""Numbered SQL files, each applied once, in one transaction, by the owner role; then procrastinate's own.

A file may name the roles as `:owner`, `:app`, `:jobs`, `:backup`. What the serving roles may do with a table
is granted by default privileges when the table is made, so a `revoke` in a file stays.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from aegrid_energy.domain.errors import ConflictError, InvalidError, UnavailableError
from aegrid_energy.storage.roles import RoleNames

FOLDER: Final = Path(__file__).parent / "migrations"
JOBS_SCHEMA: Final = "jobs"
#: Prefix of procrastinate's files in the table of applied ones.
_JOBS_PREFIX: Final = "procrastinate/"
_NAME: Final = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
# Not a cast (`::app`) and not part of a word.
_PLACEHOLDER: Final = re.compile(r"(?<![:\w]):(owner|app|jobs|backup)\b")
#: One migration at a time per database; the number is arbitrary and ours.
_ADVISORY_KEY: Final = 4_703_919_738
#: A migration waits for readers and writers this long, not they for it. [lock_timeout]
_LOCK_TIMEOUT: Final = "2s"
#: Another starter may be migrating; wait for it this long. [statement_timeout]
_TURN_TIMEOUT: Final = "120s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One numbered file."""

    name: str
    text: str

    @property
    def sha256(self) -> str:
        """Hash of the file as it lies on disk; line ends as written."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrations(folder: Path = FOLDER) -> tuple[Migration, ...]:
    """The files of a folder in the order of their numbers.

    Raises:
        InvalidError: `migration_name`, or `migration_number_twice`.
    """
    files = sorted(folder.glob("*.sql"))
    for file in files:
        if not _NAME.fullmatch(file.name):
            raise InvalidError("migration_name", file=file.name)
    numbers = [file.name[:4] for file in files]
    for number, following in pairwise(numbers):
        if number == following:
            raise InvalidError("migration_number_twice", number=number)
    return tuple(Migration(name=file.name, text=file.read_bytes().decode()) for file in files)


def migrate(
    owner_dsn: str,
    names: RoleNames,
    *,
    folder: Path = FOLDER,
    progress: Callable[[str], None] | None = None,
) -> tuple[str, ...]:
    """Bring a database to the newest schema.

    Args:
        owner_dsn: Connection of the owner role.
        names: What the roles are called here.
        folder: Where the numbered files lie.
        progress: Told the name of each file before it runs.

    Returns:
        Names of what was applied now.

    Raises:
        InvalidError: `migration_changed` (an applied file reads differently now) or `migration_failed`.
        ConflictError: `role_without_rights`: the app role is not the one that the tables were made for.
        UnavailableError: `migration_blocked` (somebody holds a lock) or `database_unavailable`.
    """
    wanted = migrations(folder)
    applied: list[str] = []
    try:
        with psycopg.connect(owner_dsn, autocommit=True) as connection:
            _await_turn(connection)
            _prepare(connection, names)
            done = applied_migrations(connection)
            _refuse_changed(wanted, done)
            for migration in wanted:
                if migration.name not in done:
                    if progress is not None:
                        progress(migration.name)
                    _apply(connection, {migration.name: migration.sha256}, _with_roles(migration.text, names))
                    applied.append(migration.name)
            applied += _migrate_jobs(connection, done, progress)
            _check_rights(connection, names)
    except psycopg.OperationalError as error:
        raise UnavailableError("database_unavailable", why=str(error).strip()) from error
    return tuple(applied)


def applied_migrations(connection: psycopg.Connection) -> dict[str, str]:
    """Name and hash of every applied file; empty before the first run."""
    there = connection.execute("select to_regclass('public.schema_migration') is not null").fetchone()
    if there is None or not there[0]:
        return {}
    rows = connection.execute("select name, sha256 from public.schema_migration order by name").fetchall()
    return {str(name): str(sha256) for name, sha256 in rows}


def _await_turn(connection: psycopg.Connection) -> None:
    # The session holds the lock until it ends, between the transactions too.
    try:
        connection.execute(sql.SQL("set statement_timeout = {}").format(sql.Literal(_TURN_TIMEOUT)))
        connection.execute("select pg_advisory_lock(%s)", [_ADVISORY_KEY])
        connection.execute("set statement_timeout = 0")
    except psycopg.errors.QueryCanceled as error:
        raise UnavailableError("migration_blocked", by="another migration") from error


def _prepare(connection: psycopg.Connection, names: RoleNames) -> None:
    """The table of applied files, the schemas, and what each role may do with tables yet to be made."""
    with connection.transaction():
        connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(JOBS_SCHEMA)))
        serving = sql.SQL(", ").join(sql.Identifier(name) for name in dict.fromkeys((names.app, names.jobs)))
        reading = sql.Identifier(names.backup)
        for schema in (sql.Identifier("public"), sql.Identifier(JOBS_SCHEMA)):
            for statement in (
                "grant usage on schema {schema} to {serving}, {reading}",
                "alter default privileges in schema {schema} grant select on tables to {serving}, {reading}",
                "alter default privileges in schema {schema} grant insert on tables to {serving}",
                "alter default privileges in schema {schema} grant update on tables to {serving}",
                "alter default privileges in schema {schema} grant delete on tables to {serving}",
                "alter default privileges in schema {schema} grant usage, select on sequences to {serving}",
                "alter default privileges in schema {schema} grant select on sequences to {reading}",
            ):
                connection.execute(sql.SQL(statement).format(schema=schema, serving=serving, reading=reading))
        if applied_migrations(connection):
            return
        connection.execute(
            """create table if not exists public.schema_migration (
                   name       text primary key,
                   sha256     text not null,
                   applied_at timestamptz not null default now())"""
        )
        connection.execute(
            sql.SQL("revoke insert, update, delete on public.schema_migration from {}").format(serving)
        )


def _refuse_changed(wanted: tuple[Migration, ...], done: Mapping[str, str]) -> None:
    # Names that only the database knows are a newer release's: the release before runs on the newer schema.
    for migration in wanted:
        if done.get(migration.name, migration.sha256) != migration.sha256:
            raise InvalidError("migration_changed", file=migration.name)


def _with_roles(text: str, names: RoleNames) -> str:
    def quoted(found: re.Match[str]) -> str:
        return sql.Identifier(str(getattr(names, found[1]))).as_string()

    return _PLACEHOLDER.sub(quoted, text)


def _apply(
    connection: psycopg.Connection, records: Mapping[str, str], text: str, *, search_path: str = "public"
) -> None:
    """Run one text and record what it was, in one transaction."""
    first = next(iter(records))
    try:
        with connection.transaction():
            connection.execute(sql.SQL("set local lock_timeout = {}").format(sql.Literal(_LOCK_TIMEOUT)))
            connection.execute(sql.SQL("set local search_path = {}").format(sql.Identifier(search_path)))
            # As bytes and without parameters it goes as it is, any number of statements.
            connection.execute(text.encode(), prepare=False)
            for name, sha256 in records.items():
                connection.execute(
                    "insert into public.schema_migration (name, sha256) values (%s, %s)", [name, sha256]
                )
    except psycopg.errors.LockNotAvailable as error:
        raise UnavailableError("migration_blocked", file=first, by="a lock on a table") from error
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        position = error.diag.statement_position
        line = text.count("\n", 0, int(position) - 1) + 1 if position else None
        raise InvalidError("migration_failed", file=first, line=line, text=str(error).strip()) from error


def _migrate_jobs(
    connection: psycopg.Connection, done: Mapping[str, str], progress: Callable[[str], None] | None
) -> list[str]:
    """Install or upgrade procrastinate's tables; its files are known by name, their text is its business."""
    folder = resources.files("procrastinate.sql")
    files = sorted(
        (file for file in (folder / "migrations").iterdir() if file.name.endswith(".sql")),
        key=lambda file: file.name,
    )
    texts = {_JOBS_PREFIX + file.name: file.read_text(encoding="utf-8") for file in files}
    hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    missing = [name for name in texts if name not in done]
    if len(missing) == len(texts):  # its schema.sql is the sum of its migrations
        if progress is not None:
            progress(_JOBS_PREFIX + "schema.sql")
        schema = (folder / "schema.sql").read_text(encoding="utf-8")
        _apply(connection, hashes, schema, search_path=JOBS_SCHEMA)
        return missing
    for name in missing:
        if progress is not None:
            progress(name)
        _apply(connection, {name: hashes[name]}, texts[name], search_path=JOBS_SCHEMA)
    return missing


def _check_rights(connection: psycopg.Connection, names: RoleNames) -> None:
    for name in dict.fromkeys((names.app, names.jobs, names.backup)):
        row = connection.execute(
            "select has_table_privilege(%s, 'public.schema_migration', 'select')", [name]
        ).fetchone()
        if row is None or not row[0]:
            raise ConflictError("role_without_rights", role=name)
