"""Local days and months, checked against the wall clock and against days counted by hand."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aegrid_energy.domain import zones
from aegrid_energy.domain.errors import InvalidError

HOUR = 3_600_000


def ms(text: str) -> int:
    return zones.ms_of(datetime.fromisoformat(text))


def hours(zone: str, on: date) -> float:
    return (zones.day_start(zone, on + timedelta(days=1)) - zones.day_start(zone, on)) / HOUR


@pytest.mark.parametrize(
    ("zone", "on", "expected"),
    [
        pytest.param("Australia/Sydney", date(2026, 10, 4), 23, id="sydney spring"),
        pytest.param("Australia/Sydney", date(2026, 4, 5), 25, id="sydney autumn"),
        pytest.param("Australia/Sydney", date(2026, 7, 1), 24, id="sydney plain"),
        pytest.param("Australia/Lord_Howe", date(2026, 10, 4), 23.5, id="lord howe spring"),
        pytest.param("Australia/Lord_Howe", date(2026, 4, 5), 24.5, id="lord howe autumn"),
        pytest.param("Australia/Brisbane", date(2026, 10, 4), 24, id="brisbane has no summer time"),
        pytest.param("America/Sao_Paulo", date(2018, 11, 4), 23, id="midnight does not exist"),
        pytest.param("America/Havana", date(2024, 11, 3), 25, id="midnight comes twice"),
        pytest.param("Pacific/Apia", date(2011, 12, 30), 0, id="skipped day"),
        pytest.param("+10:00", date(2026, 10, 4), 24, id="fixed offset"),
    ],
)
def test_a_local_day_has_the_hours_its_clock_shows(zone: str, on: date, expected: float) -> None:
    assert hours(zone, on) == expected


def test_half_hour_zones_cut_the_day_at_half_past() -> None:
    edges = zones.day_edges("Australia/Adelaide", ms("2026-07-01T00:00+00:00"), ms("2026-07-01T15:00+00:00"))
    assert [zones.at_of(int(e)).isoformat() for e in edges] == [
        "2026-06-30T14:30:00+00:00",
        "2026-07-01T14:30:00+00:00",
        "2026-07-02T14:30:00+00:00",
    ]


def test_an_interval_starting_on_the_edge_belongs_to_the_new_day() -> None:
    edge = zones.day_start("Australia/Adelaide", date(2026, 7, 2))
    dates = zones.local_date_of("Australia/Adelaide", np.array([edge - 1, edge, edge + 1]))
    assert dates.astype(str).tolist() == ["2026-07-01", "2026-07-02", "2026-07-02"]


def test_days_of_a_whole_period_end_on_its_last_edge() -> None:
    first, last = ms("2026-06-30T14:00+00:00"), ms("2026-07-02T14:00+00:00")
    edges = zones.day_edges("Australia/Sydney", first, last)
    assert (edges[0], edges[-1], len(edges)) == (first, last, 3)


def test_a_skipped_day_has_no_edge_and_no_instant() -> None:
    first, last = ms("2011-12-28T12:00-10:00"), ms("2012-01-02T12:00+14:00")
    edges = zones.day_edges("Pacific/Apia", first, last)
    assert zones.local_date_of("Pacific/Apia", edges[:-1]).astype(str).tolist() == [
        "2011-12-28",
        "2011-12-29",
        "2011-12-31",
        "2012-01-01",
        "2012-01-02",
    ]


def test_a_clock_that_falls_back_over_midnight_keeps_days_in_one_piece() -> None:
    # St John's went from 00:01 on 5 November 2006 (its last Sunday rule: 29 October) back to 23:01.
    zone = "America/St_Johns"
    edges = zones.day_edges(zone, ms("2006-10-28T12:00+00:00"), ms("2006-10-30T12:00+00:00"))
    assert (np.diff(edges) > 0).all()
    repeated = np.array([ms("2006-10-29T02:45+00:00")])  # 23:15 on the 28th, for the second time
    assert zones.local_date_of(zone, repeated).astype(str).tolist() == ["2006-10-28"]


def test_months_start_with_their_first_local_day() -> None:
    zone = "Australia/Melbourne"
    edges = zones.month_edges(zone, ms("2025-12-15T00:00+00:00"), ms("2026-04-15T00:00+00:00"))
    firsts = [date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1)]
    assert edges[:-1].tolist() == [zones.day_start(zone, day) for day in firsts]
    assert (edges[-1] - edges[-2]) / HOUR == 30 * 24 + 1


def test_a_local_year_that_starts_in_the_utc_year_before_is_covered() -> None:
    zone = "Pacific/Auckland"
    edges = zones.month_edges(zone, ms("2025-12-31T12:00+00:00"), ms("2025-12-31T13:00+00:00"))
    assert edges[0] == zones.day_start(zone, date(2026, 1, 1))


def test_offsets_follow_the_jumps() -> None:
    jump = ms("2026-10-03T16:00+00:00")
    assert zones.offset_ms("Australia/Sydney", np.array([jump - 1, jump])).tolist() == [10 * HOUR, 11 * HOUR]
    assert zones.offset_changes("Australia/Sydney", jump - HOUR, jump + HOUR).tolist() == [jump]
    assert not len(zones.offset_changes("Australia/Sydney", jump, jump + HOUR))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Mars/Olympus",
        "../../etc/passwd",
        "Australia",
        "tzdata.zi",
        "+15:00",
        "+10:75",
        "zone.tab",
        "a/b/c/d",
    ],
)
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InvalidError) as refused:
        zones.day_edges(name, 0, 1)
    assert refused.value.code == "unknown_zone"


@pytest.mark.parametrize(("first", "last"), [(0, 0), (5, 4), (-1, 5), (0, 10**15)])
def test_periods_out_of_reach_are_refused(first: int, last: int) -> None:
    with pytest.raises(InvalidError):
        zones.day_edges("UTC", first, last)


def test_naive_times_are_refused() -> None:
    with pytest.raises(InvalidError):
        zones.ms_of(datetime(2026, 1, 1))


ZONES = [
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/Havana",
    "Pacific/Chatham",
    "+09:30",
]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ZONES), st.integers(0, 4_000_000_000))
def test_local_date_and_offset_agree_with_the_wall_clock(zone: str, second: int) -> None:
    at = datetime.fromtimestamp(second, UTC).astimezone(zones.zone_rules(zone))
    when = np.array([second * 1000])
    assert zones.local_date_of(zone, when)[0] == np.datetime64(at.date())
    assert zones.offset_ms(zone, when)[0] == at.utcoffset() / timedelta(milliseconds=1)
