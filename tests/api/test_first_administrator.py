"""The first administrator: by the code on the console, into what the command line has loaded."""

from datetime import datetime
from uuid import uuid4

import pytest

from access_world import PASSWORD, World, make_world
from aegrid_energy.domain.errors import ConflictError
from aegrid_energy.storage.codes import LIFETIMES, Purpose, first_administrator_code
from aegrid_energy.storage.memberships import (
    adopt_tenant,
    enter_tenant,
    find_tenant_without_members,
    found_tenant,
    list_tenants,
)
from aegrid_energy.storage.pool import Pool, transaction


async def test_the_first_administrator_comes_in_by_the_code_on_the_console(
    pool: Pool, password_hash: str
) -> None:
    world = await make_world(pool, password_hash, tenants=False)
    async with transaction(pool, None) as database:
        code = await first_administrator_code(database, now=world.clock.now)
    body = {"code": code, "email": "Ada@Example.org", "password": PASSWORD, "tenant": "Stadt Köln & Umland"}
    async with world.client() as browser:
        before = (await browser.get("/api/energy/session/options")).json()
        made = await browser.post("/api/energy/first-administrator", json=body)
        after = (await browser.get("/api/energy/session/options")).json()
        people = await browser.get("/api/energy/people")
        second = await browser.post(
            "/api/energy/first-administrator", json=body | {"email": "eve@example.org"}
        )
    assert (before["first_run"], after["first_run"]) == (True, False)
    assert made.status_code == 201
    assert made.json()["account"]["email"] == "ada@example.org"
    assert [(m["tenant"], m["role"], m["start"]) for m in made.json()["memberships"]] == [
        ("stadt-koln-umland", "administrator", "set-up")
    ]
    assert people.status_code == 200
    assert (second.status_code, second.json()["code"]) == (403, "code_refused")
    async with transaction(pool, None) as database:
        assert await first_administrator_code(database, now=world.clock.now) is None


async def test_a_weak_password_leaves_the_console_code_as_it_was(pool: Pool, password_hash: str) -> None:
    world = await make_world(pool, password_hash, tenants=False)
    async with transaction(pool, None) as database:
        code = await first_administrator_code(database, now=world.clock.now)
    body = {"code": code, "email": "ada@example.org", "password": "short", "tenant": "Shire"}
    async with world.client() as browser:
        weak = await browser.post("/api/energy/first-administrator", json=body)
        strong = await browser.post("/api/energy/first-administrator", json=body | {"password": PASSWORD})
    assert (weak.status_code, weak.json()["code"]) == (422, "password_weak")
    assert strong.status_code == 201


async def test_the_console_code_is_good_for_half_an_hour_and_for_nothing_else(
    pool: Pool, password_hash: str
) -> None:
    world = await make_world(pool, password_hash, tenants=False)
    async with transaction(pool, None) as database:
        withdrawn = await first_administrator_code(database, now=world.clock.now)
        code = await first_administrator_code(database, now=world.clock.now)
    body = {"code": code, "email": "ada@example.org", "password": PASSWORD, "tenant": "Shire"}
    async with world.client() as browser:
        invited = await browser.post("/api/energy/invitation", json={"code": code, "password": PASSWORD})
        old = await browser.post("/api/energy/first-administrator", json=body | {"code": withdrawn})
        world.clock.turn(LIFETIMES[Purpose.FIRST_ADMINISTRATOR])
        late = await browser.post("/api/energy/first-administrator", json=body)
    assert [answer.status_code for answer in (invited, old, late)] == [403, 403, 403]


async def found_by_the_command_line(pool: Pool, now: datetime) -> int:
    """An organisation with a site and no member, as `import` makes it while nobody has an account."""
    async with transaction(pool, None) as database:
        tenant_no = await found_tenant(database, slug="my-organisation", name="My organisation", now=now)
        await enter_tenant(database, tenant_no)
        await database.execute(
            "insert into site (id, name, timezone) values (%s, 'Depot', 'Australia/Melbourne')", (uuid4(),)
        )
    return tenant_no


async def code_on_the_console(world: World) -> str | None:
    async with transaction(world.context.pool, None) as database:
        return await first_administrator_code(database, now=world.clock.now)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        pytest.param("Stadt Köln", "stadt-koln", id="a-name-of-their-own"),
        pytest.param("My organisation", "my-organisation", id="the-name-it-has"),
    ],
)
async def test_what_the_command_line_loaded_is_the_first_administrators(
    pool: Pool, password_hash: str, name: str, slug: str
) -> None:
    world = await make_world(pool, password_hash, tenants=False)
    async with transaction(pool, None) as database:
        await found_tenant(database, slug="demo", name="Demonstration", now=world.clock.now, is_demo=True)
    tenant_no = await found_by_the_command_line(pool, world.clock.now)
    body = {"email": "ada@example.org", "password": PASSWORD, "tenant": name}
    async with world.client() as browser:
        made = await browser.post(
            "/api/energy/first-administrator", json=body | {"code": await code_on_the_console(world)}
        )
    assert [(m["tenant"], m["tenant_name"]) for m in made.json()["memberships"]] == [(slug, name)]
    async with transaction(pool, None) as database:
        tenants = {tenant.slug: tenant.tenant_no for tenant in await list_tenants(database)}
        assert tenants.pop("demo")
        assert tenants == {slug: tenant_no}
        await enter_tenant(database, tenant_no)
        cursor = await database.execute("select action, object_id from record where object_kind = 'tenant'")
        assert await cursor.fetchall() == [("tenant_adopted", slug)]
        cursor = await database.execute("select name from site")
        assert await cursor.fetchall() == [("Depot",)]


async def test_an_organisation_with_a_member_is_nobodys_to_take(
    access_pool: Pool, password_hash: str
) -> None:
    world = await make_world(access_pool, password_hash)
    async with transaction(access_pool, None) as database:
        found = await find_tenant_without_members(database)
        with pytest.raises(ConflictError):
            await adopt_tenant(database, world.own.tenant_no, slug="taken-over", name="Taken over")
        slugs = {tenant.slug for tenant in await list_tenants(database)}
    assert found is None
    assert world.own.slug in slugs


async def test_a_demonstration_is_nobodys(pool: Pool, password_hash: str) -> None:
    world = await make_world(pool, password_hash, tenants=False)
    async with transaction(pool, None) as database:
        demo = await found_tenant(database, slug="demo", name="Demo", now=world.clock.now, is_demo=True)
        assert await find_tenant_without_members(database) is None
        with pytest.raises(ConflictError):
            await adopt_tenant(database, demo, slug="mine", name="Mine")
