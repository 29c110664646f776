"""Freshness against the rhythm of delivery."""

import pytest

from aegrid_energy.analytics.freshness import Freshness, arrives_by, freshness
from aegrid_energy.domain.series import Rhythm

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
NOW = 1_800_000_000_000


@pytest.mark.parametrize(
    ("rhythm", "age_ms", "expected"),
    [
        (Rhythm.LIVE, 15 * MINUTE, Freshness.LIVE),
        (Rhythm.LIVE, 16 * MINUTE, Freshness.LATE),
        (Rhythm.LIVE, 25 * HOUR, Freshness.STALE),
        (Rhythm.DAILY_FILE, 35 * HOUR, Freshness.LIVE),
        (Rhythm.DAILY_FILE, 37 * HOUR, Freshness.LATE),
        (Rhythm.DAILY_FILE, 8 * DAY, Freshness.STALE),
        (Rhythm.MONTHLY_FILE, 40 * DAY, Freshness.LIVE),
        (Rhythm.MONTHLY_FILE, 50 * DAY, Freshness.LATE),
        (Rhythm.MONTHLY_FILE, 80 * DAY, Freshness.STALE),
        (Rhythm.ENDED, 800 * DAY, Freshness.ENDED),
    ],
)
def test_an_age_is_judged_by_the_rhythm(rhythm: Rhythm, age_ms: int, expected: Freshness) -> None:
    assert freshness(rhythm, NOW - age_ms, NOW) is expected


def test_a_point_has_its_own_limit() -> None:
    assert freshness(Rhythm.LIVE, NOW - 70_000, NOW, stale_after_s=60) is Freshness.STALE
    assert freshness(Rhythm.LIVE, NOW - 50_000, NOW, stale_after_s=60) is Freshness.LIVE
    assert freshness(Rhythm.LIVE, NOW - HOUR, NOW, stale_after_s=7_200) is Freshness.LATE


def test_a_live_meter_with_long_intervals_may_take_three_of_them() -> None:
    assert freshness(Rhythm.LIVE, NOW - 80 * MINUTE, NOW, step_s=1_800) is Freshness.LIVE
    assert freshness(Rhythm.LIVE, NOW - 95 * MINUTE, NOW, step_s=1_800) is Freshness.LATE


def test_a_meter_out_of_service_has_ended() -> None:
    assert freshness(Rhythm.LIVE, NOW - DAY, NOW, service_end_ms=NOW) is Freshness.ENDED
    assert freshness(Rhythm.LIVE, NOW, NOW, service_end_ms=NOW + 1) is Freshness.LIVE


def test_a_meter_that_never_sent_is_stale() -> None:
    assert freshness(Rhythm.MONTHLY_FILE, None, NOW) is Freshness.STALE


def test_a_days_data_is_due_by_its_rhythm() -> None:
    assert arrives_by(Rhythm.DAILY_FILE, NOW) == NOW + 12 * HOUR
    assert (
        arrives_by(Rhythm.LIVE, NOW)
        < arrives_by(Rhythm.DAILY_FILE, NOW)
        < arrives_by(Rhythm.MONTHLY_FILE, NOW)
    )
