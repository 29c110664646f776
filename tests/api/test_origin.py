"""Forged calls: Origin, Sec-Fetch-Site, Host, Content-Type."""

import pytest

from access_world import ORIGIN, World
from aegrid_energy.domain.access import KeyScope, Role

KEY = {"name": "k", "scopes": ["read"]}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}, 201, id="own-page"),
        pytest.param({"Origin": ORIGIN}, 201, id="own-page-of-an-old-browser"),
        pytest.param({"Sec-Fetch-Site": "none"}, 201, id="address-bar"),
        pytest.param({}, 201, id="no-browser"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, 403, id="cross-site"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, 403, id="neighbour-host"),
        pytest.param({"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"}, 403, id="own-origin-but-cross-site"),
        pytest.param(
            {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}, 403, id="foreign-origin"
        ),
        pytest.param({"Origin": "null"}, 403, id="null-origin"),
        pytest.param({"Origin": ORIGIN + ".evil.example"}, 403, id="longer-origin"),
    ],
)
async def test_only_our_own_page_changes_something_with_a_cookie(
    world: World, headers: dict[str, str], status: int
) -> None:
    async with world.client(token=world.own.tokens[Role.ADMINISTRATOR]) as client:
        client.headers.pop("Origin")
        client.headers.pop("Sec-Fetch-Site")
        answer = await client.post("/api/energy/keys", json=KEY, headers=headers)
    assert answer.status_code == status


async def test_nobody_is_signed_in_by_a_foreign_page(world: World) -> None:
    async with world.client(headers={"Sec-Fetch-Site": "cross-site"}) as client:
        body = {"email": "a@b.c", "password": "x"}
        answer = await client.post("/api/energy/session", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused")


async def test_a_call_with_a_key_is_exempt(world: World) -> None:
    headers = {"Origin": "https://tools.example", "Sec-Fetch-Site": "cross-site"}
    async with world.client(key=world.own.keys[KeyScope.READ], headers=headers) as client:
        assert (await client.post("/api/energy/socket-ticket")).status_code == 201


async def test_reading_is_not_held_to_an_origin_and_no_foreign_page_may_see_the_answer(world: World) -> None:
    async with world.as_role(Role.ADMINISTRATOR) as client:
        headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        answer = await client.get("/api/energy/keys", headers=headers)
        asked = await client.options(
            "/api/energy/keys", headers=headers | {"Access-Control-Request-Method": "POST"}
        )
    assert not [name for name in [*answer.headers, *asked.headers] if name.startswith("access-control")]
    assert asked.status_code == 405


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/csv", ""],
)
async def test_a_cookie_call_sends_json_or_nothing(world: World, content_type: str) -> None:
    async with world.as_role(Role.ADMINISTRATOR) as client:
        answer = await client.post(
            "/api/energy/keys",
            content=b'{"name": "k", "scopes": ["read"]}',
            headers={"Content-Type": content_type},
        )
    assert (answer.status_code, answer.json()["code"]) == (415, "content_type_refused")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8470", 200),
        ("127.0.0.1", 200),
        ("evil.example", 400),
        ("127.0.0.1.evil.example", 400),
        ("[::1", 400),
        ("", 400),
    ],
)
async def test_only_our_own_host_names_are_answered(world: World, host: str, status: int) -> None:
    async with world.client(headers={"Host": host}) as client:
        answer = await client.get("/api/energy/session/options")
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["code"] == "host_refused"
        assert "content-security-policy" in answer.headers
