"""Consumption in other units, against other times and assets, of virtual meters and points, as powers."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from access_world import World, make_world
from aegrid_energy.api.application import ROUTERS
from aegrid_energy.domain.access import Grant, Role, ScopeKind
from aegrid_energy.storage.pool import Pool, transaction
from readings_sent import DAY, START, meter_id_of, send, series_form

GET = "/api/energy/consumption"
#: Half hours of one day of Melbourne.
SLOTS = 48


@pytest.fixture
async def world(access_pool: Pool, password_hash: str) -> World:
    return await make_world(access_pool, password_hash, routers=ROUTERS)


async def asked(
    world: World,
    *,
    asset: UUID | None = None,
    tail: str = "",
    accept: str = "application/json",
    **params: Any,
) -> httpx.Response:
    async with world.as_role(Role.EXECUTIVE) as client:
        path = f"{GET}/{asset or world.own.site_id}{tail}"
        return await client.get(path, params=DAY | params, headers={"Accept": accept})


async def body_of(world: World, **params: Any) -> dict[str, Any]:
    answer = await asked(world, **params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def done(world: World, statement: str, *params: object) -> None:
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        await conn.execute(statement, params)  # pyright: ignore[reportArgumentType]


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
        put = await client.put("/api/energy/preferences", json={"display_units": {"electricity": "MWh"}})
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


# comparisons


async def days(world: World, first: str, values: list[float | None], *, meter: str = "M1") -> None:
    """A value an hour, the same over each local day."""
    await send(
        world,
        series_form(
            [value for value in values for _ in range(24)],
            meter=meter, start=f"{first}T00:00:00+11:00", step_s=3600,
        ),
    )  # fmt: skip


def over(first: str, end: str) -> dict[str, str]:
    return {"from": f"{first}T00:00:00+11:00", "to": f"{end}T00:00:00+11:00"}


async def test_the_previous_period_lies_bucket_under_bucket(world: World) -> None:
    await days(world, "2026-02-22", [1.0] * 3 + [2.0] * 3)
    body = await body_of(
        world, comparison="previous_period", resolution="1d", **over("2026-02-25", "2026-02-28")
    )
    there = body["comparison"]
    assert (body["sum"], there["sum"], there["coverage"]) == ([48.0] * 3, [24.0] * 3, [1.0] * 3)
    assert there["start"] == [start - 3 * 86_400_000 for start in body["start"]]
    summary = there["summary"]
    assert (summary["this"], summary["that"], summary["change_share"]) == (144.0, 72.0, 1.0)
    assert (summary["coverage_this"], summary["coverage_that"], summary["reason"]) == (1.0, 1.0, None)


async def test_a_change_that_the_data_cannot_carry_is_explained(world: World) -> None:
    await days(world, "2026-02-22", [1.0, None, 1.0, 2.0, 2.0, 2.0])
    body = await body_of(
        world, comparison="previous_period", resolution="1d", **over("2026-02-25", "2026-02-28")
    )
    summary = body["comparison"]["summary"]
    assert (summary["change_share"], summary["reason"]) == (None, "too_few_common_days")
    assert summary["sentence"].startswith("Both sides have readings for only 2 of 3 days")
    assert summary["coverage_that"] == pytest.approx(2 / 3, abs=1e-4)
    assert body["comparison"]["sum"] == [24.0, None, 24.0]


async def test_a_running_period_is_compared_over_the_days_that_have_passed(world: World) -> None:
    # Now is noon of Monday 2 March; February's first two days meet March's, of which one is over.
    await days(world, "2026-02-01", [1.0] * 28 + [3.0])
    await send(world, series_form([3.0] * 12, start="2026-03-02T00:00:00+11:00", step_s=3600))
    body = await body_of(
        world, comparison="previous_period", resolution="1d", **over("2026-03-01", "2026-04-01")
    )
    summary = body["comparison"]["summary"]
    assert (summary["elapsed_days"], summary["this"], summary["that"]) == (1, 72.0, 24.0)
    assert summary["change_share"] == 2.0


async def test_last_year_meets_the_same_weekday_and_a_holiday_meets_a_holiday(world: World) -> None:
    # 27 January 2025 was the holiday of that year's Monday; in 2026 it is Monday the 26th.
    await days(world, "2025-01-20", [1.0] * 7 + [0.25] + [1.0] * 13)
    await days(world, "2026-01-19", [2.0] * 7 + [0.5] + [2.0] * 6)
    for day in ("2025-01-27", "2026-01-26"):
        await done(
            world,
            """insert into event (id, scope_kind, starts_at, ends_at, kind, text, author, created_at)
               values (%s, 'tenant', %s, %s, 'holiday', 'Australia Day', 'test', now())""",
            uuid4(), f"{day}T00:00:00+11:00", f"{day}T23:59:59+11:00",
        )  # fmt: skip
    body = await body_of(
        world, comparison="same_period_last_year", resolution="1d", **over("2026-01-24", "2026-01-29")
    )
    there = body["comparison"]
    assert body["sum"] == [48.0, 48.0, 12.0, 48.0, 48.0]
    assert there["sum"] == [24.0, 24.0, 6.0, 24.0, 24.0]
    assert there["summary"]["change_share"] == 1.0
    weekday = [
        (datetime.fromtimestamp(ms / 1000, UTC) + timedelta(hours=11)).weekday() for ms in there["start"]
    ]
    assert weekday == [5, 6, 0, 1, 2]


@pytest.mark.parametrize("resolution", ["5m", "15m", "30m", "1h", "1d"])
async def test_normal_is_told_at_every_length_of_bucket(world: World, resolution: str) -> None:
    # Workdays of 1 kW, 2 kW and so on by the day of the month, weekends of 100 kW.
    first = datetime.fromisoformat("2026-02-02T00:00:00+11:00")
    values: list[float | None] = []
    for day in range(28):
        is_workday = (first + timedelta(days=day)).weekday() < 5
        values += [(day + 1 if is_workday else 100) / 12] * 288
    await send(world, series_form(values, start=first.isoformat(), step_s=300))
    body = await body_of(
        world, comparison="normal", resolution=resolution, **over("2026-02-26", "2026-02-27")
    )
    there = body["comparison"]
    # The eight workdays before Thursday 26 February took 15 to 19 and 22 to 24 kW.
    assert there["mean"] == [pytest.approx(18.5, abs=1e-5)] * len(body["start"])
    assert there["low"] == [pytest.approx(15.7, abs=1e-5)] * len(body["start"])
    assert set(there["support"]) == {8}
    assert sum(there["sum"]) == pytest.approx(18.5 * 24, abs=1e-3)
    assert there["summary"]["change_share"] == pytest.approx(25 / 18.5 - 1, abs=1e-5)
    assert there["summary"]["reason"] is None


async def test_without_enough_like_days_normal_says_so(world: World) -> None:
    await days(world, "2026-02-22", [1.0] * 6)
    body = await body_of(world, comparison="normal", resolution="1h", **over("2026-02-27", "2026-02-28"))
    there = body["comparison"]
    assert (set(there["mean"]), set(there["low"])) == ({None}, {None})
    assert (there["summary"]["change_share"], there["summary"]["reason"]) == (None, "not_enough_history")
    assert there["summary"]["sentence"].startswith("There are not enough like days")


async def test_another_asset_is_compared_by_floor_area(world: World) -> None:
    await days(world, "2026-02-25", [2.0] * 3)
    await days(world, "2026-02-25", [3.0] * 3, meter="M2")
    shed, site = world.own.asset_id, world.own.site_id
    await done(
        world,
        "update meter_assignment set asset_id = %s where meter_id = %s",
        shed,
        await meter_id_of(world, "M2"),
    )
    await done(world, "update assets set floor_area_m2 = case when id = %s then 100 else 200 end", shed)
    params = over("2026-02-25", "2026-02-28") | {"comparison": "other_asset", "other_asset": str(shed)}
    body = await body_of(world, asset=site, resolution="1d", per_m2="true", **params)
    there = body["comparison"]
    assert (body["unit"], body["sum"]) == ("kWh/m2", [0.24] * 3)
    assert there["sum"] == [0.72] * 3
    assert there["summary"]["change_share"] == pytest.approx(0.24 / 0.72 - 1, abs=1e-6)
    assert there["other_asset_id"] == str(shed)
    absolute = await body_of(world, asset=site, resolution="1d", **params)
    assert (absolute["sum"], absolute["comparison"]["sum"]) == ([48.0] * 3, [72.0] * 3)


async def test_an_asset_outside_the_scope_is_not_compared_with(world: World) -> None:
    await send(world, series_form())
    grant = Grant(role=Role.EXECUTIVE, scope_kind=ScopeKind.ASSET, scope_id=world.own.asset_id)
    token = await world.token(await world.person(grant))
    params = DAY | {"comparison": "other_asset", "other_asset": str(world.own.site_id)}
    async with world.client(token=token, tenant=world.own.slug) as client:
        own = await client.get(f"{GET}/{world.own.asset_id}", params=DAY)
        other = await client.get(f"{GET}/{world.own.asset_id}", params=params)
    assert (own.status_code, other.status_code) == (200, 404)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        pytest.param({"comparison": "other_asset"}, "other_asset_missing", id="no-asset"),
        pytest.param({"comparison": "normal", "quantity": "power"}, "comparison_not_possible", id="power"),
        pytest.param({"per_m2": "true"}, "no_floor_area", id="no-area"),
        pytest.param({"resolution": "15m"}, "resolution_finer_than_data", id="too-fine"),
        pytest.param({"comparison": "normal", "resolution": "5m"}, "resolution_finer_than_data", id="normal"),
        pytest.param({"comparison": "normal", "to": START}, "empty_period", id="empty"),
    ],
)
async def test_what_cannot_be_answered_is_refused(world: World, params: dict[str, str], code: str) -> None:
    await send(world, series_form())
    answer = await asked(world, **params)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    if code == "resolution_finer_than_data":
        assert answer.json()["params"]["native_step_s"] == 1800


async def test_a_table_carries_the_comparison_too(world: World) -> None:
    await days(world, "2026-02-22", [1.0] * 3 + [2.0] * 3)
    params = over("2026-02-25", "2026-02-28") | {"comparison": "previous_period", "resolution": "1d"}
    text = (await asked(world, accept="text/csv", **params)).text
    head, first = text.splitlines()[:2]
    columns = dict(zip(head.split(","), first.split(","), strict=True))
    assert (columns["sum_kWh"], columns["previous_period_sum_kWh"]) == ("48.0", "24.0")
    assert columns["previous_period_mean_kW"] == "1.0"


# demand


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
