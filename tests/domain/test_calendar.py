"""Days of a kind, and periods that meet without holes."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegrid_energy.domain.calendar import (
    DayType,
    Period,
    PeriodKind,
    day_types,
    following,
    period_of,
    previous,
)
from aegrid_energy.domain.errors import InvalidError


def test_holidays_take_sundays() -> None:
    # Friday 23 January to Monday 26 January 2026 (Australia Day)
    dates = np.arange("2026-01-23", "2026-01-28", dtype="datetime64[D]")
    assert day_types(dates, {date(2026, 1, 26)}).tolist() == [
        DayType.WORKDAY,
        DayType.SATURDAY,
        DayType.SUNDAY,
        DayType.SUNDAY,
        DayType.WORKDAY,
    ]
    assert day_types(dates, set())[3] == DayType.WORKDAY


@pytest.mark.parametrize(
    ("kind", "on", "first", "end"),
    [
        (PeriodKind.TODAY, date(2026, 2, 28), date(2026, 2, 28), date(2026, 3, 1)),
        (PeriodKind.DAYS_7, date(2026, 3, 2), date(2026, 2, 24), date(2026, 3, 3)),
        (PeriodKind.MONTH, date(2024, 2, 29), date(2024, 2, 1), date(2024, 3, 1)),
        (PeriodKind.QUARTER, date(2026, 12, 31), date(2026, 10, 1), date(2027, 1, 1)),
        (PeriodKind.FINANCIAL_YEAR, date(2026, 6, 30), date(2025, 7, 1), date(2026, 7, 1)),
        (PeriodKind.FINANCIAL_YEAR, date(2026, 7, 1), date(2026, 7, 1), date(2027, 7, 1)),
    ],
)
def test_periods_by_hand(kind: PeriodKind, on: date, first: date, end: date) -> None:
    assert period_of(kind, on) == Period(kind=kind, first=first, end=end)


def test_quarters_follow_the_financial_year() -> None:
    assert period_of(PeriodKind.QUARTER, date(2026, 1, 15), year_starts_in=2).first == date(2025, 11, 1)
    assert period_of(PeriodKind.FINANCIAL_YEAR, date(2026, 1, 15), year_starts_in=1).first == date(2026, 1, 1)


@given(
    st.sampled_from([k for k in PeriodKind if k is not PeriodKind.CUSTOM]),
    st.dates(date(1971, 1, 1), date(2150, 1, 1)),
    st.integers(1, 12),
)
def test_previous_and_following_meet_without_a_hole(kind: PeriodKind, on: date, month: int) -> None:
    period = period_of(kind, on, year_starts_in=month)
    assert period.first <= on < period.end
    assert previous(period).end == period.first
    assert following(period).first == period.end
    assert following(previous(period)) == period


def test_periods_without_sense_are_refused() -> None:
    with pytest.raises(InvalidError, match="ends_before_start"):
        Period(kind=PeriodKind.CUSTOM, first=date(2026, 1, 1), end=date(2026, 1, 1))
    with pytest.raises(InvalidError, match="custom_period_needs_dates"):
        period_of(PeriodKind.CUSTOM, date(2026, 1, 1))
    with pytest.raises(InvalidError, match="month_out_of_range"):
        period_of(PeriodKind.MONTH, date(2026, 1, 1), year_starts_in=13)
    with pytest.raises(InvalidError, match="date_out_of_range"):
        period_of(PeriodKind.TODAY, date.max)
    with pytest.raises(InvalidError, match="date_out_of_range"):
        previous(period_of(PeriodKind.FINANCIAL_YEAR, date(1, 8, 1)))
