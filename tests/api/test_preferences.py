"""Preferences: the usual until somebody chooses, and the same for everybody."""

import asyncio
from typing import Any

import pytest

from access_world import World, make_world
from aegrid_energy.api.application import ROUTERS
from aegrid_energy.domain.access import Role
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.preferences import write_preferences

PREFERENCES = "/api/energy/preferences"
#: Whatever stands there.
ANY = {"If-Match": "*"}


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
    assert held["carriers"] == ["electricity", "gas", "water", "heat", "cooling", "steam", "other"]


async def test_what_is_chosen_holds_for_everybody_and_the_rest_stays(world: World) -> None:
    async with world.as_role(Role.ADMINISTRATOR) as client:
        await client.put(PREFERENCES, json={"display_units": {"gas": "GJ"}, "currency": "NZD"}, headers=ANY)
        answer = await client.put(PREFERENCES, json={"financial_year_start": "04-01"}, headers=ANY)
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
            answer = await client.put(PREFERENCES, json={"readings_kept_years": years}, headers=ANY)
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
        answer = await client.put(PREFERENCES, json=change, headers=ANY)
    assert answer.status_code == 422
    assert await seen(world) == before


async def test_two_who_choose_at_once_do_not_overwrite_each_other_unseen(world: World) -> None:
    async with world.as_role(Role.ADMINISTRATOR) as one, world.as_role(Role.ADMINISTRATOR) as other:
        saw = {"If-Match": (await one.get(PREFERENCES)).headers["ETag"]}
        first = await one.put(PREFERENCES, json={"currency": "NZD"}, headers=saw)
        second = await other.put(PREFERENCES, json={"currency": "EUR"}, headers=saw)
        assert (first.status_code, second.status_code) == (200, 409)
        assert second.json()["code"] == "preferences_changed"
        assert (await seen(world))["currency"] == "NZD"
        again = {"If-Match": (await other.get(PREFERENCES)).headers["ETag"]}
        assert again["If-Match"] == first.headers["ETag"]
        third = await other.put(PREFERENCES, json={"currency": "EUR"}, headers=again)
    assert (third.status_code, third.json()["currency"]) == (200, "EUR")


async def test_of_many_who_saw_the_same_one_chooses(world: World) -> None:
    async with world.as_role(Role.ADMINISTRATOR) as client:
        saw = {"If-Match": (await client.get(PREFERENCES)).headers["ETag"]}
        answers = await asyncio.gather(
            *(client.put(PREFERENCES, json={"currency": code}, headers=saw) for code in ("NZD", "EUR", "USD"))
        )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]


async def test_who_does_not_say_what_they_saw_changes_nothing(world: World) -> None:
    async with world.as_role(Role.ADMINISTRATOR) as client:
        answer = await client.put(PREFERENCES, json={"currency": "NZD"})
    assert (answer.status_code, answer.json()["code"]) == (422, "if_match_missing")


async def test_new_sites_that_name_no_currency_take_the_organisations(world: World) -> None:
    bare = {"external_id": "HALL", "name": "Hall", "timezone": "Pacific/Auckland"}
    async with world.as_role(Role.ADMINISTRATOR) as client:
        await client.put(PREFERENCES, json={"currency": "NZD"}, headers=ANY)
        named = {**bare, "external_id": "POOL", "currency": "EUR"}
        await client.post("/api/energy/register", json={"sites": [bare, named]})
        await client.put(PREFERENCES, json={"currency": "AUD"}, headers=ANY)
        again = await client.post("/api/energy/register", json={"sites": [bare]})
        rows = (await client.get("/api/energy/register/sites")).json()["rows"]
    held = {row["external_id"]: row["currency"] for row in rows}
    assert (held["HALL"], held["POOL"]) == ("NZD", "EUR")
    assert again.json()["sheets"]["sites"]["unchanged"] == 1


async def test_only_an_administrator_chooses(world: World) -> None:
    async with world.as_role(Role.ENERGY_MANAGER) as client:
        answer = await client.put(PREFERENCES, json={"currency": "NZD"}, headers=ANY)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")


async def test_a_value_of_another_version_does_not_stand_in_the_way(world: World) -> None:
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        await write_preferences(conn, {"currency": 7, "gone": True, "carriers": ["gas"]}, now=world.clock.now)
    held = await seen(world)
    assert (held["currency"], held["carriers"]) == ("AUD", ["gas"])
