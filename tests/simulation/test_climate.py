"""Melbourne's weather, against climate statistics with room for the luck of two years."""

from datetime import date

import numpy as np
import pytest

from aegrid_energy.simulation.climate import saturation_kpa, sun, weather
from aegrid_energy.simulation.frame import day_number, frame, local_instant_ms


@pytest.fixture(scope="module")
def sky():
    times = frame(day_number(date(2021, 1, 1)), 3 * 365, 900)
    return times, weather(times, 7)


def _months(times, values, month):
    dates = times.start_ms[:, 50].astype("datetime64[ms]").astype("datetime64[M]").astype(int) % 12 + 1
    return values[dates == month]


@pytest.mark.parametrize(
    ("month", "highest", "lowest"),
    [
        pytest.param(1, 26.0, 15.0, id="january"),
        pytest.param(7, 14.0, 7.0, id="july"),
        pytest.param(10, 19.5, 10.0, id="october"),
    ],
)
def test_mean_daily_extremes_are_those_of_the_south_east(sky, month, highest, lowest):
    times, air = sky[0], sky[1].temperature_c
    days = _months(times, air, month)
    assert days.max(axis=1).mean() == pytest.approx(highest, abs=2.5)
    assert days.min(axis=1).mean() == pytest.approx(lowest, abs=2.5)


def test_summers_have_hot_spells_and_winters_do_not(sky):
    hottest = sky[1].temperature_c.max(axis=1)
    assert 10 <= (hottest > 35.0).sum() <= 75  # 5 to 15 a year is usual
    assert hottest.max() < 47.0
    assert _months(*_with(sky, hottest), 7).max() < 24.0


def _with(sky, per_day):
    return sky[0], per_day


def test_tomorrow_is_like_today_and_next_month_is_not(sky):
    daily = sky[1].temperature_c.mean(axis=1)
    season = np.convolve(daily, np.ones(45) / 45, mode="same")
    odd = (daily - season)[45:-45]
    assert np.corrcoef(odd[1:], odd[:-1])[0, 1] > 0.45
    assert abs(np.corrcoef(odd[30:], odd[:-30])[0, 1]) < 0.2


def test_a_year_of_sun_on_the_horizontal_is_about_1550_kwh(sky):
    assert sky[1].horizontal_w_m2.sum() * 0.25 / 1000 / 3 == pytest.approx(1550, rel=0.08)


def test_there_is_no_sun_at_night_and_diffuse_is_a_part(sky):
    seen = sky[1]
    below = seen.sun.sin_elevation <= 0.0
    assert (seen.horizontal_w_m2[below] == 0.0).all()
    assert (seen.diffuse_w_m2 <= seen.horizontal_w_m2 + 1e-9).all()
    assert (seen.diffuse_w_m2[~below] > 0.0).all()


@pytest.mark.parametrize(
    ("on", "rise_h", "set_h"),
    [
        # Geoscience Australia, Melbourne: sunrise and sunset, to a few minutes for the place and refraction.
        pytest.param(date(2026, 6, 21), 7.6, 17.13, id="winter-solstice"),
        pytest.param(date(2026, 12, 22), 5.92, 20.70, id="summer-solstice"),
    ],
)
def test_the_sun_rises_and_sets_by_the_almanac(on, rise_h, set_h):
    minutes = np.arange(1440, dtype=np.int64) * 60_000 + local_instant_ms(on)
    up = np.flatnonzero(sun(minutes).elevation_deg > -0.83) / 60.0
    assert up[0] == pytest.approx(rise_h, abs=0.12)
    assert up[-1] == pytest.approx(set_h, abs=0.12)


def test_vapour_pressure_over_water_at_20_degrees():
    assert float(saturation_kpa(20.0)) == pytest.approx(2.339, abs=0.01)
