"""A product of its own for a bench: a fresh database with users' settings, and a served process."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from aegrid_energy.bench._server import fresh_server
from aegrid_energy.domain.access import Grant, KeyScope
from aegrid_energy.domain.access import Role as PersonRole
from aegrid_energy.domain.ids import new_id
from aegrid_energy.main import clock
from aegrid_energy.storage import guard
from aegrid_energy.storage.accounts import add_account
from aegrid_energy.storage.api_keys import add_key
from aegrid_energy.storage.memberships import enter_tenant, found_tenant, set_grants
from aegrid_energy.storage.pool import Pool, build_pool, transaction
from aegrid_energy.storage.roles import Role
from aegrid_energy.storage.server import EmbeddedServer
from aegrid_energy.storage.sessions import open_session

_PEPPER: Final = "bench-pepper-of-thirty-two-bytes"
_PROGRAM: Final = """
import sys
from aegrid_energy.main import Serving, build_app, open_database, pepper_of, serve_app, settings_now
port = int(sys.argv[1])
serving = Serving(host="127.0.0.1", port=port, origins=frozenset({f"http://127.0.0.1:{port}"}))
settings = settings_now()
with open_database(settings) as server:
    serve_app(build_app(server, serving, pepper=pepper_of(settings)), serving)
"""
_READY_WITHIN_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A tenant with one site; each of its meters stands in an asset with the meter's id."""

    tenant_no: int
    meters: dict[str, UUID]
    token: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scratch:
    """A running database, and the port that a product may be served on."""

    server: EmbeddedServer
    port: int

    @property
    def origin(self) -> str:
        """Address of the served product."""
        return f"http://127.0.0.1:{self.port}"

    def pool(self) -> Pool:
        """Connections of the app role, not opened yet."""
        return build_pool(self.server.dsn(Role.APP), name="bench", size=4)

    def database_cpu_s(self) -> float:
        """Processor time of the database so far in seconds, its ended processes too."""
        found = guard.postmaster_of(self.server.data_dir)
        if found is None:
            return 0.0
        children = Path(f"/proc/{found.pid}/task/{found.pid}/children").read_text().split()
        return cpu_s(found.pid, ended_children=True) + sum(cpu_s(int(pid)) for pid in children)


def cpu_s(pid: int, *, ended_children: bool = False) -> float:
    """Processor time of a process so far, in seconds; Linux only."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:  # ended since it was listed
        return 0.0
    ticks = sum(int(field) for field in fields[11 : 15 if ended_children else 13])
    return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def scratch() -> Generator[Scratch]:
    """A fresh database with this version's schema; all of it is gone afterwards."""
    with fresh_server() as server:
        yield Scratch(server=server, port=_free_port())


@contextmanager
def served(place: Scratch) -> Generator[int]:
    """The product in a process of its own, ready; gives its pid."""
    process = subprocess.Popen(  # noqa: S603  our own program
        [sys.executable, "-c", _PROGRAM, str(place.port)],
        stdout=subprocess.DEVNULL,
        env=os.environ | {"AEGRID_STATE_DIR": str(place.server.state_dir), "AEGRID_KEY_PEPPER": _PEPPER},
    )
    try:
        _await_ready(f"{place.origin}/api/energy/health/ready", process)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _await_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _READY_WITHIN_S
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310  an address of our own
                return
        except (urllib.error.URLError, ConnectionError):
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


async def make_tenant(pool: Pool, slug: str, meters: Sequence[str]) -> Tenant:
    """A tenant with a site, meters, a person and a key."""
    now = clock()
    site_id, ids = new_id(now), {name: new_id(now) for name in meters}
    rows = [{"id": ids[name], "site": site_id, "name": name} for name in meters]
    async with transaction(pool, None) as conn:
        tenant_no = await found_tenant(conn, slug=slug, name=slug, now=now)
        await enter_tenant(conn, tenant_no)
        account = await add_account(
            conn, email=f"{slug}@example.org", name="Bench", password_hash=None, now=now
        )
        await set_grants(conn, account.id, [Grant(role=PersonRole.ENERGY_MANAGER)], now=now)
        token = await open_session(conn, account.id, now=now, user_agent="bench", address="127.0.0.1")
        await conn.execute(
            "insert into site (id, name, timezone) values (%s, 'Bench', 'Australia/Melbourne')", (site_id,)
        )
        async with conn.cursor() as cursor:
            await cursor.execute(
                """insert into assets (id, site_id, parent_id, kind, name)
                   values (%(site)s, %(site)s, null, 'site', 'Bench')""",
                {"site": site_id},
            )
            await cursor.executemany(
                """insert into assets (id, site_id, parent_id, kind, name)
                   values (%(id)s, %(site)s, %(site)s, 'building', %(name)s)""",
                rows,
            )
            await cursor.executemany(
                """insert into energy_meters (id, site_id, carrier, name, external_id, rhythm)
                   values (%(id)s, %(site)s, 'electricity', %(name)s, %(name)s, 'live')""",
                rows,
            )
            await cursor.executemany(
                """insert into meter_assignment (meter_id, asset_id, role)
                   values (%(id)s, %(id)s, 'boundary')""",
                rows,
            )
        key, _ = await add_key(
            conn,
            pepper=_PEPPER.encode(),
            name="gateway",
            scopes=[KeyScope.INGEST],
            site_id=None,
            created_by=None,
            now=now,
            expires_at=now + timedelta(days=1),
        )
    return Tenant(tenant_no=tenant_no, meters=ids, token=token, key=key)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
