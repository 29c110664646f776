import gzip
import io
import zipfile

import pyarrow as pa
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from tests.ingestion.table_text import NOW_MS, codes, csv, read, times
from tests.ingestion.test_green_button import HOUR, nested, reading

from aegrid_energy.domain.problems import Problem
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.parsed import ParsedFile
from aegrid_energy.ingestion.read_file import read_file

CHOICES = Choices(now_ms=NOW_MS, accept_proposed=True, zone="+10:00", unit="kWh")


def workbook():
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made)
    sheet = book.add_worksheet()
    for row, cells in enumerate([("time", "kWh"), *zip(times(5), range(5), strict=True)]):
        sheet.write_row(row, 0, cells)
    book.close()
    return made.getvalue()


def columnar(write):
    made = io.BytesIO()
    table = pa.table({"time": times(50), "kWh": pa.array([float(n) for n in range(50)], pa.float32())})
    write(table, made)
    return made.getvalue()


def ipc(table, made):
    with pa.ipc.new_file(made, table.schema) as writer:
        writer.write(table)


def stream(table, made):
    with pa.ipc.new_stream(made, table.schema) as writer:
        writer.write(table)


def zipped(data):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("in.csv", data)
    return made.getvalue()


CSV = csv(["time", "kWh", "quality"], zip(times(60), range(60), ["A", "E"] * 30, strict=True)).encode()
SEEDS = {
    "csv": CSV,
    "csv in zip": zipped(CSV),
    "csv in gzip": gzip.compress(CSV),
    "xlsx": workbook(),
    "parquet": columnar(parquet.write_table),
    "arrow file": columnar(ipc),
    "arrow stream": columnar(stream),
    "xml": nested([reading(HOUR + 3600 * n, n) for n in range(20)]).encode(),
    "json": b'{"series": "m", "start": "2024-01-01T00:00:00Z", "step_s": 900, "unit": "kWh", "values": [1]}',
    "ndjson": b'{"meter": "m", "at": "2024-01-01T00:00:00Z", "value": 1, "unit": "kWh"}\n' * 3,
    "nem12": b"100,NEM12,202401010000,MDP,RET\n200,6102000001,E1,E1,E1,,M1,KWH,30,\n300,20240101,"
    + b",".join(b"1" for _ in range(48)) + b",A,,,20240102000000,\n900\n",
}  # fmt: skip


def assert_honest(found):
    assert isinstance(found, list)
    for file in found:
        assert isinstance(file, ParsedFile)
        assert all(isinstance(problem, Problem) for problem in file.problems)
        for register in file.registers:
            readings = register.readings
            assert len(readings.start_ms) == len(readings.micro) == len(readings.quality) > 0
            assert (readings.start_ms[1:] > readings.start_ms[:-1]).all()
            assert readings.step_s is None or 86_400 % readings.step_s == 0


@pytest.mark.parametrize("name", SEEDS)
def test_each_seed_is_read_before_it_is_broken(name):
    (found,) = read_file(SEEDS[name], name, CHOICES)
    assert_honest([found])
    assert found.registers, found.problems


@pytest.mark.parametrize("name", SEEDS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_broken_files_end_in_data_or_problems(name, data):
    seed = bytearray(SEEDS[name])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, max(len(seed) - 1, 0)))
        match data.draw(st.sampled_from(["flip", "cut", "insert", "repeat"])):
            case "flip":
                seed[at : at + 1] = bytes([data.draw(st.integers(0, 255))])
            case "cut":
                del seed[at : at + data.draw(st.integers(1, 40))]
            case "insert":
                seed[at:at] = data.draw(
                    st.binary(max_size=12) | st.sampled_from([b'"', b"\n", b",", b"\x00", b"<", b"1e999"])
                )
            case _:
                seed[at:at] = seed[at : at + 30]
    assert_honest(read_file(bytes(seed), "x", CHOICES))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_end_in_data_or_problems(data):
    assert_honest(read_file(data, "x", CHOICES))


CELLS = st.sampled_from(
    ["", "0", "1.5", "1,5", "1.234,5", "-3", "n/a", "=cmd()", "inf", "1e400", "A", "2024-01-01",
     "2024-04-07 02:30", "01/02/2024 00:00", "13/02/2024", "24:00", "kWh", "1700000000", "45292.5", "\u00e4",
     '"', "x" * 70, "99999999999"]
)  # fmt: skip
HEADS = st.sampled_from(
    ["time", "date", "start", "end", "time_utc", "kWh", "kW", "meter", "NMI", "suffix", "quality", "unit",
     "value", "Period", "temp_c", "b0", "", "water", "index", "Register kWh", "time"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.lists(HEADS, min_size=1, max_size=6),
    st.lists(st.lists(CELLS, min_size=1, max_size=6), max_size=30),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["", "UTC", "+10:00", "Australia/Sydney"]),
    st.sampled_from(["", "long", "wide"]),
)
def test_any_table_of_words_people_write_ends_in_data_or_problems(head, rows, separator, zone, layout):
    text = "\n".join(separator.join(cells) for cells in [head, *rows])
    choices = Choices(now_ms=NOW_MS, accept_proposed=True, zone=zone, unit="kWh", layout=layout)
    assert_honest(read_file(text.encode(), "x.csv", choices))


def test_what_no_reader_takes_says_what_is_accepted():
    parsed = read(b"\x89PNG\r\n\x1a\n" + bytes(100), "photo.png")
    assert codes(parsed) == ["unknown_format"]
    assert "NEM12" in parsed.problems[0].text


def test_an_empty_file_says_so():
    assert codes(read(b"", "x.csv")) == ["empty_file"]
    assert codes(read(b" \n\n", "x.csv")) == ["empty_file"]


def test_members_of_an_archive_are_files_of_their_own():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("a.csv", CSV)
        packed.writestr("note.png", b"\x89PNG\x00\x00")
    found = read_file(made.getvalue(), "all.zip", CHOICES)
    assert [(file.file, file.format) for file in found] == [
        ("all.zip!a.csv", "csv"),
        ("all.zip!note.png", "unknown"),
    ]


def test_sheets_of_a_workbook_that_hold_readings_are_files_of_their_own():
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made)
    book.add_worksheet("Cover").write(0, 0, "Meter data of the Hall")
    for name in ("Hall", "Pool"):
        sheet = book.add_worksheet(name)
        for row, cells in enumerate([("time", "kWh"), *zip(times(5), range(5), strict=True)]):
            sheet.write_row(row, 0, cells)
    book.close()
    found = read_file(made.getvalue(), "x.xlsx", CHOICES)
    assert [(file.file, file.registers[0].meter) for file in found] == [
        ("x.xlsx!Hall", "x.xlsx Hall"),
        ("x.xlsx!Pool", "x.xlsx Pool"),
    ]
