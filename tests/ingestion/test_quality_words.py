"""Words of portals for quality; an unknown one is doubted, not guessed."""

import pyarrow as pa
import pytest

from aegrid_energy.domain.quality import SUSPECT, Quality
from aegrid_energy.ingestion.quality_words import quality_bytes, quality_of_word


@pytest.mark.parametrize(
    ("word", "rank"),
    [
        ("A", Quality.ACTUAL),
        ("", Quality.ACTUAL),
        (" Final   Substituted ", Quality.FINAL_SUBSTITUTED),
        ("S14", Quality.SUBSTITUTED),
        ("E52", Quality.ESTIMATED),
        ("interpolated", Quality.ESTIMATED),
        ("no data", Quality.NULL),
    ],
)
def test_a_known_word_is_a_rank(word: str, rank: Quality) -> None:
    assert quality_of_word(word) == rank.code


@pytest.mark.parametrize("word", ["purple", "E5", "E5x", "X14", "estimated+purple"])
def test_an_unknown_word_is_no_rank(word: str) -> None:
    assert quality_of_word(word) is None


def test_a_column_gives_bytes_and_the_rows_that_nobody_understands() -> None:
    found, strange = quality_bytes(pa.chunked_array([["A", "purple", None, "E", "purple"]]).combine_chunks())
    assert found.tolist() == [0, SUSPECT, 0, Quality.ESTIMATED.code, SUSPECT]
    assert strange.tolist() == [1, 4]


def test_an_empty_column_has_no_bytes() -> None:
    found, strange = quality_bytes(pa.array([], pa.string()))
    assert (found.tolist(), strange.tolist()) == ([], [])
