"""A tenant with many sites for the benches, each with a meter, a year of half hours and three assets."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from aegrid_energy.bench._stage import START_MS, Portfolio, simulated
from aegrid_energy.domain.ids import new_id
from aegrid_energy.domain.series import Direction, Kind, Quantity, Rhythm
from aegrid_energy.domain.zones import at_of
from aegrid_energy.storage.memberships import found_tenant
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.readings_store import store_matrix
from aegrid_energy.storage.series import SeriesKey, find_or_create
from aegrid_energy.storage.sources import SourceKey, open_import, open_source

STEP_S: Final = 1800
#: A year of half hours.
SLOTS: Final = 17_520
#: The end of that year, when the newest readings have just come in.
NOW: Final = at_of(START_MS + SLOTS * STEP_S * 1000)
_ZONES: Final = (
    "Australia/Melbourne",
    "Australia/Sydney",
    "Australia/Brisbane",
    "Australia/Adelaide",
    "Australia/Perth",
)
_KINDS: Final = ("building", "chiller", "pv")
_BATCH: Final = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class ManySites:
    """A tenant with sites, and how many readings it holds."""

    tenant_no: int
    readings: int


async def make_sites(pool: Pool, count: int) -> ManySites:
    """Open a tenant, its register and a year of half-hourly readings of each meter."""
    async with transaction(pool, None) as conn:
        tenant_no = await found_tenant(conn, slug="sites", name="Sites", now=NOW)
    await _register(pool, tenant_no, count)
    portfolio = await _series(pool, tenant_no, count)
    held = 0
    for first in range(0, count, _BATCH):
        matrix = replace(simulated(portfolio, first, min(_BATCH, count - first), SLOTS), step_s=STEP_S)
        async with transaction(pool, tenant_no) as conn:
            await store_matrix(conn, matrix, import_id=portfolio.import_id)
        held += matrix.micro.size
    return ManySites(tenant_no=tenant_no, readings=held)


async def add_year_before(pool: Pool, sites: ManySites) -> None:
    """Local days of the year before: those of the year, 364 days earlier, so that weekdays meet."""
    async with transaction(pool, sites.tenant_no) as conn:
        await conn.execute(
            """insert into rollup_local_day (series_no, zone_no, local_date, sum, min, max, n_valid,
                                             n_expected, n_estimated, n_suspect)
               select series_no, zone_no, local_date - 364, sum, min, max, n_valid, n_expected, n_estimated,
                      n_suspect
               from rollup_local_day
               where local_date - 364 < (select min(local_date) from rollup_local_day)"""
        )


async def _register(pool: Pool, tenant_no: int, count: int) -> None:
    numbers = range(count)
    sites = [new_id(NOW) for _ in numbers]
    async with transaction(pool, tenant_no) as conn, conn.cursor() as cursor:
        await cursor.executemany(
            "insert into site (id, name, timezone, external_id) values (%s, %s, %s, %s)",
            [(sites[n], f"Site {n:04}", _ZONES[n % len(_ZONES)], f"S{n:04}") for n in numbers],
        )
        await cursor.executemany(
            """insert into assets (id, site_id, parent_id, kind, name, external_id)
               values (%s, %s, %s, %s, %s, %s)""",
            [(sites[n], sites[n], None, "site", f"Site {n:04}", f"S{n:04}") for n in numbers]
            + [
                (new_id(NOW), sites[n], sites[n], kind, f"{kind.title()} of {n:04}", f"{kind}-{n:04}")
                for n in numbers
                for kind in _KINDS
            ],
        )
        meters = [new_id(NOW) for _ in numbers]
        await cursor.executemany(
            """insert into energy_meters (id, site_id, carrier, name, nmi, serial, external_id, rhythm)
               values (%s, %s, 'electricity', %s, %s, %s, %s, 'live')""",
            [
                (meters[n], sites[n], f"Main {n:04}", f"61{n:08}", f"SN{n * 7919 % 100_000:05}", f"M{n:04}")
                for n in numbers
            ],
        )
        await cursor.executemany(
            "insert into meter_assignment (meter_id, asset_id, role) values (%s, %s, 'boundary')",
            [(meters[n], sites[n]) for n in numbers],
        )


async def _series(pool: Pool, tenant_no: int, count: int) -> Portfolio:
    load = new_id(NOW)
    async with transaction(pool, tenant_no) as conn:
        cursor = await conn.execute(
            """select m.id, s.timezone from energy_meters m join site s on s.id = m.site_id
               order by s.name limit %s""",
            (count,),
        )
        keys = [
            SeriesKey(
                meter_id=meter,
                register="E1",
                quantity=Quantity.ENERGY,
                direction=Direction.IMPORT,
                kind=Kind.INTERVAL,
                step_s=STEP_S,
                zone=zone,
                rhythm=Rhythm.LIVE,
            )
            for meter, zone in await cursor.fetchall()
        ]
        numbers = await find_or_create(conn, keys)
        await open_import(conn, load, kind="file", actor="bench")
        source = await open_source(
            conn, SourceKey(import_id=load, provider="bench", kind="file", actor="bench")
        )
    return Portfolio(
        tenant_no=tenant_no, series_nos=np.array(numbers, dtype=np.int64), source_no=source, import_id=load
    )
