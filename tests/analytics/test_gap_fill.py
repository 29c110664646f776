"""What a gap is filled with: normal days, lines, nothing, or a known total."""

import numpy as np
import pytest

from aegrid_energy.analytics.gap_fill import FillMethod, exact, fill_quality, filled
from aegrid_energy.domain import quality as q
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.readings import MICRO, Readings

ZONE = "Australia/Melbourne"
HOUR = 3_600_000
DAY = 24 * HOUR
#: Monday 4 May 2026, 00:00 in Melbourne; no clock changes in the months after.
MONDAY = 1_777_816_800_000


def history(weeks: int, *, without: tuple[int, int] = (0, 0)) -> Readings:
    """Hours of some weeks from Monday on: the hour of the day on workdays, else 1; a stretch left out."""
    starts = MONDAY + np.arange(weeks * 7 * 24, dtype=np.int64) * HOUR
    hours = np.arange(len(starts))
    values = np.where(hours // 24 % 7 < 5, hours % 24, 1.0)
    kept = (starts < without[0]) | (starts >= without[1])
    return Readings(
        start_ms=starts[kept],
        micro=np.rint(values[kept] * MICRO).astype(np.int64),
        quality=np.zeros(int(kept.sum()), dtype=np.uint8),
        step_s=3600,
    )


def fill(readings: Readings, start_ms: int, hours: int, method: FillMethod, total: float | None = None):
    missing = start_ms + np.arange(hours, dtype=np.int64) * HOUR
    return filled(readings, missing, method, zone=ZONE, holidays=(), total=total)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param(21, list(range(24)), id="monday"),
        pytest.param(26, [1.0] * 24, id="saturday-with-too-little-history"),
    ],
)
def test_a_normal_day_is_the_median_of_its_kind(day: int, expected: list[float]) -> None:
    at = MONDAY + day * DAY
    values = fill(history(4, without=(at, at + DAY)), at, 24, FillMethod.NORMAL_DAY)
    if day == 26:
        assert np.isnan(values).all()
    else:
        assert values.tolist() == expected


def test_a_gap_of_weeks_is_not_explained_by_its_own_empty_days() -> None:
    at = MONDAY + 28 * DAY
    values = fill(history(7, without=(at, at + 21 * DAY)), at, 21 * 24, FillMethod.NORMAL_DAY)
    workdays = (np.arange(21 * 24) // 24) % 7 < 5
    assert np.array_equal(values[workdays], (np.arange(21 * 24) % 24)[workdays])


def test_a_holiday_is_filled_like_a_sunday() -> None:
    at = MONDAY + 49 * DAY
    readings = history(8, without=(at, at + DAY))
    missing = at + np.arange(24, dtype=np.int64) * HOUR
    on = np.datetime64("2026-06-22").astype("datetime64[D]").item()
    values = filled(readings, missing, FillMethod.NORMAL_DAY, zone=ZONE, holidays={on})
    assert values.tolist() == [1.0] * 24


def test_a_line_needs_both_its_ends() -> None:
    gap = MONDAY + 5 * HOUR
    inside = fill(history(1, without=(gap, gap + 3 * HOUR)), gap, 3, FillMethod.LINEAR)
    assert inside.tolist() == [5.0, 6.0, 7.0]
    beyond = fill(history(1), MONDAY + 7 * DAY, 3, FillMethod.LINEAR)
    assert np.isnan(beyond).all()


def test_nothing_flowed_is_zero() -> None:
    assert fill(history(1), MONDAY + 7 * DAY, 3, FillMethod.ZERO_KNOWN).tolist() == [0.0] * 3


def test_a_known_total_is_shared_out_like_a_normal_day_and_adds_up_to_the_micro() -> None:
    at = MONDAY + 21 * DAY
    values = fill(history(4, without=(at, at + DAY)), at, 24, FillMethod.KNOWN_TOTAL, total=100.0)
    assert values[0] == 0
    assert values[20] == pytest.approx(100 * 20 / sum(range(24)))
    assert int(exact(values, total=100.0).sum()) == 100 * MICRO


def test_a_known_total_without_history_is_shared_out_evenly() -> None:
    values = fill(history(1), MONDAY + 12 * DAY, 7, FillMethod.KNOWN_TOTAL, total=10.0)
    assert values.tolist() == pytest.approx([10 / 7] * 7)
    assert int(exact(values, total=10.0).sum()) == 10 * MICRO


def test_a_known_total_must_be_told() -> None:
    with pytest.raises(InvalidError, match="repair_total_missing"):
        fill(history(1), MONDAY, 1, FillMethod.KNOWN_TOTAL)


def test_estimates_say_what_they_are() -> None:
    assert q.spelled(fill_quality(FillMethod.NORMAL_DAY)) == "estimated"
    assert q.spelled(fill_quality(FillMethod.KNOWN_TOTAL)) == "estimated+split_of_gap"


def test_an_estimate_that_cannot_be_stored_is_refused() -> None:
    with pytest.raises(InvalidError, match="value_out_of_range"):
        exact(np.array([1e13]))
