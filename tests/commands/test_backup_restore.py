"""`backup`, `restore` and `migrate`: a database that was lost comes back, or nothing is touched."""

from pathlib import Path

import psycopg
import pytest
from tests.ingestion.table_text import csv, times

from aegrid_energy.commands import main
from aegrid_energy.storage.roles import Role, drop_database
from aegrid_energy.storage.server import DEFAULT_DATABASE


@pytest.fixture
def loaded(state: Path, tmp_path: Path) -> Path:
    file = tmp_path / "Hall.csv"
    file.write_text(csv(["time_utc", "kWh"], zip(times(48), [1.5] * 48, strict=True)))
    assert main(["import", str(file), "--accept-proposed", "--site", "Hall"]) == 0
    return tmp_path


def test_a_lost_database_comes_back_with_its_ids(loaded, own_server, capsys):
    query = "select i.id, s.series_no, b.data from import i, series s, reading_block b order by 1, 2, 3"
    with psycopg.connect(own_server.dsn(Role.BACKUP)) as connection:
        before = connection.execute(query).fetchall()
    assert before
    file = loaded / "a.backup"
    pepper = own_server.state_dir / "key-pepper"
    pepper.touch()
    assert main(["backup", str(file)]) == 0
    assert str(pepper) in capsys.readouterr().out
    drop_database(own_server.dsn(Role.ADMIN), DEFAULT_DATABASE)
    assert main(["restore", str(file)]) == 0
    assert "is equal" in capsys.readouterr().out
    with psycopg.connect(own_server.dsn(Role.BACKUP)) as connection:
        assert connection.execute(query).fetchall() == before
    assert main(["migrate"]) == 0
    assert "nothing to do" in capsys.readouterr().out


def test_a_database_in_use_is_replaced_only_when_told(loaded, own_server, capsys):
    file = loaded / "a.backup"
    assert main(["backup", str(file)]) == 0
    with psycopg.connect(own_server.dsn(Role.OWNER)) as connection:
        connection.execute("update site set name = 'Changed'")
    assert main(["restore", str(file)]) == 1
    assert "--replace" in capsys.readouterr().err
    with psycopg.connect(own_server.dsn(Role.BACKUP)) as connection:
        assert connection.execute("select name from site").fetchall() == [("Changed",)]
    assert main(["restore", str(file), "--replace"]) == 0
    with psycopg.connect(own_server.dsn(Role.BACKUP)) as connection:
        assert connection.execute("select name from site").fetchall() == [("Hall",)]


def test_a_backup_is_not_written_over_another(state, tmp_path, capsys):
    (tmp_path / "a.backup").write_text("mine")
    assert main(["backup", str(tmp_path / "a.backup")]) == 1
    assert (tmp_path / "a.backup").read_text() == "mine"
    assert "a.backup" in capsys.readouterr().err


def test_a_file_that_is_no_backup_is_told_before_anything_starts(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("AEGRID_STATE_DIR", str(tmp_path / "none"))
    (tmp_path / "x").write_text("x")
    assert main(["restore", str(tmp_path / "x")]) == 2
    assert not (tmp_path / "none").exists()
    assert capsys.readouterr().err.startswith("aegrid-energy restore: ")


def test_migrate_names_what_it_applies(state, own_server, capsys):
    drop_database(own_server.dsn(Role.ADMIN), DEFAULT_DATABASE)
    assert main(["migrate"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("0001_")
    assert lines[-1].endswith("migrations applied.")
