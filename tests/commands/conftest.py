"""A state folder with its server running, and a fresh empty database in it for every test."""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from aegrid_energy.storage.migrate import migrate
from aegrid_energy.storage.roles import Role, drop_database, ensure_database, role_names
from aegrid_energy.storage.server import DEFAULT_DATABASE, EmbeddedServer, start
from database import _FAST, make_state_dir

_CLEAN = "clean"
NAMES = role_names(DEFAULT_DATABASE)


@pytest.fixture(scope="session")
def own_server() -> Iterator[EmbeddedServer]:
    """Commands join the server that runs in their state folder, so each of them is quick."""
    folder = make_state_dir()
    try:
        (folder / "postgresql.local.conf").write_text(_FAST)
        with start(folder) as running:
            ensure_database(running.dsn(Role.ADMIN), _CLEAN, NAMES)
            migrate(running.dsn(Role.OWNER, _CLEAN, names=NAMES), NAMES)
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def state(own_server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder that commands use in this test; its database is at this version's schema and empty."""
    admin = own_server.dsn(Role.ADMIN)
    drop_database(admin, DEFAULT_DATABASE)
    ensure_database(admin, DEFAULT_DATABASE, NAMES, template=_CLEAN)
    monkeypatch.setenv("AEGRID_STATE_DIR", str(own_server.state_dir))
    return own_server.state_dir


@pytest.fixture
def unused_port() -> int:
    """A port of the loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
