"""Meters by local days: what is complete, missing, estimated, suspect or late; and the list of gaps."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.analytics.buckets import Resolution, bucket_edges
from aegrid_energy.analytics.freshness import arrives_by
from aegrid_energy.analytics.resample import resample
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import Kind, Rhythm
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.zones import local_date_of

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
#: Gaps in one answer; a series with more is not regular.
MAX_GAPS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityDays:
    """One row of the matrix: a series by local day; every array has shape (days,).

    Args:
        dates: datetime64[D].
        expected: Slots expected while in service; ms for irregular series.
        valid: Slots with a number; ms for irregular series.
        estimated: Of `valid`, those nobody measured.
        suspect: Of `valid`, those a rule doubts.
        late: Arrived, or still missing, after the rhythm says it should have.
        awaited: Not whole yet, and not due yet: no reproach.
    """

    dates: NDArray[np.datetime64]
    expected: Floats
    valid: Floats
    estimated: Floats
    suspect: Floats
    late: Flags
    awaited: Flags

    def __len__(self) -> int:
        return len(self.dates)

    @property
    def missing(self) -> Floats:
        """Slots expected and not there, those awaited not counted."""
        return np.where(self.awaited, 0.0, np.maximum(self.expected - self.valid, 0.0))

    @property
    def completeness(self) -> Floats:
        """Valid of expected, 0 to 1; NaN where nothing was expected."""
        blank = np.full(len(self), np.nan)
        share = np.divide(self.valid, self.expected, out=blank, where=self.expected > 0)
        return np.minimum(share, 1.0)


def quality_row(
    dates: NDArray[np.datetime64],
    expected: Floats,
    valid: Floats,
    estimated: Floats,
    suspect: Floats,
    *,
    day_end_ms: NDArray[np.int64],
    rhythm: Rhythm,
    now_ms: int,
    received_ms: NDArray[np.int64] | None = None,
) -> QualityDays:
    """A row from day rollups.

    Args:
        dates: Local days, shape (days,).
        expected: Slots expected, from service dates and step, shape (days,).
        valid: Slots with a number, shape (days,).
        estimated: Of those, not measured, shape (days,).
        suspect: Of those, doubted, shape (days,).
        day_end_ms: End of each local day, shape (days,). [ms]
        rhythm: How the series is delivered.
        now_ms: Now. [ms]
        received_ms: When the first data of each day arrived, 0 where none did; None: not known. [ms]
    """
    due_ms = arrives_by(rhythm, 0) + day_end_ms
    whole = valid >= expected
    awaited = ~whole & (now_ms < due_ms)
    late = ~whole & ~awaited & (expected > 0) & (rhythm is not Rhythm.ENDED)
    if received_ms is not None and rhythm is not Rhythm.ENDED:
        late |= (expected > 0) & (received_ms > due_ms)
    return QualityDays(
        dates=dates,
        expected=expected,
        valid=valid,
        estimated=estimated,
        suspect=suspect,
        late=late,
        awaited=awaited,
    )


def quality_days(
    readings: Readings,
    kind: Kind,
    zone: str,
    period: Span,
    *,
    rhythm: Rhythm,
    now_ms: int,
    service: Span,
    received_ms: NDArray[np.int64] | None = None,
) -> QualityDays:
    """A row from readings; what lies ahead of now is not expected.

    Args:
        readings: Of one series.
        kind: How they relate to time; a state counts like a gauge.
        zone: Zone of the site.
        period: From when to when.
        rhythm: How the series is delivered.
        now_ms: Now. [ms]
        service: When readings are expected.
        received_ms: Arrival of each day's first data, shape (days,). [ms]
    """
    edges = bucket_edges(Resolution.DAY, zone, period.start_ms, period.end_ms)
    service_ms = (service.start_ms, min(service.end_ms, _over_by(readings, now_ms)))
    counted = resample(readings, Kind.INSTANT if kind is Kind.STATE else kind, edges, service_ms=service_ms)
    return quality_row(
        local_date_of(zone, edges[:-1]),
        counted.expected,
        counted.valid,
        counted.estimated,
        counted.suspect,
        day_end_ms=edges[1:],
        rhythm=rhythm,
        now_ms=now_ms,
        received_ms=received_ms,
    )


def gaps(readings: Readings, period: Span, *, service: Span, now_ms: int) -> tuple[Span, ...]:
    """Times in service, up to now, in which a regular series has no number, longest runs as one.

    Args:
        readings: Regular or with lengths; a null reading is part of a gap.
        period: From when to when.
        service: When readings are expected.
        now_ms: Now. [ms]

    Raises:
        InvalidError: `interval_without_length`, `too_many_gaps`.
    """
    low = max(period.start_ms, service.start_ms)
    high = min(period.end_ms, service.end_ms, _over_by(readings, now_ms))
    if low >= high:
        return ()
    starts = readings.start_ms[readings.valid]
    if readings.step_s is not None:
        lengths = np.full(len(starts), readings.step_s * 1000, dtype=np.int64)
    elif readings.duration_ms is not None:
        lengths = readings.duration_ms[readings.valid]
    else:
        raise InvalidError("interval_without_length")
    # Between the furthest end so far and the next start lies a gap; the period's edges close it.
    ends = np.maximum.accumulate(np.concatenate([[low], starts + lengths]))
    nexts = np.concatenate([starts, [high]])
    first, last = np.clip(ends, low, high), np.clip(nexts, low, high)
    open_ = last > first
    if open_.sum() > MAX_GAPS:
        raise InvalidError("too_many_gaps", limit=MAX_GAPS)
    return tuple(Span(a, b) for a, b in zip(first[open_].tolist(), last[open_].tolist(), strict=True))


def _over_by(readings: Readings, now_ms: int) -> int:
    # An interval that still runs cannot be there: expected are those that are over.
    if readings.step_s is None:
        return now_ms
    step_ms = readings.step_s * 1000
    phase = int(readings.start_ms[0]) % step_ms if len(readings) else 0
    return (now_ms - phase) // step_ms * step_ms + phase
