"""The portfolio over a period: cut to the scope, compared over like days, with the months of the whole."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from access_world import World, make_world
from aegrid_energy.api.application import ROUTERS
from aegrid_energy.api.portfolio import PortfolioBody, PortfolioNormalBody
from aegrid_energy.domain.access import Grant, Role, ScopeKind
from aegrid_energy.domain.series import Direction, Kind, Quantity
from aegrid_energy.domain.zones import day_start
from aegrid_energy.storage.block_plan import Sent
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.readings_store import store
from aegrid_energy.storage.series import SeriesKey, find_or_create
from aegrid_energy.storage.sources import SourceKey, open_import, open_source
from aegrid_energy.workflows import see_normal
from readings_world import readings

PATH = "/api/energy/portfolio/consumption"
ZONE = "Australia/Melbourne"
MARCH = {"from": "2026-03-01", "to": "2026-04-01"}


@pytest.fixture
async def world(access_pool: Pool, password_hash: str) -> World:
    made = await make_world(access_pool, password_hash, routers=ROUTERS)
    made.clock.now = datetime(2026, 3, 11, 1, 0, tzinfo=UTC)
    return made


async def add_site(
    world: World,
    name: str,
    *days: tuple[date, int, float],
    area: float | None = None,
    use: str = "office",
    tags: list[str] | None = None,
    step_s: int = 3600,
) -> UUID:
    """A site with a meter; stretches of days from a date on, so many, of so many kWh an interval."""
    site, meter, load = uuid4(), uuid4(), uuid4()
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        await conn.execute(
            "insert into site (id, name, timezone, tags) values (%s, %s, %s, %s)",
            (site, name, ZONE, tags or []),
        )
        await conn.execute(
            """insert into assets (id, site_id, kind, name, floor_area_m2, use_type)
               values (%s, %s, 'site', %s, %s, %s)""",
            (site, site, name, area, use),
        )
        await conn.execute(
            "insert into energy_meters (id, site_id, carrier, name) values (%s, %s, 'electricity', 'Main')",
            (meter, site),
        )
        await conn.execute(
            "insert into meter_assignment (meter_id, asset_id, role) values (%s, %s, 'boundary')",
            (meter, site),
        )
        key = SeriesKey(
            meter_id=meter, register="E1", quantity=Quantity.ENERGY, direction=Direction.IMPORT,
            kind=Kind.INTERVAL, step_s=step_s, zone=ZONE,
        )  # fmt: skip
        (number,) = await find_or_create(conn, [key])
        await open_import(conn, load, kind="file", actor="test")
        source = await open_source(
            conn, SourceKey(import_id=load, provider="test", kind="file", actor="test")
        )
        for first, count, kwh in days:
            start, end = day_start(ZONE, first), day_start(ZONE, first + timedelta(days=count))
            sent = readings(start, [kwh] * ((end - start) // (step_s * 1000)), step_s=step_s)
            await store(conn, [Sent(series_no=number, readings=sent, source_no=source)], import_id=load)
    return site


async def asked(world: World, *grants: Grant, **params: Any) -> PortfolioBody:
    token = await world.token(await world.person(*(grants or (Grant(role=Role.EXECUTIVE),))))
    async with world.client(token=token, tenant=world.own.slug) as client:
        answer = await client.get(PATH, params=MARCH | params)
    assert answer.status_code == 200, answer.text
    return PortfolioBody.model_validate_json(answer.content, strict=True, extra="forbid")


#: Ten days of this March, and of the March before, with the weeks around them.
THIS = (date(2026, 3, 1), 10)
LAST = (date(2025, 2, 20), 45)


async def test_a_site_is_shown_by_its_area_and_against_like_days_of_the_year_before(world: World) -> None:
    await add_site(world, "Hall", (*THIS, 3.0), (*LAST, 2.0), area=720.0)
    body = await asked(world)
    hall = next(site for site in body.sites if site.name == "Hall")
    assert (hall.sum, hall.per_m2, hall.unit, hall.use_type) == (720.0, 1.0, "kWh", "office")
    assert hall.compared.change_share == pytest.approx(0.5)
    assert (hall.elapsed_days, hall.common_days, hall.coverage) == (10, 10, 1.0)
    assert body.as_of == date(2026, 3, 10)
    depot = next(site for site in body.sites if site.name == "Depot")
    assert (depot.sum, depot.compared.change_share, depot.compared.reason) == (None, None, "nothing_metered")
    assert (body.totals.sum, body.totals.sites, body.totals.sites_with_data) == (720.0, 2, 1)


async def test_a_month_has_as_many_days_of_the_year_before_beside_it(world: World) -> None:
    await add_site(world, "Hall", (*THIS, 3.0), (*LAST, 2.0))
    body = await asked(world)
    assert len(body.months) == 12
    march = body.months[-1]
    assert (march.start, march.sum, march.last_year_sum, march.is_running) == (
        date(2026, 3, 1), 720.0, 480.0, True,
    )  # fmt: skip
    assert body.months[0].sum == 2.0 * 24 * 5  # 1 to 5 April 2025, the rest is not known
    assert body.months[1].sum is None


async def test_the_previous_period_is_the_month_before(world: World) -> None:
    await add_site(world, "Hall", (*THIS, 3.0), (date(2026, 2, 1), 28, 4.0))
    body = await asked(world, comparison="previous_period")
    hall = next(site for site in body.sites if site.name == "Hall")
    assert hall.compared.change_share == pytest.approx(-0.25)


async def test_a_change_below_95_percent_of_days_is_explained(world: World) -> None:
    await add_site(world, "Hall", (*THIS, 3.0), (date(2025, 3, 1), 3, 2.0))
    body = await asked(world)
    hall = next(site for site in body.sites if site.name == "Hall")
    assert (hall.compared.change_share, hall.compared.reason) == (None, "too_few_common_days")
    assert (body.totals.compared.change_share, body.totals.compared_sites) == (None, 0)


async def test_the_whole_is_compared_over_the_sites_that_can_be(world: World) -> None:
    await add_site(world, "Hall", (*THIS, 3.0), (*LAST, 2.0))
    await add_site(world, "New", (*THIS, 100.0))
    body = await asked(world)
    assert (body.totals.compared_sites, body.totals.compared.change_share) == (1, pytest.approx(0.5))
    assert body.totals.sum == 103 * 240


async def test_costs_are_decimal_and_by_the_price_of_the_day(world: World) -> None:
    site = await add_site(world, "Hall", (*THIS, 3.0))
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        await conn.execute(
            """insert into flat_price (site_id, carrier, price_per_unit, unit, valid_from) values
               (%(s)s, 'electricity', 0.1, 'AUD/kWh', '-infinity'),
               (%(s)s, 'electricity', 0.2, 'AUD/kWh', '2026-03-06')""",
            {"s": site},
        )
    (cost,) = (await asked(world)).totals.costs
    assert (cost.currency, Decimal(cost.amount), cost.sites) == ("AUD", Decimal("108.00"), 1)


async def test_a_person_sees_the_sites_within_reach_alone(world: World) -> None:
    a = await add_site(world, "A", (*THIS, 1.0), tags=["north"])
    await add_site(world, "B", (*THIS, 2.0), tags=["south"])
    own = await asked(world, Grant(role=Role.FACILITIES, scope_kind=ScopeKind.SITE, scope_id=a))
    assert [site.name for site in own.sites] == ["A"]
    assert (own.totals.sum, own.choices.tags, own.choices.portfolios) == (240.0, ["north"], [])
    whole = await asked(world)
    assert whole.totals.sum == 720.0
    assert whole.choices.tags == ["north", "south"]


async def test_sites_are_chosen_by_portfolio_group_tag_and_use(world: World) -> None:
    a = await add_site(world, "A", (*THIS, 1.0), tags=["north"], use="library")
    await add_site(world, "B", (*THIS, 2.0), tags=["south"])
    group = uuid4()
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        await conn.execute("insert into asset_group (id, name) values (%s, 'Old')", (group,))
        await conn.execute("insert into asset_group_member (group_id, asset_id) values (%s, %s)", (group, a))

    async def names(**params: Any) -> list[str]:
        return [site.name for site in (await asked(world, **params)).sites]

    assert await names(tag="south") == ["B"]
    assert await names(use_type="library") == ["A"]
    assert await names(group=str(group)) == ["A"]
    assert await names(portfolio=str(world.own.portfolio_id)) == ["Depot"]
    assert await names(group=str(uuid4())) == []


async def test_a_meter_that_is_added_counts_at_once(world: World) -> None:
    await add_site(world, "A", (*THIS, 1.0))
    assert (await asked(world)).totals.sum == 240.0
    await add_site(world, "B", (*THIS, 1.0))
    assert (await asked(world)).totals.sum == 480.0


async def test_a_virtual_meter_is_answered_from_its_readings(world: World) -> None:
    site = await add_site(world, "Hall", (*THIS, 3.0))
    virtual = uuid4()
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        row = await (
            await conn.execute("select id from energy_meters where site_id = %s", (site,))
        ).fetchone()
        assert row is not None
        await conn.execute("update meter_assignment set role = 'sub' where asset_id = %s", (site,))
        await conn.execute(
            """insert into energy_meters (id, site_id, carrier, name, is_virtual)
               values (%s, %s, 'electricity', 'Half', true)""",
            (virtual, site),
        )
        await conn.execute(
            "insert into meter_assignment (meter_id, asset_id, role) values (%s, %s, 'boundary')",
            (virtual, site),
        )
        await conn.execute("insert into virtual_meter (meter_id) values (%s)", (virtual,))
        await conn.execute(
            """insert into virtual_term (meter_id, input_id, direction, coefficient)
               values (%s, %s, 'import', 0.5)""",
            (virtual, row[0]),
        )
    assert (await asked(world)).totals.sum == 360.0


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"to": "2026-03-01"}, id="empty"),
        pytest.param({"from": "2010-01-01"}, id="too_long"),
        pytest.param({"from": "yesterday"}, id="no_date"),
        pytest.param({"comparison": "normal"}, id="unknown_comparison"),
    ],
)
async def test_what_makes_no_sense_is_refused(world: World, wrong: dict[str, str]) -> None:
    token = await world.token(await world.person(Grant(role=Role.EXECUTIVE)))
    async with world.client(token=token, tenant=world.own.slug) as client:
        answer = await client.get(PATH, params=MARCH | wrong)
    assert answer.status_code == 422


async def test_what_has_not_changed_is_not_sent_again(world: World) -> None:
    await add_site(world, "A", (*THIS, 1.0))
    token = await world.token(await world.person(Grant(role=Role.EXECUTIVE)))
    async with world.client(token=token, tenant=world.own.slug) as client:
        first = await client.get(PATH, params=MARCH)
        again = await client.get(PATH, params=MARCH, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


NORMAL = "/api/energy/portfolio/normal"
#: Wednesdays to Tuesdays: enough workdays before the newest one.
BEFORE = (date(2026, 2, 11), 27)
NEWEST = date(2026, 3, 10)


async def normal(world: World, *grants: Grant) -> PortfolioNormalBody:
    token = await world.token(await world.person(*(grants or (Grant(role=Role.FACILITIES),))))
    async with world.client(token=token, tenant=world.own.slug) as client:
        answer = await client.get(NORMAL)
    assert answer.status_code == 200, answer.text
    return PortfolioNormalBody.model_validate_json(answer.content, strict=True, extra="forbid")


async def test_what_lies_above_the_usual_of_the_newest_day_is_added_up(world: World) -> None:
    site = await add_site(world, "Hall", (*BEFORE, 3.0), (NEWEST, 1, 5.0), step_s=1800)
    (hall,) = [row for row in (await normal(world)).sites if row.site_id == site]
    assert (hall.on, hall.low_kw, hall.usual_kw, hall.high_kw) == (NEWEST, 6.0, 6.0, 6.0)
    assert (hall.used_kwh, hall.expected_kwh, hall.excess_kwh) == (240.0, 144.0, 96.0)


async def test_a_site_without_history_says_so(world: World) -> None:
    new = await add_site(world, "New", (NEWEST, 1, 5.0), step_s=1800)
    reasons = {row.site_id: row.reason for row in (await normal(world)).sites}
    assert reasons == {new: "not_enough_history", world.own.site_id: "no_readings"}


async def test_bands_that_are_not_worked_out_yet_come_with_the_next_call(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(see_normal, "BANDS_AT_MOST", 1)
    for name in ("A", "B"):
        await add_site(world, name, (*BEFORE, 3.0), (NEWEST, 1, 5.0), step_s=1800)
    assert (await normal(world)).pending == 1
    after = await normal(world)
    assert after.pending == 0
    assert [row.excess_kwh for row in after.sites if row.reason is None] == [96.0, 96.0]


async def test_the_usual_is_told_of_the_sites_within_reach_alone(world: World) -> None:
    a = await add_site(world, "A", (NEWEST, 1, 1.0), step_s=1800)
    await add_site(world, "B", (NEWEST, 1, 1.0), step_s=1800)
    own = await normal(world, Grant(role=Role.FACILITIES, scope_kind=ScopeKind.SITE, scope_id=a))
    assert [row.site_id for row in own.sites] == [a]


async def test_data_that_ended_has_its_last_twelve_months_beside_the_year_before(world: World) -> None:
    """Years after the newest reading, a financial year that ran then shows the months up to that reading."""
    world.clock.now = datetime(2028, 1, 1, tzinfo=UTC)
    await add_site(world, "Hall", (date(2025, 1, 1), 429, 1.0))
    body = await asked(world, **{"from": "2025-07-01", "to": "2026-07-01"})
    assert (body.months[0].start, body.months[-1].start) == (date(2025, 4, 1), date(2026, 3, 1))
    assert [month.last_year_sum for month in body.months[-3:]] == [744.0, 672.0, 120.0]


async def test_a_site_that_sends_nothing_is_no_part_of_the_coverage_of_the_others(world: World) -> None:
    await add_site(world, "Hall", (*THIS, 3.0))
    await add_site(world, "Gone", (date(2020, 1, 1), 5, 1.0))
    body = await asked(world)
    assert (body.totals.coverage, body.totals.sites_with_data, body.months[-1].coverage) == (1.0, 1, 1.0)


async def test_a_site_whose_readings_ended_before_the_months_stands_in_neither_year(world: World) -> None:
    await add_site(world, "Hall", (date(2025, 1, 1), 429, 1.0))
    await add_site(world, "Gone", (date(2025, 1, 1), 31, 9.0))
    body = await asked(world)
    assert body.months[-3].start == date(2026, 1, 1)
    assert (body.months[-3].sum, body.months[-3].last_year_sum, body.months[-3].coverage) == (
        744.0,
        744.0,
        1.0,
    )


async def test_what_is_metered_by_the_hour_is_judged_by_the_hour(world: World) -> None:
    site = await add_site(world, "Hall", (*BEFORE, 3.0), (NEWEST, 1, 5.0))
    (hall,) = [row for row in (await normal(world)).sites if row.site_id == site]
    assert (hall.usual_kw, hall.excess_kwh) == (3.0, 48.0)


async def test_a_power_meter_is_held_against_the_usual_of_its_own_moment(world: World) -> None:
    """Where a site starts at six, its power of ten past six is no more than the usual."""
    site = await add_site(world, "Hall", step_s=1800)
    night, day = [1.0] * 12, [5.0] * 36
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        load = uuid4()
        await open_import(conn, load, kind="live", actor="test")
        source = await open_source(
            conn, SourceKey(import_id=load, provider="test", kind="live", actor="test")
        )
        point = uuid4()
        await conn.execute(
            """insert into point (id, asset_id, name, quantity, unit, kind)
               values (%s, %s, 'Power', 'power', 'kW', 'instant')""",
            (point, site),
        )
        key = SeriesKey(
            point_id=point, register="", quantity=Quantity.POWER, direction=Direction.NET, kind=Kind.INSTANT,
            step_s=60, zone=ZONE,
        )  # fmt: skip
        (gauge,) = await find_or_create(conn, [key])
        cursor = await conn.execute(
            "select series_no from series where kind = 'interval' and meter_id is not null"
        )
        (number,) = await cursor.fetchone() or (0,)
        start = day_start(ZONE, BEFORE[0])
        held = readings(start, (night + day) * BEFORE[1] + night, step_s=1800)
        at_ten_past_six = readings(day_start(ZONE, NEWEST) + 22_200_000, [10.0], step_s=60)
        sent = [
            Sent(series_no=number, readings=held, source_no=source),
            Sent(series_no=gauge, readings=at_ten_past_six, source_no=source),
        ]
        await store(conn, sent, import_id=load)
    (hall,) = [row for row in (await normal(world)).sites if row.site_id == site]
    assert (hall.on, hall.usual_kw) == (NEWEST, 10.0)
