"""The product as it is installed: its own embedded database, its own process, a port of loopback."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx

from aegrid_energy.domain.access import Grant, KeyScope, Role
from aegrid_energy.main import clock
from aegrid_energy.storage import guard
from aegrid_energy.storage.accounts import add_account
from aegrid_energy.storage.api_keys import add_key
from aegrid_energy.storage.memberships import enter_tenant, found_tenant, set_grants
from aegrid_energy.storage.migrate import migrate
from aegrid_energy.storage.pool import Pool, build_pool, transaction
from aegrid_energy.storage.roles import Role as DatabaseRole
from aegrid_energy.storage.roles import ensure_database
from aegrid_energy.storage.server import EmbeddedServer, start
from aegrid_energy.storage.sessions import open_session
from database import make_state_dir

PEPPER = "p" * 32
#: Starts the product as the command line does, on the port given; says so when it listens.
PROGRAM = """
import sys
from aegrid_energy.main import Serving, build_app, open_database, pepper_of, serve_app, settings_now
port = int(sys.argv[1])
serving = Serving(host="127.0.0.1", port=port, origins=frozenset({f"http://127.0.0.1:{port}"}))
settings = settings_now()
with open_database(settings) as server:
    app = build_app(server, serving, pepper=pepper_of(settings))
    serve_app(app, serving, started=lambda: print("up", flush=True))
"""


@dataclass
class Tenant:
    """A tenant with one site, its meters, a signed-in viewer and a key."""

    tenant_no: int
    slug: str
    site_id: UUID
    meters: dict[str, UUID]
    token: str
    key: str


@dataclass
class Product:
    """One state folder with its database, held open by the test, and the serving process on it."""

    state: Path
    server: EmbeddedServer
    port: int
    process: subprocess.Popen[str] | None = None
    tenants: list[Tenant] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serve(self) -> None:
        """Start the serving process and wait until it listens."""
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(self.port)],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"AEGRID_STATE_DIR": str(self.state), "AEGRID_KEY_PEPPER": PEPPER},
        )
        assert self.process.stdout is not None
        # Its log goes the same way; the line that says it listens stands alone.
        assert any(line == "up\n" for line in self.process.stdout)

    def kill(self) -> None:
        """Kill the serving process; its guard and its database go on, since the test holds them."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = None

    def kill_database(self) -> int:
        """Kill the postmaster; the guard brings another up. Returns the pid that died."""
        found = guard.postmaster_of(self.server.data_dir)
        assert found is not None
        handle = os.pidfd_open(found.pid)
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        os.close(handle)
        return found.pid

    def stop(self) -> None:
        """Stop the serving process as a service manager does."""
        if self.process is None:
            return
        self.process.terminate()
        self.process.wait(timeout=30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = None

    def children(self) -> list[int]:
        """The parse children of the serving process that run now."""
        assert self.process is not None
        found: list[int] = []
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it ended while we looked
                pids = (task / "children").read_text().split()
                found += [int(p) for p in pids if b"parse_child" in Path(f"/proc/{p}/cmdline").read_bytes()]
        return found

    @asynccontextmanager
    async def pool(self) -> AsyncIterator[Pool]:
        """Connections of the app role, past the serving process."""
        async with build_pool(self.server.dsn(DatabaseRole.APP), name="acceptance", size=2) as pool:
            yield pool

    async def add_tenant(self, slug: str, meters: list[str], *, rhythm: str = "live") -> Tenant:
        """A tenant; each meter stands in an asset of its own below the site."""
        now = clock()
        site_id, ids = uuid4(), {name: uuid4() for name in meters}
        async with self.pool() as pool, transaction(pool, None) as conn:
            tenant_no = await found_tenant(conn, slug=slug, name=slug, now=now)
            await enter_tenant(conn, tenant_no)
            account = await add_account(
                conn, email=f"{slug}@example.org", name="Viewer", password_hash=None, now=now
            )
            await set_grants(conn, account.id, [Grant(role=Role.ENERGY_MANAGER)], now=now)
            token = await open_session(conn, account.id, now=now, user_agent="tests", address="127.0.0.1")
            await conn.execute(
                "insert into site (id, name, timezone) values (%s, 'Depot', 'Australia/Melbourne')",
                (site_id,),
            )
            await conn.execute(
                """insert into assets (id, site_id, parent_id, kind, name)
                   values (%(s)s, %(s)s, null, 'site', 'Depot')""",
                {"s": site_id},
            )
            async with conn.cursor() as cursor:
                await cursor.executemany(
                    """insert into assets (id, site_id, parent_id, kind, name)
                       values (%(id)s, %(site)s, %(site)s, 'building', %(name)s)""",
                    [{"id": ids[name], "site": site_id, "name": name} for name in meters],
                )
                await cursor.executemany(
                    """insert into energy_meters (id, site_id, carrier, name, external_id, rhythm)
                       values (%(id)s, %(site)s, 'electricity', %(name)s, %(name)s, %(rhythm)s)""",
                    [{"id": ids[n], "site": site_id, "name": n, "rhythm": rhythm} for n in meters],
                )
                await cursor.executemany(
                    """insert into meter_assignment (meter_id, asset_id, role)
                       values (%(id)s, %(id)s, 'boundary')""",
                    [{"id": ids[name]} for name in meters],
                )
            key, _ = await add_key(
                conn,
                pepper=PEPPER.encode(),
                name="gateway",
                scopes=[KeyScope.INGEST],
                site_id=None,
                created_by=None,
                now=now,
                expires_at=now + timedelta(days=1),
            )
        tenant = Tenant(tenant_no=tenant_no, slug=slug, site_id=site_id, meters=ids, token=token, key=key)
        self.tenants.append(tenant)
        return tenant


@contextmanager
def installed() -> Iterator[Product]:
    """A fresh state folder with a running database, nothing served yet; all of it gone afterwards."""
    state = make_state_dir()
    try:
        with start(state) as server:
            ensure_database(server.dsn(DatabaseRole.ADMIN), server.database, server.names)
            migrate(server.dsn(DatabaseRole.OWNER), server.names)
            product = Product(state=state, server=server, port=_free_port())
            try:
                yield product
            finally:
                product.stop()
    finally:
        shutil.rmtree(state, ignore_errors=True)


def wait_until_ready(product: Product, *, within_s: float = 30.0) -> None:
    """Until the served product answers that its database answers."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{product.origin}/api/energy/health/ready", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            continue
    raise AssertionError("the product did not come back")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
