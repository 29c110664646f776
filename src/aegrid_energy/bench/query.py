"""How fast answers come: a meter's year, a site's days, a portfolio's months, all sites, a search."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial
from typing import Any, Final
from uuid import UUID

import numpy as np

from aegrid_energy.api.overview import render_overview
from aegrid_energy.bench._sites import NOW, ManySites, add_year_before, make_sites
from aegrid_energy.bench._stage import (
    SLOTS,
    START_MS,
    STEP_S,
    Figure,
    Portfolio,
    Stage,
    calibration,
    checkpoint,
    make_portfolio,
    printed,
    simulated,
    stage,
)
from aegrid_energy.domain.series import Carrier
from aegrid_energy.storage.latest import latest
from aegrid_energy.storage.pool import Pool, build_pool, transaction
from aegrid_energy.storage.readings import read_arrow, read_many
from aegrid_energy.storage.readings_store import store_matrix
from aegrid_energy.storage.roles import Role
from aegrid_energy.storage.rollups import day_totals, month_totals, summed_day_totals
from aegrid_energy.storage.rollups_month import Counted, rebuild_site_months, site_months, take_dirty_months
from aegrid_energy.storage.search import search_register
from aegrid_energy.workflows.plan_sites import SitePlans
from aegrid_energy.workflows.plan_uses import UsePlans
from aegrid_energy.workflows.see_overview import see_overview
from aegrid_energy.workflows.see_portfolio import Beside, PortfolioQuestion, see_portfolio

METERS: Final = 500
_FULL_METERS: Final = 10_000
_BATCH: Final = 500
_PER_SITE: Final = 50
_SITES: Final = 1_000
_ROUNDS: Final = 15
_YEAR: Final = (date(2024, 1, 1), date(2025, 1, 1))


def run(*, full: bool = False, meters: int | None = None) -> dict[str, Any]:
    """Measure.

    Args:
        full: Among a thousand million readings instead of fifty.
        meters: Another number of meters, for development.
    """
    count = meters or (_FULL_METERS if full else METERS)
    with stage() as at:
        return asyncio.run(_run(at, count))


async def _run(at: Stage, meters: int) -> dict[str, Any]:
    calibration_s = calibration()
    async with build_pool(at.dsn(Role.APP), name="bench", size=4) as pool:
        portfolio = await make_portfolio(pool, meters)
        slots = await _fill(pool, portfolio)
        months_s = await _add_months(pool, portfolio)
        checkpoint(at)
        figures = await _figures(pool, portfolio, meters)
        figures.append(Figure(name="adding all months up after a load", value=months_s, unit="s"))
        sites = await make_sites(pool, _SITES)
        checkpoint(at)
        figures += await _screens(pool, sites)
        await add_year_before(pool, sites)
        checkpoint(at)
        figures.append(await _portfolio(pool, sites))
    return printed("query", figures, calibration_s, meters=meters, readings=slots, rounds=_ROUNDS)


async def _fill(pool: Pool, portfolio: Portfolio) -> int:
    slots = 0
    for first in range(0, len(portfolio.series_nos), _BATCH):
        matrix = simulated(portfolio, first, min(_BATCH, len(portfolio.series_nos) - first))
        async with transaction(pool, portfolio.tenant_no) as conn:
            await store_matrix(conn, matrix, import_id=portfolio.import_id)
        slots += matrix.micro.size
    return slots


async def _figures(pool: Pool, portfolio: Portfolio, meters: int) -> list[Figure]:
    numbers = portfolio.series_nos.tolist()
    end_ms = START_MS + SLOTS * STEP_S * 1000
    site, months = numbers[: min(50, meters)], numbers[: min(500, meters)]
    rng = np.random.default_rng(3)

    async def meter_year() -> int:
        async with transaction(pool, portfolio.tenant_no) as conn:
            return len(await read_arrow(conn, int(rng.choice(numbers)), START_MS, end_ms))

    async def site_days() -> int:
        async with transaction(pool, portfolio.tenant_no) as conn:
            return len((await summed_day_totals(conn, site, *_YEAR)).on)

    async def meter_days() -> int:
        async with transaction(pool, portfolio.tenant_no) as conn:
            return len((await day_totals(conn, site, *_YEAR)).on)

    async def site_raw() -> int:
        async with transaction(pool, portfolio.tenant_no) as conn:
            return sum(len(of) for of in (await read_many(conn, site, START_MS, end_ms)).values())

    async def portfolio_months() -> int:
        async with transaction(pool, portfolio.tenant_no) as conn:
            return len(await site_months(conn, *_YEAR))

    async def months_from_days() -> int:
        async with transaction(pool, portfolio.tenant_no) as conn:
            return len((await month_totals(conn, months, *_YEAR)).on)

    async def newest() -> int:
        async with transaction(pool, portfolio.tenant_no) as conn:
            return len(await latest(conn, months))

    return [
        await _measured("meter-year to Arrow", meter_year, limit=5, peer="TimescaleDB 31, DuckDB 8.2"),
        await _measured(
            f"site-year of days, {len(site)} meters added up", site_days, limit=15, peer="TimescaleDB 55"
        ),
        await _measured(f"the same, each of the {len(site)} meters", meter_days),
        await _measured(f"site-year raw, {len(site)} meters", site_raw),
        await _measured(
            f"portfolio months by site, {len(numbers)} meters",
            portfolio_months,
            limit=80,
            peer="TimescaleDB 372",
        ),
        await _measured(f"the same from days, {len(months)} meters", months_from_days),
        await _measured(f"newest of {len(months)} meters", newest, limit=10, peer="TimescaleDB 9.6"),
    ]


async def _screens(pool: Pool, sites: ManySites) -> list[Figure]:
    """What the first screen and the search box wait for."""
    plans = SitePlans()

    async def overview(of: SitePlans) -> int:
        async with transaction(pool, sites.tenant_no) as conn:
            plan = await of.of(conn, None, now=NOW)
            rows = await see_overview(conn, plan, now=NOW)
        render_overview(rows, as_of=NOW)
        return sum(row.latest is not None and row.month_kwh is not None for row in rows)

    async def search(text: str) -> int:
        async with transaction(pool, sites.tenant_no) as conn:
            return len(await search_register(conn, text, None, limit=20))

    return [
        await _measured("overview of all sites, as JSON", partial(overview, plans), limit=50),
        await _measured("the same after a change of the register", lambda: overview(SitePlans())),
        await _measured(
            f"search for a serial among {_SITES:,} meters, {4 * _SITES:,} assets",
            partial(search, "sn07919"),
            limit=50,
        ),
        await _measured("search for a letter that is in every name", partial(search, "i"), limit=50),
    ]


async def _portfolio(pool: Pool, sites: ManySites) -> Figure:
    """What the portfolio's energy over a year waits for: two years of local days of every site."""
    plans = UsePlans()
    asked = PortfolioQuestion(
        first=_YEAR[0], end=_YEAR[1], carrier=Carrier.ELECTRICITY, beside=Beside.SAME_PERIOD_LAST_YEAR
    )

    async def table() -> int:
        async with transaction(pool, sites.tenant_no) as conn:
            answer = await see_portfolio(conn, asked, await plans.of(conn), now=NOW)
        return sum(site.total is not None for site in answer.sites)

    return await _measured("a year of all sites against the year before, from days", table, limit=500)


async def _add_months(pool: Pool, portfolio: Portfolio) -> float:
    """Seconds that the job takes to add up all months of sites of fifty meters after a load."""
    counted = [
        Counted(
            root_asset=UUID(int=row // _PER_SITE),
            carrier="electricity",
            direction="import",
            unit="kWh",
            series_no=number,
            first=_YEAR[0],
            end=_YEAR[1],
        )
        for row, number in enumerate(portfolio.series_nos.tolist())
    ]
    roots = {one.series_no: one.root_asset for one in counted}
    began = time.perf_counter()
    async with transaction(pool, portfolio.tenant_no) as conn:
        dirty = await take_dirty_months(conn, limit=1_000_000)
        await rebuild_site_months(conn, ((roots[series_no], month) for series_no, month in dirty), counted)
    return time.perf_counter() - began


async def _measured(
    name: str, ask: Callable[[], Awaitable[int]], *, limit: float | None = None, peer: str = ""
) -> Figure:
    """Median over some rounds, each in a transaction of its own, warm."""
    rows = await ask()
    took: list[float] = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - began) * 1000)
    return Figure(
        name=f"{name} ({rows:,} rows)", value=statistics.median(took), unit="ms", limit=limit, peer=peer
    )
