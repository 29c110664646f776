"""What a reading was before a load touched it: a walk down the revisions. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain import quality as q
from aegrid_energy.storage.revisions import Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What k slots held before; `ABSENT` where nothing was.

    Args:
        micro: shape (k,).
        quality: shape (k,).
        source_no: shape (k,); 0 where nothing was held.
        duration_ms: shape (k,); 0 in regular series.
    """

    micro: NDArray[np.int64]
    quality: NDArray[np.uint8]
    source_no: NDArray[np.int32]
    duration_ms: NDArray[np.int64]


def earlier(
    slots: NDArray[np.int64],
    micro: NDArray[np.int64],
    source_no: NDArray[np.int32],
    revisions: Sequence[Revision],
    taken_back: NDArray[np.int32],
) -> Earlier:
    """What slots held before their present source wrote them, past every source that was taken back.

    A later load may have replaced a value of a load that is undone since: its revision still holds that
    value, and the walk goes on below it, so nothing undone comes to life again.

    Args:
        slots: Slots of one block (irregular: starts), ascending, shape (k,).
        micro: What they hold now, shape (k,).
        source_no: Who put it there, shape (k,).
        revisions: Of that block, newest first.
        taken_back: Sources that count no more, ascending.
    """
    value, source = micro.copy(), source_no.copy()
    count = len(slots)
    found = Earlier(
        micro=np.zeros(count, dtype=np.int64),
        quality=np.full(count, q.ABSENT, dtype=np.uint8),
        source_no=np.zeros(count, dtype=np.int32),
        duration_ms=np.zeros(count, dtype=np.int64),
    )
    if not count:
        return found
    is_open = np.ones(count, dtype=np.bool_)
    for revision in revisions:
        place = np.minimum(np.searchsorted(slots, revision.slots), count - 1)
        of_ours = (slots[place] == revision.slots) & is_open[place] & (source[place] == revision.source_no)
        at = place[of_ours]
        if not len(at):
            continue
        if revision.micro is not None:
            value[at] = revision.micro[of_ours]
        source[at] = revision.source[of_ours]
        stands = ~np.isin(source[at], taken_back)
        ends = at[stands]
        found.micro[ends] = value[ends]
        found.quality[ends] = revision.quality[of_ours][stands]
        found.source_no[ends] = source[ends]
        if revision.duration_ms is not None:
            found.duration_ms[ends] = revision.duration_ms[of_ours][stands]
        is_open[ends] = False
    return found
