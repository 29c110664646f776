"""Live way in: a new reading is one narrow row until the merge; days and newest values move with it.

A row goes hot only if it starts after everything the blocks of its series hold; anything else (late, changed,
sent again after the merge) goes the block way. So no slot is ever in both, and a change of a known value is
always kept as a revision.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from psycopg import AsyncCursor, Rollback

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.errors import ConflictError, InvalidError
from aegrid_energy.domain.readings import MICRO_LIMIT, Readings
from aegrid_energy.domain.zones import day_edges, local_date_of
from aegrid_energy.storage import packed
from aegrid_energy.storage.block import END_HOUR, HOUR_S, Grid
from aegrid_energy.storage.block_plan import Sent, largest_micro, panels_of
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.readings_irregular import LARGEST_MICRO, store_irregular
from aegrid_energy.storage.readings_store import store_panels
from aegrid_energy.storage.series import Layout, LayoutColumns, layout_columns, layouts
from aegrid_energy.storage.sources import Outcome, answered_standing, ask_standing, count_import

#: A block may be written between our look and our lock; each try knows more series to lock alone.
_TRIES: Final = 6
#: Stands for "no length" among lengths in ms.
_NO_LENGTH: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """Readings of any series in any order, as they come in; of two of one slot the later in the batch counts.

    Args:
        series_no: shape (n,).
        start_ms: Start of the interval, or the instant, shape (n,). [ms]
        micro: shape (n,).
        quality: Quality bytes, shape (n,).
        source_no: Their source.
        duration_ms: Length of irregular intervals, shape (n,); None: regular or instants. [ms]
    """

    series_no: NDArray[np.int64]
    start_ms: NDArray[np.int64]
    micro: NDArray[np.int64]
    quality: NDArray[np.uint8]
    source_no: int
    duration_ms: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.series_no)

    def __getitem__(self, at: NDArray[np.intp]) -> "Live":
        return Live(
            series_no=self.series_no[at],
            start_ms=self.start_ms[at],
            micro=self.micro[at],
            quality=self.quality[at],
            source_no=self.source_no,
            duration_ms=None if self.duration_ms is None else self.duration_ms[at],
        )


async def store_live(conn: Connection, live: Live, *, import_id: UUID | None = None) -> dict[int, Outcome]:
    """Store a batch of live readings, about a thousand at a time.

    Args:
        conn: In the transaction that all of it belongs to; its tenant is set.
        live: The batch.
        import_id: The load whose counters go up; needed for what may be undone later.

    Returns:
        What became of the readings of each series.

    Raises:
        NotFoundError: `series_not_found`, `source_not_found`.
        InvalidError: `off_grid`, `value_out_of_range`, `time_out_of_range`.
        ConflictError: `series_busy`, `block_moved`; the batch may be tried again.
    """
    if not len(live):
        return {}
    lie = await layout_columns(conn, np.unique(live.series_no))
    live = _prepared(live, lie)
    alone: set[int] = set()
    for _ in range(_TRIES):
        async with conn.transaction() as savepoint:
            async with conn.pipeline():
                await _lock(conn, live, alone)
                asked = await _insert(conn, live)
            is_new = await _inserted(asked, live)
            rest = np.flatnonzero(~is_new)
            other = rest[~await _is_same(conn, live[rest])] if len(rest) else rest
            wanted = set(live.series_no[other].tolist())
            if not wanted <= alone:
                alone |= wanted
                raise Rollback(savepoint)
            await _follow(conn, live[np.flatnonzero(is_new)], lie)
            outcomes = await _block_way(conn, live[other]) if len(other) else {}
            outcomes = _counted(live, is_new, np.setdiff1d(rest, other), outcomes)
            if import_id is not None:
                await count_import(conn, import_id, outcomes)
            return outcomes
    raise ConflictError("series_busy", tries=_TRIES)


def _prepared(live: Live, lie: LayoutColumns) -> Live:
    """Sorted by series and start, one of each slot, checked against the grids of their series."""
    order = np.lexsort((np.arange(len(live)), live.start_ms, live.series_no))
    series, start = live.series_no[order], live.start_ms[order]
    is_last = np.append((series[1:] != series[:-1]) | (start[1:] != start[:-1]), True)
    live = live[order[is_last]]
    at = np.searchsorted(lie.series_no, live.series_no)
    step = np.maximum(lie.step_s[at] * 1000, 1)
    phase = lie.phase_s[at] * 1000
    off = (live.start_ms - phase) % step != 0
    if off.any():
        first = int(off.argmax())
        raise InvalidError(
            "off_grid",
            series_no=int(live.series_no[first]),
            start_ms=int(live.start_ms[first]),
            step_s=int(step[first]) // 1000,
            phase_s=int(phase[first]) // 1000,
        )
    if int(live.start_ms.min()) < 0 or int(live.start_ms.max()) >= END_HOUR * HOUR_S * 1000:
        raise InvalidError("time_out_of_range", years="1970-2199")
    valid = q.has_value(live.quality)
    too_large = valid & (np.abs(live.micro) > _limits(lie)[at])
    if too_large.any():
        limit = int(_limits(lie)[at[int(too_large.argmax())]])
        raise InvalidError("value_out_of_range", limit=limit // 1_000_000)
    live.micro[~valid] = 0
    if live.duration_ms is not None:
        live.duration_ms[live.duration_ms <= 0] = _NO_LENGTH
    return live


def _limits(lie: LayoutColumns) -> NDArray[np.int64]:
    """Largest magnitude of a value of each series."""
    kinds = {
        (step_s, is_register): _limit(step_s, is_register=is_register)
        for step_s, is_register in set(zip(lie.step_s.tolist(), lie.is_register.tolist(), strict=True))
    }
    return np.array(
        [kinds[key] for key in zip(lie.step_s.tolist(), lie.is_register.tolist(), strict=True)],
        dtype=np.int64,
    )


def _limit(step_s: int, *, is_register: bool) -> int:
    if step_s:
        return largest_micro(Grid(step_s), is_register=is_register)
    return MICRO_LIMIT if is_register else LARGEST_MICRO


async def _lock(conn: Connection, live: Live, alone: set[int]) -> None:
    numbers = np.unique(live.series_no)
    async with packed.packing_cursor(conn) as cursor:
        await cursor.execute(
            """select count(case when n = any(%s) then pg_advisory_xact_lock(n)
                            else pg_advisory_xact_lock_shared(n) end)
               from unnest(%s) n""",
            (packed.int8s(np.array(sorted(alone), dtype=np.int64)), packed.int8s(numbers)),
        )


async def _insert(conn: Connection, live: Live) -> AsyncCursor[tuple[Any, ...]]:
    """Insert what may go hot and is not there."""
    cursor = packed.packing_cursor(conn)
    await cursor.execute(
        """with put as (
                   insert into reading_hot (series_no, ts, micro, flag, duration_ms, source_no)
                   select s.series_no, s.ts, s.micro, s.flag, nullif(s.duration_ms, -1), o.source_no
                   from unnest(%s, %s, %s, %s, %s) as s(series_no, ts, micro, flag, duration_ms)
                   join source o on o.source_no = %s::int4
                   left join series_latest l on l.series_no = s.series_no
                   where l.block_to is null or s.ts > l.block_to
                   on conflict (series_no, ts) do nothing returning series_no, ts)
               select count(*), string_agg(int8send(series_no) || timestamptz_send(ts), ''::bytea)
                   from put""",
        (
            packed.int4s(live.series_no),
            packed.instants(live.start_ms),
            packed.int8s(live.micro),
            packed.int2s(live.quality),
            packed.int8s(np.full(len(live), _NO_LENGTH) if live.duration_ms is None else live.duration_ms),
            live.source_no,
        ),
    )
    return cursor


async def _inserted(asked: AsyncCursor[tuple[Any, ...]], live: Live) -> NDArray[np.bool_]:
    """Which rows went in, shape (n,)."""
    row = await asked.fetchone()
    count, keys = (0, None) if row is None else row
    if count == len(live):
        return np.ones(len(live), dtype=np.bool_)
    if not count or keys is None:
        return np.zeros(len(live), dtype=np.bool_)
    put = np.frombuffer(keys, dtype=">i8").astype(np.int64).reshape(-1, 2)
    return _is_among(live, put[:, 0], packed.ms_of_wire(put[:, 1]))


def _is_among(live: Live, series_no: NDArray[np.int64], start_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
    # A start has 43 bits until 2199 and more than a million series fit above it.
    sent = (live.series_no << 43) | live.start_ms
    return np.isin(sent, (series_no << 43) | start_ms)


async def _is_same(conn: Connection, live: Live) -> NDArray[np.bool_]:
    """Where a hot row of just this value and quality is held."""
    async with packed.packing_cursor(conn) as cursor:
        await cursor.execute(
            """select s.n - 1 from unnest(%s, %s, %s, %s, %s) with ordinality
                   as s(series_no, ts, micro, flag, duration_ms, n)
               join reading_hot h on h.series_no = s.series_no and h.ts = s.ts
               where h.micro = s.micro and h.flag = s.flag and coalesce(h.duration_ms, -1) = s.duration_ms""",
            (
                packed.int4s(live.series_no),
                packed.instants(live.start_ms),
                packed.int8s(live.micro),
                packed.int2s(live.quality),
                packed.int8s(
                    np.full(len(live), _NO_LENGTH) if live.duration_ms is None else live.duration_ms
                ),
            ),
        )
        rows = await cursor.fetchall()
    same = np.zeros(len(live), dtype=np.bool_)
    same[[row[0] for row in rows]] = True
    return same


async def _follow(conn: Connection, live: Live, lie: LayoutColumns) -> None:
    """Add new rows to their local days, and move the newest values."""
    if not len(live):
        return
    days, newest = _days(live, lie), _newest(live)
    async with conn.pipeline():
        await packed.packing_cursor(conn).execute(_ADD_DAYS, days)
        await packed.packing_cursor(conn).execute(_MOVE_LATEST, newest)


_ADD_DAYS: Final = """
    insert into rollup_local_day as r (tenant_no, sum, min, max, series_no, zone_no, local_date,
        n_valid, n_expected,
                                       n_estimated, n_suspect)
    select (select current_tenant_no()), k.* from unnest(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) k
    on conflict (series_no, zone_no, local_date) do update set
        sum = r.sum + excluded.sum,
        min = case when r.n_valid = 0 then excluded.min when excluded.n_valid = 0 then r.min
              else least(r.min, excluded.min) end,
        max = case when r.n_valid = 0 then excluded.max when excluded.n_valid = 0 then r.max
              else greatest(r.max, excluded.max) end,
        n_valid = r.n_valid + excluded.n_valid,
        n_estimated = r.n_estimated + excluded.n_estimated,
        n_suspect = r.n_suspect + excluded.n_suspect"""

_MOVE_LATEST: Final = """
    insert into series_latest as l (series_no, ts, micro, flag)
    select * from unnest(%s, %s, %s, %s)
    on conflict (series_no) do update set
        micro = case when excluded.ts >= l.ts then excluded.micro else l.micro end,
        flag = case when excluded.ts >= l.ts then excluded.flag else l.flag end,
        ts = greatest(l.ts, excluded.ts), seen_at = now()"""


def _days(live: Live, lie: LayoutColumns) -> tuple[packed.PackedArray, ...]:
    at = np.searchsorted(lie.series_no, live.series_no)
    zone_no = lie.zone_no[at]
    on = np.empty(len(live), dtype="datetime64[D]")
    for number, zone in lie.zones.items():
        in_zone = zone_no == number
        on[in_zone] = local_date_of(zone, live.start_ms[in_zone])
    # Sorted by series and start, so the rows of one day stand together.
    first = np.flatnonzero(np.append(True, (at[1:] != at[:-1]) | (on[1:] != on[:-1])))
    valid = q.has_value(live.quality)
    low = np.where(valid, live.micro, np.iinfo(np.int64).max)
    high = np.where(valid, live.micro, np.iinfo(np.int64).min)
    n_valid = np.add.reduceat(valid.astype(np.int64), first)
    seen, series = n_valid > 0, at[first]
    return (
        packed.int8s(np.add.reduceat(np.where(lie.is_register[at], 0, live.micro), first)),
        packed.int8s(np.where(seen, np.minimum.reduceat(low, first), 0)),
        packed.int8s(np.where(seen, np.maximum.reduceat(high, first), 0)),
        packed.int4s(lie.series_no[series]),
        packed.int4s(lie.zone_no[series]),
        packed.dates(on[first]),
        packed.int4s(n_valid),
        packed.int4s(_expected(live.start_ms[first], on[first], series, lie)),
        packed.int4s(np.add.reduceat(q.is_estimated(live.quality).astype(np.int64), first)),
        packed.int4s(np.add.reduceat(q.is_suspect(live.quality).astype(np.int64), first)),
    )


def _expected(
    start_ms: NDArray[np.int64], on: NDArray[np.datetime64], series: NDArray[np.intp], lie: LayoutColumns
) -> NDArray[np.int64]:
    """Slots of the local day of each row; one look-up for all rows of one zone, day and grid."""
    out = np.zeros(len(on), dtype=np.int64)
    columns = (lie.zone_no[series], on.astype(np.int64), lie.step_s[series], lie.phase_s[series])
    same = np.zeros(len(on), dtype=np.int64)
    for column in columns:
        kinds, at = np.unique(column, return_inverse=True)
        same = same * len(kinds) + at
    _, index, at = np.unique(same, return_index=True, return_inverse=True)
    for number, row in enumerate(index.tolist()):
        step_s = int(lie.step_s[series[row]])
        if step_s:
            grid = Grid(step_s, int(lie.phase_s[series[row]]))
            zone = lie.zones[int(lie.zone_no[series[row]])]
            edges = day_edges(zone, int(start_ms[row]), int(start_ms[row]) + 1)
            out[at == number] = grid.ceil_slot(int(edges[-1])) - grid.ceil_slot(int(edges[0]))
    return out


def _newest(live: Live) -> tuple[packed.PackedArray, ...]:
    with_value = live[np.flatnonzero(q.has_value(live.quality))]
    series = with_value.series_no
    newest = with_value[
        np.flatnonzero(np.append(series[1:] != series[:-1], np.ones(min(len(series), 1), bool)))
    ]
    return (
        packed.int4s(newest.series_no),
        packed.instants(newest.start_ms),
        packed.int8s(newest.micro),
        packed.int2s(newest.quality),
    )


async def _block_way(conn: Connection, live: Live) -> dict[int, Outcome]:
    shelf = await layouts(conn, np.unique(live.series_no).tolist())
    told = await answered_standing(await ask_standing(conn, [live.source_no]), needed=[live.source_no])
    edges = np.flatnonzero(live.series_no[1:] != live.series_no[:-1]) + 1
    sent = [_sent(live[rows], shelf) for rows in np.split(np.arange(len(live)), edges)]
    regular = [one for one in sent if shelf[one.series_no].grid is not None]
    outcomes = await store_panels(conn, panels_of(regular, shelf), told, slots=len(live))
    for one in sent:
        layout = shelf[one.series_no]
        if layout.grid is None:
            outcomes[one.series_no] = await store_irregular(conn, layout, one)
    return outcomes


def _sent(live: Live, shelf: Mapping[int, Layout]) -> Sent:
    number = int(live.series_no[0])
    grid = shelf[number].grid
    return Sent(
        series_no=number,
        readings=Readings(
            start_ms=live.start_ms,
            micro=live.micro,
            quality=live.quality,
            step_s=grid.step_s if grid else None,
            duration_ms=None if grid or live.duration_ms is None else np.maximum(live.duration_ms, 0),
        ),
        source_no=live.source_no,
    )


def _counted(
    live: Live, is_new: NDArray[np.bool_], same: NDArray[np.intp], by_block: Mapping[int, Outcome]
) -> dict[int, Outcome]:
    numbers, first, at = np.unique(live.series_no, return_index=True, return_inverse=True)
    last = np.append(first[1:], len(live)) - 1
    columns = (
        numbers,
        np.bincount(at[is_new], minlength=len(numbers)),
        np.bincount(at[same], minlength=len(numbers)),
        live.start_ms[first],
        live.start_ms[last] + 1,
    )
    outcomes = {
        number: Outcome(added=added, unchanged=unchanged, first_ms=first_ms, last_ms=last_ms)
        for number, added, unchanged, first_ms, last_ms in zip(*(c.tolist() for c in columns), strict=True)
    }
    for number, outcome in by_block.items():
        hot = outcomes[number]
        outcomes[number] = replace(hot + outcome, first_ms=hot.first_ms, last_ms=hot.last_ms)
    return outcomes
