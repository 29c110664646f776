"""`doctor` says what is wrong and what to do, makes nothing, and tells no secret."""

import json
import os
import zipfile
from pathlib import Path

import psycopg
import pytest

from aegrid_energy.commands import main
from aegrid_energy.commands.doctor_bundle import own_lines
from aegrid_energy.storage.roles import Role

SECRET = "geheim-" + "x" * 40


def findings(capsys, *words: str) -> tuple[int, dict[str, dict[str, object]]]:
    capsys.readouterr()
    code = main(["doctor", "--json", *words])
    return code, {one["name"]: one for one in json.loads(capsys.readouterr().out)["findings"]}


@pytest.fixture(autouse=True)
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout whose web pages are not built yet is not what these tests are about."""
    page = tmp_path / "index.html"
    page.touch()
    monkeypatch.setattr("aegrid_energy.commands.doctor_findings._PAGES", page)


def test_where_all_is_well_every_line_says_so(state, capsys):
    code, found = findings(capsys)
    assert [one for one in found.values() if one["is_wrong"]] == []
    assert code == 0
    assert found["database"]["text"].startswith("our own, PostgreSQL 18")
    assert "aegrid_app" in found["roles"]["text"]
    assert "0 accounts" in found["content"]["text"]


def test_before_the_first_start_nothing_is_wrong_and_nothing_is_made(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("AEGRID_STATE_DIR", str(tmp_path / "none"))
    code, found = findings(capsys)
    assert code == 0
    assert "first start" in found["database"]["text"]
    assert not (tmp_path / "none").exists()


def test_a_wrong_setting_is_named_and_its_value_is_not(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("AEGRID_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("AEGRID_PORT", "geheim")
    code, found = findings(capsys)
    assert code == 1
    assert "AEGRID_PORT" in found["settings"]["text"]
    assert found["settings"]["to_do"]
    assert "geheim" not in json.dumps(found)


def test_secrets_are_only_set_or_not_set(state, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("AEGRID_DATABASE_URL", f"postgresql://u:{SECRET}@127.0.0.1:1/d")
    monkeypatch.setenv("AEGRID_KEY_PEPPER", SECRET)
    monkeypatch.setenv("AEGRID_PUBLIC_URL", f"https://me:{SECRET}@energy.example.org")
    code, found = findings(capsys, "--bundle", str(tmp_path / "b.zip"))
    assert code == 1
    assert found["AEGRID_DATABASE_URL"]["text"] == found["AEGRID_KEY_PEPPER"]["text"] == "set"
    assert found["AEGRID_DATABASE_OWNER_URL"]["text"] == "not set"
    assert found["database"]["is_wrong"]
    assert found["database"]["to_do"]
    with zipfile.ZipFile(tmp_path / "b.zip") as bundle:
        everything = json.dumps(found) + "".join(bundle.read(name).decode() for name in bundle.namelist())
    assert "energy.example.org" in everything
    assert SECRET not in everything


def test_a_database_of_another_version_is_sent_to_migrate(state, own_server, capsys):
    with psycopg.connect(own_server.dsn(Role.OWNER)) as connection:
        connection.execute("delete from schema_migration where name like '0002%'")
    code, found = findings(capsys)
    assert code == 1
    assert "0002" in found["schema"]["text"]
    assert "migrate" in found["schema"]["to_do"]


def test_a_role_that_sees_every_tenant_is_wrong(state, own_server, capsys):
    with psycopg.connect(own_server.dsn(Role.ADMIN)) as connection:
        connection.execute("alter role aegrid_app bypassrls")
    try:
        code, found = findings(capsys)
    finally:
        with psycopg.connect(own_server.dsn(Role.ADMIN)) as connection:
            connection.execute("alter role aegrid_app nobypassrls")
    assert code == 1
    assert found["roles"]["is_wrong"]
    assert found["roles"]["to_do"]


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_wrong(tmp_path, monkeypatch, capsys):
    (tmp_path / "no").mkdir(mode=0o500)
    monkeypatch.setenv("AEGRID_STATE_DIR", str(tmp_path / "no" / "state"))
    code, found = findings(capsys)
    assert code == 1
    assert "not writable" in found["state folder"]["text"]


def test_lines_for_people_carry_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("AEGRID_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("AEGRID_WROUNG", "1")
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "WRONG settings" in out
    assert "-> " in out


def test_the_log_of_a_bundle_leaves_out_what_people_sent():
    kept = "2026-11-25 13:09:35.875 UTC [7] LOG:  database system is ready to accept connections"
    stamp = "2026-11-25 13:09:36.000 UTC [8] app@aegrid "
    lines = [
        kept,
        stamp + 'ERROR:  duplicate key value violates unique constraint "account_email"',
        stamp + "DETAIL:  Key (email)=(ada@example.org) already exists.",
        stamp + "STATEMENT:  insert into account values ('ada@example.org')",
        "2026-11-25 13:09:36.000 UTC [8] LOG:  statement: insert into account values ('ada@example.org')",
        "\tcontinued: ada@example.org",
    ]
    assert own_lines(lines) == [kept]
