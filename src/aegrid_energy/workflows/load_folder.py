"""Load a folder of somebody's own files into a tenant of its own: one site a meter name, one portfolio."""

import asyncio
import csv
import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from aegrid_energy.domain.series import AMOUNTS, Quantity
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.parsed import Register
from aegrid_energy.storage.demo_accounts import ensure_demo_accounts
from aegrid_energy.storage.memberships import enter_tenant, found_tenant, list_tenants
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.register import load_sheets
from aegrid_energy.workflows.load_readings import File, Target, load_readings
from aegrid_energy.workflows.parse_upload import parse_upload

_SKIPPED: Final = re.compile(r"^(readme|licen[cs]e)(\.|$)", re.IGNORECASE)
#: Columns of a table of buildings that hold a floor area, by what they are called in the wild.
_AREA: Final = ("floor_area_m2", "gia_m2", "gfa_m2", "gross_floor_area_m2", "gross_floor_area", "area_m2")
#: Site of what belongs to no meter: weather, prices, carbon intensity.
_SHARED: Final = "Weather and other series"
_NAME: Final = ("building", "site", "external_id", "name", "id")

Progress = Callable[[str, int, int], None]


def files_in(folder: Path) -> list[Path]:
    """Files that may hold readings, by name; readme and licence texts are none."""
    found = sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))
    return [path for path in found if not _SKIPPED.match(path.name)]


async def load_folder(pool: Pool, folder: Path, *, zone: str, now: datetime, progress: Progress) -> int:
    """Everything in a folder, in a tenant named after it.

    Args:
        pool: As the app role.
        folder: The files.
        zone: Zone of times without one; also of the sites' local days.
        now: For ids and the rule against readings from the future.
        progress: Told how far it is.

    Returns:
        The number of the tenant.
    """
    folder_name = (await asyncio.to_thread(folder.resolve)).name
    slug = re.sub(r"[^a-z0-9]+", "-", folder_name.lower()).strip("-")[:60] or "files"
    words = " ".join(folder_name.replace("_", " ").split())
    tenant_no = await _tenant(pool, slug, words[:1].upper() + words[1:] or slug, now)
    paths = files_in(folder)
    site_zone = zone if "/" in zone else "UTC"
    for n, path in enumerate(paths):
        progress("files", n, len(paths))
        content = path.read_bytes()
        choices = Choices(now_ms=ms_of(now), zone=zone, accept_proposed=True, lenient=True)
        parsed = await parse_upload(content, path.name, choices)
        metered = dict.fromkeys(r.meter for one in parsed for r in one.registers if _is_metered(r))
        others = any(not _is_metered(r) for one in parsed for r in one.registers)
        names = [*metered, *([_SHARED] if others else [])]
        sites = await _sites(pool, tenant_no, names, site_zone, now)
        await load_readings(
            pool,
            tenant_no,
            parsed,
            file=File(name=path.name, sha256=hashlib.sha256(content).digest(), size_bytes=len(content)),
            target=Target(
                makes_missing=True,
                site_of=lambda name, own=sites: own.get(name) or own.get(_SHARED),
                zone=site_zone,
            ),
            kind="file",
            actor="console",
            now=now,
        )
    progress("files", len(paths), len(paths))
    areas = [area for path in paths if path.suffix == ".csv" for area in _areas(path)]
    async with transaction(pool, tenant_no) as conn, conn.cursor() as cursor:
        await cursor.executemany(
            "update assets set floor_area_m2 = %s where external_id = %s and floor_area_m2 is null",
            [(area, name) for name, area in areas],
        )
    return tenant_no


def _is_metered(register: Register) -> bool:
    return register.quantity in AMOUNTS or register.quantity is Quantity.POWER


async def _tenant(pool: Pool, slug: str, name: str, now: datetime) -> int:
    async with transaction(pool, None) as conn:
        held = {tenant.slug: tenant.tenant_no for tenant in await list_tenants(conn)}
        number = held.get(slug) or await found_tenant(conn, slug=slug, name=name, now=now, is_demo=True)
        await enter_tenant(conn, number)
        await ensure_demo_accounts(conn, now=now)
        return number


async def _sites(pool: Pool, tenant_no: int, names: list[str], zone: str, now: datetime) -> dict[str, UUID]:
    async with transaction(pool, tenant_no) as conn:
        rows = [{"external_id": name, "name": name, "timezone": zone} for name in names]
        await load_sheets(conn, {"sites": rows}, now=now)
        cursor = await conn.execute("select external_id, id from site where external_id = any(%s)", (names,))
        return dict(await cursor.fetchall())


def _areas(path: Path) -> Iterator[tuple[str, float]]:
    """Floor areas in a table of buildings; nothing where the file is something else."""
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        rows = csv.DictReader(file)
        columns = rows.fieldnames or []
        area = next((c for c in _AREA if c in columns), None)
        name = next((c for c in _NAME if c in columns), None)
        if area is None or name is None:
            return
        for row in rows:
            try:
                value = float(row[area] or "")
            except ValueError:
                continue
            if 0 < value < 1e8:
                yield row[name] or "", value
