"""Sites, assets and meters of a tenant as the nouns that engines take."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import LiteralString, TypeVar
from uuid import UUID

from psycopg.rows import class_row

from aegrid_energy.domain.errors import NotFoundError
from aegrid_energy.domain.meter import Meter, MeterAssignment, MeterFeed, Role
from aegrid_energy.domain.series import Carrier, Rhythm
from aegrid_energy.domain.site import Asset, Site
from aegrid_energy.storage.connection import Connection

_ASSET = """id, tenant_no, site_id, parent_id, kind, name, use_type, floor_area_m2, ratings, external_id,
    tags, in_service_from, in_service_to"""
_METER = """id, tenant_no, site_id, carrier, name, nmi, serial, external_id, is_virtual, rhythm,
    in_service_from, in_service_to, tags"""

_Noun = TypeVar("_Noun")


async def list_sites(conn: Connection, site_ids: Iterable[UUID] | None = None) -> list[Site]:
    """Sites of the tenant by name; some of them, or all."""
    sites = await _rows(
        conn,
        Site,
        """select id, tenant_no, name, timezone, country, region, currency, address, latitude, longitude,
                  external_id, tags, opened_on, closed_on
           from site where %(ids)s::uuid[] is null or id = any(%(ids)s) order by name, id""",
        {"ids": None if site_ids is None else list(site_ids)},
    )
    return [replace(site, tags=frozenset(site.tags)) for site in sites]


async def site_of_asset(conn: Connection, asset_id: UUID) -> Site:
    """The site that an asset belongs to.

    Raises:
        NotFoundError: The tenant has no such asset.
    """
    cursor = await conn.execute("select site_id from assets where id = %s", (asset_id,))
    row = await cursor.fetchone()
    if row is None:
        raise NotFoundError("asset_not_found")
    return (await list_sites(conn, [row[0]]))[0]


async def list_assets(conn: Connection, site_ids: Iterable[UUID]) -> list[Asset]:
    """Every asset of some sites, roots included."""
    assets = await _rows(
        conn,
        Asset,
        f"select {_ASSET} from assets where site_id = any(%(ids)s) order by name, id",
        {"ids": list(site_ids)},
    )
    return [replace(asset, tags=frozenset(asset.tags)) for asset in assets]


async def list_meters(conn: Connection, site_ids: Iterable[UUID] | None = None) -> list[Meter]:
    """Meters of some sites, or every meter of the tenant, those without a site too.

    A meter that moved to another site is among those of the old one too: its readings of then count there.
    """
    meters = await _rows(
        conn,
        Meter,
        f"""select {_METER} from energy_meters
            where %(ids)s::uuid[] is null or site_id = any(%(ids)s)
               or id in (select x.meter_id from meter_assignment x join assets a on a.id = x.asset_id
                         where a.site_id = any(%(ids)s))
            order by name, id""",
        {"ids": None if site_ids is None else list(site_ids)},
    )
    return [
        replace(
            meter,
            carrier=Carrier(meter.carrier),
            rhythm=Rhythm(meter.rhythm),
            tags=frozenset(meter.tags),
        )
        for meter in meters
    ]


async def list_assignments(conn: Connection, site_ids: Iterable[UUID]) -> list[MeterAssignment]:
    """Where meters stood on the assets of some sites."""
    cursor = await conn.execute(
        f"""select x.meter_id, x.asset_id, x.role, {_open_ends("x")}
           from meter_assignment x join assets a on a.id = x.asset_id
           where a.site_id = any(%(ids)s) order by x.meter_id, x.valid_from""",
        {"ids": list(site_ids)},
    )
    return [
        MeterAssignment(meter_id=meter_id, asset_id=asset_id, role=Role(role), start=start, end=end)
        for meter_id, asset_id, role, start, end in await cursor.fetchall()
    ]


async def list_feeds(conn: Connection, site_ids: Iterable[UUID]) -> list[MeterFeed]:
    """What fed the meters of some sites."""
    cursor = await conn.execute(
        f"""select f.meter_id, f.fed_by, {_open_ends("f")}
           from meter_feed f join energy_meters m on m.id = f.meter_id
           where m.site_id = any(%(ids)s) order by f.meter_id, f.valid_from""",
        {"ids": list(site_ids)},
    )
    return [
        MeterFeed(meter_id=meter_id, fed_by=fed_by, start=start, end=end)
        for meter_id, fed_by, start, end in await cursor.fetchall()
    ]


#: psycopg reads no infinity into a datetime, so an open end is asked for as null.
def _open_ends(alias: LiteralString) -> LiteralString:
    return ", ".join(
        f"case when isfinite({alias}.{name}) then {alias}.{name} end" for name in ("valid_from", "valid_to")
    )


async def _rows(
    conn: Connection, kind: type[_Noun], query: LiteralString, params: Mapping[str, object]
) -> list[_Noun]:
    """Rows with their columns as the database has them: text for choices and lists for sets."""
    async with conn.cursor(row_factory=class_row(kind)) as cursor:
        await cursor.execute(query, params)
        return await cursor.fetchall()
