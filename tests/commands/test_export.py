"""`export`: the readings of an asset and the register come out as they went in."""

import csv as reader
import io
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import psycopg
import pyarrow.parquet
import pytest
import python_calamine
from pyarrow import ipc
from tests.ingestion.table_text import csv, times

from aegrid_energy.commands import main
from aegrid_energy.domain.register_sheet import SHEETS
from aegrid_energy.storage.roles import Role
from aegrid_energy.workflows.spell_register import csv_text, workbook

#: Two days of Melbourne in summer, from local midnight: 13:00 UTC.
STARTS = times(96, start="2024-01-31T13:00")
#: Up and down: what only rises would be taken for a counter.
VALUES = [f"{n * 37 % 96 / 8:.3f}" for n in range(96)]


@pytest.fixture
def hall(state: Path, tmp_path: Path) -> Path:
    file = tmp_path / "Hall.csv"
    file.write_text(csv(["time_utc", "kWh"], zip(STARTS, VALUES, strict=True)))
    assert (
        main(["import", str(file), "--accept-proposed", "--site", "Hall", "--zone", "Australia/Melbourne"])
        == 0
    )
    return tmp_path


def told(capsys, *words: str) -> list[dict[str, str]]:
    capsys.readouterr()
    assert main(["export", "Hall", "--from", "2024-02-01", "--to", "2024-02-03", *words]) == 0
    return list(reader.DictReader(io.StringIO(capsys.readouterr().out)))


def test_readings_come_out_as_they_went_in(hall, capsys):
    rows = told(capsys)
    assert [row["start_utc"] for row in rows] == [f"{at.replace(' ', 'T')}:00Z" for at in STARTS]
    assert [Decimal(row["sum_kwh"]) for row in rows] == [Decimal(value) for value in VALUES]
    assert {row["coverage"] for row in rows} == {"1"}
    assert Decimal(rows[3]["mean_kw"]) == 2 * Decimal(VALUES[3])


def test_days_are_those_of_the_site(hall, capsys):
    rows = told(capsys, "--resolution", "1d")
    assert [row["start_utc"] for row in rows] == ["2024-01-31T13:00:00Z", "2024-02-01T13:00:00Z"]
    assert [Decimal(row["sum_kwh"]) for row in rows] == [
        sum(map(Decimal, VALUES[:48])),
        sum(map(Decimal, VALUES[48:])),
    ]


def test_a_period_longer_than_one_answer_comes_in_one_piece(hall, capsys):
    words = ["--from", "2014-01-01", "--to", "2024-02-03", "--out", str(hall / "x.parquet")]
    assert main(["export", "Hall", *words]) == 0
    table = pyarrow.parquet.read_table(hall / "x.parquet")
    starts = table.column("start").cast("int64").to_pylist()
    assert len(starts) > 120_000
    assert {later - earlier for earlier, later in pairwise(starts)} == {1_800_000}
    assert sum(value or 0 for value in table.column("sum_kwh").to_pylist()) == float(
        sum(map(Decimal, VALUES))
    )
    assert table.schema.metadata[b"zone"] == b"Australia/Melbourne"


def test_arrow_holds_the_same_as_csv(hall, capsys):
    rows = told(capsys)
    told(capsys, "--out", str(hall / "x.arrow"))
    table = ipc.open_file(str(hall / "x.arrow")).read_all()
    assert table.column("sum_kwh").to_pylist() == [float(row["sum_kwh"]) for row in rows]


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        pytest.param([], 2, "--register", id="nothing named"),
        pytest.param(["Hall"], 2, "--from and --to", id="no period"),
        pytest.param(["Hall", "--from", "yesterday", "--to", "2024-01-01"], 2, "yesterday", id="no date"),
        pytest.param(["Hall", "--from", "2024-01-01T00:00:00", "--to", "2024-02-01"], 2, "", id="no zone"),
        pytest.param(["Nope", "--from", "2024-01-01", "--to", "2024-02-01"], 1, "Nope", id="no such asset"),
        pytest.param(
            ["Hall", "--from", "2024-02-01", "--to", "2024-02-02", "--resolution", "5m"],
            2,
            "",
            id="finer than data",
        ),
    ],
)
def test_what_cannot_be_answered_is_said(hall, capsys, words, code, text):
    capsys.readouterr()
    assert main(["export", *words]) == code
    out = capsys.readouterr()
    assert out.out == ""
    assert text in out.err
    assert out.err.startswith("aegrid-energy export: ")


def test_the_register_comes_out_as_a_workbook_and_as_csv_with_the_same_cells(hall, capsys):
    assert main(["export", "--register", str(hall / "r.xlsx")]) == 0
    assert main(["export", "--register", str(hall / "r")]) == 0
    book = python_calamine.load_workbook(str(hall / "r.xlsx"))
    assert book.sheet_names == list(SHEETS)
    for name in SHEETS:
        with (hall / "r" / f"{name}.csv").open(newline="") as file:
            assert book.get_sheet_by_name(name).to_python() == list(reader.reader(file))
    assert book.get_sheet_by_name("sites").to_python()[1][:3] == ["Hall", "Hall", "Australia/Melbourne"]


def test_no_name_is_a_formula(hall, own_server):
    evil = "=cmd|'/c calc'!A1"
    with psycopg.connect(own_server.dsn(Role.OWNER)) as connection:
        connection.execute("update site set name = %s, latitude = -37.8", (evil,))
    assert main(["export", "--register", str(hall / "r.xlsx")]) == 0
    assert main(["export", "--register", str(hall / "r")]) == 0
    head, row = (hall / "r" / "sites.csv").read_text().splitlines()
    cells = dict(zip(next(reader.reader([head])), next(reader.reader([row])), strict=True))
    assert (cells["name"], cells["latitude"]) == (f"'{evil}", "-37.8")
    sheet = python_calamine.load_workbook(str(hall / "r.xlsx")).get_sheet_by_name("sites").to_python()
    assert sheet[1][1] == evil  # a text cell: shown, never computed


@pytest.mark.parametrize("text", ["=1", "+x", "-x", "@x", "\tx", "\rx", "  =1"])
def test_every_beginning_of_a_formula_is_made_harmless(text):
    row = dict.fromkeys((column.name for column in SHEETS["portfolios"].columns), text)
    (_, cells) = reader.reader(io.StringIO(csv_text("portfolios", [row]), newline=""))
    assert cells == [f"'{text}"] * len(cells)


def test_an_empty_register_is_a_workbook_of_heads(tmp_path):
    (tmp_path / "r.xlsx").write_bytes(workbook({name: [] for name in SHEETS}))
    book = python_calamine.load_workbook(str(tmp_path / "r.xlsx"))
    assert book.get_sheet_by_name("meters").to_python()[0][0] == "external_id"


def test_a_file_that_cannot_be_written_is_said(hall, capsys):
    words = ["Hall", "--from", "2024-02-01", "--to", "2024-02-02", "--out", str(hall / "none" / "x.csv")]
    assert main(["export", *words]) == 1
    assert "cannot be written" in capsys.readouterr().err
