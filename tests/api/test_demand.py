"""Peaks and duration over HTTP."""

import json

import pytest

from access_world import World, make_world
from aegrid_energy.api.application import ROUTERS
from aegrid_energy.domain.access import Role
from aegrid_energy.storage.pool import Pool
from readings_asked import GET, asked, body_of
from readings_sent import DAY, send, series_form

#: Half hours of one day of Melbourne.
SLOTS = 48


@pytest.fixture
async def world(access_pool: Pool, password_hash: str) -> World:
    return await make_world(access_pool, password_hash, routers=ROUTERS)


async def test_peaks_come_highest_first_with_kva_and_their_share_of_the_day(world: World) -> None:
    values: list[float | None] = [1.0] * SLOTS
    values[20], values[30], values[31] = 3.0, 4.0, 4.0
    await send(world, series_form(values))
    await send(world, series_form([3.0] * SLOTS, register="Q1", unit="kvarh"))
    body = await body_of(world, tail="/peaks", n=3)
    assert [peak["rate"] for peak in body["peaks"]] == [8.0, 8.0, 6.0]
    first = body["peaks"][0]
    assert first["start_local"] == "2026-03-01T15:00:00+11:00"
    assert (first["apparent_kva"], first["power_factor"]) == (10.0, 0.8)
    assert first["share_of_day"] == pytest.approx(4 / 56, abs=1e-4)
    assert (body["rate_unit"], body["step_s"]) == ("kW", 1800)


async def test_peaks_without_kvarh_have_no_kva(world: World) -> None:
    await send(world, series_form())
    body = await body_of(world, tail="/peaks", n=1)
    assert (body["peaks"][0]["apparent_kva"], body["peaks"][0]["power_factor"]) == (None, None)


async def test_the_duration_curve_falls_from_the_highest_to_the_lowest(world: World) -> None:
    await send(world, series_form([float(n + 1) for n in range(SLOTS)]))
    body = await body_of(world, tail="/duration", points=5)
    assert (body["rate"][0], body["rate"][-1], body["share"][-1]) == (96.0, 2.0, 1.0)
    assert body["rate"] == sorted(body["rate"], reverse=True)
    assert (body["intervals"], body["known_hours"], body["mean_rate"]) == (48, 24.0, 49.0)
    assert body["load_factor"] == round(49 / 96, 4)


async def test_demand_is_not_sent_again_while_it_stands(world: World) -> None:
    await send(world, series_form())
    for tail in ("/peaks", "/duration", ""):
        first = await asked(world, tail=tail)
        async with world.as_role(Role.EXECUTIVE) as client:
            head = {"If-None-Match": first.headers["etag"]}
            again = await client.get(f"{GET}/{world.own.site_id}{tail}", params=DAY, headers=head)
        assert (again.status_code, again.content) == (304, b"")


async def test_an_asset_without_meters_has_no_peaks(world: World) -> None:
    body = await body_of(world, asset=world.own.asset_id, tail="/peaks")
    curve = await body_of(world, asset=world.own.asset_id, tail="/duration")
    assert (body["peaks"], curve["rate"], curve["load_factor"]) == ([], [], None)
    assert json.loads(json.dumps(curve)) == curve
