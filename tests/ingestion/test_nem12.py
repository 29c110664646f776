from collections import Counter
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ingestion.nem12_text import CHOICES, NOW_MS, block, day, nem12, utc_ms

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.series import Carrier, Direction, Kind, Quantity
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.nem12 import read_nem12


def read(data, **said):
    choices = CHOICES if not said else Choices(**{"now_ms": NOW_MS, **said})
    return read_nem12(data, "file.csv", choices)


def only(parsed):
    (register,) = parsed.registers
    return register


def refusals(parsed):
    return [(p.line, p.column, p.code) for p in parsed.problems if p.refused]


def notices(parsed):
    return [p.code for p in parsed.problems if not p.refused]


# --- what a good file gives


def test_a_day_becomes_readings_at_the_start_of_their_intervals_in_utc():
    register = only(read(nem12(block(), day(values=range(48)))))
    readings = register.readings
    assert (register.meter, register.register, register.serial) == ("6102000001", "E1", "M1")
    assert (register.carrier, register.quantity, register.kind) == (
        Carrier.ELECTRICITY,
        Quantity.ENERGY,
        Kind.INTERVAL,
    )
    assert readings.start_ms[0] == utc_ms("2023-12-31T14:00:00")  # midnight at UTC+10
    assert readings.start_ms[-1] == utc_ms("2024-01-01T13:30:00")
    assert readings.micro.tolist() == [value * 1_000_000 for value in range(48)]
    assert readings.step_s == 1800
    assert not register.spreads


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("", "2023-12-31T14:00:00"),
        ("+10:00", "2023-12-31T14:00:00"),
        ("+08:00", "2023-12-31T16:00:00"),
        ("UTC", "2024-01-01T00:00:00"),
        ("-03:30", "2024-01-01T03:30:00"),
    ],
)
def test_the_markets_clock_is_a_fixed_offset_of_the_source(zone, start):
    assert only(read(nem12(block(), day()), zone=zone)).readings.start_ms[0] == utc_ms(start)


@pytest.mark.parametrize("zone", ["Australia/Sydney", "+25:00", "+10:75", "nonsense"])
def test_a_clock_that_is_not_fixed_is_refused(zone):
    parsed = read(nem12(block(), day()), zone=zone)
    assert parsed.registers == ()
    assert refusals(parsed) == [(0, 0, "zone_not_fixed")]


@pytest.mark.parametrize(("minutes", "count"), [(5, 288), (10, 144), (15, 96), (30, 48), (60, 24)])
def test_the_markets_intervals_and_10_and_60_minutes_are_read(minutes, count):
    register = only(read(nem12(block(minutes=minutes), day(count=count))))
    assert len(register.readings) == count
    assert register.readings.step_s == minutes * 60


@pytest.mark.parametrize(
    ("unit", "canonical", "micro"),
    [
        ("WH", "kWh", 1_500),
        ("wh", "kWh", 1_500),
        ("KWH", "kWh", 1_500_000),
        ("Kwh", "kWh", 1_500_000),
        ("MWh", "kWh", 1_500_000_000),
        ("VARH", "kvarh", 1_500),
        ("kVArh", "kvarh", 1_500_000),
        ("MVARH", "kvarh", 1_500_000_000),
        ("VAh", "kVAh", 1_500),
        ("KVAH", "kVAh", 1_500_000),
        ("kW", "kW", 1_500_000),
        ("KL", "m3", 1_500_000),
    ],
)
def test_units_in_any_case_become_canonical_and_exact(unit, canonical, micro):
    register = only(read(nem12(block(unit=unit), day(values=["1.5"] * 48))))
    assert register.unit == canonical
    assert set(register.readings.micro.tolist()) == {micro}


def test_a_unit_that_the_file_leaves_out_can_be_given_with_the_load():
    data = nem12(block(unit=""), day())
    assert only(read(data, unit="Wh")).readings.total == Decimal("0.048")
    assert only(read(nem12(block(unit="kWh"), day()), unit="Wh")).readings.total == Decimal(48)


def test_a_register_of_power_holds_instants_not_amounts():
    assert only(read(nem12(block(unit="kW"), day()))).kind is Kind.INSTANT


@pytest.mark.parametrize(
    ("suffix", "unit", "direction"),
    [
        ("E1", "kWh", Direction.IMPORT),
        ("E2", "kWh", Direction.IMPORT),
        ("B1", "kWh", Direction.EXPORT),
        ("Q1", "kvarh", Direction.IMPORT),
        ("K1", "kvarh", Direction.EXPORT),
        ("b1", "kWh", Direction.EXPORT),
        ("T1", "kVAh", Direction.NET),
    ],
)
def test_aemo_speaks_from_the_grid_so_e_is_consumption_and_b_is_feed_in(suffix, unit, direction):
    assert only(read(nem12(block(suffix=suffix, unit=unit), day()))).direction is direction


def test_a_suffix_outside_the_table_is_told_and_counts_for_no_side():
    parsed = read(nem12(block(suffix="X9"), day()))
    assert only(parsed).direction is Direction.NET
    assert notices(parsed) == ["direction_unknown"]


def test_a_suffix_that_contradicts_its_unit_is_told_and_the_unit_counts():
    parsed = read(nem12(block(suffix="Q1", unit="kWh"), day()))
    assert only(parsed).quantity is Quantity.ENERGY
    assert notices(parsed) == ["suffix_contradicts_unit"]


# --- quality


@pytest.mark.parametrize(
    ("method", "code"), [("A", 0), ("F14", 1), ("S52", 2), ("E56", 3), ("E", 3), ("N", q.NULL)]
)
def test_the_quality_method_of_a_day_becomes_its_quality(method, code):
    register = only(read(nem12(block(), day(values=[0] * 48, tail=f"{method},,,20240102120000,"))))
    assert set(register.readings.quality.tolist()) == {code}


def test_a_day_that_varies_takes_its_quality_slot_by_slot():
    data = nem12(block(), day(tail="V,,,20240102120000,"), "400,11,48,S52,1,", "400,1,9,A,,", "400,10,10,N,,")
    readings = only(read(data)).readings
    assert readings.quality.tolist() == [0] * 9 + [q.NULL] + [2] * 38
    assert readings.micro[9] == 0
    assert readings.total == Decimal(47)


@pytest.mark.parametrize(
    ("events", "fault"),
    [
        ([], (3, 51, "quality_events_missing")),
        (["400,1,20,A,,", "400,22,48,A,,"], (5, 3, "quality_events_gap")),
        (["400,1,20,A,,", "400,20,48,A,,"], (5, 2, "quality_events_overlap")),
        (["400,1,49,A,,"], (4, 2, "quality_events_wrong")),
        (["400,0,48,A,,"], (4, 2, "quality_events_wrong")),
        (["400,9,3,A,,"], (4, 2, "quality_events_wrong")),
        (["400,1,48,V,,"], (4, 4, "quality_wrong")),
        (["400,1,x,A,,"], (4, 2, "quality_events_wrong")),
    ],
)
def test_a_day_that_varies_needs_every_slot_covered_exactly_once(events, fault):
    parsed = read(nem12(block(), day(tail="V,,,20240102120000,"), *events))
    assert parsed.registers == ()
    assert fault in refusals(parsed)


def test_events_behind_an_actual_day_are_reasons_and_need_not_cover_it():
    readings = only(read(nem12(block(), day(), "400,30,30,A,79,outage"))).readings
    assert set(readings.quality.tolist()) == {0}


def test_an_empty_null_day_is_null_and_not_zero():
    register = only(read(nem12(block(), day(values=[""] * 48, tail="N,,,,"))))
    assert not register.readings.valid.any()
    assert len(register.readings) == 48
    assert np.isnan(register.readings.floats).all()


def test_values_of_null_quality_are_told_and_stay_null():
    parsed = read(nem12(block(), day(tail="N,,,,")))
    assert not only(parsed).readings.valid.any()
    assert only(parsed).readings.micro.sum() == 0
    assert notices(parsed) == ["null_with_value"]


def test_negative_intervals_are_kept_marked_suspect_and_counted():
    parsed = read(nem12(block(), day(values=["-1.5", "-.25"] + [1] * 46)))
    readings = only(parsed).readings
    assert readings.micro[:2].tolist() == [-1_500_000, -250_000]
    assert readings.quality[:3].tolist() == [q.SUSPECT, q.SUSPECT, 0]
    assert [p.text for p in parsed.problems] == [
        "NMI 6102000001 E1: 2 negative intervals are kept and marked suspect."
    ]


# --- sent again


def resent(first, second):
    return nem12(
        block(), day(values=[1] * 48, tail=f"A,,,{first},"), day(values=[2] * 48, tail=f"E52,,,{second},")
    )


@pytest.mark.parametrize(
    ("first", "second", "stands"),
    [
        ("20240102120000", "20240103120000", 2),
        ("20240103120000", "20240102120000", 1),
        ("20240102120000", "20240102120000", 2),
        ("", "20240102120000", 2),
        ("20240102120000", "", 2),
        ("", "", 2),
    ],
)
def test_of_a_day_sent_twice_the_later_update_stands_whatever_its_quality(first, second, stands):
    parsed = read(resent(first, second))
    readings = only(parsed).readings
    assert len(readings) == 48
    assert readings.total == Decimal(48 * stands)
    assert notices(parsed) == ["day_sent_again"]


def test_update_times_are_in_the_markets_clock_and_missing_ones_take_the_files_date():
    data = nem12(block(), day(), day(on="20240102", tail="A"))
    update_ms = only(read(data)).update_ms
    assert update_ms[0] == utc_ms("2024-01-02T02:00:00")
    assert update_ms[-1] == utc_ms("2024-01-04T14:00:00")


def test_without_any_date_of_update_the_register_says_none():
    assert only(read(nem12(block(), day(tail="A"), header="100,NEM12"))).update_ms is None


def test_days_out_of_order_come_out_sorted():
    readings = only(read(nem12(block(), day(on="20240103"), day(on="20240101")))).readings
    assert (np.diff(readings.start_ms) > 0).all()


# --- what is refused


def test_a_day_with_287_values_refuses_its_nmi_whole_and_loads_the_others():
    data = nem12(
        block(nmi="BAD", minutes=5),
        day(count=288),
        day(on="20240102", count=287),
        block(nmi="BAD", suffix="B1", minutes=5),
        day(count=288),
        block(nmi="GOOD", minutes=5),
        day(count=288),
    )
    parsed = read(data)
    assert [register.meter for register in parsed.registers] == ["GOOD"]
    (problem,) = parsed.problems
    assert (problem.line, problem.column, problem.code) == (4, 290, "value_count_wrong")
    assert problem.refused == "NMI BAD, all 2 days"
    assert "287 values" in problem.text


@pytest.mark.parametrize(
    "value", ["NaN", "inf", "-inf", "0x1F", "1_000", "1.2.3", "--1", "1-", ".", "-", "\u0661", "1 000"]
)
def test_a_value_that_is_no_number_is_refused_at_its_line_and_column(value):
    parsed = read(nem12(block(), day(values=[1, 1, value] + [1] * 45)))
    assert parsed.registers == ()
    assert refusals(parsed) == [(3, 5, "value_not_a_number")]


def test_an_empty_value_that_is_not_null_is_refused_at_its_line_and_column():
    parsed = read(nem12(block(), day(values=[""] + [1] * 47)))
    assert refusals(parsed) == [(3, 3, "value_missing")]


@pytest.mark.parametrize("value", ["1e30", "-1e30", "9000000001", "9" * 30])
def test_a_value_out_of_range_is_refused(value):
    parsed = read(nem12(block(), day(values=[1] * 47 + [value])))
    assert refusals(parsed) == [(3, 50, "value_out_of_range")]


@pytest.mark.parametrize("value", ["+1.5", "1.50", "0001.5", "1.5e0", " 1.5", "15E-1"])
def test_honest_but_rare_spellings_of_a_number_are_read(value):
    assert only(read(nem12(block(), day(values=[value] * 48)))).readings.total == Decimal(72)


@pytest.mark.parametrize("on", ["20240230", "00000000", "2024011", "202401011", "2024-1-1", "abcdefgh", ""])
def test_a_date_that_is_none_refuses_the_nmi(on):
    parsed = read(nem12(block(), day(on=on)))
    assert parsed.registers == ()
    assert refusals(parsed) == [(3, 2, "date_wrong")]


def test_readings_from_the_future_and_beyond_retention_are_refused_and_counted():
    data = nem12(block(), day(on="20191231"), day(on="20200101"), day(on="20991231"))
    parsed = read(data, oldest_ms=utc_ms("2019-12-31T14:00:00"))
    assert len(only(parsed).readings) == 48
    assert [(p.line, p.code, p.refused) for p in parsed.problems] == [
        (3, "reading_too_old", "NMI 6102000001 E1, 48 readings"),
        (5, "reading_in_future", "NMI 6102000001 E1, 48 readings"),
    ]


def test_the_running_day_is_taken_up_to_five_minutes_ahead_of_now():
    now_ms = utc_ms("2024-01-01T00:00:00")  # 10:00 on the market's clock
    parsed = read(nem12(block(minutes=5), day(count=288)), now_ms=now_ms)
    assert only(parsed).readings.start_ms[-1] == now_ms + 5 * 60_000
    assert parsed.problems[0].refused == "NMI 6102000001 E1, 166 readings"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (block(minutes=7), (2, 9, "interval_length_wrong")),
        (block(minutes="x"), (2, 9, "interval_length_wrong")),
        (block(minutes="9" * 50), (2, 9, "interval_length_wrong")),
        (block(unit="furlong"), (2, 8, "unknown_unit")),
        (block(unit=""), (2, 8, "unknown_unit")),
        (block(nmi=""), (2, 2, "nmi_missing")),
        ("200,6102000001,E1,,,,,kWh,30", (2, 5, "suffix_missing")),
        ("200", (2, 2, "nmi_missing")),
    ],
)
def test_a_register_record_that_cannot_be_understood_refuses_its_nmi(line, fault):
    parsed = read(nem12(line, day(), block(nmi="GOOD"), day()))
    assert [register.meter for register in parsed.registers] == ["GOOD"]
    assert refusals(parsed) == [fault]


def test_one_register_with_5_and_30_minutes_on_one_day_is_a_conflict():
    parsed = read(nem12(block(), day(), block(minutes=5), day(count=288)))
    assert parsed.registers == ()
    assert refusals(parsed) == [(5, 2, "interval_length_conflict")]


def test_an_interval_that_changes_between_days_gives_two_registers():
    parsed = read(nem12(block(), day(), block(minutes=5), day(on="20240102", count=288)))
    assert [(r.register, r.readings.step_s, len(r.readings)) for r in parsed.registers] == [
        ("E1", 1800, 48),
        ("E1", 300, 288),
    ]


def test_one_register_in_two_spellings_of_energy_is_one_and_in_two_quantities_is_refused():
    both = read(nem12(block(unit="kWh"), day(), block(unit="Wh"), day(on="20240102", values=[1000] * 48)))
    assert only(both).readings.total == Decimal(96)
    parsed = read(nem12(block(unit="kWh"), day(), block(unit="kvarh"), day(on="20240102")))
    assert refusals(parsed) == [(4, 8, "unit_conflict")]


def test_a_meter_exchange_is_one_register_and_told():
    parsed = read(nem12(block(serial="M1"), day(), block(serial="M2"), day(on="20240102")))
    assert only(parsed).serial == "M2"
    assert notices(parsed) == ["meter_exchanged"]


# --- the frame of the file


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b"\n\n,,,\n", "file_empty"),
        (nem12(), "no_readings"),
        (nem12(block(), block(suffix="B1")), "no_readings"),
        (nem12(block(), day(), end=""), "end_missing"),
        (nem12(block(), day(), header=""), "header_missing"),
        (nem12(block(), day(), header="100,NEM13,202401050000"), "header_wrong"),
        (nem12(block(), day(), "900", block(), day(on="20240102")), "text_after_end"),
        (nem12(day()), "register_missing"),
        (nem12("<html>"), "record_unknown"),
        (nem12(block(), day(), "100,NEM12,202401050000"), "end_missing"),
        (b"\x00" * 100, "header_missing"),
    ],
)
def test_a_file_that_may_be_cut_off_loads_nothing(data, code):
    parsed = read(data)
    assert parsed.registers == ()
    assert [(p.code, p.refused) for p in parsed.problems] == [(code, "the whole file")]


def test_a_portals_file_without_header_and_end_loads_when_asked_to_be_lenient():
    data = nem12(block(), day(), "900", block(suffix="B1"), day(), header="", end="")
    assert [r.register for r in read(data, lenient=True).registers] == ["E1", "B1"]


def test_two_complete_files_behind_each_other_load_as_one():
    data = nem12(block(), day()) + b"\n" + nem12(block(), day(on="20240102"))
    assert len(only(read(data)).readings) == 96


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda data: b"\xef\xbb\xbf" + data, id="byte order mark"),
        pytest.param(lambda data: data.replace(b"\n", b"\r\n"), id="crlf"),
        pytest.param(lambda data: data.replace(b"\n", b"\r"), id="old mac"),
        pytest.param(lambda data: data.replace(b"\n", b",,,\n") + b",,,", id="trailing commas"),
        pytest.param(lambda data: data.replace(b"\n", b"\n\n") + b"\n\n", id="blank lines"),
        pytest.param(lambda data: data.replace(b"\n", b"  \n"), id="trailing blanks"),
        pytest.param(lambda data: data.replace(b",1,", b", 1,"), id="blanks before values"),
        pytest.param(
            lambda data: data.replace(b",A,,,20240102120000,", b",A"), id="optional fields left out"
        ),
        pytest.param(lambda data: data.replace(b"A,,,", b'A,0,"gate, locked",'), id="comma in quoted text"),
        pytest.param(lambda data: data.replace(b"kWh", b'"kWh"'), id="quoted field"),
        pytest.param(
            lambda data: data.replace(b"\n900", b"\n500,O,S01,20240101120000,1234.5\n900"), id="500 record"
        ),
    ],
)
def test_what_senders_and_spreadsheets_do_to_a_file_changes_nothing(change):
    data = nem12(block(), day(values=range(48)), day(on="20240102"))
    changed = only(read(change(data))).readings
    plain = only(read(data)).readings
    assert (changed.micro == plain.micro).all()
    assert (changed.start_ms == plain.start_ms).all()
    assert (changed.quality == plain.quality).all()


def test_a_day_wrapped_at_commas_is_joined_and_told():
    line = day(values=range(48))
    wrapped = line.replace("300,20240101,", "300,20240101,\n").replace(",20,", ",20,\n")
    parsed = read(nem12(block(), wrapped))
    assert only(parsed).readings.total == Decimal(sum(range(48)))
    assert notices(parsed) == ["record_rejoined"]


def test_a_day_broken_inside_a_value_refuses_its_nmi():
    broken = day(values=[10] * 48)
    inside = broken.index(",10,") + 2
    parsed = read(nem12(block(), broken[:inside] + "\n" + broken[inside:]))
    assert parsed.registers == ()
    assert "record_broken" in [p.code for p in parsed.problems]


def test_a_short_day_before_the_next_record_is_short_not_wrapped():
    parsed = read(nem12(block(), "300,20240101,1,2,3,", day(on="20240102")))
    assert refusals(parsed) == [(3, 6, "value_count_wrong")]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_bytes_make_the_reader_fail(data):
    good = nem12(block(), day(tail="V,,,20240102120000,"), "400,1,48,A,,", block(suffix="B1"), day())
    cut = bytearray(good)
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(cut) - 1))
        piece = data.draw(
            st.binary(max_size=6) | st.sampled_from([b",", b"\n", b"300,", b"900\n", b'"', b"\x00"])
        )
        cut[place : place + data.draw(st.integers(0, 8))] = piece
    parsed = read(bytes(cut), lenient=data.draw(st.booleans()))
    assert parsed.registers or parsed.problems
    for register in parsed.registers:
        readings = register.readings
        assert len(readings) == len(readings.micro) == len(readings.quality)
        assert (np.diff(readings.start_ms) > 0).all()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.decimals(-999_999, 999_999, places=4), min_size=48, max_size=48))
def test_every_decimal_of_the_format_comes_out_exact(values):
    register = only(read(nem12(block(), day(values=values))))
    assert register.readings.micro.tolist() == [int(value * 1_000_000) for value in values]
    assert Counter((register.readings.quality & q.SUSPECT > 0).tolist())[True] == sum(v < 0 for v in values)
