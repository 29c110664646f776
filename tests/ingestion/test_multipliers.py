"""Ratios multiply in whole numbers, and what they multiplied can be had back or is refused."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegrid_energy.domain.errors import RefusedError
from aegrid_energy.domain.readings import MICRO_LIMIT
from aegrid_energy.domain.spans import FIRST_MS, LAST_MS, Span
from aegrid_energy.ingestion.multipliers import Change, Ratio, changes_between, multiplied, rescaled

EVER = Span(FIRST_MS, LAST_MS)
STARTS = np.arange(4, dtype=np.int64)


def ratio(factor: str, start: int = FIRST_MS, end: int = LAST_MS) -> Ratio:
    return Ratio(span=Span(start, end), factor=Fraction(factor))


def change(old: str, new: str) -> Change:
    return Change(span=EVER, old=Fraction(old), new=Fraction(new))


def of(*micro: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.array(micro, dtype=np.int64)


def test_a_ratio_counts_in_its_time_only() -> None:
    assert multiplied(STARTS, of(1, 1, 1, 1), [ratio("40", 1, 3)]).tolist() == [1, 40, 40, 1]


def test_large_readings_lose_no_millionth() -> None:
    # In binary floating point 8,999,999,999,999,999 x 0.7 ends on another millionth.
    assert multiplied(STARTS[:1], of(8_999_999_999_999_999), [ratio("0.7")]).tolist() == [
        6_299_999_999_999_999
    ]


def test_halves_go_to_the_even_millionth_and_negatives_mirror_positives() -> None:
    assert multiplied(STARTS, of(1, 3, -1, -3), [ratio("0.5")]).tolist() == [0, 2, 0, -2]


def test_what_is_too_large_stops_at_the_limit() -> None:
    assert multiplied(STARTS[:1], of(MICRO_LIMIT), [ratio("1000000")]).tolist() == [MICRO_LIMIT]


def test_changes_are_where_the_ratios_differ() -> None:
    found = changes_between([ratio("2", 0, 10)], [ratio("2", 0, 4), ratio("3", 4, 20)])
    assert [(c.span, c.old, c.new) for c in found] == [(Span(4, 10), 2, 3), (Span(10, 20), 1, 3)]


def test_ratios_cut_otherwise_that_say_the_same_are_no_change() -> None:
    assert changes_between([ratio("2", 0, 10)], [ratio("2", 0, 4), ratio("2", 4, 10)]) == []


def test_one_change_over_several_cuts_is_one() -> None:
    found = changes_between([ratio("2", 0, 4), ratio("2", 4, 10)], [])
    assert [(c.span, c.old, c.new) for c in found] == [(Span(0, 10), 2, 1)]


def test_what_was_rounded_is_refused() -> None:
    with pytest.raises(RefusedError, match="multiplier_not_exact"):
        rescaled(STARTS[:2], of(3, 4), change("2", "5"))


def test_what_would_not_fit_is_refused() -> None:
    with pytest.raises(RefusedError, match="multiplier_too_large"):
        rescaled(STARTS[:1], of(MICRO_LIMIT), change("1", "2"))


@given(
    st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=20),
    st.integers(1, 5000),
    st.decimals("0.001", "5000", places=3),
)
def test_a_ratio_put_right_gives_what_the_right_one_would_have_given(said, old, new) -> None:
    starts, micro = np.arange(len(said), dtype=np.int64), np.array(said, dtype=np.int64)
    stored = multiplied(starts, micro, [ratio(str(old))])
    found = rescaled(starts, stored, change(str(old), str(new)))
    assert found.tolist() == multiplied(starts, micro, [ratio(str(new))]).tolist()
