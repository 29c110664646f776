from datetime import date

import numpy as np
import pytest
from tests.ingestion.nem12_text import CHOICES, block, day, nem12, utc_ms

from aegrid_energy.domain.zones import day_start
from aegrid_energy.ingestion.clock import believed, starts_of_ends
from aegrid_energy.ingestion.nem12 import read_nem12
from aegrid_energy.ingestion.wall_clock import instants

NOW = utc_ms("2026-03-01T00:00:00")
MINUTE = 60_000
YEAR = 365 * 86_400_000


def decide(device_ms, *, is_live=True):
    return believed(np.array([device_ms]), np.array([NOW]), is_live=is_live)


@pytest.mark.parametrize(
    "device_ms",
    [
        pytest.param(NOW + 7 * MINUTE, id="7 minutes fast"),
        pytest.param(NOW - 7 * MINUTE, id="7 minutes slow"),
        pytest.param(0, id="1970"),
        pytest.param(NOW + YEAR, id="a year ahead"),
    ],
)
def test_a_live_device_with_a_wrong_clock_is_filed_under_our_time(device_ms):
    found = decide(device_ms)
    assert found.at_ms.tolist() == [NOW]
    assert found.is_server_time.tolist() == [True]
    assert found.drift_ms.tolist() == [device_ms - NOW]
    assert not found.is_future.any()


@pytest.mark.parametrize("drift", [0, 2 * MINUTE, -2 * MINUTE])
def test_a_drift_of_up_to_two_minutes_keeps_the_devices_time(drift):
    found = decide(NOW + drift)
    assert found.at_ms.tolist() == [NOW + drift]
    assert not found.is_server_time.any()


def test_history_keeps_its_own_times_and_is_refused_when_it_lies_in_the_future():
    past, future = decide(NOW - YEAR, is_live=False), decide(NOW + YEAR, is_live=False)
    assert past.at_ms.tolist() == [NOW - YEAR]
    assert not past.is_future.any()
    assert future.is_future.tolist() == [True]
    assert not decide(NOW + 5 * MINUTE, is_live=False).is_future.any()
    assert decide(NOW + 5 * MINUTE + 1, is_live=False).is_future.all()


def test_an_interval_stamped_at_its_end_0000_belongs_to_the_day_before():
    ends = np.array([utc_ms("2026-03-01T23:30:00"), utc_ms("2026-03-02T00:00:00")])
    assert starts_of_ends(ends, 1800).tolist() == [
        utc_ms("2026-03-01T23:00:00"),
        utc_ms("2026-03-01T23:30:00"),
    ]


@pytest.mark.parametrize(
    ("zone", "on", "slots"),
    [
        ("Australia/Sydney", date(2026, 10, 4), 276),
        ("Australia/Sydney", date(2026, 4, 5), 300),
        ("Australia/Sydney", date(2026, 4, 6), 288),
        ("Australia/Brisbane", date(2026, 10, 4), 288),
        ("Australia/Lord_Howe", date(2026, 10, 4), 282),
        ("Australia/Lord_Howe", date(2026, 4, 5), 294),
    ],
)
def test_local_days_over_the_markets_clock_have_23_24_or_25_hours_of_slots(zone, on, slots):
    around = [f"{on.replace(day=on.day + shift):%Y%m%d}" for shift in (-1, 0, 1)]
    data = nem12(block(minutes=5), *(day(on=text, count=288) for text in around))
    (register,) = read_nem12(data, "file.csv", CHOICES).registers
    start, end = day_start(zone, on), day_start(zone, on.replace(day=on.day + 1))
    inside = (register.readings.start_ms >= start) & (register.readings.start_ms < end)
    assert np.count_nonzero(inside) == slots
    assert register.readings.micro[inside].sum() == slots * 1_000_000


def test_the_doubled_half_hour_is_told_apart_by_the_order_of_the_file():
    wall = [utc_ms(f"2026-04-05T{at}:00") for at in ("01:30", "02:00", "02:30", "02:00", "02:30", "03:00")]
    found = instants(np.array(wall), "Australia/Sydney")
    assert np.diff(found.ms).tolist() == [30 * MINUTE] * 5
    assert not found.is_guessed.any()


def test_a_doubled_time_that_stands_once_is_guessed_and_one_that_does_not_exist_is_missing():
    once = instants(np.array([utc_ms("2026-04-05T02:30:00")]), "Australia/Sydney")
    assert once.is_guessed.tolist() == [True]
    gone = instants(np.array([utc_ms("2026-10-04T02:30:00")]), "Australia/Sydney")
    assert gone.is_missing.tolist() == [True]
