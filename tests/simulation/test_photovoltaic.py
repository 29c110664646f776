"""A photovoltaic array under clear and under no sky."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from aegrid_energy.simulation.climate import LATITUDE_DEG, Weather, weather
from aegrid_energy.simulation.frame import frame
from aegrid_energy.simulation.photovoltaic import Array, plane_irradiance_w_m2, yield_kw

ARRAY = Array(peak_kw=100.0, inverter_kw=80.0, tilt_deg=30.0)
TIMES = frame((date(2026, 1, 1) - date(1970, 1, 1)).days, 365, 3600)


@pytest.fixture(scope="module")
def sky() -> Weather:
    return weather(TIMES, 7)


def test_nothing_is_made_at_night_and_never_more_than_the_inverter_gives(sky: Weather) -> None:
    made = yield_kw(ARRAY, sky)
    assert made.min() == 0
    assert made.max() <= ARRAY.inverter_kw
    assert (made[sky.sun.sin_elevation < -0.02] == 0).all()


def test_a_kilowatt_makes_as_much_in_a_year_as_in_southern_victoria(sky: Weather) -> None:
    """Global Solar Atlas: about 1,400 kWh/kW around Melbourne."""
    assert 1200 < yield_kw(ARRAY, sky).sum() / ARRAY.peak_kw < 1600


def test_a_flat_array_sees_what_falls_on_the_ground(sky: Weather) -> None:
    flat = plane_irradiance_w_m2(sky, 0.0)
    by_day = sky.sun.sin_elevation > 0.1
    assert flat[by_day] == pytest.approx(sky.horizontal_w_m2[by_day], rel=1e-6)


def test_tilting_towards_the_equator_gains_in_winter_and_loses_in_high_summer(sky: Weather) -> None:
    tilted, flat = plane_irradiance_w_m2(sky, -LATITUDE_DEG), plane_irradiance_w_m2(sky, 0.0)
    june, december = slice(151, 181), slice(334, 364)
    assert tilted[june].sum() > 1.2 * flat[june].sum()
    assert tilted[december].sum() < flat[december].sum()


def test_hot_cells_make_less(sky: Weather) -> None:
    hot = replace(sky, temperature_c=sky.temperature_c + 10)
    mid = yield_kw(ARRAY, sky)
    free = (mid > 10) & (mid < ARRAY.inverter_kw - 5)
    ratio = yield_kw(ARRAY, hot)[free] / mid[free]
    assert np.median(ratio) == pytest.approx(1 - 10 * ARRAY.per_kelvin, abs=0.005)
