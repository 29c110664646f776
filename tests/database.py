"""A real database for tests: one embedded server per test process, a fresh copy of the schema per test."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio

from aegrid_energy.storage.migrate import migrate
from aegrid_energy.storage.pool import Pool, build_pool
from aegrid_energy.storage.roles import Role, RoleNames, drop_database, ensure_database, role_names
from aegrid_energy.storage.server import EmbeddedServer, start

TEMPLATE = "template_aegrid"
#: Copies are used by the roles of their template.
NAMES = role_names(TEMPLATE)

# Tests end with their process: what a power cut would lose is not missed. What is promised of a crash is
# tested on a server with the settings that users get.
_FAST = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nautovacuum_naptime = 1h\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """One database with the whole schema, empty."""

    server: EmbeddedServer
    name: str
    names: RoleNames = NAMES

    def dsn(self, role: Role) -> str:
        return self.server.dsn(role, self.name, names=self.names)


def make_state_dir() -> Path:
    """A fresh folder outside the checkout; as root one that the server's account may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="aegrid-test-", dir="/tmp"))
    folder.chmod(0o755 if os.getuid() == 0 else 0o700)
    return folder


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedServer]:
    """An embedded server that lives as long as the test process."""
    folder = make_state_dir()
    try:
        (folder / "postgresql.local.conf").write_text(_FAST)
        with start(folder) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(server: EmbeddedServer) -> str:
    """The database that copies are made of: migrated, empty, nobody connected."""
    ensure_database(server.dsn(Role.ADMIN), TEMPLATE, NAMES)
    migrate(server.dsn(Role.OWNER, TEMPLATE, names=NAMES), NAMES)
    return TEMPLATE


_numbers = count(1)


@pytest.fixture
def database(server: EmbeddedServer, template: str) -> Iterator[Database]:
    """A fresh database with the whole schema."""
    name = f"test_{next(_numbers)}"
    ensure_database(server.dsn(Role.ADMIN), name, NAMES, template=template)
    yield Database(server=server, name=name)
    drop_database(server.dsn(Role.ADMIN), name)


@pytest_asyncio.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    """Connections of the app role to the fresh database: the tenant policies hold."""
    async with build_pool(database.dsn(Role.APP), name="test", size=4) as opened:
        yield opened


@pytest_asyncio.fixture
async def owner_pool(database: Database) -> AsyncIterator[Pool]:
    """Connections of the owner role, past the tenant policies: to arrange and to check."""
    async with build_pool(database.dsn(Role.OWNER), name="owner", size=2) as opened:
        yield opened
