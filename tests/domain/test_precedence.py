"""The later update, the better quality, the person."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.precedence import Slots, decide

ACTUAL, ESTIMATED, NULL, ABSENT = 0, 3, q.NULL, q.ABSENT


def slot(value, quality, provider, at):
    return Slots(
        micro=np.array([value], dtype=np.int64),
        quality=np.array([quality], dtype=np.uint8),
        provider=np.array([provider], dtype=np.int64),
        update_ms=np.array([at], dtype=np.int64),
    )


def outcome(held, sent):
    decision = decide(slot(*held), slot(*sent))
    names = [n for n in ("added", "changed", "unchanged", "outranked") if getattr(decision, n)[0]]
    assert len(names) <= 1
    return names[0] if names else "not sent"


@pytest.mark.parametrize(
    ("held", "sent", "expected"),
    [
        pytest.param((0, ABSENT, 0, 0), (5, ACTUAL, 1, 1), "added", id="nothing held"),
        pytest.param((5, ACTUAL, 1, 1), (0, ABSENT, 0, 0), "not sent", id="nothing sent"),
        pytest.param(
            (5, ACTUAL, 1, 1), (6, ESTIMATED, 1, 2), "changed", id="one provider: later, though worse"
        ),
        pytest.param(
            (5, ESTIMATED, 1, 2), (6, ACTUAL, 1, 1), "outranked", id="one provider: earlier, though better"
        ),
        pytest.param((5, ACTUAL, 1, 1), (0, NULL, 1, 2), "changed", id="one provider: later null"),
        pytest.param((5, ACTUAL, 1, 1), (6, ESTIMATED, 2, 2), "outranked", id="two providers: worse"),
        pytest.param(
            (5, ESTIMATED, 1, 2), (6, ACTUAL, 2, 1), "changed", id="two providers: better, though earlier"
        ),
        pytest.param((5, ACTUAL, 1, 1), (6, ACTUAL, 2, 2), "changed", id="two providers: equal, later"),
        pytest.param((5, ACTUAL, 1, 2), (6, ACTUAL, 2, 1), "outranked", id="two providers: equal, earlier"),
        pytest.param(
            (5, ACTUAL | q.SUSPECT, 1, 1), (6, ESTIMATED, 2, 2), "outranked", id="suspect keeps its rank"
        ),
        pytest.param(
            (5, ESTIMATED | q.CORRECTED, 1, 1), (6, ACTUAL, 1, 2), "outranked", id="a person outranks"
        ),
        pytest.param(
            (5, ACTUAL, 1, 2), (6, ESTIMATED | q.CORRECTED, 9, 1), "changed", id="a person replaces"
        ),
        pytest.param((5, q.CORRECTED, 9, 1), (6, q.CORRECTED, 9, 2), "changed", id="the later person"),
        pytest.param((5, ACTUAL, 1, 1), (5, ACTUAL, 2, 2), "unchanged", id="the same again"),
        pytest.param((5, NULL, 1, 1), (9, NULL, 1, 2), "unchanged", id="null again, whatever its number"),
    ],
)
def test_what_stands(held, sent, expected):
    assert outcome(held, sent) == expected


def test_the_same_value_sent_later_keeps_an_update_between_the_two_out():
    later = decide(slot(5, ACTUAL, 1, 1), slot(5, ACTUAL, 1, 3))
    assert later.confirmed[0]
    assert not decide(slot(5, ACTUAL, 1, 1), slot(5, ACTUAL, 2, 3)).confirmed[0]


@given(
    st.lists(st.tuples(st.integers(1, 3), st.sampled_from([ACTUAL, ESTIMATED, NULL])), min_size=1, max_size=4)
)
def test_one_provider_ends_the_same_whatever_the_order_of_arrival(updates):
    sendings = [(value, quality, 1, at) for at, (value, quality) in enumerate(updates)]
    ends = set()
    for order in permutations(sendings):
        held = (0, ABSENT, 0, 0)
        for sent in order:
            decision = decide(slot(*held), slot(*sent))
            if decision.taken[0] or decision.confirmed[0]:
                held = sent
        ends.add((held[0] if held[1] != NULL else 0, held[1]))
    assert len(ends) == 1
