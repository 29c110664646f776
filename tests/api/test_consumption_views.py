"""Consumption in other units, of virtual meters and points, and as powers."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from access_world import World, make_world
from aegrid_energy.api.application import ROUTERS
from aegrid_energy.domain.access import Role
from aegrid_energy.storage.pool import Pool, transaction
from readings_asked import asked, body_of, done
from readings_sent import START, meter_id_of, send, series_form

#: Half hours of one day of Melbourne.
SLOTS = 48


@pytest.fixture
async def world(access_pool: Pool, password_hash: str) -> World:
    return await make_world(access_pool, password_hash, routers=ROUTERS)


async def virtual_meter(
    world: World, *terms: tuple[str, str], name: str = "V1", role: str | None = None, until: str = "infinity"
) -> UUID:
    """A virtual meter of the site: a sum of (meter, coefficient)."""
    meter_id = uuid4()
    inputs = [(await meter_id_of(world, of), Decimal(times)) for of, times in terms]
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        await conn.execute(
            """insert into energy_meters (id, site_id, carrier, name, is_virtual)
               values (%s, %s, 'electricity', %s, true)""",
            (meter_id, world.own.site_id, name),
        )
        await conn.execute(
            "insert into virtual_meter (meter_id, valid_to) values (%s, %s)", (meter_id, until)
        )
        for of, times in inputs:
            await conn.execute(
                """insert into virtual_term (meter_id, input_id, direction, coefficient)
                   values (%s, %s, 'import', %s)""",
                (meter_id, of, times),
            )
        if role is not None:
            await conn.execute(
                "insert into meter_assignment (meter_id, asset_id, role) values (%s, %s, %s)",
                (meter_id, world.own.site_id, role),
            )
    return meter_id


async def point(world: World, key: str, quantity: str, unit: str, **columns: Any) -> UUID:
    """A point of the shed, or of `asset_id`."""
    row = {
        "id": uuid4(), "asset_id": world.own.asset_id, "name": key, "external_id": key,
        "quantity": quantity, "unit": unit, "kind": "instant", "brick_class": "",
    } | columns  # fmt: skip
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        await conn.execute(
            """insert into point (id, asset_id, name, external_id, quantity, unit, kind, brick_class)
               values (%(id)s, %(asset_id)s, %(name)s, %(external_id)s, %(quantity)s, %(unit)s, %(kind)s,
                       %(brick_class)s)""",
            row,
        )
    return row["id"]


async def say(world: World, key: str, unit: str, *values: float, kind: str = "instant") -> None:
    """A reading every six hours from the start of the day."""
    first = datetime.fromisoformat(START)
    await send(
        world,
        {
            "readings": [
                {"meter": key, "at": (first + timedelta(hours=6 * n)).isoformat(), "value": value,
                 "unit": unit, "kind": kind}
                for n, value in enumerate(values)
            ]
        },
    )  # fmt: skip


# units


@pytest.mark.parametrize(
    ("unit", "total", "rate_unit", "mean"),
    [
        pytest.param("kWh", "72", "kW", 3.0, id="kWh"),
        pytest.param("MWh", "0.072", "MW", 0.003, id="MWh"),
        pytest.param("MJ", "259.2", "MJ/h", 10.8, id="MJ"),
        pytest.param("GJ", "0.2592", "GJ/h", 0.0108, id="GJ"),
    ],
)
async def test_energy_is_shown_in_units_of_its_family(
    world: World, unit: str, total: str, rate_unit: str, mean: float
) -> None:
    await send(world, series_form())
    body = await body_of(world, unit=unit, resolution="1d")
    assert (body["unit"], body["total"], body["rate_unit"]) == (unit, total, rate_unit)
    assert body["mean"] == [pytest.approx(mean)]
    assert body["sum"] == [float(total)]


@pytest.mark.parametrize("unit", ["m3", "furlong", "kVAh", ""])
async def test_a_unit_of_another_kind_is_refused_with_those_allowed(world: World, unit: str) -> None:
    await send(world, series_form())
    answer = await asked(world, unit=unit or "%20")
    assert (answer.status_code, answer.json()["code"]) == (422, "unit_not_shown")
    assert "MWh" in answer.json()["params"]["allowed"]


async def test_the_tenants_unit_stands_where_none_is_asked_for(world: World) -> None:
    await send(world, series_form())
    async with world.as_role(Role.ADMINISTRATOR) as client:
        put = await client.put(
            "/api/energy/preferences",
            json={"display_units": {"electricity": "MWh"}},
            headers={"If-Match": "*"},
        )
    assert put.status_code == 200, put.text
    assert (await body_of(world))["unit"] == "MWh"
    assert (await body_of(world, unit="kWh"))["unit"] == "kWh"
    # A unit that the figures cannot have is no reason to answer nothing.
    assert (await body_of(world, quantity="reactive_energy"))["unit"] == "kvarh"


async def gas(world: World) -> UUID:
    await send(world, series_form([2.0] * SLOTS, meter="G1", unit="m3"))
    await done(world, "update energy_meters set carrier = 'gas' where name = 'G1'")
    return await meter_id_of(world, "G1")


async def test_gas_becomes_energy_by_the_heating_value_of_its_time(world: World) -> None:
    meter_id = await gas(world)
    noon = datetime.fromisoformat(START) + timedelta(hours=12)
    for since, mj_per_m3 in (("-infinity", "38"), (noon, "40")):
        await done(
            world,
            """insert into heating_value (meter_id, mj_per_m3, pressure_factor, valid_from)
               values (%s, %s, 1.5, %s)""",
            meter_id, Decimal(mj_per_m3), since,
        )  # fmt: skip
    body = await body_of(world, carrier="gas", unit="MJ", resolution="1d")
    # 24 half hours of 2 m3 on either side of noon, at 1.5 times the metered volume.
    assert (body["unit"], body["total"]) == ("MJ", str(48 * 57 + 48 * 60))
    assert (await body_of(world, carrier="gas", unit="GJ"))["total"] == "5.616"
    assert (await body_of(world, carrier="gas"))["total"] == "96"


async def test_gas_without_a_heating_value_stays_a_volume(world: World) -> None:
    await gas(world)
    refused = await asked(world, carrier="gas", unit="MJ")
    assert (refused.status_code, refused.json()["code"]) == (422, "unit_not_shown")
    assert refused.json()["params"]["allowed"] == ["m3", "kL", "ML", "L"]
    assert (await body_of(world, carrier="gas", unit="kL"))["total"] == "96"


# virtual meters


async def test_a_virtual_meter_is_the_sum_of_its_inputs_at_their_coarsest_step(world: World) -> None:
    await send(world, series_form([10.0] * SLOTS))
    await send(world, series_form([4.0] * 23 + [None], meter="M2", step_s=3600))
    meter_id = await virtual_meter(world, ("M1", "1"), ("M2", "-0.5"))
    body = await body_of(world, meter=str(meter_id), resolution="raw")
    assert body["step_s"] == 3600
    assert body["sum"][:23] == [18.0] * 23
    assert body["sum"][23] is None  # what an input does not know, the sum does not know
    assert (body["total"], body["coverage"][23]) == ("414", 0.0)


async def test_a_virtual_meter_counts_as_a_boundary(world: World) -> None:
    await send(world, series_form([10.0] * SLOTS))
    await done(world, "delete from meter_assignment")
    meter_id = await virtual_meter(world, ("M1", "0.25"), role="boundary")
    body = await body_of(world)
    assert body["total"] == "120"
    assert [used["meter_id"] for used in body["meters_used"]] == [str(meter_id)]


async def test_a_virtual_meter_of_a_virtual_meter_follows_its_versions(world: World) -> None:
    await send(world, series_form([10.0] * SLOTS))
    await virtual_meter(world, ("M1", "2"), until="2026-03-01T12:00:00+11:00")
    twice = await virtual_meter(world, ("V1", "2"), name="V2")
    body = await body_of(world, meter=str(twice), resolution="raw")
    assert body["sum"] == [40.0] * 24 + [None] * 24


async def test_a_virtual_input_without_readings_makes_the_sum_unknown(world: World) -> None:
    await send(world, series_form())
    await done(
        world,
        "insert into energy_meters (id, site_id, carrier, name) values (%s, %s, 'electricity', 'M9')",
        uuid4(), world.own.site_id,
    )  # fmt: skip
    meter_id = await virtual_meter(world, ("M1", "1"), ("M9", "1"))
    body = await body_of(world, meter=str(meter_id))
    assert body["sum"] == [None] * len(body["sum"])
    assert set(body["coverage"]) == {0.0}


async def test_a_meter_of_another_asset_is_not_told_through_this_one(world: World) -> None:
    await send(world, series_form())
    meter_id = await meter_id_of(world)
    assert (await asked(world, meter=str(meter_id))).status_code == 200
    other = await asked(world, asset=world.own.asset_id, meter=str(meter_id))
    assert (other.status_code, other.json()["code"]) == (404, "not_found")


# powers


async def with_reactive(world: World) -> None:
    await send(world, series_form([3.0] * 24 + [4.0] * 24))
    await send(world, series_form([4.0] * 24 + [3.0] * 24, register="Q1", unit="kvarh"))


async def test_power_is_the_rate_of_intervals_with_its_extremes(world: World) -> None:
    await send(world, series_form([1.0] * 24 + [2.0] * 24))
    body = await body_of(world, quantity="power", resolution="1d")
    assert (body["unit"], body["mean"], body["min"], body["max"]) == ("kW", [3.0], [2.0], [4.0])
    assert (body["sum"], body["total"]) == ([None], None)


async def test_apparent_power_and_power_factor_come_from_kvarh_of_the_same_meter(world: World) -> None:
    await with_reactive(world)
    body = await body_of(world, quantity="apparent_power", resolution="1h")
    assert (body["unit"], set(body["mean"])) == ("kVA", {10.0})
    factor = await body_of(world, quantity="power_factor", resolution="1d")
    # Of the day's energies, 168 kWh and 168 kvarh, not the mean of 0.6 and 0.8.
    assert factor["mean"] == [pytest.approx(2**-0.5, abs=1e-6)]
    assert (factor["min"], factor["max"]) == ([0.6], [0.8])
    assert "power_factor" in factor["quantities"]
    reactive = await body_of(world, quantity="reactive_energy")
    assert (reactive["total"], reactive["unit"]) == ("168", "kvarh")


async def test_without_kvarh_there_is_no_apparent_power(world: World) -> None:
    await send(world, series_form())
    answer = await asked(world, quantity="apparent_power")
    assert (answer.status_code, answer.json()["code"]) == (422, "no_reactive_energy")
    assert (await body_of(world))["quantities"] == ["energy", "power"]


async def test_where_one_of_two_meters_lacks_kvarh_the_whole_has_no_apparent_power(world: World) -> None:
    await with_reactive(world)
    await send(world, series_form(meter="M2"))
    assert (await asked(world, quantity="power_factor")).status_code == 422
    one = await body_of(world, quantity="power_factor", meter=str(await meter_id_of(world)))
    assert one["max"][0] is not None


# points


async def test_a_gauge_is_its_mean_and_extremes_while_it_held(world: World) -> None:
    point_id = await point(world, "T1", "temperature", "Cel")
    await say(world, "T1", "Cel", 10, 20, 30, 20)
    body = await body_of(world, point=str(point_id), resolution="1d")
    assert (body["mean"], body["min"], body["max"]) == ([20.0], [10.0], [30.0])
    assert (body["unit"], body["rate_unit"], body["total"], body["point_id"]) == (
        "Cel", "Cel", None, str(point_id),
    )  # fmt: skip


async def test_a_state_is_seconds_in_each(world: World) -> None:
    point_id = await point(world, "S1", "state", "1", kind="state")
    await say(world, "S1", "1", 0, 1, 1, 0, kind="state")
    body = await body_of(world, point=str(point_id), resolution="1d")
    assert body["states"] == [{"state": 0.0, "seconds": [43_200.0]}, {"state": 1.0, "seconds": [43_200.0]}]
    assert (body["mean"], body["coverage"]) == ([None], [1.0])


async def test_a_point_of_another_asset_is_not_told_through_this_one(world: World) -> None:
    point_id = await point(world, "T1", "temperature", "Cel", asset_id=world.own.site_id)
    answer = await asked(world, asset=world.own.asset_id, point=str(point_id))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_the_air_outside_is_told_whichever_asset_is_asked(world: World) -> None:
    await point(world, "IN", "temperature", "Cel", brick_class="Zone_Air_Temperature_Sensor")
    await say(world, "IN", "Cel", 22, 22, 22, 22)
    nobody = await asked(world, quantity="temperature")
    assert (nobody.status_code, nobody.json()["code"]) == (422, "outside_temperature_unknown")
    await point(
        world, "OUT", "temperature", "Cel",
        asset_id=world.own.site_id, brick_class="Outside_Air_Temperature_Sensor",
    )  # fmt: skip
    await say(world, "OUT", "Cel", 5, 15, 25, 15)
    for asset in (world.own.site_id, world.own.asset_id):
        body = await body_of(world, asset=asset, quantity="temperature", resolution="1d")
        assert (body["mean"], body["max"]) == ([15.0], [25.0])


async def test_weather_that_is_kept_for_all_sites_is_told_where_a_site_has_none(world: World) -> None:
    await send(world, series_form())
    weather = uuid4()
    await done(world, "insert into site (id, name, timezone) values (%s, 'Weather', 'UTC')", weather)
    await done(
        world,
        "insert into assets (id, site_id, kind, name) values (%s, %s, 'site', 'Weather')",
        weather, weather,
    )  # fmt: skip
    await point(world, "AIR", "temperature", "Cel", asset_id=weather)
    await say(world, "AIR", "Cel", 10, 20, 30, 20)
    assert (await body_of(world, quantity="temperature", resolution="1d"))["mean"] == [20.0]
    # A sensor of its own comes first.
    await point(world, "OUT", "temperature", "Cel", asset_id=world.own.site_id)
    await say(world, "OUT", "Cel", 1, 1, 1, 1)
    assert (await body_of(world, quantity="temperature", resolution="1d"))["mean"] == [1.0]


async def test_two_series_of_a_point_are_one_line(world: World) -> None:
    point_id = await point(world, "T1", "temperature", "Cel")
    await say(world, "T1", "Cel", 10, 20)
    noon = (datetime.fromisoformat(START) + timedelta(hours=12)).isoformat()
    await send(
        world,
        {
            "readings": [
                {"meter": "T1", "at": noon, "value": 30.0, "unit": "Cel", "kind": "instant", "step_s": 3600}
            ]
        },
    )
    body = await body_of(world, point=str(point_id), resolution="1d")
    assert (body["min"], body["max"], body["mean"]) == ([10.0], [30.0], [22.5])
