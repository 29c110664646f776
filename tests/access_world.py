"""Doors on the real database: an app, a clock that tests turn, two tenants with people, sites and keys."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import APIRouter, FastAPI

from aegrid_energy.api.application import ACCESS_ROUTERS, make_application
from aegrid_energy.api.context import Context
from aegrid_energy.api.limits import Limiter
from aegrid_energy.domain.access import PERSON_ROLES, Grant, KeyScope, Role
from aegrid_energy.storage.accounts import Account, add_account
from aegrid_energy.storage.api_keys import add_key
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.memberships import enter_tenant, found_tenant, set_grants
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.sessions import open_session

PASSWORD = "correct-horse-battery-staple"
ORIGIN = "http://127.0.0.1:8470"
PEPPER = b"p" * 32
BROWSER = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}

_numbers = itertools.count(1)


@dataclass
class Clock:
    """A clock that stands still until a test turns it."""

    now: datetime = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def turn(self, by: timedelta) -> None:
        self.now += by


@dataclass
class TenantWorld:
    tenant_no: int
    slug: str
    site_id: UUID
    asset_id: UUID
    portfolio_id: UUID
    people: dict[Role, Account]
    tokens: dict[Role, str]
    keys: dict[KeyScope, str]


@dataclass
class World:
    app: FastAPI
    context: Context
    clock: Clock
    own: TenantWorld
    other: TenantWorld
    password_hash: str
    address: str = field(default_factory=lambda: "10.{}.{}.{}".format(*_bytes(next(_numbers))))

    def client(
        self,
        *,
        token: str | None = None,
        key: str | None = None,
        tenant: str | None = None,
        headers: dict[str, str] | None = None,
        address: str | None = None,
    ) -> httpx.AsyncClient:
        """A browser (by token), a device (by key), or a stranger."""
        given = {} if key else dict(BROWSER)
        if key:
            given["Authorization"] = f"Bearer {key}"
        if tenant:
            given["Aegrid-Tenant"] = tenant
        transport = httpx.ASGITransport(app=self.app, client=(address or self.address, 4000))
        name = "__Host-aegrid" if self.context.is_tls else "aegrid"
        origin = next(iter(self.context.allowed_origins))
        return httpx.AsyncClient(
            transport=transport,
            base_url=origin,
            headers=given | (headers or {}),
            cookies={name: token} if token else None,
        )

    def as_role(self, role: Role, *, tenant: str | None = None) -> httpx.AsyncClient:
        return self.client(token=self.own.tokens[role], tenant=tenant or self.own.slug)

    async def person(self, *grants: Grant, tenant: TenantWorld | None = None) -> Account:
        """A new person with these grants."""
        async with transaction(self.context.pool, None) as database:
            account = await new_account(database, self.password_hash, self.clock.now)
            await enter_tenant(database, (tenant or self.own).tenant_no)
            await set_grants(database, account.id, grants, now=self.clock.now)
        return account

    async def token(self, account: Account) -> str:
        async with transaction(self.context.pool, None) as database:
            return await open_session(
                database, account.id, now=self.clock.now, user_agent="tests", address=self.address
            )


def _bytes(number: int) -> tuple[int, int, int]:
    return number >> 16 & 255, number >> 8 & 255, number & 255


async def new_account(database: Connection, password_hash: str, now: datetime) -> Account:
    email = f"person{next(_numbers)}@example.org"
    return await add_account(database, email=email, name="Person", password_hash=password_hash, now=now)


async def make_tenant(pool: Pool, password_hash: str, now: datetime) -> TenantWorld:
    slug = f"tenant-{next(_numbers)}-{uuid4().hex[:6]}"
    site_id, asset_id, portfolio_id = uuid4(), uuid4(), uuid4()
    async with transaction(pool, None) as database:
        tenant_no = await found_tenant(database, slug=slug, name=slug.title(), now=now)
        await enter_tenant(database, tenant_no)
        await database.execute(
            "insert into site (id, name, timezone) values (%s, 'Depot', 'Australia/Melbourne')", (site_id,)
        )
        await database.execute(
            """insert into assets (id, site_id, parent_id, kind, name)
               values (%(s)s, %(s)s, null, 'site', 'Depot'), (%(a)s, %(s)s, %(s)s, 'building', 'Shed')""",
            {"s": site_id, "a": asset_id},
        )
        await database.execute("insert into portfolio (id, name) values (%s, 'Depots')", (portfolio_id,))
        await database.execute(
            "insert into portfolio_site (portfolio_id, site_id) values (%s, %s)", (portfolio_id, site_id)
        )
        people, tokens = {}, {}
        for role in PERSON_ROLES:
            people[role] = account = await new_account(database, password_hash, now)
            await set_grants(database, account.id, [Grant(role=role)], now=now)
            tokens[role] = await open_session(
                database, account.id, now=now, user_agent="tests", address="10.0.0.1"
            )
        keys = {}
        for scope in KeyScope:
            keys[scope], _ = await add_key(
                database,
                pepper=PEPPER,
                name=scope.value,
                scopes=[scope],
                site_id=None,
                created_by=None,
                now=now,
                expires_at=now + timedelta(days=365),
            )
    return TenantWorld(
        tenant_no=tenant_no,
        slug=slug,
        site_id=site_id,
        asset_id=asset_id,
        portfolio_id=portfolio_id,
        people=people,
        tokens=tokens,
        keys=keys,
    )


def make_context(
    pool: Pool,
    clock: Clock,
    *,
    is_tls: bool = False,
    demo: bool = False,
    trusted_proxies: Sequence[str] = (),
    **limits: str,
) -> Context:
    origin = "https://energy.example.org" if is_tls else ORIGIN
    return Context(
        pool=pool,
        now=clock,
        pepper=PEPPER,
        allowed_origins=frozenset({origin}),
        is_tls=is_tls,
        demo=demo,
        limiter=Limiter(**limits),
        trusted_proxies=tuple(ip_network(text) for text in trusted_proxies),
    )


NOBODY = TenantWorld(
    tenant_no=0,
    slug="nobody",
    site_id=UUID(int=0),
    asset_id=UUID(int=0),
    portfolio_id=UUID(int=0),
    people={},
    tokens={},
    keys={},
)


async def make_world(
    pool: Pool,
    password_hash: str,
    *,
    routers: Sequence[APIRouter] = ACCESS_ROUTERS,
    tenants: bool = True,
    **settings: Any,
) -> World:
    clock = Clock()
    context = make_context(pool, clock, **settings)
    return World(
        app=make_application(context, routers),
        context=context,
        clock=clock,
        own=await make_tenant(pool, password_hash, clock.now) if tenants else NOBODY,
        other=await make_tenant(pool, password_hash, clock.now) if tenants else NOBODY,
        password_hash=password_hash,
    )
