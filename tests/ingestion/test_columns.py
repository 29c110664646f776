import pytest

from aegrid_energy.domain.series import Carrier, Quantity
from aegrid_energy.ingestion.columns import meaning, meter_rank, role_words, zone_in


@pytest.mark.parametrize(
    ("name", "unit", "quantity"),
    [
        ("demand_kW", "kW", Quantity.POWER),
        ("demand_kVA", "kVA", Quantity.APPARENT_POWER),
        ("Usage (kWh)", "kWh", Quantity.ENERGY),
        ("Energy [MWh]", "MWh", Quantity.ENERGY),
        ("Power (W)", "W", Quantity.POWER),
        ("temp_c", "Cel", Quantity.TEMPERATURE),
        ("tempF", "[degF]", Quantity.TEMPERATURE),
        ("rh_pct", "%rh", Quantity.HUMIDITY),
        ("ghi_wm2", "W/m2", Quantity.IRRADIANCE),
        ("gas_m3", "m3", Quantity.VOLUME),
        ("Water kL", "m3", Quantity.VOLUME),
        ("price_gbp_kwh", "/kWh", Quantity.PRICE),
        ("Price ($/MWh)", "/MWh", Quantity.PRICE),
        ("RRP", "/MWh", Quantity.PRICE),
        ("kgco2_per_kwh", "kg/kWh", Quantity.CARBON_INTENSITY),
        ("wind_ms", "m/s", Quantity.SPEED),
    ],
)
def test_units_in_names(name, unit, quantity):
    found = meaning(name).unit
    assert (found.code, found.quantity) == (unit, quantity)


@pytest.mark.parametrize(
    "name", ["consumption", "b0", "NSW1", "8143511", "pv_w_per_kw", "rad_j_cm2", "kWh/m2", "MW"]
)
def test_names_without_a_unit_of_ours(name):
    assert meaning(name).unit is None


def test_compound_units_we_have_not_are_no_other_unit():
    assert meaning("pv_w_per_kw").unknown_unit
    assert meaning("kWh/m2").unknown_unit


def test_carriers_and_directions_in_names():
    assert meaning("gas_kwh").carrier is Carrier.GAS
    assert meaning("solar0").is_export
    assert meaning("Feed In (kWh)").is_export
    assert not meaning("b1").is_export


def test_zones_in_names():
    assert [zone_in(name) for name in ("time_utc", "interval_end_aest", "SETTLEMENTDATE", "when")] == [
        "UTC", "+10:00", "+10:00", "",
    ]  # fmt: skip


def test_roles_in_names():
    assert "end" in role_words("interval_end_aest")
    assert "start" in role_words("startTime")
    assert "quality" in role_words("Quality Flag")
    assert meter_rank("NMI") < meter_rank("meter_id") < meter_rank("campus_id")
    assert meter_rank("Supply Air Temperature Set Point") is None
