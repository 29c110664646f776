"""Time as the simulation computes it: whole market days (UTC+10, all year) cut into equal slots.

Market days are the days of NEM12 files and never change length; local time, with daylight saving,
is only what people and plant follow.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.zones import at_of, ms_of, offset_ms, zone_rules

ZONE: Final = "Australia/Melbourne"
DAY_MS: Final = 86_400_000
HOUR_MS: Final = 3_600_000
MARKET_OFFSET_MS: Final = 10 * HOUR_MS
_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Market days cut into slots; every array has shape (n_days, slots).

    Args:
        first_day: Market days from 1970-01-01 to the first one.
        n_days: How many days.
        step_s: Length of a slot; divides the day. [s]
        start_ms: Start of each slot, ms since the epoch UTC.
        local_ms: The same as a local clock shows it, as if it were UTC. [ms]
        local_day: Local date of each slot, days since 1970-01-01.
        local_hour: Local clock, 0 to 24. [h]
    """

    first_day: int
    n_days: int
    step_s: int
    start_ms: NDArray[np.int64]
    local_ms: NDArray[np.int64]
    local_day: NDArray[np.int64]
    local_hour: NDArray[np.float64]

    @property
    def step_h(self) -> float:
        """Length of a slot, in h."""
        return self.step_s / 3600.0

    @property
    def middle_ms(self) -> NDArray[np.int64]:
        """Middle of each slot, ms since the epoch UTC."""
        return self.start_ms + self.step_s * 500

    @property
    def slot(self) -> NDArray[np.int64]:
        """Number of each slot since the epoch: the counter of per-slot random numbers."""
        return self.start_ms // (self.step_s * 1000)


def frame(first_day: int, n_days: int, step_s: int) -> Frame:
    """The slots of some market days."""
    slots = 86_400 // step_s
    days = np.arange(first_day, first_day + n_days, dtype=np.int64) * DAY_MS - MARKET_OFFSET_MS
    start = days[:, None] + np.arange(slots, dtype=np.int64)[None, :] * (step_s * 1000)
    local = start + offset_ms(ZONE, start.ravel()).reshape(start.shape)
    local_day = local // DAY_MS
    return Frame(
        first_day=first_day,
        n_days=n_days,
        step_s=step_s,
        start_ms=start,
        local_ms=local,
        local_day=local_day,
        local_hour=(local - local_day * DAY_MS) / HOUR_MS,
    )


def market_day(at_ms: int) -> int:
    """The market day an instant falls on, days since 1970-01-01."""
    return (at_ms + MARKET_OFFSET_MS) // DAY_MS


def market_day_start_ms(day: int) -> int:
    """Start of a market day, ms since the epoch UTC."""
    return day * DAY_MS - MARKET_OFFSET_MS


def local_instant_ms(on: date, hour: float = 0.0) -> int:
    """The instant of a local clock time, ms since the epoch UTC."""
    midnight = datetime(on.year, on.month, on.day, tzinfo=zone_rules(ZONE))
    return ms_of(midnight + timedelta(seconds=round(hour * 3600)))


def local_date(at_ms: int) -> date:
    """The local date of an instant."""
    return at_of(at_ms).astimezone(zone_rules(ZONE)).date()


def day_number(on: date) -> int:
    """Days since 1970-01-01."""
    return on.toordinal() - _EPOCH_ORDINAL


def date_of(day: int) -> date:
    """The date of a number of days since 1970-01-01."""
    return date.fromordinal(day + _EPOCH_ORDINAL)
