"""The newest interval of a day and what is normal for it."""

import numpy as np
import pytest

from aegrid_energy.analytics.newest_interval import newest_apparent, newest_interval
from aegrid_energy.analytics.power import PowerPair
from aegrid_energy.domain.quality import NULL
from aegrid_energy.domain.readings import MICRO, Readings
from aegrid_energy.domain.series import Kind
from aegrid_energy.domain.spans import Span

HOUR = 3_600_000
#: Wednesday 1 April 2026.
DAY = Span(1_775_001_600_000, 1_775_001_600_000 + 24 * HOUR)


def hours(values: list[float | None], *, end_ms: int) -> Readings:
    """Hourly readings that end at an instant."""
    start = end_ms - len(values) * HOUR
    return Readings(
        start_ms=np.arange(start, end_ms, HOUR, dtype=np.int64),
        micro=np.array([0 if v is None else round(v * MICRO) for v in values], dtype=np.int64),
        quality=np.array([NULL if v is None else 0 for v in values], dtype=np.uint8),
        step_s=3_600,
    )


def weeks_then(today: list[float | None]) -> Readings:
    """Ten weeks of 2 kWh an hour, then a day."""
    end = DAY.start_ms + len(today) * HOUR
    return hours([2.0] * (70 * 24) + today, end_ms=end)


def test_the_newest_interval_stands_against_its_time_of_day() -> None:
    found = newest_interval(weeks_then([2.0, 3.0]), Kind.INTERVAL, DAY, zone="UTC", holidays=())
    assert found is not None
    assert (found.start_ms - DAY.start_ms, found.end_ms - DAY.start_ms) == (HOUR, 2 * HOUR)
    assert (found.rate, found.usual, found.low, found.high) == (3.0, 2.0, 2.0, 2.0)
    assert (found.total, found.used, found.used_normally) == (5.0, 5.0, 4.0)


def test_an_unknown_hour_is_compared_with_nothing() -> None:
    found = newest_interval(weeks_then([2.0, None, 3.0]), Kind.INTERVAL, DAY, zone="UTC", holidays=())
    assert found is not None
    assert (found.total, found.used, found.used_normally) == (5.0, 5.0, 4.0)


def test_a_null_at_the_end_is_not_the_newest_value() -> None:
    found = newest_interval(weeks_then([3.0, None]), Kind.INTERVAL, DAY, zone="UTC", holidays=())
    assert found is not None
    assert (found.end_ms - DAY.start_ms, found.rate) == (HOUR, 3.0)


def test_without_history_nothing_is_normal_and_the_value_stands() -> None:
    young = hours([2.0], end_ms=DAY.start_ms + HOUR)
    found = newest_interval(young, Kind.INTERVAL, DAY, zone="UTC", holidays=())
    assert found is not None
    assert (found.rate, found.usual, found.used, found.total) == (2.0, None, 0.0, 2.0)


@pytest.mark.parametrize(
    ("readings", "kind"),
    [
        pytest.param(hours([2.0], end_ms=DAY.start_ms), Kind.INTERVAL, id="only-yesterday"),
        pytest.param(hours([], end_ms=DAY.start_ms), Kind.INTERVAL, id="nothing"),
        pytest.param(hours([2.0], end_ms=DAY.start_ms + HOUR), Kind.CUMULATIVE, id="register-reads"),
    ],
)
def test_a_day_without_an_interval_has_no_newest(readings: Readings, kind: Kind) -> None:
    assert newest_interval(readings, kind, DAY, zone="UTC", holidays=()) is None


def test_apparent_power_is_of_the_newest_interval_with_both() -> None:
    end = DAY.start_ms + 2 * HOUR
    pair = PowerPair(active=hours([4.0, 8.0], end_ms=end), reactive=hours([3.0, None], end_ms=end))
    found = newest_apparent(pair)
    assert found is not None
    assert (found.end_ms, found.power_kw, found.reactive_kvar) == (end - HOUR, 4.0, 3.0)
    assert (found.apparent_kva, found.power_factor) == (5.0, 0.8)


def test_where_nothing_flows_there_is_no_power_factor() -> None:
    pair = PowerPair(active=hours([0.0], end_ms=DAY.end_ms), reactive=hours([0.0], end_ms=DAY.end_ms))
    found = newest_apparent(pair)
    assert found is not None
    assert (found.apparent_kva, found.power_factor) == (0.0, None)
    assert newest_apparent(PowerPair(active=hours([], end_ms=0), reactive=hours([], end_ms=0))) is None
