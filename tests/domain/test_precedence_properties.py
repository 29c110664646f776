"""Properties of the rule of precedence that hold whatever arrives."""

from itertools import permutations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.precedence import Slots, decide

readings = st.tuples(
    st.integers(-3, 3),
    st.sampled_from([0, 1, 2, 3, q.NULL, 0 | q.SUSPECT, 3 | q.DERIVED]),
    st.integers(1, 3),
    st.integers(0, 3),
)
NOTHING = (0, q.ABSENT, 0, 0)
CORRECTION = (7, q.CORRECTED, 99, 1)


def slots(*rows):
    micro, quality, provider, update_ms = zip(*rows, strict=True)
    return Slots(
        micro=np.array(micro, dtype=np.int64),
        quality=np.array(quality, dtype=np.uint8),
        provider=np.array(provider, dtype=np.int64),
        update_ms=np.array(update_ms, dtype=np.int64),
    )


def after(held, sent):
    return sent if decide(slots(held), slots(sent)).taken[0] else held


@given(st.lists(st.tuples(readings | st.just(NOTHING), readings | st.just(NOTHING)), min_size=1, max_size=20))
def test_every_slot_sent_has_exactly_one_fate(pairs):
    held, sent = zip(*pairs, strict=True)
    found = decide(slots(*held), slots(*sent))
    fates = found.added.astype(int) + found.changed + found.unchanged + found.outranked
    assert fates.tolist() == [int(row[1] != q.ABSENT) for row in sent]
    assert not (found.confirmed & ~found.unchanged).any()


@given(st.lists(readings, min_size=1, max_size=6))
def test_sending_again_what_stands_changes_nothing(sequence):
    held = NOTHING
    for sent in sequence:
        held = after(held, sent)
        again = decide(slots(held), slots(held))
        assert again.unchanged.all()
        assert not again.taken.any()


@given(
    st.lists(
        # Two nulls are the same whatever stands beside them, so the earlier one keeps its place.
        readings.filter(lambda row: row[1] != q.NULL),
        min_size=2,
        max_size=4,
        unique_by=(lambda row: row[0], lambda row: row[2], lambda row: (row[1] & q.RANK_MASK, row[3])),
    )
)
def test_providers_that_each_say_another_thing_once_may_arrive_in_any_order(rows):
    ends = set()
    for order in permutations(rows):
        held = NOTHING
        for sent in order:
            held = after(held, sent)
        ends.add(held)
    assert len(ends) == 1


@given(st.lists(readings, max_size=5), st.lists(readings, min_size=1, max_size=5))
def test_a_correction_survives_every_import_after_it(before, later):
    held = NOTHING
    for sent in [*before, CORRECTION, *later]:
        held = after(held, sent)
    assert held == CORRECTION
