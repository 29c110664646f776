"""Signing in and out."""

from datetime import timedelta

import pytest

from access_world import PASSWORD, World, make_world
from aegrid_energy.api.person_preferences import PersonPreferences
from aegrid_energy.api.preferences import Preferences
from aegrid_energy.domain.access import Action, Grant, Role, roles_that_may
from aegrid_energy.storage.codes import Purpose, issue_code
from aegrid_energy.storage.demo_accounts import ensure_demo_accounts
from aegrid_energy.storage.memberships import enter_tenant, set_grants
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.preferences import write_preferences


def credentials(world: World, role: Role = Role.ENERGY_MANAGER, password: str = PASSWORD) -> dict[str, str]:
    return {"email": world.own.people[role].email, "password": password}


async def test_signing_in_gives_a_session_that_says_who_and_what(world: World) -> None:
    async with world.client() as browser:
        made = await browser.post("/api/energy/session", json=credentials(world))
        found = await browser.get("/api/energy/session")
    account = world.own.people[Role.ENERGY_MANAGER]
    assert made.status_code == 201
    assert made.json() == found.json()
    assert found.json() == {
        "account": {"id": str(account.id), "name": account.name, "email": account.email},
        "memberships": [
            {
                "tenant": world.own.slug,
                "tenant_name": world.own.slug.title(),
                "role": "energy_manager",
                "scope_kind": "tenant",
                "scope_id": None,
                "start": "portfolio-now",
                "actions": [
                    "correct_readings",
                    "edit_register",
                    "export",
                    "import_files",
                    "run_jobs",
                    "send_readings",
                    "view",
                    "write_events",
                ],
            }
        ],
        "tenants": [
            {
                "tenant": world.own.slug,
                "name": world.own.slug.title(),
                "is_demo": False,
                "preferences": Preferences().model_dump(mode="json"),
            }
        ],
        "who_may": [{"action": action, "roles": list(roles_that_may(action))} for action in Action],
        "preferences": PersonPreferences().model_dump(mode="json"),
        "demo": False,
    }


async def test_each_organisation_brings_its_own_preferences(world: World) -> None:
    account = await world.person(Grant(role=Role.TECHNICIAN))
    async with transaction(world.context.pool, None) as database:
        await enter_tenant(database, world.other.tenant_no)
        await set_grants(database, account.id, [Grant(role=Role.EXECUTIVE)], now=world.clock.now)
    async with transaction(world.context.pool, world.own.tenant_no) as database:
        await write_preferences(database, {"currency": "NZD"}, now=world.clock.now)
    async with world.client(token=await world.token(account)) as browser:
        tenants = (await browser.get("/api/energy/session")).json()["tenants"]
    assert {one["tenant"]: one["preferences"]["currency"] for one in tenants} == {
        world.own.slug: "NZD",
        world.other.slug: "AUD",
    }


async def test_the_address_is_taken_in_any_case(world: World) -> None:
    body = credentials(world)
    async with world.client() as browser:
        answer = await browser.post("/api/energy/session", json=body | {"email": body["email"].upper()})
    assert answer.status_code == 201


async def test_on_the_loopback_the_cookie_is_plain_and_unreadable_to_scripts(world: World) -> None:
    async with world.client() as browser:
        answer = await browser.post("/api/energy/session", json=credentials(world))
    cookie = answer.headers["set-cookie"]
    name, *flags = [part.strip() for part in cookie.split(";")]
    assert name.startswith("aegrid=")
    assert set(flags) == {"HttpOnly", "Path=/", "SameSite=lax", f"Max-Age={30 * 86400}"}


async def test_by_tls_the_cookie_is_tied_to_the_host(access_pool: Pool, password_hash: str) -> None:
    world = await make_world(access_pool, password_hash, is_tls=True)
    secure = {"Origin": "https://energy.example.org"}
    async with world.client(headers=secure) as browser:
        answer = await browser.post("/api/energy/session", json=credentials(world))
        found = await browser.get("/api/energy/session")
    name, *flags = [part.strip() for part in answer.headers["set-cookie"].split(";")]
    assert name.startswith("__Host-aegrid=")
    assert set(flags) == {"HttpOnly", "Path=/", "SameSite=lax", "Secure", f"Max-Age={30 * 86400}"}
    assert found.status_code == 200


async def test_by_tls_the_plain_cookie_is_not_looked_at(access_pool: Pool, password_hash: str) -> None:
    world = await make_world(access_pool, password_hash, is_tls=True)
    async with world.client(headers={"Cookie": f"aegrid={world.own.tokens[Role.ADMINISTRATOR]}"}) as browser:
        answer = await browser.get("/api/energy/session")
    assert answer.status_code == 401


async def test_the_database_does_not_hold_the_cookie(world: World) -> None:
    token = world.own.tokens[Role.TECHNICIAN]
    async with transaction(world.context.pool, None) as database:
        cursor = await database.execute("select s::text from login_session s")
        rows = await cursor.fetchall()
    assert rows
    assert not [row for row in rows if token in row[0] or token.encode().hex() in row[0]]


async def test_a_wrong_password_and_an_unknown_person_look_the_same(world: World) -> None:
    async with world.client() as browser:
        wrong = await browser.post("/api/energy/session", json=credentials(world, password="not-this-one"))
        unknown = await browser.post(
            "/api/energy/session", json={"email": "nobody@example.org", "password": PASSWORD}
        )
    assert wrong.status_code == unknown.status_code == 401
    assert {**wrong.json(), "trace_id": ""} == {**unknown.json(), "trace_id": ""}
    assert "set-cookie" not in wrong.headers


async def test_five_failures_for_an_address_lock_it_for_a_quarter_of_an_hour(world: World) -> None:
    body = credentials(world)
    for number in range(5):
        async with world.client(address=f"10.9.0.{number}") as browser:
            answer = await browser.post("/api/energy/session", json=body | {"password": "wrong-password"})
        assert answer.status_code == 401
        world.clock.turn(timedelta(minutes=1))
    async with world.client() as browser:
        locked = await browser.post("/api/energy/session", json=body)
        assert (locked.status_code, locked.json()["code"]) == (429, "too_many_attempts")
        assert locked.headers["retry-after"] == str(10 * 60)
        world.clock.turn(timedelta(minutes=10, seconds=1))
        assert (await browser.post("/api/energy/session", json=body)).status_code == 201


async def test_five_failures_from_one_place_lock_it_for_everybody_there(world: World) -> None:
    async with world.client() as browser:
        for number in range(5):
            body = {"email": f"guess{number}@example.org", "password": "wrong-password"}
            assert (await browser.post("/api/energy/session", json=body)).status_code == 401
        assert (await browser.post("/api/energy/session", json=credentials(world))).status_code == 429
    async with world.client(address="10.8.0.1") as elsewhere:
        assert (await elsewhere.post("/api/energy/session", json=credentials(world))).status_code == 201


async def test_success_forgives_a_person_their_failures(world: World) -> None:
    body = credentials(world)
    for attempt in range(8):
        async with world.client(address=f"10.7.0.{attempt}") as browser:
            password = PASSWORD if attempt == 3 else "wrong-password"
            answer = await browser.post("/api/energy/session", json=body | {"password": password})
        assert answer.status_code == (201 if attempt == 3 else 401)
        world.clock.turn(timedelta(seconds=1))


async def test_signing_out_ends_the_session_and_empties_the_cache(world: World) -> None:
    async with world.as_role(Role.FACILITIES) as browser:
        out = await browser.delete("/api/energy/session")
    assert out.status_code == 204
    assert out.headers["clear-site-data"] == '"cache"'
    assert 'aegrid=""' in out.headers["set-cookie"]
    async with world.as_role(Role.FACILITIES) as again:
        assert (await again.get("/api/energy/session")).status_code == 401


async def test_signing_in_anew_ends_what_the_browser_held_before(world: World) -> None:
    before = world.own.tokens[Role.EXECUTIVE]
    async with world.client(token=before) as browser:
        await browser.post("/api/energy/session", json=credentials(world))
    async with world.client(token=before) as old:
        assert (await old.get("/api/energy/session")).status_code == 401


@pytest.mark.parametrize(
    ("used_every", "times", "lives"),
    [
        pytest.param(timedelta(hours=11, minutes=59), 3, True, id="used"),
        pytest.param(timedelta(hours=12, seconds=1), 1, False, id="left-alone"),
        pytest.param(timedelta(hours=11), 66, False, id="used-for-thirty-days"),
    ],
)
async def test_a_session_ends_by_itself(
    world: World, used_every: timedelta, times: int, *, lives: bool
) -> None:
    async with world.as_role(Role.TECHNICIAN) as browser:
        for _ in range(times):
            world.clock.turn(used_every)
            answer = await browser.get("/api/energy/session")
    assert answer.status_code == (200 if lives else 401)


async def test_the_demonstration_offers_its_roles_and_takes_its_code_once(
    pool: Pool, password_hash: str
) -> None:
    world = await make_world(pool, password_hash, demo=True)
    async with transaction(pool, world.own.tenant_no) as database:
        ids = await ensure_demo_accounts(database, now=world.clock.now)
        assert await ensure_demo_accounts(database, now=world.clock.now) == ids
        code = await issue_code(
            database, Purpose.DEMO, now=world.clock.now, account_id=ids[Role.ENERGY_MANAGER]
        )
    async with world.client() as browser:
        options = (await browser.get("/api/energy/session/options")).json()
        by_role = await browser.post("/api/energy/session", json={"demo_role": "executive"})
        by_code = await browser.post("/api/energy/session", json={"code": code})
        again = await browser.post("/api/energy/session", json={"code": code})
    assert options["demo_roles"] == [role.value for role in Role if role is not Role.DEVICE]
    assert by_role.json()["memberships"][0]["role"] == "executive"
    assert by_code.json()["memberships"][0]["role"] == "energy_manager"
    assert by_code.json()["demo"] is True
    assert again.status_code == 403


async def test_outside_the_demonstration_its_ways_and_its_sessions_do_not_exist(
    pool: Pool, password_hash: str
) -> None:
    demo = await make_world(pool, password_hash, demo=True)
    async with transaction(pool, demo.own.tenant_no) as database:
        ids = await ensure_demo_accounts(database, now=demo.clock.now)
        code = await issue_code(database, Purpose.DEMO, now=demo.clock.now, account_id=ids[Role.EXECUTIVE])
    async with demo.client() as browser:
        await browser.post("/api/energy/session", json={"demo_role": "administrator"})
        token = browser.cookies["aegrid"]
    world = await make_world(pool, password_hash)
    async with world.client(token=token) as browser:
        left = await browser.get("/api/energy/session")
        by_role = await browser.post("/api/energy/session", json={"demo_role": "administrator"})
        by_code = await browser.post("/api/energy/session", json={"code": code})
        options = (await browser.get("/api/energy/session/options")).json()
    assert left.status_code == 401
    assert (by_role.status_code, by_code.status_code) == (403, 403)
    assert options["demo_roles"] == []


async def test_signing_in_and_failing_to_is_on_the_record(world: World) -> None:
    account = await world.person(Grant(role=Role.FACILITIES))
    async with world.client() as browser:
        await browser.post("/api/energy/session", json={"email": account.email, "password": "wrong-one"})
        await browser.post("/api/energy/session", json={"email": account.email, "password": PASSWORD})
    async with transaction(world.context.pool, None) as database:
        cursor = await database.execute(
            "select action, detail::text from record where actor = %s order by record_no",
            (f"account:{account.id}",),
        )
        assert await cursor.fetchall() == [("sign_in_failed", "{}"), ("signed_in", "{}")]
    async with transaction(world.context.pool, None) as database:
        await enter_tenant(database, world.own.tenant_no)
        cursor = await database.execute("select count(*) from record where tenant_no is null")
        assert await cursor.fetchone() == (0,)


async def test_an_expired_session_is_replaced_while_its_cookie_is_still_sent(world: World) -> None:
    account = await world.person(Grant(role=Role.FACILITIES))
    async with world.client(token=await world.token(account)) as browser:
        world.clock.turn(timedelta(hours=12, seconds=1))
        expired = await browser.get("/api/energy/session")
        again = await browser.post("/api/energy/session", json={"email": account.email, "password": PASSWORD})
        fresh = again.cookies["aegrid"]
    assert (expired.status_code, expired.json()["code"]) == (401, "sign_in_needed")
    assert again.status_code == 201
    async with world.client(token=fresh) as browser:
        assert (await browser.get("/api/energy/session")).status_code == 200
