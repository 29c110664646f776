"""Trends over HTTP: several series of an asset over one period, each in its own buckets."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from access_world import World, make_world
from aegrid_energy.api.application import ROUTERS
from aegrid_energy.domain.access import Role
from aegrid_energy.storage.pool import Pool, transaction
from readings_sent import DAY, START_MS, meter_id_of, send, series_form


@pytest.fixture
async def world(access_pool: Pool, password_hash: str) -> World:
    return await make_world(access_pool, password_hash, routers=ROUTERS)


async def new_point(world: World, name: str, *, quantity: str, unit: str, kind: str) -> UUID:
    """A point on the asset below the site."""
    point_id = uuid4()
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        await conn.execute(
            """insert into point (id, asset_id, name, quantity, unit, kind, external_id)
               values (%(id)s, %(asset)s, %(name)s, %(quantity)s, %(unit)s, %(kind)s, %(name)s)""",
            {
                "id": point_id,
                "asset": world.own.asset_id,
                "name": name,
                "quantity": quantity,
                "unit": unit,
                "kind": kind,
            },
        )
    return point_id


async def got(world: World, path: str = "", **params: Any) -> httpx.Response:
    async with world.as_role(Role.EXECUTIVE) as client:
        return await client.get(f"/api/energy/trends/{world.own.site_id}{path}", params=params)


async def test_points_and_meters_on_an_asset_and_below_it_can_be_chosen(world: World) -> None:
    await send(world, series_form([1.5, 1.5]))
    air = await new_point(world, "Supply air", quantity="temperature", unit="Cel", kind="instant")
    choices = {one["name"]: one for one in (await got(world, "/choices")).json()["choices"]}
    meter, point = choices["M1"], choices["Supply air"]
    assert (meter["key"], meter["unit"]) == (f"meter:{await meter_id_of(world)}", "kW")
    assert (meter["carrier"], meter["direction"]) == ("electricity", "import")
    assert meter["newest"] == "2026-02-28T13:30:00Z"
    assert (point["key"], point["unit"], point["asset_id"]) == (
        f"point:{air}",
        "Cel",
        str(world.own.asset_id),
    )
    assert (point["carrier"], point["newest"]) == (None, None)


async def test_series_come_in_the_order_they_are_asked_for_each_in_its_unit(world: World) -> None:
    await send(world, series_form([1.5, 2.0]))
    air = await new_point(world, "Supply air", quantity="temperature", unit="Cel", kind="instant")
    keys = [f"point:{air}", f"meter:{await meter_id_of(world)}"]
    body = (await got(world, series=keys, **DAY)).json()
    point, meter = body["series"]
    assert [point["key"], meter["key"]] == keys
    assert (meter["unit"], meter["step_s"], meter["resolution"]) == ("kW", 1800, "raw")
    assert (meter["start"][0], meter["mean"][:3]) == (START_MS, [3.0, 4.0, None])
    assert (point["unit"], set(point["mean"])) == ("Cel", {None})


async def test_a_state_is_drawn_as_how_much_of_the_time_it_held(world: World) -> None:
    run = await new_point(world, "Fan run", quantity="state", unit="1", kind="state")
    values = zip(("00", "06", "18"), (0, 1, 0), strict=True)
    readings = [
        {"meter": "Fan run", "at": f"2026-03-01T{hour}:00:00+11:00", "value": v, "unit": "1", "kind": "state"}
        for hour, v in values
    ]
    await send(world, {"readings": readings})
    (fan,) = (await got(world, series=[f"point:{run}"], points=2, **DAY)).json()["series"]
    assert (fan["resolution"], fan["problem"]) == ("1d", None)
    assert (fan["mean"], fan["min"], fan["max"]) == ([0.5], [0.0], [1.0])


async def test_the_same_series_twice_is_one(world: World) -> None:
    await send(world, series_form([1.5]))
    key = f"meter:{await meter_id_of(world)}"
    assert len((await got(world, series=[key, key], **DAY)).json()["series"]) == 1


async def test_a_series_that_stands_elsewhere_is_not_found(world: World) -> None:
    answer = await got(world, series=[f"point:{uuid4()}"], **DAY)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "params",
    [
        pytest.param({"series": ["meter"]}, id="no-id"),
        pytest.param({"series": []}, id="none"),
        pytest.param({"series": [f"point:{uuid4()}"] * 25}, id="too-many"),
        pytest.param({"series": [f"point:{uuid4()}"], "to": DAY["from"]}, id="empty-period"),
    ],
)
async def test_what_makes_no_sense_is_refused(world: World, params: dict[str, Any]) -> None:
    assert (await got(world, **(DAY | params))).status_code == 422
