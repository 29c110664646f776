import io
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet
from tests.ingestion.table_text import codes, csv, only, read, times, utc

from aegrid_energy.domain.quality import SUSPECT
from aegrid_energy.domain.series import Carrier, Direction, Kind, Quantity


def parquet_bytes(**columns):
    made = io.BytesIO()
    parquet.write_table(pa.table(columns), made)
    return made.getvalue()


# --- never silently


def test_an_open_point_means_nothing_is_loaded_until_somebody_confirms():
    text = csv(["time", "consumption"], zip(times(48), range(48), strict=True))
    parsed = read(text, accept=False, zone="+10:00")
    assert not parsed.registers
    assert any("kWh" in question for question in parsed.proposal.questions)
    assert read(text, accept=True, zone="+10:00").registers


def test_points_fixed_by_choices_need_no_confirmation():
    text = csv(["time", "consumption"], zip(times(48), [1, 2] * 24, strict=True))
    said = {
        "zone": "+10:00",
        "unit": "kWh",
        "meter": "Hall",
        "columns": (("time", "time"), ("consumption", "value")),
    }
    parsed = read(text, accept=False, **said)
    assert (parsed.proposal.questions, parsed.proposal.assumed) == ((), ())
    assert only(parsed).meter == "Hall"


def test_times_without_a_zone_are_not_loaded_even_when_accepted():
    parsed = read(csv(["time", "kWh"], zip(times(48), range(48), strict=True)))
    assert codes(parsed) == ["zone_needed"]
    assert parsed.proposal.questions


def test_a_file_that_names_its_zone_ignores_the_chosen_one():
    parsed = read(csv(["time_utc", "kWh"], zip(times(48), range(48), strict=True)), zone="+10:00")
    assert utc(only(parsed)) == "2024-03-13T00:00"


def test_a_wrong_choice_is_a_problem_of_the_file():
    text = csv(["time", "kWh"], zip(times(4), range(4), strict=True))
    assert codes(read(text, zone="Mars/Olympus")) == ["bad_choice"]
    assert codes(read(text, zone="UTC", unit="furlong")) == ["bad_choice"]
    assert codes(read(text, zone="UTC", columns=(("nowhere", "time"),))) == ["bad_choice"]


# --- times


def test_long_tables_of_several_meters():
    rows = [(at, meter, value) for meter, value in (("A", 1), ("B", 2)) for at in times(48)]
    parsed = read(csv(["Time", "Meter", "Usage (kWh)"], rows), zone="+10:00")
    assert [(r.meter, r.readings.total, r.readings.step_s) for r in parsed.registers] == [
        ("A", Decimal(48), 1800),
        ("B", Decimal(96), 1800),
    ]


def test_date_and_time_in_two_columns():
    rows = [(f"{d:02d}/03/2024", f"{h}:00", 1) for d in (12, 13) for h in range(24)]
    register = only(read(csv(["Date", "Time", "kWh"], rows), zone="Australia/Sydney"))
    assert (utc(register), len(register.readings), register.readings.step_s) == ("2024-03-11T13:00", 48, 3600)


def test_date_and_number_of_the_half_hour():
    rows = [("2024-03-13", period, 1) for period in range(1, 49)]
    register = only(read(csv(["Date", "Period", "kWh"], rows), zone="UTC"))
    assert (utc(register), utc(register, -1)) == ("2024-03-13T00:00", "2024-03-13T23:30")


def test_ranges_of_the_clock():
    rows = [("2024-03-13", f"{h:02d}:00 - {h + 1:02d}:00", 1) for h in range(24)]
    assert only(read(csv(["Date", "Time", "kWh"], rows), zone="UTC")).readings.step_s == 3600


def test_start_and_end_columns_give_the_lengths():
    rows = [
        ("2024-01-01", "2024-02-01", 310),
        ("2024-02-01", "2024-03-01", 290),
        ("2024-03-01", "2024-04-01", 1),
    ]
    register = only(read(csv(["Start", "End", "kWh"], rows), zone="UTC"))
    assert (register.readings.duration_ms // 86_400_000).tolist() == [31, 29, 31]
    assert register.spreads


def test_end_by_name_shifts_to_the_start():
    register = only(read(csv(["interval_end_utc", "kWh"], zip(times(48), range(48), strict=True))))
    assert utc(register) == "2024-03-12T23:30"


def test_end_by_first_and_last_stamp_is_proposed():
    rows = zip(times(48, start="2024-03-13T00:30"), range(48), strict=True)
    parsed = read(csv(["time", "kWh"], rows), zone="+10:00")
    assert parsed.proposal.stamps == "end"
    assert utc(only(parsed)) == "2024-03-12T14:00"


def test_evidence_for_both_sides_is_a_question():
    rows = zip(times(47, start="2024-03-13T00:30"), range(47), strict=True)
    parsed = read(csv(["time", "kWh"], rows), zone="+10:00")
    assert parsed.proposal.stamps == "start"
    assert any("end of the interval" in question for question in parsed.proposal.questions)


def test_stamps_of_midnight_that_mark_the_end_belong_to_the_day_before():
    rows = [(f"2024-03-{day} 00:00", 1) for day in (14, 15, 16)]
    register = only(read(csv(["time", "kWh"], rows), zone="UTC", columns=(("time", "end"), ("kWh", "value"))))
    assert utc(register) == "2024-03-13T00:00"


def test_days_of_a_zone_with_daylight_saving_are_irregular():
    rows = [(f"2024-04-{day:02d}", 24) for day in range(1, 15)]
    register = only(read(csv(["date", "kWh"], rows), zone="Australia/Sydney"))
    assert register.readings.step_s is None
    assert (register.readings.duration_ms // 3_600_000).tolist().count(25) == 1


def test_hours_that_do_not_exist_are_counted_and_the_rest_is_loaded():
    rows = zip(times(96, start="2026-10-03T00:00"), range(96), strict=True)
    parsed = read(csv(["time", "kWh"], rows), zone="Australia/Sydney")
    assert "skipped_hour" in codes(parsed)
    assert len(only(parsed).readings) == 94


def test_a_doubled_hour_keeps_both():
    walls = [*times(6, start="2026-04-05T00:00"), *times(4, start="2026-04-05T02:00")]
    register = only(read(csv(["time", "kWh"], zip(walls, range(10), strict=True)), zone="Australia/Sydney"))
    assert (np.diff(register.readings.start_ms) == 1_800_000).all()


def test_repeated_times_are_counted_and_the_later_row_stands():
    rows = [*zip(times(48), [1] * 48, strict=True), ("2024-03-13 00:00", 7)]
    parsed = read(csv(["time", "kWh"], rows), zone="UTC")
    assert codes(parsed) == ["repeated_times", "repeats_differ"]
    assert only(parsed).readings.total == Decimal(54)


def test_rows_off_the_grid_are_slips_where_they_are_few():
    rows = [*zip(times(480), [1] * 480, strict=True), ("2024-03-14 00:07", 7)]
    parsed = read(csv(["time", "kWh"], rows), zone="UTC")
    assert codes(parsed) == ["off_grid"]
    assert only(parsed).readings.step_s == 1800


def test_a_series_without_a_grid_is_irregular_and_keeps_every_row():
    walls = times(40, minutes=37)
    register = only(read(csv(["time", "kWh"], zip(walls, [1] * 40, strict=True)), zone="UTC"))
    assert register.readings.step_s is None
    assert len(register.readings) == 40
    assert (register.readings.duration_ms == 37 * 60_000).all()


def test_readings_from_the_future_are_refused_and_counted():
    rows = [("2024-03-13 00:00", 1), ("2024-03-13 00:30", 1), ("2031-01-01 00:00", 1)]
    parsed = read(csv(["time", "kWh"], rows), zone="UTC")
    assert codes(parsed) == ["in_the_future"]
    assert len(only(parsed).readings) == 2


def test_rows_whose_time_cannot_be_read_are_refused_with_the_first_line():
    rows = [("2024-03-13 00:00", 1), ("yesterday", 1), ("2024-03-13 01:00", 1)]
    parsed = read("Report\n\n" + csv(["time", "kWh"], rows), zone="UTC")
    (problem,) = [p for p in parsed.problems if p.code == "bad_time"]
    assert (problem.line, problem.column) == (5, 1)


# --- values


def test_words_for_no_value_are_absent():
    rows = zip(times(4), ["1", "unavailable", "", "2"], strict=True)
    register = only(read(csv(["time", "kWh"], rows), zone="UTC"))
    assert (len(register.readings), register.readings.total) == (2, Decimal(3))


def test_decimal_commas_between_semicolons():
    text = "Zeit;kWh\n" + "".join(f"{at};1.234,5\n" for at in times(4, form="%d.%m.%Y %H:%M"))
    parsed = read(text.replace("Zeit", "Time"), zone="UTC")
    assert parsed.proposal.decimal == ","
    assert only(parsed).readings.total == Decimal(4938)


def test_formulas_as_text_are_refused_as_values():
    rows = zip(times(4), ["1", "=cmd()", "2", "3"], strict=True)
    parsed = read(csv(["time", "kWh"], rows), zone="UTC")
    assert codes(parsed) == ["formula_text"]
    assert only(parsed).readings.total == Decimal(6)


def test_zeros_are_kept_as_zeros():
    register = only(read(csv(["time", "kWh"], zip(times(4), [0, 0, 0, 0], strict=True)), zone="UTC"))
    assert len(register.readings) == 4


def test_values_below_zero_are_kept_suspect_and_counted():
    values = [-1, *[1] * 199]
    parsed = read(csv(["time", "kWh"], zip(times(200), values, strict=True)), zone="UTC")
    assert codes(parsed) == ["negative_values"]
    assert only(parsed).readings.quality[0] & SUSPECT


def test_many_values_below_zero_are_taken_for_net():
    parsed = read(csv(["time", "kWh"], zip(times(100), [-1, 1] * 50, strict=True)), zone="UTC")
    assert only(parsed).direction is Direction.NET
    assert any("net" in said for said in parsed.proposal.assumed)


def test_values_larger_than_any_meter_counts_are_refused():
    parsed = read(
        csv(["time", "MWh"], zip(times(3), ["1", "1e12", "2"], strict=True)), zone="UTC", unit="MWh"
    )
    assert codes(parsed) == ["value_out_of_range"]


def test_floats_of_float32_become_the_decimals_their_writer_meant():
    at = pa.array(np.arange(4) * 3_600_000 + 1_700_000_000_000 // 3_600_000 * 3_600_000, pa.timestamp("ms"))
    data = parquet_bytes(time_utc=at, kwh=pa.array([0.1, 0.2, 0.3, 1234.5], pa.float32()))
    assert only(read(data, "x.parquet")).readings.total == Decimal("1235.1")


def test_quality_words_become_quality():
    rows = zip(times(4), [1, 2, 3, 4], ["A", "E", "S14", "purple"], strict=True)
    parsed = read(csv(["time", "kWh", "Quality"], rows), zone="UTC")
    assert only(parsed).readings.quality.tolist() == [0, 3, 2, SUSPECT]
    assert codes(parsed) == ["unknown_quality"]


# --- what values are


def test_a_wide_table_is_one_meter_a_column():
    rows = [(at, 1, 2) for at in times(48)]
    parsed = read(csv(["time_utc", "Hall", "Pool"], rows), name="electricity_kwh.csv")
    assert parsed.proposal.layout == "wide"
    assert [(r.meter, r.register, r.unit) for r in parsed.registers] == [
        ("Hall", "electricity_kwh", "kWh"),
        ("Pool", "electricity_kwh", "kWh"),
    ]


def test_a_column_that_begins_years_later_is_a_meter_all_the_same():
    rows = [(at, 1, "" if n < 3000 else 2) for n, at in enumerate(times(3100))]
    parsed = read(csv(["time_utc", "Hall", "Pool"], rows), name="electricity_kwh.csv")
    assert [len(r.readings) for r in parsed.registers] == [3100, 100]


def test_columns_named_by_registers_are_one_meter():
    rows = [(at, 1, 2) for at in times(48)]
    parsed = read(csv(["time_utc", "Import kWh", "Export kWh"], rows), name="Town Hall.csv")
    assert [(r.meter, r.direction) for r in parsed.registers] == [
        ("Town Hall", Direction.IMPORT),
        ("Town Hall", Direction.EXPORT),
    ]


def test_nmi_suffixes_in_a_column_name_registers_and_directions():
    rows = [(at, "6102000001", suffix, 1) for suffix in ("E1", "B1") for at in times(48)]
    parsed = read(csv(["time", "NMI", "Suffix", "kWh"], rows), zone="+10:00")
    assert [
        (r.meter, r.register, r.direction) for r in sorted(parsed.registers, key=lambda r: r.register)
    ] == [
        ("6102000001", "B1", Direction.EXPORT),
        ("6102000001", "E1", Direction.IMPORT),
    ]


def test_units_in_a_column_of_their_own():
    rows = [(at, meter, 1, unit) for meter, unit in (("A", "MWh"), ("B", "kL")) for at in times(4)]
    parsed = read(csv(["time", "meter", "value", "unit"], rows), zone="UTC")
    assert [(r.meter, r.quantity, r.readings.total) for r in parsed.registers] == [
        ("A", Quantity.ENERGY, Decimal(4000)),
        ("B", Quantity.VOLUME, Decimal(4)),
    ]


def test_mean_power_stays_power():
    register = only(read(csv(["time", "kW"], zip(times(48), range(48), strict=True)), zone="UTC"))
    assert (register.quantity, register.kind, register.unit, register.readings.step_s) == (
        Quantity.POWER, Kind.INSTANT, "kW", 1800,
    )  # fmt: skip


def test_a_column_without_a_unit_is_proved_by_the_power_beside_it():
    power = [10 + n % 7 for n in range(48)]
    rows = [(at, kw / 2, kw) for at, kw in zip(times(48), power, strict=True)]
    parsed = read(csv(["time", "consumption", "demand_kW"], rows), zone="UTC")
    assert parsed.proposal.questions == ()
    assert [r.unit for r in parsed.registers] == ["kWh", "kW"]


def test_kw_in_the_head_above_kwh_is_found_by_another_register_and_asked():
    energy = [10 + n % 7 for n in range(48)]
    rows = [
        (at, value, total)
        for at, value, total in zip(times(48), energy, np.cumsum(energy) + 9000, strict=True)
    ]
    parsed = read(csv(["time", "load kW", "register kWh"], rows), zone="UTC")
    assert any("says kW" in question for question in parsed.proposal.questions)
    assert [(c.name, c.unit) for c in parsed.proposal.value_columns] == [
        ("load kW", "kWh"),
        ("register kWh", "kWh"),
    ]


def test_an_amount_in_kw_is_asked():
    parsed = read(csv(["time", "Consumption (kW)"], zip(times(48), range(48), strict=True)), zone="UTC")
    assert any("kWh per interval, or mean kW" in question for question in parsed.proposal.questions)


def test_figures_that_only_climb_are_a_counter_and_asked():
    totals = 5000 + np.cumsum([1 + n % 3 for n in range(100)])
    parsed = read(csv(["time", "kWh"], zip(times(100), totals, strict=True)), zone="UTC")
    assert only(parsed).kind is Kind.CUMULATIVE
    assert parsed.proposal.questions


def test_off_grid_reads_of_a_counter_are_kept():
    totals = 5000 + np.cumsum([1 + n % 3 for n in range(100)])
    walls = times(100)
    walls[50] = walls[50][:-2] + "07"
    register = only(read(csv(["time", "register kWh"], zip(walls, totals, strict=True)), zone="UTC"))
    assert (len(register.readings), register.readings.step_s, register.readings.duration_ms) == (
        100,
        None,
        None,
    )


def test_a_chosen_unit_that_cannot_be_right_is_asked():
    text = csv(["time", "Water"], zip(times(48), range(48), strict=True))
    assert any("no unit of water" in q for q in read(text, zone="UTC", unit="kWh").proposal.questions)


def test_weather_columns_are_points_of_one_station():
    rows = [(at, 20.5, 60, 300) for at in times(24, minutes=60)]
    parsed = read(csv(["time_utc", "temp_c", "rh_pct", "ghi_wm2"], rows), name="weather.csv")
    assert [(r.quantity, r.kind, r.carrier) for r in parsed.registers] == [
        (Quantity.TEMPERATURE, Kind.INSTANT, Carrier.OTHER),
        (Quantity.HUMIDITY, Kind.INSTANT, Carrier.OTHER),
        (Quantity.IRRADIANCE, Kind.INSTANT, Carrier.OTHER),
    ]


def test_a_column_whose_unit_nobody_knows_is_left_out_by_name():
    parsed = read(csv(["time_utc", "kWh", "Blurb"], [(at, 1, 2) for at in times(4)]))
    assert codes(parsed) == ["unit_unknown"]
    assert [r.register for r in parsed.registers] == ["kWh"]


@pytest.mark.parametrize(
    "text", ["name,area\nHall,12\nPool,15\n", "time,name\n2024-01-01 00:00,a\n2024-01-02 00:00,b\n"]
)
def test_tables_that_are_no_readings_are_a_notice(text):
    parsed = read(text)
    assert codes(parsed) == ["not_readings"]
    assert not parsed.problems[0].refused


# --- texts and workbooks


def test_utf_16_with_tabs():
    text = csv(["time", "kWh"], zip(times(4), range(4), strict=True)).replace(",", "\t")
    assert only(read(text.encode("utf-16"), zone="UTC")).readings.total == Decimal(6)


def test_rows_of_another_width_are_counted_with_their_line():
    text = csv(["time", "kWh"], zip(times(4), range(4), strict=True)) + "2024-03-13 02:00,5,6,7\n"
    parsed = read(text, zone="UTC")
    (problem,) = [p for p in parsed.problems if p.code == "wrong_width"]
    assert problem.line == 6


def workbook(rows, **options):
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, options)
    sheet = book.add_worksheet()
    stamp = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            if isinstance(cell, datetime):
                sheet.write_datetime(row, column, cell, stamp)
            elif isinstance(cell, str):
                sheet.write_string(row, column, cell)
            else:
                sheet.write_number(row, column, cell)
    book.close()
    return made.getvalue()


@pytest.mark.parametrize("is_1904", [False, True])
def test_midnight_in_a_workbook_is_midnight_in_both_calendars(is_1904):
    start = datetime(2024, 12, 31, 22)
    rows = [("Time", "kWh"), *((start + timedelta(minutes=15 * n), 0.25) for n in range(20))]
    register = only(read(workbook(rows, date_1904=is_1904), "x.xlsx", zone="UTC"))
    assert utc(register) == "2024-12-31T22:00"
    assert (np.diff(register.readings.start_ms) == 900_000).all()
    assert register.readings.total == Decimal(5)


def test_formula_text_in_a_workbook_is_no_value():
    start = datetime(2024, 12, 31, 22)
    rows = [
        ("Time", "kWh"),
        *((start + timedelta(minutes=15 * n), "=cmd()" if n == 3 else 1) for n in range(20)),
    ]
    parsed = read(workbook(rows), "x.xlsx", zone="UTC")
    assert codes(parsed) == ["formula_text"]
    assert only(parsed).readings.total == Decimal(19)


def test_a_preamble_above_the_names_in_a_workbook():
    start = datetime(2024, 12, 31, 22)
    rows = [
        ("Meter report", ""),
        ("Site", "Hall"),
        ("Time", "kWh"),
        *((start + timedelta(hours=n), 1) for n in range(5)),
    ]
    assert only(read(workbook(rows), "x.xlsx", zone="UTC")).readings.total == Decimal(5)


def test_a_sheet_that_claims_a_huge_area_is_refused_before_it_is_laid_out():
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made)
    sheet = book.add_worksheet()
    sheet.write(0, 0, "time")
    sheet.write(1_048_575, 16_383, 1)
    book.close()
    assert codes(read(made.getvalue(), "x.xlsx")) == ["sheet_too_large"]


# --- properties


@given(
    st.lists(st.integers(min_value=0, max_value=10**9), min_size=3, max_size=60),
    st.sampled_from([5, 15, 30, 60]),
    st.sampled_from(["%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M", "%Y%m%d%H%M", "%d-%b-%Y %I:%M %p"]),
    st.sampled_from([",", ";", "\t"]),
)
def test_sums_survive_every_way_of_writing(thousandths, minutes, form, separator):
    walls = times(len(thousandths), minutes=minutes, form=form)
    cells = [f"{value // 1000}.{value % 1000:03d}" for value in thousandths]
    text = "Time,kWh\n" + "".join(f"{at},{cell}\n" for at, cell in zip(walls, cells, strict=True))
    said = {"kind": Kind.INTERVAL, "interval_s": minutes * 60}
    register = only(read(text.replace(",", separator), zone="UTC", **said))
    assert register.readings.total == Decimal(sum(thousandths)) / 1000
    assert len(register.readings) == len(thousandths)
