"""What is there, what is missing, and since when."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from series_made import irregular, ms, regular

from aegrid_energy.analytics.quality_matrix import QualityDays, gaps, quality_days
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.quality import SUSPECT, Quality
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import Kind, Rhythm
from aegrid_energy.domain.spans import FIRST_MS, LAST_MS, Span

HOUR, DAY = 3_600_000, 86_400_000
T0 = ms("2026-07-01T00:00+00:00")
ALWAYS = Span(FIRST_MS, LAST_MS)
LATER = T0 + 1_000 * DAY
E = Quality.ESTIMATED.code


def row(
    readings: Readings,
    days: int = 3,
    *,
    now: int = LATER,
    service: Span = ALWAYS,
    rhythm: Rhythm = Rhythm.DAILY_FILE,
    kind: Kind = Kind.INTERVAL,
    received: list[int] | None = None,
) -> QualityDays:
    return quality_days(
        readings,
        kind,
        "UTC",
        Span(T0, T0 + days * DAY),
        rhythm=rhythm,
        now_ms=now,
        service=service,
        received_ms=None if received is None else np.array(received, dtype=np.int64),
    )


def test_a_day_is_counted_slot_by_slot() -> None:
    got = row(regular(T0, 6 * 3_600, [1, 2, None, 4, 5, 5, 5, 5], [0, E, 0, E | SUSPECT, 0, 0, 0, 0]))
    assert got.dates.astype(str).tolist() == ["2026-07-01", "2026-07-02", "2026-07-03"]
    assert got.expected.tolist() == [4, 4, 4]
    assert got.completeness.tolist() == [0.75, 1, 0]
    assert got.missing.tolist() == [1, 0, 4]
    assert got.estimated.tolist() == [2, 0, 0]
    assert got.suspect.tolist() == [1, 0, 0]
    assert got.late.tolist() == [True, False, True]


def test_expected_follows_the_service_dates() -> None:
    got = row(regular(T0, 6 * 3_600, [1] * 12), service=Span(T0 + DAY + DAY // 2, T0 + 2 * DAY))
    assert got.expected.tolist() == [0, 2, 0]
    assert np.isnan(got.completeness[[0, 2]]).all()
    assert not got.late.any()


def test_what_is_not_due_yet_is_awaited_not_missing() -> None:
    got = row(regular(T0, 3_600, [1] * 24), now=T0 + 2 * DAY + 11 * HOUR)
    assert got.awaited.tolist() == [False, True, True]
    assert got.missing.tolist() == [0, 0, 0]
    assert not got.late.any()
    overdue = row(regular(T0, 3_600, [1] * 24), now=T0 + 2 * DAY + 12 * HOUR)
    assert overdue.missing.tolist() == [0, 24, 0]
    assert overdue.late.tolist() == [False, True, False]


def test_an_interval_that_still_runs_is_not_expected() -> None:
    got = row(regular(T0, 3_600, [1] * 24), now=T0 + DAY + 90 * 60_000)
    assert got.expected.tolist() == [24, 1, 0]


def test_data_that_came_after_its_time_is_late_though_whole() -> None:
    got = row(
        regular(T0, 86_400, [1, 1, 1]), received=[T0 + 30 * HOUR, T0 + 2 * DAY + 13 * HOUR, T0 + 3 * DAY]
    )
    assert got.late.tolist() == [False, True, False]
    assert not row(regular(T0, 86_400, [1]), rhythm=Rhythm.ENDED).late.any()


def test_gauges_and_states_are_counted_by_time() -> None:
    got = row(regular(T0, 3_600, [20.0] * 36), kind=Kind.INSTANT)
    assert got.completeness.tolist() == [1, 0.5, 0]
    assert row(regular(T0, 3_600, [1] * 36), kind=Kind.STATE).completeness.tolist() == [1, 0.5, 0]


def found(
    readings: Readings, *, now: int = LATER, service: Span = ALWAYS, hours: int = 8
) -> list[tuple[int, int]]:
    spans = gaps(readings, Span(T0, T0 + hours * HOUR), service=service, now_ms=now)
    return [((s.start_ms - T0) // 60_000, (s.end_ms - T0) // 60_000) for s in spans]


def test_gaps_by_hand() -> None:
    data = regular(T0, 3_600, [None, 1, 1, None, None, 1])
    assert found(data) == [(0, 60), (180, 300), (360, 480)]
    assert found(data, service=Span(T0 + HOUR, T0 + 4 * HOUR)) == [(180, 240)]
    assert found(data, now=T0 + 6 * HOUR + 59 * 60_000) == [(0, 60), (180, 300)]
    assert found(data, service=Span(T0 - HOUR, T0)) == []


def test_no_reading_at_all_is_one_gap() -> None:
    assert found(regular(T0, 3_600, [])) == [(0, 480)]


def test_gaps_between_bills() -> None:
    bills = irregular([("2026-07-01T00:00+00:00", 1), ("2026-07-01T03:00+00:00", 1)], [7_200, 18_000])
    assert found(bills) == [(120, 180)]
    with pytest.raises(InvalidError, match="interval_without_length"):
        found(irregular([("2026-07-01T00:00+00:00", 1)]))


def test_endless_gaps_are_refused() -> None:
    data = regular(T0, 60, [1, None] * 10_001)
    with pytest.raises(InvalidError, match="too_many_gaps"):
        gaps(data, Span(T0, T0 + 365 * DAY), service=ALWAYS, now_ms=LATER)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=100))
def test_gaps_and_readings_fill_the_period(valid: list[bool]) -> None:
    data = regular(T0, 900, [1.0 if v else None for v in valid])
    spans = gaps(data, Span(T0, T0 + len(valid) * 900_000), service=ALWAYS, now_ms=LATER)
    assert sum(s.end_ms - s.start_ms for s in spans) == valid.count(False) * 900_000
    assert len(spans) == sum(1 for a, b in zip([True, *valid], valid, strict=False) if a and not b)
