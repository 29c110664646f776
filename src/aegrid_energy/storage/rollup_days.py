"""Local days of a panel, added up exactly. Pure."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain import quality as q
from aegrid_energy.storage.block_panel import Merged, Panel, State, is_held

_HIGH: Final = np.iinfo(np.int64).max
_LOW: Final = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRows:
    """Days of series, as columns of shape (rows,).

    Args:
        series: Row of the panel.
        day: Column among the panel's days.
        total: Sum over slots with a value; 0 for registers. [micro]
        low, high: Smallest and largest value; 0 where there is none. [micro]
        n_valid, n_expected, n_estimated, n_suspect: Counts of slots.
        is_empty: Nothing was received for that day: its row goes.
    """

    series: NDArray[np.intp]
    day: NDArray[np.intp]
    total: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    n_valid: NDArray[np.int64]
    n_expected: NDArray[np.int64]
    n_estimated: NDArray[np.int64]
    n_suspect: NDArray[np.int64]
    is_empty: NDArray[np.bool_]


class _Segments:
    """Reduces each day of each series; days without a slot (a day of 23 h among daily slots) are left out."""

    def __init__(self, shape: tuple[int, int], edges: NDArray[np.int64]) -> None:
        rows, slots = shape
        self.days = np.flatnonzero(np.diff(edges) > 0)
        self.lengths = np.diff(edges)[self.days]
        starts = edges[:-1][self.days]
        tail = [edges[-1]] if edges[-1] < slots else []
        self._per_row = len(starts) + len(tail)
        one = np.concatenate([starts, tail]).astype(np.int64)
        self._starts = (np.arange(rows, dtype=np.int64)[:, None] * slots + one).reshape(-1)
        self._rows = rows

    def reduce(self, how: np.ufunc, values: NDArray[np.generic]) -> NDArray[np.int64]:
        """One number a day, shape (series, days)."""
        if how is np.add and values.dtype != np.int64:
            reduced = np.add.reduceat(values.reshape(-1), self._starts, dtype=np.int64)
        else:
            reduced = how.reduceat(values.reshape(-1), self._starts)
        return reduced.reshape(self._rows, self._per_row)[:, : len(self.days)]


def day_rows(panel: Panel, merged: Merged, *, is_register: bool) -> DayRows:
    """The days of a panel that a merge touched.

    Args:
        panel: Which slots these are; its blocks cover its days.
        merged: What they hold now.
        is_register: The series are registers, whose values do not add up.
    """
    state = merged.after
    cut = _Segments(panel.shape, panel.day_slots)
    received = is_held(state.quality)
    if merged.touched is None:
        is_touched = cut.reduce(np.add, received) > 0
    else:
        mark = np.zeros(received.size, dtype=np.uint8)
        mark[merged.touched] = 1
        is_touched = cut.reduce(np.add, mark) > 0
    sums = _sums(state, cut, is_register=is_register)
    series, at = np.nonzero(is_touched)
    return DayRows(
        series=series,
        day=cut.days[at],
        total=sums.total[series, at],
        low=sums.low[series, at],
        high=sums.high[series, at],
        n_valid=sums.n_valid[series, at],
        n_expected=cut.lengths[at],
        n_estimated=sums.n_estimated[series, at],
        n_suspect=sums.n_suspect[series, at],
        is_empty=cut.reduce(np.add, received)[series, at] == 0,
    )


@dataclass(frozen=True, slots=True)
class _Sums:
    total: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    n_valid: NDArray[np.int64]
    n_estimated: NDArray[np.int64]
    n_suspect: NDArray[np.int64]


def _sums(state: State, cut: _Segments, *, is_register: bool) -> _Sums:
    valid = q.has_value(state.quality)
    none = np.zeros((len(valid), len(cut.days)), dtype=np.int64)
    if valid.all():
        low, high = state.micro, state.micro
        n_valid = none + cut.lengths
    else:
        low, high = np.where(valid, state.micro, _HIGH), np.where(valid, state.micro, _LOW)
        n_valid = cut.reduce(np.add, valid)
    # Slots without a value hold 0, so that the sum needs no mask.
    total = none if is_register else cut.reduce(np.add, state.micro)
    seen = n_valid > 0
    flagged = state.quality.any()
    return _Sums(
        total,
        np.where(seen, cut.reduce(np.minimum, low), 0),
        np.where(seen, cut.reduce(np.maximum, high), 0),
        n_valid,
        cut.reduce(np.add, q.is_estimated(state.quality)) if flagged else none,
        cut.reduce(np.add, q.is_suspect(state.quality)) if flagged else none,
    )
