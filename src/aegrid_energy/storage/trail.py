"""What a page says at its head: the assets above a thing, and how far each carrier's consumption goes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from aegrid_energy.domain.series import AMOUNTS, Carrier
from aegrid_energy.storage.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Above:
    """An asset on the way up; a site is the asset that has its id."""

    id: UUID
    name: str
    is_site: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierReach:
    """A carrier that is metered somewhere, and its newest interval with a value.

    Args:
        carrier: What flows.
        at: Start of that interval; None where no meter has said anything yet.
        end: Its end.
        step_s: Its length; None where the newest value is a read of a counter. [s]
    """

    carrier: Carrier
    at: datetime | None
    end: datetime | None
    step_s: int | None


async def assets_by_id(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, Above]:
    """The assets among these ids; other ids are left out."""
    async with conn.cursor(row_factory=class_row(Above)) as cursor:
        await cursor.execute(
            "select id, name, id = site_id as is_site from assets where id = any(%s)", (list(ids),)
        )
        return {one.id: one for one in await cursor.fetchall()}


#: The meters whose consumption is asked about, boundary meters first: they are what an asset is counted by.
_OF_ASSET: Final[LiteralString] = """
    down as (select id from assets where id = %(id)s
             union select a.id from assets a join down on a.parent_id = down.id),
    asked as (select x.meter_id, m.carrier, bool_or(x.role = 'boundary') as is_boundary
              from meter_assignment x join energy_meters m on m.id = x.meter_id
              where x.asset_id in (select id from down) group by x.meter_id, m.carrier)"""
_OF_METER: Final[LiteralString] = """
    asked as (select id as meter_id, carrier, true as is_boundary from energy_meters where id = %(id)s)"""
#: A virtual meter has no values of its own: it reaches as far as what it is made of.
_REACH: Final[LiteralString] = """,
    made_of as (select meter_id, meter_id as input_id from asked
                union select f.meter_id, t.input_id
                from made_of f join virtual_term t on t.meter_id = f.input_id)
    select distinct on (asked.carrier) asked.carrier, newest.at,
           newest.at + make_interval(secs => coalesce(newest.step_s, 0)) as "end", newest.step_s
    from asked join made_of using (meter_id)
    left join lateral (
        select l.ts as at, case when s.kind = 'interval' then s.step_s end as step_s
        from series s join series_latest l using (series_no)
        where s.meter_id = made_of.input_id and l.ts > '-infinity' and s.quantity = any(%(amounts)s)
        order by l.ts desc limit 1) newest on true
    order by asked.carrier, newest.at is null, asked.is_boundary desc, newest.at desc"""


async def carriers_of_asset(conn: Connection, asset_id: UUID) -> list[CarrierReach]:
    """The carriers of the meters that stand, or stood, on an asset or below it, in the order of `Carrier`."""
    return await _carriers(conn, _OF_ASSET, asset_id)


async def carriers_of_meter(conn: Connection, meter_id: UUID) -> list[CarrierReach]:
    """The carrier of a meter."""
    return await _carriers(conn, _OF_METER, meter_id)


async def _carriers(conn: Connection, asked: LiteralString, id_: UUID) -> list[CarrierReach]:
    async with conn.cursor(row_factory=class_row(CarrierReach)) as cursor:
        await cursor.execute(
            "with recursive" + asked + _REACH, {"id": id_, "amounts": [one.value for one in AMOUNTS]}
        )
        order = list(Carrier)
        found = await cursor.fetchall()
    known = [
        CarrierReach(carrier=Carrier(row.carrier), at=row.at, end=row.end, step_s=row.step_s) for row in found
    ]
    return sorted(known, key=lambda row: order.index(row.carrier))
