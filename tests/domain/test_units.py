"""Units: exact within a family, and nothing passes that has no unit or no room."""

from fractions import Fraction

import numpy as np
import pytest

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.readings import MICRO, MICRO_LIMIT
from aegrid_energy.domain.series import Quantity
from aegrid_energy.domain.units import CANONICAL, UNITS, to_canonical, unit_of


@pytest.mark.parametrize(
    ("value", "unit", "canonical"),
    [
        pytest.param(1234.5, "Wh", 1.2345, id="Wh"),
        pytest.param(0.001234, "MWh", 1.234, id="MWh"),
        pytest.param(1, "GJ", 1000, id="GJ"),
        pytest.param(1, "therm", 105.505585, id="therm, NIST SP 811"),
        pytest.param(1, "mcf", 28.316847, id="thousand cubic feet, (0.3048 m)^3"),
        pytest.param(1, "gal", 0.003785, id="US gallon, 231 cubic inches"),
        pytest.param(1, "L/s", 3.6, id="L/s"),
        pytest.param(212, "degF", 100, id="boiling in Fahrenheit"),
        pytest.param(-40, "degF", -40, id="where the scales meet"),
        pytest.param(0, "K", -273.15, id="absolute zero"),
        pytest.param(18, "km/h", 5, id="km/h"),
        pytest.param(250, "g/kWh", 0.25, id="g/kWh"),
    ],
)
def test_a_value_arrives_in_the_canonical_unit(value: float, unit: str, canonical: float) -> None:
    assert to_canonical(np.array([value]), unit_of(unit)).tolist() == [round(canonical * MICRO)]


def test_a_difference_of_temperatures_has_no_offset() -> None:
    assert to_canonical(np.array([9.0]), unit_of("degF"), is_difference=True).tolist() == [5 * MICRO]


@pytest.mark.parametrize(
    ("written", "code"),
    [("KWH", "kWh"), ("kw-hr", "kWh"), ("k W h", "kWh"), ("°C", "Cel"), ("m³", "m3"), ("Kilolitres", "m3")],
)
def test_a_unit_is_known_however_it_is_written(written: str, code: str) -> None:
    assert unit_of(written).code == code


def test_milliwatts_are_not_taken_for_megawatts_where_the_spelling_says_so() -> None:
    assert unit_of("MW").factor == 1000
    assert unit_of("mA").factor == Fraction(1, 1000)
    assert unit_of("ML").factor == 1000


@pytest.mark.parametrize("written", ["", "furlong", "kWh/m2", "kW\0"])
def test_an_unknown_unit_is_refused_by_name(written: str) -> None:
    with pytest.raises(InvalidError) as refused:
        unit_of(written)
    assert (refused.value.code, refused.value.params) == ("unknown_unit", {"unit": written})


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e308])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(InvalidError) as refused, np.errstate(over="ignore"):
        to_canonical(np.array([1.0, value]), unit_of("GWh"))
    assert refused.value.code in {"value_not_finite", "value_out_of_range"}


def test_a_value_beyond_what_can_be_added_up_is_refused() -> None:
    limit = float(MICRO_LIMIT // MICRO)
    assert to_canonical(np.array([limit]), unit_of("kWh")).tolist() == [MICRO_LIMIT]
    with pytest.raises(InvalidError, match="value_out_of_range"):
        to_canonical(np.array([limit * 1.001]), unit_of("kWh"))


def test_an_empty_column_is_an_empty_column() -> None:
    assert to_canonical(np.array([]), unit_of("MWh")).tolist() == []


def test_every_quantity_has_a_canonical_unit_and_every_unit_ends_in_one() -> None:
    assert set(CANONICAL) == set(Quantity)
    for unit in UNITS.values():
        assert unit.canonical == CANONICAL[unit.quantity]
        assert unit.factor > 0


def test_the_canonical_unit_of_a_quantity_changes_nothing() -> None:
    for quantity, code in CANONICAL.items():
        unit = UNITS.get(code)
        if unit is not None and unit.quantity is quantity:
            assert (unit.factor, unit.offset) == (1, 0)
