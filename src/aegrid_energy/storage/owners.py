"""Who readings belong to: the meter or point that a file names, found or made."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from psycopg.rows import class_row

from aegrid_energy.domain.ids import new_id
from aegrid_energy.domain.series import Carrier, Kind, Quantity, Rhythm
from aegrid_energy.storage.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A meter or point with what a series of it needs to know; `kind` is a point's own, None of a meter."""

    meter_id: UUID | None
    point_id: UUID | None
    site_id: UUID | None
    timezone: str | None
    rhythm: str
    is_virtual: bool
    kind: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Multiplier:
    """What readings of a time are multiplied by: CT and VT ratios of the meter that stood then."""

    factor: Decimal
    start: datetime | None
    end: datetime | None


async def find_meter_owner(conn: Connection, name: str, carrier: Carrier) -> Owner | None:
    """The meter that a file calls `name`: by its own id, NMI, external id, serial or name, in this order.

    A carrier that the file does not say (`OTHER`) fits every meter.
    """
    async with conn.cursor(row_factory=class_row(Owner)) as cursor:
        await cursor.execute(
            """select m.id as meter_id, null::uuid as point_id, m.site_id, s.timezone, m.rhythm, m.is_virtual,
                      null as kind
               from energy_meters m left join site s on s.id = m.site_id
               where (m.id = %(id)s or %(name)s in (m.nmi, m.external_id, m.serial, m.name))
                 and (%(carrier)s = 'other' or m.carrier = %(carrier)s)
               order by m.id = %(id)s desc nulls last,
                        case %(name)s
                          when m.nmi then 0 when m.external_id then 1 when m.serial then 2 else 3 end,
                        m.in_service_to is not null, m.id
               limit 1""",
            {"name": name, "carrier": carrier.value, "id": _id_in(name)},
        )
        return await cursor.fetchone()


async def find_point_owner(conn: Connection, name: str, quantity: Quantity) -> Owner | None:
    """The point that a file calls `name`: by its own id, external id, address or name, in this order."""
    async with conn.cursor(row_factory=class_row(Owner)) as cursor:
        await cursor.execute(
            """select null::uuid as meter_id, p.id as point_id, s.id as site_id, s.timezone,
                      case when p.expected_interval_s is null then 'daily_file' else 'live' end as rhythm,
                      false as is_virtual, p.kind
               from point p join assets a on a.id = p.asset_id join site s on s.id = a.site_id
               where (p.id = %(id)s or %(name)s in (p.external_id, p.address, p.name))
                 and p.quantity = %(quantity)s
               order by p.id = %(id)s desc nulls last,
                        case %(name)s when p.external_id then 0 when p.address then 1 else 2 end, p.id
               limit 1""",
            {"name": name, "quantity": quantity.value, "id": _id_in(name)},
        )
        return await cursor.fetchone()


def _id_in(name: str) -> UUID | None:
    """The id that a name is, as our own lists and choices of people name a thing."""
    try:
        return UUID(name) if len(name) == 36 else None
    except ValueError:
        return None


async def make_meter(
    conn: Connection,
    name: str,
    carrier: Carrier,
    *,
    is_nmi: bool,
    serial: str,
    site_id: UUID | None,
    now: datetime,
) -> UUID:
    """A new meter as a file names it; with a site it counts the whole site from the beginning."""
    meter_id = new_id(now)
    taken = await conn.execute("select 1 from energy_meters where external_id = %s", (name,))
    # Electricity and gas of one building often share a name; the key says which is which.
    key = f"{name} {carrier.value}" if await taken.fetchone() else name
    await conn.execute(
        """insert into energy_meters (id, site_id, carrier, name, nmi, serial, external_id, rhythm)
           values (%s, %s, %s, %s, %s, %s, %s, %s)""",
        (
            meter_id, site_id, carrier.value, name, name if is_nmi else None, serial, key,
            Rhythm.MONTHLY_FILE.value,
        ),
    )  # fmt: skip
    if site_id is not None:
        await conn.execute(
            "insert into meter_assignment (meter_id, asset_id, role) values (%s, %s, 'boundary')",
            (meter_id, site_id),
        )
    return meter_id


async def make_point(
    conn: Connection, name: str, quantity: Quantity, unit: str, kind: Kind, *, asset_id: UUID, now: datetime
) -> UUID:
    """A new point as a file names it."""
    point_id = new_id(now)
    taken = await conn.execute("select 1 from point where external_id = %s", (name,))
    key = f"{name} {quantity.value}" if await taken.fetchone() else name
    await conn.execute(
        """insert into point (id, asset_id, name, quantity, unit, kind, external_id)
           values (%s, %s, %s, %s, %s, %s, %s)""",
        (point_id, asset_id, name, quantity.value, unit, kind.value, key),
    )
    return point_id


async def multipliers_of(conn: Connection, meter_id: UUID) -> list[Multiplier]:
    """The multipliers of a meter that are not 1, by time."""
    async with conn.cursor(row_factory=class_row(Multiplier)) as cursor:
        await cursor.execute(
            """select multiplier as factor, case when isfinite(valid_from) then valid_from end as start,
                      case when isfinite(valid_to) then valid_to end as "end"
               from meter_install where meter_id = %s and multiplier <> 1 order by valid_from""",
            (meter_id,),
        )
        return await cursor.fetchall()
