"""A backup is whole or not there, and a restore gives back every row and id, or changes nothing."""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from aegrid_energy.domain.errors import ConflictError, InvalidError, UnavailableError
from aegrid_energy.storage.backup import backup
from aegrid_energy.storage.fingerprint import Fingerprint, fingerprint
from aegrid_energy.storage.manifest import DUMP, MANIFEST, read_manifest
from aegrid_energy.storage.migrate import migrate
from aegrid_energy.storage.restore import _renamed, _renaming, restore
from aegrid_energy.storage.roles import Role, RoleNames, drop_database, ensure_database, role_names
from aegrid_energy.storage.server import EmbeddedServer
from database import NAMES, Database

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)

#: Tenants, text that looks like SQL and like our roles, packed blocks in several years, hot rows, days.
FILL = r"""
insert into tenant (id, slug, name)
    select gen_random_uuid(), 't' || n, 'Tenant ' || n from generate_series(1, 3) n;
insert into portfolio (tenant_no, id, name, external_id)
    select t.tenant_no, gen_random_uuid(), E'of template_aegrid_app\n\\.\nCOPY x FROM stdin;', 'p' || n
    from tenant t, generate_series(1, 20) n;
insert into reading_block (vmin, vmax, vsum, vlast, t_last, tenant_no, series_no, block, rev, step, n,
                           n_valid, codec, scale_exp, sources, data)
    select 0, 9, 9, 1, 959, 1, s, 400000 + 240 * b, 1, 900, 960, 960, 1, 3, '\x00',
           sha256(int4send(s * 1000 + b))
    from generate_series(1, 20) s, generate_series(1, 150) b;
insert into reading_hot (micro, ts, tenant_no, series_no, source_no)
    select n * 1000000, '2026-11-01Z'::timestamptz + n * interval '5 min', 2, 7, 1
    from generate_series(1, 500) n;
"""


def content(database: Database) -> Fingerprint:
    with psycopg.connect(database.dsn(Role.BACKUP)) as connection:
        return fingerprint(connection)


def back_up(database: Database, target: Path) -> Path:
    backup(database.dsn(Role.BACKUP), target, names=NAMES, created_at=NOW)
    return target


@pytest.fixture
def filled(database: Database) -> Database:
    with psycopg.connect(database.dsn(Role.OWNER)) as connection:
        connection.execute(FILL.encode())
    return database


@pytest.fixture
def second(server: EmbeddedServer) -> Iterator[Database]:
    """An empty database whose roles have their own names."""
    names = role_names("second")
    ensure_database(server.dsn(Role.ADMIN), "second", names)
    yield Database(server=server, name="second", names=names)
    drop_database(server.dsn(Role.ADMIN), "second")


def test_a_restore_gives_back_every_row_id_and_number(
    filled: Database, second: Database, tmp_path: Path
) -> None:
    file = back_up(filled, tmp_path / "a.backup")
    manifest = restore(file, second.dsn(Role.OWNER), names=second.names)
    assert content(second) == content(filled) == manifest.content
    assert manifest.content.tables["public.reading_block"].rows == 3000
    assert manifest.content.tables["public.reading_hot"].rows == 500
    assert manifest.created_at == NOW
    ids = "select id::text from portfolio order by 1"
    with psycopg.connect(filled.dsn(Role.OWNER)) as one, psycopg.connect(second.dsn(Role.OWNER)) as two:
        assert one.execute(ids).fetchall() == two.execute(ids).fetchall()


def test_a_restored_database_has_its_own_roles_policies_and_migrations(
    filled: Database, second: Database, tmp_path: Path
) -> None:
    restore(back_up(filled, tmp_path / "a.backup"), second.dsn(Role.OWNER), names=second.names)
    assert migrate(second.dsn(Role.OWNER), second.names) == ()
    with psycopg.connect(second.dsn(Role.APP)) as connection:
        assert connection.execute("select count(*) from portfolio").fetchone() == (0,)
        connection.execute("select set_config('app.tenant_no', '2', true)")
        assert connection.execute("select count(*) from portfolio").fetchone() == (20,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("update schema_migration set sha256 = ''")
    with psycopg.connect(second.dsn(Role.ADMIN)) as connection:
        others = connection.execute(
            """select count(*) from pg_class c, aclexplode(c.relacl) a
               where c.relnamespace in ('public'::regnamespace, 'jobs'::regnamespace)
                 and pg_get_userbyid(a.grantee) like 'template%'"""
        ).fetchone()
    assert others == (0,)


def test_a_number_given_out_before_is_not_given_again(
    filled: Database, second: Database, tmp_path: Path
) -> None:
    new = "insert into tenant (id, slug, name) values (gen_random_uuid(), 'new', 'New') returning tenant_no"
    restore(back_up(filled, tmp_path / "a.backup"), second.dsn(Role.OWNER), names=second.names)
    with psycopg.connect(second.dsn(Role.OWNER)) as connection:
        assert connection.execute(new).fetchone() == (4,)


def test_a_backup_holds_one_moment_while_others_write(
    filled: Database, second: Database, tmp_path: Path
) -> None:
    with psycopg.connect(filled.dsn(Role.OWNER)) as writer:
        writer.execute("update reading_hot set micro = micro + 1")
        file = back_up(filled, tmp_path / "a.backup")
        writer.commit()
    manifest = restore(file, second.dsn(Role.OWNER), names=second.names)
    assert content(second) == manifest.content
    assert content(second) != content(filled)


def test_a_database_with_tables_is_not_overwritten_unasked(filled: Database, tmp_path: Path) -> None:
    file = back_up(filled, tmp_path / "a.backup")
    before = content(filled)
    with psycopg.connect(filled.dsn(Role.OWNER)) as connection:
        connection.execute("delete from reading_hot")
    with pytest.raises(ConflictError) as caught:
        restore(file, filled.dsn(Role.OWNER), names=NAMES)
    assert caught.value.code == "database_not_empty"
    assert content(filled) != before
    restore(file, filled.dsn(Role.OWNER), names=NAMES, may_replace=True)
    assert content(filled) == before


def rewritten(source: Path, target: Path, change: dict[str, object]) -> Path:
    """The same backup with another manifest."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        new.writestr(DUMP, old.read(DUMP))
        new.writestr(MANIFEST, json.dumps(json.loads(old.read(MANIFEST)) | change))
    return target


def test_content_that_differs_from_the_manifest_changes_nothing(filled: Database, tmp_path: Path) -> None:
    file = back_up(filled, tmp_path / "a.backup")
    with zipfile.ZipFile(file) as archive:
        says = json.loads(archive.read(MANIFEST))["content"]
    says["tables"]["public.reading_hot"]["rows"] += 1
    wrong = rewritten(file, tmp_path / "b.backup", {"content": says})
    before = content(filled)
    with pytest.raises(UnavailableError) as caught:
        restore(wrong, filled.dsn(Role.OWNER), names=NAMES, may_replace=True)
    assert caught.value.code == "restore_failed"
    assert "public.reading_hot differs" in str(caught.value.params["why"])
    assert content(filled) == before


def test_a_dump_that_was_cut_off_changes_nothing(filled: Database, tmp_path: Path) -> None:
    file = back_up(filled, tmp_path / "a.backup")
    before = content(filled)
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(tmp_path / "b.backup", "w") as new:
        new.writestr(DUMP, old.read(DUMP)[:-20_000])
        new.writestr(MANIFEST, old.read(MANIFEST))
    with pytest.raises(InvalidError) as caught:
        restore(tmp_path / "b.backup", filled.dsn(Role.OWNER), names=NAMES, may_replace=True)
    assert caught.value.code == "backup_damaged"
    assert content(filled) == before


def test_a_dump_that_ends_early_rolls_back_although_its_hash_is_right(
    filled: Database, tmp_path: Path
) -> None:
    file = back_up(filled, tmp_path / "a.backup")
    before = content(filled)
    with zipfile.ZipFile(file) as old:
        short = old.read(DUMP)[:-20_000]
        says = json.loads(old.read(MANIFEST)) | {"dump_sha256": hashlib.sha256(short).hexdigest()}
    with zipfile.ZipFile(tmp_path / "b.backup", "w") as new:
        new.writestr(DUMP, short)
        new.writestr(MANIFEST, json.dumps(says))
    with pytest.raises(UnavailableError) as caught:
        restore(tmp_path / "b.backup", filled.dsn(Role.OWNER), names=NAMES, may_replace=True)
    assert caught.value.code == "restore_failed"
    assert content(filled) == before


def test_a_damaged_byte_is_found(filled: Database, tmp_path: Path) -> None:
    file = back_up(filled, tmp_path / "a.backup")
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    file.write_bytes(damaged)
    with pytest.raises(InvalidError) as caught:
        restore(file, filled.dsn(Role.OWNER), names=NAMES, may_replace=True)
    assert caught.value.code == "backup_damaged"


@pytest.mark.parametrize("text", [b"", b"PK", b"not a zip at all"])
def test_a_file_that_is_no_backup_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "x").write_bytes(text)
    with pytest.raises(InvalidError) as caught:
        read_manifest(tmp_path / "x")
    assert caught.value.code == "not_a_backup"


def test_a_backup_of_a_later_format_is_refused(filled: Database, tmp_path: Path) -> None:
    file = rewritten(back_up(filled, tmp_path / "a"), tmp_path / "b", {"format": 2})
    with pytest.raises(InvalidError) as caught:
        read_manifest(file)
    assert caught.value.code == "backup_of_another_format"


def test_a_backup_is_never_overwritten_and_a_failed_one_leaves_nothing(
    database: Database, tmp_path: Path
) -> None:
    file = back_up(database, tmp_path / "a.backup")
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(ConflictError):
        back_up(database, file)
    nowhere = database.server.dsn(Role.BACKUP, "nowhere", names=NAMES)
    with pytest.raises(UnavailableError):
        backup(nowhere, tmp_path / "b.backup", names=NAMES, created_at=NOW)
    # The app role sees no rows of any tenant, so pg_dump refuses to read as it.
    with pytest.raises(UnavailableError) as caught:
        backup(database.dsn(Role.APP), tmp_path / "b.backup", names=NAMES, created_at=NOW)
    assert caught.value.code == "backup_failed"
    with pytest.raises(UnavailableError):
        back_up(database, tmp_path / "missing" / "c.backup")
    assert [path.name for path in tmp_path.iterdir()] == ["a.backup"]


def test_roles_are_renamed_in_statements_and_never_in_rows() -> None:
    old = RoleNames(owner="a_owner", app="a_app", jobs="a_jobs", backup="a_backup")
    new = RoleNames(owner="Odd Owner", app="serving", jobs="serving", backup="a_backup")
    script = [
        b"GRANT SELECT ON TABLE public.a_apple TO a_app;\n",
        b'ALTER DEFAULT PRIVILEGES FOR ROLE "a_owner" GRANT ALL TO a_jobs, a_backup;\n',
        b"COPY public.t (a) FROM stdin;\n",
        b"a_app\n",
        b"\\.\n",
        b"-- a_app\n",
    ]
    assert list(_renamed(script, _renaming(old, new))) == [
        b"GRANT SELECT ON TABLE public.a_apple TO serving;\n",
        b'ALTER DEFAULT PRIVILEGES FOR ROLE "Odd Owner" GRANT ALL TO serving, a_backup;\n',
        b"COPY public.t (a) FROM stdin;\n",
        b"a_app\n",
        b"\\.\n",
        b"-- serving\n",
    ]
