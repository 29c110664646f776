"""Arithmetic of dated things."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.spans import FIRST_MS, LAST_MS, Span, merged, overlap_all, slices, span_of, without

spans = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 10)).map(lambda t: Span(t[0], t[0] + t[1])), max_size=8
)


def time_of(held: list[Span]) -> set[int]:
    return {t for s in held for t in range(s.start_ms, s.end_ms)}


@given(spans, spans)
def test_what_is_left_and_what_is_shared_make_the_whole(some: list[Span], others: list[Span]) -> None:
    left, shared = without(some, others), overlap_all(some, others)
    assert time_of(left) == time_of(some) - time_of(others)
    assert time_of(shared) == time_of(some) & time_of(others)
    assert time_of(merged(some)) == time_of(some)
    assert left == merged(left)


def test_slices_cut_where_something_changes() -> None:
    assert slices(Span(0, 10), [Span(-5, 3), Span(7, 99)]) == [Span(0, 3), Span(3, 7), Span(7, 10)]


def test_open_ends_reach_over_everything() -> None:
    assert span_of(None, None) == Span(FIRST_MS, LAST_MS)


def test_a_span_that_ends_before_it_starts_is_refused() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(InvalidError, match="ends_before_start"):
        span_of(now, now)
