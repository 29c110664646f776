"""Consumption beside another time, another asset, and what is normal."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from access_world import World, make_world
from aegrid_energy.api.application import ROUTERS
from aegrid_energy.domain.access import Grant, Role, ScopeKind
from aegrid_energy.storage.pool import Pool
from readings_asked import GET, asked, body_of, done
from readings_sent import DAY, START, meter_id_of, send, series_form


@pytest.fixture
async def world(access_pool: Pool, password_hash: str) -> World:
    return await make_world(access_pool, password_hash, routers=ROUTERS)


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
