"""The demonstration goes with one act, whole, and nothing else does."""

from uuid import uuid4

import pytest

from access_world import PASSWORD, TenantWorld, World, make_tenant, make_world
from aegrid_energy.api.application import ROUTERS
from aegrid_energy.domain.access import Grant, Role
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.demo_removal import GOES, STAYS
from aegrid_energy.storage.pool import Pool

DEMONSTRATION = "/api/energy/demonstration"


@pytest.fixture
async def world(pool: Pool, password_hash: str) -> World:
    return await make_world(pool, password_hash, routers=ROUTERS)


@pytest.fixture
async def demo(world: World, password_hash: str, owner_pool: Pool) -> TenantWorld:
    """An organisation that is a demonstration, with readings."""
    made = await make_tenant(world.context.pool, password_hash, world.clock.now)
    async with owner_pool.connection() as owner:
        await owner.execute("update tenant set is_demo = true where tenant_no = %s", (made.tenant_no,))
    await fill(world, made)
    return made


async def fill(world: World, tenant: TenantWorld) -> None:
    """A meter with a day of readings, an event, a preference."""
    register = {
        "sites": [{"external_id": "S", "name": "Pool", "timezone": "Australia/Melbourne"}],
        "meters": [{"external_id": "M", "site": "S", "carrier": "electricity", "name": "Main"}],
        "assignments": [{"meter": "M", "asset": "S", "role": "boundary"}],
    }
    body = {
        "meter": "M",
        "start": "2026-03-01T00:00:00Z",
        "step_s": 1800,
        "unit": "kWh",
        "values": [1.5] * 48,
    }
    event = {"scope_kind": "tenant", "starts_at": "2026-03-01T00:00:00Z", "text": "opened"}
    async with world.client(token=tenant.tokens[Role.ADMINISTRATOR], tenant=tenant.slug) as boss:
        for path, sent in (("register", register), ("consumption", body), ("events", event)):
            answer = await boss.post(f"/api/energy/{path}", json=sent)
            assert answer.is_success, answer.text
        answer = await boss.put(
            "/api/energy/preferences", json={"currency": "AUD"}, headers={"If-Match": "*"}
        )
        assert answer.is_success, answer.text


async def tables_of_tenants(conn: Connection) -> list[str]:
    cursor = await conn.execute(
        """select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
           where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
             and not c.relispartition and a.attname = 'tenant_no' and not a.attisdropped"""
    )
    return [str(row[0]) for row in await cursor.fetchall()]


async def rows_of(owner: Pool, tenant: TenantWorld) -> dict[str, int]:
    """How many rows of a tenant each table holds; those that hold none are left out."""
    async with owner.connection() as conn:
        counts: dict[str, int] = {}
        for table in await tables_of_tenants(conn):
            found = await conn.execute(
                f'select count(*) from "{table}" where tenant_no = %s', (tenant.tenant_no,)
            )
            row = await found.fetchone()
            counts[table] = int(row[0]) if row else 0
    return {table: count for table, count in counts.items() if count}


async def test_every_table_of_tenants_is_emptied_or_said_to_stay(owner_pool: Pool) -> None:
    async with owner_pool.connection() as conn:
        assert set(await tables_of_tenants(conn)) == GOES | STAYS


async def test_a_demonstration_goes_whole_and_what_others_have_stays(
    world: World, demo: TenantWorld, owner_pool: Pool
) -> None:
    await fill(world, world.own)
    before, theirs = await rows_of(owner_pool, world.own), await rows_of(owner_pool, demo)
    assert {"reading_hot", "series", "site", "membership", "event", "preference"} <= set(theirs)
    async with world.client(token=demo.tokens[Role.ADMINISTRATOR], tenant=demo.slug) as boss:
        gone = await boss.delete(DEMONSTRATION, params={"name": demo.slug.title()})
        assert gone.status_code == 200, gone.text
        assert (gone.json()["meters"], gone.json()["sites"]) == (1, 2)
        assert (await boss.get("/api/energy/session")).status_code == 401
    assert set(await rows_of(owner_pool, demo)) == STAYS
    assert await rows_of(owner_pool, world.own) == before
    async with owner_pool.connection() as owner:
        cursor = await owner.execute(
            """select action, actor, detail ->> 'name' from record
               where tenant_no = %s order by record_no desc""",
            (demo.tenant_no,),
        )
        administrator = demo.people[Role.ADMINISTRATOR].id
        assert await cursor.fetchone() == (
            "demonstration_removed",
            f"account:{administrator}",
            demo.slug.title(),
        )


async def test_who_belongs_elsewhere_keeps_their_account(world: World, demo: TenantWorld) -> None:
    account = await world.person(Grant(role=Role.ADMINISTRATOR))
    code = uuid4().hex
    async with world.client(token=demo.tokens[Role.ADMINISTRATOR], tenant=demo.slug) as boss:
        body = {"email": account.email, "name": code, "grants": [{"role": "administrator"}]}
        made = (await boss.post("/api/energy/people", json=body)).json()
    async with world.client() as them:
        joined = await them.post("/api/energy/invitation", json={"code": made["code"], "password": PASSWORD})
        assert {m["tenant"] for m in joined.json()["memberships"]} == {world.own.slug, demo.slug}
        them.headers["Aegrid-Tenant"] = demo.slug
        assert (await them.delete(DEMONSTRATION, params={"name": demo.slug.title()})).is_success
        session = (await them.get("/api/energy/session")).json()
    assert {m["tenant"] for m in session["memberships"]} == {world.own.slug}


async def test_an_organisation_that_is_no_demonstration_stays(world: World, owner_pool: Pool) -> None:
    before = await rows_of(owner_pool, world.own)
    async with world.as_role(Role.ADMINISTRATOR) as boss:
        answer = await boss.delete(DEMONSTRATION, params={"name": world.own.slug.title()})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_a_demonstration")
    assert await rows_of(owner_pool, world.own) == before


async def test_another_name_removes_nothing(world: World, demo: TenantWorld, owner_pool: Pool) -> None:
    before = await rows_of(owner_pool, demo)
    async with world.client(token=demo.tokens[Role.ADMINISTRATOR], tenant=demo.slug) as boss:
        answer = await boss.delete(DEMONSTRATION, params={"name": "City of Banksia"})
    assert (answer.status_code, answer.json()["code"]) == (422, "name_differs")
    assert await rows_of(owner_pool, demo) == before


async def test_the_demonstration_of_another_tenant_is_not_there(world: World, demo: TenantWorld) -> None:
    async with world.as_role(Role.ADMINISTRATOR, tenant=demo.slug) as boss:
        answer = await boss.delete(DEMONSTRATION, params={"name": demo.slug.title()})
    assert answer.status_code == 404


async def test_only_an_administrator_removes_it(world: World, demo: TenantWorld) -> None:
    async with world.client(token=demo.tokens[Role.ENERGY_MANAGER], tenant=demo.slug) as manager:
        answer = await manager.delete(DEMONSTRATION, params={"name": demo.slug.title()})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
