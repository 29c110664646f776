"""What a person says of readings: it outranks every provider, keeps what was there, and can be withdrawn."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.errors import InvalidError, NotFoundError
from aegrid_energy.domain.readings import Readings
from aegrid_energy.storage.block_plan import Sent
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.readings import read_held
from aegrid_energy.storage.readings_store import open_series, store_opened
from aegrid_energy.storage.sources import Outcome
from aegrid_energy.storage.undo import Undone, take_back_slots

_REASON_LIMIT: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a person puts in the place of readings of one series.

    Args:
        series_no: The series.
        start_ms: The slots, ascending, shape (k,). [ms]
        micro: New values, shape (k,); None = these readings are excluded: no value counts there.
        quality: Rank of the new values: 0 (a person knows them) or that of an estimate.
        duration_ms: Lengths, of irregular intervals only, shape (k,); None keeps those held. [ms]
    """

    series_no: int
    start_ms: NDArray[np.int64]
    micro: NDArray[np.int64] | None
    quality: int = 0
    duration_ms: NDArray[np.int64] | None = None


async def correct(conn: Connection, correction: Correction, *, source_no: int, reason: str) -> Outcome:
    """Correct readings.

    Args:
        conn: In the transaction that all of it belongs to; its tenant is set.
        correction: What to put where.
        source_no: A source of kind `correction` that names the person.
        reason: Why, in the person's words; required.

    Raises:
        NotFoundError: `series_not_found`, `source_not_found`.
        InvalidError: `reason_missing`, and those of `readings_store.store`.
        ConflictError: `block_moved`; the whole may be tried again.
    """
    reason = _checked(reason)
    async with conn.pipeline():
        of_source = await conn.execute("select import_id from source where source_no = %s", (source_no,))
        opened = await open_series(conn, [correction.series_no], [source_no])
    layout = opened.layouts[correction.series_no]
    row = await of_source.fetchone()
    import_id = row[0] if row else None
    count = len(correction.start_ms)
    excluded = correction.micro is None
    rank = q.NULL if excluded else correction.quality & q.RANK_MASK
    readings = Readings(
        start_ms=correction.start_ms,
        micro=np.zeros(count, dtype=np.int64) if correction.micro is None else correction.micro,
        quality=np.full(count, rank | q.CORRECTED, dtype=np.uint8),
        step_s=layout.grid.step_s if layout.grid else None,
        duration_ms=await _durations(conn, correction) if layout.grid is None else None,
    )
    sent = Sent(series_no=correction.series_no, readings=readings, source_no=source_no)
    outcomes = await store_opened(conn, [sent], opened, import_id=import_id, reason=reason)
    return outcomes[correction.series_no]


async def _durations(conn: Connection, correction: Correction) -> NDArray[np.int64]:
    if correction.duration_ms is not None:
        return correction.duration_ms
    first, last = int(correction.start_ms[0]), int(correction.start_ms[-1])
    held = (await read_held(conn, [correction.series_no], first, last + 1))[correction.series_no].readings
    known = dict(
        zip(
            held.start_ms.tolist(),
            [] if held.duration_ms is None else held.duration_ms.tolist(),
            strict=False,
        )
    )
    return np.array([known.get(start, 0) for start in correction.start_ms.tolist()], dtype=np.int64)


async def withdraw(
    conn: Connection, series_no: int, start_ms: NDArray[np.int64], *, source_no: int, reason: str
) -> Undone:
    """Withdraw corrections: each slot holds what it would if the person had never spoken.

    That is what it held before, or what was sent since and was kept out, by the usual precedence.

    Args:
        conn: In the transaction that all of it belongs to; its tenant is set.
        series_no: The series.
        start_ms: The slots, ascending; all of them corrected ones. [ms]
        source_no: A source of kind `correction` that names who withdraws.
        reason: Why; required.

    Raises:
        NotFoundError: `series_not_found`, `correction_not_found`.
        InvalidError: `reason_missing`.
    """
    reason = _checked(reason)
    held = (await read_held(conn, [series_no], int(start_ms[0]), int(start_ms[-1]) + 1))[series_no].readings
    corrected = held.start_ms[(held.quality & q.CORRECTED) != 0]
    for missing in start_ms[~np.isin(start_ms, corrected)].tolist():
        raise NotFoundError("correction_not_found", series_no=series_no, start_ms=missing)
    return await take_back_slots(conn, series_no, start_ms, by=source_no, reason=reason)


def _checked(reason: str) -> str:
    if not reason.strip():
        raise InvalidError("reason_missing")
    return reason.strip()[:_REASON_LIMIT]
