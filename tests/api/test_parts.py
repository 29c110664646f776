"""What is below an asset over HTTP: meters after the one that feeds them, each against its normal."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from access_world import World, make_world
from aegrid_energy.api.application import ROUTERS
from aegrid_energy.domain.access import Role
from aegrid_energy.storage.pool import Pool, transaction
from readings_sent import DAY, START, meter_id_of, send, series_form

WEEKS_BEFORE = (datetime.fromisoformat(START) - timedelta(days=70)).isoformat()


@pytest.fixture
async def world(access_pool: Pool, password_hash: str) -> World:
    return await make_world(access_pool, password_hash, routers=ROUTERS)


async def send_weeks(world: World, meter: str, *, usual: float, last: list[float], **form: Any) -> None:
    """Ten weeks of one figure, then the half hours of a day."""
    values = [usual] * (70 * 48) + last
    await send(world, series_form(values, meter=meter, start=WEEKS_BEFORE, **form))


async def feed(world: World, child: str, by: str) -> None:
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        await conn.execute(
            "insert into meter_feed (meter_id, fed_by, valid_from) values (%s, %s, '-infinity')",
            (await meter_id_of(world, child), await meter_id_of(world, by)),
        )


async def asked(world: World, **params: str) -> dict[str, Any]:
    async with world.as_role(Role.EXECUTIVE) as client:
        answer = await client.get(f"/api/energy/parts/{world.own.site_id}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_each_meter_stands_against_what_is_normal_for_it(world: World) -> None:
    await send_weeks(world, "main", usual=5.0, last=[5.0, 8.0])
    await send_weeks(world, "chiller", usual=1.0, last=[1.0, 3.5])
    await feed(world, "chiller", "main")
    body = await asked(world)
    assert (body["on"], body["unit"], body["rate_unit"]) == (DAY["from"][:10], "kWh", "kW")
    main, chiller = body["parts"]
    assert (main["name"], main["depth"], chiller["name"], chiller["depth"]) == ("main", 0, "chiller", 1)
    assert chiller["fed_by"] == main["meter_id"]
    now = chiller["now"]
    assert (now["rate"], now["usual"], now["low"], now["high"]) == (7.0, 2.0, 2.0, 2.0)
    assert (now["total"], now["used"], now["used_normally"]) == (4.5, 4.5, 2.0)
    assert now["end"] == "2026-02-28T14:00:00Z"


async def test_a_meter_without_history_shows_its_value_and_no_normal(world: World) -> None:
    await send(world, series_form([5.0], meter="main"))
    (main,) = (await asked(world))["parts"]
    assert (main["now"]["rate"], main["now"]["usual"], main["now"]["used_normally"]) == (10.0, None, 0.0)


async def test_a_meter_that_fell_silent_has_no_now(world: World) -> None:
    await send(world, series_form([5.0], meter="main"))
    await send(world, series_form([1.0], meter="pumps", start=WEEKS_BEFORE))
    found = {part["name"]: part["now"] for part in (await asked(world))["parts"]}
    assert found["pumps"] is None
    assert found["main"] is not None


async def test_apparent_power_stands_where_every_meter_counts_reactive_energy(world: World) -> None:
    await send(world, series_form([4.0, 4.0], meter="main"))
    assert (await asked(world))["apparent"] is None
    await send(world, series_form([3.0, 3.0], meter="main", register="Q1", unit="kvarh"))
    apparent = (await asked(world))["apparent"]
    assert (apparent["power_kw"], apparent["apparent_kva"], apparent["power_factor"]) == (8.0, 10.0, 0.8)


async def test_another_carrier_has_its_own_meters(world: World) -> None:
    await send(world, series_form([5.0], meter="main"))
    body = await asked(world, carrier="water")
    assert (body["parts"], body["on"], body["unit"]) == ([], None, None)


async def test_meters_that_feed_each_other_in_a_circle_are_listed_once(world: World) -> None:
    for name in ("main", "pumps"):
        await send(world, series_form([5.0], meter=name))
    await feed(world, "main", "pumps")
    await feed(world, "pumps", "main")
    assert sorted(part["name"] for part in (await asked(world))["parts"]) == ["main", "pumps"]
