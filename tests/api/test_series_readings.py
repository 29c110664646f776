"""The readings of a day one by one, each with the id that a correction names."""

from uuid import UUID

import pytest

from access_world import World, make_world
from aegrid_energy.api.application import ROUTERS
from aegrid_energy.domain.access import Grant, Role, ScopeKind
from aegrid_energy.storage.pool import Pool
from readings_sent import DAY, first_reading, send, series_form, series_of


@pytest.fixture
async def world(access_pool: Pool, password_hash: str) -> World:
    return await make_world(access_pool, password_hash, routers=ROUTERS)


async def test_a_day_lists_its_readings_with_value_quality_and_id(world: World) -> None:
    await send(world, series_form([1.5, None, 2.25], quality=["actual", "null", "estimated"]))
    async with world.as_role(Role.EXECUTIVE) as client:
        answer = await client.get(f"/api/energy/series/{await series_of(world)}/readings", params=DAY)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        named = await client.get(f"/api/energy/readings/{body['readings'][2]['id']}")
    assert (body["unit"], body["step_s"], body["register_name"]) == ("kWh", 1800, "E1")
    assert [(one["value"], one["quality"]) for one in body["readings"]] == [
        ("1.5", "actual"),
        (None, "null"),
        ("2.25", "estimated"),
    ]
    assert body["readings"][0]["id"] == str(await first_reading(world))
    assert named.json()["value"] == "2.25"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"to": DAY["from"]}, "empty_period", id="empty"),
        pytest.param({"from": "2026-01-01T00:00:00Z"}, "too_many_days", id="long"),
    ],
)
async def test_a_period_that_cannot_be_listed_is_refused(
    world: World, change: dict[str, str], code: str
) -> None:
    await send(world, series_form())
    async with world.as_role(Role.EXECUTIVE) as client:
        answer = await client.get(
            f"/api/energy/series/{await series_of(world)}/readings", params=DAY | change
        )
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_outside_the_scope_there_is_no_series(world: World) -> None:
    await send(world, series_form())
    elsewhere = Grant(role=Role.EXECUTIVE, scope_kind=ScopeKind.SITE, scope_id=UUID(int=9))
    token = await world.token(await world.person(elsewhere))
    async with world.client(token=token, tenant=world.own.slug) as client:
        answer = await client.get(f"/api/energy/series/{await series_of(world)}/readings", params=DAY)
    assert answer.status_code == 404
