"""What every model of normal use answers, and what it promises."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.readings import TimeSeries


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What was to be expected, slot by slot, in the unit of the history; NaN where nobody can say.

    Args:
        start_ms: Start of each slot, shape (n,). [ms]
        step_s: Length of a slot. [s]
        unit: Unit of the values.
        expected: Middle of what was to be expected, shape (n,).
        low: Lower end of the usual, shape (n,).
        high: Upper end of the usual, shape (n,).
        support: Number of past values behind each slot, shape (n,).
        model: Name of the model.
        reason: Why nothing is said where everything is NaN ("not_enough_history"); else empty.
    """

    start_ms: NDArray[np.int64]
    step_s: int
    unit: str
    expected: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    support: NDArray[np.int64]
    model: str
    reason: str = ""

    def __len__(self) -> int:
        return len(self.expected)


class NormalModel(Protocol):
    """A model of normal use; settings in the constructor, nothing learnt there."""

    def fit(self, history: TimeSeries, *, zone: str, holidays: Collection[date]) -> Self:
        """Learn from the past; returns itself, what is learnt ends in `_`."""
        ...

    def predict(self, start_ms: int, end_ms: int) -> Expectation:
        """What is to be expected of the slots that start in `[start_ms, end_ms)`."""
        ...
