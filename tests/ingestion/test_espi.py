"""The code lists of ESPI lead to what the program knows."""

import pytest

from aegrid_energy.domain.quality import Quality, quality_of
from aegrid_energy.domain.series import Direction, Kind
from aegrid_energy.domain.units import unit_of
from aegrid_energy.ingestion.espi import COMMODITIES, DIRECTIONS, KINDS, QUALITIES, SERVICES, UNITS


@pytest.mark.parametrize("number", sorted(UNITS))
def test_every_unit_of_the_list_is_one_that_is_understood(number: int) -> None:
    assert unit_of(UNITS[number]).code == UNITS[number]


def test_what_most_files_use_means_what_the_standard_says() -> None:
    assert UNITS[72] == "Wh"
    assert (DIRECTIONS[1], DIRECTIONS[19]) == (Direction.IMPORT, Direction.EXPORT)
    assert (KINDS[4], KINDS[1]) == (Kind.INTERVAL, Kind.CUMULATIVE)
    assert COMMODITIES[1] is SERVICES[0]
    assert COMMODITIES[7] is SERVICES[1]


def test_no_reading_that_was_sent_with_a_quality_is_taken_for_missing() -> None:
    assert {quality_of(code) for code in QUALITIES.values()} == set(Quality) - {
        Quality.NULL,
        Quality.FINAL_SUBSTITUTED,
    }
