"""Files of the register: cells stay what was typed, and what is wrong is named by sheet, line and column."""

import io
from datetime import date, datetime

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from aegrid_energy.domain.formula_cells import as_typed, harmless
from aegrid_energy.ingestion.register_file import MOST_ROWS, read_register_file

HEAD = "external_id,name,timezone"


def book(sheets: dict[str, list[list[object]]], *, top: int = 0, left: int = 0) -> bytes:
    out = io.BytesIO()
    options = {"in_memory": True, "default_date_format": "yyyy-mm-dd", "strings_to_formulas": False}
    with xlsxwriter.Workbook(out, options) as made:
        for name, rows in sheets.items():
            sheet = made.add_worksheet(name)
            for y, row in enumerate(rows):
                for x, cell in enumerate(row):
                    if cell is not None:
                        sheet.write(top + y, left + x, cell)
    return out.getvalue()


def told(data: bytes, file: str = "sites.csv", sheet: str = "") -> list[tuple[int, int, str]]:
    found = read_register_file(data, file, sheet)
    return [(one.line, one.column, one.code) for one in found.problems]


def test_a_csv_is_the_sheet_that_it_is_called_or_the_one_that_is_said() -> None:
    text = f"{HEAD}\r\nS1,Hall,UTC\r\n".encode()
    for found in (read_register_file(text, "data/Sites.CSV"), read_register_file(text, "x.csv", "sites")):
        assert found.rows == {"sites": [{"external_id": "S1", "name": "Hall", "timezone": "UTC"}]}
        assert found.lines == {"sites": [2]}
    assert told(text, "x.csv") == [(0, 0, "unknown_sheet")]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_lines_are_those_of_the_file_where_rows_are_empty_or_run_over_several(mark: str) -> None:
    rows = ["\ufeff" + HEAD, "", 'S1,"Town\nHall",UTC', ",,", "S2,Pool,UTC"]
    found = read_register_file("\n".join(rows).replace(",", mark).encode(), "sites.csv")
    assert [row["name"] for row in found.rows["sites"]] == ["Town\nHall", "Pool"]
    assert found.lines["sites"] == [3, 6]


def test_numbers_and_dates_of_a_workbook_are_spelled_as_they_would_be_typed() -> None:
    rows = [
        ["external_id", "site", "carrier", "name", "nmi", "is_virtual", "in_service_from"],
        ["M1", "S1", "gas", 12.5, 6102000001, True, date(2024, 7, 1)],
        [None] * 7,
        ["M2", "S1", "gas", "=1+1", "0612", False, datetime(2024, 7, 1, 6, 30)],
    ]
    found = read_register_file(book({"Meters": rows, "Notes": [["hello"]]}, top=2, left=1), "r.xlsx")
    one, two = found.rows["meters"]
    assert (one["name"], one["nmi"], one["is_virtual"], one["in_service_from"]) == (
        "12.5", "6102000001", "yes", "2024-07-01",
    )  # fmt: skip
    assert (two["name"], two["nmi"], two["is_virtual"], two["in_service_from"]) == (
        "=1+1", "0612", "no", "2024-07-01T06:30:00",
    )  # fmt: skip
    assert found.lines["meters"] == [4, 6]
    assert found.columns["meters"].index("external_id") == 1
    assert [(p.file, p.code) for p in found.problems] == [("r.xlsx!Notes", "unknown_sheet")]


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        pytest.param(
            "external_id,name,colour,timezone\nS1,a,b,UTC\n", [(1, 3, "unknown_column")], id="column"
        ),
        pytest.param("external_id,timezone\nS1,UTC\n", [(1, 0, "column_missing")], id="missing"),
        pytest.param(f"{HEAD},name\nS1,a,UTC,b\n", [(1, 4, "column_twice")], id="twice"),
        pytest.param(f"\n{HEAD}\nS1,a,UTC,,x\n", [(3, 5, "cell_without_column")], id="extra"),
        pytest.param("", [(0, 0, "empty_file")], id="empty"),
        pytest.param("external_id,,timezone,name\n", [(1, 2, "column_without_name")], id="no-name"),
    ],
)
def test_what_is_wrong_is_named_by_line_and_column(text: str, problems: list[tuple[int, int, str]]) -> None:
    assert told(text.encode()) == problems
    assert sum(map(len, read_register_file(text.encode(), "sites.csv").rows.values())) == 0


def test_too_many_rows_are_refused_whole() -> None:
    text = HEAD + "\n" + "S,a,UTC\n" * (MOST_ROWS + 1)
    found = read_register_file(text.encode(), "sites.csv")
    assert (found.count, [p.code for p in found.problems]) == (0, ["too_many_rows"])


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"PK\x03\x04nothing", id="broken-zip"),
        pytest.param(bytes(range(256)) * 8, id="bytes"),
        pytest.param(b"\x00" * 64, id="nul"),
        pytest.param(f'{HEAD}\n"{"x" * 200_000}'.encode(), id="huge-cell"),
    ],
)
def test_what_is_no_file_of_the_register_is_a_problem(data: bytes) -> None:
    found = read_register_file(data, "sites.csv")
    assert found.count == 0
    assert [bool(p.refused) for p in found.problems] == [True]


@given(st.binary(max_size=400))
def test_no_bytes_raise(data: bytes) -> None:
    read_register_file(data, "sites.csv")
    read_register_file(HEAD.encode() + b"\n" + data, "sites.csv")


@given(st.text(alphabet="'=+-@ \t1a,;\"", max_size=12))
def test_a_cell_that_was_made_harmless_is_read_as_it_was(cell: str) -> None:
    assert as_typed(harmless(cell)) == cell
