"""Where a reading lies: spans, blocks and slots of a step. Pure arithmetic, no database."""

from dataclasses import dataclass
from functools import lru_cache
from math import lcm
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.errors import InvalidError

HOUR_S: Final = 3600
#: Four rows of 960 two-byte slots, their key and statistics fill a page of 8 KiB (2.19 bytes a reading).
AIM_SLOTS: Final = 960
#: Irregular readings: a day a block bounds what one late reading rewrites.
IRREGULAR_SPAN_H: Final = 24
#: Readings of one irregular block; the count is an int2.
IRREGULAR_LIMIT: Final = 32_767
#: First and last hour of block starts that a database takes: 1970 to 2199.
END_HOUR: Final = 2_016_144


@dataclass(frozen=True, slots=True)
class Grid:
    """The slots of one step and phase: slot k covers `[phase + k*step, phase + (k+1)*step)` since the epoch.

    Args:
        step_s: Length of a slot. [s]
        phase_s: Offset of the slots from the epoch's grid, `0 <= phase_s < step_s`. [s]
    """

    step_s: int
    phase_s: int = 0

    @property
    def step_ms(self) -> int:
        """Length of a slot in ms."""
        return self.step_s * 1000

    @property
    def span_h(self) -> int:
        """Whole hours a block covers."""
        return span_hours(self.step_s)

    @property
    def slots(self) -> int:
        """Slots of a block."""
        return span_hours(self.step_s) * HOUR_S // self.step_s

    def slot_of(self, start_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """Number of the slot that starts at each instant, counted from the epoch.

        Raises:
            InvalidError: `off_grid` with the first instant that is no start of a slot.
        """
        shifted = start_ms - self.phase_s * 1000
        slot = shifted // self.step_ms
        off = slot * self.step_ms != shifted
        if off.any():
            first = int(start_ms[int(off.argmax())])
            raise InvalidError("off_grid", start_ms=first, step_s=self.step_s, phase_s=self.phase_s)
        return slot

    def start_of(self, slot: NDArray[np.int64]) -> NDArray[np.int64]:
        """Start of each slot in ms since the epoch."""
        return slot * self.step_ms + self.phase_s * 1000

    def floor_slot(self, ms: int) -> int:
        """The slot that holds an instant."""
        return (ms - self.phase_s * 1000) // self.step_ms

    def ceil_slot(self, ms: int) -> int:
        """The first slot that starts at or after an instant."""
        return -((self.phase_s * 1000 - ms) // self.step_ms)


@lru_cache(maxsize=256)
def span_hours(step_s: int | None) -> int:
    """Whole hours a block of a step covers; a pure function of the step.

    >>> [span_hours(s) for s in (1, 10, 60, 300, 900, 1800, 3600, 86400)]
    [1, 2, 16, 80, 240, 480, 960, 23040]
    """
    if step_s is None:
        return IRREGULAR_SPAN_H
    if step_s <= 0 or 86_400 % step_s:
        raise InvalidError("step_not_regular", step_s=step_s)
    # Blocks start on whole hours and hold whole slots.
    unit = lcm(step_s, HOUR_S) // HOUR_S
    return max(unit, AIM_SLOTS * step_s // HOUR_S // unit * unit)


def hour_of(ms: int) -> int:
    """The whole hour since the epoch that holds an instant."""
    return ms // (HOUR_S * 1000)


def check_hours(first: int, last: int) -> None:
    """Refuse blocks outside the years a database takes.

    Raises:
        InvalidError: `time_out_of_range`.
    """
    if first < 0 or last >= END_HOUR:
        raise InvalidError("time_out_of_range", first_hour=first, last_hour=last, years="1970-2199")
