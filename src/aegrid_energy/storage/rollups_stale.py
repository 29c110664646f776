"""Local days that SQL wrote into: added up again here, because only the application knows the zone rules."""

from collections.abc import Mapping, Sequence

import numpy as np

from aegrid_energy.domain.readings import Readings
from aegrid_energy.storage import packed
from aegrid_energy.storage.block_panel import Merged, empty_state
from aegrid_energy.storage.block_plan import Sent, panels_of
from aegrid_energy.storage.block_rows import fetch_held
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.readings_irregular import days_of, fetch_irregular
from aegrid_energy.storage.rollup_days import day_rows
from aegrid_energy.storage.rollups import pack_days, write_days
from aegrid_energy.storage.series import Layout


async def rebuild_stale_days(
    conn: Connection, series_nos: Sequence[int], shelf: Mapping[int, Layout]
) -> None:
    """Add the marked days of series up again; the caller holds their locks.

    Args:
        conn: In a transaction of the tenant.
        series_nos: Which series.
        shelf: How they lie.
    """
    async with packed.packing_cursor(conn) as cursor:
        await cursor.execute(
            """with gone as (delete from rollup_stale where series_no = any(%s) returning series_no, ts)
               select series_no, string_agg(timestamptz_send(ts), ''::bytea order by ts)
                   from gone group by series_no""",
            (packed.int4s(np.array(series_nos, dtype=np.int64)),),
        )
        rows = await cursor.fetchall()
    places = [_place(int(row[0]), row[1], shelf) for row in rows]
    for panel, marked in panels_of([one for one in places if one.readings.step_s], shelf):
        held = await fetch_held(conn, panel)
        state = held.state or empty_state(panel.shape)
        touched = np.flatnonzero(marked.quality == 0)
        none = np.zeros((len(panel.layouts), 4), dtype=np.int64)
        change = Merged(after=state, before=None, touched=touched, counts=none)
        await write_days(conn, pack_days(panel, day_rows(panel, change, is_register=False), is_new=False))
    for one in places:
        if one.readings.step_s is None:
            start = one.readings.start_ms
            of_series = shelf[one.series_no]
            held = await fetch_irregular(conn, of_series, int(start[0]), int(start[-1]) + 1)
            starts = np.union1d(held.readings.start_ms, start)
            touched = np.flatnonzero(np.isin(starts, start))
            await write_days(conn, days_of(of_series, held.readings.over(starts), touched))


def _place(series_no: int, wire: bytes, shelf: Mapping[int, Layout]) -> Sent:
    start_ms = packed.ms_of_wire(np.frombuffer(wire, dtype=">i8").astype(np.int64))
    grid = shelf[series_no].grid
    return Sent(
        series_no=series_no,
        readings=Readings(
            start_ms=start_ms,
            micro=np.zeros(len(start_ms), dtype=np.int64),
            quality=np.zeros(len(start_ms), dtype=np.uint8),
            step_s=grid.step_s if grid else None,
        ),
        source_no=0,
    )
