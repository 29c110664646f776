"""Caps of bodies: counted while they stream in."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from access_world import World
from aegrid_energy.api.bodies import BodyCaps
from aegrid_energy.api.policy import MIB
from aegrid_energy.domain.access import Role

CHUNK = 64 * 1024


class Chunks:
    """A body that says how much of it was asked for."""

    def __init__(self, count: int) -> None:
        self.count, self.asked = count, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self.count):
            self.asked += 1
            yield b"x" * CHUNK


async def test_a_body_is_stopped_while_it_streams(world: World) -> None:
    body = Chunks(1000)
    async with world.as_role(Role.ADMINISTRATOR) as client:
        answer = await client.post(
            "/api/energy/keys", content=aiter(body), headers={"Content-Type": "application/json"}
        )
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert answer.json()["params"] == {"limit_bytes": MIB}
    assert body.asked <= MIB // CHUNK + 2
    assert "content-security-policy" in answer.headers


async def test_a_body_that_says_it_is_too_large_is_not_read_at_all(world: World) -> None:
    body = Chunks(1000)
    async with world.as_role(Role.ADMINISTRATOR) as client:
        answer = await client.post(
            "/api/energy/keys",
            content=aiter(body),
            headers={"Content-Type": "application/json", "Content-Length": str(1000 * CHUNK)},
        )
    assert answer.status_code == 413
    assert body.asked == 0


async def test_a_body_at_the_cap_is_taken(world: World) -> None:
    start = b'{"name": "k", "scopes": ["read"]}'
    async with world.as_role(Role.ADMINISTRATOR) as client:
        answer = await client.post(
            "/api/energy/keys",
            content=start + b" " * (MIB - len(start)),
            headers={"Content-Type": "application/json"},
        )
    assert answer.status_code == 201


async def count(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


@pytest.mark.parametrize(
    ("method", "path", "size", "status"),
    [
        pytest.param("POST", "/large", 300, 200, id="under-its-own-cap"),
        pytest.param("POST", "/large", 401, 413, id="over-its-own-cap"),
        pytest.param("PUT", "/large", 300, 413, id="another-method"),
        pytest.param("POST", "/large/", 300, 413, id="another-spelling"),
    ],
)
async def test_a_route_may_have_a_cap_of_its_own(method: str, path: str, size: int, status: int) -> None:
    capped = BodyCaps(count, caps={("POST", "/large"): 400}, otherwise=100)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=capped), base_url="http://x") as client:
        assert (await client.request(method, path, content=b"x" * size)).status_code == status


async def test_a_body_that_stops_arriving_is_given_up(world: World) -> None:
    async def silent() -> dict[str, object]:
        await asyncio.Event().wait()
        return {}

    said: list[dict[str, object]] = []

    async def send(message) -> None:
        said.append(message)

    world.app.middleware_stack = None
    for one in world.app.user_middleware:
        if one.cls is BodyCaps:
            one.kwargs["read_timeout_s"] = 0.0
    headers = [(b"host", b"127.0.0.1:8470"), (b"content-type", b"application/json")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/energy/session",
        "raw_path": b"/api/energy/session",
        "query_string": b"",
        "headers": headers,
        "client": ("10.3.0.1", 1),
        "http_version": "1.1",
        "scheme": "http",
        "root_path": "",
    }
    await world.app(scope, silent, send)
    assert said[0]["status"] == 408
