"""What a gap most likely held: by a normal day, a straight line, nothing at all, or a known total."""

from collections.abc import Collection
from datetime import date
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.analytics.models.normal_band import NormalBand
from aegrid_energy.domain import quality as q
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.readings import MICRO, MICRO_LIMIT, Readings, TimeSeries

Floats = NDArray[np.float64]
Instants = NDArray[np.int64]

_ESTIMATED: Final = q.Quality.ESTIMATED.code


class FillMethod(StrEnum):
    """How missing readings are estimated."""

    NORMAL_DAY = "normal_day"  # median of the same local time on the last 8 days of the same day type
    LINEAR = "linear"  # a straight line between the readings on both sides
    ZERO_KNOWN = "zero_known"  # somebody knows that nothing flowed
    KNOWN_TOTAL = "known_total"  # the total is known; it is shared out like a normal day, else evenly


def filled(
    readings: Readings,
    missing_ms: Instants,
    method: FillMethod,
    *,
    zone: str,
    holidays: Collection[date],
    total: float | None = None,
) -> Floats:
    """Estimates for missing readings; NaN where nobody can say.

    Args:
        readings: Regular, of the time around the gap: 70 days before it for a normal day.
        missing_ms: Starts of the readings that are missing, ascending, shape (k,). [ms]
        method: How.
        zone: Zone whose local days count.
        holidays: Public holidays of the whole time; they take Sundays.
        total: What all of them together held, for `known_total`. [unit of the readings]

    Raises:
        InvalidError: `repair_total_missing`, `repair_of_kind` for readings without a step.
    """
    match method:
        case FillMethod.NORMAL_DAY:
            return _by_normal_day(readings, missing_ms, zone=zone, holidays=holidays)
        case FillMethod.LINEAR:
            return _by_line(readings, missing_ms)
        case FillMethod.ZERO_KNOWN:
            return np.zeros(len(missing_ms))
        case FillMethod.KNOWN_TOTAL:
            if total is None:
                raise InvalidError("repair_total_missing")
            shape = _by_normal_day(readings, missing_ms, zone=zone, holidays=holidays)
            return _shared_out(shape, total)


def exact(values: Floats, *, total: float | None = None) -> NDArray[np.int64]:
    """Estimates as whole micro.

    Args:
        values: All finite, shape (k,).
        total: What they add up to, to the micro; None: each is rounded by itself.

    Raises:
        InvalidError: `value_out_of_range`.
    """
    if np.abs(values).max(initial=0) * MICRO > MICRO_LIMIT:
        raise InvalidError("value_out_of_range", limit=MICRO_LIMIT // MICRO)
    if total is None:
        return np.rint(values * MICRO).astype(np.int64)
    # Rounding the running sum loses nothing: each value takes what its neighbour left over.
    running = np.rint(np.cumsum(values) * MICRO).astype(np.int64)
    running[-1] = round(total * MICRO)
    return np.diff(running, prepend=0)


def fill_quality(method: FillMethod) -> int:
    """The quality byte of estimates: nobody measured them."""
    return _ESTIMATED | (q.SPLIT_OF_GAP if method is FillMethod.KNOWN_TOTAL else 0)


def _by_normal_day(
    readings: Readings, missing_ms: Instants, *, zone: str, holidays: Collection[date]
) -> Floats:
    if readings.step_s is None:
        raise InvalidError("repair_of_kind")
    if not len(missing_ms) or not readings.valid.any():
        return np.full(len(missing_ms), np.nan)
    step_ms = readings.step_s * 1000
    first, end = int(min(readings.start_ms[0], missing_ms[0])), int(missing_ms[-1]) + step_ms
    values = np.full((end - first) // step_ms, np.nan)
    at = (readings.start_ms - first) // step_ms
    inside = (at < len(values)) & readings.valid
    values[at[inside]] = readings.floats[inside]
    history = TimeSeries(
        start_ms=first,
        step_s=readings.step_s,
        unit="",
        values=values,
        quality=np.zeros(len(values), dtype=np.uint8),
    )
    model = NormalBand().fit(history, zone=zone, holidays=holidays)
    # A long gap would otherwise be explained by its own empty days.
    model.types_ = np.where(np.isfinite(model.values_).any(axis=1), model.types_, -1).astype(np.int8)
    band = model.predict(int(missing_ms[0]), end)
    return band.expected[(missing_ms - band.start_ms[0]) // step_ms]


def _by_line(readings: Readings, missing_ms: Instants) -> Floats:
    known_ms, known = readings.start_ms[readings.valid], readings.floats[readings.valid]
    if not len(known):
        return np.full(len(missing_ms), np.nan)
    line = np.interp(missing_ms.astype(np.float64), known_ms.astype(np.float64), known)
    # A line needs both its ends.
    return np.where((missing_ms > known_ms[0]) & (missing_ms < known_ms[-1]), line, np.nan)


def _shared_out(shape: Floats, total: float) -> Floats:
    usable = bool(np.isfinite(shape).all()) and bool((shape >= 0).all()) and float(shape.sum()) > 0
    if not usable:
        return np.full(len(shape), total / max(len(shape), 1))
    return shape * (total / float(shape.sum()))
