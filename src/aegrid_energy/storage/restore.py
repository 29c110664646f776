"""Restore of a backup: one transaction that ends with the comparison; a difference rolls everything back.

A dump is SQL that runs as the owner role: restore only what you trust.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import threading
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Final

import psycopg
from psycopg import sql

from aegrid_energy.domain.errors import ConflictError, InvalidError, UnavailableError
from aegrid_energy.storage.fingerprint import AS_TEXT, Fingerprint, content_query
from aegrid_energy.storage.manifest import DUMP, Manifest, read_manifest
from aegrid_energy.storage.migrate import JOBS_SCHEMA
from aegrid_energy.storage.programs import CHUNK, chunks, command, ended, last_words, open_pipe
from aegrid_energy.storage.roles import Role, RoleNames

_SIMPLE_NAME: Final = re.compile(r"[a-z_][a-z0-9_]*")

_EMPTY: Final = """
select count(*) = 0 from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and n.nspname in ('public', 'jobs')"""

# The state that the dump expects: an empty public schema as every new database has it.
_CLEAR: Final = f"""
drop schema if exists {JOBS_SCHEMA} cascade;
drop schema public cascade;
create schema public authorization pg_database_owner;
grant usage on schema public to public;
"""


def restore(source: Path, owner_dsn: str, *, names: RoleNames, may_replace: bool = False) -> Manifest:
    """Load a backup into a database, all of it or nothing; migrate afterwards.

    Args:
        source: A file that `backup` wrote.
        owner_dsn: Connection of the owner role to the database.
        names: What the roles are called there; the backup may have had others.
        may_replace: Whether what is there may be dropped.

    Returns:
        The manifest, whose content the database now has.

    Raises:
        InvalidError: `not_a_backup`, `backup_damaged` or `backup_of_another_format`.
        ConflictError: `database_not_empty`.
        UnavailableError: `restore_failed` (nothing has changed) or `database_unavailable`.
    """
    manifest = read_manifest(source)
    _check_dump(source, manifest)
    try:
        with psycopg.connect(owner_dsn) as connection:
            row = connection.execute(_EMPTY).fetchone()
            is_empty = row is not None and bool(row[0])
            if not is_empty and not may_replace:
                raise ConflictError("database_not_empty", database=connection.info.dbname)
            check = _comparison(manifest.content, connection)
    except psycopg.OperationalError as error:
        raise UnavailableError("database_unavailable", why=str(error).strip()) from error
    before = b"" if is_empty else _CLEAR.encode()
    _load(source, owner_dsn, before, _renaming(manifest.roles, names), check.encode())
    return manifest


def _check_dump(source: Path, manifest: Manifest) -> None:
    digest = hashlib.sha256()
    try:
        with zipfile.ZipFile(source) as archive, archive.open(DUMP) as member:
            for chunk in chunks(member):
                digest.update(chunk)
    except (OSError, zipfile.BadZipFile, RuntimeError, EOFError) as error:
        raise InvalidError("backup_damaged", file=str(source), why=str(error)) from error
    if digest.hexdigest() != manifest.dump_sha256:
        raise InvalidError("backup_damaged", file=str(source), why="hash")


def _load(source: Path, dsn: str, before: bytes, names: Mapping[bytes, bytes], after: bytes) -> None:
    """Archive -> pg_restore -> role names -> psql, in one transaction."""
    to_script, environment = command("pg_restore", None, "--file=-", "--no-owner")
    to_database, environment = command(
        "psql", dsn, "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"
    )
    with tempfile.TemporaryFile() as script_said, tempfile.TemporaryFile() as database_said:
        writer = subprocess.Popen(  # noqa: S603 - our own program
            to_script,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=script_said,
            env={"PATH": os.defpath, "LC_ALL": "C"},
        )
        reader = subprocess.Popen(  # noqa: S603 - our own program
            to_database,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=database_said,
            env=environment,
        )
        with ended(writer), ended(reader):
            feeder = threading.Thread(target=_feed, args=(source, open_pipe(writer.stdin)))
            feeder.start()
            sink = open_pipe(reader.stdin)
            is_whole = False
            try:
                sink.write(before)
                for line in _renamed(open_pipe(writer.stdout), names):
                    sink.write(line)
                is_whole = writer.wait() == 0
                # Without its end the script must not commit: psql takes the end of its input for one.
                sink.write(after if is_whole else b"\ndo $$ begin raise exception 'incomplete'; end $$;\n")
                sink.close()
            except BrokenPipeError:
                pass  # psql has given up, and says why below
            finally:
                open_pipe(writer.stdout).close()
                feeder.join()
            reader.wait()
        if not is_whole or reader.returncode:
            words = last_words(database_said) or last_words(script_said)
            raise UnavailableError("restore_failed", why=words)


def _feed(source: Path, sink: IO[bytes]) -> None:
    try:
        with sink, zipfile.ZipFile(source) as archive, archive.open(DUMP) as member:
            shutil.copyfileobj(member, sink, CHUNK)
    except BrokenPipeError:
        pass  # the reader has given up, and says why itself


def _renaming(old: RoleNames, new: RoleNames) -> dict[bytes, bytes]:
    """What the script calls the roles -> what they are called here; nothing if they are the same."""
    pairs = {old.of(role): new.of(role) for role in Role if role is not Role.ADMIN}
    return {
        name.encode(): (
            other if _SIMPLE_NAME.fullmatch(other) else '"' + other.replace('"', '""') + '"'
        ).encode()
        for name, other in pairs.items()
        if name != other
    }


def _renamed(script: Iterable[bytes], names: Mapping[bytes, bytes]) -> Iterator[bytes]:
    """The script with its roles renamed in statements, never in the rows that it copies."""
    if not names:
        yield from script
        return
    # Longest first: one name may begin like another.
    ordered = sorted(names, key=len, reverse=True)
    pattern = re.compile(rb'"?\b(' + b"|".join(re.escape(name) for name in ordered) + rb')\b"?')
    is_rows = False
    for line in script:
        if is_rows:
            is_rows = line != b"\\.\n"
            yield line
        else:
            is_rows = line.startswith(b"COPY ") and line.endswith(b" FROM stdin;\n")
            yield pattern.sub(lambda found: names[found[1]], line)


def _comparison(content: Fingerprint, connection: psycopg.Connection) -> str:
    """SQL that raises where the database does not hold this content."""
    parts = ["reset all;", AS_TEXT]
    for table, expected in content.tables.items():
        query = content_query(table).as_string(connection)
        wanted = sql.Literal(f"{expected.rows} {expected.sum_of_hashes}").as_string(connection)
        name = sql.Literal(f"{table} differs").as_string(connection)
        parts.append(
            f"do $check$ begin if (select t.a::text || ' ' || t.b from ({query}) t(a, b)) <> {wanted}"
            f" then raise exception using message = {name}; end if; end $check$;"
        )
    return "\n".join(parts) + "\n"
