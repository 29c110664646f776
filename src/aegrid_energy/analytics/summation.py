"""Series added up slot by slot at the coarsest step of them all; an unknown part makes the sum unknown."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import gcd
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.readings import MICRO, MICRO_LIMIT, Readings
from aegrid_energy.domain.series import Kind
from aegrid_energy.domain.spans import Span

_HOUR_S: Final = 3_600
#: Slots of one answer: ten years at 5 min.
_MAX_SLOTS: Final = 1_100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One series of a sum.

    Args:
        readings: Its readings, regular.
        span: When it belongs to the sum.
        coefficient: What it is multiplied with.
    """

    readings: Readings
    span: Span
    coefficient: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A steady share of a sum.

    Args:
        per_hour: In the unit of the series per hour for amounts, in its unit for gauges.
        span: When it belongs to the sum.
    """

    per_hour: Decimal
    span: Span


def common_step(parts: Sequence[Part]) -> int:
    """The coarsest step of the parts, which every other one divides. [s].

    Raises:
        InvalidError: `nothing_to_add`, `irregular_input`, `steps_do_not_divide`.
    """
    steps = {part.readings.step_s for part in parts}
    if not steps:
        raise InvalidError("nothing_to_add")
    known = sorted(step for step in steps if step is not None)
    if len(known) < len(steps):
        raise InvalidError("irregular_input")
    if any(known[-1] % step for step in known):
        raise InvalidError("steps_do_not_divide", steps_s=known)
    return known[-1]


def add_up(
    parts: Sequence[Part], period: Span, *, kind: Kind = Kind.INTERVAL, constants: Sequence[Constant] = ()
) -> Readings:
    """The sum of (coefficient x part) + constants, slot by slot.

    A slot belongs to the parts in whose span it starts. Where any of those is unknown so is the sum; where
    there is none it is null.

    Args:
        parts: At least one; all of one unit.
        period: Slots that start in it.
        kind: INTERVAL adds finer slots up, INSTANT averages them.
        constants: Steady shares.

    Returns:
        Regular at the coarsest step; quality is the worst of the parts, flagged derived.

    Raises:
        InvalidError: those of `common_step`; `inputs_off_grid`, `kind_cannot_be_added`, `too_many_slots`,
            `value_out_of_range`.
    """
    if kind not in {Kind.INTERVAL, Kind.INSTANT}:
        raise InvalidError("kind_cannot_be_added", kind=kind.value)
    step_s = common_step(parts)
    starts = _grid(parts, step_s, period)
    total = np.zeros(len(starts))
    known = np.zeros(len(starts), dtype=bool)
    unknown = np.zeros(len(starts), dtype=bool)
    rank = np.zeros(len(starts), dtype=np.uint8)
    flags = np.full(len(starts), q.DERIVED, dtype=np.uint8)
    for part in parts:
        here = (starts >= part.span.start_ms) & (starts < part.span.end_ms)
        micro, quality = _at_step(part.readings, starts, step_s, kind)
        total += np.where(here, micro * float(part.coefficient), 0.0)
        valid = q.has_value(quality)
        known |= here
        unknown |= here & ~valid
        rank = np.where(here, np.maximum(rank, quality & q.RANK_MASK), rank)
        flags |= np.where(here & valid, quality & ~np.uint8(q.RANK_MASK), 0).astype(np.uint8)
    for constant in constants:
        here = (starts >= constant.span.start_ms) & (starts < constant.span.end_ms)
        share = step_s / _HOUR_S if kind is Kind.INTERVAL else 1.0
        total += np.where(here, float(constant.per_hour) * share * MICRO, 0.0)
    valid = known & ~unknown
    if valid.any() and np.abs(total[valid]).max() > MICRO_LIMIT:
        raise InvalidError("value_out_of_range", limit=MICRO_LIMIT // MICRO)
    return Readings(
        start_ms=starts,
        micro=np.rint(np.where(valid, total, 0.0)).astype(np.int64),
        quality=np.where(valid, rank | flags, q.NULL).astype(np.uint8),
        step_s=step_s,
    )


def _grid(parts: Sequence[Part], step_s: int, period: Span) -> NDArray[np.int64]:
    step_ms = step_s * 1000
    coarse = [p.readings for p in parts if p.readings.step_s == step_s and len(p.readings)]
    anchor = coarse[0] if coarse else next((p.readings for p in parts if len(p.readings)), None)
    phase = 0 if anchor is None else int(anchor.start_ms[0]) % _grain_ms(anchor, step_s if coarse else None)
    for part in parts:
        own_ms = (part.readings.step_s or step_s) * 1000
        if len(part.readings) and (int(part.readings.start_ms[0]) - phase) % own_ms:
            raise InvalidError("inputs_off_grid", step_s=step_s)
    first = phase - (phase - period.start_ms) // step_ms * step_ms
    if (period.end_ms - first) // step_ms > _MAX_SLOTS:
        raise InvalidError("too_many_slots", limit=_MAX_SLOTS)
    return np.arange(first, period.end_ms, step_ms, dtype=np.int64)


def _grain_ms(anchor: Readings, step_s: int | None) -> int:
    # Without a coarse series with readings, its slots are taken to start on the round hour.
    own = anchor.step_s or _HOUR_S
    return (step_s if step_s is not None else gcd(own, _HOUR_S)) * 1000


def _at_step(
    readings: Readings, starts: NDArray[np.int64], step_s: int, kind: Kind
) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    own_ms = (readings.step_s or step_s) * 1000
    per_slot = step_s * 1000 // own_ms
    count = len(starts) * per_slot
    slot = (readings.start_ms - (starts[0] if len(starts) else 0)) // own_ms
    inside = (slot >= 0) & (slot < count)
    micro = np.zeros(count, dtype=np.int64)
    quality = np.full(count, q.NULL, dtype=np.uint8)
    micro[slot[inside]] = readings.micro[inside]
    quality[slot[inside]] = readings.quality[inside]
    if per_slot == 1:
        return micro.astype(np.float64), quality
    many = quality.reshape(len(starts), per_slot)
    whole = micro.reshape(len(starts), per_slot).sum(axis=1).astype(np.float64)
    rank = (many & q.RANK_MASK).max(axis=1)
    flags = np.bitwise_or.reduce(many & ~np.uint8(q.RANK_MASK), axis=1)
    return whole / (1 if kind is Kind.INTERVAL else per_slot), (rank | flags).astype(np.uint8)
