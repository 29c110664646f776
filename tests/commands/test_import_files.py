import gzip
import json
import subprocess
import sys
from decimal import Decimal

import pytest
from tests.ingestion.table_text import csv, times
from tests.real_data import data_dir

from aegrid_energy.commands import main
from aegrid_energy.commands.import_files import LOADED, SOME_REFUSED, USAGE

GOOD = csv(["time_utc", "kWh"], zip(times(48), [1.5] * 48, strict=True))


def called(*words):
    return main(["import", *map(str, words)])


def shown(capsys):
    return json.loads(capsys.readouterr().out)["files"]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "Hall.csv").write_text(GOOD)
    (tmp_path / "in" / "Pool.csv.gz").write_bytes(gzip.compress(GOOD.encode()))
    (tmp_path / "in" / "README.md").write_text("a,b\n1,2\n")
    (tmp_path / "LICENSE").write_text("free")
    (tmp_path / ".hidden.csv").write_text(GOOD)
    return tmp_path


def test_a_folder_is_walked_and_its_notes_are_skipped(folder, capsys):
    assert called(folder, "--dry-run", "--json", "--accept-proposed") == LOADED
    assert [file["file"].rsplit("/", 1)[-1] for file in shown(capsys)] == ["Hall.csv", "Pool.csv.gz"]


def test_the_json_of_a_dry_run(folder, capsys):
    called(folder / "in" / "Hall.csv", "--dry-run", "--json", "--accept-proposed")
    (file,) = shown(capsys)
    assert set(file) == {"file", "format", "meters", "problems"}
    assert file["meters"] == [
        {
            "meter": "Hall",
            "register": "kWh",
            "unit": "kWh",
            "kind": "interval",
            "interval_s": 1800,
            "readings": 48,
            "start": "2024-03-13T00:00:00Z",
            "end": "2024-03-14T00:00:00Z",
            "total": "72",
            "quality": {"actual": 48},
        }
    ]


def test_without_accepting_the_open_points_are_problems_and_the_exit_says_so(folder, capsys):
    assert called(folder / "in" / "Hall.csv", "--dry-run", "--json") == SOME_REFUSED
    (file,) = shown(capsys)
    assert file["meters"]
    assert all(set(problem) == {"file", "line", "column", "text"} for problem in file["problems"])
    assert any(problem["text"].startswith("Proposed:") for problem in file["problems"])


def test_units_and_totals_are_canonical_and_decimal(tmp_path, capsys):
    path = tmp_path / "x.csv"
    path.write_text(csv(["time_utc", "MWh"], zip(times(3), ["1234567.891", "0.000001", "2"], strict=True)))
    called(path, "--dry-run", "--json", "--accept-proposed")
    (meter,) = shown(capsys)[0]["meters"]
    assert (meter["unit"], meter["total"]) == ("kWh", "1234569891.001")


def test_the_table_for_people_names_every_meter(folder, capsys):
    assert called(folder, "--dry-run") == SOME_REFUSED
    out = capsys.readouterr().out
    assert "Hall" in out
    assert "2024-03-13" in out
    assert "[" not in out.replace("[/", "")  # no markup of ours leaks


def test_names_in_files_are_never_markup(tmp_path, capsys):
    path = tmp_path / "x.csv"
    path.write_text(csv(["time_utc", "meter", "kWh"], [(at, "[red]evil[/red]", 1) for at in times(3)]))
    called(path, "--dry-run", "--accept-proposed")
    assert "[red]evil[/red]" in capsys.readouterr().out


def test_choices_reach_the_reader(tmp_path, capsys):
    path = tmp_path / "x.csv"
    path.write_text(csv(["when", "thing"], zip(times(48), [1, 2] * 24, strict=True)))
    words = ["--zone", "+10:00", "--unit", "MJ", "--meter", "M7", "--interval", "30m", "--kind", "interval"]
    assert called(path, "--dry-run", "--json", "--accept-proposed", *words) == LOADED
    (meter,) = shown(capsys)[0]["meters"]
    assert (meter["meter"], meter["unit"], meter["start"]) == ("M7", "MJ", "2024-03-12T14:00:00Z")


@pytest.mark.parametrize(
    "text", ['{"columns": {"a": "time", "c": "value", "b": "skip"}}', "a,time\nc,value\nb,skip\n"]
)
def test_a_map_says_what_columns_are(tmp_path, capsys, text):
    (tmp_path / "map").write_text(text)
    (tmp_path / "x.csv").write_text(csv(["a", "b", "c"], [(at, 7, 2) for at in times(48)]))
    words = ["--map", tmp_path / "map", "--zone", "UTC", "--unit", "kWh"]
    assert called(tmp_path / "x.csv", "--dry-run", "--json", "--accept-proposed", *words) == LOADED
    (meter,) = shown(capsys)[0]["meters"]
    assert (meter["register"], meter["total"]) == ("c", "96")


@pytest.mark.parametrize(
    "words",
    [
        ["--dry-run", "nowhere.csv"],
        ["--dry-run", "--interval", "soon", __file__],
        ["--dry-run", "--map", "nowhere.json", __file__],
    ],
)
def test_wrong_usage_exits_2_and_says_why(words, capsys):
    assert called(*words) == USAGE
    assert "aegrid-energy import:" in capsys.readouterr().err


def test_a_file_nobody_reads_exits_1(tmp_path, capsys):
    (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00")
    assert called(tmp_path, "--dry-run", "--json") == SOME_REFUSED
    assert "NEM12" in shown(capsys)[0]["problems"][0]["text"]


def test_nothing_heavy_is_imported_before_there_is_work():
    heavy = "{'pyarrow', 'rich', 'psycopg'}"
    probe = f"import sys, aegrid_energy.commands.import_files; print({heavy} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "set()"


@pytest.mark.real_data
def test_published_folders_run_to_the_end(capsys):
    for name, zone in (("unicon_latrobe", "+10:00"), ("monash_campus_15min", ""), ("cambridge_estates", "")):
        words = ["--zone", zone] if zone else []
        called(data_dir(name), "--dry-run", "--json", "--accept-proposed", *words)
        files = shown(capsys)
        meters = [meter for file in files for meter in file["meters"]]
        assert meters
        assert all(Decimal(meter["total"]).is_finite() for meter in meters)
        assert not any(file["file"].endswith("README.md") for file in files)
