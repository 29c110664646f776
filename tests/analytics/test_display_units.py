"""Units a person wants to see."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from register_made import day
from series_made import ms

from aegrid_energy.analytics.display_units import display_units, factor, shown_in
from aegrid_energy.domain.errors import InsufficientDataError, InvalidError
from aegrid_energy.domain.meter import HeatingValue

AT = np.array([ms("2026-06-30T00:00+00:00"), ms("2026-07-01T00:00+00:00")])


def heating(mj: str, start: str | None = None, pressure: str = "1") -> HeatingValue:
    return HeatingValue(
        mj_per_m3=Decimal(mj),
        pressure_factor=Decimal(pressure),
        start=None if start is None else day(start),
        source="bill",
    )


@pytest.mark.parametrize(
    ("value", "unit", "to", "expected"),
    [
        (1, "kWh", "MJ", 3.6),
        (3.6, "MJ", "kWh", 1),
        (1_250, "MJ", "GJ", 1.25),
        (2, "GJ", "MJ", 2_000),
        (1_500, "kWh", "MWh", 1.5),
        (36, "GJ", "MWh", 10),
        (2_500, "m3", "ML", 2.5),
        (7, "m3", "kL", 7),
        (7, "kW", "kW", 7),
    ],
)
def test_exact_factors_by_hand(value: float, unit: str, to: str, expected: float) -> None:
    assert shown_in(np.array([value], dtype=float), unit, to, start_ms=AT[:1])[0] == expected


def test_gas_volume_becomes_energy_by_the_value_of_its_day() -> None:
    # 100 m3 x 38.6 x 1.0109 = 3,902.074 MJ; from July 100 x 39.1 x 1 = 3,910 MJ
    held = [heating("39.1", "2026-07-01"), heating("38.6", pressure="1.0109")]
    got = shown_in(np.array([100.0, 100.0]), "m3", "MJ", start_ms=AT, heating=held)
    assert got == pytest.approx([3_902.074, 3_910])
    in_kwh = shown_in(np.array([36.0, np.nan]), "m3", "kWh", start_ms=AT, heating=[heating("40")])
    assert in_kwh[0] == pytest.approx(400)
    assert np.isnan(in_kwh[1])


def test_without_a_heating_value_of_the_time_it_refuses() -> None:
    with pytest.raises(InsufficientDataError) as refused:
        shown_in(np.array([1.0, 1.0]), "m3", "MJ", start_ms=AT, heating=[heating("39", "2026-07-01")])
    assert refused.value.params["at"] == "2026-06-30T00:00:00+00:00"
    with pytest.raises(InsufficientDataError, match="no_heating_value"):
        shown_in(np.array([1.0]), "m3", "GJ", start_ms=AT[:1])


def test_a_time_without_a_reading_needs_no_heating_value() -> None:
    got = shown_in(np.array([np.nan, 1.0]), "m3", "MJ", start_ms=AT, heating=[heating("39", "2026-07-01")])
    assert np.isnan(got[0])
    assert got[1] == 39
    assert np.isnan(shown_in(np.array([np.nan]), "m3", "MJ", start_ms=AT[:1])[0])


@pytest.mark.parametrize(("unit", "to"), [("kWh", "m3"), ("kWh", "kW"), ("Cel", "K"), ("kWh", "kvarh")])
def test_families_are_not_crossed(unit: str, to: str) -> None:
    with pytest.raises(InvalidError, match="units_differ_in_kind"):
        shown_in(np.array([1.0]), unit, to, start_ms=AT[:1])


def test_a_heating_value_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidError, match="heating_value_not_positive"):
        shown_in(np.array([1.0]), "m3", "MJ", start_ms=AT[:1], heating=[heating("0")])


def test_the_choice_of_units_follows_what_is_held() -> None:
    assert "GJ" in display_units("kWh", has_heating_value=False)
    assert "GJ" not in display_units("m3", has_heating_value=False)
    assert "GJ" in display_units("m3", has_heating_value=True)
    assert display_units("kvarh", has_heating_value=False) == ("kvarh",)


@given(st.floats(0, 1e9), st.sampled_from(["kWh", "MWh", "MJ", "GJ", "TJ"]))
def test_there_and_back_is_the_same(value: float, unit: str) -> None:
    there = shown_in(np.array([value]), "kWh", unit, start_ms=AT[:1])
    assert shown_in(there, unit, "kWh", start_ms=AT[:1])[0] == pytest.approx(value, rel=1e-14)


def test_factors_are_decimals() -> None:
    assert factor("GJ", "MJ") == Decimal(1000)
