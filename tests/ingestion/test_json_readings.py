import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ingestion.table_text import codes, only, read, utc

from aegrid_energy.domain.quality import ABSENT, SUSPECT
from aegrid_energy.domain.series import Direction, Kind
from aegrid_energy.ingestion import json_readings


def series(**more):
    return {
        "series": "m1",
        "start": "2024-01-01T00:00:00Z",
        "step_s": 900,
        "unit": "kWh",
        "values": [1, 2],
        **more,
    }


def reading(**more):
    return {
        "meter": "m1",
        "register": "E1",
        "at": "2024-01-01T00:00:00+10:00",
        "value": 1.5,
        "unit": "kWh",
        **more,
    }


def parsed(document):
    return read(json.dumps(document), "x.json")


def test_the_series_form():
    register = only(
        parsed(series(values=[1, 2.5, None, "0.1"], quality=["actual", "estimated", "actual", "E52"]))
    )
    assert (register.meter, register.readings.step_s, register.readings.total) == ("m1", 900, Decimal("3.6"))
    assert register.readings.quality.tolist() == [0, 3, 4, 3]
    assert ABSENT not in register.readings.quality


def test_the_readings_form_with_shared_facts():
    rows = [{"at": f"2024-01-01T0{n}:00:00Z", "value": n} for n in range(4)]
    register = only(parsed({"meter": "m1", "unit": "MWh", "readings": rows}))
    assert (register.readings.total, register.readings.step_s) == (Decimal(6000), 3600)


def test_one_reading_a_line():
    lines = "\n".join(json.dumps(reading(at=f"2024-01-01T0{n}:00:00Z")) for n in range(4))
    found = read(lines, "x.ndjson")
    assert (found.format, only(found).readings.total) == ("ndjson", Decimal(6))


def test_several_series_in_one_document():
    assert [r.meter for r in parsed([series(), series(series="m2")]).registers] == ["m1", "m2"]
    assert [r.meter for r in parsed({"series": [series(), series(series="m2")]}).registers] == ["m1", "m2"]


def test_offsets_units_and_suffixes():
    register = only(parsed({"readings": [reading(register="B1", unit="Wh", value=1500)]}))
    assert (utc(register), register.readings.total, register.direction) == (
        "2023-12-31T14:00", Decimal("1.5"), Direction.EXPORT,
    )  # fmt: skip


def test_gauges_and_counters():
    assert only(parsed(series(unit="degF", values=[68]))).readings.total == Decimal(20)
    assert only(parsed(series(kind="cumulative"))).kind is Kind.CUMULATIVE


def test_the_later_of_two_sendings_stands():
    found = parsed({"readings": [reading(value=1), reading(value=2)]})
    assert codes(found) == ["repeated_times"]
    assert only(found).readings.total == Decimal(2)


def test_suspect_survives():
    assert only(parsed(series(quality=["actual+suspect", "actual"]))).readings.quality.tolist() == [
        SUSPECT,
        0,
    ]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (
            '{"series": "m", "start": "2024-01-01T00:00:00Z", "step_s": 900, "unit": "kWh", "values": [NaN]}',
            "value_not_finite",
        ),
        (
            json.dumps(series(values=[float("-inf")])),
            "value_not_finite",
        ),
        (json.dumps(series(values=["Infinity"])), "value_not_finite"),
        (json.dumps(series(values=["sNaN"])), "value_not_finite"),
        (
            json.dumps(series()).replace("[1, 2]", "[1e999999]"),
            "value_out_of_range",
        ),
        (json.dumps(series(values=[10**400])), "value_out_of_range"),
        (json.dumps(series(values=[True])), "bad_value"),
        (json.dumps(series(values=["twelve"])), "bad_value"),
        (json.dumps(series(values=[[1]])), "bad_value"),
        (json.dumps(series(values=7)), "bad_shape"),
        (json.dumps(series(quality=["actual"])), "bad_shape"),
        (json.dumps(series(quality=["purple", "actual"])), "bad_quality"),
        (json.dumps(series(start="2024-01-01T00:00:00")), "naive_time"),
        (json.dumps(series(start="yesterday")), "bad_time"),
        (json.dumps(series(start=7)), "bad_time"),
        (json.dumps(series(start="0001-01-01T00:00:00+10:00")), "too_old"),
        (json.dumps(series(start="2031-01-01T00:00:00Z")), "in_the_future"),
        (json.dumps(series(step_s=0)), "bad_step"),
        (json.dumps(series(step_s=1.5)), "bad_step"),
        (json.dumps(series(step_s=10**30)), "bad_step"),
        (json.dumps(series(unit="furlong")), "unknown_unit"),
        (json.dumps(series(kind="odd")), "bad_kind"),
        (json.dumps(series(series="a\x00b")), "bad_name"),
        (json.dumps(series(series="")), "bad_name"),
        (json.dumps(series(series="x" * 500)), "bad_name"),
        (json.dumps({"values": []}), "bad_step"),
        (json.dumps([1]), "bad_shape"),
        (json.dumps([{}]), "bad_time"),
        ('{"a": ', "bad_json"),
        ('{"a":' * 100_000, "too_deep"),
        ("[" + "9" * 10_000 + "]", "bad_json"),
    ],
)
def test_hostile_documents_are_refused_by_name(document, code):
    assert code in codes(read(document, "x.json"))


def test_a_refusal_says_where():
    found = parsed({"readings": [reading(), reading(at="2024-01-01T00:00:00")]})
    assert '"readings"[1]' in found.problems[0].text
    lines = json.dumps(reading()) + "\n" + '{"meter": "m", "at": "x"}\n'
    assert read(lines, "x.ndjson").problems[0].line == 2


def test_many_refusals_are_counted(monkeypatch):
    found = parsed([1] * 1000)
    assert len(found.problems) == 101
    assert "900" in found.problems[-1].text
    monkeypatch.setattr(json_readings, "_MOST", 10)
    assert "file_too_large" in codes(parsed(series(values=[1] * 11)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["series", "meter", "readings", "values", "start", "at", "value", "unit", "step_s"]),
        inner, max_size=6,
    ),
    max_leaves=20,
)  # fmt: skip


@given(JSON)
def test_any_document_ends_in_registers_or_problems(document):
    read(json.dumps(document) + " ", "x.json")


@given(st.lists(st.decimals(min_value=-(10**8), max_value=10**8, places=6), min_size=1, max_size=30))
def test_decimals_are_exact(values):
    document = series(values=[str(value) for value in values])
    assert only(parsed(document)).readings.total == sum(values)
