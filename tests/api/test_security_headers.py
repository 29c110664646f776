"""The headers stand on every answer."""

import pytest
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from access_world import World, make_world
from aegrid_energy.api.security_headers import SecurityHeaders
from aegrid_energy.domain.access import Role
from aegrid_energy.storage.pool import Pool

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/energy/session/options", 200),
        ("GET", "/api/energy/session", 401),
        ("GET", "/nothing", 404),
        ("PATCH", "/api/energy/keys", 405),
        ("POST", "/api/energy/session", 422),
    ],
)
async def test_every_answer_carries_them(world: World, method: str, path: str, status: int) -> None:
    async with world.client() as client:
        answer = await client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["aegrid-version"]
    assert "strict-transport-security" not in answer.headers


async def test_answers_of_the_api_are_not_kept(world: World) -> None:
    async with world.as_role(Role.ADMINISTRATOR) as client:
        assert (await client.get("/api/energy/people")).headers["cache-control"] == "no-store"


async def test_by_tls_browsers_are_told_to_stay_with_it(access_pool: Pool, password_hash: str) -> None:
    world = await make_world(access_pool, password_hash, is_tls=True, tenants=False)
    async with world.client() as client:
        answer = await client.get("/api/energy/session/options")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


async def answered(path: str, content_type: str) -> Headers:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-type", content_type.encode())],
            }
        )

    heard: list[Message] = []

    async def hear(message: Message) -> None:
        heard.append(message)

    async def never() -> Message:
        raise AssertionError("nothing is sent")

    scope = {"type": "http", "path": path}
    await SecurityHeaders(app, is_tls=True)(scope, never, hear)
    return Headers(raw=heard[0]["headers"])


@pytest.mark.parametrize("kind", ["text/javascript; charset=utf-8", "text/css", "font/woff2"])
async def test_parts_of_a_page_carry_only_what_concerns_them(kind: str) -> None:
    headers = await answered("/assets/part-1", kind)
    assert set(headers) == {"content-type", "x-content-type-options", "strict-transport-security"}


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/assets/mark.svg", "image/svg+xml"), ("/assets/x.html", "text/html"), ("/sw.js", "text/javascript")],
)
async def test_what_runs_by_itself_carries_the_policy_wherever_it_lies(path: str, kind: str) -> None:
    """A drawing may hold scripts, and a worker is ruled by the policy of its own answer."""
    assert (await answered(path, kind))["content-security-policy"] == POLICY
