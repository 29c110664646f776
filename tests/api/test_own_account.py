"""Own sessions, own password, own choices."""

from typing import get_args

import pytest

from access_world import PASSWORD, World
from aegrid_energy.api.person_preferences import PersonPreferences, StartPage, preferences_of
from aegrid_energy.domain.access import START_PAGES, Grant, Role


async def test_sessions_are_listed_and_ended_one_by_one(world: World) -> None:
    account = await world.person(Grant(role=Role.FACILITIES))
    here, there = await world.token(account), await world.token(account)
    async with world.client(token=here) as browser:
        rows = (await browser.get("/api/energy/sessions")).json()["sessions"]
        assert sorted(row["is_this"] for row in rows) == [False, True]
        other = next(row["id"] for row in rows if not row["is_this"])
        assert (await browser.delete(f"/api/energy/sessions/{other}")).status_code == 204
        assert (await browser.delete(f"/api/energy/sessions/{other}")).status_code == 404
    async with world.client(token=there) as browser:
        assert (await browser.get("/api/energy/session")).status_code == 401


async def test_nobody_ends_the_session_of_somebody_else(world: World) -> None:
    async with world.as_role(Role.FACILITIES) as browser:
        theirs = (await browser.get("/api/energy/sessions")).json()["sessions"][0]["id"]
    async with world.as_role(Role.ADMINISTRATOR) as browser:
        assert (await browser.delete(f"/api/energy/sessions/{theirs}")).status_code == 404


async def test_another_password_ends_the_other_sessions(world: World) -> None:
    account = await world.person(Grant(role=Role.FACILITIES))
    here, there = await world.token(account), await world.token(account)
    new = "a-new-long-secret-7"
    async with world.client(token=here) as browser:
        wrong = await browser.put("/api/energy/password", json={"current": "not-this-one", "new": new})
        weak = await browser.put("/api/energy/password", json={"current": PASSWORD, "new": "short"})
        done = await browser.put("/api/energy/password", json={"current": PASSWORD, "new": new})
        still = await browser.get("/api/energy/session")
        again = await browser.post("/api/energy/session", json={"email": account.email, "password": new})
    assert [a.status_code for a in (wrong, weak, done, still, again)] == [401, 422, 204, 200, 201]
    async with world.client(token=there) as browser:
        assert (await browser.get("/api/energy/session")).status_code == 401


PREFERENCES = "/api/energy/session/preferences"
USUAL = {
    "start_page": None,
    "density": "comfortable",
    "theme": "system",
    "are_single_keys_on": True,
    "language": "en-AU",
    "favourite_sites": [],
}


async def test_own_choices_go_with_the_person_to_every_device_and_organisation(world: World) -> None:
    account = await world.person(Grant(role=Role.FACILITIES))
    async with world.client(token=await world.token(account)) as here:
        assert (await here.get(PREFERENCES)).json() == USUAL
        await here.put(PREFERENCES, json={"theme": "dark", "start_page": "my-sites"})
        put = await here.put(PREFERENCES, json={"density": "compact", "start_page": None})
    chosen = USUAL | {"theme": "dark", "density": "compact"}
    assert (put.status_code, put.json()) == (200, chosen)
    async with world.client() as there:
        made = await there.post("/api/energy/session", json={"email": account.email, "password": PASSWORD})
        again = await there.get("/api/energy/session")
    assert made.json()["preferences"] == again.json()["preferences"] == chosen


async def test_favourite_sites_go_with_the_person_and_come_back_in_their_order(world: World) -> None:
    sites = ["00000000-0000-4000-8000-00000000000b", "00000000-0000-4000-8000-00000000000a"]
    async with world.as_role(Role.TECHNICIAN) as browser:
        put = await browser.put(PREFERENCES, json={"favourite_sites": sites})
        assert (put.status_code, put.json()["favourite_sites"]) == (200, sites)
        assert (await browser.get("/api/energy/session")).json()["preferences"]["favourite_sites"] == sites
        too_many = await browser.put(PREFERENCES, json={"favourite_sites": sites * 101})
        no_site = await browser.put(PREFERENCES, json={"favourite_sites": ["town-hall"]})
    assert (too_many.status_code, no_site.status_code) == (422, 422)


async def test_own_choices_are_nobody_elses(world: World) -> None:
    async with world.as_role(Role.FACILITIES) as browser:
        await browser.put(PREFERENCES, json={"theme": "light"})
    async with world.as_role(Role.TECHNICIAN) as browser:
        assert (await browser.get(PREFERENCES)).json()["theme"] == "system"


@pytest.mark.parametrize(
    "body",
    [
        {"start_page": "somewhere"},
        {"density": "cosy"},
        {"theme": 1},
        {"are_single_keys_on": "yes"},
        {"language": "english, please"},
        {"language": "en-AU\x00"},
        {"is_admin": True},
        [],
    ],
    ids=str,
)
async def test_only_known_choices_are_kept(world: World, body: object) -> None:
    async with world.as_role(Role.ASSET_MANAGER) as browser:
        assert (await browser.put(PREFERENCES, json=body)).status_code == 422
        assert (await browser.get(PREFERENCES)).json() == USUAL


def test_what_an_older_version_kept_and_is_no_longer_valid_is_the_usual() -> None:
    held = preferences_of({"theme": "sepia", "density": "compact", "wallpaper": "cat"})
    assert held == PersonPreferences(density="compact")


def test_a_person_may_start_where_any_role_starts() -> None:
    assert set(get_args(StartPage)) == set(START_PAGES.values())
