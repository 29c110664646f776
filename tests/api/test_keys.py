"""API keys: made once, shown once, used, bound, expired, revoked."""

from datetime import timedelta

import pytest

from access_world import World
from aegrid_energy.api.identity import actor_of_key
from aegrid_energy.domain.access import Grant, KeyScope, Role, ScopeKind
from aegrid_energy.storage.api_keys import find_key
from aegrid_energy.storage.pool import transaction

TICKET = "/api/energy/socket-ticket"  # what a key that reads may call


async def made(world: World, **body: object) -> dict:
    async with world.as_role(Role.ADMINISTRATOR) as boss:
        answer = await boss.post("/api/energy/keys", json={"name": "gateway", "scopes": ["read"]} | body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def status(world: World, key: str, **more: str) -> int:
    async with world.client(key=key, **more) as device:
        return (await device.post(TICKET)).status_code


async def test_a_key_works_until_it_is_revoked(world: World) -> None:
    key = await made(world)
    assert await status(world, key["key"]) == 201
    async with world.as_role(Role.ADMINISTRATOR) as boss:
        path = f"/api/energy/keys/{key['row']['kid']}"
        assert (await boss.delete(path)).status_code == 204
        assert (await boss.delete(path)).status_code == 404
    assert await status(world, key["key"]) == 401


async def test_a_key_works_until_it_expires(world: World) -> None:
    expires_at = (world.clock.now + timedelta(hours=1)).isoformat()
    key = await made(world, expires_at=expires_at)
    world.clock.turn(timedelta(minutes=59, seconds=59))
    assert await status(world, key["key"]) == 201
    world.clock.turn(timedelta(seconds=1))
    assert await status(world, key["key"]) == 401


async def test_a_key_lasts_a_year_unless_told_otherwise_and_two_at_most(world: World) -> None:
    key = await made(world)
    assert key["row"]["expires_at"].startswith("2027-03-02T01:00:00")
    async with world.as_role(Role.ADMINISTRATOR) as boss:
        for expires_at in ("2026-03-02T01:00:00Z", "2029-01-01T00:00:00Z"):
            body = {"name": "x", "scopes": ["read"], "expires_at": expires_at}
            answer = await boss.post("/api/energy/keys", json=body)
            assert (answer.status_code, answer.json()["code"]) == (422, "expiry_invalid")


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda key: key[:-1] + ("0" if key[-1] != "0" else "1"), id="wrong-secret"),
        pytest.param(lambda key: key.replace("aegrid_", "other_"), id="wrong-form"),
        pytest.param(lambda key: key + "\x00", id="something-behind"),
        pytest.param(lambda _: "aegrid_" + "0" * 12 + "_" + "0" * 64, id="unknown-key"),
        pytest.param(lambda _: "", id="empty"),
    ],
)
async def test_a_key_that_is_not_right_is_refused(world: World, spoil) -> None:
    key = world.own.keys[KeyScope.READ]
    async with transaction(world.context.pool, None) as database:
        found = await find_key(database, spoil(key), pepper=world.context.pepper, now=world.clock.now)
    assert found is None


async def test_a_wrong_key_is_not_saved_by_a_right_cookie(world: World) -> None:
    headers = {"Authorization": "Bearer aegrid_nonsense"}
    async with world.client(token=world.own.tokens[Role.ADMINISTRATOR], headers=headers) as client:
        answer = await client.get("/api/energy/people")
    assert (answer.status_code, answer.json()["code"]) == (401, "key_refused")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_key_is_sent_as_bearer(world: World) -> None:
    headers = {"Authorization": f"Basic {world.own.keys[KeyScope.READ]}"}
    async with world.client(headers=headers) as client:
        assert (await client.post(TICKET)).status_code == 401


async def test_the_secret_is_neither_stored_nor_listed(world: World) -> None:
    key = await made(world)
    secret = key["key"].split("_")[2]
    async with world.as_role(Role.ADMINISTRATOR) as boss:
        listed = (await boss.get("/api/energy/keys")).text
        record = (await boss.get("/api/energy/record")).text
    async with transaction(world.context.pool, world.own.tenant_no) as database:
        cursor = await database.execute("select k::text from api_key k")
        stored = str(await cursor.fetchall())
    assert key["row"]["kid"] in listed
    assert key["row"]["kid"] in record
    assert secret not in listed + record + stored


async def test_a_key_belongs_to_its_tenant_whatever_the_header_says(world: World) -> None:
    key = world.own.keys[KeyScope.READ]
    assert await status(world, key) == 201
    assert await status(world, key, tenant=world.own.slug) == 201
    assert await status(world, key, tenant=world.other.slug) == 404


async def test_another_pepper_makes_every_key_worthless(world: World) -> None:
    async with transaction(world.context.pool, None) as database:
        key = world.own.keys[KeyScope.READ]
        assert await find_key(database, key, pepper=b"other", now=world.clock.now) is None


async def test_use_is_noted_at_most_once_a_minute(world: World) -> None:
    key = await made(world)

    async def used() -> str:
        async with world.as_role(Role.ADMINISTRATOR) as boss:
            rows = (await boss.get("/api/energy/keys")).json()["keys"]
        return next(row["last_used_at"] for row in rows if row["kid"] == key["row"]["kid"])

    assert await used() is None
    await status(world, key["key"])
    first = await used()
    world.clock.turn(timedelta(seconds=59))
    await status(world, key["key"])
    assert await used() == first
    world.clock.turn(timedelta(seconds=1))
    await status(world, key["key"])
    assert await used() == "2026-03-02T01:01:00Z"


async def test_a_key_may_be_bound_to_a_site_of_its_own_tenant(world: World) -> None:
    key = await made(world, site_id=str(world.own.site_id))
    async with transaction(world.context.pool, None) as database:
        found = await find_key(database, key["key"], pepper=world.context.pepper, now=world.clock.now)
    assert found is not None
    site = Grant(role=Role.DEVICE, scope_kind=ScopeKind.SITE, scope_id=world.own.site_id)
    assert actor_of_key(found).grants == (site,)
    async with world.as_role(Role.ADMINISTRATOR) as boss:
        body = {"name": "x", "scopes": ["read"], "site_id": str(world.other.site_id)}
        answer = await boss.post("/api/energy/keys", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "scope_not_found")


@pytest.mark.parametrize("scopes", [[], ["control"], ["read", "read", "read"], "read"])
async def test_scopes_are_from_a_list(world: World, scopes: object) -> None:
    async with world.as_role(Role.ADMINISTRATOR) as boss:
        answer = await boss.post("/api/energy/keys", json={"name": "x", "scopes": scopes})
    assert answer.status_code == 422
