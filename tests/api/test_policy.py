"""The route table: every route x asker x tenant, for whatever routes the app has."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Response, WebSocket

from access_socket import open_socket
from access_world import ORIGIN, TenantWorld, World, make_world
from aegrid_energy.api import policy
from aegrid_energy.api.application import ROUTERS, make_application
from aegrid_energy.api.policy import (
    ROUTES,
    AskingContext,
    AskingPermit,
    Reaches,
    Rule,
    check_routes,
    routes_of,
)
from aegrid_energy.domain.access import (
    KEY_POLICY,
    PERSON_ROLES,
    POLICY,
    Action,
    Grant,
    KeyScope,
    Reach,
    Role,
    ScopeKind,
)
from aegrid_energy.storage.api_keys import add_key
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.memberships import set_grants
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.scopes import path_of_asset

_EVERY = APIRouter()
for _router in ROUTERS:
    _EVERY.include_router(_router)
ROUTES_OF_APP = [("GET", "/api/energy/openapi.json"), *routes_of(_EVERY)]
CALLS = [route for route in ROUTES_OF_APP if route[0] != "WEBSOCKET"]
SOCKETS = [route for route in ROUTES_OF_APP if route[0] == "WEBSOCKET"]
IN_A_TENANT = [r for r in CALLS if ROUTES[r].reaches not in {Reaches.PUBLIC, Reaches.ACCOUNT}]
ON_AN_OBJECT = [r for r in CALLS if "{" in r[1]]
ON_A_NODE = [r for r in CALLS if ROUTES[r].reaches is Reaches.NODE]

GRANTS = {"grants": [{"role": "executive"}], "name": "Somebody"}
SECRET = "a-new-long-secret-7"
#: A body that is valid for each route that takes one; a new route with a body adds its own.
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/api/energy/session"): {"email": "nobody@example.org", "password": "not-this-one"},
    ("POST", "/api/energy/first-administrator"): {
        "code": "x",
        "email": "a@b.c",
        "password": SECRET,
        "tenant": "T",
    },
    ("POST", "/api/energy/invitation"): {"code": "x", "password": SECRET},
    ("POST", "/api/energy/invitation/seen"): {"code": "x"},
    ("PUT", "/api/energy/password"): {"current": "not-this-one", "new": SECRET},
    ("POST", "/api/energy/people"): {"email": "matrix@example.org", **GRANTS},
    ("PUT", "/api/energy/people/{account_id}"): GRANTS,
    ("POST", "/api/energy/keys"): {"name": "k", "scopes": ["read"]},
    ("POST", "/api/energy/register"): {"portfolios": [{"external_id": "P", "name": "P"}]},
    ("POST", "/api/energy/events"): {
        "scope_kind": "site",
        "scope_id": "00000000-0000-0000-0000-00000000000b",
        "starts_at": "2026-01-01T00:00:00Z",
    },
    ("PUT", "/api/energy/meters/{meter_id}"): {"name": "Main", "rhythm": "live"},
    ("POST", "/api/energy/assets/{asset_id}/meters"): {
        "name": "Main",
        "carrier": "electricity",
        "role": "sub",
    },
    ("POST", "/api/energy/meters/{meter_id}/assignments"): {
        "asset_id": "00000000-0000-0000-0000-00000000000a",
        "role": "sub",
    },
    ("POST", "/api/energy/meters/{meter_id}/exchange"): {
        "at": "2026-01-01T00:00:00Z",
        "serial": "B",
        "reason": "broken",
    },
    ("PUT", "/api/energy/meters/{meter_id}/formula"): {
        "terms": [{"input_id": "00000000-0000-0000-0000-00000000000a"}]
    },
    ("PUT", "/api/energy/preferences"): {"currency": "AUD"},
    ("PUT", "/api/energy/session/preferences"): {"theme": "dark"},
    ("POST", "/api/energy/series/{series_no}/repair"): {
        "from": "2026-01-01T00:00:00Z",
        "to": "2026-01-02T00:00:00Z",
        "method": "linear",
    },
    ("PUT", "/api/energy/consumption/{reading_id}"): {"value": 1.5, "unit": "kWh", "reason": "misread"},
    ("POST", "/api/energy/uploads/{upload_id}/proposal"): {"files": []},
    ("POST", "/api/energy/uploads/{upload_id}/load"): {"revision": 1, "meters": []},
    ("POST", "/api/energy/imports/{import_id}/reassign"): {
        "meter_id": "00000000-0000-0000-0000-00000000000a"
    },
}
NOT_LET_IN = {"sign_in_needed", "not_permitted", "account_needed", "key_refused"}


@pytest.fixture(scope="module")
async def matrix(access_pool: Pool, password_hash: str) -> World:
    generous: dict[str, Any] = {
        "key": "1000000/minute",
        "session": "1000000/minute",
        "address": "1000000/minute",
    }
    return await make_world(access_pool, password_hash, routers=ROUTERS, **generous)


def filled(template: str, world: TenantWorld | None) -> str:
    """The path with ids of a tenant's objects in it; without a tenant, with ids that nobody has."""
    parts = []
    for part in template.split("/"):
        name = part.strip("{}").lower()
        if not part.startswith("{"):
            parts.append(part)
        elif "kid" in name:
            parts.append(world.keys[KeyScope.READ].split("_")[1] if world else "0" * 12)
        elif "series" in name:
            parts.append(str(2**31 - 1 if world is None else 2**31 - 2))
        elif world is None:
            parts.append(str(uuid4()))
        elif "account" in name:
            parts.append(str(world.people[Role.EXECUTIVE].id))
        elif "site" in name:
            parts.append(str(world.site_id))
        elif "portfolio" in name:
            parts.append(str(world.portfolio_id))
        else:
            parts.append(str(world.asset_id))
    return "/".join(parts)


async def call(client: httpx.AsyncClient, route: tuple[str, str], path: str) -> httpx.Response:
    method, _ = route
    body = None if method in {"GET", "DELETE"} else BODIES.get(route, {})
    async with client:
        return await client.request(method, path, json=body)


async def by_role(world: World, role: Role, tenant: str | None = None) -> httpx.AsyncClient:
    # A new session for each call: some calls end the one they are made with.
    return world.client(token=await world.token(world.own.people[role]), tenant=tenant or world.own.slug)


def said(answer: httpx.Response) -> tuple[int, object]:
    """An answer without the id that is its own."""
    body = answer.json() if answer.content else None
    return answer.status_code, {**body, "trace_id": ""} if isinstance(body, dict) else body


def let_in(answer: httpx.Response) -> bool:
    assert answer.status_code < 500, answer.text
    return answer.is_success or answer.json().get("code") not in NOT_LET_IN


def allow_all(*_: object) -> bool:
    return True


def reach_all(*_: object) -> Reach:
    return Reach(is_everywhere=True)


def may(rule: Rule, actions: frozenset[Action]) -> bool:
    return rule.action is None or rule.reaches is Reaches.NODE or rule.action in actions


def test_every_route_has_a_row_and_a_body_to_try_it_with() -> None:
    schema = FastAPI(routes=[*_EVERY.routes]).openapi()
    assert len(ROUTES_OF_APP) > 20
    for method, path in ROUTES_OF_APP:
        assert (method, path) in ROUTES
        operation = schema["paths"].get(path, {}).get(method.lower(), {})
        if operation.get("requestBody", {}).get("required"):
            assert (method, path) in BODIES, f"add a valid body for {method} {path} to BODIES"


def test_an_app_with_a_route_outside_the_table_does_not_start(matrix: World) -> None:
    router = APIRouter()
    router.add_api_route("/api/energy/forgotten", lambda: None, methods=["PUT"])
    with pytest.raises(LookupError, match=r"PUT.*forgotten"):
        make_application(matrix.context, [router])


async def sample_socket(websocket: WebSocket) -> None:
    await websocket.close()


def test_routes_that_are_added_behind_the_doors_are_seen_too() -> None:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_route("/raw", lambda _: Response(), methods=["POST"])
    app.add_api_websocket_route("/ws", sample_socket)
    assert routes_of(app) == [("POST", "/raw"), ("WEBSOCKET", "/ws")]
    with pytest.raises(LookupError, match="raw"):
        check_routes(app)


@pytest.mark.parametrize("route", CALLS, ids=" ".join)
async def test_a_stranger_is_asked_to_sign_in(matrix: World, route: tuple[str, str]) -> None:
    answer = await call(matrix.client(), route, filled(route[1], matrix.own))
    is_public = ROUTES[route].reaches is Reaches.PUBLIC
    assert (answer.json().get("code") == "sign_in_needed") is not is_public
    if not is_public:
        assert answer.status_code == 401


@pytest.mark.parametrize("route", CALLS, ids=" ".join)
@pytest.mark.parametrize("role", PERSON_ROLES)
async def test_a_role_is_let_in_as_the_table_says(matrix: World, route: tuple[str, str], role: Role) -> None:
    rule = ROUTES[route]
    answer = await call(await by_role(matrix, role), route, filled(route[1], None))
    assert let_in(answer) is may(rule, POLICY[role])


@pytest.mark.parametrize("route", CALLS, ids=" ".join)
@pytest.mark.parametrize("scope", KeyScope)
async def test_a_key_is_let_in_as_the_table_says(
    matrix: World, route: tuple[str, str], scope: KeyScope
) -> None:
    rule = ROUTES[route]
    answer = await call(matrix.client(key=matrix.own.keys[scope]), route, filled(route[1], None))
    assert let_in(answer) is (rule.reaches is not Reaches.ACCOUNT and may(rule, KEY_POLICY[scope]))


@pytest.mark.parametrize("route", IN_A_TENANT, ids=" ".join)
@pytest.mark.parametrize("role", PERSON_ROLES)
async def test_nobody_is_let_into_another_tenant(matrix: World, route: tuple[str, str], role: Role) -> None:
    path = filled(route[1], matrix.other)
    theirs = await call(await by_role(matrix, role, matrix.other.slug), route, path)
    nowhere = await call(await by_role(matrix, role, "no-such-tenant"), route, path)
    assert theirs.status_code == 404
    assert said(theirs) == said(nowhere)


@pytest.mark.parametrize("route", ON_AN_OBJECT, ids=" ".join)
async def test_an_object_of_another_tenant_looks_like_one_that_nobody_has(
    matrix: World, route: tuple[str, str]
) -> None:
    theirs = await call(await by_role(matrix, Role.ADMINISTRATOR), route, filled(route[1], matrix.other))
    unknown = await call(await by_role(matrix, Role.ADMINISTRATOR), route, filled(route[1], None))
    assert said(theirs) == said(unknown)
    assert not theirs.is_success


@pytest.mark.parametrize("route", ON_A_NODE, ids=" ".join)
async def test_an_object_outside_the_scope_of_a_grant_looks_like_one_that_nobody_has(
    matrix: World, route: tuple[str, str]
) -> None:
    elsewhere = Grant(role=Role.ENERGY_MANAGER, scope_kind=ScopeKind.SITE, scope_id=UUID(int=5))
    token = await matrix.token(await matrix.person(elsewhere))
    outside = await call(matrix.client(token=token), route, filled(route[1], matrix.own))
    unknown = await call(matrix.client(token=token), route, filled(route[1], None))
    assert said(outside) == said(unknown)
    assert not outside.is_success


@pytest.mark.parametrize("route", ON_A_NODE, ids=" ".join)
@pytest.mark.parametrize("role", PERSON_ROLES)
async def test_a_visible_object_is_not_changed_by_a_role_that_may_not(
    matrix: World, route: tuple[str, str], role: Role
) -> None:
    may_do = ROUTES[route].action in POLICY[role]
    answer = await call(await by_role(matrix, role), route, filled(route[1], matrix.own))
    assert let_in(answer) or not may_do
    assert may_do or answer.status_code in {403, 404}


@pytest.mark.parametrize("route", IN_A_TENANT, ids=" ".join)
async def test_the_database_alone_keeps_tenants_apart(
    matrix: World, route: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "allowed", allow_all)
    monkeypatch.setattr(policy, "reach", reach_all)
    theirs = await call(await by_role(matrix, Role.EXECUTIVE), route, filled(route[1], matrix.other))
    if "{" in route[1]:
        unknown = await call(await by_role(matrix, Role.EXECUTIVE), route, filled(route[1], None))
        assert said(theirs) == said(unknown)
    assert not [mark for mark in marks(matrix.other) if mark in theirs.text]


@pytest.mark.parametrize("route", SOCKETS, ids=" ".join)
async def test_a_socket_is_refused_to_strangers_foreign_pages_and_other_tenants(
    matrix: World, route: tuple[str, str]
) -> None:
    path = filled(route[1], matrix.own)
    cookie = {"cookie": f"aegrid={await matrix.token(matrix.own.people[Role.ADMINISTRATOR])}"}
    stranger = await open_socket(matrix.app, path, headers={"origin": ORIGIN})
    foreign = await open_socket(matrix.app, path, headers={"origin": "https://evil.example", **cookie})
    silent = await open_socket(matrix.app, path, headers=cookie)
    other = await open_socket(
        matrix.app, f"{path}?tenant={matrix.other.slug}", headers={"origin": ORIGIN, **cookie}
    )
    openings = [stranger, foreign, silent, other]
    assert [opening.status for opening in openings] == [401, 403, 403, 404]
    assert not [opening for opening in openings if opening.accepted]


sample = APIRouter()
SAMPLE = "/api/energy/sample/{asset_id}"


@sample.get(SAMPLE)
@sample.put(SAMPLE)
async def touch(asset_id: UUID, permit: AskingPermit, context: AskingContext) -> str:
    tenant_no = permit.actor.tenant_no
    async with transaction(context.pool, tenant_no) as database:
        permit.on(await path_of_asset(database, tenant_no, asset_id, on=context.now().date()))
    return "touched"


@pytest.fixture
async def sampled(access_pool: Pool, password_hash: str, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setitem(ROUTES, ("GET", SAMPLE), Rule(action=Action.VIEW, reaches=Reaches.NODE))
    monkeypatch.setitem(ROUTES, ("PUT", SAMPLE), Rule(action=Action.EDIT_REGISTER, reaches=Reaches.NODE))
    return await make_world(access_pool, password_hash, routers=[sample])


@pytest.mark.parametrize(
    ("role", "kind", "seen", "changed"),
    [
        pytest.param(Role.ENERGY_MANAGER, ScopeKind.TENANT, 200, 200, id="manager-of-the-tenant"),
        pytest.param(Role.ENERGY_MANAGER, ScopeKind.PORTFOLIO, 200, 200, id="manager-of-its-portfolio"),
        pytest.param(Role.ENERGY_MANAGER, ScopeKind.SITE, 200, 200, id="manager-of-its-site"),
        pytest.param(Role.ENERGY_MANAGER, ScopeKind.ASSET, 200, 200, id="manager-of-the-asset"),
        pytest.param(Role.EXECUTIVE, ScopeKind.SITE, 200, 403, id="reader-of-its-site"),
    ],
)
async def test_a_grant_above_an_object_counts(
    sampled: World, role: Role, kind: ScopeKind, seen: int, changed: int
) -> None:
    own = sampled.own
    ids = {ScopeKind.PORTFOLIO: own.portfolio_id, ScopeKind.SITE: own.site_id, ScopeKind.ASSET: own.asset_id}
    account = await sampled.person(Grant(role=role, scope_kind=kind, scope_id=ids.get(kind)))
    async with sampled.client(token=await sampled.token(account)) as client:
        path = f"/api/energy/sample/{own.asset_id}"
        assert (await client.get(path)).status_code == seen
        refused = await client.put(path)
    assert refused.status_code == changed
    if changed == 403:
        assert refused.json()["params"]["roles"] == ["energy_manager", "asset_manager", "administrator"]


async def test_an_object_out_of_scope_unknown_or_of_another_tenant_is_the_same_404(sampled: World) -> None:
    narrow = Grant(role=Role.ENERGY_MANAGER, scope_kind=ScopeKind.ASSET, scope_id=sampled.own.asset_id)
    account = await sampled.person(narrow)
    async with sampled.client(token=await sampled.token(account)) as client:
        answers = [
            await client.request(method, f"/api/energy/sample/{object_id}")
            for object_id in (sampled.own.site_id, sampled.other.asset_id, uuid4())
            for method in ("GET", "PUT")
        ]
        answers.append(await client.get("/api/energy/no-such-address"))
    assert {answer.status_code for answer in answers} == {404}
    assert all(said(answer) == said(answers[0]) for answer in answers)


async def test_a_key_bound_to_a_site_sees_that_site_only(sampled: World) -> None:
    now = sampled.clock.now
    async with transaction(sampled.context.pool, sampled.own.tenant_no) as database:
        bound = [
            (
                await add_key(
                    database,
                    pepper=sampled.context.pepper,
                    name="bound",
                    scopes=[KeyScope.READ],
                    site_id=site_id,
                    created_by=None,
                    now=now,
                    expires_at=now + timedelta(days=1),
                )
            )[0]
            for site_id in (sampled.own.site_id, await _another_site(database))
        ]
    statuses = []
    for key in bound:
        async with sampled.client(key=key) as device:
            statuses.append((await device.get(f"/api/energy/sample/{sampled.own.asset_id}")).status_code)
    assert statuses == [200, 404]


async def _another_site(database: Connection) -> UUID:
    site_id = uuid4()
    await database.execute("insert into site (id, name, timezone) values (%s, 'B', 'UTC')", (site_id,))
    return site_id


async def test_a_person_of_several_tenants_names_one(matrix: World) -> None:
    account = await matrix.person(Grant(role=Role.ADMINISTRATOR))
    token = await matrix.token(account)
    async with matrix.client(token=token) as one:
        assert (await one.get("/api/energy/people")).status_code == 200
    await _let_into_other(matrix, account.id)
    async with matrix.client(token=token) as two:
        answer = await two.get("/api/energy/people")
        assert (answer.status_code, answer.json()["code"]) == (400, "tenant_header_missing")
        own = await two.get("/api/energy/people", headers={"Aegrid-Tenant": matrix.own.slug})
        other = await two.get("/api/energy/people", headers={"Aegrid-Tenant": matrix.other.slug})
    assert own.status_code == 200
    assert other.status_code == 403  # an executive there: rights of one tenant say nothing of another


async def test_a_person_of_no_tenant_finds_nothing(matrix: World) -> None:
    token = await matrix.token(await matrix.person())
    async with matrix.client(token=token) as client:
        assert (await client.get("/api/energy/session")).status_code == 200
        assert (await client.get("/api/energy/people")).status_code == 404


def marks(world: TenantWorld) -> list[str]:
    """What may not be seen of a tenant from outside it."""
    people = [text for account in world.people.values() for text in (str(account.id), account.email)]
    kids = [key.split("_")[1] for key in world.keys.values()]
    return [world.slug, str(world.site_id), str(world.asset_id), str(world.portfolio_id), *people, *kids]


async def _let_into_other(matrix: World, account_id: UUID) -> None:
    async with transaction(matrix.context.pool, matrix.other.tenant_no) as database:
        await set_grants(database, account_id, [Grant(role=Role.EXECUTIVE)], now=matrix.clock.now)
