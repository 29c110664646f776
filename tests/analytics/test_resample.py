"""Buckets by kind, against numbers worked by hand and against the whole they came from."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from series_made import irregular, ms, regular

from aegrid_energy.analytics.buckets import Resolution, bucket_edges
from aegrid_energy.analytics.resample import resample, resample_states
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.quality import SUSPECT, Quality
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import Kind

E = Quality.ESTIMATED.code
T0 = "2026-07-01T00:00+00:00"


def edges(*texts: str) -> np.ndarray:
    return np.array([ms(t) for t in texts], dtype=np.int64)


TWO_HOURS = edges(T0, "2026-07-01T01:00+00:00", "2026-07-01T02:00+00:00")


def test_energy_adds_up_and_its_rate_is_power() -> None:
    # 15-min kWh: 1, 2, 3, null | 4, 4, 4, 4
    got = resample(
        regular(T0, 900, [1, 2, 3, None, 4, 4, 4, 4], [0, E, E | SUSPECT, 0, 0, 0, 0, 0]),
        Kind.INTERVAL,
        TWO_HOURS,
    )
    assert got.sum.tolist() == [6, 16]
    assert got.sum_micro.tolist() == [6_000_000, 16_000_000]
    assert got.mean.tolist() == [8, 16]  # 6 kWh over 0.75 h known
    assert got.min.tolist() == [4, 16]
    assert got.max.tolist() == [12, 16]
    assert got.coverage.tolist() == [0.75, 1]
    assert got.estimated_share.tolist() == [pytest.approx(2 / 3), 0]
    assert got.suspect_share.tolist() == [pytest.approx(1 / 3), 0]


def test_a_bucket_without_a_reading_is_unknown_not_zero() -> None:
    got = resample(regular(T0, 900, [1, 1, 1, 1]), Kind.INTERVAL, TWO_HOURS)
    assert np.isnan([got.sum[1], got.mean[1], got.min[1], got.max[1], got.estimated_share[1]]).all()
    assert got.coverage.tolist() == [1, 0]


def test_empty_buckets_between_full_ones_stay_empty() -> None:
    half = np.array([ms(T0) + n * 450_000 for n in range(9)], dtype=np.int64)
    got = resample(regular(T0, 900, [1, 2, 3, 4]), Kind.INTERVAL, half)
    assert np.nan_to_num(got.sum, nan=-1).tolist() == [1, -1, 2, -1, 3, -1, 4, -1]


def test_nothing_is_expected_out_of_service() -> None:
    got = resample(
        regular(T0, 900, [1, 1]), Kind.INTERVAL, TWO_HOURS, service_ms=(None, ms("2026-07-01T00:30+00:00"))
    )
    assert got.expected.tolist() == [2, 0]
    assert got.coverage[0] == 1
    assert np.isnan(got.coverage[1])
    never = resample(regular(T0, 900, [1, 1]), Kind.INTERVAL, TWO_HOURS, service_ms=(None, 0))
    assert never.expected.tolist() == [0, 0]


def test_no_readings_at_all_is_an_answer() -> None:
    for kind in (Kind.INTERVAL, Kind.INSTANT, Kind.CUMULATIVE):
        got = resample(regular(T0, 900, []), kind, TWO_HOURS)
        assert got.valid.tolist() == [0, 0]
        assert np.isnan(got.mean).all()
    assert resample_states(regular(T0, 900, []), TWO_HOURS).seconds.shape == (2, 0)


def test_a_period_read_is_never_spread() -> None:
    days = edges(T0, "2026-07-02T00:00+00:00", "2026-07-03T00:00+00:00")
    got = resample(irregular([(T0, 48)], [2 * 86_400]), Kind.INTERVAL, days)
    assert np.nan_to_num(got.sum, nan=-1).tolist() == [48, -1]
    assert got.mean[0] == 1  # 48 kWh over its own 48 h
    assert got.coverage.tolist() == [1, 0]


def test_gauges_are_weighted_by_the_time_they_held() -> None:
    # 10 for 15 min, 30 for 45 min; held into the second hour for 15 min, then 0
    rows = [(T0, 10), ("2026-07-01T00:15+00:00", 30), ("2026-07-01T01:15+00:00", 0)]
    got = resample(irregular(rows), Kind.INSTANT, TWO_HOURS)
    assert got.mean.tolist() == [25, 7.5]
    assert got.min.tolist() == [10, 0]
    assert got.max.tolist() == [30, 30]
    assert got.coverage.tolist() == [1, 1]
    assert np.isnan(got.sum).all()


def test_a_gauge_goes_stale() -> None:
    got = resample(irregular([(T0, 10)]), Kind.INSTANT, TWO_HOURS, hold_ms=1_800_000)
    assert got.coverage.tolist() == [0.5, 0]
    assert got.mean[0] == 10
    setpoint = resample(irregular([(T0, 10)]), Kind.SETPOINT, TWO_HOURS, hold_ms=1_800_000)
    assert setpoint.coverage.tolist() == [1, 1]


def test_a_gauge_read_before_the_period_holds_into_it() -> None:
    got = resample(irregular([("2026-06-30T23:00+00:00", 21)]), Kind.INSTANT, TWO_HOURS)
    assert got.mean.tolist() == [21, 21]


def test_states_give_seconds() -> None:
    rows = [(T0, 0), ("2026-07-01T00:20+00:00", 1), ("2026-07-01T01:30+00:00", 2)]
    got = resample_states(irregular(rows), TWO_HOURS)
    assert got.states.tolist() == [0, 1, 2]
    assert got.seconds.tolist() == [[1_200, 2_400, 0], [0, 1_800, 1_800]]
    with pytest.raises(InvalidError, match="state_has_no_mean"):
        resample(irregular(rows), Kind.STATE, TWO_HOURS)


def test_a_gauge_declared_as_state_is_refused() -> None:
    with pytest.raises(InvalidError, match="too_many_states"):
        resample_states(regular(T0, 60, [float(n) for n in range(65)]), TWO_HOURS)


def test_a_register_gives_differences() -> None:
    rows = [
        (T0, 100),
        ("2026-07-01T00:30+00:00", 101),
        ("2026-07-01T01:30+00:00", 105),
        ("2026-07-01T02:00+00:00", 105),
    ]
    got = resample(irregular(rows), Kind.CUMULATIVE, TWO_HOURS)
    assert got.sum.tolist() == [3, 2]  # 1 + half of 4 | the other half + 0
    assert got.max.tolist() == [4, 4]
    assert got.min.tolist() == [2, 0]


def test_a_register_that_falls_is_unknown_not_negative() -> None:
    rows = [(T0, 100), ("2026-07-01T01:00+00:00", 3), ("2026-07-01T02:00+00:00", 5)]
    got = resample(irregular(rows), Kind.CUMULATIVE, TWO_HOURS)
    assert np.nan_to_num(got.sum, nan=-1).tolist() == [-1, 2]
    assert got.coverage.tolist() == [0, 1]


def test_the_share_of_a_register_over_a_gap_is_estimated_and_its_total_right() -> None:
    reads = regular(T0, 1_800, [100, None, None, 106, 107])
    got = resample(reads, Kind.CUMULATIVE, TWO_HOURS)
    assert got.sum.tolist() == [4, 3]
    assert got.estimated_share.tolist() == [1, 0.5]


def test_irregular_amounts_without_lengths_are_refused() -> None:
    with pytest.raises(InvalidError, match="interval_without_length"):
        resample(irregular([(T0, 1)]), Kind.INTERVAL, TWO_HOURS)
    with pytest.raises(InvalidError, match="edges_not_ascending"):
        resample(regular(T0, 900, [1]), Kind.INTERVAL, TWO_HOURS[::-1])


@pytest.mark.parametrize(
    ("on", "next_day", "slots"),
    [
        pytest.param("2026-10-04T00:00+10:00", "2026-10-05T00:00+11:00", 276, id="spring"),
        pytest.param("2026-04-05T00:00+11:00", "2026-04-06T00:00+10:00", 300, id="autumn"),
    ],
)
def test_a_local_day_sums_the_slots_it_has(on: str, next_day: str, slots: int) -> None:
    data = regular(ms(on) - 3_600_000, 300, [1.0] * 400)
    days = bucket_edges(Resolution.DAY, "Australia/Sydney", ms(on), ms(next_day))
    got = resample(data, Kind.INTERVAL, days)
    assert (got.sum.tolist(), got.expected.tolist(), got.coverage.tolist()) == ([slots], [slots], [1])


values = st.lists(st.one_of(st.none(), st.integers(0, 10**9)), min_size=1, max_size=300)
ZONES = st.sampled_from(
    ["Australia/Sydney", "Australia/Lord_Howe", "Australia/Adelaide", "America/Havana", "UTC"]
)
# a day before a spring or an autumn change, so that most examples cross one
STARTS = st.sampled_from(
    [ms("2026-10-03T00:00+00:00"), ms("2026-04-04T00:00+00:00"), ms("2026-11-01T00:00+00:00")]
)


def made(start: int, step_s: int, micro: list[int | None]) -> Readings:
    return regular(start, step_s, [None if v is None else v / 1_000_000 for v in micro])


@settings(max_examples=150, deadline=None)
@given(values, ZONES, STARTS, st.sampled_from([300, 900, 1800, 3600]), st.sampled_from(list(Resolution)[1:]))
def test_resampling_keeps_energy(
    micro: list[int | None], zone: str, start: int, step_s: int, resolution: Resolution
) -> None:
    data = made(start, step_s, micro)
    cut = bucket_edges(resolution, zone, start, start + len(micro) * step_s * 1000)
    got = resample(data, Kind.INTERVAL, cut)
    assert got.sum_micro.sum() == data.micro.sum()
    assert got.valid.sum() == data.valid.sum()
    assert got.expected.sum() == len(data)
    known = ~np.isnan(got.mean)
    assert (got.min[known] <= got.mean[known] * (1 + 1e-12) + 1e-12).all()
    assert (got.mean[known] <= got.max[known] * (1 + 1e-12) + 1e-12).all()


@settings(max_examples=100, deadline=None)
@given(values, ZONES, STARTS, st.integers(0, 300))
def test_two_halves_make_the_whole(micro: list[int | None], zone: str, start: int, at: int) -> None:
    at = min(at, len(micro))
    data = made(start, 900, micro)
    cut = bucket_edges(Resolution.HOUR, zone, start, start + len(micro) * 900_000)
    whole = resample(data, Kind.INTERVAL, cut)
    halves = [
        Readings(start_ms=data.start_ms[p], micro=data.micro[p], quality=data.quality[p], step_s=900)
        for p in (slice(0, at), slice(at, None))
    ]
    parts = [resample(half, Kind.INTERVAL, cut) for half in halves]
    assert (parts[0].sum_micro + parts[1].sum_micro == whole.sum_micro).all()
    assert (parts[0].valid + parts[1].valid == whole.valid).all()


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 10_000), st.integers(0, 10**9)), min_size=1, max_size=60), ZONES, STARTS
)
def test_a_register_rises_by_the_same_however_it_is_cut(
    steps: list[tuple[int, int]], zone: str, start: int
) -> None:
    at = start + np.cumsum([0, *(s for s, _ in steps)]).astype(np.int64) * 1000
    micro = np.cumsum([0, *(v for _, v in steps)]).astype(np.int64)
    reads = Readings(start_ms=at, micro=micro, quality=np.zeros(len(at), np.uint8), step_s=None)
    cut = bucket_edges(Resolution.MINUTES_15, zone, start, int(at[-1]))
    got = resample(reads, Kind.CUMULATIVE, cut)
    assert got.sum_micro.sum() == micro[-1]
    assert got.valid.sum() == at[-1] - at[0]


@settings(max_examples=100, deadline=None)
@given(values, ZONES, STARTS)
def test_a_gauge_keeps_its_integral(micro: list[int | None], zone: str, start: int) -> None:
    data = made(start, 900, micro)
    cut = bucket_edges(Resolution.HOUR, zone, start, start + len(micro) * 900_000)
    got = resample(data, Kind.INSTANT, cut)
    integral = np.nansum(got.mean * got.valid)
    assert integral == pytest.approx(float(np.nansum(data.floats)) * 900_000, rel=1e-9)
