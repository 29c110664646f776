"""A period against an earlier one: like days with like days; no change that the data cannot carry."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.calendar import Period, previous
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.zones import day_start, local_date_of

#: Below this share of valid slots a day is not compared, and of common days a change is not printed.
LEAST_COVERAGE: Final = 0.95
#: 52 weeks: the same weekday of the year before.
_YEAR: Final = timedelta(days=364)
#: Moving holidays (Easter) lie up to five weeks apart from one year to the next.
_HOLIDAY_REACH: Final = timedelta(days=38)
_MOST_DAYS: Final = 4_000

Dates = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures:
    """A series by local day, as rollups hold it.

    Args:
        dates: Ascending, datetime64[D], shape (n,).
        sums: Sum of each day, NaN where nothing is valid, shape (n,).
        coverage: Valid of expected slots, NaN where none was expected, shape (n,).
    """

    dates: Dates
    sums: NDArray[np.float64]
    coverage: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPairs:
    """Days of a period, and the day each is compared with; shape (n,) both."""

    current: Dates
    reference: Dates


class Unprinted(StrEnum):
    """Why a change is explained instead of printed."""

    NOTHING_ELAPSED = "nothing_elapsed"  # no day of the period is complete yet
    TOO_FEW_COMMON_DAYS = "too_few_common_days"  # below 95 % of the elapsed days are held on both sides
    REFERENCE_IS_ZERO = "reference_is_zero"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What was used against what was used before, over the days that both hold.

    Args:
        current: Sum over common days. [unit of the series]
        reference: Sum over the days they are compared with. [unit of the series]
        change: current / reference - 1; None where it may not be printed.
        elapsed_days: Days of the period up to the newest complete one.
        common_days: Those that both sides hold.
        reason: Why there is no change; None where there is.
    """

    current: float
    reference: float
    change: float | None
    elapsed_days: int
    common_days: int
    reason: Unprinted | None

    @property
    def coverage(self) -> float:
        """Common of elapsed days, 0 to 1."""
        return self.common_days / self.elapsed_days if self.elapsed_days else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOf:
    """What relative periods hang on.

    Args:
        at_ms: The instant: now, or the end of the newest complete day where that is earlier. [ms]
        on: The local day it closes.
    """

    at_ms: int
    on: date


def as_of(zone: str, now_ms: int, days: DayFigures) -> AsOf | None:
    """The earlier of now and the end of the newest complete local day; None where no day is complete."""
    complete = np.flatnonzero(days.coverage >= LEAST_COVERAGE)
    if not len(complete):
        return None
    newest = date.fromisoformat(str(days.dates[complete[-1]]))
    at_ms = min(now_ms, day_start(zone, newest + timedelta(days=1)))
    on = local_date_of(zone, np.array([at_ms - 1], dtype=np.int64))[0]
    return AsOf(at_ms=at_ms, on=date.fromisoformat(str(on)))


def pair_previous(period: Period) -> DayPairs:
    """Each day with the day at the same place of the period before, as far as both reach.

    A February is compared with the first 28 days of January: a longer month is no higher use.
    """
    before = previous(period)
    days = min(period.days, before.days)
    return DayPairs(current=_days(period.first, days), reference=_days(before.first, days))


def pair_last_year(period: Period, holidays: Collection[date]) -> DayPairs:
    """Each day with a like day of the year before: 364 days earlier, the same weekday.

    A public holiday is compared with the nearest holiday to the same date a year before; a day whose
    counterpart was a holiday moves on by weeks to the nearest that was not. A day can serve twice.

    Args:
        period: The period.
        holidays: Public holidays of both years.
    """
    off = frozenset(holidays)
    current = _days(period.first, period.days)
    reference = [_like_day(day, off) for day in current.tolist()]
    return DayPairs(current=current, reference=np.array(reference, dtype="datetime64[D]"))


def compare(current: DayFigures, reference: DayFigures, pairs: DayPairs, *, complete_to: date) -> Comparison:
    """Compare the days of a period that have passed and that both sides hold.

    Args:
        current: Days of the period; for another site's comparison, of this site.
        reference: Days compared with; the same series, or another site's.
        pairs: Which day with which.
        complete_to: The newest complete local day, see `as_of`; later days are not compared.
    """
    elapsed = pairs.current <= np.datetime64(complete_to)
    now, now_held = _looked_up(current, pairs.current[elapsed])
    then, then_held = _looked_up(reference, pairs.reference[elapsed])
    common = now_held & then_held
    days, held = int(elapsed.sum()), int(common.sum())
    sums = float(now[common].sum()), float(then[common].sum())
    reason: Unprinted | None = None
    if not days:
        reason = Unprinted.NOTHING_ELAPSED
    elif held < LEAST_COVERAGE * days:
        reason = Unprinted.TOO_FEW_COMMON_DAYS
    elif sums[1] == 0:
        reason = Unprinted.REFERENCE_IS_ZERO
    return Comparison(
        current=sums[0],
        reference=sums[1],
        change=sums[0] / sums[1] - 1 if reason is None else None,
        elapsed_days=days,
        common_days=held,
        reason=reason,
    )


def _days(first: date, count: int) -> Dates:
    if count > _MOST_DAYS:
        raise InvalidError("period_too_long", days=count, limit=_MOST_DAYS)
    return np.datetime64(first, "D") + np.arange(count)


def _like_day(day: date, off: frozenset[date]) -> date:
    usual = day - _YEAR
    if day in off:
        anniversary = day - timedelta(days=365)
        near = [h for h in off if abs(h - anniversary) <= _HOLIDAY_REACH and h < day]
        return min(near, key=lambda h: (abs(h - anniversary), h), default=usual)
    weeks = (usual + timedelta(weeks=n) for n in (0, -1, 1, -2, 2, -3, 3))
    return next((like for like in weeks if like not in off), usual)


def _looked_up(figures: DayFigures, dates: Dates) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    if not len(figures.dates):
        return np.zeros(len(dates)), np.zeros(len(dates), dtype=bool)
    at = np.minimum(np.searchsorted(figures.dates, dates), len(figures.dates) - 1)
    found = (figures.dates[at] == dates) & (figures.coverage[at] >= LEAST_COVERAGE)
    held = found & np.isfinite(figures.sums[at])
    return np.where(held, figures.sums[at], 0.0), held
