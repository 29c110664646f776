"""The newest interval of a flow against what is normal at its time of day, and its day up to there."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import numpy as np

from aegrid_energy.analytics.buckets import Resolution
from aegrid_energy.analytics.compare import LEAST_COVERAGE
from aegrid_energy.analytics.normal_use import normal_in
from aegrid_energy.analytics.power import PowerPair
from aegrid_energy.analytics.resample import resample
from aegrid_energy.domain.readings import MICRO, Readings
from aegrid_energy.domain.series import Kind
from aegrid_energy.domain.spans import Span

_HOUR_S = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class NewestInterval:
    """The newest interval of a day, and the day up to its end.

    Args:
        start_ms, end_ms: The interval. [ms]
        rate: Its mean. [unit per hour]
        usual, low, high: Median, P10 and P90 of like days at that time; None without enough history.
            [unit per hour]
        total: Sum of the day up to here. [unit]
        used: The part of that sum whose intervals have a normal. [unit]
        used_normally: The medians of the same intervals. [unit]
    """

    start_ms: int
    end_ms: int
    rate: float
    usual: float | None
    low: float | None
    high: float | None
    total: float
    used: float
    used_normally: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Apparent:
    """The powers of one interval; the factor is None where nothing flowed."""

    start_ms: int
    end_ms: int
    power_kw: float
    reactive_kvar: float
    apparent_kva: float
    power_factor: float | None


def newest_interval(
    readings: Readings, kind: Kind, day: Span, *, zone: str, holidays: Collection[date]
) -> NewestInterval | None:
    """The newest interval of a local day that holds a value.

    Args:
        readings: Over `history_span` of the day.
        kind: How they relate to time; only regular intervals have a newest one.
        day: The local day.
        zone: Of the site.
        holidays: Public holidays of the whole span.

    Returns:
        None where the day holds no value, or the readings are no regular intervals.
    """
    if kind is not Kind.INTERVAL or readings.step_s is None:
        return None
    inside = readings.valid & (readings.start_ms >= day.start_ms) & (readings.start_ms < day.end_ms)
    if not inside.any():
        return None
    step_ms = readings.step_s * 1000
    first, last = (int(readings.start_ms[inside][at]) for at in (0, -1))
    # From the first slot of the day, so that the sum of a day that began with a gap says so by its normal.
    start = day.start_ms - (day.start_ms - first) % step_ms
    start = start if start >= day.start_ms else start + step_ms
    edges = np.arange(start, last + 2 * step_ms, step_ms, dtype=np.int64)
    buckets = resample(readings, kind, edges)
    normal = normal_in(readings, kind, edges, zone=zone, resolution=Resolution.RAW, holidays=holidays)
    sums = buckets.sum
    both = (np.nan_to_num(buckets.coverage) >= LEAST_COVERAGE) & np.isfinite(sums) & np.isfinite(normal.sum)
    return NewestInterval(
        start_ms=last,
        end_ms=last + step_ms,
        rate=float(buckets.mean[-1]),
        usual=_known(normal.mean[-1]),
        low=_known(normal.low[-1]),
        high=_known(normal.high[-1]),
        total=float(np.nansum(sums)),
        used=float(sums[both].sum()),
        used_normally=float(normal.sum[both].sum()),
    )


def newest_apparent(pair: PowerPair) -> Apparent | None:
    """The powers of the newest interval that has both energies; None where there is none."""
    active, reactive = pair.active, pair.reactive
    both = np.flatnonzero(active.valid & reactive.valid)
    if not len(both) or active.step_s is None:
        return None
    at = int(both[-1])
    per_hour = _HOUR_S / active.step_s / MICRO
    power, turned = float(active.micro[at]) * per_hour, float(reactive.micro[at]) * per_hour
    size = float(np.hypot(power, turned))
    return Apparent(
        start_ms=int(active.start_ms[at]),
        end_ms=int(active.start_ms[at]) + active.step_s * 1000,
        power_kw=power,
        reactive_kvar=turned,
        apparent_kva=size,
        power_factor=abs(power) / size if size > 0 else None,
    )


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
