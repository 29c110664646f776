from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ingestion.nem12_text import CHOICES, NOW_MS, utc_ms

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.series import Direction, Kind, Quantity
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.nem13 import read_nem13

HEADER = "100,NEM13,200401101030,MDA1,Ret1"


def period(
    *,
    nmi="VABC005890",
    suffix="11",
    direction="E",
    before="006342.8",
    since="20031005093055",
    after="007654.9",
    until="20040107100333",
    method="A",
    quantity="1312.1",
    unit="kWh",
    update="20040108100333",
):
    return (
        f"250,{nmi},11,1,{suffix},11,METSER123,{direction},{before},{since},A,,,"
        f"{after},{until},{method},,,{quantity},{unit},20040407,{update},20040108091133"
    )


def nem13(*lines, header=HEADER, end="900"):
    return "\n".join([header, *lines, end]).encode()


def read(data, **said):
    return read_nem13(data, "file.csv", Choices(**{"now_ms": NOW_MS, **said}) if said else CHOICES)


def only(parsed):
    (register,) = parsed.registers
    return register


def refusals(parsed):
    return [(p.line, p.column, p.code) for p in parsed.problems if p.refused]


def notices(parsed):
    return [p.code for p in parsed.problems if not p.refused]


def test_a_period_is_one_irregular_reading_from_read_to_read_and_never_spread():
    register = only(read(nem13(period(), "550,N,,A,")))
    assert (register.meter, register.register, register.serial) == ("VABC005890", "11", "METSER123")
    assert (register.quantity, register.direction, register.kind) == (
        Quantity.ENERGY,
        Direction.IMPORT,
        Kind.INTERVAL,
    )
    assert register.spreads
    assert register.readings.step_s is None
    assert register.readings.start_ms.tolist() == [utc_ms("2003-10-04T23:30:55")]
    assert register.readings.duration_ms.tolist() == [
        utc_ms("2004-01-07T00:03:33") - utc_ms("2003-10-04T23:30:55")
    ]
    assert register.readings.total == Decimal("1312.1")
    assert register.update_ms.tolist() == [utc_ms("2004-01-08T00:03:33")]


@pytest.mark.parametrize(("method", "code"), [("A", 0), ("F61", 1), ("S64", 2), ("E65", 3)])
def test_the_quality_is_that_of_the_current_read(method, code):
    assert only(read(nem13(period(method=method)))).readings.quality.tolist() == [code]


def test_a_null_period_has_no_value():
    register = only(read(nem13(period(method="N", quantity=""))))
    assert register.readings.quality.tolist() == [q.NULL]


def test_direction_i_is_into_the_grid_and_so_feed_in():
    assert only(read(nem13(period(direction="I")))).direction is Direction.EXPORT


def test_a_wrapped_counter_is_noticed_and_the_quantity_counts():
    parsed = read(nem13(period(before="99951", after="00027", quantity="76")))
    assert only(parsed).readings.total == Decimal(76)
    assert notices(parsed) == ["counter_wrapped"]


def test_a_quantity_that_is_not_the_difference_is_noticed_and_counts():
    parsed = read(nem13(period(before="100", after="110", quantity="400")))
    assert only(parsed).readings.total == Decimal(400)
    assert notices(parsed) == ["quantity_differs"]


def test_a_negative_period_is_kept_and_suspect():
    parsed = read(nem13(period(before="110", after="100", quantity="-10")))
    assert only(parsed).readings.quality.tolist() == [q.SUSPECT]
    assert "negative_period" in notices(parsed)


def test_a_period_sent_again_stands_by_its_later_update():
    late = period(quantity="1300", update="20040301000000")
    for rows in ((period(), late), (late, period())):
        parsed = read(nem13(*rows))
        assert only(parsed).readings.total == Decimal(1300)
        assert "period_sent_again" in notices(parsed)


def test_a_later_period_takes_the_place_of_an_estimate_inside_it():
    estimate = period(until="20031105000000", quantity="400", update="20031106000000", method="E65")
    parsed = read(nem13(estimate, period()))
    assert only(parsed).readings.total == Decimal("1312.1")


def test_periods_that_overlap_otherwise_refuse_the_nmi():
    other = period(before="1", since="20031201000000", until="20040301000000", update="20040302000000")
    parsed = read(nem13(period(), other, period(nmi="GOOD")))
    assert [register.meter for register in parsed.registers] == ["GOOD"]
    assert refusals(parsed) == [(3, 10, "periods_overlap")]
    assert [p.refused for p in parsed.problems if p.refused] == ["NMI VABC005890, all 2 periods"]


def test_overlapping_periods_whose_reads_follow_each_other_are_both_counted():
    later = period(
        before="7654.9", since="20040101000000", after="7700", until="20040301000000", quantity="45.1"
    )
    parsed = read(nem13(period(), later))
    readings = only(parsed).readings
    assert readings.total == Decimal("1357.2")
    assert readings.start_ms[1] == readings.start_ms[0] + readings.duration_ms[0]
    assert notices(parsed) == ["period_start_moved"]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (period(nmi=""), (2, 2, "nmi_missing")),
        (period(direction="X"), (2, 8, "direction_wrong")),
        (period(since="20040230000000"), (2, 10, "read_time_wrong")),
        (period(until="x"), (2, 15, "read_time_wrong")),
        (period(until="20031005093055"), (2, 15, "read_time_wrong")),
        (period(method="V"), (2, 16, "quality_wrong")),
        (period(method=""), (2, 16, "quality_wrong")),
        (period(quantity="NaN"), (2, 19, "value_not_a_number")),
        (period(quantity="1_000"), (2, 19, "value_not_a_number")),
        (period(quantity="1e90"), (2, 19, "value_out_of_range")),
        (period(quantity=""), (2, 19, "value_missing")),
        (period(unit="furlong"), (2, 20, "unknown_unit")),
        (period(update="yesterday"), (2, 22, "update_time_wrong")),
        ("999,x", (2, 1, "record_unknown")),
        ("250", (2, 2, "nmi_missing")),
    ],
)
def test_a_bad_period_is_refused_at_its_line_and_column(line, fault):
    rows = (line, period(nmi="GOOD")) if not line.startswith("999") else (line,)
    parsed = read(nem13(*rows))
    assert [register.meter for register in parsed.registers] == ["GOOD"] * (len(rows) - 1)
    assert refusals(parsed) == [fault]


def test_a_register_that_changes_its_direction_is_refused():
    later = period(direction="I", since="20040107100333", until="20040301000000")
    assert refusals(read(nem13(period(), later))) == [(3, 8, "register_conflict")]


def test_periods_from_the_future_or_beyond_retention_are_refused():
    parsed = read(
        nem13(period(until="20990101000000"), period(nmi="OLD")), oldest_ms=utc_ms("2010-01-01T00:00:00")
    )
    assert parsed.registers == ()
    assert [p.refused for p in parsed.problems] == ["NMI VABC005890 11, 1 period", "NMI OLD 11, 1 period"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (nem13(), "no_readings"),
        (nem13(period(), end=""), "end_missing"),
        (nem13(period(), header=""), "header_missing"),
        (nem13(period(), header="100,NEM12"), "header_wrong"),
        (nem13(period(), "900", period()), "text_after_end"),
    ],
)
def test_a_file_that_may_be_cut_off_loads_nothing(data, code):
    parsed = read(data)
    assert parsed.registers == ()
    assert [(p.code, p.refused) for p in parsed.problems] == [(code, "the whole file")]


def test_a_cut_off_file_loads_when_asked_to_be_lenient():
    assert len(only(read(nem13(period(), header="", end=""), lenient=True)).readings) == 1


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_bytes_make_the_reader_fail(data):
    cut = bytearray(nem13(period(), "550,N,,A,", period(nmi="B")))
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(cut) - 1))
        cut[place : place + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=6))
    parsed = read(bytes(cut), lenient=data.draw(st.booleans()))
    assert parsed.registers or parsed.problems
