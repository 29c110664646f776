"""Sockets: who may open one, decided before it is accepted, and asked again while it is open."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi import APIRouter, WebSocket

from access_socket import open_socket
from access_world import ORIGIN, World, make_world
from aegrid_energy.api import live
from aegrid_energy.api.limits import SOCKETS_PER_SESSION
from aegrid_energy.api.live_bus import LiveBus
from aegrid_energy.api.policy import ROUTES, Reaches, Rule, SocketAdmission
from aegrid_energy.api.sockets import PROTOCOL, Admission
from aegrid_energy.domain.access import Action, Grant, KeyScope, Role
from aegrid_energy.domain.errors import NotFoundError, RefusedError
from aegrid_energy.storage.api_keys import revoke_key
from aegrid_energy.storage.memberships import set_grants
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.sessions import end_sessions

PATH = "/ws/energy/sample"
admissions: list[Admission] = []
router = APIRouter()


@router.websocket(PATH)
async def sample(websocket: WebSocket, admission: SocketAdmission) -> None:
    with admission.hold():
        admissions.append(admission)
        await websocket.accept(subprotocol=admission.protocol)


@pytest.fixture
async def socket_world(
    access_pool: Pool, password_hash: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    monkeypatch.setitem(ROUTES, ("WEBSOCKET", PATH), Rule(action=Action.VIEW, reaches=Reaches.ANYWHERE))
    world = await make_world(access_pool, password_hash, routers=(router,))
    admissions.clear()
    return world


def browser(world: World, role: Role = Role.FACILITIES, **headers: str) -> dict[str, str]:
    return {"origin": ORIGIN, "cookie": f"aegrid={world.own.tokens[role]}"} | headers


async def ticket(world: World, scope: KeyScope = KeyScope.READ) -> str:
    full = await make_world(world.context.pool, world.password_hash, tenants=False)
    async with full.client(key=world.own.keys[scope]) as device:
        return (await device.post("/api/energy/socket-ticket")).json().get("ticket", "")


async def test_our_own_page_opens_a_socket(socket_world: World) -> None:
    opening = await open_socket(socket_world.app, PATH, headers=browser(socket_world))
    assert opening.accepted
    assert admissions[0].actor.slug == socket_world.own.slug


@pytest.mark.parametrize(
    "origin",
    [
        pytest.param("https://evil.example", id="foreign"),
        pytest.param("null", id="null"),
        pytest.param(None, id="missing"),
        pytest.param(ORIGIN.replace("http:", "https:"), id="other-scheme"),
        pytest.param(ORIGIN + "0", id="other-port"),
    ],
)
async def test_no_other_page_opens_one(socket_world: World, origin: str | None) -> None:
    headers = browser(socket_world)
    headers.pop("origin")
    opening = await open_socket(
        socket_world.app, PATH, headers=headers | ({"origin": origin} if origin else {})
    )
    assert not opening.accepted
    assert opening.status == 403
    assert opening.headers["content-security-policy"].startswith("default-src 'self'")


async def test_a_server_that_cannot_answer_an_opening_closes_it(socket_world: World) -> None:
    opening = await open_socket(socket_world.app, PATH, headers={"origin": ORIGIN}, can_deny=False)
    assert (opening.accepted, opening.close_code) == (False, 1008)


async def test_nobody_opens_one_without_signing_in(socket_world: World) -> None:
    opening = await open_socket(socket_world.app, PATH, headers={"origin": ORIGIN})
    assert opening.status == 401


async def test_a_page_names_its_tenant_in_the_address(socket_world: World) -> None:
    other = socket_world.other.slug
    opening = await open_socket(socket_world.app, f"{PATH}?tenant={other}", headers=browser(socket_world))
    assert opening.status == 404
    own = socket_world.own.slug
    opening = await open_socket(socket_world.app, f"{PATH}?tenant={own}", headers=browser(socket_world))
    assert opening.accepted


async def test_a_foreign_host_name_opens_none(socket_world: World) -> None:
    opening = await open_socket(socket_world.app, PATH, headers=browser(socket_world, host="evil.example"))
    assert not opening.accepted


async def test_a_device_opens_one_with_its_ticket_once(socket_world: World) -> None:
    offered = (PROTOCOL, f"ticket.{await ticket(socket_world)}")
    first = await open_socket(socket_world.app, PATH, protocols=offered)
    replayed = await open_socket(socket_world.app, PATH, protocols=offered)
    assert (first.accepted, first.protocol) == (True, PROTOCOL)
    assert (replayed.accepted, replayed.status) == (False, 403)


async def test_a_ticket_is_good_for_thirty_seconds(socket_world: World) -> None:
    offered = (PROTOCOL, f"ticket.{await ticket(socket_world)}")
    socket_world.clock.turn(timedelta(seconds=30))
    assert (await open_socket(socket_world.app, PATH, protocols=offered)).status == 403


async def test_a_ticket_of_a_revoked_key_is_good_for_nothing(socket_world: World) -> None:
    offered = (PROTOCOL, f"ticket.{await ticket(socket_world)}")
    kid = socket_world.own.keys[KeyScope.READ].split("_")[1]
    async with transaction(socket_world.context.pool, socket_world.own.tenant_no) as database:
        await revoke_key(database, kid, now=socket_world.clock.now)
    assert (await open_socket(socket_world.app, PATH, protocols=offered)).status == 403


async def test_a_foreign_page_cannot_use_a_ticket(socket_world: World) -> None:
    offered = (PROTOCOL, f"ticket.{await ticket(socket_world)}")
    opening = await open_socket(
        socket_world.app, PATH, protocols=offered, headers={"origin": "https://evil.example"}
    )
    assert opening.status == 403


async def test_a_key_that_may_only_send_gets_no_ticket(socket_world: World) -> None:
    assert await ticket(socket_world, KeyScope.INGEST) == ""


async def test_a_key_in_the_address_is_not_looked_at(socket_world: World) -> None:
    key = socket_world.own.keys[KeyScope.READ]
    opening = await open_socket(socket_world.app, f"{PATH}?key={key}&token={key}")
    assert not opening.accepted


async def test_a_session_holds_twenty_sockets_and_no_more(socket_world: World) -> None:
    await open_socket(socket_world.app, PATH, headers=browser(socket_world))
    admission = admissions[0]
    held = [admission.hold() for _ in range(SOCKETS_PER_SESSION)]
    for one in held:
        one.__enter__()
    opening = await open_socket(socket_world.app, PATH, headers=browser(socket_world))
    other = await open_socket(socket_world.app, PATH, headers=browser(socket_world, Role.TECHNICIAN))
    assert (opening.accepted, opening.status) == (False, 429)
    assert other.accepted
    held.pop().__exit__(None, None, None)
    assert (await open_socket(socket_world.app, PATH, headers=browser(socket_world))).accepted
    for one in held:
        one.__exit__(None, None, None)


async def test_an_open_socket_learns_that_its_session_ended(socket_world: World) -> None:
    account = await socket_world.person(Grant(role=Role.FACILITIES))
    token = await socket_world.token(account)
    headers = {"origin": ORIGIN, "cookie": f"aegrid={token}"}
    await open_socket(socket_world.app, PATH, headers=headers)
    assert await admissions[0].recheck() == admissions[0].actor
    async with transaction(socket_world.context.pool, None) as database:
        await end_sessions(database, account.id)
    with pytest.raises(RefusedError, match="sign_in_needed"):
        await admissions[0].recheck()


async def test_an_open_socket_learns_that_its_rights_changed(socket_world: World) -> None:
    account = await socket_world.person(Grant(role=Role.ENERGY_MANAGER))
    headers = {"origin": ORIGIN, "cookie": f"aegrid={await socket_world.token(account)}"}
    await open_socket(socket_world.app, PATH, headers=headers)
    async with transaction(socket_world.context.pool, socket_world.own.tenant_no) as database:
        await set_grants(database, account.id, [Grant(role=Role.EXECUTIVE)], now=socket_world.clock.now)
    assert (await admissions[0].recheck()).grants == (Grant(role=Role.EXECUTIVE),)
    async with transaction(socket_world.context.pool, socket_world.own.tenant_no) as database:
        await set_grants(database, account.id, [], now=socket_world.clock.now)
    with pytest.raises(NotFoundError):
        await admissions[0].recheck()


async def test_an_open_socket_does_not_keep_its_session_alive(socket_world: World) -> None:
    await open_socket(socket_world.app, PATH, headers=browser(socket_world))
    for _ in range(11):
        socket_world.clock.turn(timedelta(hours=1))
        await admissions[0].recheck()
    socket_world.clock.turn(timedelta(hours=1))
    with pytest.raises(RefusedError, match="sign_in_needed"):
        await admissions[0].recheck()


@pytest.mark.parametrize(
    ("loses", "code"),
    [
        pytest.param("session", 4401, id="session-ended"),
        pytest.param("membership", 4403, id="right-withdrawn"),
    ],
)
async def test_a_live_socket_is_closed_with_a_code_that_says_what_was_lost(
    access_pool: Pool, password_hash: str, monkeypatch: pytest.MonkeyPatch, loses: str, code: int
) -> None:
    monkeypatch.setattr(live, "RECHECK_S", 0.0)
    world = await make_world(access_pool, password_hash, routers=(live.router,))
    world.app.state.live_bus = LiveBus(access_pool, "")
    account = await world.person(Grant(role=Role.FACILITIES))
    headers = {"origin": ORIGIN, "cookie": f"aegrid={await world.token(account)}"}
    stays, accepted = asyncio.Event(), asyncio.Event()
    opened = asyncio.create_task(
        open_socket(world.app, "/ws/energy/live", headers=headers, until=stays, accepted=accepted)
    )
    await accepted.wait()
    async with transaction(access_pool, world.own.tenant_no) as database:
        if loses == "session":
            await end_sessions(database, account.id)
        else:
            await set_grants(database, account.id, [], now=world.clock.now)
    opening = await opened
    assert (opening.accepted, opening.close_code) == (True, code)
