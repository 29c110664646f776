"""Events: written, listed on the charts of their scope, removed."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from access_world import World, make_world
from aegrid_energy.api.application import ROUTERS
from aegrid_energy.domain.access import Grant, Role, ScopeKind
from aegrid_energy.storage.pool import Pool, transaction

EVENTS = "/api/energy/events"


@pytest.fixture
async def world(access_pool: Pool, password_hash: str) -> World:
    return await make_world(access_pool, password_hash, routers=ROUTERS)


def closure(scope_kind: str, scope_id: UUID | None, **changes: Any) -> dict[str, Any]:
    form = {
        "scope_kind": scope_kind,
        "scope_id": None if scope_id is None else str(scope_id),
        "starts_at": "2025-12-23T00:00:00+11:00",
        "ends_at": "2026-01-02T00:00:00+11:00",
        "kind": "closure",
        "text": "Summer break",
    }
    return form | changes


async def add(world: World, form: dict[str, Any], role: Role = Role.TECHNICIAN) -> str:
    async with world.as_role(role) as client:
        answer = await client.post(EVENTS, json=form)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def listed(world: World, token: str | None = None, **params: str) -> list[str]:
    async with world.client(token=token or world.own.tokens[Role.EXECUTIVE], tenant=world.own.slug) as client:
        answer = await client.get(EVENTS, params=params)
    assert answer.status_code == 200, answer.text
    return [event["id"] for event in answer.json()["events"]]


async def test_an_event_is_read_as_it_was_written(world: World) -> None:
    event_id = await add(world, closure("asset", world.own.asset_id))
    async with world.as_role(Role.EXECUTIVE) as client:
        (event,) = (await client.get(EVENTS)).json()["events"]
    assert event["id"] == event_id
    assert (event["kind"], event["text"], event["starts_at"]) == (
        "closure",
        "Summer break",
        "2025-12-22T13:00:00Z",
    )
    assert event["author"] == f"account:{world.own.people[Role.TECHNICIAN].id}"
    assert event["author_name"] == world.own.people[Role.TECHNICIAN].name


async def test_a_chart_shows_events_of_the_asset_and_of_all_above_and_below(world: World) -> None:
    everybody = await add(world, closure("tenant", None))
    portfolio = await add(world, closure("portfolio", world.own.portfolio_id))
    site = await add(world, closure("site", world.own.site_id))
    asset = await add(world, closure("asset", world.own.asset_id))
    assert set(await listed(world, asset=str(world.own.asset_id))) == {everybody, portfolio, site, asset}
    assert set(await listed(world, asset=str(world.own.site_id))) == {everybody, portfolio, site, asset}


async def removable(world: World, token: str) -> dict[str, bool]:
    async with world.client(token=token, tenant=world.own.slug) as client:
        answer = await client.get(EVENTS, params={"asset": str(world.own.asset_id)})
    return {event["id"]: event["may_remove"] for event in answer.json()["events"]}


async def test_each_event_says_whether_the_caller_may_remove_it(world: World) -> None:
    site = await add(world, closure("site", world.own.site_id))
    asset = await add(world, closure("asset", world.own.asset_id))
    of_asset = Grant(role=Role.TECHNICIAN, scope_kind=ScopeKind.ASSET, scope_id=world.own.asset_id)
    token = await world.token(await world.person(of_asset))
    assert await removable(world, token) == {site: False, asset: True}
    assert await removable(world, world.own.tokens[Role.FACILITIES]) == {site: True, asset: True}
    assert await removable(world, world.own.tokens[Role.EXECUTIVE]) == {site: False, asset: False}


async def test_only_events_that_touch_the_period_are_listed(world: World) -> None:
    event_id = await add(world, closure("site", world.own.site_id))
    note = closure("site", world.own.site_id, starts_at="2026-02-01T00:00:00Z", ends_at=None, kind="note")
    later = await add(world, note)
    assert await listed(world, **{"from": "2026-01-01T00:00:00Z", "to": "2026-01-20T00:00:00Z"}) == [event_id]
    assert await listed(world, **{"from": "2026-01-20T00:00:00Z"}) == [later]


async def test_events_outside_the_scope_are_neither_listed_nor_removed(world: World) -> None:
    event_id = await add(world, closure("site", world.own.site_id))
    everybody = await add(world, closure("tenant", None))
    elsewhere = Grant(role=Role.ENERGY_MANAGER, scope_kind=ScopeKind.SITE, scope_id=UUID(int=4))
    token = await world.token(await world.person(elsewhere))
    assert await listed(world, token) == [everybody]
    async with world.client(token=token, tenant=world.own.slug) as client:
        assert (await client.delete(f"{EVENTS}/{event_id}")).status_code == 404
        assert (await client.post(EVENTS, json=closure("site", world.own.site_id))).status_code == 404
        assert (await client.get(EVENTS, params={"asset": str(world.own.site_id)})).status_code == 404
    assert set(await listed(world)) == {event_id, everybody}


async def test_an_event_is_removed(world: World) -> None:
    event_id = await add(world, closure("site", world.own.site_id))
    async with world.as_role(Role.EXECUTIVE) as client:
        refused = await client.delete(f"{EVENTS}/{event_id}")
    async with world.as_role(Role.FACILITIES) as client:
        removed = await client.delete(f"{EVENTS}/{event_id}")
        again = await client.delete(f"{EVENTS}/{event_id}")
    assert (refused.status_code, removed.status_code, again.status_code) == (403, 204, 404)
    assert await listed(world) == []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"ends_at": "2025-12-01T00:00:00Z"}, id="ends-before-it-starts"),
        pytest.param({"starts_at": "2025-12-23T00:00:00"}, id="no-zone"),
        pytest.param({"kind": "party"}, id="kind"),
        pytest.param({"text": "a\x00"}, id="nul"),
        pytest.param({"scope_id": None}, id="site-without-id"),
        pytest.param({"scope_kind": "tenant"}, id="tenant-with-id"),
        pytest.param({"more": 1}, id="unknown-field"),
    ],
)
async def test_an_event_that_is_not_valid_is_refused(world: World, change: dict[str, Any]) -> None:
    async with world.as_role(Role.ADMINISTRATOR) as client:
        answer = await client.post(EVENTS, json=closure("site", world.own.site_id) | change)
    assert answer.status_code == 422, answer.text
    assert await listed(world) == []


@pytest.mark.parametrize("kind", ["portfolio", "site", "asset", "meter"])
async def test_an_event_of_nothing_or_of_another_tenant_is_not_found(world: World, kind: str) -> None:
    foreign = world.other.portfolio_id if kind == "portfolio" else world.other.site_id
    async with world.as_role(Role.ADMINISTRATOR) as client:
        for scope_id in (uuid4(), foreign):
            assert (await client.post(EVENTS, json=closure(kind, scope_id))).status_code == 404


async def test_a_note_that_is_sent_again_under_its_key_is_written_once(world: World) -> None:
    form = closure("site", world.own.site_id)
    key = {"Idempotency-Key": str(uuid4())}
    async with world.as_role(Role.TECHNICIAN) as client:
        first = await client.post(EVENTS, json=form, headers=key)
        again = await client.post(EVENTS, json=form, headers=key)
        other = await client.post(EVENTS, json=form | {"text": "Another"}, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.json(), again.headers["idempotency-replayed"]) == (again.json(), "true")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert await listed(world) == [first.json()["id"]]


async def test_a_note_whose_answer_was_lost_with_its_process_is_not_written_twice(world: World) -> None:
    form, head = closure("site", world.own.site_id), {"Idempotency-Key": str(uuid4())}
    async with world.as_role(Role.TECHNICIAN) as client:
        first = await client.post(EVENTS, json=form, headers=head)
        # The process died after the note was stored and before its answer was.
        async with transaction(world.context.pool, world.own.tenant_no) as conn:
            await conn.execute("update idempotency set status = 0, answer = 'null'")
        world.clock.turn(timedelta(minutes=6))
        again = await client.post(EVENTS, json=form, headers=head)
        other = await client.post(EVENTS, json=form, headers={"Idempotency-Key": str(uuid4())})
    assert (again.status_code, again.json()) == (201, first.json())
    assert "idempotency-replayed" not in again.headers
    assert sorted(await listed(world)) == sorted([first.json()["id"], other.json()["id"]])
    async with world.as_role(Role.ADMINISTRATOR) as client:
        lines = (await client.get("/api/energy/record")).json()["lines"]
    assert [line["action"] for line in lines].count("event_added") == 2


async def test_a_note_that_was_refused_may_go_again_under_its_key(world: World) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    async with world.as_role(Role.TECHNICIAN) as client:
        refused = await client.post(EVENTS, json=closure("site", uuid4()), headers=key)
        taken = await client.post(EVENTS, json=closure("site", world.own.site_id), headers=key)
    assert (refused.status_code, taken.status_code) == (404, 201)
