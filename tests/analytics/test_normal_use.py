"""Normal use in buckets of any length."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from series_made import irregular, regular

from aegrid_energy.analytics.buckets import Resolution, bucket_edges
from aegrid_energy.analytics.consumption_answer import Normal
from aegrid_energy.analytics.normal_use import history_span, normal_days, normal_in
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import Kind
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.zones import day_start

SYDNEY = "Australia/Sydney"


def made(zone: str, first: date, days: int, step_s: int) -> Readings:
    """Each local day takes its number in kW, the first 1."""
    edges = [day_start(zone, first + timedelta(days=n)) for n in range(days + 1)]
    values: list[float | None] = []
    for number, (low, high) in enumerate(pairwise(edges), start=1):
        values += [number * step_s / 3_600] * ((high - low) // (step_s * 1000))
    return regular(edges[0], step_s, values)


def asked(readings: Readings, zone: str, on: date, resolution: Resolution, days: int = 1) -> Normal:
    start, end = day_start(zone, on), day_start(zone, on + timedelta(days=days))
    step_ms = (readings.step_s or 3_600) * 1000
    edges = (
        np.arange(start, end + 1, step_ms, dtype=np.int64)
        if resolution is Resolution.RAW
        else bucket_edges(resolution, zone, start, end)
    )
    return normal_in(readings, Kind.INTERVAL, edges, zone=zone, resolution=resolution, holidays=())


@pytest.mark.parametrize(
    ("step_s", "resolution"),
    [
        pytest.param(step_s, rung, id=f"{step_s}-{rung}")
        for step_s in (300, 900, 1_800, 3_600)
        for rung in Resolution
        if rung is Resolution.RAW or step_s <= rung.nominal_s <= 86_400
    ],
)
def test_every_length_of_bucket_says_the_same(step_s: int, resolution: Resolution) -> None:
    # 4 May 2026 is a Monday: workdays are 1 to 5, 8 to 12, and so on.
    readings = made(SYDNEY, date(2026, 5, 4), 15, step_s)
    got = asked(readings, SYDNEY, date(2026, 5, 18), resolution)
    # The last eight workdays before the 15th: 3 4 5 8 9 10 11 12.
    assert got.mean.tolist() == [pytest.approx(8.5)] * len(got.mean)
    assert got.low == pytest.approx([3.7] * len(got.mean))
    assert got.sum.sum() == pytest.approx(8.5 * 24)
    assert set(got.support.tolist()) == {8}


@pytest.mark.parametrize("zone", ["Australia/Sydney", "Australia/Adelaide", "Australia/Lord_Howe", "UTC"])
@pytest.mark.parametrize("last", [date(2026, 4, 7), date(2026, 10, 6)], ids=["clock-back", "clock-forward"])
def test_days_stay_days_when_the_clock_changes(zone: str, last: date) -> None:
    readings = made(zone, last - timedelta(days=21), 22, 1_800)
    got = asked(readings, zone, last, Resolution.DAY)
    # Tuesday is the 22nd; the last eight workdays before: 11 and 14 to 18, 20 is a Sunday, and Monday 21.
    numbers = [n for n in range(1, 22) if (last - timedelta(days=22 - n)).weekday() < 5][-8:]
    assert got.mean.tolist() == [pytest.approx(np.median(numbers))]
    hourly = asked(readings, zone, last, Resolution.HOUR)
    assert np.nanmedian(hourly.mean) == pytest.approx(np.median(numbers))


def test_a_short_day_is_normal_for_its_hours() -> None:
    readings = made(SYDNEY, date(2026, 8, 1), 66, 3_600)
    got = asked(readings, SYDNEY, date(2026, 10, 4), Resolution.DAY)
    assert got.sum[0] == pytest.approx(got.mean[0] * 23)


def test_a_month_adds_up_its_days_and_has_no_band() -> None:
    readings = made(SYDNEY, date(2026, 4, 1), 91, 3_600)
    month = asked(readings, SYDNEY, date(2026, 6, 1), Resolution.MONTH, days=30)
    each = asked(readings, SYDNEY, date(2026, 6, 1), Resolution.DAY, days=30)
    assert month.sum.tolist() == [pytest.approx(each.sum.sum())]
    assert np.isnan(month.low).all()


def test_a_day_that_lacks_readings_is_no_example() -> None:
    readings = made(SYDNEY, date(2026, 5, 4), 15, 3_600)
    quality = readings.quality.copy()
    quality[24 * 11 + 3] = 4  # null: Friday the 15th knows 23 hours
    holed = Readings(start_ms=readings.start_ms, micro=readings.micro, quality=quality, step_s=3_600)
    got = asked(holed, SYDNEY, date(2026, 5, 18), Resolution.DAY)
    # 95 % of a day are 22.8 hours: it still counts; with another hole seven are left.
    assert got.mean.tolist() == [pytest.approx(8.5)]
    quality[24 * 11 + 4] = 4
    holed = Readings(start_ms=readings.start_ms, micro=readings.micro, quality=quality, step_s=3_600)
    assert asked(holed, SYDNEY, date(2026, 5, 18), Resolution.DAY).mean.tolist() == [pytest.approx(8.0)]


def test_readings_without_an_interval_have_no_raw_band() -> None:
    bill = irregular([("2026-05-04T00:00+10:00", 5.0)], [86_400 * 14])
    got = asked(bill, SYDNEY, date(2026, 5, 18), Resolution.RAW)
    assert np.isnan(got.mean).all()
    assert set(got.support.tolist()) == {0}


def test_days_without_a_normal_have_no_coverage() -> None:
    readings = made(SYDNEY, date(2026, 5, 4), 12, 3_600)
    whole = Span(day_start(SYDNEY, date(2026, 5, 4)), day_start(SYDNEY, date(2026, 5, 16)))
    got = normal_days(readings, Kind.INTERVAL, whole, zone=SYDNEY, holidays=())
    # Five workdays are needed: from Monday the 11th on.
    assert got.coverage.tolist() == [0.0] * 7 + [1.0] * 5
    assert got.sums[7] == pytest.approx(3 * 24)


def test_the_past_is_ten_weeks_of_whole_days() -> None:
    noon = day_start(SYDNEY, date(2026, 5, 4)) + 43_200_000
    got = history_span(SYDNEY, Span(noon, noon + 3_600_000))
    assert got.start_ms == day_start(SYDNEY, date(2026, 2, 23))
    assert got.end_ms == day_start(SYDNEY, date(2026, 5, 5))
