"""Like days with like days."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegrid_energy.analytics.compare import (
    DayFigures,
    Unprinted,
    as_of,
    compare,
    pair_last_year,
    pair_previous,
)
from aegrid_energy.domain.calendar import Period, PeriodKind, period_of
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.zones import day_start

JULY = period_of(PeriodKind.MONTH, date(2026, 7, 1))
SYDNEY = "Australia/Sydney"


def figures(first: date, sums: list[float], coverage: list[float] | None = None) -> DayFigures:
    return DayFigures(
        dates=np.datetime64(first, "D") + np.arange(len(sums)),
        sums=np.array(sums, dtype=np.float64),
        coverage=np.array([1.0] * len(sums) if coverage is None else coverage),
    )


def test_a_finished_month_against_the_one_before() -> None:
    pairs = pair_previous(JULY)
    assert len(pairs.current) == 30  # June has 30 days; the 31st of July has no like
    got = compare(
        figures(date(2026, 7, 1), [11.0] * 31),
        figures(date(2026, 6, 1), [10.0] * 30),
        pairs,
        complete_to=date(2026, 9, 1),
    )
    assert (got.current, got.reference, got.elapsed_days, got.common_days) == (330, 300, 30, 30)
    assert got.change == pytest.approx(0.1)
    assert got.reason is None


def test_a_running_period_compares_elapsed_days_only() -> None:
    got = compare(
        figures(date(2026, 7, 1), [12, 12, 3]),
        figures(date(2026, 6, 1), [10.0] * 30),
        pair_previous(JULY),
        complete_to=date(2026, 7, 2),
    )
    assert (got.current, got.reference, got.elapsed_days) == (24, 20, 2)
    assert got.change == pytest.approx(0.2)


def test_days_one_side_lacks_are_not_compared() -> None:
    coverage = [1.0] * 31
    coverage[3] = 0.5
    now = figures(date(2026, 7, 1), [10.0] * 31, coverage)
    got = compare(
        now, figures(date(2026, 6, 1), [10.0] * 30), pair_previous(JULY), complete_to=date(2026, 8, 1)
    )
    assert (got.common_days, got.current, got.reference, got.change) == (29, 290, 290, 0)
    assert got.coverage == pytest.approx(29 / 30)


def test_below_95_percent_a_change_is_explained_not_printed() -> None:
    coverage = [1.0] * 28 + [0.94, 0.0, 1.0]
    now = figures(date(2026, 7, 1), [10.0] * 31, coverage)
    got = compare(
        now, figures(date(2026, 6, 1), [10.0] * 30), pair_previous(JULY), complete_to=date(2026, 8, 1)
    )
    assert (got.change, got.reason, got.common_days) == (None, Unprinted.TOO_FEW_COMMON_DAYS, 28)


def test_nothing_elapsed_and_nothing_to_compare_with_are_explained() -> None:
    none = figures(date(2026, 7, 1), [])
    early = compare(none, none, pair_previous(JULY), complete_to=date(2026, 6, 30))
    assert (early.change, early.reason) == (None, Unprinted.NOTHING_ELAPSED)
    zero = compare(
        figures(date(2026, 7, 1), [1.0] * 31),
        figures(date(2026, 6, 1), [0.0] * 30),
        pair_previous(JULY),
        complete_to=date(2026, 8, 1),
    )
    assert (zero.change, zero.reason) == (None, Unprinted.REFERENCE_IS_ZERO)
    unheld = compare(
        figures(date(2026, 7, 1), [1.0] * 31), none, pair_previous(JULY), complete_to=date(2026, 8, 1)
    )
    assert unheld.reason is Unprinted.TOO_FEW_COMMON_DAYS


def like(on: date, holidays: set[date]) -> date:
    day = Period(kind=PeriodKind.CUSTOM, first=on, end=on + timedelta(days=1))
    return date.fromisoformat(str(pair_last_year(day, holidays).reference[0]))


# Victoria, 2025 and 2026
HOLIDAYS = {
    date(2025, 1, 1),
    date(2025, 1, 27),
    date(2025, 3, 10),
    date(2025, 4, 18),
    date(2025, 4, 21),
    date(2025, 4, 25),
    date(2025, 6, 9),
    date(2025, 12, 25),
    date(2026, 1, 1),
    date(2026, 1, 26),
    date(2026, 4, 3),
    date(2026, 4, 6),
    date(2026, 6, 8),
    date(2026, 12, 25),
}


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        pytest.param(date(2026, 7, 15), date(2025, 7, 16), id="wednesday with wednesday"),
        pytest.param(date(2026, 1, 26), date(2025, 1, 27), id="australia day"),
        pytest.param(date(2026, 12, 25), date(2025, 12, 25), id="christmas"),
        pytest.param(date(2026, 4, 3), date(2025, 4, 18), id="good friday moves"),
        pytest.param(date(2026, 6, 8), date(2025, 6, 9), id="king's birthday"),
        pytest.param(date(2026, 4, 17), date(2025, 4, 11), id="counterpart was good friday"),
        pytest.param(date(2026, 3, 9), date(2025, 3, 3), id="counterpart was a holiday"),
        pytest.param(date(2026, 4, 24), date(2025, 5, 2), id="two holidays in a row are passed over"),
    ],
)
def test_last_year_is_aligned_by_weekday_and_holiday(on: date, expected: date) -> None:
    assert like(on, HOLIDAYS) == expected


def test_without_holidays_last_year_is_52_weeks_earlier() -> None:
    pairs = pair_last_year(JULY, set())
    assert set((pairs.current - pairs.reference).astype(int)) == {364}


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sets(st.integers(0, 900), max_size=30))
def test_no_workday_is_compared_with_a_holiday_while_there_is_another(on: date, offsets: set[int]) -> None:
    off = {on - timedelta(days=n) for n in offsets if n}
    reference = like(on, off)
    assert reference < on
    assert reference.weekday() == on.weekday()
    usual = [on - timedelta(days=364 + 7 * n) for n in range(-3, 4)]
    assert reference not in off or all(day in off for day in usual)


def test_as_of_is_the_end_of_the_newest_complete_day() -> None:
    days = figures(date(2022, 12, 29), [1, 1, 1, 1], [1, 1, 0.96, 0.4])
    got = as_of(SYDNEY, day_start(SYDNEY, date(2026, 1, 1)), days)
    assert got is not None
    assert (got.on, got.at_ms) == (date(2022, 12, 31), day_start(SYDNEY, date(2023, 1, 1)))


def test_as_of_is_never_in_the_future() -> None:
    noon = day_start(SYDNEY, date(2026, 1, 1)) + 12 * 3_600_000
    got = as_of(SYDNEY, noon, figures(date(2026, 1, 1), [1, 1]))
    assert got is not None
    assert (got.on, got.at_ms) == (date(2026, 1, 1), noon)


def test_without_a_complete_day_there_is_no_as_of() -> None:
    assert as_of(SYDNEY, 10**12, figures(date(2026, 1, 1), [1, 1], [0.5, float("nan")])) is None
    assert as_of(SYDNEY, 10**12, figures(date(2026, 1, 1), [])) is None


def test_absurd_periods_are_refused() -> None:
    forever = Period(kind=PeriodKind.CUSTOM, first=date(1980, 1, 1), end=date(2150, 1, 1))
    with pytest.raises(InvalidError, match="period_too_long"):
        pair_last_year(forever, set())
