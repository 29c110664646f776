"""Every file once, in order, by the owner, whole or not at all."""

import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from aegrid_energy.domain.errors import ConflictError, InvalidError, UnavailableError
from aegrid_energy.storage.migrate import applied_migrations, migrate, migrations
from aegrid_energy.storage.roles import Role, RoleNames, drop_database, ensure_database
from aegrid_energy.storage.server import EmbeddedServer
from database import NAMES, Database


@pytest.fixture
def bare(server: EmbeddedServer) -> Iterator[Database]:
    """A database without any schema."""
    database = Database(server=server, name="bare")
    ensure_database(server.dsn(Role.ADMIN), database.name, NAMES)
    yield database
    drop_database(server.dsn(Role.ADMIN), database.name)


def run(database: Database, folder: Path) -> tuple[str, ...]:
    applied = migrate(database.dsn(Role.OWNER), NAMES, folder=folder)
    return tuple(name for name in applied if not name.startswith("procrastinate/"))


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)


def may(database: Database, role: Role, table: str) -> set[str]:
    with psycopg.connect(database.dsn(Role.ADMIN)) as connection:
        return {
            right
            for right in ("select", "insert", "update", "delete", "truncate")
            if connection.execute(
                "select has_table_privilege(%s, %s, %s)", [NAMES.of(role), table, right]
            ).fetchone()
            == (True,)
        }


def test_our_own_files_are_well_named_and_applied(database: Database) -> None:
    with psycopg.connect(database.dsn(Role.APP)) as connection:
        done = applied_migrations(connection)
    assert {m.name: m.sha256 for m in migrations()}.items() <= done.items()
    assert migrate(database.dsn(Role.OWNER), NAMES) == ()


def test_files_run_in_the_order_of_their_numbers_and_once(bare: Database, tmp_path: Path) -> None:
    write(tmp_path, "0002_second.sql", "insert into steps values (2);")
    write(tmp_path, "0001_first.sql", "create table steps (step int); insert into steps values (1);")
    assert run(bare, tmp_path) == ("0001_first.sql", "0002_second.sql")
    write(tmp_path, "0003_third.sql", "insert into steps values (3);")
    assert run(bare, tmp_path) == ("0003_third.sql",)
    with psycopg.connect(bare.dsn(Role.OWNER)) as connection:
        assert connection.execute("select step from steps order by 1").fetchall() == [(1,), (2,), (3,)]


def test_a_changed_file_that_was_applied_is_refused(bare: Database, tmp_path: Path) -> None:
    write(tmp_path, "0001_first.sql", "create table one (i int);")
    run(bare, tmp_path)
    write(tmp_path, "0001_first.sql", "create table one (i int8);")
    with pytest.raises(InvalidError) as caught:
        run(bare, tmp_path)
    assert (caught.value.code, caught.value.params["file"]) == ("migration_changed", "0001_first.sql")


def test_a_file_that_fails_leaves_nothing_and_names_its_line(bare: Database, tmp_path: Path) -> None:
    write(tmp_path, "0001_first.sql", "create table half (i int);\n\nselect nothing_like_this;\n")
    with pytest.raises(InvalidError) as caught:
        run(bare, tmp_path)
    assert (caught.value.code, caught.value.params["line"]) == ("migration_failed", 3)
    with psycopg.connect(bare.dsn(Role.OWNER)) as connection:
        assert connection.execute("select to_regclass('half')").fetchone() == (None,)
        assert applied_migrations(connection) == {}


def test_a_newer_database_serves_the_release_before(bare: Database, tmp_path: Path) -> None:
    write(tmp_path, "0001_first.sql", "select 1")
    write(tmp_path, "0002_second.sql", "select 2")
    run(bare, tmp_path)
    (tmp_path / "0002_second.sql").unlink()
    assert run(bare, tmp_path) == ()


def test_a_lock_that_somebody_holds_stops_a_migration_soon(bare: Database, tmp_path: Path) -> None:
    write(tmp_path, "0001_first.sql", "create table busy (i int);")
    run(bare, tmp_path)
    write(tmp_path, "0002_second.sql", "alter table busy add column j int;")
    with psycopg.connect(bare.dsn(Role.APP)) as reader:
        reader.execute("select * from busy")
        with pytest.raises(UnavailableError) as caught:
            run(bare, tmp_path)
    assert (caught.value.code, caught.value.params["file"]) == ("migration_blocked", "0002_second.sql")
    assert run(bare, tmp_path) == ("0002_second.sql",)


def test_two_starters_at_once_apply_each_file_once(bare: Database, tmp_path: Path) -> None:
    write(tmp_path, "0001_first.sql", "create table once (i int);")
    applied: list[tuple[str, ...]] = []
    starters = [threading.Thread(target=lambda: applied.append(run(bare, tmp_path))) for _ in range(4)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()
    assert sorted(applied) == [(), (), (), ("0001_first.sql",)]


def test_roles_are_named_by_placeholders_and_casts_are_not(bare: Database, tmp_path: Path) -> None:
    write(tmp_path, "0001_first.sql", """
        create domain app as text;
        create table named as select current_user::app as who, 'x'::app as cast_;
        revoke all on named from :app, :jobs;
        grant select on named to :app;
    """)  # fmt: skip
    run(bare, tmp_path)
    assert may(bare, Role.APP, "named") == {"select"}
    assert may(bare, Role.JOBS, "named") == set()
    with psycopg.connect(bare.dsn(Role.APP)) as connection:
        assert connection.execute("select who from named").fetchone() == (NAMES.owner,)


def test_what_each_role_may_do_with_a_new_table(bare: Database, tmp_path: Path) -> None:
    write(tmp_path, "0001_first.sql", "create table plain (i int generated always as identity);")
    run(bare, tmp_path)
    rows = {"select", "insert", "update", "delete"}
    assert may(bare, Role.APP, "plain") == may(bare, Role.JOBS, "plain") == rows
    assert may(bare, Role.BACKUP, "plain") == {"select"}
    assert may(bare, Role.APP, "schema_migration") == {"select"}
    assert may(bare, Role.APP, "jobs.procrastinate_jobs") == rows
    with psycopg.connect(bare.dsn(Role.APP)) as connection:
        connection.execute("insert into plain default values")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("create table public.own (i int)")


def test_another_app_role_than_the_tables_were_made_for_is_refused(bare: Database, tmp_path: Path) -> None:
    run(bare, tmp_path)
    other = RoleNames(owner=NAMES.owner, app="pg_monitor", jobs=NAMES.jobs, backup=NAMES.backup)
    with pytest.raises(ConflictError) as caught:
        migrate(bare.dsn(Role.OWNER), other, folder=tmp_path)
    assert caught.value.code == "role_without_rights"


def test_the_job_tables_are_installed_once_and_upgraded_by_name(bare: Database, tmp_path: Path) -> None:
    first = migrate(bare.dsn(Role.OWNER), NAMES, folder=tmp_path)
    assert first
    assert all(name.startswith("procrastinate/") for name in first)
    # As if the last of its migrations were new: its own file then runs, on the tables that are there.
    last = first[-1]
    with psycopg.connect(bare.dsn(Role.OWNER)) as connection:
        connection.execute("delete from schema_migration where name = %s", [last])
    assert migrate(bare.dsn(Role.OWNER), NAMES, folder=tmp_path) == (last,)
    with psycopg.connect(bare.dsn(Role.APP)) as connection:
        assert connection.execute("select count(*) from procrastinate_jobs").fetchone() == (0,)


@pytest.mark.parametrize(
    ("names", "code"),
    [
        pytest.param(["1_short.sql"], "migration_name", id="short_number"),
        pytest.param(["0001_Upper.sql"], "migration_name", id="upper_case"),
        pytest.param(["0001_a.sql", "0001_b.sql"], "migration_number_twice", id="twice"),
    ],
)
def test_a_folder_with_wrong_names_is_refused(tmp_path: Path, names: list[str], code: str) -> None:
    for name in names:
        write(tmp_path, name, "select 1")
    with pytest.raises(InvalidError) as caught:
        migrations(tmp_path)
    assert caught.value.code == code


def test_a_database_that_is_not_there_is_unavailable(server: EmbeddedServer, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError) as caught:
        migrate(server.dsn(Role.OWNER, "nowhere", names=NAMES), NAMES, folder=tmp_path)
    assert caught.value.code == "database_unavailable"
