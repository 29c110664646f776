"""Kinds of days, and the periods people ask for, in local dates."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum, StrEnum

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.errors import InvalidError


class DayType(IntEnum):
    """Days on which a building is used alike; public holidays take Sundays."""

    WORKDAY = 0
    SATURDAY = 1
    SUNDAY = 2


def day_types(dates: NDArray[np.datetime64], holidays: Collection[date]) -> NDArray[np.int8]:
    """The `DayType` of each local day.

    Args:
        dates: datetime64[D], shape (n,).
        holidays: Public holidays of the site.

    Returns:
        int8, shape (n,).
    """
    # The epoch, 1 January 1970, was a Thursday; 0 is Monday.
    weekday = (dates.astype(np.int64) + 3) % 7
    types = np.where(weekday == 6, DayType.SUNDAY, np.where(weekday == 5, DayType.SATURDAY, DayType.WORKDAY))
    off = np.isin(dates, np.array(sorted(holidays), dtype="datetime64[D]"))
    return np.where(off, DayType.SUNDAY, types).astype(np.int8)


class PeriodKind(StrEnum):
    """The periods of the period menu."""

    TODAY = "today"
    DAYS_7 = "7d"
    MONTH = "month"
    QUARTER = "quarter"
    FINANCIAL_YEAR = "financial_year"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Local days `[first, end)`.

    Args:
        kind: How it was asked for; it decides what "previous" means.
        first: First local day.
        end: The day after the last.
    """

    kind: PeriodKind
    first: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.first:
            raise InvalidError("ends_before_start", start=str(self.first), end=str(self.end))

    @property
    def days(self) -> int:
        """Number of local days."""
        return (self.end - self.first).days


def period_of(kind: PeriodKind, on: date, *, year_starts_in: int = 7) -> Period:
    """The period of a kind that a local day falls into; seven days end with it.

    Args:
        kind: Any but CUSTOM.
        on: The day.
        year_starts_in: First month of the financial year; July in Australia.

    Raises:
        InvalidError: `custom_period_needs_dates`, `month_out_of_range`, `date_out_of_range`.

    >>> p = period_of(PeriodKind.FINANCIAL_YEAR, date(2026, 3, 1))
    >>> str(p.first), str(p.end)
    ('2025-07-01', '2026-07-01')
    """
    if not 1 <= year_starts_in <= 12:
        raise InvalidError("month_out_of_range", month=year_starts_in)
    match kind:
        case PeriodKind.TODAY:
            return Period(kind=kind, first=on, end=_shifted(on, 1))
        case PeriodKind.DAYS_7:
            return Period(kind=kind, first=_shifted(on, -6), end=_shifted(on, 1))
        case PeriodKind.MONTH:
            return _months(kind, on, 1, since=on.month)
        case PeriodKind.QUARTER:
            return _months(kind, on, 3, since=year_starts_in)
        case PeriodKind.FINANCIAL_YEAR:
            return _months(kind, on, 12, since=year_starts_in)
        case PeriodKind.CUSTOM:
            raise InvalidError("custom_period_needs_dates")


def previous(period: Period) -> Period:
    """The period before: the calendar month before a month, else as many days as it has."""
    months = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.FINANCIAL_YEAR: 12}.get(period.kind)
    first = _shifted(period.first, -period.days) if months is None else _month_shifted(period.first, -months)
    return Period(kind=period.kind, first=first, end=period.first)


def following(period: Period) -> Period:
    """The period after; the other direction of `previous`."""
    months = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.FINANCIAL_YEAR: 12}.get(period.kind)
    end = _shifted(period.end, period.days) if months is None else _month_shifted(period.end, months)
    return Period(kind=period.kind, first=period.end, end=end)


def _months(kind: PeriodKind, on: date, length: int, *, since: int) -> Period:
    back = (on.month - since) % 12 % length
    first = _month_shifted(on.replace(day=1), -back)
    return Period(kind=kind, first=first, end=_month_shifted(first, length))


def _month_shifted(first: date, months: int) -> date:
    month = first.year * 12 + first.month - 1 + months
    if not 12 <= month < 9999 * 12:
        raise InvalidError("date_out_of_range", date=str(first))
    return date(month // 12, month % 12 + 1, 1)


def _shifted(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise InvalidError("date_out_of_range", date=str(day)) from None
