"""Above normal, and by how much."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from aegrid_energy.analytics.excess import above_normal, difference
from aegrid_energy.analytics.models import Expectation
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.readings import TimeSeries
from aegrid_energy.domain.zones import day_start

T0 = day_start("UTC", date(2026, 7, 1))
MINUTE = 60_000


def actual(values: list[float], step_s: int = 900) -> TimeSeries:
    array = np.array(values, dtype=np.float64)
    return TimeSeries(
        start_ms=T0, step_s=step_s, unit="kWh", values=array, quality=np.zeros(len(array), np.uint8)
    )


def normal(count: int, step_s: int = 900, middle: float = 10, high: float = 12) -> Expectation:
    return Expectation(
        start_ms=T0 + np.arange(count, dtype=np.int64) * step_s * 1000,
        step_s=step_s,
        unit="kWh",
        expected=np.full(count, middle),
        low=np.full(count, 8.0),
        high=np.full(count, high),
        support=np.full(count, 8),
        model="normal_band",
    )


def test_half_an_hour_above_the_band_is_above_normal() -> None:
    (got,) = above_normal(actual([10, 13, 14, 10]), normal(4))
    assert (got.start_ms, got.end_ms, got.excess) == (T0 + 15 * MINUTE, T0 + 45 * MINUTE, 7)


def test_less_than_half_an_hour_is_not() -> None:
    assert above_normal(actual([10, 99, 10, 99, 12, 12]), normal(6)) == ()


def test_an_hourly_slot_is_long_enough() -> None:
    assert len(above_normal(actual([13, 10], 3_600), normal(2, 3_600))) == 1


def test_the_first_and_the_last_slot_count() -> None:
    got = above_normal(actual([13, 13, 10, 13, 13]), normal(5))
    assert [(a.start_ms - T0) // MINUTE for a in got] == [0, 45]


def test_what_is_unknown_is_never_above() -> None:
    nan = float("nan")
    assert above_normal(actual([13, nan, 13, nan]), normal(4)) == ()
    assert above_normal(actual([13, 13]), normal(2, high=nan)) == ()


def test_a_day_against_normal_by_hand() -> None:
    got = difference(actual([12, 10.7, float("nan"), 10]), normal(4))
    assert (got.actual, got.expected, got.slots, got.coverage) == (pytest.approx(32.7), 30, 3, 0.75)
    assert got.change == pytest.approx(0.09)


def test_nothing_expected_gives_no_change() -> None:
    assert difference(actual([1, 2]), normal(2, middle=0)).change is None
    assert difference(actual([1, 2]), normal(2, middle=float("nan"))).change is None


def test_slots_that_differ_are_refused() -> None:
    with pytest.raises(InvalidError, match="slots_differ"):
        above_normal(actual([1, 2]), normal(3))
    with pytest.raises(InvalidError, match="slots_differ"):
        difference(actual([1, 2], 3_600), normal(2))


def test_just_above_the_band_and_little_beside_the_day_are_no_news() -> None:
    assert above_normal(actual([10, 12.5, 12.5, 10]), normal(4)) == ()
    band = replace(normal(4), high=np.array([12.0, 12.0, 12.0, 200.0]))
    # A twentieth of 12 is less than a hundredth of 200.
    assert above_normal(actual([10, 13.9, 13.9, 10]), band) == ()
    assert len(above_normal(actual([10, 14.1, 14.1, 10]), band)) == 1
