"""NMI suffixes, seen from the site and not from the grid."""

import pytest

from aegrid_energy.domain.series import Direction, Quantity
from aegrid_energy.ingestion.suffixes import SUFFIXES, suffix_of


@pytest.mark.parametrize(
    ("suffix", "direction", "quantity"),
    [
        pytest.param("E1", Direction.IMPORT, Quantity.ENERGY, id="what the site takes"),
        pytest.param("E2", Direction.IMPORT, Quantity.ENERGY, id="controlled load"),
        pytest.param("e1", Direction.IMPORT, Quantity.ENERGY, id="small letters"),
        pytest.param("B1", Direction.EXPORT, Quantity.ENERGY, id="what it feeds in"),
        pytest.param("Q1", Direction.IMPORT, Quantity.REACTIVE_ENERGY, id="reactive, goes with E"),
        pytest.param("K1", Direction.EXPORT, Quantity.REACTIVE_ENERGY, id="reactive, goes with B"),
    ],
)
def test_a_suffix_says_side_and_quantity(suffix: str, direction: Direction, quantity: Quantity) -> None:
    found = suffix_of(suffix)
    assert found is not None
    assert (found.direction, found.quantity) == (direction, quantity)


@pytest.mark.parametrize("suffix", ["", "11", "É1", "N1", "*"])
def test_a_suffix_that_the_market_does_not_know_means_nothing(suffix: str) -> None:
    assert suffix_of(suffix) is None


@pytest.mark.parametrize("pair", ["EF", "BC", "QR", "KL", "TU"])
def test_a_check_stream_counts_what_its_master_counts(pair: str) -> None:
    master, check = (SUFFIXES[letter] for letter in pair)
    assert (master.stream, check.stream) == ("master", "check")
    assert (master.direction, master.quantity) == (check.direction, check.quantity)
