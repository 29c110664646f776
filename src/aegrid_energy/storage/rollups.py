"""Local days of series in `rollup_local_day`, and the months that have to be added up again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.storage import packed
from aegrid_energy.storage.block_panel import Panel
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.rollup_days import DayRows

_COLUMNS = "sum, min, max, series_no, zone_no, local_date, n_valid, n_expected, n_estimated, n_suspect"
_INSERT = f"""insert into rollup_local_day as r (tenant_no, {_COLUMNS})
    select (select current_tenant_no()), k.* from unnest(%s, %s, %s, %s, %s, %s, %s, %s, %s,
        %s) as k({_COLUMNS})"""
_UPSERT = (
    _INSERT
    + """ on conflict (series_no, zone_no, local_date) do update set
        sum = excluded.sum, min = excluded.min, max = excluded.max, n_valid = excluded.n_valid,
        n_expected = excluded.n_expected, n_estimated = excluded.n_estimated, n_suspect = excluded.n_suspect
      where (r.sum, r.min, r.max, r.n_valid, r.n_expected, r.n_estimated, r.n_suspect) is distinct from
            (excluded.sum, excluded.min, excluded.max, excluded.n_valid, excluded.n_expected,
             excluded.n_estimated, excluded.n_suspect)"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupWrite:
    """Day rows on their way, packed.

    Args:
        kept: Parameters of the rows to write.
        is_new: No row of these can be there yet.
        gone: Series, zone and date of rows that go; None where none does.
        months: Series and first day of each local month that changed.
    """

    kept: tuple[Any, ...]
    is_new: bool
    gone: tuple[Any, ...] | None
    months: tuple[Any, ...]


def pack_days(panel: Panel, rows: DayRows, *, is_new: bool) -> RollupWrite:
    """Pack the days of a panel."""
    zones = np.array([layout.zone_no for layout in panel.layouts], dtype=np.int64)
    series, on = panel.series_nos[rows.series], panel.days[rows.day]
    zone = zones[rows.series]
    kept, gone = ~rows.is_empty, rows.is_empty
    numbers = (rows.n_valid, rows.n_expected, rows.n_estimated, rows.n_suspect)
    months = np.unique(np.stack([series, on.astype("datetime64[M]").astype(np.int64)], axis=1), axis=0)
    return RollupWrite(
        kept=(
            *(packed.int8s(column[kept]) for column in (rows.total, rows.low, rows.high)),
            packed.int4s(series[kept]),
            packed.int4s(zone[kept]),
            packed.dates(on[kept]),
            *(packed.int4s(column[kept]) for column in numbers),
        ),
        is_new=is_new,
        gone=(packed.int4s(series[gone]), packed.int4s(zone[gone]), packed.dates(on[gone]))
        if gone.any()
        else None,
        months=(
            packed.int4s(months[:, 0]),
            packed.dates(months[:, 1].astype("datetime64[M]").astype("datetime64[D]")),
        ),
    )


async def write_days(conn: Connection, write: RollupWrite) -> None:
    """Write day rows and mark their months."""
    async with packed.packing_cursor(conn) as cursor:
        await cursor.execute(_INSERT if write.is_new else _UPSERT, write.kept)
        if write.gone:
            await cursor.execute(
                """delete from rollup_local_day r using unnest(%s, %s, %s) as k(series_no, zone_no,
                    local_date)
                   where r.series_no = k.series_no and r.zone_no = k.zone_no
                       and r.local_date = k.local_date""",
                write.gone,
            )
        # An update rather than nothing: it waits for a rebuild that takes the mark away, and sets it again.
        await cursor.execute(
            """insert into site_month_dirty (series_no, month) select * from unnest(%s, %s) order by 1, 2
               on conflict (series_no, month) do update set month = excluded.month""",
            write.months,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTotals:
    """Local days, as columns of shape (rows,), sorted by series (0 where they were added up) and date.

    Args:
        series_no: Series; 0 in sums over several.
        on: datetime64[D].
        total: Sum. [micro]
        low, high: Smallest and largest reading. [micro]
        n_valid, n_expected, n_estimated, n_suspect: Counts of slots.
    """

    series_no: NDArray[np.int64]
    on: NDArray[np.datetime64]
    total: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    n_valid: NDArray[np.int64]
    n_expected: NDArray[np.int64]
    n_estimated: NDArray[np.int64]
    n_suspect: NDArray[np.int64]


#: Columns of one series leave the database as binary arrays: one row a series instead of one a day.
_ARRAYS = ", ".join(
    f"array_send(array_agg({column}))"
    for column in (
        "local_date - date '1970-01-01'",
        "sum",
        "min",
        "max",
        "n_valid",
        "n_expected",
        "n_estimated",
        "n_suspect",
    )
)
_INT4 = np.dtype([("length", ">i4"), ("value", ">i4")])
_INT8 = np.dtype([("length", ">i4"), ("value", ">i8")])


async def day_totals(conn: Connection, series_nos: Iterable[int], first: date, end: date) -> DayTotals:
    """Local days of each series, `[first, end)`; days without any reading are left out."""
    async with packed.packing_cursor(conn) as cursor:
        await cursor.execute(
            f"""select series_no, {_ARRAYS} from rollup_local_day
                where series_no = any(%s) and local_date >= %s and local_date < %s
                group by series_no order by series_no""",
            (packed.int4s(np.array(sorted(set(series_nos)), dtype=np.int64)), first, end),
        )
        rows = await cursor.fetchall()
    series_no, columns = _unpacked(rows)
    return _by_date(series_no, columns)


async def summed_day_totals(conn: Connection, series_nos: Iterable[int], first: date, end: date) -> DayTotals:
    """Local days of several series of one unit added up, `[first, end)`; their `series_no` is 0."""
    async with packed.packing_cursor(conn) as cursor:
        await cursor.execute(
            f"""select 0, {_ARRAYS} from (
                    select local_date, sum(sum)::int8 as sum, min(min) as min, max(max) as max,
                           sum(n_valid)::int4 as n_valid, sum(n_expected)::int4 as n_expected,
                           sum(n_estimated)::int4 as n_estimated, sum(n_suspect)::int4 as n_suspect
                    from rollup_local_day
                    where series_no = any(%s) and local_date >= %s and local_date < %s
                    group by local_date) d
                having count(*) > 0""",
            (packed.int4s(np.array(sorted(set(series_nos)), dtype=np.int64)), first, end),
        )
        rows = await cursor.fetchall()
    series_no, columns = _unpacked(rows)
    return _by_date(series_no, columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class SumsToDay:
    """Sums up to a local day of each series, as columns of shape (k,), in the order asked.

    Args:
        day, before, month: Sum of that day, of the day before, of its month up to it. [micro]
        day_rows, before_rows, month_rows: Days with any reading in each sum: 0 means that nothing is known.
        before_valid, before_expected: Counts of slots of the day before.
    """

    day: NDArray[np.int64]
    before: NDArray[np.int64]
    month: NDArray[np.int64]
    day_rows: NDArray[np.int64]
    before_rows: NDArray[np.int64]
    month_rows: NDArray[np.int64]
    before_valid: NDArray[np.int64]
    before_expected: NDArray[np.int64]


#: The days of each series lie beside each other in the key, which is entered once a series.
_TO_DAY = """
    select array_send(array_agg(d.day order by n)), array_send(array_agg(d.before order by n)),
           array_send(array_agg(d.month order by n)), array_send(array_agg(d.day_rows order by n)),
           array_send(array_agg(d.before_rows order by n)), array_send(array_agg(d.month_rows order by n)),
           array_send(array_agg(d.before_valid order by n)),
           array_send(array_agg(d.before_expected order by n))
    from unnest(%s, %s, %s, %s) with ordinality as k(series_no, zone_no, on_day, first, n)
    cross join lateral (
        select coalesce(sum(r.sum) filter (where r.local_date = on_day), 0)::int8 as day,
               coalesce(sum(r.sum) filter (where r.local_date = on_day - 1), 0)::int8 as before,
               coalesce(sum(r.sum) filter (where r.local_date >= first), 0)::int8 as month,
               count(*) filter (where r.local_date = on_day) as day_rows,
               count(*) filter (where r.local_date = on_day - 1) as before_rows,
               count(*) filter (where r.local_date >= first) as month_rows,
               coalesce(sum(r.n_valid) filter (where r.local_date = on_day - 1), 0)::int8 as before_valid,
               coalesce(sum(r.n_expected) filter (where r.local_date = on_day - 1), 0)::int8
                   as before_expected
        from rollup_local_day r
        where r.series_no = k.series_no and r.zone_no = k.zone_no
          and r.local_date between least(first, on_day - 1) and on_day) d"""


async def sums_to_day(
    conn: Connection,
    series_nos: NDArray[np.int64],
    zone_nos: NDArray[np.int64],
    on: NDArray[np.datetime64],
) -> SumsToDay:
    """A local day, the day before and the month so far of each series, each up to a day of its own.

    Args:
        conn: In a transaction of the tenant.
        series_nos: Numbers, any order, shape (k,).
        zone_nos: The zone that each is added up by.
        on: The day of each, datetime64[D].
    """
    first = on.astype("datetime64[M]").astype("datetime64[D]")
    async with packed.packing_cursor(conn) as cursor:
        await cursor.execute(
            _TO_DAY, (packed.int4s(series_nos), packed.int4s(zone_nos), packed.dates(on), packed.dates(first))
        )
        row = await cursor.fetchone()
    if row is None or row[0] is None:
        nothing = np.zeros(0, dtype=np.int64)
        return SumsToDay(**dict.fromkeys(SumsToDay.__dataclass_fields__, nothing))
    day, before, month, day_rows, before_rows, month_rows, valid, expected = map(packed.int8s_of_wire, row)
    return SumsToDay(
        day=day,
        before=before,
        month=month,
        day_rows=day_rows,
        before_rows=before_rows,
        month_rows=month_rows,
        before_valid=valid,
        before_expected=expected,
    )


async def month_totals(conn: Connection, series_nos: Iterable[int], first: date, end: date) -> DayTotals:
    """Local months of several series of one unit added up from their days; `on` is the first of the month."""
    days = await summed_day_totals(conn, series_nos, first, end)
    months, at = np.unique(days.on.astype("datetime64[M]"), return_index=True)
    if not len(months):
        return days
    add = np.add.reduceat
    return DayTotals(
        series_no=np.zeros(len(months), dtype=np.int64),
        on=months.astype("datetime64[D]"),
        total=add(days.total, at),
        low=np.minimum.reduceat(days.low, at),
        high=np.maximum.reduceat(days.high, at),
        n_valid=add(days.n_valid, at),
        n_expected=add(days.n_expected, at),
        n_estimated=add(days.n_estimated, at),
        n_suspect=add(days.n_suspect, at),
    )


def _unpacked(rows: list[tuple[Any, ...]]) -> tuple[NDArray[np.int64], list[NDArray[np.int64]]]:
    wire = (_INT4, _INT8, _INT8, _INT8, _INT4, _INT4, _INT4, _INT4)
    columns = [
        np.concatenate(
            [np.frombuffer(row[1 + i], dtype=kind, offset=20)["value"].astype(np.int64) for row in rows]
        )
        if rows
        else np.zeros(0, dtype=np.int64)
        for i, kind in enumerate(wire)
    ]
    lengths = [(len(row[1]) - 20) // _INT4.itemsize for row in rows]
    return np.repeat(np.array([row[0] for row in rows], dtype=np.int64), lengths), columns


def _by_date(series_no: NDArray[np.int64], columns: list[NDArray[np.int64]]) -> DayTotals:
    order = np.lexsort((columns[0], series_no))
    on, total, low, high, n_valid, n_expected, n_estimated, n_suspect = (column[order] for column in columns)
    return DayTotals(
        series_no=series_no[order],
        on=on.astype("datetime64[D]"),
        total=total,
        low=low,
        high=high,
        n_valid=n_valid,
        n_expected=n_expected,
        n_estimated=n_estimated,
        n_suspect=n_suspect,
    )
