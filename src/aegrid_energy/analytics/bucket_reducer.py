"""Sums, counts and extremes of many buckets in one pass each."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reducer:
    """Sums and extremes between positions; `reduceat` alone repeats a value where a bucket is empty.

    Args:
        position: Where each bucket starts in the values, and where the last one ends, shape (buckets + 1,).
    """

    position: NDArray[np.intp]

    def add(self, values: Floats | NDArray[np.int64]) -> Floats:
        """Sums; 0 where a bucket is empty."""
        return self._spread(np.add.reduceat(self._within(values), self._filled), 0.0)

    def add_where(self, mask: NDArray[np.bool_], values: Floats | NDArray[np.int64]) -> Floats:
        """Sums of the values that the mask marks."""
        return self.add(np.where(mask, values, 0)) if mask.any() else np.zeros(len(self.position) - 1)

    def add_exact(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """Whole sums; 0 where a bucket is empty."""
        out = np.zeros(len(self.position) - 1, dtype=np.int64)
        out[self._is_filled] = np.add.reduceat(self._within(values), self._filled)
        return out

    def count(self, mask: NDArray[np.bool_]) -> Floats:
        """How many the mask marks."""
        if not mask.any():
            return np.zeros(len(self.position) - 1)
        return self._spread(np.add.reduceat(self._within(mask), self._filled, dtype=np.int64), 0.0)

    def extremes(self, values: NDArray[np.generic], valid: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Smallest and largest of the valid values; NaN where there is none."""
        above: float | int = np.inf
        if values.dtype == np.int64:
            above = np.iinfo(np.int64).max
        every = bool(valid.all())
        low = values if every else np.where(valid, values, above)
        high = values if every else np.where(valid, values, -above)
        least = self._spread(np.minimum.reduceat(self._within(low), self._filled), np.nan)
        most = self._spread(np.maximum.reduceat(self._within(high), self._filled), np.nan)
        none = np.isnan(least) | (least > most)
        return np.where(none, np.nan, least), np.where(none, np.nan, most)

    @property
    def _is_filled(self) -> NDArray[np.bool_]:
        return self.position[1:] > self.position[:-1]

    @property
    def _filled(self) -> NDArray[np.intp]:
        return self.position[:-1][self._is_filled]

    def _within(self, values: NDArray[np.generic]) -> NDArray[np.generic]:
        return values[: self.position[-1]]

    def _spread(self, found: NDArray[np.generic], blank: float) -> Floats:
        out = np.full(len(self.position) - 1, blank)
        out[self._is_filled] = found
        return out
