"""The quality byte: five ranks, four flags, one spelling."""

import numpy as np
import pytest

from aegrid_energy.domain.quality import (
    ABSENT,
    CORRECTED,
    DERIVED,
    SPLIT_OF_GAP,
    SUSPECT,
    Quality,
    flags_of,
    has_value,
    is_estimated,
    is_suspect,
    parsed,
    quality_of,
    spelled,
)

FLAGS = (SUSPECT, DERIVED, CORRECTED, SPLIT_OF_GAP)
EVERY = [
    rank.code | sum(flag for bit, flag in enumerate(FLAGS) if some >> bit & 1)
    for rank in Quality
    for some in range(16)
]


def test_every_byte_is_read_back_from_its_spelling() -> None:
    assert [parsed(spelled(byte)) for byte in EVERY] == EVERY
    assert len({spelled(byte) for byte in EVERY}) == len(EVERY) == 80


def test_flags_never_change_the_rank() -> None:
    for byte in EVERY:
        assert quality_of(byte).code == byte & 7
        assert len(flags_of(byte)) == (byte >> 3).bit_count()


def test_ranks_are_numbered_from_the_best() -> None:
    assert [rank.code for rank in Quality] == [0, 1, 2, 3, 4]


def test_a_slot_that_never_came_reads_as_null() -> None:
    assert quality_of(ABSENT) is Quality.NULL


@pytest.mark.parametrize("text", ["", "purple", "actual+", "actual+purple", "ACTUAL", "suspect", "+suspect"])
def test_a_spelling_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(KeyError):
        parsed(text)


def test_null_has_no_value_and_only_measured_values_are_not_estimated() -> None:
    ranks = np.array([0, 1, 2, 3, 4, ABSENT], dtype=np.uint8)
    assert has_value(ranks).tolist() == [True] * 4 + [False] * 2
    assert is_estimated(ranks).tolist() == [False, True, True, True, False, False]


def test_doubt_counts_only_where_there_is_a_value() -> None:
    assert is_suspect(np.array([0, SUSPECT, SUSPECT | 4, SUSPECT | ABSENT], dtype=np.uint8)).tolist() == [
        False, True, False, False,
    ]  # fmt: skip
