"""Fixtures of the doors: one database for many tests, each with tenants and people of its own."""

from collections.abc import AsyncIterator

import pytest
from argon2 import PasswordHasher

from access_world import PASSWORD, World, make_world
from aegrid_energy.storage.pool import Pool, build_pool
from aegrid_energy.storage.roles import Role as DatabaseRole
from aegrid_energy.storage.roles import ensure_database
from aegrid_energy.storage.server import EmbeddedServer
from database import NAMES


@pytest.fixture(scope="session")
async def access_pool(server: EmbeddedServer, template: str) -> AsyncIterator[Pool]:
    """One database for many tests: each makes tenants and people of its own."""
    ensure_database(server.dsn(DatabaseRole.ADMIN), "access", NAMES, template=template)
    dsn = server.dsn(DatabaseRole.APP, "access", names=NAMES)
    async with build_pool(dsn, name="access tests") as pool:
        yield pool


@pytest.fixture(scope="session")
def password_hash() -> str:
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1).hash(PASSWORD)


@pytest.fixture
async def world(access_pool: Pool, password_hash: str) -> World:
    return await make_world(access_pool, password_hash)
