"""What a correction kept out stands, once nothing corrected is held there, as if nobody had spoken."""

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.readings import Readings
from aegrid_energy.storage.block_plan import Sent
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.kept_out import KeptOut, fetch_kept_out, forget_kept_out
from aegrid_energy.storage.readings import read_held
from aegrid_energy.storage.readings_store import store
from aegrid_energy.storage.series import Layout


async def stand_again(conn: Connection, layout: Layout, from_ms: int, to_ms: int) -> int:
    """Let readings that were kept out of `[from_ms, to_ms)` have their turn, in the order in which they came.

    Each is decided upon as it would have been then, so precedence between them holds.

    Args:
        conn: Holds the lock of the series.
        layout: The series.
        from_ms: Start of the range. [ms]
        to_ms: End of the range. [ms]

    Returns:
        How many slots that held nothing hold something again.
    """
    parts = await fetch_kept_out(conn, layout.series_no, from_ms, to_ms)
    if not parts:
        return 0
    held = (await read_held(conn, [layout.series_no], from_ms, to_ms))[layout.series_no].readings
    corrected = held.start_ms[(held.quality & q.CORRECTED) != 0]
    free = [part[~np.isin(part.start_ms, corrected)] for part in parts]
    starts = np.unique(np.concatenate([part.start_ms for part in free]))
    if not len(starts):
        return 0
    await forget_kept_out(conn, layout.series_no, starts)
    added = 0
    for part in free:
        if len(part):
            outcomes = await store(conn, [_sent(part, layout)])
            added += outcomes[layout.series_no].added
    return added


def _sent(part: KeptOut, layout: Layout) -> Sent:
    durations: NDArray[np.int64] | None = part.duration_ms if layout.grid is None else None
    return Sent(
        series_no=layout.series_no,
        readings=Readings(
            start_ms=part.start_ms,
            micro=part.micro,
            quality=part.quality,
            step_s=layout.grid.step_s if layout.grid else None,
            duration_ms=durations,
        ),
        source_no=int(part.source_no[0]),
    )
