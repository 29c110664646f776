"""Published tables against sums made from the raw files by other means."""

from decimal import Decimal

import numpy as np
import pytest
from pyarrow import parquet
from tests.ingestion.table_text import codes, only, read, utc
from tests.real_data import data_dir

from aegrid_energy.domain.series import Direction, Kind, Quantity

pytestmark = pytest.mark.real_data


def parsed(folder, name, **said):
    return read((data_dir(folder) / name).read_bytes(), name, **said)


def raw(folder, name):
    return parquet.read_table(data_dir(folder) / name)


def last_standing(times, values):
    """The later row of each time, in plain Python."""
    held = {}
    for at, value in zip(times, values, strict=True):
        if value is not None and value == value:  # noqa: PLR0124  NaN
            held[at] = Decimal(str(round(value, 6)))
    return held


def as_meant(values):
    """Float32 as the shortest decimal that gives it back, NaN left out: numpy's own printing."""
    return [Decimal(str(value)) for value in values if not np.isnan(value)]


@pytest.mark.parametrize(
    ("name", "column", "unit", "kind"),
    [
        ("building_consumption_sub.parquet", "consumption", "kWh", Kind.INTERVAL),
        ("gas_consumption_sub.parquet", "consumption", "m3", Kind.INTERVAL),
        ("water_consumption_sub.parquet", "consumption", "m3", Kind.CUMULATIVE),
    ],
)
def test_unicon_totals_are_those_of_the_later_rows(name, column, unit, kind):
    table = raw("unicon_latrobe", name)
    held = last_standing(table["timestamp"].to_pylist(), table[column].to_pylist())
    register = only(parsed("unicon_latrobe", name, zone="+10:00"))
    assert (register.unit, register.kind) == (unit, kind)
    assert len(register.readings) == len(held)
    assert register.readings.total == sum(held.values())


def test_unicon_supply_point_has_three_registers_whose_units_prove_each_other():
    found = parsed("unicon_latrobe", "nmi_consumption_sub.parquet", zone="+10:00")
    table = raw("unicon_latrobe", "nmi_consumption_sub.parquet")
    assert [(r.meter, r.register, r.unit, r.quantity) for r in found.registers] == [
        ("5", "consumption", "kWh", Quantity.ENERGY),
        ("5", "demand_kW", "kW", Quantity.POWER),
        ("5", "demand_kVA", "kVA", Quantity.APPARENT_POWER),
    ]
    assert found.proposal.questions == ()
    for register in found.registers:
        want = last_standing(table["timestamp"].to_pylist(), table[register.register].to_pylist())
        assert (len(register.readings), register.readings.total) == (33_999, sum(want.values()))
    assert utc(found.registers[0]) == "2018-12-31T14:00"


def test_unicon_supply_point_read_as_melbourne_time_has_skipped_hours():
    found = parsed("unicon_latrobe", "nmi_consumption_sub.parquet", zone="Australia/Melbourne")
    assert "skipped_hour" in codes(found)


def test_unicon_water_is_read_with_day_and_month_swapped_and_asked():
    found = parsed("unicon_latrobe", "water_consumption_sub.parquet", zone="+10:00")
    register = only(found)
    assert found.proposal.date_order == "ymd_swapped"
    assert (utc(register), utc(register, -1)) == ("2021-09-30T14:00", "2022-03-22T06:30")
    # 25 rows lie off the quarter hours, 15 of them without a value; a counter keeps the others.
    assert int(np.count_nonzero(register.readings.start_ms % 900_000)) == 10
    assert int(np.count_nonzero(np.diff(register.readings.micro) < 0)) <= 25


def test_unicon_gas_counts_its_repeated_rows():
    found = parsed("unicon_latrobe", "gas_consumption_sub.parquet", zone="+10:00")
    (problem,) = [p for p in found.problems if p.code == "repeated_times"]
    assert problem.text.startswith("1,423 ")


@pytest.mark.parametrize("name", ["building_meta.csv", "campus_meta.csv"])
def test_unicon_lists_are_no_readings(name):
    assert codes(parsed("unicon_latrobe", name)) == ["not_readings"]


@pytest.mark.parametrize("name", ["electricity_kwh", "gas_kwh"])
def test_cambridge_columns_are_meters_with_exact_totals(name):
    table = raw("cambridge_estates", f"{name}.parquet")
    found = parsed("cambridge_estates", f"{name}.parquet")
    want = {
        column: as_meant(table[column].to_numpy()) for column in table.column_names if column != "time_utc"
    }
    want = {column: values for column, values in want.items() if values}
    assert found.problems == ()
    assert {r.meter for r in found.registers} == set(want)
    for register in found.registers:
        assert (register.register, register.unit, register.readings.step_s) == (name, "kWh", 3600)
        assert len(register.readings) == len(want[register.meter])
        assert register.readings.total == sum(want[register.meter])


def test_cambridge_weather_is_temperature_humidity_and_irradiance():
    found = parsed("cambridge_estates", "weather_pv.parquet")
    assert [(r.register, r.quantity) for r in found.registers] == [
        ("temp_c", Quantity.TEMPERATURE),
        ("rh_pct", Quantity.HUMIDITY),
        ("ghi_wm2", Quantity.IRRADIANCE),
        ("direct_wm2", Quantity.IRRADIANCE),
        ("diffuse_wm2", Quantity.IRRADIANCE),
    ]
    assert codes(found) == ["unit_unknown"]  # pv_w_per_kw is no unit of ours


@pytest.mark.parametrize(
    ("name", "quantity", "factor"),
    [
        ("price_agile_east_england.parquet", Quantity.PRICE, 1),
        ("grid_carbon_gb.parquet", Quantity.CARBON_INTENSITY, 1),
    ],
)
def test_cambridge_prices_and_carbon_are_series_of_their_own(name, quantity, factor):
    register = only(parsed("cambridge_estates", name))
    column = next(one for one in raw("cambridge_estates", name).column_names if one != "time_utc")
    assert register.quantity is quantity
    assert (
        register.readings.total == sum(as_meant(raw("cambridge_estates", name)[column].to_numpy())) * factor
    )


def test_cambridge_buildings_are_no_readings():
    assert codes(parsed("cambridge_estates", "buildings.csv")) == ["not_readings"]


@pytest.mark.parametrize("name", ["building0", "building1", "building3", "solar0", "solar1", "solar2"])
def test_monash_is_mean_power_without_its_gaps(name):
    register = only(parsed("monash_campus_15min", f"{name}.parquet"))
    want = as_meant(raw("monash_campus_15min", f"{name}.parquet")["kw"].to_numpy())
    assert (register.meter, register.unit, register.kind) == (name, "kW", Kind.INSTANT)
    assert register.direction is (Direction.EXPORT if "solar" in name else Direction.IMPORT)
    assert (len(register.readings), register.readings.total) == (len(want), sum(want))


def test_market_prices_are_stamped_at_the_end_in_market_time():
    register = only(parsed("monash_campus_15min", "aemo_vic1_price_demand_30min_2020-09_12.parquet"))
    assert (register.meter, register.quantity, utc(register)) == ("VIC1", Quantity.PRICE, "2020-08-31T14:00")


def test_local_days_with_clock_changes_lose_only_what_does_not_exist():
    table = raw("nth_gas_labelled", "nth_gas_2008_2011.parquet")
    found = parsed("nth_gas_labelled", "nth_gas_2008_2011.parquet", zone="Europe/Amsterdam")
    gas = found.registers[0]
    assert gas.register == "gas_m3"
    filled = int(np.count_nonzero(~np.isnan(table["gas_m3"].to_numpy())))
    assert filled - 4 <= len(gas.readings) <= filled
