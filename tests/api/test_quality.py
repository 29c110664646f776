"""Quality by day over HTTP: what is there, what is missing, what is not due yet."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from access_world import World, make_world
from aegrid_energy.api.application import ROUTERS
from aegrid_energy.domain.access import Grant, Role, ScopeKind
from aegrid_energy.storage.pool import Pool
from readings_sent import meter_id_of, send, series_form

PERIOD = {"from": "2026-02-27T00:00:00+11:00", "to": "2026-03-03T00:00:00+11:00"}


@pytest.fixture
async def world(access_pool: Pool, password_hash: str) -> World:
    return await make_world(access_pool, password_hash, routers=ROUTERS)


async def matrix(world: World, asset: UUID | None = None, **params: str) -> dict[str, Any]:
    token = await world.token(world.own.people[Role.EXECUTIVE])
    async with world.client(token=token, tenant=world.own.slug) as client:
        asked = PERIOD | {"asset": str(asset or world.own.site_id)} | params
        answer = await client.get("/api/energy/quality", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_day_says_what_is_there_and_what_is_missing(world: World) -> None:
    quality = ["estimated"] * 6 + ["actual+suspect"] * 2 + ["actual"] * 34
    await send(world, series_form([1.5] * 42, quality=quality))
    body = await matrix(world)
    (row,) = body["rows"]
    at = body["dates"].index("2026-03-01")
    assert body["dates"] == ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]
    assert (row["expected"][at], row["valid"][at], row["completeness"][at]) == (48, 42, 0.875)
    assert (row["estimated"][at], row["suspect"][at]) == (6, 2)
    assert row["expected"][:at] == [0, 0]  # nothing is expected before the first readings
    assert row["completeness"][:at] == [None, None]


async def test_a_day_that_still_runs_expects_only_what_is_over(world: World) -> None:
    await send(world, series_form())
    body = await matrix(world)
    (row,) = body["rows"]
    # Now is 12:00 in Melbourne on 2 March: 24 half hours of that day are over.
    assert row["expected"] == [0, 0, 48, 24]
    assert row["valid"] == [0, 0, 48, 0]


async def test_what_never_came_is_late_once_it_was_due(world: World) -> None:
    await send(world, series_form())
    world.clock.turn(timedelta(days=90))
    body = await matrix(world)
    (row,) = body["rows"]
    assert (row["expected"][3], row["missing"][3], row["late"][3]) == (48, 48, True)
    assert (row["missing"][2], row["late"][2]) == (0, False)


async def test_gaps_are_told_from_when_to_when(world: World) -> None:
    await send(world, series_form([1.5] * 12 + [None] * 6 + [1.5] * 28 + [None] * 2))
    world.clock.turn(timedelta(days=90))
    until = {"to": "2026-03-02T00:00:00+11:00", "gaps": "true"}
    body = await matrix(world, **until)
    assert [(one["start"], one["end"], one["slots"]) for one in body["gaps"]] == [
        ("2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z", 2),
        ("2026-02-28T19:00:00Z", "2026-02-28T22:00:00Z", 6),
    ]
    assert all(one["is_repairable"] for one in body["gaps"])
    assert (await matrix(world))["gaps"] == []


async def test_what_is_not_due_yet_is_no_gap(world: World) -> None:
    await send(world, series_form())  # of the day before; today still runs
    assert (await matrix(world, gaps="true"))["gaps"] == []


@pytest.mark.parametrize(
    ("values", "stuck"),
    [
        pytest.param([1.5] * 48, True, id="one-value-all-day"),
        pytest.param([1.5] * 47 + [1.25], False, id="it-moves"),
        pytest.param([0.0] * 48, False, id="nothing-flows"),
        pytest.param([1.0] * 48, False, id="as-low-as-ever"),
        pytest.param([1.5] * 6, False, id="too-few-to-tell"),
    ],
)
async def test_a_meter_that_says_one_value_all_day_is_stuck_unless_it_is_off(
    world: World, values: list[float | None], stuck: bool
) -> None:
    await send(world, series_form([1.0] * 48, start="2026-02-28T00:00:00+11:00"))
    await send(world, series_form(values))
    assert (await matrix(world))["rows"][0]["stuck"][2] is stuck


async def test_a_row_says_how_far_its_series_reaches(world: World) -> None:
    await send(world, series_form())
    (row,) = (await matrix(world))["rows"]
    assert (row["newest_end"], row["freshness"], row["is_repairable"]) == (
        "2026-03-01T13:00:00Z",
        "late",
        True,
    )


async def test_the_loads_that_touched_the_period_are_named(world: World) -> None:
    load = await send(world, series_form())
    body = await matrix(world, gaps="true")
    (touch,) = body["touched_by"]
    assert (touch["id"], touch["added"], touch["series_nos"]) == (
        load["import_id"],
        48,
        [body["rows"][0]["series_no"]],
    )
    before = {"from": "2026-02-25T00:00:00+11:00", "to": "2026-03-01T00:00:00+11:00", "gaps": "true"}
    assert (await matrix(world, **before))["touched_by"] == []


async def test_one_meter_alone_can_be_asked_for(world: World) -> None:
    await send(world, series_form())
    await send(world, series_form(meter="M2"))
    meter = await meter_id_of(world, "M2")
    (row,) = (await matrix(world, meter=str(meter)))["rows"]
    assert row["meter_id"] == str(meter)


async def test_a_meter_of_the_site_is_no_row_of_an_asset_it_does_not_stand_on(world: World) -> None:
    await send(world, series_form())
    assert len((await matrix(world))["rows"]) == 1
    assert (await matrix(world, world.own.asset_id))["rows"] == []


async def test_a_day_that_the_period_cuts_is_whole(world: World) -> None:
    await send(world, series_form())
    cut = {"from": "2026-03-01T06:00:00+11:00", "to": "2026-03-01T09:00:00+11:00"}
    body = await matrix(world, **cut)
    assert (body["dates"], body["rows"][0]["expected"]) == (["2026-03-01"], [48])


async def test_another_scope_finds_nothing(world: World) -> None:
    elsewhere = Grant(role=Role.EXECUTIVE, scope_kind=ScopeKind.SITE, scope_id=UUID(int=6))
    token = await world.token(await world.person(elsewhere))
    asked = PERIOD | {"asset": str(world.own.site_id)}
    async with world.client(token=token, tenant=world.own.slug) as client:
        assert (await client.get("/api/energy/quality", params=asked)).status_code == 404


@pytest.mark.parametrize(
    ("params", "code"),
    [
        pytest.param({"to": "2026-02-27T00:00:00+11:00"}, "empty_period", id="empty"),
        pytest.param({"from": "2020-01-01T00:00:00Z"}, "too_many_days", id="long"),
        pytest.param({"from": "2026-02-27T00:00:00"}, "invalid_input", id="naive"),
    ],
)
async def test_a_period_that_cannot_be_answered_is_refused(
    world: World, params: dict[str, str], code: str
) -> None:
    async with world.as_role(Role.EXECUTIVE) as client:
        asked = PERIOD | {"asset": str(world.own.site_id)} | params
        answer = await client.get("/api/energy/quality", params=asked)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
