"""Preferences: the usual until somebody chooses, and the same for everybody."""

from typing import Any

import pytest

from access_world import World, make_world
from aegrid_energy.api.application import ROUTERS
from aegrid_energy.domain.access import Role
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.preferences import write_preferences

PREFERENCES = "/api/energy/preferences"


@pytest.fixture
async def world(access_pool: Pool, password_hash: str) -> World:
    return await make_world(access_pool, password_hash, routers=ROUTERS)


async def seen(world: World) -> dict[str, Any]:
    async with world.as_role(Role.TECHNICIAN) as client:
        answer = await client.get(PREFERENCES)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_nobody_has_to_choose(world: World) -> None:
    held = await seen(world)
    assert (held["financial_year_start"], held["currency"]) == ("07-01", "AUD")
    assert held["carriers"] == ["electricity", "gas", "water"]


async def test_what_is_chosen_holds_for_everybody_and_the_rest_stays(world: World) -> None:
    async with world.as_role(Role.ADMINISTRATOR) as client:
        await client.put(PREFERENCES, json={"display_units": {"gas": "GJ"}, "currency": "NZD"})
        answer = await client.put(PREFERENCES, json={"financial_year_start": "04-01"})
    assert answer.status_code == 200
    held = await seen(world)
    assert held == answer.json()
    assert (held["display_units"], held["currency"], held["financial_year_start"]) == (
        {"gas": "GJ"},
        "NZD",
        "04-01",
    )


async def test_readings_are_kept_for_ever_until_somebody_says_for_how_long(world: World) -> None:
    assert (await seen(world))["readings_kept_years"] is None
    async with world.as_role(Role.ADMINISTRATOR) as client:
        for years in (7, None):
            answer = await client.put(PREFERENCES, json={"readings_kept_years": years})
            assert (answer.status_code, answer.json()["readings_kept_years"]) == (200, years)


@pytest.mark.parametrize(
    "change",
    [
        {"financial_year_start": "02-29"},
        {"financial_year_start": "13-01"},
        {"currency": "dollars"},
        {"carriers": []},
        {"carriers": ["coffee"]},
        {"display_units": {"gas": "furlong"}},
        {"is_offline_allowed": "yes"},
        {"readings_kept_years": 0},
        {"readings_kept_years": 1.5},
        {"theme": "dark"},
    ],
    ids=str,
)
async def test_what_is_not_valid_changes_nothing(world: World, change: dict[str, Any]) -> None:
    before = await seen(world)
    async with world.as_role(Role.ADMINISTRATOR) as client:
        answer = await client.put(PREFERENCES, json=change)
    assert answer.status_code == 422
    assert await seen(world) == before


async def test_only_an_administrator_chooses(world: World) -> None:
    async with world.as_role(Role.ENERGY_MANAGER) as client:
        answer = await client.put(PREFERENCES, json={"currency": "NZD"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")


async def test_a_value_of_another_version_does_not_stand_in_the_way(world: World) -> None:
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        await write_preferences(conn, {"currency": 7, "gone": True, "carriers": ["gas"]}, now=world.clock.now)
    held = await seen(world)
    assert (held["currency"], held["carriers"]) == ("AUD", ["gas"])
