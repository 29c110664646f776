"""Months of sites are the sums of the days that count, and are rebuilt where days changed."""

import uuid
from datetime import date
from decimal import Decimal

from aegrid_energy.storage.readings_store import store
from aegrid_energy.storage.rollups import day_totals, month_totals, summed_day_totals
from aegrid_energy.storage.rollups_month import Counted, rebuild_site_months, site_months, take_dirty_months
from readings_world import World, make_tenant, ms, readings, sent

SITE, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)
EVER = (date(1970, 1, 1), date(2200, 1, 1))


def counts(series, root=SITE, first=EVER[0], end=EVER[1]) -> Counted:
    return Counted(
        root_asset=root,
        carrier="electricity",
        direction="import",
        unit="kWh",
        series_no=series,
        first=first,
        end=end,
    )


async def load(world: World, series, start, values):
    async with world.tx() as conn:
        await store(conn, [sent(series, await world.source(), readings(ms(start), values, step_s=3600))])


async def rebuild(world: World, counted):
    async with world.tx() as conn:
        dirty = await take_dirty_months(conn)
        roots = {c.series_no: c.root_asset for c in counted}
        await rebuild_site_months(conn, [(roots[s], month) for s, month in dirty if s in roots], counted)
    return dirty


async def shown(world: World):
    async with world.tx() as conn:
        return [
            (m.root_asset, m.month, m.total, round(m.coverage, 3), m.estimated_share)
            for m in await site_months(conn, *EVER)
        ]


async def test_months_are_the_sums_of_the_local_days_that_count(world):
    one, two, three = [await world.series(3600) for _ in range(3)]
    # 31 March, 13:00 UTC is midnight of 1 April in Melbourne.
    await load(world, one, "2024-03-31T12:00", [1.25] * 3)
    await load(world, two, "2024-03-31T12:00", [10] * 3)
    await load(world, three, "2024-03-31T12:00", [100] * 3)
    counted = [counts(one), counts(two, end=date(2024, 4, 1)), counts(three, OTHER)]
    dirty = await rebuild(world, counted)
    assert dirty == [(s, date(2024, m, 1)) for s in (one, two, three) for m in (3, 4)]
    assert [row[:3] for row in await shown(world)] == [
        (SITE, date(2024, 3, 1), Decimal("11.25")),
        (SITE, date(2024, 4, 1), Decimal("2.5")),
        (OTHER, date(2024, 3, 1), Decimal(100)),
        (OTHER, date(2024, 4, 1), Decimal(200)),
    ]
    assert await rebuild(world, counted) == []


async def test_coverage_counts_days_without_any_reading_as_missing(world):
    series = await world.series(3600)
    await load(world, series, "2024-05-31T14:00", [1] * 24 * 15)  # half of June
    await rebuild(world, [counts(series)])
    assert [(row[1], row[3]) for row in await shown(world)] == [(date(2024, 6, 1), 0.5)]


async def test_a_changed_day_marks_its_month_again_and_the_month_follows(world):
    series = await world.series(3600)
    await load(world, series, "2024-06-10", [1, 2])
    await rebuild(world, [counts(series)])
    await load(world, series, "2024-06-10", [1, 5])
    assert await rebuild(world, [counts(series)]) == [(series, date(2024, 6, 1))]
    assert [row[2] for row in await shown(world)] == [6]


async def test_months_of_another_tenant_are_not_shown(world, owner_pool):
    series = await world.series(3600)
    await load(world, series, "2024-06-10", [1, 2])
    await rebuild(world, [counts(series)])
    assert await shown(World(world.pool, await make_tenant(owner_pool, "other"))) == []


async def test_days_of_several_series_add_up(world):
    one, two = await world.series(3600), await world.series(3600)
    await load(world, one, "2024-06-10", [1, 2] * 24)
    await load(world, two, "2024-06-11", [10, 20] * 24)
    async with world.tx() as conn:
        single = await day_totals(conn, [two, one], *EVER)
        summed = await summed_day_totals(conn, [one, two], *EVER)
        months = await month_totals(conn, [one, two], *EVER)
        nothing = await month_totals(conn, [one, two], *EVER[::-1])
    assert single.series_no.tolist() == [one] * 3 + [two] * 3
    assert single.on.astype(str).tolist() == [f"2024-06-{day}" for day in (10, 11, 12, 11, 12, 13)]
    for on in set(summed.on.tolist()):
        assert summed.total[summed.on == on].tolist() == [int(single.total[single.on == on].sum())]
        assert summed.n_valid[summed.on == on].tolist() == [int(single.n_valid[single.on == on].sum())]
    assert (months.total.tolist(), months.n_valid.tolist()) == ([792_000_000], [96])
    assert months.high.tolist() == [20_000_000]
    assert len(nothing.on) == 0
