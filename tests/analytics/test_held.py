"""Gauges hold until they go stale; registers rise evenly between their reads."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.analytics.series_made import irregular, ms, regular

from aegrid_energy.analytics.held import cut_at, held_values, register_rates, register_rises
from aegrid_energy.domain.quality import Quality
from aegrid_energy.domain.readings import MICRO

HOUR_MS = 3_600_000
DAY = "2026-01-05T00:00+00:00"


def test_a_gauge_holds_until_its_next_reading_and_no_longer_than_it_may() -> None:
    gauge = irregular(
        [("2026-01-05T00:00+00:00", 20), ("2026-01-05T00:10+00:00", 21), ("2026-01-05T06:00+00:00", 22)]
    )
    held = held_values(gauge, HOUR_MS, end_ms=ms("2026-01-05T06:30+00:00"))
    assert (held.length_ms / 60_000).tolist() == [10, 60, 30]


def test_a_regular_gauge_holds_for_one_step() -> None:
    gauge = regular(DAY, 900, [20, 21])
    assert held_values(gauge, None, end_ms=ms(DAY) + 10 * HOUR_MS).length_ms.tolist() == [900_000, 900_000]


def test_a_gauge_that_never_spoke_holds_nothing() -> None:
    assert held_values(regular(DAY, 900, []), None, end_ms=ms(DAY)).length_ms.tolist() == []


def test_a_register_is_its_rate_between_two_reads() -> None:
    rates = register_rates(irregular([(DAY, 100), ("2026-01-05T02:00+00:00", 110)]), None)
    assert (rates.value.tolist(), rates.length_ms.tolist()) == ([5.0], [2 * HOUR_MS])
    assert rates.valid.tolist() == [True]


def test_a_register_that_falls_says_nothing_of_what_was_used() -> None:
    falls = irregular([(DAY, 100), ("2026-01-05T01:00+00:00", 3), ("2026-01-05T02:00+00:00", 5)])
    assert register_rates(falls, None).valid.tolist() == [False, True]
    edges = ms(DAY) + np.arange(3) * HOUR_MS
    assert register_rises(falls, edges).tolist() == [0, 2 * MICRO]


def test_a_late_read_is_true_in_total_and_estimated_in_its_parts() -> None:
    reads = regular(DAY, 3600, [0, None, None, 6])
    rates = register_rates(reads, None)
    assert (rates.value.tolist(), rates.estimated.tolist()) == ([2.0], [True])


def test_an_estimated_read_makes_both_its_sides_estimated() -> None:
    reads = regular(DAY, 3600, [0, 1, 2, 3], [0, Quality.ESTIMATED.code, 0, 0])
    assert register_rates(reads, None).estimated.tolist() == [True, True, False]


@given(
    rises=st.lists(st.integers(0, 10**9), min_size=1, max_size=20),
    gaps=st.lists(st.integers(1, 48), min_size=20, max_size=20),
    cuts=st.lists(st.integers(-10, 500), min_size=2, max_size=12, unique=True),
)
def test_what_a_register_rose_is_shared_out_whole(rises: list[int], gaps: list[int], cuts: list[int]) -> None:
    hours = np.concatenate([[0], np.cumsum(gaps[: len(rises)])])
    reads = regular(0, 3600, [0] * (len(rises) + 1))
    counted = np.concatenate([[0], np.cumsum(rises)])
    reads = type(reads)(start_ms=hours * HOUR_MS, micro=counted, quality=reads.quality, step_s=None)
    edges = np.array(sorted({-10, *cuts, 2000})) * HOUR_MS
    shares = register_rises(reads, edges)
    assert shares.min() >= 0
    assert int(shares.sum()) == sum(rises)


@given(
    lengths=st.lists(st.tuples(st.integers(1, 50), st.integers(0, 20)), max_size=12),
    cuts=st.lists(st.integers(-20, 400), min_size=2, max_size=8, unique=True),
)
def test_cutting_changes_neither_what_holds_nor_for_how_long(
    lengths: list[tuple[int, int]], cuts: list[int]
) -> None:
    """Each instant between the first and the last edge holds what it held before."""
    rows, at = [], 0
    for length, pause in lengths:
        rows.append((at, length))
        at += length + pause
    starts = np.array([start for start, _ in rows], dtype=np.int64)
    gauge = regular(0, 1, list(range(len(rows))))
    gauge = type(gauge)(start_ms=starts, micro=gauge.micro, quality=gauge.quality, step_s=None)
    held = held_values(gauge, None, end_ms=at)
    held = type(held)(
        start_ms=starts,
        length_ms=np.array([length for _, length in rows], dtype=np.int64),
        value=held.value,
        valid=held.valid,
        estimated=held.estimated,
        suspect=held.suspect,
    )
    edges = np.array(sorted(cuts), dtype=np.int64)
    cut = cut_at(held, edges)
    before = {
        t: value
        for (start, length), value in zip(rows, held.value, strict=True)
        for t in range(start, start + length)
        if edges[0] <= t < edges[-1]
    }
    after = {
        t: value
        for start, length, value in zip(cut.start_ms, cut.length_ms, cut.value, strict=True)
        for t in range(start, start + length)
    }
    assert after == before
    crossed = (edges[:, None] > cut.start_ms) & (edges[:, None] < cut.start_ms + cut.length_ms)
    assert not crossed.any()
