"""Data health over HTTP: silent meters, missing hours, and the last readings of a meter."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from access_world import World, make_world
from aegrid_energy.api.application import ROUTERS
from aegrid_energy.domain.access import Grant, Role, ScopeKind
from aegrid_energy.storage.pool import Pool
from readings_sent import meter_id_of, send, series_form

HEALTH = "/api/energy/data-health"


@pytest.fixture
async def world(access_pool: Pool, password_hash: str) -> World:
    return await make_world(access_pool, password_hash, routers=ROUTERS)


async def health(world: World, *sites: UUID, token: str | None = None) -> list[dict[str, Any]]:
    token = token or world.own.tokens[Role.TECHNICIAN]
    async with world.client(token=token, tenant=world.own.slug) as client:
        answer = await client.get(HEALTH, params={"site": [str(site) for site in sites]})
    assert answer.status_code == 200, answer.text
    return answer.json()["sites"]


async def recent(world: World, meter: str = "M1", **params: int) -> dict[str, Any]:
    async with world.as_role(Role.TECHNICIAN) as client:
        path = f"/api/energy/meters/{await meter_id_of(world, meter)}/recent"
        answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_site_says_which_meters_are_silent_and_what_is_missing(world: World) -> None:
    await send(world, series_form([1.5] * 44 + [None] * 4))
    await send(world, series_form(meter="M2"))
    # Noon of 2 March in Melbourne: what is sent live should have gone on since midnight.
    (site,) = await health(world, world.own.site_id)
    assert [(one["name"], one["freshness"], one["rhythm"]) for one in site["silent"]] == [
        ("M1", "late", "live"),
        ("M2", "late", "live"),
    ]
    assert [one["newest_end"] for one in site["silent"]] == ["2026-03-01T11:00:00Z", "2026-03-01T13:00:00Z"]
    by_day = dict(zip(site["dates"], site["completeness"], strict=True))
    assert (site["meters"], site["missing_hours"]) == (2, 2.0)
    # Nothing is expected of a day before the first readings; today is not over.
    assert (by_day["2026-02-28"], by_day["2026-03-01"], by_day["2026-03-02"]) == (None, 0.9583, None)


async def test_a_day_on_which_nothing_came_counts_in_full_once_it_is_due(world: World) -> None:
    await send(world, series_form())
    world.clock.turn(timedelta(hours=13))
    token = await world.token(await world.person(Grant(role=Role.TECHNICIAN)))
    (site,) = await health(world, world.own.site_id, token=token)
    by_day = dict(zip(site["dates"], site["completeness"], strict=True))
    assert (by_day["2026-03-01"], by_day["2026-03-02"], site["missing_hours"]) == (1.0, 0.0, 24.0)
    assert [one["freshness"] for one in site["silent"]] == ["stale"]


async def test_a_site_without_meters_is_healthy_and_says_nothing(world: World) -> None:
    (site,) = await health(world, world.own.site_id)
    assert (site["meters"], site["silent"], site["completeness"]) == (0, [], [None] * 8)


async def test_a_site_out_of_sight_is_left_out(world: World) -> None:
    assert await health(world, world.other.site_id, uuid4()) == []
    someone = await world.person(
        Grant(role=Role.TECHNICIAN, scope_kind=ScopeKind.ASSET, scope_id=world.own.asset_id)
    )
    assert await health(world, world.own.site_id, token=await world.token(someone)) == []


async def test_more_sites_than_a_phone_keeps_are_refused(world: World) -> None:
    async with world.as_role(Role.TECHNICIAN) as client:
        answer = await client.get(HEALTH, params={"site": [str(uuid4()) for _ in range(51)]})
    assert answer.status_code == 422


async def test_a_meter_says_its_last_readings_newest_first_with_their_quality(world: World) -> None:
    quality = ["actual"] * 46 + ["estimated+suspect", "actual"]
    await send(world, series_form([float(n) for n in range(48)], quality=quality))
    body = await recent(world)
    (series,) = body["series"]
    assert (body["name"], body["timezone"], series["unit"], series["step_s"]) == (
        "M1",
        "Australia/Melbourne",
        "kWh",
        1800,
    )
    assert [one["value"] for one in series["readings"]] == [str(n) for n in range(47, 37, -1)]
    newest, before = series["readings"][:2]
    assert (newest["at"], newest["end"]) == ("2026-03-01T12:30:00Z", "2026-03-01T13:00:00Z")
    assert (before["quality"], before["flags"]) == ("estimated", ["suspect"])
    assert series["seen_at"] is not None


async def test_a_gap_before_the_last_reading_does_not_hide_those_before_it(world: World) -> None:
    await send(world, series_form([1.0] * 30 + [None] * 12 + [2.0] * 2))
    (series,) = (await recent(world, count=4))["series"]
    known = [one["value"] for one in series["readings"] if one["value"] is not None]
    assert known[:2] == ["2", "2"]
    assert len(series["readings"]) == 4


async def test_a_meter_of_others_is_not_there(world: World) -> None:
    await send(world, series_form())
    meter = await meter_id_of(world)
    elsewhere = await world.token(await world.person(Grant(role=Role.TECHNICIAN), tenant=world.other))
    async with world.client(token=elsewhere, tenant=world.other.slug) as client:
        answer = await client.get(f"/api/energy/meters/{meter}/recent")
    assert answer.status_code == 404
