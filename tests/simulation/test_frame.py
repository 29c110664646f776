"""Market days and local clocks."""

from datetime import UTC, date, datetime

import numpy as np

from aegrid_energy.simulation.frame import day_number, frame, local_date, local_instant_ms, market_day


def test_market_days_always_have_the_same_number_of_slots():
    days = frame(day_number(date(2026, 4, 1)), 10, 300)
    assert days.start_ms.shape == (10, 288)
    assert (np.diff(days.start_ms.ravel()) == 300_000).all()
    first = datetime.fromtimestamp(days.start_ms[0, 0] / 1000, tz=UTC)
    assert (first.day, first.hour) == (31, 14)  # midnight of 1 April at UTC+10


def test_local_clock_doubles_an_hour_in_april_and_skips_one_in_october():
    april = frame(day_number(date(2026, 4, 5)) - 1, 3, 900)
    hours = april.local_hour[april.local_day == day_number(date(2026, 4, 5))]
    assert len(hours) == 100
    assert ((hours >= 2.0) & (hours < 3.0)).sum() == 8
    october = frame(day_number(date(2026, 10, 4)) - 1, 3, 900)
    hours = october.local_hour[october.local_day == day_number(date(2026, 10, 4))]
    assert len(hours) == 92
    assert not ((hours >= 2.0) & (hours < 3.0)).any()


def test_instants_and_dates_go_back_and_forth():
    at = local_instant_ms(date(2026, 1, 15), 17.5)
    assert datetime.fromtimestamp(at / 1000, tz=UTC).hour == 6  # summer time: UTC+11
    assert local_date(at) == date(2026, 1, 15)
    assert market_day(local_instant_ms(date(2026, 1, 15), 0.5)) == day_number(date(2026, 1, 14))
