"""What every model of a site is given: the days, their weather and calendar, and what goes wrong."""

from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.simulation import noise
from aegrid_energy.simulation.climate import Weather, weather
from aegrid_energy.simulation.faults import Fault, FaultKind, mask
from aegrid_energy.simulation.frame import Frame, date_of, frame
from aegrid_energy.simulation.victoria import day_kinds, is_school_term, teaching_share

#: Days before the first one that models with a memory run through, from a fixed state: a day comes out
#: the same however many days are asked for. Buildings forget with a time constant of up to 40 h.
LEAD_DAYS: Final = 7

_T = TypeVar("_T", bound=np.generic)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The local dates of a scene, from `first_day` (days since 1970-01-01), shape (dates,) each.

    Args:
        council: Kind of day for the council's buildings, see `DayKind`.
        university: Kind of day for the university.
        teaching: How busy teaching rooms are, 0 to 1.
        school: 1 in school terms, else 0.
    """

    first_day: int
    council: NDArray[np.int64]
    university: NDArray[np.int64]
    teaching: NDArray[np.float64]
    school: NDArray[np.float64]

    def at(self, values: NDArray[_T], times: Frame) -> NDArray[_T]:
        """A value per date, at each slot of a frame, shape (n_days, slots)."""
        return values[times.local_day - self.first_day]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The days asked for and `LEAD_DAYS` before them.

    Args:
        seed: Seed of the portfolio.
        times: All days with the lead.
        days: The days asked for.
        sky: Weather of `times`.
        calendar: Local dates of `times`.
        faults: What goes wrong in `times`; empty in a clean portfolio.
    """

    seed: int
    times: Frame
    days: Frame
    sky: Weather
    calendar: Calendar
    faults: tuple[Fault, ...]

    def cut(self, values: NDArray[_T]) -> NDArray[_T]:
        """Values without the lead."""
        return values[LEAD_DAYS:]

    def key(self, *names: str) -> int:
        """Key of a stream of random numbers of this portfolio."""
        return noise.key_of(self.seed, *names)

    def faults_of(self, kind: FaultKind, target: str) -> tuple[Fault, ...]:
        """What of one kind goes wrong with one thing."""
        return tuple(fault for fault in self.faults if fault.kind is kind and fault.target == target)

    def struck(self, kind: FaultKind, target: str) -> NDArray[np.bool_]:
        """Where a fault holds, shape of `times`."""
        where = np.zeros(self.times.start_ms.shape, dtype=bool)
        for fault in self.faults_of(kind, target):
            where |= mask(fault, self.times.start_ms)
        return where


def scene(seed: int, first_day: int, n_days: int, step_s: int, faults: tuple[Fault, ...]) -> Scene:
    """Sets the scene for some market days at one step."""
    times = frame(first_day - LEAD_DAYS, n_days + LEAD_DAYS, step_s)
    return Scene(
        seed=seed,
        times=times,
        days=frame(first_day, n_days, step_s),
        sky=weather(times, seed),
        calendar=_calendar(times),
        faults=faults,
    )


def _calendar(times: Frame) -> Calendar:
    # One date before the first: what begins late on a day may end on the next.
    first = int(times.local_day[0, 0]) - 1
    n = int(times.local_day[-1, -1]) - first + 1
    dates = [date_of(first + index) for index in range(n)]
    return Calendar(
        first_day=first,
        council=day_kinds(first, n),
        university=day_kinds(first, n, university=True),
        teaching=np.array([teaching_share(on) for on in dates]),
        school=np.array([float(is_school_term(on)) for on in dates]),
    )
