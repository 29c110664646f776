"""Demand: the highest intervals of a flow, and how long it stays above what."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.analytics.power import PowerPair
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.readings import MICRO, Readings
from aegrid_energy.domain.zones import local_date_of

_HOUR_S: Final = 3_600
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """One interval of high demand.

    Args:
        start_ms: Its start. [ms]
        rate: Mean over the interval. [unit per hour: kW for kWh]
        apparent_kva: Apparent power of the same interval; None where no reactive energy is known. [kVA]
        power_factor: rate / apparent_kva; None as above. [1]
        share_of_day: Its part of what that local day holds, 0 to 1; None where the day sums up to nothing.
        quality: Quality byte.
    """

    start_ms: int
    rate: float
    apparent_kva: float | None
    power_factor: float | None
    share_of_day: float | None
    quality: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DurationCurve:
    """How long a flow stays at or above a rate.

    Args:
        share: Share of the known time, 0 to 1 ascending, shape (n,).
        rate: Rate that is reached or exceeded for that share, descending, shape (n,). [unit per hour]
        intervals: Known intervals behind it.
        mean_rate: Mean over them; NaN where there are none. [unit per hour]
        load_factor: Mean / highest; NaN where the highest is not above 0. [1]
    """

    share: Floats
    rate: Floats
    intervals: int
    mean_rate: float
    load_factor: float


def peaks(readings: Readings, *, zone: str, n: int, pair: PowerPair | None = None) -> tuple[Peak, ...]:
    """The highest intervals, highest first; of two alike the earlier.

    Args:
        readings: Amounts of regular intervals.
        zone: Zone of the local days.
        n: How many at most.
        pair: The same active energy with the reactive one, looked up by the start of the interval.

    Raises:
        InvalidError: `demand_needs_intervals`.
    """
    step_s = _step_of(readings)
    known = np.flatnonzero(readings.valid)
    amounts = readings.micro[known]
    order = np.lexsort((known, -amounts))[:n]
    if not len(order):
        return ()
    days = local_date_of(zone, readings.start_ms[known])
    _, day = np.unique(days, return_inverse=True)
    day_sums = np.bincount(day, amounts / MICRO)
    scale = _HOUR_S / step_s / MICRO
    apparent = None if pair is None else pair.apparent
    found: list[Peak] = []
    for at in order.tolist():
        start_ms, amount, whole = (
            int(readings.start_ms[known[at]]),
            int(amounts[at]),
            float(day_sums[day[at]]),
        )
        kva = None if apparent is None else _rate_at(apparent, start_ms, step_s)
        found.append(
            Peak(
                start_ms=start_ms,
                rate=amount * scale,
                apparent_kva=kva,
                power_factor=min(abs(amount) * scale / kva, 1.0) if kva else None,
                share_of_day=amount / MICRO / whole if whole > 0 else None,
                quality=int(readings.quality[known[at]]),
            )
        )
    return tuple(found)


def duration_curve(readings: Readings, *, points: int) -> DurationCurve:
    """The rates of all known intervals from the highest to the lowest, thinned to some points.

    The first point is the highest interval and the last the lowest; between them each is a rate that was
    measured, so no peak is averaged away.

    Args:
        readings: Amounts of regular intervals.
        points: Most points wanted, at least 2.

    Raises:
        InvalidError: `demand_needs_intervals`.
    """
    scale = _HOUR_S / _step_of(readings) / MICRO
    rates = np.sort(readings.micro[readings.valid])[::-1] * scale
    count = len(rates)
    at = np.unique(np.rint(np.linspace(0, max(count - 1, 0), min(points, count))).astype(np.intp))
    mean = float(rates.mean()) if count else float("nan")
    return DurationCurve(
        # An interval covers time from its place to the next: the highest of four holds for a quarter.
        share=(at + 1) / count if count else np.zeros(0),
        rate=rates[at].astype(np.float64),
        intervals=count,
        mean_rate=mean,
        load_factor=mean / float(rates[0]) if count and rates[0] > 0 else float("nan"),
    )


def _step_of(readings: Readings) -> int:
    if readings.step_s is None:
        raise InvalidError("demand_needs_intervals")
    return readings.step_s


def _rate_at(apparent: Readings, start_ms: int, step_s: int) -> float | None:
    at = int(np.searchsorted(apparent.start_ms, start_ms))
    # A coarser pair says nothing about one of the intervals within.
    if apparent.step_s != step_s or at == len(apparent) or apparent.start_ms[at] != start_ms:
        return None
    return int(apparent.micro[at]) * _HOUR_S / step_s / MICRO if apparent.valid[at] else None
