"""Readings into buckets, by the kind of the series; sums stay exact, peaks survive.

Interval amounts add up and belong to the bucket of their start. Gauges are weighted by the time they held.
States give seconds per state. A register's differences run evenly between two reads, so its buckets add
up to the difference of the whole; where two reads lie too far apart the share is called estimated.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.analytics.bucket_reducer import Reducer
from aegrid_energy.analytics.held import Held, cut_at, held_values, register_rates, register_rises
from aegrid_energy.domain import quality as q
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.readings import MICRO, Readings
from aegrid_energy.domain.series import Kind

_HOUR_MS: Final = 3_600_000
#: More states than a plant has are a gauge that was declared wrongly.
MAX_STATES: Final = 64

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """A series in buckets; every array has one value per bucket, shape (n,).

    Amounts: `sum` in the unit of the series; `mean`, `min`, `max` its rate per hour (kWh give kW).
    Gauges: `mean`, `min`, `max` in the unit of the series; `sum` is NaN.

    Args:
        edges_ms: Edges, shape (n + 1,). [ms]
        mean: Mean over what is valid; NaN where nothing is.
        min: Smallest value that held; NaN where nothing is valid.
        max: Largest value that held; NaN where nothing is valid.
        sum_micro: Exact sum in millionths of the unit, int64; 0 where nothing is valid.
        valid: Slots (regular data) or ms (everything else) that carry a number.
        expected: Slots or ms that a whole bucket would carry; 0 where the meter was not in service.
        estimated: Of `valid`, those that nobody measured.
        suspect: Of `valid`, those a rule doubts.
        is_amount: Whether `sum` means anything.
    """

    edges_ms: NDArray[np.int64]
    mean: Floats
    min: Floats
    max: Floats
    sum_micro: NDArray[np.int64]
    valid: Floats
    expected: Floats
    estimated: Floats
    suspect: Floats
    is_amount: bool

    def __len__(self) -> int:
        return len(self.mean)

    @property
    def start_ms(self) -> NDArray[np.int64]:
        """Start of each bucket."""
        return self.edges_ms[:-1]

    @property
    def sum(self) -> Floats:
        """The sum in the unit of the series; NaN where nothing is valid."""
        known = (self.valid > 0) & self.is_amount
        return np.where(known, self.sum_micro / MICRO, np.nan)

    @property
    def coverage(self) -> Floats:
        """Valid of expected, 0 to 1; NaN where nothing was expected."""
        return _share(self.valid, self.expected)

    @property
    def estimated_share(self) -> Floats:
        """Estimated of valid, 0 to 1; NaN where nothing is valid."""
        return _share(self.estimated, self.valid)

    @property
    def suspect_share(self) -> Floats:
        """Suspect of valid, 0 to 1; NaN where nothing is valid."""
        return _share(self.suspect, self.valid)


@dataclass(frozen=True, slots=True, kw_only=True)
class StateBuckets:
    """Seconds per state in buckets.

    Args:
        edges_ms: Edges, shape (n + 1,). [ms]
        states: The states seen, ascending, shape (k,).
        seconds: Time in each, shape (n, k). [s]
        coverage: Share of the bucket in a known state, shape (n,).
    """

    edges_ms: NDArray[np.int64]
    states: Floats
    seconds: Floats
    coverage: Floats


def resample(
    readings: Readings,
    kind: Kind,
    edges_ms: NDArray[np.int64],
    *,
    service_ms: tuple[int | None, int | None] = (None, None),
    hold_ms: int | None = None,
) -> Buckets:
    """Readings of one series in buckets.

    Args:
        readings: Sorted by start. For gauges and registers, those just before and after the edges help.
        kind: How a reading relates to time.
        edges_ms: Ascending, shape (n + 1,); see `buckets.bucket_edges`. [ms]
        service_ms: When the series is in service, half-open; nothing is expected outside. [ms]
        hold_ms: How long a gauge holds without a newer reading; the step of a regular series by default,
            until the next reading where there is none. For a register: the gap from which a share of
            the difference is estimated. [ms]

    Returns:
        Energy given as intervals: `mean` is kWh / h; `sum` over all buckets is the whole.

    Raises:
        InvalidError: `edges_not_ascending`; `state_has_no_mean` for a state, see `resample_states`;
            `interval_without_length` for irregular amounts whose lengths are unknown.
    """
    if len(edges_ms) < 2 or not (np.diff(edges_ms) > 0).all():
        raise InvalidError("edges_not_ascending")
    if kind is Kind.STATE:
        raise InvalidError("state_has_no_mean")
    if kind is Kind.INTERVAL:
        return _amounts(readings, edges_ms, service_ms)
    if kind is Kind.CUMULATIVE:
        rises = register_rises(readings, edges_ms)
        return _held(register_rates(readings, hold_ms), edges_ms, service_ms, sum_micro=rises)
    held = held_values(readings, hold_ms if kind is not Kind.SETPOINT else None, end_ms=int(edges_ms[-1]))
    return _held(held, edges_ms, service_ms, sum_micro=None)


def resample_states(
    readings: Readings, edges_ms: NDArray[np.int64], *, hold_ms: int | None = None
) -> StateBuckets:
    """Seconds per state and bucket; a state holds until the next reading, at most `hold_ms`.

    Raises:
        InvalidError: `too_many_states`.
    """
    held = cut_at(held_values(readings, hold_ms, end_ms=int(edges_ms[-1])), edges_ms)
    states, code = np.unique(held.value[held.valid], return_inverse=True)
    if len(states) > MAX_STATES:
        raise InvalidError("too_many_states", states=len(states), limit=MAX_STATES)
    bucket = np.searchsorted(edges_ms, held.start_ms[held.valid], side="right") - 1
    count = len(edges_ms) - 1
    cell = bucket * max(len(states), 1) + code
    seconds = np.bincount(cell, held.length_ms[held.valid] / 1000, count * max(len(states), 1))
    seconds = seconds.reshape(count, -1)[:, : len(states)].astype(np.float64)
    return StateBuckets(
        edges_ms=edges_ms,
        states=states,
        seconds=seconds,
        coverage=seconds.sum(axis=1) * 1000 / np.diff(edges_ms),
    )


def _amounts(
    readings: Readings, edges_ms: NDArray[np.int64], service_ms: tuple[int | None, int | None]
) -> Buckets:
    if readings.step_s is None and readings.duration_ms is None:
        raise InvalidError("interval_without_length")
    low, high = np.searchsorted(readings.start_ms, edges_ms[[0, -1]])
    part = slice(int(low), int(high))
    starts, quality = readings.start_ms[part], readings.quality[part]
    valid = q.has_value(quality)
    micro = readings.micro[part]
    if not valid.all():
        micro = np.where(valid, micro, 0)
    each = Reducer(np.searchsorted(starts, edges_ms))
    if readings.step_s is not None:
        step_ms = readings.step_s * 1000
        known = each.count(valid)
        hours = known * (step_ms / _HOUR_MS)
        expected = _expected_slots(starts, step_ms, edges_ms, service_ms)
        estimated, suspect = each.count(q.is_estimated(quality)), each.count(q.is_suspect(quality))
        # Extremes of whole numbers, scaled once per bucket: a rate per slot would cost a pass over all.
        low, high = each.extremes(micro, valid)
        scale = _HOUR_MS / step_ms / MICRO
        low, high = low * scale, high * scale
    else:
        length_ms = np.maximum(_lengths(readings)[part], 1)
        weight = np.where(valid, length_ms, 0)
        known = each.add(weight)
        hours = known / _HOUR_MS
        # A period read counts whole where it starts: expected is the bucket, or the read that outlasts it.
        expected = np.maximum(_expected_ms(edges_ms, service_ms), known)
        estimated = each.add_where(q.is_estimated(quality), weight)
        suspect = each.add_where(q.is_suspect(quality), weight)
        low, high = each.extremes(micro / length_ms * (_HOUR_MS / MICRO), valid)
    sum_micro = each.add_exact(micro)
    return Buckets(
        edges_ms=edges_ms,
        mean=_share(sum_micro / MICRO, hours),
        min=low,
        max=high,
        sum_micro=sum_micro,
        valid=known,
        expected=expected,
        estimated=estimated,
        suspect=suspect,
        is_amount=True,
    )


def _held(
    held: Held,
    edges_ms: NDArray[np.int64],
    service_ms: tuple[int | None, int | None],
    *,
    sum_micro: NDArray[np.int64] | None,
) -> Buckets:
    cut = cut_at(held, edges_ms)
    each = Reducer(np.searchsorted(cut.start_ms, edges_ms))
    weight, value = cut.length_ms, cut.value
    if not cut.valid.all():
        weight, value = np.where(cut.valid, weight, 0), np.where(cut.valid, value, 0.0)
    valid_ms = each.add(weight)
    integral = each.add(value * weight)
    low, high = each.extremes(value, cut.valid)
    return Buckets(
        edges_ms=edges_ms,
        mean=_share(integral, valid_ms),
        min=low,
        max=high,
        sum_micro=np.zeros(len(edges_ms) - 1, dtype=np.int64) if sum_micro is None else sum_micro,
        valid=valid_ms,
        expected=_expected_ms(edges_ms, service_ms),
        estimated=each.add_where(cut.estimated, weight),
        suspect=each.add_where(cut.suspect, weight),
        is_amount=sum_micro is not None,
    )


def _lengths(readings: Readings) -> NDArray[np.int64]:
    return np.zeros(0, dtype=np.int64) if readings.duration_ms is None else readings.duration_ms


def _expected_slots(
    starts: NDArray[np.int64],
    step_ms: int,
    edges_ms: NDArray[np.int64],
    service_ms: tuple[int | None, int | None],
) -> Floats:
    phase = int(starts[0]) % step_ms if len(starts) else 0
    slot = -(-(_in_service(edges_ms, service_ms) - phase) // step_ms)
    return np.diff(slot).astype(np.float64)


def _expected_ms(edges_ms: NDArray[np.int64], service_ms: tuple[int | None, int | None]) -> Floats:
    return np.diff(_in_service(edges_ms, service_ms)).astype(np.float64)


def _in_service(edges_ms: NDArray[np.int64], service_ms: tuple[int | None, int | None]) -> NDArray[np.int64]:
    start, end = service_ms
    low = int(edges_ms[0]) if start is None else start
    high = int(edges_ms[-1]) if end is None else max(end, low)
    return np.clip(edges_ms, low, max(high, low))


def _share(part: NDArray[np.generic], whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
