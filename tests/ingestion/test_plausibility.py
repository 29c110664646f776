import numpy as np
import pytest

from aegrid_energy.domain.quality import NULL
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import Kind
from aegrid_energy.ingestion.plausibility import over_limit, spikes, stuck

MINUTE = 60_000


def gauge(values, quality=None):
    count = len(values)
    return Readings(
        start_ms=np.arange(count, dtype=np.int64) * MINUTE,
        micro=np.array(values, dtype=np.int64),
        quality=np.zeros(count, dtype=np.uint8) if quality is None else np.array(quality, dtype=np.uint8),
        step_s=60,
    )


def counter(count, step):
    return np.arange(count, dtype=np.int64) * MINUTE, np.arange(count, dtype=np.int64) * step


def test_power_that_stands_still_for_30_minutes_while_energy_moves_is_suspect():
    power = gauge([5, 6] + [7] * 31 + [8])
    assert np.flatnonzero(stuck(power, *counter(34, 100), Kind.INSTANT)).tolist() == list(range(2, 33))


@pytest.mark.parametrize(
    ("length", "step", "kind"),
    [
        pytest.param(30, 100, Kind.INSTANT, id="29 minutes from first to last"),
        pytest.param(40, 0, Kind.INSTANT, id="energy stands still too"),
        pytest.param(40, 100, Kind.SETPOINT, id="setpoint"),
        pytest.param(40, 100, Kind.STATE, id="state"),
    ],
)
def test_power_that_may_stand_still_is_not_suspect(length, step, kind):
    assert not stuck(gauge([7] * length), *counter(length, step), kind).any()


def test_unknown_power_is_not_stuck():
    assert not stuck(gauge([0] * 40, [NULL] * 40), *counter(40, 100), Kind.INSTANT).any()


def test_an_interval_beyond_what_the_meter_lets_through_is_marked_either_way():
    readings = Readings(
        start_ms=np.arange(4, dtype=np.int64) * 1_800_000,
        micro=np.array([34_500_000, 34_500_001, -34_500_001, 99_000_000]),
        quality=np.array([0, 0, 0, NULL], dtype=np.uint8),
        step_s=1800,
    )
    assert over_limit(readings, 69.0).tolist() == [False, True, True, False]


def test_a_period_read_is_measured_by_its_own_length():
    readings = Readings(
        start_ms=np.array([0]),
        micro=np.array([100_000_000]),
        quality=np.zeros(1, dtype=np.uint8),
        step_s=None,
        duration_ms=np.array([7_200_000]),
    )
    assert not over_limit(readings, 50.0).any()
    assert over_limit(readings, 49.9).all()


def test_a_single_reading_far_from_its_neighbours_is_a_spike():
    values = 10 + np.sin(np.arange(50) / 4)
    values[20] = 400
    assert np.flatnonzero(spikes(values)).tolist() == [20]


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(np.concatenate([np.full(20, 2.0), np.full(20, 60.0)]), id="a machine switched on"),
        pytest.param(np.zeros(30), id="nothing at all"),
        pytest.param(np.full(5, 3.0), id="too short"),
        pytest.param(np.full(30, np.nan), id="unknown"),
        pytest.param(np.maximum(0, np.sin(np.arange(96) / 96 * 2 * np.pi)) * 50, id="a day of sun"),
    ],
)
def test_what_loads_do_is_no_spike(values):
    assert not spikes(values).any()
