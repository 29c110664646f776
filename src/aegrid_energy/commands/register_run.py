"""The work of `register`: files are read, loaded as one act, and what became of them is printed."""

import argparse
import asyncio
import json
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from aegrid_energy.commands.found_files import UsageError, walk
from aegrid_energy.commands.tenant import tenant_named
from aegrid_energy.domain.zones import at_of
from aegrid_energy.main import open_database, settings_now
from aegrid_energy.storage.memberships import found_tenant, list_tenants
from aegrid_energy.storage.pool import Pool, build_pool, transaction
from aegrid_energy.storage.roles import Role
from aegrid_energy.storage.server import Server
from aegrid_energy.workflows.load_register_file import FileReport, load_register_files

LOADED, SOME_REFUSED, USAGE = 0, 1, 2
_ACTOR: Final = "console"
_SUFFIXES: Final = {".csv", ".xlsx"}


def run_register(args: argparse.Namespace) -> int:
    """Load the files of a command line, or say what that would do."""
    try:
        files = _files([Path(path) for path in args.paths])
    except (UsageError, OSError) as error:
        print(f"aegrid-energy register: {error}", file=sys.stderr)
        return USAGE
    now = at_of(time.time_ns() // 1_000_000)
    with open_database(settings_now()) as server:
        loaded = asyncio.run(_load(server, args, files, now))
    if args.json:
        print(json.dumps(_answer(loaded, is_dry_run=args.dry_run), ensure_ascii=False, indent=2))
    else:
        _print(loaded, is_dry_run=args.dry_run)
    return SOME_REFUSED if loaded.is_refused else LOADED


def _files(paths: list[Path]) -> list[tuple[str, bytes]]:
    """Files by name; of a folder those that can be sheets."""
    found = [
        (path.name, path.read_bytes())
        for given in paths
        for path in walk([given])
        if given.is_file() or path.suffix.casefold() in _SUFFIXES
    ]
    if not found:
        raise UsageError("no CSV or XLSX there.")
    return found


async def _load(
    server: Server, args: argparse.Namespace, files: list[tuple[str, bytes]], now: datetime
) -> FileReport:
    async with build_pool(server.dsn(Role.APP), name="register", size=2) as pool:
        return await load_register_files(
            pool,
            await _tenant(pool, args, now),
            files,
            actor=_ACTOR,
            now=now,
            sheet=args.sheet,
            is_dry_run=args.dry_run,
        )


async def _tenant(pool: Pool, args: argparse.Namespace, now: datetime) -> int:
    async with transaction(pool, None) as conn:
        tenants = await list_tenants(conn)
        if args.tenant or args.dry_run or not all(tenant.is_demo for tenant in tenants):
            return tenant_named(tenants, args.tenant).tenant_no
        number = await found_tenant(conn, slug="my-organisation", name="My organisation", now=now)
        print('Made the organisation "My organisation" (my-organisation).', file=sys.stderr)
        return number


def _answer(loaded: FileReport, *, is_dry_run: bool) -> dict[str, Any]:
    return {
        "is_dry_run": is_dry_run,
        "sheets": {
            name: {
                "added": one.added,
                "changed": one.changed,
                "unchanged": one.unchanged,
                "refused": len(one.refused),
                "only_here": one.only_here,
            }
            for name, one in loaded.report.items()
        },
        "problems": [
            {
                "file": problem.file,
                "line": problem.line,
                "column": problem.column,
                "code": problem.code,
                "text": problem.text,
            }
            for problem in loaded.problems
        ],
    }


def _print(loaded: FileReport, *, is_dry_run: bool) -> None:
    for name, one in loaded.report.items():
        rest = f"; {len(one.only_here):,} here that are not in it" if one.only_here else ""
        counts = f"added {one.added:,}, changed {one.changed:,}, unchanged {one.unchanged:,}"
        print(f"{name}: {counts}, refused {len(one.refused):,}{rest}")
    for problem in loaded.problems:
        place = ":".join(str(number) for number in (problem.line, problem.column) if number)
        print(f"  {problem.file}{':' + place if place else ''}  {problem.text}")
    if is_dry_run:
        print("Nothing was changed (--dry-run).")
