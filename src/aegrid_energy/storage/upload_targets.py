"""Where the readings of an upload may go: meters and points that fit, and those that it makes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from aegrid_energy.domain.series import Carrier, Direction, Kind, Quantity, Rhythm
from aegrid_energy.storage.connection import Connection

_PREFIX: Final = 10  # an NMI is 10 characters; an eleventh is its checksum


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMeter:
    """A meter that a file may mean."""

    id: UUID
    name: str
    nmi: str | None
    serial: str
    external_id: str | None
    carrier: Carrier
    is_virtual: bool
    site_id: UUID | None
    site: str | None
    timezone: str | None
    #: CT x VT of the newest installation; 1 where there is none.
    multiplier: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPoint:
    """A point that a file may mean."""

    id: UUID
    asset_id: UUID
    name: str
    address: str
    external_id: str | None
    quantity: Quantity
    site_id: UUID
    site: str
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRate:
    """What a meter's registers have held so far, in its newest days."""

    meter_id: UUID
    quantity: Quantity
    direction: Direction
    #: Mean over the days with readings. [canonical unit/day]
    a_day: float
    days: int


_METER: LiteralString = """m.id, m.name, m.nmi, m.serial, m.external_id, m.carrier, m.is_virtual, m.site_id,
    s.name as site, s.timezone, coalesce((select i.multiplier from meter_install i where i.meter_id = m.id
                          order by i.valid_from desc limit 1), 1) as multiplier"""
_POINT: LiteralString = """p.id, p.asset_id, p.name, p.address, p.external_id, p.quantity, s.id as site_id,
    s.name as site, s.timezone"""


async def meters_called(conn: Connection, names: Iterable[str]) -> list[KnownMeter]:
    """Meters whose NMI (with or without its checksum), external id, serial or name is one of these."""
    wanted = list(dict.fromkeys(names))
    async with conn.cursor(row_factory=class_row(KnownMeter)) as cursor:
        await cursor.execute(
            f"""select {_METER} from energy_meters m left join site s on s.id = m.site_id
                where m.nmi = any(%(names)s) or m.external_id = any(%(names)s) or m.serial = any(%(names)s)
                   or m.name = any(%(names)s) or left(m.nmi, 10) = any(%(prefixes)s)
                order by m.in_service_to is not null, m.id""",
            {"names": wanted, "prefixes": [nmi for name in wanted if (nmi := nmi_of(name))]},
        )
        return [_meter(row) for row in await cursor.fetchall()]


def _meter(row: KnownMeter) -> KnownMeter:
    """A row's text as the choice that it spells."""
    return replace(row, carrier=Carrier(row.carrier))


def _point(row: KnownPoint) -> KnownPoint:
    return replace(row, quantity=Quantity(row.quantity))


async def meters_of(conn: Connection, meter_ids: Iterable[UUID]) -> dict[UUID, KnownMeter]:
    """Meters by id."""
    async with conn.cursor(row_factory=class_row(KnownMeter)) as cursor:
        await cursor.execute(
            f"""select {_METER} from energy_meters m left join site s on s.id = m.site_id
                where m.id = any(%s)""",
            (list(meter_ids),),
        )
        return {row.id: _meter(row) for row in await cursor.fetchall()}


async def points_called(conn: Connection, names: Iterable[str]) -> list[KnownPoint]:
    """Points whose external id, address or name is one of these."""
    async with conn.cursor(row_factory=class_row(KnownPoint)) as cursor:
        await cursor.execute(
            f"""select {_POINT} from point p
                join assets a on a.id = p.asset_id join site s on s.id = a.site_id
                where p.external_id = any(%(names)s) or p.address = any(%(names)s) or p.name = any(%(names)s)
                order by p.id""",
            {"names": list(dict.fromkeys(names))},
        )
        return [_point(row) for row in await cursor.fetchall()]


async def points_of(conn: Connection, point_ids: Iterable[UUID]) -> dict[UUID, KnownPoint]:
    """Points by id."""
    async with conn.cursor(row_factory=class_row(KnownPoint)) as cursor:
        await cursor.execute(
            f"""select {_POINT} from point p
                join assets a on a.id = p.asset_id join site s on s.id = a.site_id
                where p.id = any(%s)""",
            (list(point_ids),),
        )
        return {row.id: _point(row) for row in await cursor.fetchall()}


async def meters_within(
    conn: Connection, meter_ids: Iterable[UUID], assets: frozenset[UUID]
) -> frozenset[UUID]:
    """Those of these meters whose site, or an asset that they stand on, is among the assets."""
    cursor = await conn.execute(
        """select m.id from energy_meters m
           where m.id = any(%(ids)s)
             and (m.site_id = any(%(assets)s)
                  or exists (select from meter_assignment a
                             where a.meter_id = m.id and a.asset_id = any(%(assets)s)))""",
        {"ids": list(meter_ids), "assets": list(assets)},
    )
    return frozenset(row[0] for row in await cursor.fetchall())


async def points_within(
    conn: Connection, point_ids: Iterable[UUID], assets: frozenset[UUID]
) -> frozenset[UUID]:
    """Those of these points that stand on one of the assets."""
    cursor = await conn.execute(
        "select id from point where id = any(%s) and asset_id = any(%s)", (list(point_ids), list(assets))
    )
    return frozenset(row[0] for row in await cursor.fetchall())


async def held_rates(conn: Connection, meter_ids: Iterable[UUID]) -> list[HeldRate]:
    """What meters took a day over their newest sixty days with readings."""
    async with conn.cursor(row_factory=class_row(HeldRate)) as cursor:
        await cursor.execute(
            """select s.meter_id, s.quantity, s.direction, (sum(d.sum) / 1e6 / count(*))::float8 as a_day,
                      count(*)::int as days
               from series s cross join lateral (
                   select r.local_date, r.sum from rollup_local_day r
                   where r.series_no = s.series_no and r.n_valid > 0
                   order by r.local_date desc limit 60) d
               where s.meter_id = any(%s) and s.kind = 'interval'
               group by s.meter_id, s.quantity, s.direction""",
            (list(meter_ids),),
        )
        return [
            replace(row, quantity=Quantity(row.quantity), direction=Direction(row.direction))
            for row in await cursor.fetchall()
        ]


async def zones_in_use(conn: Connection) -> list[str]:
    """Zones of the tenant's sites, the most used first."""
    cursor = await conn.execute(
        "select timezone from site group by timezone order by count(*) desc, timezone"
    )
    return [row[0] for row in await cursor.fetchall()]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSite:
    """A site that an upload makes."""

    id: UUID
    name: str
    timezone: str
    country: str = "AU"
    region: str = ""
    address: str = ""
    external_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMeter:
    """A meter that an upload makes; it counts its whole site."""

    id: UUID
    name: str
    carrier: Carrier
    nmi: str | None
    serial: str
    site_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPoint:
    """A point that an upload makes."""

    id: UUID
    name: str
    quantity: Quantity
    unit: str
    kind: Kind
    site_id: UUID


async def make_site(conn: Connection, site: NewSite) -> None:
    """Make a site with its root asset; nothing where it is there."""
    made = await conn.execute(
        """insert into site (id, name, timezone, country, region, address, external_id)
           values (%s, %s, %s, %s, %s, %s, %s) on conflict (id) do nothing returning id""",
        (
            site.id, site.name, site.timezone, site.country, site.region, site.address,
            site.external_id or str(site.id),
        ),
    )  # fmt: skip
    if await made.fetchone() is not None:
        await conn.execute(
            """insert into assets (id, site_id, kind, name, external_id)
               values (%(id)s, %(id)s, 'site', %(name)s, %(key)s)""",
            {"id": site.id, "name": site.name, "key": site.external_id or str(site.id)},
        )


async def make_new_meter(conn: Connection, meter: NewMeter) -> None:
    """Make a meter; nothing where it is there."""
    key = await _free_key(conn, "energy_meters", meter.nmi or meter.name, meter.carrier.value, meter.id)
    made = await conn.execute(
        """insert into energy_meters (id, site_id, carrier, name, nmi, serial, external_id, rhythm)
           values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (id) do nothing returning id""",
        (
            meter.id, meter.site_id, meter.carrier.value, meter.name, meter.nmi, meter.serial, key,
            Rhythm.MONTHLY_FILE.value,
        ),
    )  # fmt: skip
    if meter.site_id is not None and await made.fetchone() is not None:
        await conn.execute(
            "insert into meter_assignment (meter_id, asset_id, role) values (%s, %s, 'boundary')",
            (meter.id, meter.site_id),
        )


async def make_new_point(conn: Connection, point: NewPoint) -> None:
    """Make a point on the root asset of its site; nothing where it is there."""
    key = await _free_key(conn, "point", point.name, point.quantity.value, point.id)
    await conn.execute(
        """insert into point (id, asset_id, name, quantity, unit, kind, external_id)
           values (%s, %s, %s, %s, %s, %s, %s) on conflict (id) do nothing""",
        (point.id, point.site_id, point.name, point.quantity.value, point.unit, point.kind.value, key),
    )


async def taken_site_keys(conn: Connection, external_ids: Iterable[str]) -> list[str]:
    """Which of these keys a site or asset has already."""
    cursor = await conn.execute(
        """select external_id from site where external_id = any(%(keys)s)
           union select external_id from assets where external_id = any(%(keys)s)""",
        {"keys": list(external_ids)},
    )
    return [row[0] for row in await cursor.fetchall()]


async def _free_key(conn: Connection, table: str, name: str, kind: str, own_id: UUID) -> str:
    """The name as key where nobody has it, else the name and what is counted, else the id."""
    for key in (name, f"{name} {kind}"):
        cursor = await conn.execute(
            f"select 1 from {table} where external_id = %s and id <> %s",  # pyright: ignore[reportArgumentType]
            (key, own_id),
        )
        if await cursor.fetchone() is None:
            return key
    return str(own_id)


def nmi_of(name: str) -> str:
    """The NMI without its checksum, where a name can be one.

    >>> nmi_of("61020000012"), nmi_of("Town Hall")
    ('6102000001', '')
    """
    is_one = len(name) in {_PREFIX, _PREFIX + 1} and name.isascii() and name.isalnum() and name[-1].isdigit()
    return name[:_PREFIX] if is_one and any(char.isdigit() for char in name[:6]) else ""
