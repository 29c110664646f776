"""How full a place is by clock and kind of day."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.simulation import noise
from aegrid_energy.simulation.frame import Frame
from aegrid_energy.simulation.scene import Calendar

_MINUTE_TABLE: Final = np.arange(0.0, 24.0, 1.0 / 60.0)

#: Corners of a curve over the day: (hour, share), straight between them.
Corners = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A share (0 to 1) over the day, for each kind of day in the order of `DayKind`."""

    working: Corners
    saturday: Corners = ((0.0, 0.0),)
    sunday: Corners = ((0.0, 0.0),)
    holiday: Corners = ((0.0, 0.0),)
    closure: Corners = ((0.0, 0.0),)

    def at(self, times: Frame, calendar: Calendar, kinds: NDArray[np.int64]) -> NDArray[np.float64]:
        """The share at each slot, shape (n_days, slots).

        Args:
            times: The slots.
            calendar: Dates of the slots.
            kinds: Kind of each date of the calendar.
        """
        tables = np.stack(
            [
                np.interp(_MINUTE_TABLE, [h for h, _ in corners], [share for _, share in corners])
                for corners in (self.working, self.saturday, self.sunday, self.holiday, self.closure)
            ]
        )
        minute = (times.local_hour * 60.0).astype(np.int64)
        return tables[calendar.at(kinds, times), minute]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """When plant runs by its time clock: (on, off) for each kind of day; on = off is a day without."""

    working: tuple[float, float]
    saturday: tuple[float, float] = (0.0, 0.0)
    sunday: tuple[float, float] = (0.0, 0.0)
    holiday: tuple[float, float] = (0.0, 0.0)
    closure: tuple[float, float] = (0.0, 0.0)

    def at(self, times: Frame, calendar: Calendar, kinds: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether plant is on at each slot, shape (n_days, slots)."""
        table = np.array([self.working, self.saturday, self.sunday, self.holiday, self.closure])
        kind = calendar.at(kinds, times)
        return (times.local_hour >= table[kind, 0]) & (times.local_hour < table[kind, 1])


def attendance(seed: int, name: str, times: Frame, spread: float) -> NDArray[np.float64]:
    """How much fuller or emptier than usual each local day is, shape (n_days, slots); mean 1."""
    return 1.0 + spread * noise.gauss(noise.key_of(seed, name, "attendance"), times.local_day)
