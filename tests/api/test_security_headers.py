"""The headers stand on every answer."""

import pytest

from access_world import World, make_world
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
