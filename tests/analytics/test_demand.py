"""The highest intervals, and how long a flow stays above what."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from series_made import irregular, ms, regular

from aegrid_energy.analytics.demand import duration_curve, peaks
from aegrid_energy.analytics.power import paired
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.spans import Span

T0 = "2026-07-01T00:00+10:00"
ZONE = "Australia/Sydney"


def test_the_highest_come_first_and_the_earlier_of_two_alike() -> None:
    found = peaks(regular(T0, 1_800, [1.0, 4.0, None, 4.0, 2.0]), zone=ZONE, n=3)
    assert [peak.rate for peak in found] == [8.0, 8.0, 4.0]
    assert [peak.start_ms - ms(T0) for peak in found] == [1_800_000, 5_400_000, 7_200_000]


def test_the_share_is_of_the_local_day_that_the_interval_starts_in() -> None:
    readings = regular("2026-07-01T23:00+10:00", 3_600, [6.0, 3.0, 1.0])
    found = peaks(readings, zone=ZONE, n=2)
    assert [peak.share_of_day for peak in found] == [1.0, 0.75]


def test_a_day_of_nothing_has_no_shares() -> None:
    (peak,) = peaks(regular(T0, 3_600, [0.0]), zone=ZONE, n=5)
    assert (peak.rate, peak.share_of_day) == (0.0, None)


def test_apparent_power_is_told_where_both_are_known() -> None:
    readings = regular(T0, 1_800, [3.0, 6.0])
    pair = paired(readings, regular(T0, 1_800, [4.0, None]), Span(ms(T0), ms(T0) + 3_600_000))
    high, low = peaks(readings, zone=ZONE, n=2, pair=pair)
    assert (high.apparent_kva, high.power_factor) == (None, None)
    assert (low.apparent_kva, low.power_factor) == (10.0, 0.6)


def test_a_coarser_reactive_series_says_nothing_about_one_interval() -> None:
    readings = regular(T0, 1_800, [3.0, 3.0])
    pair = paired(readings, regular(T0, 3_600, [8.0]), Span(ms(T0), ms(T0) + 3_600_000))
    assert peaks(readings, zone=ZONE, n=1, pair=pair)[0].apparent_kva is None


def test_four_intervals_each_hold_for_a_quarter() -> None:
    curve = duration_curve(regular(T0, 3_600, [1.0, 4.0, 2.0, None, 3.0]), points=10)
    assert (curve.rate.tolist(), curve.share.tolist()) == ([4.0, 3.0, 2.0, 1.0], [0.25, 0.5, 0.75, 1.0])
    assert (curve.intervals, curve.mean_rate, curve.load_factor) == (4, 2.5, 0.625)


def test_nothing_known_is_an_empty_curve() -> None:
    curve = duration_curve(regular(T0, 3_600, [None]), points=10)
    assert (len(curve.rate), curve.intervals) == (0, 0)
    assert math.isnan(curve.load_factor)


@given(
    st.lists(st.floats(min_value=0, max_value=1e6, width=32), min_size=1, max_size=300),
    st.integers(min_value=2, max_value=50),
)
def test_a_thinned_curve_keeps_its_ends_and_never_rises(values: list[float], points: int) -> None:
    curve = duration_curve(regular(T0, 3_600, values), points=points)
    assert len(curve.rate) <= max(points, 2)
    assert curve.rate[0] == pytest.approx(max(values), abs=1e-6)
    assert curve.rate[-1] == pytest.approx(min(values), abs=1e-6)
    assert (np.diff(curve.rate) <= 0).all()
    # Each point is a rate that was measured, at the share of time that is at or above it.
    for share, rate in zip(curve.share, curve.rate, strict=True):
        assert sum(value >= rate - 1e-6 for value in values) >= round(share * len(values))


def test_readings_without_an_interval_have_no_demand() -> None:
    bill = irregular([(T0, 5.0)], [86_400])
    with pytest.raises(InvalidError, match="demand_needs_intervals"):
        peaks(bill, zone=ZONE, n=1)
    with pytest.raises(InvalidError, match="demand_needs_intervals"):
        duration_curve(bill, points=5)
