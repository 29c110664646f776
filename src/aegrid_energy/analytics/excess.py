"""What was used against what was to be expected: times above normal, and the day's difference."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.analytics.models.answer import Expectation
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.readings import TimeSeries

#: How long something must stay above P90 to be called above normal. [s]
LEAST_S: Final = 1_800
#: How far above P90 it must be: this share of P90 there,
_NEAR: Final = 0.05
#: and of the highest P90 of the period: a kilowatt in the night of a large building is no news.
_SLIGHT: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class AboveNormal:
    """A time above the usual.

    Args:
        start_ms: Start of its first slot. [ms]
        end_ms: End of its last slot. [ms]
        excess: Sum over its slots of value less expected. [unit of the series]
    """

    start_ms: int
    end_ms: int
    excess: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Actual against expected over the slots that both have.

    Args:
        actual: Sum. [unit of the series]
        expected: Sum. [unit of the series]
        slots: Slots compared.
        asked: Slots of the period.
    """

    actual: float
    expected: float
    slots: int
    asked: int

    @property
    def coverage(self) -> float:
        """Share of the period that could be compared, 0 to 1."""
        return self.slots / self.asked if self.asked else 0.0

    @property
    def change(self) -> float | None:
        """Actual over expected less 1 (0.09 = "9 % more than normal"); None where nothing was expected."""
        return self.actual / self.expected - 1 if self.expected > 0 and self.slots else None


def above_normal(
    actual: TimeSeries, normal: Expectation, *, least_s: int = LEAST_S
) -> tuple[AboveNormal, ...]:
    """Times that stayed clearly above the usual for at least `least_s`; an unknown slot ends one.

    Raises:
        InvalidError: `slots_differ`.
    """
    _same_slots(actual, normal)
    # NaN compares false: what is unknown, or has no history, is never above.
    above = np.concatenate([[False], actual.values > _limits(normal.high), [False]])
    turns = np.flatnonzero(np.diff(above.astype(np.int8)))
    step_ms = normal.step_s * 1000
    return tuple(
        AboveNormal(
            start_ms=int(normal.start_ms[first]),
            end_ms=int(normal.start_ms[end - 1]) + step_ms,
            excess=float((actual.values[first:end] - normal.expected[first:end]).sum()),
        )
        for first, end in zip(turns[::2].tolist(), turns[1::2].tolist(), strict=True)
        if (end - first) * normal.step_s >= least_s
    )


def _limits(high: NDArray[np.float64]) -> NDArray[np.float64]:
    known = np.abs(high[np.isfinite(high)])
    return high + np.maximum(_NEAR * np.abs(high), _SLIGHT * known.max(initial=0.0))


def difference(actual: TimeSeries, normal: Expectation) -> Difference:
    """The sum of what was used against the sum of what was to be expected, over common slots.

    Raises:
        InvalidError: `slots_differ`.
    """
    _same_slots(actual, normal)
    both: NDArray[np.bool_] = np.isfinite(actual.values) & np.isfinite(normal.expected)
    return Difference(
        actual=float(actual.values[both].sum()),
        expected=float(normal.expected[both].sum()),
        slots=int(both.sum()),
        asked=len(normal),
    )


def _same_slots(actual: TimeSeries, normal: Expectation) -> None:
    same = len(actual) == len(normal) and actual.step_s == normal.step_s
    if not same or (len(actual) and actual.start_ms != int(normal.start_ms[0])):
        raise InvalidError("slots_differ")
