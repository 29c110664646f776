"""Backup while the server runs: one file, whole or not there.

The file is a ZIP of `database.dump` (pg_dump, custom format, one snapshot) and `manifest.json`, which says
how many rows each table holds and what they hash to.
"""

import hashlib
import os
import subprocess
import tempfile
import zipfile
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg import IsolationLevel

from aegrid_energy.domain.errors import ConflictError, UnavailableError
from aegrid_energy.storage.fingerprint import fingerprint
from aegrid_energy.storage.manifest import DUMP, FORMAT, MANIFEST, Manifest
from aegrid_energy.storage.migrate import applied_migrations
from aegrid_energy.storage.programs import chunks, command, ended, last_words, open_pipe
from aegrid_energy.storage.roles import RoleNames


def backup(backup_dsn: str, target: Path, *, names: RoleNames, created_at: datetime) -> Manifest:
    """Write a consistent backup while others work.

    Args:
        backup_dsn: Connection of the backup role.
        target: The file to write; it must not exist.
        names: What the roles of this database are called.
        created_at: Now.

    Raises:
        ConflictError: `backup_exists`.
        UnavailableError: `backup_failed` or `database_unavailable`.
    """
    if target.exists():
        raise ConflictError("backup_exists", file=str(target))
    draft: Path | None = None
    try:
        descriptor, path = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".draft", dir=target.parent)
        draft = Path(path)
        with os.fdopen(descriptor, "wb") as file, psycopg.connect(backup_dsn) as connection:
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            snapshot = connection.execute("select pg_export_snapshot()").fetchone()
            if snapshot is None:
                raise UnavailableError("backup_failed", why="no snapshot")
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                size, sha256 = _dump(backup_dsn, str(snapshot[0]), archive)
                manifest = Manifest(
                    format=FORMAT,
                    created_at=created_at,
                    database=connection.info.dbname,
                    roles=names,
                    schema=applied_migrations(connection),
                    content=fingerprint(connection),
                    dump_bytes=size,
                    dump_sha256=sha256,
                )
                archive.writestr(MANIFEST, manifest.text())
            file.flush()
            os.fsync(file.fileno())
        draft.rename(target)
        _sync_folder(target.parent)
    except psycopg.OperationalError as error:
        raise UnavailableError("database_unavailable", why=str(error).strip()) from error
    except OSError as error:
        raise UnavailableError("backup_failed", file=str(target), why=str(error)) from error
    finally:
        if draft is not None:
            draft.unlink(missing_ok=True)
    return manifest


def _dump(dsn: str, snapshot: str, archive: zipfile.ZipFile) -> tuple[int, str]:
    """Stream a dump into the archive; its bytes and SHA-256."""
    # Blocks are packed already; more effort than the lowest costs time and gains a few per cent.
    program, environment = command("pg_dump", dsn, "--format=custom", "--compress=gzip:1")
    digest, size = hashlib.sha256(), 0
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [*program, f"--snapshot={snapshot}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            env=environment,
        )
        with ended(process), archive.open(DUMP, "w", force_zip64=True) as member:
            for chunk in chunks(open_pipe(process.stdout)):
                member.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        if process.returncode:
            raise UnavailableError("backup_failed", why=last_words(said))
    return size, digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
