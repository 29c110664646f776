"""Whatever goes wrong has one shape."""

import json
from typing import Any

import psycopg
import pytest
from fastapi import APIRouter
from psycopg_pool import PoolTimeout

from access_world import World, make_world
from aegrid_energy.api.errors import status_of
from aegrid_energy.api.policy import ROUTES, Reaches, Rule
from aegrid_energy.domain import errors as domain_errors
from aegrid_energy.domain.access import Role
from aegrid_energy.domain.errors import (
    ConflictError,
    EnergyError,
    InsufficientDataError,
    InvalidError,
    NotFoundError,
    RefusedError,
    UnavailableError,
)
from aegrid_energy.storage.pool import Pool

PATH = "/api/energy/sample-failure"
failing = APIRouter()
raised: list[Exception] = []


@failing.get(PATH)
async def fail() -> None:
    raise raised[-1]


@pytest.fixture
async def broken(access_pool: Pool, password_hash: str, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setitem(ROUTES, ("GET", PATH), Rule(reaches=Reaches.PUBLIC))
    return await make_world(access_pool, password_hash, routers=[failing], tenants=False)


def check_shape(answer: Any, status: int, code: str) -> dict[str, Any]:
    body = answer.json()
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(body) == {"type", "title", "status", "detail", "code", "params", "trace_id", "errors"}
    assert (body["type"], body["status"], body["code"]) == (f"urn:aegrid:problem:{code}", status, code)
    assert body["detail"].endswith(".")
    assert len(body["trace_id"]) == 16
    return body


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidError("unit_unknown", unit="furlong"), 422),
        (ConflictError("version_moved"), 409),
        (RefusedError("not_permitted", roles=["administrator"]), 403),
        (RefusedError("sign_in_needed"), 401),
        (InsufficientDataError("too_few_days", days=3), 422),
        (UnavailableError("database_unavailable"), 503),
        (RefusedError("too_many_requests", retry_after_s=7), 429),
    ],
)
async def test_an_error_of_the_domain_is_a_problem(broken: World, error: EnergyError, status: int) -> None:
    raised.append(error)
    async with broken.client() as client:
        body = check_shape(await client.get(PATH), status, error.code)
    assert body["params"] == dict(error.params)


def test_every_class_of_the_domain_has_a_status() -> None:
    kinds = [kind for kind in vars(domain_errors).values() if isinstance(kind, type)]
    for kind in kinds:
        if issubclass(kind, EnergyError) and kind is not EnergyError:
            assert status_of(kind("some_code")) < 504
            assert status_of(kind("some_code")) != 500


async def test_whatever_was_not_found_says_the_same(broken: World) -> None:
    bodies = []
    async with broken.client() as client:
        for error in (NotFoundError("asset_unknown", asset="b7"), NotFoundError("meter_unknown")):
            raised.append(error)
            bodies.append(check_shape(await client.get(PATH), 404, "not_found"))
        bodies.append(check_shape(await client.get("/api/energy/nothing"), 404, "not_found"))
    assert len({json.dumps({**body, "trace_id": ""}) for body in bodies}) == 1


@pytest.mark.parametrize(("code", "after"), [("block_moved", "5"), ("reading_changed", None)])
async def test_a_conflict_that_passes_by_itself_says_when_to_try_again(
    broken: World, code: str, after: str | None
) -> None:
    raised.append(ConflictError(code))
    async with broken.client() as client:
        answer = await client.get(PATH)
    check_shape(answer, 409, code)
    assert answer.headers.get("retry-after") == after


async def test_a_crash_says_nothing_but_its_number(broken: World) -> None:
    raised.append(ValueError("the password is hunter2"))
    async with broken.client() as client:
        answer = await client.get(PATH)
    body = check_shape(answer, 500, "unexpected")
    assert body["trace_id"] in body["detail"]
    assert "hunter2" not in answer.text
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize("error", [psycopg.OperationalError("host db7 is down"), PoolTimeout("after 2 s")])
async def test_a_database_that_is_away_is_a_503_that_names_no_host(broken: World, error: Exception) -> None:
    raised.append(error)
    async with broken.client() as client:
        answer = await client.get(PATH)
    check_shape(answer, 503, "neighbour_unavailable")
    assert answer.headers["retry-after"] == "5"
    assert "db7" not in answer.text


async def test_what_a_neighbour_said_stays_in_the_log(broken: World) -> None:
    raised.append(UnavailableError("database_unavailable", why="password of db7 refused", sqlstate="28P01"))
    async with broken.client() as client:
        answer = await client.get(PATH)
    assert check_shape(answer, 503, "database_unavailable")["params"] == {}


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), object, {1, 2}, {"a": [float("nan")]}, "\ud800"]
)
async def test_facts_that_json_cannot_say_become_text(broken: World, value: object) -> None:
    raised.append(InvalidError("odd_fact", value=value))
    async with broken.client() as client:
        check_shape(await client.get(PATH), 422, "odd_fact")


async def test_another_method_is_named(world: World) -> None:
    async with world.client() as client:
        answer = await client.patch("/api/energy/keys")
    body = check_shape(answer, 405, "method_not_allowed")
    assert "PATCH" in body["detail"]
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        pytest.param(b'{"name": "a\\u0000b", "scopes": ["read"]}', 422, "invalid_input", id="nul"),
        pytest.param(b'{"name": "\\ud800", "scopes": ["read"]}', 422, "invalid_input", id="half-a-pair"),
        pytest.param(b'{"name": NaN, "scopes": ["read"]}', 422, "invalid_input", id="nan"),
        pytest.param(
            b'{"name": "k", "scopes": ["read"], "expires_at": "2026-09-01T00:00:00"}',
            422,
            "invalid_input",
            id="naive-time",
        ),
        pytest.param(
            b'{"name": "k", "scopes": ["read"], "expires_at": 1e400}', 422, "invalid_input", id="huge"
        ),
        pytest.param(b'{"name": "k", "scopes": ["read"], "\\ud800": 1}', 422, "invalid_input", id="field"),
        pytest.param(b'{"name": ', 422, "invalid_input", id="cut-short"),
        pytest.param(b"[" * 100_000, 400, "invalid_body", id="deep"),
        pytest.param(b'{"name": ' + b"9" * 5000 + b"}", 400, "invalid_body", id="long-number"),
        pytest.param(b'\xff\xfe{"name"', 400, "invalid_body", id="not-utf-8"),
        pytest.param(b"null", 422, "invalid_input", id="null"),
    ],
)
async def test_a_hostile_body_is_refused(world: World, content: bytes, status: int, code: str) -> None:
    async with world.as_role(Role.ADMINISTRATOR) as client:
        answer = await client.post(
            "/api/energy/keys", content=content, headers={"Content-Type": "application/json"}
        )
    body = check_shape(answer, status, code)
    assert bool(body["errors"]) is (status == 422)


async def test_a_field_that_is_not_valid_is_named_and_never_echoed(world: World) -> None:
    async with world.client() as client:
        body = {"email": "not-an-address", "password": {"hunter2": 1}, "name": "hunter2"}
        answer = await client.post("/api/energy/session", json=body)
    fields = check_shape(answer, 422, "invalid_input")["errors"]
    assert "body.PasswordSignIn.email" in {field["field"] for field in fields}
    assert "hunter2" not in answer.text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=0", 422),
        ("limit=-1", 422),
        ("limit=1001", 422),
        ("limit=nan", 422),
        ("before=9223372036854775808", 422),
        ("before=-1", 422),
        ("limit=1000&before=9223372036854775807", 200),
        ("limit=%00", 422),
    ],
)
async def test_a_query_is_held_to_its_types(world: World, query: str, status: int) -> None:
    async with world.as_role(Role.ADMINISTRATOR) as client:
        assert (await client.get(f"/api/energy/record?{query}")).status_code == status


async def test_a_path_that_is_no_id_is_refused(world: World) -> None:
    async with world.as_role(Role.ADMINISTRATOR) as client:
        for path in ("keys/nothing", "keys/%00", "people/nothing", "sessions/%ff"):
            assert (await client.delete(f"/api/energy/{path}")).status_code in {404, 422}
