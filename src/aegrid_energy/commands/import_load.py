"""The database behind `import`: whose the readings are, where unknown meters are made, one import a path."""

import argparse
import asyncio
import hashlib
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from aegrid_energy.commands.found_files import FoundFile
from aegrid_energy.commands.import_answer import NOT_CONFIRMED, open_points
from aegrid_energy.commands.tenant import tenant_named
from aegrid_energy.domain.errors import ConflictError
from aegrid_energy.domain.problems import Problem
from aegrid_energy.domain.zones import at_of
from aegrid_energy.ingestion.parsed import ParsedFile
from aegrid_energy.main import open_database, settings_now
from aegrid_energy.storage.memberships import found_tenant, list_tenants
from aegrid_energy.storage.nouns import list_sites
from aegrid_energy.storage.pool import Pool, build_pool, transaction
from aegrid_energy.storage.register import load_sheets
from aegrid_energy.storage.roles import Role
from aegrid_energy.workflows.load_readings import File, LoadReport, Target, load_readings

_SLUG: Final = "my-organisation"
_NAME: Final = "My organisation"
_ZONE: Final = "Australia/Melbourne"
_ACTOR: Final = "console"


@contextmanager
def open_loader(
    args: argparse.Namespace, now_ms: int
) -> Generator[Callable[[FoundFile], LoadReport], None, None]:
    """What puts a file into the database, while the block lasts.

    Raises:
        NotFoundError: `tenant_not_found`.
        InvalidError: `tenant_unclear`, or a setting is wrong.
        ConflictError: `site_name_twice`.
        UnavailableError: The database is away.
    """
    now = at_of(now_ms)
    with open_database(settings_now()) as server, asyncio.Runner() as runner:
        pool = build_pool(server.dsn(Role.APP), name="import", size=2)
        runner.run(pool.open())
        try:
            tenant_no = runner.run(_tenant(pool, args.tenant, now))
            zone = args.zone if "/" in args.zone else _ZONE
            site_id = runner.run(_site(pool, tenant_no, args.site, zone, now)) if args.site else None
            target = Target(makes_missing=True, site_of=lambda _: site_id, zone=zone)

            def load(found: FoundFile) -> LoadReport:
                return runner.run(_load(pool, tenant_no, found, args, target, now))

            yield load
        finally:
            runner.run(pool.close())


async def _tenant(pool: Pool, slug: str, now: datetime) -> int:
    async with transaction(pool, None) as conn:
        tenants = await list_tenants(conn)
        if not slug and all(tenant.is_demo for tenant in tenants):
            # A demonstration is removed as a whole; real readings do not belong in it unasked.
            number = await found_tenant(conn, slug=_SLUG, name=_NAME, now=now)
            print(f'Made the organisation "{_NAME}" ({_SLUG}).', file=sys.stderr)
            return number
        return tenant_named(tenants, slug).tenant_no


async def _site(pool: Pool, tenant_no: int, wanted: str, zone: str, now: datetime) -> UUID:
    async with transaction(pool, tenant_no) as conn:
        sites = await list_sites(conn)
        by_key = [site.id for site in sites if site.external_id == wanted]
        found = by_key or [site.id for site in sites if site.name == wanted]
        if len(found) > 1:
            raise ConflictError("site_name_twice", name=wanted)
        if found:
            return found[0]
        rows = {"external_id": wanted, "name": wanted, "timezone": zone}
        outcome = (await load_sheets(conn, {"sites": [rows]}, now=now))["sites"]
        if outcome.refused:
            raise outcome.refused[0]
        print(f'Made the site "{wanted}" in {zone}.', file=sys.stderr)
        return next(site.id for site in await list_sites(conn) if site.external_id == wanted)


async def _load(
    pool: Pool, tenant_no: int, found: FoundFile, args: argparse.Namespace, target: Target, now: datetime
) -> LoadReport:
    return await load_readings(
        pool,
        tenant_no,
        [_with_open_points(file, args) for file in found.files],
        file=File(
            name=found.path.name, sha256=hashlib.sha256(found.data).digest(), size_bytes=len(found.data)
        ),
        target=target,
        kind="file",
        actor=_ACTOR,
        now=now,
    )


def _with_open_points(file: ParsedFile, args: argparse.Namespace) -> ParsedFile:
    """The file with what nobody has confirmed as a refusal, so that the import's list says it too."""
    points = open_points(file, args)
    if not points or file.registers:
        return file
    problem = Problem(
        file=file.file,
        line=0,
        column=0,
        code=NOT_CONFIRMED,
        text="Not confirmed: " + " ".join(points),
        refused="the whole file",
    )
    return replace(file, problems=(*file.problems, problem))
