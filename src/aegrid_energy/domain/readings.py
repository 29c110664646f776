"""Exact readings as they are sent, checked and stored; and regular series as engines read them.

A quantity travels as a whole number of millionths of its canonical unit ("micro"), so that
what a meter file says and what the database answers are the same decimal, never a nearby float.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain import quality as q

#: Millionths of the canonical unit in one unit.
MICRO: Final = 1_000_000
#: Largest magnitude taken in, in micro: leaves room to add a million of them in int64.
MICRO_LIMIT: Final = 9_000_000_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Readings of one series, sorted by start, no start twice.

    Args:
        start_ms: Start of each interval (or instant), ms since the epoch UTC, int64, shape (n,).
        micro: Value in millionths of the canonical unit, int64, shape (n,); 0 where null.
        quality: Quality byte, uint8, shape (n,); see `domain.quality`.
        step_s: Length of every interval; None where readings are irregular. [s]
        duration_ms: Length of each irregular interval, int64, shape (n,); None where regular
            or instantaneous. [ms]
    """

    start_ms: NDArray[np.int64]
    micro: NDArray[np.int64]
    quality: NDArray[np.uint8]
    step_s: int | None
    duration_ms: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.start_ms)

    @property
    def valid(self) -> NDArray[np.bool_]:
        """Where there is a number, shape (n,)."""
        return q.has_value(self.quality)

    @property
    def total(self) -> Decimal:
        """The exact sum of the valid values, in the canonical unit."""
        return as_decimal(int(self.micro[self.valid].sum(dtype=np.int64)))

    @property
    def floats(self) -> NDArray[np.float64]:
        """Values in the canonical unit, NaN where null, shape (n,)."""
        return np.where(self.valid, self.micro / MICRO, np.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSeries:
    """A regular series as engines read it; value i covers `[start + i*step, start + (i+1)*step)`, UTC.

    Args:
        start_ms: Start of the first interval, ms since the epoch UTC.
        step_s: Length of each interval. [s]
        unit: Canonical unit of the values.
        values: float64, shape (n,); NaN = unknown.
        quality: Quality byte, uint8, shape (n,).
    """

    start_ms: int
    step_s: int
    unit: str
    values: NDArray[np.float64]
    quality: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.values)

    @property
    def starts_ms(self) -> NDArray[np.int64]:
        """Start of each interval, ms since the epoch UTC, shape (n,)."""
        return self.start_ms + np.arange(len(self), dtype=np.int64) * (self.step_s * 1000)


def as_decimal(micro: int) -> Decimal:
    """Micro as an exact decimal without trailing zeros.

    >>> str(as_decimal(1_250_000)), str(as_decimal(-3_000_000))
    ('1.25', '-3')
    """
    value = Decimal(micro).scaleb(-6).normalize()
    return value.quantize(Decimal(1)) if value.as_tuple().exponent > 0 else value  # pyright: ignore[reportOperatorIssue]


def micro_from_float32(values: NDArray[np.floating]) -> NDArray[np.int64]:
    """Micro of floats from a binary file: the fewest decimals, at most six, that give back the float32.

    A float32 0.1 holds 0.100000001490116; its writer meant 0.1. Non-finite values become 0; the caller
    marks them null.

    Args:
        values: shape (n,).

    Returns:
        int64, shape (n,).
    """
    wide = np.where(np.isfinite(values), values, 0.0).astype(np.float64)
    narrow = wide.astype(np.float32)
    micro = np.rint(wide * MICRO)
    open_ = np.ones(len(wide), dtype=bool)
    for places in range(7):
        rounded = np.round(wide[open_], places)
        same = rounded.astype(np.float32) == narrow[open_]
        index = np.flatnonzero(open_)[same]
        micro[index] = np.rint(rounded[same] * MICRO)
        open_[index] = False
        if not open_.any():
            break
    return micro.astype(np.int64)
