"""Many sites by day: sums and changes of each, and the months of all beside the year before."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from aegrid_energy.analytics.compare import DayPairs, Unprinted
from aegrid_energy.analytics.portfolio_use import (
    DayPanel,
    compared,
    cost_of,
    months_of,
    newest_complete,
    sums_of,
)
from aegrid_energy.domain.readings import MICRO

FIRST = date(2026, 3, 1)


def panel(*sites: list[float | None], first: date = FIRST, slots: float = 4) -> DayPanel:
    """Sites with a sum a day; None is a day of which nothing came."""
    values = np.array([[np.nan if v is None else v for v in site] for site in sites], dtype=float)
    known = np.isfinite(values)
    return DayPanel(
        first=first,
        total=np.where(known, values * MICRO, 0).astype(np.int64),
        valid=np.where(known, slots, 0.0),
        expected=np.full(values.shape, slots),
        estimated=np.zeros(values.shape),
    )


def pairs(days: int, shift: int, *, start: int) -> DayPairs:
    current = np.datetime64(FIRST, "D") + start + np.arange(days)
    return DayPairs(current=current, reference=current - shift)


def test_a_site_is_compared_over_the_days_that_both_sides_hold() -> None:
    of = panel([10, 10, 20, 5], [1, 1, 1, 1])
    got = compared(
        of, [(np.array([0, 1]), pairs(2, 2, start=2))], newest_complete(of, today=date(2026, 3, 4))
    )
    assert got.change_of(0) == pytest.approx(25 / 20 - 1)
    assert got.change_of(1) == 0
    assert got.common_days.tolist() == [2, 2]


def test_a_change_that_the_data_cannot_carry_has_a_reason_instead() -> None:
    of = panel([10, None, 20, 5], [0, 0, 3, 4], [1, 1, None, None])
    newest = newest_complete(of, today=date(2026, 3, 4))
    got = compared(of, [(np.arange(3), pairs(2, 2, start=2))], newest)
    assert got.reasons == (
        Unprinted.TOO_FEW_COMMON_DAYS, Unprinted.REFERENCE_IS_ZERO, Unprinted.NOTHING_ELAPSED,
    )  # fmt: skip
    assert [got.change_of(row) for row in range(3)] == [None, None, None]


def test_days_that_have_not_passed_are_not_compared() -> None:
    of = panel([10, 10, 20, None, None])
    got = compared(of, [(np.array([0]), pairs(3, 2, start=2))], newest_complete(of, today=date(2026, 3, 5)))
    assert (got.elapsed_days.tolist(), got.common_days.tolist(), got.change_of(0)) == ([1], [1], 1.0)


def test_days_outside_of_the_panel_are_held_by_nobody() -> None:
    of = panel([10, 10])
    got = compared(of, [(np.array([0]), pairs(2, 30, start=0))], newest_complete(of, today=date(2026, 3, 2)))
    assert got.reasons == (Unprinted.TOO_FEW_COMMON_DAYS,)


def test_a_site_without_a_complete_day_has_no_newest() -> None:
    assert np.isnat(newest_complete(panel([None, None]), today=date(2026, 3, 2)))[0]


def test_coverage_is_of_what_was_expected() -> None:
    got = sums_of(panel([1, None, 1, 1], [None] * 4))
    assert got.coverage.tolist() == [0.75, 0.0]
    assert got.is_known.tolist() == [True, False]


def test_a_running_month_meets_as_many_days_of_the_year_before() -> None:
    days = (date(2026, 4, 1) - date(2025, 3, 1)).days
    of = panel([1.0] * days, first=date(2025, 3, 1))
    full, running = (
        months_of(of, [date(2026, 3, 1), date(2026, 3, 1)], as_of=date(2026, 3, 31))[0],
        months_of(of, [date(2026, 3, 1)], as_of=date(2026, 3, 10))[0],
    )
    assert (full.total, full.last_year, full.is_running) == (31 * MICRO, 31 * MICRO, False)
    assert (running.total, running.last_year, running.is_running) == (10 * MICRO, 10 * MICRO, True)


def test_a_month_that_has_not_begun_says_nothing_and_an_unknown_one_is_no_zero() -> None:
    of = panel([None] * 60, first=date(2026, 3, 1))
    march, later = months_of(of, [date(2026, 3, 1), date(2026, 5, 1)], as_of=date(2026, 4, 20))
    assert (march.total, march.coverage, march.last_year) == (None, 0.0, None)
    assert (later.total, later.coverage, later.last_year) == (None, None, None)


def test_the_last_day_of_a_leap_february_meets_none() -> None:
    first = date(2027, 2, 1)
    of = panel([1.0] * (date(2028, 3, 1) - first).days, first=first)
    (month,) = months_of(of, [date(2028, 2, 1)], as_of=date(2028, 3, 5))
    assert (month.total, month.last_year) == (29 * MICRO, 28 * MICRO)


def test_each_price_holds_from_its_day_until_the_next() -> None:
    total = np.full(10, 2 * MICRO)
    prices = [(None, Decimal("0.10")), (date(2026, 3, 4), Decimal("0.30"))]
    assert cost_of(total, FIRST, prices) == Decimal("0.6") + Decimal("4.2")
    assert cost_of(total, FIRST, [(date(2026, 3, 9), Decimal(1))]) == Decimal(4)
