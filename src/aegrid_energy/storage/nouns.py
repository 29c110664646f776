"""Sites, assets and meters of a tenant as the nouns that engines take."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from aegrid_energy.domain.errors import NotFoundError
from aegrid_energy.domain.meter import Meter, MeterAssignment, MeterFeed, Role
from aegrid_energy.domain.series import Carrier, Rhythm
from aegrid_energy.domain.site import Asset, Site
from aegrid_energy.storage.connection import Connection

_ASSET = """id, tenant_no, site_id, parent_id, kind, name, use_type, floor_area_m2, ratings, external_id, tags,
    in_service_from, in_service_to"""
_METER = """id, tenant_no, site_id, carrier, name, nmi, serial, external_id, is_virtual, rhythm, in_service_from,
    in_service_to, tags"""


async def list_sites(conn: Connection, site_ids: Iterable[UUID] | None = None) -> list[Site]:
    """Sites of the tenant by name; some of them, or all."""
    rows = await _rows(
        conn,
        """select id, tenant_no, name, timezone, country, region, currency, address, latitude, longitude, external_id,
                  tags, opened_on, closed_on
           from site where %(ids)s::uuid[] is null or id = any(%(ids)s) order by name, id""",
        {"ids": None if site_ids is None else list(site_ids)},
    )
    return [Site(**row | {"tags": frozenset(row["tags"])}) for row in rows]


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
    rows = await _rows(
        conn,
        f"select {_ASSET} from assets where site_id = any(%(ids)s) order by name, id",
        {"ids": list(site_ids)},
    )
    return [Asset(**row | {"tags": frozenset(row["tags"])}) for row in rows]


async def list_meters(conn: Connection, site_ids: Iterable[UUID] | None = None) -> list[Meter]:
    """Meters of some sites, or every meter of the tenant, those without a site too."""
    rows = await _rows(
        conn,
        f"""select {_METER} from energy_meters
            where %(ids)s::uuid[] is null or site_id = any(%(ids)s) order by name, id""",
        {"ids": None if site_ids is None else list(site_ids)},
    )
    return [_meter(row) for row in rows]


async def find_meter(conn: Connection, name: str) -> Meter | None:
    """The meter that a file calls `name`: its NMI, external id, serial or name, in this order."""
    rows = await _rows(
        conn,
        f"""select {_METER}, case %(name)s when nmi then 0 when external_id then 1 when serial then 2 else 3 end as place
            from energy_meters where %(name)s in (nmi, external_id, serial, name) order by place, id""",
        {"name": name},
    )
    if not rows:
        return None
    del rows[0]["place"]
    return _meter(rows[0])


async def list_assignments(conn: Connection, site_ids: Iterable[UUID]) -> list[MeterAssignment]:
    """Where meters stood on the assets of some sites."""
    rows = await _rows(
        conn,
        f"""select x.meter_id, x.asset_id, x.role, {_open_ends("x")}
           from meter_assignment x join assets a on a.id = x.asset_id
           where a.site_id = any(%(ids)s) order by x.meter_id, x.valid_from""",
        {"ids": list(site_ids)},
    )
    return [
        MeterAssignment(
            meter_id=row["meter_id"],
            asset_id=row["asset_id"],
            role=Role(row["role"]),
            start=row["valid_from"],
            end=row["valid_to"],
        )
        for row in rows
    ]


async def list_feeds(conn: Connection, site_ids: Iterable[UUID]) -> list[MeterFeed]:
    """What fed the meters of some sites."""
    rows = await _rows(
        conn,
        f"""select f.meter_id, f.fed_by, {_open_ends("f")}
           from meter_feed f join energy_meters m on m.id = f.meter_id
           where m.site_id = any(%(ids)s) order by f.meter_id, f.valid_from""",
        {"ids": list(site_ids)},
    )
    return [
        MeterFeed(
            meter_id=row["meter_id"], fed_by=row["fed_by"], start=row["valid_from"], end=row["valid_to"]
        )
        for row in rows
    ]


def _meter(row: dict[str, Any]) -> Meter:
    return Meter(
        **row
        | {
            "carrier": Carrier(row["carrier"]),
            "rhythm": Rhythm(row["rhythm"]),
            "tags": frozenset(row["tags"]),
        }
    )


#: psycopg reads no infinity into a datetime, so an open end is asked for as null.
def _open_ends(alias: str) -> str:
    return ", ".join(
        f"case when isfinite({alias}.{name}) then {alias}.{name} end as {name}"
        for name in ("valid_from", "valid_to")
    )


async def _rows(conn: Connection, query: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, params)  # pyright: ignore[reportArgumentType, reportCallIssue]
        return await cursor.fetchall()
