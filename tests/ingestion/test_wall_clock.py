import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.zones import offset_ms
from aegrid_energy.ingestion.wall_clock import instants


def ms(*texts):
    return np.array(texts, dtype="datetime64[ms]").astype(np.int64)


def shown(array):
    return [str(at)[:16] for at in array.astype("datetime64[ms]")]


def test_a_fixed_offset_is_taken_off():
    assert shown(instants(ms("2024-07-01T10:00"), "+10:00").ms) == ["2024-07-01T00:00"]


def test_summer_and_winter_of_a_zone():
    found = instants(ms("2026-01-15T12:00", "2026-07-15T12:00"), "Australia/Sydney")
    assert shown(found.ms) == ["2026-01-15T01:00", "2026-07-15T02:00"]


def test_a_skipped_time_is_missing():
    found = instants(ms("2026-10-04T01:30", "2026-10-04T02:30", "2026-10-04T03:00"), "Australia/Sydney")
    assert found.is_missing.tolist() == [False, True, False]
    assert shown(found.ms)[2] == "2026-10-03T16:00"


def test_a_doubled_hour_is_told_apart_by_the_order_of_the_file():
    walls = ms(
        "2026-04-05T02:00", "2026-04-05T02:30", "2026-04-05T02:00", "2026-04-05T02:30", "2026-04-05T03:00"
    )
    found = instants(walls, "Australia/Sydney")
    assert shown(found.ms) == [
        "2026-04-04T15:00", "2026-04-04T15:30", "2026-04-04T16:00", "2026-04-04T16:30", "2026-04-04T17:00",
    ]  # fmt: skip
    assert not found.is_guessed.any()


def test_a_doubled_hour_in_a_file_with_the_newest_first():
    walls = ms(
        "2026-04-05T03:00", "2026-04-05T02:30", "2026-04-05T02:00", "2026-04-05T02:30", "2026-04-05T02:00"
    )
    found = instants(walls, "Australia/Sydney")
    assert (np.diff(found.ms) < 0).all()


def test_a_doubled_hour_that_the_file_holds_once_is_a_guess():
    found = instants(ms("2026-04-05T01:00", "2026-04-05T02:00", "2026-04-05T03:00"), "Australia/Sydney")
    assert found.is_guessed.tolist() == [False, True, False]
    assert shown(found.ms)[1] == "2026-04-04T15:00"


def test_meters_in_one_file_are_told_apart():
    walls = ms("2026-04-05T02:00", "2026-04-05T02:00", "2026-04-05T02:30", "2026-04-05T02:30")
    walls = np.concatenate([walls, walls])
    found = instants(walls, "Australia/Sydney", np.array([0, 1] * 4))
    assert shown(found.ms[::2]) == [
        "2026-04-04T15:00",
        "2026-04-04T15:30",
        "2026-04-04T16:00",
        "2026-04-04T16:30",
    ]
    assert (found.ms[::2] == found.ms[1::2]).all()


def test_a_shift_of_half_an_hour():
    found = instants(ms("2026-04-05T01:30", "2026-04-05T01:45", "2026-04-05T01:30"), "Australia/Lord_Howe")
    assert (np.diff(found.ms) > 0).all()
    assert found.ms[2] - found.ms[0] == 30 * 60_000


def test_an_unknown_zone_is_refused():
    with pytest.raises(InvalidError, match="unknown_zone"):
        instants(ms("2024-01-01T00:00"), "Mars/Olympus")


@given(
    st.sampled_from(
        ["Australia/Sydney", "Europe/London", "America/New_York", "Australia/Lord_Howe", "+09:30"]
    ),
    st.integers(min_value=946_684_800, max_value=1_900_000_000),
)
def test_a_quarter_hourly_day_comes_back_from_its_wall_clock(zone, start_s):
    at = (start_s // 900 * 900 + np.arange(96 * 3) * 900) * 1000
    found = instants(at + offset_ms(zone, at), zone)
    kept = ~found.is_guessed
    assert not found.is_missing.any()
    assert (found.ms[kept] == at[kept]).all()
