"""Rates: each key, session and address has its own."""

import pytest

from access_world import World, make_world
from aegrid_energy.api.limits import SOCKETS_PER_SESSION, Limiter
from aegrid_energy.domain.access import KeyScope, Role
from aegrid_energy.domain.errors import RefusedError
from aegrid_energy.storage.pool import Pool


@pytest.fixture
async def slow(access_pool: Pool, password_hash: str) -> World:
    return await make_world(
        access_pool, password_hash, key="3/minute", session="3/minute", address="3/minute"
    )


async def test_a_session_that_calls_too_often_waits_and_others_do_not(slow: World) -> None:
    async with slow.as_role(Role.ADMINISTRATOR) as client:
        answers = [await client.get("/api/energy/session") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].json()["code"] == "too_many_requests"
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    async with slow.as_role(Role.EXECUTIVE) as client:
        assert (await client.get("/api/energy/session")).status_code == 200


async def test_a_key_that_calls_too_often_waits_and_others_do_not(slow: World) -> None:
    async with slow.client(key=slow.own.keys[KeyScope.READ]) as device:
        statuses = [(await device.post("/api/energy/socket-ticket")).status_code for _ in range(4)]
    assert statuses == [201, 201, 201, 429]
    async with slow.client(key=slow.other.keys[KeyScope.READ]) as device:
        assert (await device.post("/api/energy/socket-ticket")).status_code == 201


async def test_a_stranger_that_calls_or_guesses_too_often_waits(slow: World) -> None:
    async with slow.client() as client:
        statuses = [(await client.get("/api/energy/session/options")).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    async with slow.client(key="aegrid_guess", address="10.2.0.1") as client:
        statuses = [(await client.get("/api/energy/people")).status_code for _ in range(4)]
    assert statuses == [401, 401, 401, 429]


def test_sockets_are_counted_while_they_are_open() -> None:
    limiter = Limiter()
    held = [limiter.socket("a") for _ in range(SOCKETS_PER_SESSION)]
    for one in held:
        one.__enter__()
    with pytest.raises(RefusedError), limiter.socket("a"):
        pass
    with limiter.socket("b"):
        pass
    held[0].__exit__(None, None, None)
    with limiter.socket("a"):
        pass
