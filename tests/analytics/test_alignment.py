"""Another time in the buckets of this one."""

from datetime import date

import numpy as np
import pytest
from series_made import ms, regular

from aegrid_energy.analytics.alignment import align, day_figures, pair_before, period_of_span
from aegrid_energy.analytics.buckets import Resolution, bucket_edges
from aegrid_energy.analytics.compare import DayPairs
from aegrid_energy.domain.calendar import PeriodKind
from aegrid_energy.domain.series import Kind
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.zones import day_start

SYDNEY = "Australia/Sydney"
HOUR = 3_600_000


def span(first: str, end: str) -> Span:
    return Span(day_start(SYDNEY, date.fromisoformat(first)), day_start(SYDNEY, date.fromisoformat(end)))


def pairs(*days: tuple[str, str]) -> DayPairs:
    current, reference = zip(*days, strict=True)
    return DayPairs(
        current=np.array(current, dtype="datetime64[D]"), reference=np.array(reference, dtype="datetime64[D]")
    )


@pytest.mark.parametrize(
    ("first", "end", "kind"),
    [
        pytest.param("2026-02-01", "2026-03-01", PeriodKind.MONTH, id="month"),
        pytest.param("2026-01-01", "2026-04-01", PeriodKind.QUARTER, id="quarter"),
        pytest.param("2025-07-01", "2026-07-01", PeriodKind.FINANCIAL_YEAR, id="year"),
        pytest.param("2026-02-01", "2026-02-08", PeriodKind.CUSTOM, id="week"),
    ],
)
def test_whole_months_are_called_what_they_are(first: str, end: str, kind: PeriodKind) -> None:
    assert period_of_span(SYDNEY, span(first, end)).kind is kind


def test_a_month_is_paired_with_the_month_before() -> None:
    got = pair_before(SYDNEY, span("2026-03-01", "2026-04-01"))
    assert (len(got.current), str(got.reference[0]), str(got.reference[-1])) == (
        28,
        "2026-02-01",
        "2026-02-28",
    )


def test_some_hours_meet_the_same_hours_of_the_day_before() -> None:
    evening = Span(ms("2026-07-02T22:00+10:00"), ms("2026-07-03T04:00+10:00"))
    got = pair_before(SYDNEY, evening)
    assert got.reference.astype(str).tolist() == ["2026-07-01", "2026-07-02"]


def test_a_day_of_25_hours_is_one_day_back() -> None:
    got = pair_before(SYDNEY, span("2026-04-05", "2026-04-06"))
    assert got.reference.astype(str).tolist() == ["2026-04-04"]


def test_the_wall_clock_decides_which_hour_meets_which() -> None:
    # 4 October 2026 has no 2 o'clock in Sydney; the day before has.
    readings = regular(day_start(SYDNEY, date(2026, 10, 3)), 3_600, [float(n) for n in range(24)])
    today = span("2026-10-04", "2026-10-05")
    edges = bucket_edges(Resolution.HOUR, SYDNEY, today.start_ms, today.end_ms)
    buckets, starts = align(
        readings,
        Kind.INTERVAL,
        edges,
        pairs(("2026-10-04", "2026-10-03")),
        zone=SYDNEY,
        resolution=Resolution.HOUR,
    )
    assert buckets.sum.tolist() == [0.0, 1.0, *(float(n) for n in range(3, 24))]
    assert (starts >= 0).all()


def test_a_doubled_hour_meets_the_one_of_the_other_day() -> None:
    readings = regular(day_start(SYDNEY, date(2026, 4, 4)), 3_600, [float(n) for n in range(24)])
    today = span("2026-04-05", "2026-04-06")
    edges = bucket_edges(Resolution.HOUR, SYDNEY, today.start_ms, today.end_ms)
    buckets, _ = align(
        readings,
        Kind.INTERVAL,
        edges,
        pairs(("2026-04-05", "2026-04-04")),
        zone=SYDNEY,
        resolution=Resolution.HOUR,
    )
    assert buckets.sum.tolist()[:5] == [0.0, 1.0, 2.0, 2.0, 3.0]


def test_a_day_without_a_like_day_expects_nothing() -> None:
    readings = regular(day_start(SYDNEY, date(2026, 6, 1)), 3_600, [1.0] * 24)
    two = span("2026-07-01", "2026-07-03")
    edges = bucket_edges(Resolution.DAY, SYDNEY, two.start_ms, two.end_ms)
    buckets, starts = align(
        readings,
        Kind.INTERVAL,
        edges,
        pairs(("2026-07-01", "2026-06-01")),
        zone=SYDNEY,
        resolution=Resolution.DAY,
    )
    assert (buckets.sum[0], buckets.coverage[0]) == (24.0, 1.0)
    assert np.isnan(buckets.sum[1])
    assert (buckets.expected[1], starts[1]) == (0.0, -1)


def test_a_month_adds_up_the_days_that_its_days_meet() -> None:
    readings = regular(day_start(SYDNEY, date(2026, 6, 1)), 3_600, [1.0] * 24 + [3.0] * 24)
    july = span("2026-07-01", "2026-08-01")
    edges = bucket_edges(Resolution.MONTH, SYDNEY, july.start_ms, july.end_ms)
    met = pairs(("2026-07-01", "2026-06-01"), ("2026-07-02", "2026-06-02"), ("2026-07-03", "2026-06-02"))
    buckets, _ = align(readings, Kind.INTERVAL, edges, met, zone=SYDNEY, resolution=Resolution.MONTH)
    assert (buckets.sum.tolist(), buckets.max.tolist()) == ([24.0 + 72.0 + 72.0], [3.0])
    assert buckets.mean[0] == pytest.approx(168 / 72)


def test_raw_intervals_meet_by_their_own_grid() -> None:
    readings = regular(day_start(SYDNEY, date(2026, 7, 1)), 1_800, [float(n) for n in range(48)])
    today = span("2026-07-02", "2026-07-03")
    edges = np.arange(today.start_ms, today.end_ms + 1, 1_800_000, dtype=np.int64)
    buckets, _ = align(
        readings,
        Kind.INTERVAL,
        edges,
        pairs(("2026-07-02", "2026-07-01")),
        zone=SYDNEY,
        resolution=Resolution.RAW,
    )
    assert buckets.sum.tolist() == [float(n) for n in range(48)]


def test_only_whole_days_are_figures() -> None:
    readings = regular(day_start(SYDNEY, date(2026, 7, 1)), 3_600, [1.0] * 72)
    part = Span(ms("2026-07-01T06:00+10:00"), ms("2026-07-03T18:00+10:00"))
    got = day_figures(readings, Kind.INTERVAL, SYDNEY, part)
    assert (got.dates.astype(str).tolist(), got.sums.tolist()) == (["2026-07-02"], [24.0])
    hours = Span(part.start_ms, part.start_ms + 6 * HOUR)
    assert len(day_figures(readings, Kind.INTERVAL, SYDNEY, hours).dates) == 0
