"""Another time in the buckets of this one: by local day and time of the wall clock."""

import math
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.analytics.buckets import Resolution, bucket_edges
from aegrid_energy.analytics.compare import DayFigures, DayPairs, pair_previous
from aegrid_energy.analytics.resample import Buckets, resample
from aegrid_energy.domain.calendar import Period, PeriodKind
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import Kind
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.zones import day_edges, day_start, local_date_of, offset_ms

_DAY_MS: Final = 86_400_000
_KIND_OF_MONTHS: Final = {1: PeriodKind.MONTH, 3: PeriodKind.QUARTER, 12: PeriodKind.FINANCIAL_YEAR}

Ints = NDArray[np.int64]


def period_of_span(zone: str, span: Span) -> Period:
    """The local days that a span touches; whole calendar months are called what they are."""
    first, last = local_date_of(zone, np.array([span.start_ms, span.end_ms - 1], dtype=np.int64))
    start, end = first.astype("datetime64[D]").item(), last.astype("datetime64[D]").item() + timedelta(days=1)
    is_whole = span.start_ms == day_start(zone, start) and span.end_ms == day_start(zone, end)
    months = (end.year - start.year) * 12 + end.month - start.month
    is_months = is_whole and start.day == end.day == 1
    kind = _KIND_OF_MONTHS.get(months, PeriodKind.CUSTOM) if is_months else PeriodKind.CUSTOM
    return Period(kind=kind, first=start, end=end)


def pair_before(zone: str, span: Span) -> DayPairs:
    """Each day of a span with its day in the period before.

    A calendar month is paired with the month before; any other span with as many days before it as its
    clock runs over, so that six hours of an evening meet the same evening hours.
    """
    period = period_of_span(zone, span)
    if period.kind is not PeriodKind.CUSTOM:
        return pair_previous(period)
    ends = np.array([span.start_ms, span.end_ms], dtype=np.int64)
    start, end = (ends + offset_ms(zone, ends)).tolist()
    shift = max(math.ceil((end - start) / _DAY_MS), 1)
    days = np.datetime64(period.first, "D") + np.arange(period.days)
    return DayPairs(current=days, reference=days - np.timedelta64(shift, "D"))


def reference_span(zone: str, pairs: DayPairs) -> Span:
    """The time that the reference days cover, whole."""
    first: date = pairs.reference.min().item()
    last: date = pairs.reference.max().item()
    return Span(day_start(zone, first), day_start(zone, last + timedelta(days=1)))


def day_figures(readings: Readings, kind: Kind, zone: str, span: Span) -> DayFigures:
    """Sums and coverage of the local days that lie whole within a span."""
    edges = day_edges(zone, span.start_ms, span.end_ms)
    edges = edges[(edges >= span.start_ms) & (edges <= span.end_ms)]
    if len(edges) < 2:
        none = np.zeros(0)
        return DayFigures(dates=none.astype("datetime64[D]"), sums=none, coverage=none)
    buckets = resample(readings, kind, edges)
    return DayFigures(
        dates=local_date_of(zone, edges[:-1]),
        sums=buckets.sum if buckets.is_amount else buckets.mean,
        coverage=buckets.coverage,
    )


def align(
    readings: Readings, kind: Kind, edges_ms: Ints, pairs: DayPairs, *, zone: str, resolution: Resolution
) -> tuple[Buckets, Ints]:
    """Readings of the reference days in the buckets of the current ones.

    A bucket meets the one of the same wall clock on the reference day. A doubled hour meets the one hour
    of the other day twice, a missing one meets nothing. Months add up the reference days of their days.

    Args:
        readings: Of the reference days.
        kind: How they relate to time.
        edges_ms: Edges of the current buckets, shape (n + 1,). [ms]
        pairs: Which day meets which.
        zone: Zone of the site.
        resolution: Of the current buckets.

    Returns:
        The reference in n buckets (nothing expected where there is none), and where each starts in its own
        time, -1 where there is none, shape (n,). [ms]
    """
    span = reference_span(zone, pairs)
    is_daily = resolution in {Resolution.DAY, Resolution.MONTH}
    if is_daily:
        own = bucket_edges(Resolution.DAY, zone, span.start_ms, span.end_ms)
    elif resolution is Resolution.RAW:
        step_ms = (readings.step_s or 3_600) * 1000
        phase = int(readings.start_ms[0]) % step_ms if len(readings) else int(edges_ms[0]) % step_ms
        first = span.start_ms + (phase - span.start_ms) % step_ms
        own = np.arange(first, span.end_ms + step_ms, step_ms, dtype=np.int64)
    else:
        own = bucket_edges(resolution, zone, span.start_ms, span.end_ms)
    reference = resample(readings, kind, own)
    current = edges_ms
    if resolution is Resolution.MONTH:
        current = bucket_edges(Resolution.DAY, zone, int(edges_ms[0]), int(edges_ms[-1]))
    at = _places(own[:-1], current[:-1], pairs, zone, is_daily=is_daily)
    picked = _picked(reference, at, current)
    starts = np.where(at >= 0, own[:-1][at], -1)
    if resolution is not Resolution.MONTH:
        return picked, starts
    group = np.searchsorted(current[:-1], edges_ms[:-1])
    return _grouped(picked, group, edges_ms), starts[group]


def _places(own: Ints, current: Ints, pairs: DayPairs, zone: str, *, is_daily: bool) -> Ints:
    """The place of each current bucket among the reference's, -1 where it has none."""
    day = local_date_of(zone, current)
    pair = np.minimum(np.searchsorted(pairs.current, day), len(pairs.current) - 1)
    key = _key(pairs.reference[pair], current, zone, is_daily=is_daily)
    theirs = _key(local_date_of(zone, own), own, zone, is_daily=is_daily)
    order = np.argsort(theirs, kind="stable")
    at = np.minimum(np.searchsorted(theirs[order], key), len(own) - 1)
    found = (theirs[order][at] == key) & (pairs.current[pair] == day)
    return np.where(found, order[at], -1).astype(np.int64)


def _key(days: NDArray[np.datetime64], starts: Ints, zone: str, *, is_daily: bool) -> Ints:
    wall = 0 if is_daily else (starts + offset_ms(zone, starts)) % _DAY_MS
    return days.astype(np.int64) * _DAY_MS + wall


def _picked(of: Buckets, at: Ints, edges_ms: Ints) -> Buckets:
    there = at >= 0

    def taken(column: NDArray[np.float64], otherwise: float) -> NDArray[np.float64]:
        return np.where(there, column[at], otherwise)

    return Buckets(
        edges_ms=edges_ms,
        mean=taken(of.mean, np.nan),
        min=taken(of.min, np.nan),
        max=taken(of.max, np.nan),
        sum_micro=np.where(there, of.sum_micro[at], 0),
        valid=taken(of.valid, 0.0),
        expected=taken(of.expected, 0.0),
        estimated=taken(of.estimated, 0.0),
        suspect=taken(of.suspect, 0.0),
        is_amount=of.is_amount,
    )


def _grouped(of: Buckets, first: Ints, edges_ms: Ints) -> Buckets:
    valid = np.add.reduceat(of.valid, first)
    weighted = np.add.reduceat(np.where(of.valid > 0, of.mean, 0.0) * of.valid, first)
    return Buckets(
        edges_ms=edges_ms,
        mean=np.divide(weighted, valid, out=np.full(len(first), np.nan), where=valid > 0),
        min=np.fmin.reduceat(of.min, first),
        max=np.fmax.reduceat(of.max, first),
        sum_micro=np.add.reduceat(of.sum_micro, first),
        valid=valid,
        expected=np.add.reduceat(of.expected, first),
        estimated=np.add.reduceat(of.estimated, first),
        suspect=np.add.reduceat(of.suspect, first),
        is_amount=of.is_amount,
    )
