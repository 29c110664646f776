"""`import` without --dry-run: readings are kept once, in the organisation and site that were named."""

import gzip
import json
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row
from tests.ingestion.table_text import csv, times

from aegrid_energy.commands import main
from aegrid_energy.storage.roles import Role
from aegrid_energy.storage.server import EmbeddedServer

GOOD = csv(["time_utc", "kWh"], zip(times(48), [1.5] * 48, strict=True))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "Hall.csv"
    path.write_text(GOOD)
    return path


def rows(server: EmbeddedServer, query: str) -> list[dict[str, object]]:
    with psycopg.connect(server.dsn(Role.BACKUP), row_factory=dict_row) as connection:
        return connection.execute(query).fetchall()


def imported(capsys, *words: object) -> tuple[int, dict[str, list[dict[str, object]]]]:
    capsys.readouterr()
    code = main(["import", *map(str, words), "--json"])
    out = capsys.readouterr().out
    return code, json.loads(out) if out else {}


def test_the_first_import_makes_an_organisation_and_a_second_changes_nothing(state, own_server, file, capsys):
    code, first = imported(capsys, file, "--accept-proposed")
    assert code == 0
    (one,) = first["imports"]
    assert [one[name] for name in ("added", "changed", "unchanged", "refused", "status")] == [
        48,
        0,
        0,
        0,
        "done",
    ]
    (entry,) = first["files"]
    assert UUID(str(entry["import_id"])) == UUID(str(one["import_id"]))
    assert set(entry) == {"file", "format", "meters", "problems", "import_id"}
    code, again = imported(capsys, file, "--accept-proposed")
    assert (code, again["imports"][0]["added"], again["imports"][0]["unchanged"]) == (0, 0, 48)
    assert rows(own_server, "select slug, name, is_demo from tenant") == [
        {"slug": "my-organisation", "name": "My organisation", "is_demo": False}
    ]
    assert rows(own_server, "select count(*) as n from import") == [{"n": 2}]


def test_a_site_is_made_where_it_is_missing_and_its_meters_count_it(state, own_server, file, capsys):
    words = ["--accept-proposed", "--site", "Town Hall", "--zone", "Australia/Sydney"]
    assert imported(capsys, file, *words)[0] == 0
    assert rows(own_server, "select external_id, name, timezone from site") == [
        {"external_id": "Town Hall", "name": "Town Hall", "timezone": "Australia/Sydney"}
    ]
    query = "select s.name, a.role from meter_assignment a join site s on s.id = a.asset_id"
    assert rows(own_server, query) == [{"name": "Town Hall", "role": "boundary"}]
    other = file.with_name("Pool.csv")
    other.write_text(GOOD)
    assert imported(capsys, other, "--accept-proposed", "--site", "Town Hall")[0] == 0
    assert rows(own_server, "select count(*) as n from site") == [{"n": 1}]


def test_without_a_site_a_new_meter_is_not_placed(state, own_server, file, capsys):
    imported(capsys, file, "--accept-proposed")
    assert rows(own_server, "select name, site_id from energy_meters") == [{"name": "Hall", "site_id": None}]


def test_a_corrected_file_changes_what_differs_and_only_that(state, file, capsys):
    imported(capsys, file, "--accept-proposed")
    file.write_text(csv(["time_utc", "kWh"], zip(times(48), [1.5] * 47 + [9], strict=True)))
    _, answer = imported(capsys, file, "--accept-proposed")
    (one,) = answer["imports"]
    assert (one["added"], one["changed"], one["unchanged"]) == (0, 1, 47)


def test_what_nobody_confirmed_is_refused_and_the_import_says_so(state, own_server, file, capsys):
    code, answer = imported(capsys, file)
    assert code == 1
    (one,) = answer["imports"]
    assert (one["added"], one["refused"], one["status"]) == (0, 1, "refused")
    texts = [problem["text"] for problem in answer["files"][0]["problems"]]
    assert any(text.startswith("Proposed:") for text in texts)
    assert rows(own_server, "select code from import_refusal") == [{"code": "not_confirmed"}]
    assert rows(own_server, "select count(*) as n from series") == [{"n": 0}]


def test_each_path_is_an_import_of_its_own_and_a_bad_one_stops_no_other(state, tmp_path, capsys):
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(GOOD.encode()))
    (tmp_path / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00")
    (tmp_path / "c.csv").write_text(GOOD)
    code, answer = imported(capsys, tmp_path, "--accept-proposed")
    assert code == 1
    assert [(one["added"], one["refused"]) for one in answer["imports"]] == [(48, 0), (0, 1), (48, 0)]
    assert len({one["import_id"] for one in answer["imports"]}) == 3


def test_real_files_never_land_in_a_demonstration_unasked(state, own_server, file, capsys):
    with psycopg.connect(own_server.dsn(Role.OWNER)) as connection:
        connection.execute(
            "insert into tenant (id, slug, name, is_demo) values (gen_random_uuid(), 'show', 'Show', true)"
        )
    assert imported(capsys, file, "--accept-proposed")[0] == 0
    query = "select t.slug from import i join tenant t using (tenant_no)"
    assert rows(own_server, query) == [{"slug": "my-organisation"}]
    assert imported(capsys, file, "--accept-proposed", "--tenant", "show")[0] == 0
    assert rows(own_server, query + " order by i.id") == [{"slug": "my-organisation"}, {"slug": "show"}]


def test_several_organisations_ask_for_a_name(state, own_server, file, capsys):
    with psycopg.connect(own_server.dsn(Role.OWNER)) as connection:
        for slug in "ab":
            connection.execute(
                "insert into tenant (id, slug, name) values (gen_random_uuid(), %s, %s)", (slug, slug)
            )
    assert main(["import", str(file)]) == 2
    assert "--tenant: a, b" in capsys.readouterr().err
    assert main(["import", str(file), "--tenant", "c"]) == 1
    assert "a, b" in capsys.readouterr().err


def test_the_table_for_people_says_what_became_of_each_file(state, file, capsys):
    assert main(["import", str(file), "--accept-proposed"]) == 0
    assert "added 48, changed 0, unchanged 0; refused 0" in capsys.readouterr().out


def test_an_impossible_zone_of_a_new_site_loads_nothing(state, own_server, file, capsys):
    words = ["--accept-proposed", "--site", "X", "--zone", "Moon/Tranquillity"]
    assert main(["import", str(file), *words]) == 2
    assert "Moon/Tranquillity" in capsys.readouterr().err
    assert rows(own_server, "select count(*) as n from import") == [{"n": 0}]


def test_what_is_stored_is_the_total_of_the_file(state, own_server, file, capsys):
    _, answer = imported(capsys, file, "--accept-proposed", "--site", "Hall")
    meter = answer["files"][0]["meters"][0]
    assert Decimal(str(meter["total"])) == 72
    stored = rows(own_server, "select sum(vsum / power(10::numeric, scale_exp)) as total from reading_block")
    assert stored == [{"total": Decimal(72)}]
