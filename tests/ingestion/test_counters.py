from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.readings import MICRO
from aegrid_energy.ingestion.counters import (
    CounterRules,
    Exchange,
    changed_starts,
    float32_resolution,
    intervals_from_counter,
    touched_spans,
)

HOUR = 3_600_000
WH = 1_000  # micro of kWh
RATE_100_A = 3 * 0.23 * 100  # kW of a three-phase 100 A meter


def kwh(*values):
    return np.array([round(Decimal(str(value)) * MICRO) for value in values], dtype=np.int64)


def hourly(*values, step_s=3600, **said):
    return intervals_from_counter(np.arange(len(values)) * HOUR, kwh(*values), step_s, **said)


def codes(found):
    return [notice.code for notice in found.notices]


def test_a_wrap_of_known_bits_is_consumption_and_derived():
    found = hourly(
        "4294967.000", "0.500", rules=CounterRules(bits=32, count_micro=WH, max_rate_per_h=RATE_100_A)
    )
    assert found.readings.micro.tolist() == [796 * WH]
    assert found.readings.quality.tolist() == [q.DERIVED]
    assert codes(found) == ["counter_wrapped"]


def test_the_same_fall_with_unknown_bits_is_a_gap_and_suspect():
    found = hourly("4294967.000", "0.500", rules=CounterRules(count_micro=WH))
    assert found.readings.quality.tolist() == [q.NULL | q.SUSPECT | q.DERIVED]
    assert found.readings.micro.tolist() == [0]
    assert codes(found) == ["counter_wrap_or_reset"]


def test_a_wrap_of_a_mechanical_register_of_known_digits_is_consumption():
    found = hourly(99_951, 27, rules=CounterRules(digits=5))
    assert found.readings.total == 76


def test_a_known_wrap_that_would_be_too_much_is_not_taken_for_one():
    found = hourly(
        3_000_000, 1_000_000, rules=CounterRules(bits=32, count_micro=WH, max_rate_per_h=RATE_100_A)
    )
    assert found.readings.valid.tolist() == [False]
    assert codes(found) == ["counter_fell"]


def test_a_new_serial_opens_an_epoch_and_its_interval_is_null():
    found = hourly(123_456.7, 0.3, 0.5, epoch=np.array([1, 2, 2]))
    assert found.readings.valid.tolist() == [False, True]
    assert found.readings.micro.tolist() == kwh(0, 0.2).tolist()
    assert codes(found) == ["meter_exchanged"]


def test_noted_readings_of_an_exchange_fill_its_interval():
    exchange = Exchange(at_ms=HOUR // 2, last_micro=int(kwh(123_457.2)[0]), first_micro=int(kwh(0.1)[0]))
    found = hourly(123_456.7, 0.3, epoch=np.array([1, 2]), exchanges=[exchange])
    assert found.readings.total == Decimal("0.7")


@pytest.mark.parametrize("last", [123_000.0, 123_456.6])
def test_noted_readings_that_do_not_fit_leave_the_interval_null(last):
    exchange = Exchange(at_ms=HOUR // 2, last_micro=int(kwh(last)[0]), first_micro=0)
    found = hourly(123_456.7, 0.3, epoch=np.array([1, 2]), exchanges=[exchange])
    assert found.readings.valid.tolist() == [False]


def test_noise_downwards_is_zero_and_no_reset_and_never_counted_twice():
    found = hourly(5000.0, 4999.9, 5000.0, 5000.4)
    assert found.readings.micro.tolist() == kwh(0, 0, 0.4).tolist()
    assert found.notices == ()


def test_a_reset_with_the_same_serial_counts_from_zero_suspect_and_told_once():
    found = hourly(5000, 3, 4)
    assert found.readings.micro.tolist() == kwh(3, 1).tolist()
    assert found.readings.quality.tolist() == [q.DERIVED | q.SUSPECT, q.DERIVED]
    assert codes(found) == ["counter_reset"]


def test_a_zero_at_wake_up_is_not_a_reset_until_a_second_reading_agrees():
    assert hourly(5000, 0, 5001).readings.total == 1
    pending = hourly(5000, 0)
    assert len(pending.readings) == 0
    assert pending.rejected_ms.tolist() == [HOUR]
    assert codes(hourly(5000, 0, 1)) == ["counter_reset"]


def test_a_fall_that_is_neither_noise_nor_reset_is_unknown():
    found = hourly(5000, 3000, 3001)
    assert found.readings.valid.tolist() == [False, True]
    assert codes(found) == ["counter_fell"]


def test_a_jump_beyond_what_the_fuse_lets_through_is_rejected():
    at_ms = np.arange(4) * 60_000
    rules = CounterRules(max_rate_per_h=RATE_100_A)
    found = intervals_from_counter(at_ms, kwh(100, 9_000_100, 100.2, 100.3), 60, rules=rules)
    assert found.rejected_ms.tolist() == [60_000]
    assert found.readings.total == Decimal("0.3")
    assert codes(found) == ["counter_spike"]


def test_a_jump_from_which_the_counter_goes_on_is_a_new_level_and_its_interval_unknown():
    found = hourly(100, 9_000_100, 9_000_101, rules=CounterRules(max_rate_per_h=RATE_100_A))
    assert found.readings.valid.tolist() == [False, True]
    assert codes(found) == ["counter_jumped"]


def test_a_float32_counter_past_2_to_the_24_is_told_its_resolution():
    assert float32_resolution(16_777_217) == 2
    assert float32_resolution(16_777_215) == 1
    found = hourly(16_777.217, 16_777.219, rules=CounterRules(count_micro=WH, is_float32=True))
    assert [(n.code, n.step_micro) for n in found.notices] == [("counter_resolution", 2 * WH)]
    assert hourly(16_777.0, 16_777.2, rules=CounterRules(count_micro=WH, is_float32=True)).notices == ()


QUARTERS = np.arange(0, 17) * HOUR // 4  # 08:00 to 12:00, if it begins at 08:00


def test_a_gap_keeps_its_total_and_marks_its_split_as_estimated():
    counter = kwh(*range(100, 117))
    kept = (QUARTERS <= HOUR) | (QUARTERS >= 3 * HOUR)
    found = intervals_from_counter(QUARTERS[kept], counter[kept], 900).readings
    split = q.DERIVED | q.SPLIT_OF_GAP | q.Quality.ESTIMATED.code
    assert found.quality.tolist() == [q.DERIVED] * 4 + [split] * 8 + [q.DERIVED] * 4
    assert found.total == 16


def test_an_uneven_gap_is_split_without_losing_a_millionth():
    found = intervals_from_counter(np.array([0, 7 * HOUR]), np.array([0, 1_000_000]), 3600).readings
    assert found.micro.sum() == 1_000_000
    assert set(found.micro.tolist()) == {142_857, 142_858}


def test_a_gap_inside_one_interval_is_no_estimate():
    at_ms = np.array([0, HOUR // 4, HOUR])
    found = intervals_from_counter(at_ms, kwh(0, 1, 5), 3600, rules=CounterRules(gap_s=900)).readings
    assert found.quality.tolist() == [q.DERIVED]
    assert found.total == 5


def test_a_later_backfill_replaces_the_split_and_touches_only_its_hours():
    counter = kwh(*np.cumsum(np.arange(17)))
    kept = (QUARTERS <= HOUR) | (QUARTERS >= 3 * HOUR)
    before = intervals_from_counter(QUARTERS[kept], counter[kept], 900).readings
    after = intervals_from_counter(QUARTERS, counter, 900).readings
    changed = changed_starts(before, after)
    assert changed.min() >= HOUR
    assert changed.max() < 3 * HOUR
    assert before.total == after.total
    ((low, high),) = touched_spans(QUARTERS[kept], QUARTERS[~kept], 3600).tolist()
    assert (low, high) == (0, 4 * HOUR)


def test_the_same_readings_three_times_and_out_of_order_change_nothing():
    at_ms, counter = QUARTERS, kwh(*range(100, 117))
    once = intervals_from_counter(at_ms, counter, 900)
    order = np.random.default_rng(7).permutation(np.tile(np.arange(17), 3))
    again = intervals_from_counter(at_ms[order], counter[order], 900)
    assert again.readings.micro.tolist() == once.readings.micro.tolist()
    assert again.readings.quality.tolist() == once.readings.quality.tolist()


def test_readings_between_the_edges_are_cut_in_proportion():
    at_ms = np.array([-5, 10, 20, 35]) * 60_000  # minutes
    found = intervals_from_counter(at_ms, kwh(0, 3, 5, 8), 900).readings
    assert found.start_ms.tolist() == [0, 900_000]
    assert found.micro.tolist() == kwh(3, 3).tolist()


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_readings_give_no_interval(count):
    found = intervals_from_counter(np.arange(count) * HOUR, np.zeros(count, dtype=np.int64), 3600)
    assert len(found.readings) == 0


steps = st.lists(st.tuples(st.integers(1, 4 * HOUR), st.integers(0, 10**9)), min_size=2, max_size=40)


@settings(max_examples=200, deadline=None)
@given(steps)
def test_a_rising_counter_loses_and_gains_nothing(pairs):
    at_ms = np.cumsum([gap for gap, _ in pairs])
    counter = np.cumsum([step for _, step in pairs])
    found = intervals_from_counter(at_ms, counter, 900).readings
    assert (found.micro >= 0).all()
    if len(found):
        edges = np.append(found.start_ms, found.start_ms[-1] + 900_000)
        exact = np.interp(edges, at_ms, counter)
        assert abs(found.micro.sum() - (exact[-1] - exact[0])) <= 2
        assert (np.abs(found.micro - np.diff(exact)) <= 2).all()


@settings(max_examples=200, deadline=None)
@given(steps, st.sets(st.integers(0, 39), min_size=1, max_size=8))
def test_nothing_outside_the_touched_spans_changes(pairs, late):
    at_ms = np.cumsum([gap for gap, _ in pairs])
    counter = np.cumsum([step for _, step in pairs])
    is_late = np.isin(np.arange(len(pairs)), sorted(late))
    before = intervals_from_counter(at_ms[~is_late], counter[~is_late], 900).readings
    after = intervals_from_counter(at_ms, counter, 900).readings
    spans = touched_spans(at_ms[~is_late], at_ms[is_late], 900)
    for start in changed_starts(before, after).tolist():
        assert any(low <= start < high for low, high in spans.tolist())


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 2**32), min_size=2, max_size=30), st.booleans())
def test_whatever_a_counter_does_no_interval_is_negative_or_too_large(counts, is_bounded):
    rules = CounterRules(bits=32, count_micro=WH, max_rate_per_h=RATE_100_A if is_bounded else None)
    at_ms = np.arange(len(counts)) * HOUR
    found = intervals_from_counter(at_ms, np.array(counts) * WH, 3600, rules=rules)
    assert (found.readings.micro >= 0).all()
    if is_bounded:
        assert (found.readings.micro <= RATE_100_A * MICRO + WH).all()
