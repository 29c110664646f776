"""A meter's counter becomes the amounts of intervals: wraps, resets, exchanges, glitches, gaps.

The caller keeps every raw reading; what is rejected here is only not counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.readings import MICRO, Readings

#: A fall of up to this share of the reading is a device's rounding, not a new beginning.
NOISE_SHARE: Final = 0.001
#: A counter that begins again stands at most at this share of where it was.
RESET_SHARE: Final = 0.1
#: Sizes at which counters of unknown make wrap, in counts: 16 to 32 bits and 4 to 9 digits.
_CEILINGS: Final = (2**16, 2**24, 2**31, 2**32, *(10**digits for digits in range(4, 10)))
#: From this share of such a size on, a fall may be a wrap as well as a reset.
_NEAR_CEILING: Final = 0.99
#: float32 counts without a hole up to here.
FLOAT32_EXACT: Final = 2**24


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterRules:
    """What is known of a counter.

    Args:
        count_micro: Millionths of the canonical unit that one count is worth (Wh: 1,000).
        bits: The counter wraps at 2**bits counts; None = unknown.
        digits: The counter wraps at 10**digits counts; None = unknown.
        wrap_micro: Where the counter begins again, in millionths of the canonical unit, where that is told
            instead of bits or digits.
        max_rate_per_h: The most that can flow: 1.5 times the fuse, say. [canonical unit/h]
        is_float32: The device sends it as float32.
        gap_s: Readings further apart than this leave a gap whose split is a guess; None = 1.5 steps. [s]
    """

    count_micro: int = MICRO
    bits: int | None = None
    digits: int | None = None
    wrap_micro: int | None = None
    max_rate_per_h: float | None = None
    is_float32: bool = False
    gap_s: float | None = None

    @property
    def span_micro(self) -> int | None:
        """Where the counter begins again, in micro; None where unknown."""
        if self.wrap_micro is not None:
            return self.wrap_micro
        if self.bits is not None:
            return int(2**self.bits * self.count_micro)
        return None if self.digits is None else int(10**self.digits * self.count_micro)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A meter was replaced: the last reading of the old one and the first of the new, as noted on site."""

    at_ms: int
    last_micro: int
    first_micro: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterNotice:
    """Something a person should know of, once: code, when, and the raw step in micro."""

    code: str
    at_ms: int
    step_micro: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterIntervals:
    """Intervals of a counter.

    Args:
        readings: Regular, aligned to multiples of the step; unknown amounts are null.
        notices: What was repaired or could not be.
        rejected_ms: Readings that were not counted, shape (k,). [ms since the epoch]
    """

    readings: Readings
    notices: tuple[CounterNotice, ...]
    rejected_ms: NDArray[np.int64]


@dataclass(slots=True)
class _Chain:
    """Readings that count, and what lies between each and the next."""

    at_ms: list[int]
    amounts: list[int] = field(default_factory=list)
    is_known: list[bool] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    rejected: list[int] = field(default_factory=list)
    notices: list[CounterNotice] = field(default_factory=list)

    def add(self, at_ms: int, amount: int | None, flag: int = 0) -> None:
        self.at_ms.append(at_ms)
        self.amounts.append(amount or 0)
        self.is_known.append(amount is not None)
        self.flags.append(flag)

    def tell(self, code: str, at_ms: int, step_micro: int) -> None:
        self.notices.append(CounterNotice(code=code, at_ms=at_ms, step_micro=step_micro))


def intervals_from_counter(
    at_ms: NDArray[np.int64],
    micro: NDArray[np.int64],
    step_s: int,
    *,
    rules: CounterRules | None = None,
    epoch: NDArray[np.integer] | None = None,
    exchanges: Sequence[Exchange] = (),
    by_epoch: Mapping[int, CounterRules] | None = None,
    quality: NDArray[np.uint8] | None = None,
) -> CounterIntervals:
    """Amounts per interval of a counter's readings, exact in sum.

    Args:
        at_ms: Instants of the readings, any order, shape (n,); of one instant the last delivered stands.
        micro: What the counter showed, in millionths of the canonical unit, shape (n,).
        step_s: Length of the intervals; divides a day. [s]
        rules: What is known of the counter.
        epoch: Number of the device that each reading comes from, shape (n,): a new serial is a new number.
        exchanges: Last and first readings at the replacement of the device.
        by_epoch: What is known of each device, where it differs from `rules`.
        quality: Quality bytes of the readings, shape (n,): an amount is as good as the worse of its ends.
    """
    rules = rules or CounterRules()
    devices = np.zeros(len(at_ms), dtype=np.int64) if epoch is None else epoch.astype(np.int64)
    marks = np.zeros(len(at_ms), dtype=np.uint8) if quality is None else quality
    order = _in_order(at_ms)
    at_ms, micro, devices, marks = at_ms[order], micro[order], devices[order], marks[order]
    known: dict[int | None, CounterRules] = {None: rules}
    known.update((by_epoch or {}).items())
    chain = _chained(at_ms, micro, devices, exchanges, known)
    if rules.is_float32 and len(micro) and int(micro.max()) > FLOAT32_EXACT * rules.count_micro:
        place = int(np.argmax(micro > FLOAT32_EXACT * rules.count_micro))
        step = float32_resolution(int(micro.max()) / rules.count_micro)
        chain.tell("counter_resolution", int(at_ms[place]), round(step * rules.count_micro))
    intervals = _on_grid(chain, step_s, rules.gap_s if rules.gap_s is not None else 1.5 * step_s)
    return CounterIntervals(
        readings=_as_good_as_its_ends(intervals, chain, at_ms, marks),
        notices=tuple(chain.notices),
        rejected_ms=np.array(chain.rejected, dtype=np.int64),
    )


def float32_resolution(counts: float) -> float:
    """The smallest step that a float32 counter can show at a reading, in counts.

    >>> float32_resolution(16_777_217.0)
    2.0
    """
    return float(np.spacing(np.float32(counts)))


def _in_order(at_ms: NDArray[np.int64]) -> NDArray[np.intp]:
    """Places in order of time; of one instant only the last delivered."""
    order = np.argsort(at_ms, kind="stable")
    ordered = at_ms[order]
    last = np.append(ordered[1:] != ordered[:-1], True) if len(at_ms) else np.zeros(0, dtype=bool)
    return order[last]


def _chained(
    at_ms: NDArray[np.int64],
    micro: NDArray[np.int64],
    devices: NDArray[np.int64],
    exchanges: Sequence[Exchange],
    rules: Mapping[int | None, CounterRules],
) -> _Chain:
    steps = np.diff(micro)
    first = int(devices[0]) if len(devices) else None
    most = _most(np.diff(at_ms), rules.get(first, rules[None]))
    if len(at_ms) and (steps >= 0).all() and (steps <= most).all() and (devices == devices[0]).all():
        count = len(steps)
        return _Chain(at_ms.tolist(), steps.tolist(), [True] * count, [0] * count)
    return _Judge(at_ms.tolist(), micro.tolist(), devices.tolist(), exchanges, rules).chain()


def _most(gaps_ms: NDArray[np.int64], rules: CounterRules) -> NDArray[np.float64]:
    """The most the counter can have moved, in micro; one count more, for its rounding."""
    if rules.max_rate_per_h is None:
        return np.full(len(gaps_ms), np.inf)
    return rules.max_rate_per_h * MICRO * gaps_ms / 3_600_000 + rules.count_micro


class _Judge:
    """Looks at each reading beside the last that counted, and at the next to tell a glitch from a change."""

    def __init__(
        self,
        at_ms: list[int],
        micro: list[int],
        devices: list[int],
        exchanges: Sequence[Exchange],
        rules: Mapping[int | None, CounterRules],
    ) -> None:
        self._at, self._micro, self._devices = at_ms, micro, devices
        self._known = rules
        self._exchanges = sorted(exchanges, key=lambda exchange: exchange.at_ms)
        self._last = 0
        #: What the last counting reading is taken for: noise never lowers it.
        self._level = micro[0] if micro else 0
        self._chain = _Chain(at_ms[:1])

    @property
    def _rules(self) -> CounterRules:
        """Of the device that the last counting reading came from."""
        return self._known.get(self._devices[self._last], self._known[None])

    def chain(self) -> _Chain:
        for place in range(1, len(self._at)):
            self._judge(place)
        return self._chain

    def _judge(self, place: int) -> None:
        step = self._micro[place] - self._level
        if self._devices[place] != self._devices[self._last]:
            self._exchange(place)
        elif step >= 0:
            if self._is_possible(step, self._last, place):
                self._count(place, step)
            else:
                self._leap(place, step)
        elif -step <= NOISE_SHARE * self._level:
            self._count(place, 0, level=self._level)
        else:
            self._fall(place, step)

    def _leap(self, place: int, step: int) -> None:
        """More than can have flowed: a glitch, unless the counter goes on from there."""
        if self._goes_on(place) and not self._returns(place):
            self._count(place, None, q.SUSPECT)
            self._chain.tell("counter_jumped", self._at[place], step)
        else:
            self._reject(place, "counter_spike", step)

    def _fall(self, place: int, step: int) -> None:
        span, now = self._rules.span_micro, self._micro[place]
        if span is not None and self._is_wrap(step + span, span, place):
            self._count(place, step + span)
            self._chain.tell("counter_wrapped", self._at[place], step)
        elif self._returns(place) or (now == 0 and place + 1 == len(self._at)):
            # Devices show 0 for a moment as they wake; a second reading must agree before that is a reset.
            self._reject(place, "counter_glitch", step)
        elif span is None and self._is_near_ceiling():
            self._count(place, None, q.SUSPECT)
            self._chain.tell("counter_wrap_or_reset", self._at[place], step)
        elif now <= RESET_SHARE * self._level and self._is_possible(now, self._last, place):
            self._count(place, now, q.SUSPECT)
            self._chain.tell("counter_reset", self._at[place], step)
        else:
            self._count(place, None, q.SUSPECT)
            self._chain.tell("counter_fell", self._at[place], step)

    def _exchange(self, place: int) -> None:
        since, until = self._at[self._last], self._at[place]
        noted = [exchange for exchange in self._exchanges if since <= exchange.at_ms <= until]
        amount = None
        if len(noted) == 1:
            old = noted[0].last_micro - self._level
            new = self._micro[place] - noted[0].first_micro
            amount = old + new if old >= 0 and new >= 0 else None
        self._chain.tell("meter_exchanged", until, self._micro[place] - self._level)
        self._count(place, amount)

    def _count(self, place: int, amount: int | None, flag: int = 0, *, level: int | None = None) -> None:
        self._chain.add(self._at[place], amount, flag)
        self._last = place
        self._level = self._micro[place] if level is None else level

    def _reject(self, place: int, code: str, step: int) -> None:
        self._chain.rejected.append(self._at[place])
        self._chain.tell(code, self._at[place], step)

    def _is_possible(self, amount: int, since: int, until: int) -> bool:
        rate = self._rules.max_rate_per_h
        if rate is None:
            return True
        hours = (self._at[until] - self._at[since]) / 3_600_000
        return amount <= rate * MICRO * hours + self._rules.count_micro

    def _is_wrap(self, amount: int, span: int, place: int) -> bool:
        if amount < 0 or (self._rules.max_rate_per_h is None and amount > span // 2):
            return False
        return self._is_possible(amount, self._last, place)

    def _is_near_ceiling(self) -> bool:
        counts = self._level / self._rules.count_micro
        return any(_NEAR_CEILING * ceiling <= counts <= ceiling for ceiling in _CEILINGS)

    def _next(self, place: int) -> int | None:
        after = place + 1
        return after if after < len(self._at) and self._devices[after] == self._devices[place] else None

    def _goes_on(self, place: int) -> bool:
        after = self._next(place)
        if after is None:
            return False
        step = self._micro[after] - self._micro[place]
        return step >= 0 and self._is_possible(step, place, after)

    def _returns(self, place: int) -> bool:
        """Whether the next reading stands where the counter would be without this one."""
        after = self._next(place)
        if after is None:
            return False
        step = self._micro[after] - self._level
        return step >= -NOISE_SHARE * self._level and self._is_possible(max(step, 0), self._last, after)


def _on_grid(chain: _Chain, step_s: int, gap_s: float) -> Readings:
    """Cut the chain at the edges of the grid; the parts of each piece add up to it exactly."""
    at = np.array(chain.at_ms, dtype=np.int64)
    step_ms = step_s * 1000
    first = -(-int(at[0]) // step_ms) if len(at) else 0
    last = int(at[-1]) // step_ms if len(at) else 0
    edges = np.arange(first, last + 1, dtype=np.int64) * step_ms
    if len(edges) < 2:
        nothing = np.zeros(0, dtype=np.int64)
        return Readings(start_ms=nothing, micro=nothing, quality=nothing.astype(np.uint8), step_s=step_s)
    amounts = np.array(chain.amounts, dtype=np.int64)
    piece = np.minimum(np.searchsorted(at, edges, side="right") - 1, len(amounts) - 1)
    length, inside = np.diff(at)[piece], edges - at[piece]
    whole, rest = np.divmod(amounts[piece], length)
    total = np.concatenate([[0], np.cumsum(amounts)])[piece] + whole * inside
    total += np.floor(rest * (inside / length)).astype(np.int64)
    guessed = (inside > 0) & (inside < length) & (length > gap_s * 1000)
    quality = np.full(len(edges) - 1, q.DERIVED, dtype=np.uint8)
    split = guessed[:-1] | guessed[1:]
    quality[split] |= q.Quality.ESTIMATED.code | q.SPLIT_OF_GAP
    quality[_touches(at, edges, np.array(chain.flags) == q.SUSPECT)] |= q.SUSPECT
    is_null = _touches(at, edges, ~np.array(chain.is_known))
    micro = np.diff(total)
    micro[is_null] = 0
    quality[is_null] = q.NULL | (quality[is_null] & q.SUSPECT) | q.DERIVED
    return Readings(start_ms=edges[:-1], micro=micro, quality=quality, step_s=step_s)


def _as_good_as_its_ends(
    intervals: Readings, chain: _Chain, at_ms: NDArray[np.int64], quality: NDArray[np.uint8]
) -> Readings:
    """Intervals whose quality is no better than that of the readings they were taken from."""
    if not len(intervals) or not quality.any():
        return intervals
    at = np.array(chain.at_ms, dtype=np.int64)
    marks = quality[np.searchsorted(at_ms, at)]
    edges = np.append(intervals.start_ms, intervals.start_ms[-1:] + (intervals.step_s or 0) * 1000)
    rank, flags = intervals.quality & q.RANK_MASK, intervals.quality & ~np.uint8(q.RANK_MASK)
    for worse in (int(code) for code in np.unique(marks & q.RANK_MASK) if 0 < code < q.NULL):
        is_worse = (marks & q.RANK_MASK) == worse
        rank = np.where(_touches(at, edges, is_worse[1:] | is_worse[:-1]), np.maximum(rank, worse), rank)
    doubted = (marks & q.SUSPECT) != 0
    flags = flags | np.where(_touches(at, edges, doubted[1:] | doubted[:-1]), q.SUSPECT, 0).astype(np.uint8)
    return replace(intervals, quality=(rank | flags).astype(np.uint8))


def _touches(at: NDArray[np.int64], edges: NDArray[np.int64], marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which intervals share time with a marked piece, shape (edges - 1,)."""
    before = np.concatenate([[0], np.cumsum(marked)])
    low = np.searchsorted(at, edges[:-1], side="right") - 1
    high = np.searchsorted(at, edges[1:], side="left")
    return before[high] > before[low]


def touched_spans(held_ms: NDArray[np.int64], new_ms: NDArray[np.int64], step_s: int) -> NDArray[np.int64]:
    """What late readings can change: spans from two readings before to two after, on the grid.

    Two, because a reading is judged beside the last and the next one.

    Args:
        held_ms: Instants of the readings that counted before, ascending, shape (n,); without rejected ones.
        new_ms: Instants of the late ones, shape (m,).
        step_s: Grid to widen to: the interval's, or an hour for hourly sums. [s]

    Returns:
        Disjoint spans, ascending, shape (k, 2). [ms since the epoch]
    """
    step_ms = step_s * 1000
    every = np.union1d(held_ms, new_ms)
    place = np.searchsorted(every, np.unique(new_ms))
    low = every[np.maximum(place - 2, 0)] // step_ms * step_ms
    high = -(-every[np.minimum(place + 2, len(every) - 1)] // step_ms) * step_ms
    # Both sides ascend, so a span begins wherever the one before has ended.
    begins = np.append(True, low[1:] > high[:-1]) if len(low) else np.zeros(0, dtype=bool)
    ends = np.append(begins[1:], True) if len(low) else begins
    return np.stack([low[begins], high[ends]], axis=1)


def changed_starts(before: Readings, after: Readings) -> NDArray[np.int64]:
    """Starts of the intervals that differ in value or quality, or stand in one only, ascending."""
    starts = np.union1d(before.start_ms, after.start_ms)
    old = _spread(before, starts)
    new = _spread(after, starts)
    return starts[(old[0] != new[0]) | (old[1] != new[1])]


def _spread(readings: Readings, starts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    micro = np.zeros(len(starts), dtype=np.int64)
    quality = np.full(len(starts), q.ABSENT, dtype=np.uint8)
    place = np.searchsorted(starts, readings.start_ms)
    micro[place], quality[place] = readings.micro, readings.quality
    return micro, quality
