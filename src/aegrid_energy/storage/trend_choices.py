"""What can be drawn over time of an asset: the points and meters on it and below it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from aegrid_energy.storage.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendChoice:
    """A point, or a meter by the rate of its register.

    Args:
        key: `point:<id>` or `meter:<id>`.
        asset_id, asset_name: Where it stands.
        quantity: Of the point; of the meter what its register counts, None where it has none.
        unit: Of the point; None for a meter, whose rate has one.
        carrier, direction: Of a meter: import where it counts that, else what it counts.
        newest: Start of its newest interval; None where nothing was ever heard.
    """

    key: str
    id: UUID
    name: str
    asset_id: UUID
    asset_name: str
    quantity: str | None
    unit: str | None
    carrier: str | None
    direction: str
    newest: datetime | None


_CHOICES: Final[LiteralString] = """
    with recursive down as (
        select id, name from assets where id = %(asset)s
        union select a.id, a.name from assets a join down on a.parent_id = down.id)
    select 'point:' || p.id as key, p.id, p.name, d.id as asset_id, d.name as asset_name, p.quantity, p.unit,
           null as carrier, 'import' as direction, max(l.ts) filter (where isfinite(l.ts)) as newest
    from down d join point p on p.asset_id = d.id
        left join series s on s.point_id = p.id left join series_latest l using (series_no)
    group by p.id, d.id, d.name
    union all
    select 'meter:' || m.id, m.id, m.name, d.id, d.name, max(s.quantity), null, m.carrier,
           case when bool_or(s.direction = 'import') then 'import'
                when bool_or(s.direction = 'export') then 'export'
                when bool_or(s.direction = 'net') then 'net' else 'import' end,
           max(l.ts) filter (where isfinite(l.ts))
    from down d
        join meter_assignment x on x.asset_id = d.id and x.valid_from <= %(now)s and %(now)s < x.valid_to
        join energy_meters m on m.id = x.meter_id
        left join series s on s.meter_id = m.id and s.quantity in ('energy', 'fuel_energy', 'volume')
        left join series_latest l using (series_no)
    group by m.id, d.id, d.name
    order by asset_name, name, key
    limit %(limit)s"""

#: A page offers no more; a list of this length is searched, not read.
MOST_CHOICES: Final = 1_000


async def list_trend_choices(conn: Connection, asset_id: UUID, *, now: datetime) -> list[TrendChoice]:
    """Points and standing meters of an asset and of what is below it, by where they stand."""
    async with conn.cursor(row_factory=class_row(TrendChoice)) as cursor:
        await cursor.execute(_CHOICES, {"asset": asset_id, "now": now, "limit": MOST_CHOICES})
        return await cursor.fetchall()
