"""Hot rows into blocks: when they are two hours old, or a series has more than 256 of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.readings import Readings
from aegrid_energy.storage import packed
from aegrid_energy.storage.block_panel import Merged
from aegrid_energy.storage.block_plan import Sent, panels_of
from aegrid_energy.storage.block_rows import ensure_partitions, fetch_held
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.offload import offloaded
from aegrid_energy.storage.readings_irregular import fetch_irregular, write_irregular
from aegrid_energy.storage.readings_store import write, writing_of
from aegrid_energy.storage.rollups_stale import rebuild_stale_days
from aegrid_energy.storage.series import Layout, layouts

AGE: Final = timedelta(hours=2)
ROWS: Final = 256


async def due_for_merge(conn: Connection, *, now: datetime, limit: int = 500) -> list[int]:
    """Series of this tenant whose hot rows are old or many, or that SQL wrote to; the oldest first."""
    rows = await conn.execute(
        """select series_no from (
               select series_no, min(received_at) as since from reading_hot group by series_no
               having count(*) > %s or min(received_at) < %s
               union all select distinct series_no, '-infinity'::timestamptz from rollup_stale) due
           group by series_no order by min(since), series_no limit %s""",
        (ROWS, now - AGE, limit),
    )
    return [int(row[0]) for row in await rows.fetchall()]


async def merge_series(conn: Connection, series_nos: Sequence[int]) -> list[int]:
    """Merge all hot rows of series into their blocks.

    A series that somebody else is writing is left for the next time.

    Args:
        conn: In the transaction that all of it belongs to; its tenant is set.
        series_nos: Which; usually the result of `due_for_merge`.

    Returns:
        The series that were merged.

    Raises:
        ConflictError: `block_moved`, `hot_moved`; the whole may be tried again.
    """
    free = await _try_lock(conn, series_nos)
    if not free:
        return []
    shelf = await layouts(conn, free)
    hot = await _hot_starts(conn, free)
    for panel, _ in panels_of([one for one in hot if shelf[one.series_no].grid], shelf):
        held = await fetch_held(conn, panel)
        if held.state is None:
            continue
        await ensure_partitions(conn, int(panel.hours[0]), int(panel.hours[-1]))
        none = np.zeros((len(panel.layouts), 4), dtype=np.int64)
        # Nothing changes but the place: no revision, so nothing counts as replaced.
        change = Merged(after=held.state, before=None, touched=held.hot, counts=none)
        made = await offloaded(held.state.micro.size, lambda p=panel, h=held, c=change: writing_of(p, h, c))
        await write(conn, made)
    for one in hot:
        if shelf[one.series_no].grid is None:
            await _merge_irregular(conn, shelf[one.series_no], one)
    await rebuild_stale_days(conn, free, shelf)
    return free


async def _try_lock(conn: Connection, series_nos: Sequence[int]) -> list[int]:
    async with packed.packing_cursor(conn) as cursor:
        await cursor.execute(
            "select n from unnest(%s) n where pg_try_advisory_xact_lock(n)",
            (packed.int8s(np.array(sorted(set(series_nos)), dtype=np.int64)),),
        )
        return [int(row[0]) for row in await cursor.fetchall()]


async def _hot_starts(conn: Connection, series_nos: Sequence[int]) -> list[Sent]:
    """Where the hot rows of each series lie, as readings without content."""
    async with packed.packing_cursor(conn) as cursor:
        await cursor.execute(
            """select h.series_no, s.step_s, string_agg(timestamptz_send(h.ts), ''::bytea order by h.ts)
               from reading_hot h join series s on s.series_no = h.series_no
               where h.series_no = any(%s) group by h.series_no, s.step_s order by 1""",
            (packed.int4s(np.array(series_nos, dtype=np.int64)),),
        )
        return [_place(row) for row in await cursor.fetchall()]


def _place(row: tuple[Any, ...]) -> Sent:
    start_ms = packed.ms_of_wire(np.frombuffer(row[2], dtype=">i8").astype(np.int64))
    return Sent(
        series_no=row[0],
        readings=Readings(
            start_ms=start_ms,
            micro=np.zeros(len(start_ms), dtype=np.int64),
            quality=np.zeros(len(start_ms), dtype=np.uint8),
            step_s=row[1],
        ),
        source_no=0,
    )


async def _merge_irregular(conn: Connection, layout: Layout, place: Sent) -> None:
    start_ms = place.readings.start_ms
    held = await fetch_irregular(conn, layout, int(start_ms[0]), int(start_ms[-1]) + 1)
    whole = held.readings
    touched = np.flatnonzero(np.isin(whole.start_ms, held.hot_ms))
    nothing = whole.over(whole.start_ms)
    nothing.quality[touched] = q.ABSENT  # a hot row that moves replaces nothing
    await write_irregular(conn, layout, held, nothing, whole, touched)
