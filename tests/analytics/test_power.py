"""Apparent power and power factor of intervals."""

import numpy as np
import pytest
from series_made import ms, regular

from aegrid_energy.analytics.power import paired
from aegrid_energy.domain.spans import Span

T0 = "2026-07-01T00:00+00:00"
HOUR = 3_600_000


def over(hours: int) -> Span:
    return Span(ms(T0), ms(T0) + hours * HOUR)


def test_active_and_reactive_stand_at_right_angles() -> None:
    pair = paired(regular(T0, 3_600, [3.0, 5.0]), regular(T0, 3_600, [4.0, -12.0]), over(2))
    assert pair.apparent.floats.tolist() == [5.0, 13.0]
    assert pair.factor.floats == pytest.approx([0.6, 5 / 13], abs=1e-6)


def test_what_one_does_not_know_neither_says() -> None:
    pair = paired(regular(T0, 3_600, [3.0, None, 3.0]), regular(T0, 3_600, [4.0, 4.0, None]), over(3))
    assert pair.apparent.valid.tolist() == [True, False, False]
    assert pair.active.valid.tolist() == pair.reactive.valid.tolist() == [True, False, False]


def test_where_nothing_flows_there_is_no_power_factor() -> None:
    pair = paired(regular(T0, 3_600, [0.0]), regular(T0, 3_600, [0.0]), over(1))
    assert (pair.factor.valid.tolist(), pair.apparent.floats.tolist()) == ([False], [0.0])


def test_two_lengths_meet_on_the_coarser() -> None:
    pair = paired(regular(T0, 1_800, [1.0, 2.0, 3.0, 3.0]), regular(T0, 3_600, [4.0, 8.0]), over(2))
    assert pair.active.step_s == 3_600
    assert pair.apparent.floats.tolist() == [5.0, 10.0]
    assert np.array_equal(pair.active.start_ms, pair.reactive.start_ms)
