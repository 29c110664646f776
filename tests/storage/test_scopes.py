"""Where things hang in the tree, and what hangs below a grant."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from aegrid_energy.domain.access import Reach
from aegrid_energy.storage.memberships import enter_tenant, found_tenant
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.scopes import (
    path_of_asset,
    path_of_meter,
    path_of_site,
    reached_assets,
    reached_sites,
)

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TODAY = NOW.date()
PORTFOLIO, OLD_PORTFOLIO, SITE, OTHER_SITE, BUILDING, PLANT, METER, LOOSE = (
    UUID(int=number) for number in range(1, 9)
)


@pytest.fixture
async def tenant_no(pool: Pool) -> int:
    async with transaction(pool, None) as database:
        tenant_no = await found_tenant(database, slug="shire", name="Shire", now=NOW)
        await enter_tenant(database, tenant_no)
        for site_id in (SITE, OTHER_SITE):
            await database.execute(
                "insert into site (id, name, timezone) values (%s, 'S', 'UTC')", (site_id,)
            )
        for asset_id, parent, site_id in (
            (SITE, None, SITE),
            (BUILDING, SITE, SITE),
            (PLANT, BUILDING, SITE),
            (OTHER_SITE, None, OTHER_SITE),
        ):
            await database.execute(
                "insert into assets (id, site_id, parent_id, kind, name) values (%s, %s, %s, 'x', 'A')",
                (asset_id, site_id, parent),
            )
        for portfolio_id, valid_from, valid_to in (
            (PORTFOLIO, date(2020, 1, 1), None),
            (OLD_PORTFOLIO, date(2019, 1, 1), TODAY),
        ):
            await database.execute(
                "insert into portfolio (id, name) values (%s, %s)", (portfolio_id, str(portfolio_id))
            )
            await database.execute(
                """insert into portfolio_site (portfolio_id, site_id, valid_from, valid_to)
                   values (%s, %s, %s, coalesce(%s, 'infinity'::date))""",
                (portfolio_id, SITE, valid_from, valid_to),
            )
        for meter_id, site_id in ((METER, SITE), (LOOSE, None)):
            await database.execute(
                "insert into energy_meters (id, site_id, carrier, name) values (%s, %s, 'electricity', 'M')",
                (meter_id, site_id),
            )
    return tenant_no


async def test_a_site_hangs_in_the_portfolios_of_the_day(pool: Pool, tenant_no: int) -> None:
    async with transaction(pool, tenant_no) as database:
        assert await path_of_site(database, tenant_no, SITE, on=TODAY) == (tenant_no, PORTFOLIO, SITE)
        yesterday = await path_of_site(database, tenant_no, SITE, on=TODAY - timedelta(days=1))
        assert yesterday is not None
        assert set(yesterday[1:]) == {PORTFOLIO, OLD_PORTFOLIO, SITE}
        assert await path_of_site(database, tenant_no, OTHER_SITE, on=TODAY) == (tenant_no, OTHER_SITE)


async def test_an_asset_hangs_below_everything_above_it(pool: Pool, tenant_no: int) -> None:
    async with transaction(pool, tenant_no) as database:
        path = await path_of_asset(database, tenant_no, PLANT, on=TODAY)
    assert path == (tenant_no, PORTFOLIO, SITE, SITE, BUILDING, PLANT)


async def test_a_meter_hangs_where_it_is_now_or_was_last(pool: Pool, tenant_no: int) -> None:
    async with transaction(pool, tenant_no) as database:
        assert await path_of_meter(database, tenant_no, METER, at=NOW) == (tenant_no, PORTFOLIO, SITE)
        for asset_id, valid_from, valid_to in (
            (BUILDING, NOW - timedelta(days=9), NOW - timedelta(days=5)),
            (OTHER_SITE, NOW - timedelta(days=5), NOW),
        ):
            await database.execute(
                """insert into meter_assignment (meter_id, asset_id, role, valid_from, valid_to)
                   values (%s, %s, 'boundary', %s, %s)""",
                (METER, asset_id, valid_from, valid_to),
            )
        then = await path_of_meter(database, tenant_no, METER, at=NOW - timedelta(days=6))
        now = await path_of_meter(database, tenant_no, METER, at=NOW)
        loose = await path_of_meter(database, tenant_no, LOOSE, at=NOW)
    assert then is not None
    assert then[-1] == BUILDING
    assert now == (tenant_no, OTHER_SITE, OTHER_SITE)
    assert loose == (tenant_no,)


async def test_what_is_unknown_or_of_another_tenant_has_no_path(pool: Pool, tenant_no: int) -> None:
    async with transaction(pool, None) as database:
        other = await found_tenant(database, slug="other", name="Other", now=NOW)
    async with transaction(pool, other) as database:
        assert await path_of_asset(database, other, PLANT, on=TODAY) is None
        assert await path_of_site(database, other, SITE, on=TODAY) is None
        assert await path_of_meter(database, other, METER, at=NOW) is None
        everything = Reach(sites=frozenset({SITE}), portfolios=frozenset({PORTFOLIO}))
        assert await reached_sites(database, everything, on=TODAY) == frozenset()
        assert await reached_assets(database, everything, on=TODAY) == frozenset()
    async with transaction(pool, tenant_no) as database:
        assert await path_of_asset(database, tenant_no, uuid4(), on=TODAY) is None


@pytest.mark.parametrize(
    ("reach", "sites", "assets"),
    [
        pytest.param(Reach(is_everywhere=True), None, None, id="everywhere"),
        pytest.param(Reach(), set(), set(), id="nowhere"),
        pytest.param(Reach(sites=frozenset({SITE})), {SITE}, {SITE, BUILDING, PLANT}, id="site"),
        pytest.param(
            Reach(portfolios=frozenset({PORTFOLIO})), {SITE}, {SITE, BUILDING, PLANT}, id="portfolio"
        ),
        pytest.param(Reach(portfolios=frozenset({OLD_PORTFOLIO})), set(), set(), id="portfolio-it-left"),
        pytest.param(Reach(assets=frozenset({BUILDING})), set(), {BUILDING, PLANT}, id="building"),
        pytest.param(
            Reach(assets=frozenset({OTHER_SITE})), {OTHER_SITE}, {OTHER_SITE}, id="root-asset-of-a-site"
        ),
    ],
)
async def test_reach_is_cut_down_to_what_hangs_below(
    pool: Pool, tenant_no: int, reach: Reach, sites: set[UUID] | None, assets: set[UUID] | None
) -> None:
    async with transaction(pool, tenant_no) as database:
        assert await reached_sites(database, reach, on=TODAY) == sites
        assert await reached_assets(database, reach, on=TODAY) == assets
