"""The days of Victoria: public holidays, school terms, university weeks, closures.

Source of the holidays: Public Holidays Act 1993 (Vic) and its yearly proclamations.
"""

from datetime import date, timedelta
from enum import IntEnum
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.simulation.frame import date_of

_MONDAY, _TUESDAY, _FRIDAY, _SATURDAY, _SUNDAY = 0, 1, 4, 5, 6

#: The Friday before the AFL Grand Final follows the fixture; other years by `_grand_final_friday`.
_GRAND_FINAL_FRIDAYS: Final = {
    2015: date(2015, 10, 2),
    2016: date(2016, 9, 30),
    2017: date(2017, 9, 29),
    2018: date(2018, 9, 28),
    2019: date(2019, 9, 27),
    2020: date(2020, 10, 23),
    2021: date(2021, 9, 24),
    2022: date(2022, 9, 23),
    2023: date(2023, 9, 29),
    2024: date(2024, 9, 27),
    2025: date(2025, 9, 26),
}


class DayKind(IntEnum):
    """How a building is used on a day."""

    WORKING = 0
    SATURDAY = 1
    SUNDAY = 2
    HOLIDAY = 3
    CLOSURE = 4


def easter_sunday(year: int) -> date:
    """Gregorian Easter (Anonymous algorithm, Meeus 1991, ch. 8).

    >>> easter_sunday(2026)
    datetime.date(2026, 4, 5)
    """
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    j = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 19 * j) // 433
    month = (h + j - 7 * m + 90) // 25
    return date(year, month, (h + j - 7 * m + 33 * month + 19) % 32)


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """The nth (from 1) Monday = 0 ... Sunday = 6 of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def kings_birthday(year: int) -> date:
    """Second Monday of June."""
    return nth_weekday(year, 6, _MONDAY, 2)


def _grand_final_friday(year: int) -> date:
    known = _GRAND_FINAL_FRIDAYS.get(year)
    if known is not None:
        return known
    end = date(year, 9, 30)
    return end - timedelta(days=(end.weekday() - _SATURDAY) % 7 + 1)


@cache
def public_holidays(year: int) -> dict[date, str]:
    """Public holidays of the whole of Victoria in a year, with their names."""
    easter = easter_sunday(year)
    new_year, australia = date(year, 1, 1), date(year, 1, 26)
    christmas, boxing = date(year, 12, 25), date(year, 12, 26)
    days = {
        new_year: "New Year's Day",
        nth_weekday(year, 3, _MONDAY, 2): "Labour Day",
        easter - timedelta(days=2): "Good Friday",
        easter - timedelta(days=1): "Saturday before Easter Sunday",
        easter: "Easter Sunday",
        easter + timedelta(days=1): "Easter Monday",
        kings_birthday(year): "King's Birthday",
        _grand_final_friday(year): "Friday before the AFL Grand Final",
        nth_weekday(year, 11, _TUESDAY, 1): "Melbourne Cup",
        christmas: "Christmas Day",
        boxing: "Boxing Day",
    }
    if year == 2022:
        days[date(2022, 9, 22)] = "National Day of Mourning"
    # Anzac Day has no substitute in Victoria; Australia Day moves, the others gain a day.
    days.setdefault(date(year, 4, 25), "Anzac Day")
    weekend = {_SATURDAY: 2, _SUNDAY: 1}
    days[australia + timedelta(days=weekend.get(australia.weekday(), 0))] = "Australia Day"
    if new_year.weekday() in weekend:
        days[new_year + timedelta(days=weekend[new_year.weekday()])] = "New Year's Day (additional day)"
    if christmas.weekday() in weekend:
        days[christmas + timedelta(days=2)] = "Christmas Day (additional day)"
    if boxing.weekday() in weekend:
        days[boxing + timedelta(days=2)] = "Boxing Day (additional day)"
    return dict(sorted(days.items()))


def council_closure(on: date) -> bool:
    """The council's offices close between Christmas and New Year."""
    return on.month == 12 and on.day >= 25


def university_closure(on: date) -> bool:
    """The university closes from 24 December to 2 January."""
    return (on.month == 12 and on.day >= 24) or (on.month == 1 and on.day <= 2)


@cache
def school_terms(year: int) -> tuple[tuple[date, date], ...]:
    """First and last days of the four school terms, by rule; gazetted ones differ by a week at most."""
    good_friday = easter_sunday(year) - timedelta(days=2)
    first_end = (
        good_friday - timedelta(days=1)
        if good_friday <= date(year, 4, 8)
        else nth_weekday(year, 4, _FRIDAY, 1)
    )
    second_start = first_end - timedelta(days=first_end.weekday()) + timedelta(weeks=3)
    third_end = nth_weekday(year, 9, _FRIDAY, 3)
    third_start = third_end - timedelta(days=67)
    return (
        (date(year, 1, 28), first_end),
        (second_start, third_start - timedelta(days=17)),
        (third_start, third_end),
        (nth_weekday(year, 10, _MONDAY, 1), nth_weekday(year, 12, _FRIDAY, 3)),
    )


def is_school_term(on: date) -> bool:
    """Whether schools are open on a date (weekends inside a term count)."""
    return any(start <= on <= end for start, end in school_terms(on.year))


def teaching_share(on: date) -> float:
    """How busy a university's teaching rooms are: semester 1, mid-break 0.5, exams 0.55, else 0.35."""
    easter = easter_sunday(on.year)
    first = date(on.year, 3, 1)
    first += timedelta(days=(-first.weekday()) % 7)
    second = nth_weekday(on.year, 7, _MONDAY, 4)
    if easter <= on < easter + timedelta(days=7) or second + timedelta(weeks=9) <= on < second + timedelta(
        weeks=10
    ):
        return 0.5
    for start in (first, second):
        if start <= on < start + timedelta(weeks=13):
            return 1.0
        if start + timedelta(weeks=13) <= on < start + timedelta(weeks=16):
            return 0.55
    return 0.35


def day_kinds(first_day: int, n_days: int, *, university: bool = False) -> NDArray[np.int64]:
    """Kind of each local date, shape (n_days,), from `first_day` (days since 1970-01-01)."""
    closed = university_closure if university else council_closure
    kinds = np.zeros(n_days, dtype=np.int64)
    for index in range(n_days):
        on = date_of(first_day + index)
        if on in public_holidays(on.year):
            kinds[index] = DayKind.HOLIDAY
        elif closed(on):
            kinds[index] = DayKind.CLOSURE
        elif on.weekday() >= _SATURDAY:
            kinds[index] = DayKind.SATURDAY if on.weekday() == _SATURDAY else DayKind.SUNDAY
    return kinds
