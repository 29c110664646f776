"""The newest value of each series, and how far its blocks reach."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain import quality as q
from aegrid_energy.storage import packed
from aegrid_energy.storage.block_panel import Merged, Panel, is_held, touched_blocks
from aegrid_energy.storage.connection import Connection

_NEVER: Final = packed.NEVER_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """Newest value of a series: start of its interval, ms since the epoch; value in micro; quality byte."""

    series_no: int
    start_ms: int
    micro: int
    quality: int
    #: When something was last received. [ms]
    seen_ms: int


async def latest(conn: Connection, series_nos: Iterable[int]) -> dict[int, Latest]:
    """Newest values by number; series without any value are left out."""
    wanted = np.array(sorted(set(series_nos)), dtype=np.int64)
    async with packed.packing_cursor(conn) as cursor:
        await cursor.execute(
            """select series_no, (extract(epoch from ts) * 1000)::int8, micro, flag,
                      (extract(epoch from seen_at) * 1000)::int8
               from series_latest where series_no = any(%s) and ts > '-infinity'""",
            (packed.int4s(wanted),),
        )
        return {
            row[0]: Latest(series_no=row[0], start_ms=row[1], micro=row[2], quality=row[3], seen_ms=row[4])
            for row in await cursor.fetchall()
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestColumns:
    """Newest values as columns of shape (k,), one row for each series asked for, in their order.

    Args:
        start_ms: Start of the interval; `NEVER_MS` where the series has no value yet. [ms]
        micro: The value. [micro]
        quality: Its quality byte.
    """

    start_ms: NDArray[np.int64]
    micro: NDArray[np.int64]
    quality: NDArray[np.int64]


async def latest_columns(conn: Connection, series_nos: NDArray[np.int64]) -> LatestColumns:
    """Newest values of many series, where objects cost too much.

    Args:
        conn: In a transaction of the tenant.
        series_nos: Numbers, any order, shape (k,).
    """
    async with packed.packing_cursor(conn) as cursor:
        await cursor.execute(
            """select array_send(array_agg(n)), array_send(array_agg((extract(epoch from ts) * 1000)::int8)),
                      array_send(array_agg(micro)), array_send(array_agg(flag::int4))
               from unnest(%s) with ordinality as k(series_no, n) join series_latest using (series_no)
               where ts > '-infinity'""",
            (packed.int4s(series_nos),),
        )
        row = await cursor.fetchone()
    held = LatestColumns(
        start_ms=np.full(len(series_nos), _NEVER, dtype=np.int64),
        micro=np.zeros(len(series_nos), dtype=np.int64),
        quality=np.full(len(series_nos), q.NULL, dtype=np.int64),
    )
    if row is not None and row[0] is not None:
        at = packed.int8s_of_wire(row[0]) - 1
        held.start_ms[at] = packed.int8s_of_wire(row[1])
        held.micro[at] = packed.int8s_of_wire(row[2])
        held.quality[at] = packed.int4s_of_wire(row[3])
    return held


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestWrite:
    """New ends of series, shape (k,); `start_ms` is `NEVER_MS` where a panel holds no value of it.

    Args:
        lost: Series whose newest value may have gone: it is looked up again.
    """

    series_no: NDArray[np.int64]
    start_ms: NDArray[np.int64]
    micro: NDArray[np.int64]
    quality: NDArray[np.int64]
    block_to_ms: NDArray[np.int64]
    lost: NDArray[np.int64]


def latest_of(panel: Panel, merged: Merged) -> LatestWrite:
    """Where the series of a panel end after a merge."""
    after, slots = merged.after, panel.shape[1]
    written = touched_blocks(panel, merged)
    rows = np.flatnonzero(written.any(axis=1))
    valid = q.has_value(after.quality[rows])
    in_block = is_held(after.quality[rows]) & np.repeat(written[rows], panel.grid.slots, axis=1)
    last, last_in_block = _last(valid), _last(in_block)
    return LatestWrite(
        series_no=panel.series_nos[rows],
        start_ms=_start(panel, last),
        micro=after.micro[rows, np.maximum(last, 0)],
        quality=after.quality[rows, np.maximum(last, 0)].astype(np.int64),
        block_to_ms=_start(panel, last_in_block),
        lost=_lost(panel, merged, slots),
    )


def _last(there: NDArray[np.bool_]) -> NDArray[np.intp]:
    at = there.shape[1] - 1 - np.argmax(there[:, ::-1], axis=1)
    return np.where(there.any(axis=1), at, -1)


def _start(panel: Panel, slot: NDArray[np.intp]) -> NDArray[np.int64]:
    return np.where(slot < 0, _NEVER, panel.start_ms + slot * panel.grid.step_ms)


def _lost(panel: Panel, merged: Merged, slots: int) -> NDArray[np.int64]:
    if merged.before is None or merged.touched is None:
        return np.zeros(0, dtype=np.int64)
    at = merged.touched
    had = q.has_value(merged.before.quality.reshape(-1)[at])
    has = q.has_value(merged.after.quality.reshape(-1)[at])
    return panel.series_nos[np.unique(at[had & ~has] // slots)]


async def write_latest(conn: Connection, write: LatestWrite) -> None:
    """Move the ends of series, in the order of their numbers, so that two writers never block each other."""
    async with packed.packing_cursor(conn) as cursor:
        await cursor.execute(
            """insert into series_latest as l (series_no, ts, micro, flag, block_to)
               select * from unnest(%s, %s, %s, %s, %s) order by 1
               on conflict (series_no) do update set
                   micro = case when excluded.ts >= l.ts then excluded.micro else l.micro end,
                   flag = case when excluded.ts >= l.ts then excluded.flag else l.flag end,
                   ts = greatest(l.ts, excluded.ts),
                   block_to = greatest(l.block_to, excluded.block_to), seen_at = now()""",
            (
                packed.int4s(write.series_no),
                packed.instants(write.start_ms),
                packed.int8s(write.micro),
                packed.int2s(write.quality),
                packed.instants(write.block_to_ms),
            ),
        )
    for series_no in write.lost:
        await find_latest(conn, int(series_no))


async def find_latest(conn: Connection, series_no: int) -> None:
    """Look the newest value of a series up again, after one was taken back."""
    await conn.execute("select find_latest(series_no) from series where series_no = %s", (series_no,))
