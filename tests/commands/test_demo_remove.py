"""`demo --remove`: what an earlier demo left goes; what is somebody's own stays."""

import psycopg
from tests.ingestion.table_text import csv, times

from aegrid_energy.commands import main
from aegrid_energy.storage.roles import Role
from aegrid_energy.storage.server import EmbeddedServer


def tenants_with_imports(server: EmbeddedServer) -> list[tuple[str, int]]:
    with psycopg.connect(server.dsn(Role.BACKUP)) as connection:
        return connection.execute(
            """select t.slug, count(i.id) from tenant t left join import i using (tenant_no)
               group by t.slug order by t.slug"""
        ).fetchall()


def test_every_demonstration_goes_and_own_readings_stay(state, own_server, tmp_path, capsys):
    with psycopg.connect(own_server.dsn(Role.OWNER)) as connection:
        connection.execute(
            "insert into tenant (id, slug, name, is_demo) values (gen_random_uuid(), 'show', 'Show', true)"
        )
    file = tmp_path / "Hall.csv"
    file.write_text(csv(["time_utc", "kWh"], zip(times(48), [1.5] * 48, strict=True)))
    for words in ([], ["--tenant", "show"]):
        assert main(["import", str(file), "--accept-proposed", *words]) == 0
    capsys.readouterr()
    assert main(["demo", "--remove"]) == 0
    assert "Removed Show: 0 sites, 1 meters, 1 series." in capsys.readouterr().out
    assert tenants_with_imports(own_server) == [("my-organisation", 1)]
    assert main(["demo", "--remove"]) == 0
    assert "There is no demonstration" in capsys.readouterr().out
