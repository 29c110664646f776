"""The balance over HTTP: a main of 100 with subs of 60 and 30 leaves 10."""

from typing import Any
from uuid import UUID

import pytest

from access_world import World, make_world
from aegrid_energy.api.application import ROUTERS
from aegrid_energy.domain.access import Grant, Role, ScopeKind
from aegrid_energy.storage.pool import Pool, transaction
from readings_sent import DAY, meter_id_of, send, series_form


@pytest.fixture
async def world(access_pool: Pool, password_hash: str) -> World:
    return await make_world(access_pool, password_hash, routers=ROUTERS)


async def feed(world: World, *children: str, by: str = "main", since: str = "-infinity") -> None:
    parent = await meter_id_of(world, by)
    for name in children:
        child = await meter_id_of(world, name)
        async with transaction(world.context.pool, world.own.tenant_no) as conn:
            await conn.execute(
                "insert into meter_feed (meter_id, fed_by, valid_from) values (%s, %s, %s)",
                (child, parent, since),
            )


async def meters(world: World, **kwh_a_day: float) -> None:
    for name, total in kwh_a_day.items():
        await send(world, series_form([total / 48] * 48, meter=name))


async def asked(world: World, **params: str) -> dict[str, Any]:
    async with world.as_role(Role.EXECUTIVE) as client:
        answer = await client.get(f"/api/energy/balance/{world.own.site_id}", params=DAY | params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_what_no_child_took_is_the_residual(world: World) -> None:
    await meters(world, main=96.0, lights=57.6, pumps=28.8)
    await feed(world, "lights", "pumps")
    body = await asked(world)
    (one,) = body["slices"]
    (row,) = one["rows"]
    assert (row["name"], row["measured"], row["children"], row["residual"]) == ("main", 96.0, 86.4, 9.6)
    assert (row["residual_share"], row["is_tree_error"], body["unit"]) == (0.1, False, "kWh")
    flows = {(node["kind"], node["name"]): 0.0 for node in one["nodes"]}
    by_key = {node["key"]: (node["kind"], node["name"]) for node in one["nodes"]}
    for link in one["links"]:
        flows[by_key[link["target"]]] += link["value"]
    assert flows[("residual", "main: not metered")] == 9.6
    assert (flows[("meter", "lights")], flows[("meter", "pumps")]) == (57.6, 28.8)


async def test_children_that_take_more_than_arrives_are_a_tree_error(world: World) -> None:
    await meters(world, main=48.0, lights=57.6)
    await feed(world, "lights")
    (row,) = (await asked(world))["slices"][0]["rows"]
    assert (row["residual"], row["is_tree_error"]) == (-9.6, True)


async def test_a_meter_that_counted_below_zero_is_named(world: World) -> None:
    await meters(world, main=96.0, lights=-9.6, pumps=48.0)
    await feed(world, "lights", "pumps")
    body = await asked(world)
    (one,) = body["slices"]
    assert one["backwards"] == {str(await meter_id_of(world, "lights")): -9.6}
    assert (one["rows"][0]["children"], one["rows"][0]["residual"]) == (38.4, 57.6)


async def test_a_meter_with_gaps_is_unknown_and_leaves_no_residual(world: World) -> None:
    await meters(world, main=96.0)
    await send(world, series_form([1.0] * 40, meter="lights"))
    await feed(world, "lights")
    body = await asked(world)
    (one,) = body["slices"]
    (row,) = one["rows"]
    lights = str(await meter_id_of(world, "lights"))
    assert (row["residual"], row["children"], row["unknown"]) == (None, None, [lights])
    assert body["names"][lights] == "lights"
    assert one["coverage"][lights] == round(40 / 48, 4)


async def test_a_change_of_the_tree_makes_two_balances(world: World) -> None:
    await meters(world, main=96.0, lights=48.0, pumps=24.0)
    await feed(world, "lights")
    await feed(world, "pumps", since="2026-03-01T12:00:00+11:00")
    first, second = (await asked(world))["slices"]
    assert (first["rows"][0]["children"], first["rows"][0]["residual"]) == (24.0, 24.0)
    assert (second["rows"][0]["children"], second["rows"][0]["residual"]) == (36.0, 12.0)
    assert first["end"] == second["start"] == "2026-03-01T01:00:00Z"


async def test_an_asset_without_a_tree_has_no_rows(world: World) -> None:
    await meters(world, main=96.0)
    assert [one["rows"] for one in (await asked(world))["slices"]] == [[]]


async def test_another_scope_finds_nothing(world: World) -> None:
    elsewhere = Grant(role=Role.EXECUTIVE, scope_kind=ScopeKind.SITE, scope_id=UUID(int=6))
    token = await world.token(await world.person(elsewhere))
    async with world.client(token=token, tenant=world.own.slug) as client:
        answer = await client.get(f"/api/energy/balance/{world.own.site_id}", params=DAY)
    assert answer.status_code == 404
