"""From what truly flowed to what a meter or sensor says: steps, resolution, and faults of measurement."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.quality import NULL, Quality
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import Kind, Rhythm
from aegrid_energy.simulation import noise
from aegrid_energy.simulation.faults import Fault, FaultKind, mask
from aegrid_energy.simulation.frame import DAY_MS, HOUR_MS, MARKET_OFFSET_MS, Frame, market_day
from aegrid_energy.simulation.register import MeterRow, PointRow, RegisterRow

#: A file of a day's readings comes at six in the morning, market time. [ms]
_FILE_COMES_MS: Final = 6 * HOUR_MS
#: A gauge's answer takes a moment; so an instant never belongs to the window that ends at it. [ms]
_ANSWER_MS: Final = 1000
#: An estimate knows the day's level, not its detail. [h]
_ESTIMATE_BLOCK_H: Final = 3

Floats = NDArray[np.float64]


def metered(
    values: Floats,
    row: RegisterRow | PointRow,
    days: Frame,
    *,
    seed: int,
    name: str,
    faults: tuple[Fault, ...],
) -> Readings:
    """The readings of whole market days.

    Args:
        values: Of each slot of the model, shape (n_days, slots); slots divide the row's step.
        row: What the meter or sensor shows.
        days: The days.
        seed: Seed of the portfolio.
        name: External id of the meter or point.
        faults: Those of this meter or point.
    """
    slots = 86_400 // row.step_s
    shown = _summed(values, slots) if row.kind is Kind.INTERVAL else values[:, :: values.shape[1] // slots]
    first = days.start_ms[:, :1]
    start = first + np.arange(slots, dtype=np.int64)[None, :] * (row.step_s * 1000)
    quality = np.zeros(shown.shape, dtype=np.uint8)
    keep = np.ones(shown.shape, dtype=bool)
    for fault in faults:
        where = mask(fault, start)
        if where.any():
            shown, keep = _struck(
                shown, fault, where, quality, keep, seed=seed, name=name, row=row, start=start
            )
    scale = 10**row.decimals
    micro = np.rint(shown * scale).astype(np.int64) * (10 ** (6 - row.decimals))
    micro[(quality == NULL) & keep] = 0
    kept = keep.ravel()
    return Readings(
        start_ms=start.ravel()[kept],
        micro=micro.ravel()[kept],
        quality=quality.ravel()[kept],
        step_s=row.step_s,
    )


def available_ms(
    readings: Readings, row: RegisterRow | PointRow, rhythm: Rhythm, faults: tuple[Fault, ...]
) -> NDArray[np.int64]:
    """When each reading can first be had, shape (n,), in ms since the epoch UTC.

    An interval when it is over, an instant a moment later, a daily file the morning after, late data late.
    """
    start = readings.start_ms
    at = start + row.step_s * 1000 if row.kind is Kind.INTERVAL else start + _ANSWER_MS
    if rhythm is Rhythm.DAILY_FILE:
        day = (start + MARKET_OFFSET_MS) // DAY_MS
        at = (day + 1) * DAY_MS - MARKET_OFFSET_MS + _FILE_COMES_MS
    for fault in faults:
        if fault.kind is FaultKind.LATE_DATA:
            at = np.where(mask(fault, start), np.maximum(at, fault.end_ms), at)
    return at


def faults_of(row: MeterRow | PointRow, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """The faults of one meter or point."""
    return tuple(fault for fault in faults if fault.target == row.external_id)


def _summed(values: Floats, slots: int) -> Floats:
    """Sums of neighbouring slots, added in a fixed order."""
    per = values.shape[1] // slots
    total = values[:, ::per].copy()
    for offset in range(1, per):
        total += values[:, offset::per]
    return total


def _struck(
    shown: Floats,
    fault: Fault,
    where: NDArray[np.bool_],
    quality: NDArray[np.uint8],
    keep: NDArray[np.bool_],
    *,
    seed: int,
    name: str,
    row: RegisterRow | PointRow,
    start: NDArray[np.int64],
) -> tuple[Floats, NDArray[np.bool_]]:
    """Values and kept slots after a fault; marks `quality` in place."""
    match fault.kind:
        case FaultKind.REVERSED_CT:
            shown = np.where(where, -shown, shown)
        case FaultKind.SPIKE:
            shown = np.where(where, shown * fault.magnitude, shown)
        case FaultKind.STUCK_SENSOR:
            # The last good value stays; the days made begin before any fault that is not over.
            shown = np.where(where, shown.ravel()[int(np.argmax(where.ravel()))], shown)
        case FaultKind.DATA_GAP if isinstance(row, RegisterRow):
            quality[where] = NULL
        case FaultKind.DATA_GAP:
            keep = keep & ~where
        case FaultKind.ESTIMATED_RUN:
            day = (start + MARKET_OFFSET_MS) // DAY_MS
            later = day - market_day(fault.start_ms) >= 5
            quality[where & ~later] = Quality.ESTIMATED.code
            quality[where & later] = Quality.SUBSTITUTED.code
            off = 1.0 + 0.06 * noise.gauss(noise.key_of(seed, name, "estimate"), day)
            shown = np.where(where, _coarse(shown) * off, shown)
        case _:  # the other kinds act on the plant, not on the meter
            pass
    return shown, keep


def _coarse(shown: Floats) -> Floats:
    per = shown.shape[1] * _ESTIMATE_BLOCK_H // 24
    return np.repeat(_summed(shown, shown.shape[1] // per) / per, per, axis=1)
