"""Local months of sites in `rollup_site_month`, added up from days where those have changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from psycopg.rows import class_row

from aegrid_energy.storage.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A series that counts for a root asset over some local days.

    Args:
        root_asset: The asset, usually a site's.
        carrier: What flows.
        direction: import, export or net.
        unit: Canonical unit of the series.
        series_no: The series.
        first: First local day it counts.
        end: The day after the last one.
    """

    root_asset: UUID
    carrier: str
    direction: str
    unit: str
    series_no: int
    first: date
    end: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteMonth:
    """What one root asset used in a local month.

    Args:
        month: First day of the month.
        total: Exact sum in the canonical unit.
        coverage: Share of the expected slots that carry a value, 0 to 1; days without a row are missing.
        estimated_share: Share of those that nobody measured, 0 to 1.
    """

    root_asset: UUID
    carrier: str
    direction: str
    unit: str
    month: date
    total: Decimal
    coverage: float
    estimated_share: float


async def take_dirty_months(
    conn: Connection, *, limit: int = 10_000, is_waiting: bool = False
) -> list[tuple[int, date]]:
    """Take marks away: series and first day of each month that has to be added up again.

    Rebuild them in the same transaction: if it fails the marks are back; who changes a day meanwhile waits
    and marks again.

    Args:
        conn: In a transaction of the tenant.
        limit: How many at most.
        is_waiting: Wait for marks that another transaction has taken: afterwards its months are there.
    """
    rows = await conn.execute(
        f"""delete from site_month_dirty where (series_no, month) in (
               select series_no, month from site_month_dirty order by series_no,
                   month limit %s for update {"" if is_waiting else "skip locked"})
           returning series_no, month""",
        (limit,),
    )
    return sorted((int(row[0]), row[1]) for row in await rows.fetchall())


async def months_with_hot_rows(conn: Connection) -> list[tuple[int, date]]:
    """Series and first day of each month that readings may belong to which wait to go into blocks.

    A month too many in every zone: whose local month it is, only the application knows.
    """
    rows = await conn.execute(
        """select h.series_no, m::date from (
               select series_no, min(ts) at time zone 'utc' as low, max(ts) at time zone 'utc' as high
               from reading_hot group by series_no) h,
           generate_series(date_trunc('month', h.low - interval '12 hours'),
                           h.high + interval '14 hours', interval '1 month') m"""
    )
    return [(int(row[0]), row[1]) for row in await rows.fetchall()]


async def sites_of_series(conn: Connection, series_nos: Iterable[int]) -> dict[int, list[UUID]]:
    """Sites that the meters of series belong to, or stood in at some time."""
    rows = await conn.execute(
        """select s.series_no, m.site_id from series s join energy_meters m on m.id = s.meter_id
           where s.series_no = any(%(series)s) and m.site_id is not null
           union
           select s.series_no, a.site_id from series s
           join meter_assignment w on w.meter_id = s.meter_id join assets a on a.id = w.asset_id
           where s.series_no = any(%(series)s)""",
        {"series": sorted(set(series_nos))},
    )
    found: dict[int, list[UUID]] = {}
    for number, site_id in await rows.fetchall():
        found.setdefault(int(number), []).append(site_id)
    return found


async def rebuild_site_months(
    conn: Connection, months: Iterable[tuple[UUID, date]], counted: Sequence[Counted]
) -> int:
    """Add months of root assets up again.

    Args:
        conn: In the transaction that took the marks away.
        months: Root asset and first day of each month to rebuild.
        counted: Everything that counts for these assets; what does not overlap a month is left out of it.

    Returns:
        Rows written.
    """
    wanted = sorted(set(months))
    params = {
        "assets": [asset for asset, _ in wanted],
        "months": [month for _, month in wanted],
        "root": [c.root_asset for c in counted],
        "carrier": [c.carrier for c in counted],
        "direction": [c.direction for c in counted],
        "unit": [c.unit for c in counted],
        "series": [c.series_no for c in counted],
        "first": [c.first for c in counted],
        "end": [c.end for c in counted],
    }
    await conn.execute(
        """delete from rollup_site_month m using unnest(%(assets)s::uuid[],
            %(months)s::date[]) w(root_asset, month)
           where m.root_asset = w.root_asset and m.month = w.month""",
        params,
    )
    cursor = await conn.execute(
        """with counted as (
               select w.month, c.root_asset, c.carrier, c.direction, c.unit, c.series_no,
                      greatest(c.first, w.month) as first, least(c.last,
                          (w.month + interval '1 month')::date) as last
               from unnest(%(assets)s::uuid[], %(months)s::date[]) w(root_asset, month)
               join unnest(%(root)s::uuid[], %(carrier)s::text[], %(direction)s::text[], %(unit)s::text[],
                           %(series)s::int[], %(first)s::date[], %(end)s::date[])
                   c(root_asset, carrier, direction, unit, series_no, first,
                       last) on c.root_asset = w.root_asset
               where c.first < (w.month + interval '1 month')::date and c.last > w.month),
           of_series as (
               select c.root_asset, c.carrier, c.direction, c.unit, c.month, sum(d.sum) as total,
                      sum(d.n_valid) as n_valid, sum(d.n_estimated) as n_estimated,
                      sum(d.n_expected) * (c.last - c.first) / count(*)::numeric as n_expected
               from counted c join rollup_local_day d
                    on d.series_no = c.series_no and d.local_date >= c.first and d.local_date < c.last
               group by c.root_asset, c.carrier, c.direction, c.unit, c.month, c.series_no, c.first, c.last)
           insert into rollup_site_month (root_asset, carrier, direction, unit, month, sum, coverage,
               estimated_share)
           select root_asset, carrier, direction, unit, month, sum(total) * 0.000001,
                  coalesce(least(sum(n_valid) / nullif(sum(n_expected), 0), 1), 1),
                  coalesce(sum(n_estimated)::numeric / nullif(sum(n_valid), 0), 0)
           from of_series group by root_asset, carrier, direction, unit, month""",
        params,
    )
    return cursor.rowcount


async def site_months(
    conn: Connection, first: date, end: date, *, roots: Iterable[UUID] | None = None
) -> list[SiteMonth]:
    """Months of root assets that start in `[first, end)`; of all of the tenant where none are named."""
    async with conn.cursor(row_factory=class_row(SiteMonth)) as cursor:
        await cursor.execute(
            """select root_asset, carrier, direction, unit, month, sum as total, coverage, estimated_share
               from rollup_site_month
               where month >= %(first)s and month < %(end)s
                 and (%(roots)s::uuid[] is null or root_asset = any(%(roots)s))
               order by root_asset, carrier, direction, unit, month""",
            {"first": first, "end": end, "roots": None if roots is None else list(roots)},
        )
        return await cursor.fetchall()
