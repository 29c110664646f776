"""Plans of sites are kept as long as the register stays, and never longer."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from aegrid_energy.domain.series import Direction, Kind, Quantity
from aegrid_energy.storage.memberships import enter_tenant, found_tenant
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.register import load_sheets
from aegrid_energy.storage.series import SeriesKey, find_or_create
from aegrid_energy.workflows.plan_sites import PortfolioPlan, SitePlans, plan_sites

NOW = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
SITES = ("A", "B", "C")


def sheets(names: tuple[str, ...]) -> dict[str, list[dict[str, str]]]:
    return {
        "sites": [{"external_id": n, "name": n, "timezone": "Australia/Perth"} for n in names],
        "meters": [
            {"external_id": f"M{n}", "site": n, "carrier": "electricity", "name": "Main"} for n in names
        ],
        "assignments": [{"meter": f"M{n}", "asset": n, "role": "boundary"} for n in names],
    }


async def make_tenant(pool: Pool, slug: str = "one", names: tuple[str, ...] = SITES) -> int:
    async with transaction(pool, None) as conn:
        tenant_no = await found_tenant(conn, slug=slug, name=slug, now=NOW)
        await enter_tenant(conn, tenant_no)
        await load_sheets(conn, sheets(names), now=NOW)
    for name in names:
        await open_series(pool, tenant_no, f"M{name}")
    return tenant_no


async def open_series(pool: Pool, tenant_no: int, meter: str, *, step_s: int = 1800) -> int:
    async with transaction(pool, tenant_no) as conn:
        row = await (
            await conn.execute("select id from energy_meters where external_id = %s", (meter,))
        ).fetchone()
        assert row is not None
        key = SeriesKey(
            meter_id=row[0],
            register=f"E{step_s}",
            quantity=Quantity.ENERGY,
            direction=Direction.IMPORT,
            kind=Kind.INTERVAL,
            step_s=step_s,
            zone="Australia/Perth",
        )
        return (await find_or_create(conn, [key]))[0]


async def change(pool: Pool, tenant_no: int, statement: str) -> None:
    async with transaction(pool, tenant_no) as conn:
        await conn.execute(statement)


async def asked(
    plans: SitePlans, pool: Pool, tenant_no: int, sites: frozenset[UUID] | None = None, now: datetime = NOW
) -> PortfolioPlan:
    async with transaction(pool, tenant_no) as conn:
        return await plans.of(conn, sites, now=now)


def counts(plan: PortfolioPlan) -> dict[str, int]:
    """How many series are counted at each site."""
    return {of.site.name: len(of.counted) for of in plan.sites}


async def test_the_plan_of_a_register_that_stays_is_the_same_object(pool: Pool) -> None:
    tenant_no, plans = await make_tenant(pool), SitePlans()
    first = await asked(plans, pool, tenant_no)
    assert counts(first) == {"A": 1, "B": 1, "C": 1}
    assert await asked(plans, pool, tenant_no, now=NOW + 100 * DAY) is first


@pytest.mark.parametrize(
    ("statement", "after"),
    [
        pytest.param("update site set name = 'D' where name = 'A'", {"B": 1, "C": 1, "D": 1}, id="site"),
        pytest.param(
            "update meter_assignment set role = 'sub' where meter_id = "
            "(select id from energy_meters where external_id = 'MA')",
            {"A": 0, "B": 1, "C": 1},
            id="role",
        ),
        pytest.param(
            "delete from meter_assignment where meter_id = "
            "(select id from energy_meters where external_id = 'MB')",
            {"A": 1, "B": 0, "C": 1},
            id="assignment_gone",
        ),
        pytest.param(
            "update energy_meters set carrier = 'gas' where external_id = 'MC'",
            {"A": 1, "B": 1, "C": 0},
            id="meter",
        ),
        pytest.param("delete from series", {"A": 0, "B": 0, "C": 0}, id="series_gone"),
        pytest.param(
            """with s as (insert into site (id, name, timezone)
                   values ('00000000-0000-0000-0000-00000000000d', 'D', 'Australia/Perth') returning id)
               insert into assets (id, site_id, kind, name) select id, id, 'site', 'D' from s""",
            {"A": 1, "B": 1, "C": 1, "D": 0},
            id="site_new",
        ),
    ],
)
async def test_a_change_of_the_register_is_seen_by_the_next_question(
    pool: Pool, statement: str, after: dict[str, int]
) -> None:
    tenant_no, plans = await make_tenant(pool), SitePlans()
    await asked(plans, pool, tenant_no)
    await change(pool, tenant_no, statement)
    assert counts(await asked(plans, pool, tenant_no)) == after


async def test_a_new_series_is_seen_by_the_next_question(pool: Pool) -> None:
    tenant_no, plans = await make_tenant(pool), SitePlans()
    before = await asked(plans, pool, tenant_no)
    number = await open_series(pool, tenant_no, "MA", step_s=300)
    after = await asked(plans, pool, tenant_no)
    assert number not in before.counted.series_no
    assert number in after.counted.series_no


async def test_a_meter_that_moves_on_a_day_moves_in_the_plan_of_that_day(pool: Pool) -> None:
    tenant_no, plans = await make_tenant(pool), SitePlans()
    await change(
        pool,
        tenant_no,
        """update meter_assignment set valid_to = '2026-03-05T00:00Z'
           where meter_id = (select id from energy_meters where external_id = 'MA')""",
    )
    await change(
        pool,
        tenant_no,
        """update meter_assignment set valid_from = '2026-03-10T00:00Z'
           where meter_id = (select id from energy_meters where external_id = 'MB')""",
    )
    moved = {
        day: counts(await asked(plans, pool, tenant_no, now=datetime(2026, 3, day, tzinfo=UTC)))
        for day in (2, 5, 6, 9, 10, 2)  # the clock may also go back
    }
    assert [(day, moved[day]["A"], moved[day]["B"]) for day in sorted(moved)] == [
        (2, 1, 0),
        (5, 1, 0),  # what it counted in the last day still shows
        (6, 0, 0),
        (9, 0, 0),
        (10, 0, 1),
    ]


async def test_a_kept_plan_says_what_a_new_one_says(pool: Pool) -> None:
    tenant_no, plans = await make_tenant(pool), SitePlans()
    await change(pool, tenant_no, "update series set valid_from = '2026-03-04T06:00Z'")
    await change(pool, tenant_no, "update energy_meters set in_service_to = '2026-03-05T18:00Z'")
    for hours in range(0, 24 * 7, 6):
        now = NOW + timedelta(hours=hours)
        async with transaction(pool, tenant_no) as conn:
            fresh = await plan_sites(conn, None, now=now)
        assert (await asked(plans, pool, tenant_no, now=now)).sites == fresh.sites


async def test_one_plan_serves_every_scope(pool: Pool) -> None:
    tenant_no, plans = await make_tenant(pool), SitePlans()
    whole = await asked(plans, pool, tenant_no)
    some = frozenset(of.site.id for of in whole.sites[:2])
    cut = await asked(plans, pool, tenant_no, some)
    assert counts(cut) == {"A": 1, "B": 1}
    assert cut.counted.series_no.tolist() == whole.counted.series_no.tolist()[:2]
    assert counts(await asked(plans, pool, tenant_no, frozenset())) == {}
    assert await asked(plans, pool, tenant_no) is whole


async def test_tenants_do_not_share_plans(pool: Pool) -> None:
    one = await make_tenant(pool, "one", ("A",))
    two = await make_tenant(pool, "two", ("Z",))
    plans = SitePlans()
    assert counts(await asked(plans, pool, one)) == {"A": 1}
    assert counts(await asked(plans, pool, two)) == {"Z": 1}
    assert counts(await asked(plans, pool, one)) == {"A": 1}


async def test_the_tenants_asked_for_longest_ago_go_first(pool: Pool) -> None:
    numbers = [await make_tenant(pool, slug, ("A", "B")) for slug in ("one", "two", "three")]
    plans = SitePlans(sites_at_most=4)
    first, second = [await asked(plans, pool, number) for number in numbers[:2]]
    assert await asked(plans, pool, numbers[0]) is first
    await asked(plans, pool, numbers[2])
    assert plans.sites == 4
    assert await asked(plans, pool, numbers[0]) is first
    assert await asked(plans, pool, numbers[1]) is not second


async def test_a_tenant_with_too_many_sites_is_answered_and_not_kept(pool: Pool) -> None:
    tenant_no, plans = await make_tenant(pool), SitePlans(sites_at_most=2)
    assert counts(await asked(plans, pool, tenant_no)) == {"A": 1, "B": 1, "C": 1}
    assert plans.sites == 0


async def test_a_plan_of_a_change_that_is_rolled_back_is_not_kept(pool: Pool) -> None:
    tenant_no, plans = await make_tenant(pool), SitePlans()
    async with transaction(pool, tenant_no) as conn, conn.transaction(force_rollback=True):
        await conn.execute("delete from meter_assignment")
        assert counts(await plans.of(conn, None, now=NOW)) == {"A": 0, "B": 0, "C": 0}
    assert counts(await asked(plans, pool, tenant_no)) == {"A": 1, "B": 1, "C": 1}
