"""The ladder, and where its edges lie on days the clock jumps."""

import numpy as np
import pytest
from series_made import ms

from aegrid_energy.analytics.buckets import Resolution, bucket_edges, check_resolution, pick_resolution
from aegrid_energy.domain.errors import InvalidError

DAY = 86_400_000


@pytest.mark.parametrize(
    ("days", "points", "native_s", "expected"),
    [
        pytest.param(1, 288, 300, Resolution.RAW, id="a day at 5 min fits raw"),
        pytest.param(7, 1_000, 300, Resolution.MINUTES_15, id="a week at 5 min"),
        pytest.param(7, 1_000, 1_800, Resolution.RAW, id="a week at 30 min fits raw"),
        pytest.param(31, 1_000, 300, Resolution.HOUR, id="a month"),
        pytest.param(365, 4_000, 300, Resolution.DAY, id="a year"),
        pytest.param(365, 100, 300, Resolution.MONTH, id="a year in few points"),
        pytest.param(3650, 2, 300, Resolution.MONTH, id="never coarser than months"),
        pytest.param(31, 40, 60, Resolution.DAY, id="days of a month with one cut"),
        pytest.param(1, 60, 0, Resolution.MINUTES_30, id="irregular data"),
    ],
)
def test_the_finest_rung_that_fits_is_picked(
    days: int, points: int, native_s: int, expected: Resolution
) -> None:
    assert pick_resolution(0, days * DAY, points, native_s) is expected


@pytest.mark.parametrize("points", [0, -1, 4_001])
def test_a_chart_has_at_most_four_thousand_points(points: int) -> None:
    with pytest.raises(InvalidError, match="points_out_of_range"):
        pick_resolution(0, DAY, points, 300)


def test_a_resolution_finer_than_the_data_is_refused_with_the_native_one() -> None:
    with pytest.raises(InvalidError) as refused:
        check_resolution(Resolution.MINUTES_15, 1_800)
    assert refused.value.params == {"resolution": "15m", "native_step_s": 1_800, "finest": "30m"}
    check_resolution(Resolution.MINUTES_30, 1_800)
    check_resolution(Resolution.RAW, 1_800)


@pytest.mark.parametrize(
    ("zone", "from_", "to", "lengths_min"),
    [
        pytest.param(
            "Australia/Sydney", "2026-10-04T00:00+10:00", "2026-10-05T00:00+11:00", [60] * 23, id="23 hours"
        ),
        pytest.param(
            "Australia/Sydney", "2026-04-05T00:00+11:00", "2026-04-06T00:00+10:00", [60] * 25, id="25 hours"
        ),
        pytest.param(
            "Australia/Lord_Howe",
            "2026-04-05T00:00+11:00",
            "2026-04-05T05:00+10:30",
            [60, 60, 30, 60, 60, 60],
            id="half an hour comes twice",
        ),
    ],
)
def test_hours_follow_the_wall_clock(zone: str, from_: str, to: str, lengths_min: list[int]) -> None:
    edges = bucket_edges(Resolution.HOUR, zone, ms(from_), ms(to))
    assert (np.diff(edges) / 60_000).tolist() == lengths_min


def test_an_hour_of_adelaide_starts_at_half_past_in_utc() -> None:
    edges = bucket_edges(
        Resolution.HOUR, "Australia/Adelaide", ms("2026-07-01T00:00+00:00"), ms("2026-07-01T03:00+00:00")
    )
    assert ((edges - edges[0]) / 60_000).tolist() == [0, 30, 90, 150, 180]


def test_the_first_and_last_bucket_are_cut_to_the_period() -> None:
    start, end = ms("2026-01-15T00:00+00:00"), ms("2026-03-10T00:00+00:00")
    edges = bucket_edges(Resolution.MONTH, "UTC", start, end)
    assert edges.tolist() == [start, ms("2026-02-01T00:00+00:00"), ms("2026-03-01T00:00+00:00"), end]


def test_raw_and_absurd_numbers_of_buckets_are_refused() -> None:
    with pytest.raises(InvalidError, match="raw_has_no_buckets"):
        bucket_edges(Resolution.RAW, "UTC", 0, DAY)
    with pytest.raises(InvalidError, match="too_many_buckets"):
        bucket_edges(Resolution.MINUTES_5, "UTC", 0, 3_650 * DAY)
