"""Normal use in the buckets of an answer, whatever their length, and by local day."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.analytics.buckets import Resolution
from aegrid_energy.analytics.compare import LEAST_COVERAGE, DayFigures
from aegrid_energy.analytics.consumption_answer import Normal
from aegrid_energy.analytics.models import MODELS, Expectation
from aegrid_energy.analytics.resample import Buckets, resample
from aegrid_energy.domain.readings import Readings, TimeSeries
from aegrid_energy.domain.series import Kind
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.zones import day_edges, day_start, local_date_of

#: Eight Sundays, of which some may lack data.
LOOK_BACK_DAYS: Final = 70
_DAY_S: Final = 86_400
_HOUR_MS: Final = 3_600_000

Floats = NDArray[np.float64]


def history_span(zone: str, span: Span) -> Span:
    """The whole local days that the normal of a span is learnt from and told for."""
    first, last = _days(zone, span)
    return Span(
        day_start(zone, first - timedelta(days=LOOK_BACK_DAYS)), day_start(zone, last + timedelta(days=1))
    )


def normal_in(
    readings: Readings,
    kind: Kind,
    edges_ms: NDArray[np.int64],
    *,
    zone: str,
    resolution: Resolution,
    holidays: Collection[date],
) -> Normal:
    """What is normal in each bucket: by time of day up to an hour, by day above.

    A month adds up its days' medians and has no P10 and P90: those of days do not add up.

    Args:
        readings: Over `history_span` of the edges.
        kind: How they relate to time.
        edges_ms: Edges of the buckets, shape (n + 1,). [ms]
        zone: Zone of the site.
        resolution: Of the buckets.
        holidays: Public holidays of the whole span.
    """
    starts = edges_ms[:-1]
    hours = np.diff(edges_ms) / _HOUR_MS
    span = Span(int(edges_ms[0]), int(edges_ms[-1]))
    step_s = readings.step_s if resolution is Resolution.RAW else resolution.nominal_s
    if resolution is Resolution.MONTH:
        return _by_month(readings, kind, edges_ms, zone=zone, holidays=holidays)
    if step_s is None or _DAY_S % step_s:
        nothing = np.full(len(starts), np.nan)
        return _normal((nothing, nothing, nothing), np.zeros(len(starts), dtype=np.int64), hours)
    if step_s == _DAY_S:
        band, first = _by_day(readings, kind, span, zone=zone, holidays=holidays)
        at = local_date_of(zone, starts).astype(np.int64) - first
    else:
        band = _by_time_of_day(readings, kind, span, step_s, zone=zone, holidays=holidays)
        at = np.searchsorted(band.start_ms, starts, side="right") - 1
    return _normal((band.expected[at], band.low[at], band.high[at]), band.support[at], hours)


def normal_days(
    readings: Readings, kind: Kind, span: Span, *, zone: str, holidays: Collection[date]
) -> DayFigures:
    """Normal sums of the local days that lie whole within a span; a day without one has no coverage."""
    edges = day_edges(zone, span.start_ms, span.end_ms)
    edges = edges[(edges >= span.start_ms) & (edges <= span.end_ms)]
    if len(edges) < 2:
        none = np.zeros(0)
        return DayFigures(dates=none.astype("datetime64[D]"), sums=none, coverage=none)
    dates = local_date_of(zone, edges[:-1])
    band, first = _by_day(readings, kind, span, zone=zone, holidays=holidays)
    rates = band.expected[dates.astype(np.int64) - first]
    hours = np.diff(edges) / _HOUR_MS if kind in {Kind.INTERVAL, Kind.CUMULATIVE} else 1.0
    return DayFigures(dates=dates, sums=rates * hours, coverage=np.where(np.isfinite(rates), 1.0, 0.0))


def _by_time_of_day(
    readings: Readings, kind: Kind, span: Span, step_s: int, *, zone: str, holidays: Collection[date]
) -> Expectation:
    past = history_span(zone, span)
    edges = np.arange(past.start_ms, past.end_ms + step_s * 1000, step_s * 1000, dtype=np.int64)
    history = _history(resample(readings, kind, edges), past.start_ms, step_s)
    model = MODELS["normal_band"]().fit(history, zone=zone, holidays=holidays)
    return model.predict(day_start(zone, _days(zone, span)[0]), span.end_ms)


def _by_day(
    readings: Readings, kind: Kind, span: Span, *, zone: str, holidays: Collection[date]
) -> tuple[Expectation, int]:
    """One figure a local day, and the number of the first day since the epoch.

    Days are told apart at noon: steps of 24 hours from one midnight would slip into the day before when
    the clock changes.
    """
    past = history_span(zone, span)
    edges = day_edges(zone, past.start_ms, past.end_ms)
    buckets = resample(readings, kind, edges)
    day = local_date_of(zone, edges[:-1]).astype(np.int64)
    values = np.full(int(day[-1] - day[0]) + 1, np.nan)
    values[day - day[0]] = _rates(buckets)
    noon_ms = past.start_ms + 12 * _HOUR_MS
    history = TimeSeries(
        start_ms=noon_ms,
        step_s=_DAY_S,
        unit="",
        values=values,
        quality=np.zeros(len(values), dtype=np.uint8),
    )
    model = MODELS["normal_band"]().fit(history, zone=zone, holidays=holidays)
    first, last = _days(zone, span)
    told = noon_ms + LOOK_BACK_DAYS * _DAY_S * 1000
    band = model.predict(told, told + ((last - first).days + 1) * _DAY_S * 1000)
    return band, int(day[0]) + LOOK_BACK_DAYS


def _by_month(
    readings: Readings,
    kind: Kind,
    edges_ms: NDArray[np.int64],
    *,
    zone: str,
    holidays: Collection[date],
) -> Normal:
    days = day_edges(zone, int(edges_ms[0]), int(edges_ms[-1]))
    days = np.unique(np.clip(days, edges_ms[0], edges_ms[-1]))
    each = normal_in(readings, kind, days, zone=zone, resolution=Resolution.DAY, holidays=holidays)
    first = np.searchsorted(days[:-1], edges_ms[:-1])
    hours = np.diff(edges_ms) / _HOUR_MS
    mean = np.add.reduceat(each.sum, first) / hours
    nothing = np.full(len(mean), np.nan)
    return _normal((mean, nothing, nothing), np.minimum.reduceat(each.support, first), hours)


def _history(buckets: Buckets, start_ms: int, step_s: int) -> TimeSeries:
    return TimeSeries(
        start_ms=start_ms,
        step_s=step_s,
        unit="",
        values=_rates(buckets),
        quality=np.zeros(len(buckets), dtype=np.uint8),
    )


def _rates(buckets: Buckets) -> Floats:
    # A bucket that lacks readings says how much of it is known, not what is usual.
    return np.where(np.nan_to_num(buckets.coverage) >= LEAST_COVERAGE, buckets.mean, np.nan)


def _normal(rates: tuple[Floats, Floats, Floats], support: NDArray[np.int64], hours: Floats) -> Normal:
    mean, low, high = rates
    return Normal(
        mean=mean,
        low=low,
        high=high,
        sum=mean * hours,
        sum_low=low * hours,
        sum_high=high * hours,
        support=support,
    )


def _days(zone: str, span: Span) -> tuple[date, date]:
    first, last = local_date_of(zone, np.array([span.start_ms, span.end_ms - 1], dtype=np.int64))
    return first.astype("datetime64[D]").item(), last.astype("datetime64[D]").item()
