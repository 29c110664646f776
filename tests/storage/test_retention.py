"""What goes, goes whole: years past their keeping, ranges, series; and somebody is named."""

from datetime import UTC, date, datetime, timedelta

import pytest

from aegrid_energy.domain.errors import NotFoundError
from aegrid_energy.storage.hot import store_live
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.preferences import write_preferences
from aegrid_energy.storage.readings import read
from aegrid_energy.storage.readings_history import history
from aegrid_energy.storage.readings_store import store
from aegrid_energy.storage.retention import delete_range, delete_series, drop_expired, tenants_keeping
from aegrid_energy.storage.rollups import day_totals
from readings_world import HOUR, World, live, make_tenant, ms, readings, sent, spelled

START = ms("2024-03-01T02:00")
STEP = 300_000
ALL = (0, ms("2199-01-01"))
NOW = datetime(2026, 1, 1, tzinfo=UTC)
TABLES = ("reading_block", "reading_hot", "reading_revision", "rollup_local_day", "series_latest",
          "site_month_dirty",
          "import_series", "series")  # fmt: skip


async def load(world: World, series, of, source=None):
    source = source or await world.source()
    async with world.tx() as conn:
        await store(conn, [sent(series, source, of)], import_id=world.imports[source])


async def kept(world: World, series):
    async with world.tx() as conn:
        return spelled(await read(conn, series, *ALL))


async def drop(owner_pool, keep_from):
    async with transaction(owner_pool, None) as conn:
        return [
            (one.tenant_no, one.partition[-4:], one.readings)
            for one in await drop_expired(conn, keep_from, now=NOW, actor="test")
        ]


async def test_a_year_is_dropped_only_when_its_last_block_has_ended(world, owner_pool):
    series, daily = await world.series(), await world.series(86_400)
    for year in (2011, 2012, 2013):
        await load(world, series, readings(ms(f"{year}-06-01"), [1, 2, 3]))
    await load(world, daily, readings(ms("2012-12-30"), [1.0] * 5, step_s=86_400))  # a block of 2.6 years
    own = world.tenant_no
    assert await drop(owner_pool, {}) == []
    assert await drop(owner_pool, {own: datetime(2011, 6, 1, 15, 59, tzinfo=UTC)}) == []  # it ends at 16:00
    assert await drop(owner_pool, {own: datetime(2013, 1, 1, tzinfo=UTC)}) == [(own, "2011", 3)]
    assert (await kept(world, series))[0][0] == ms("2012-06-01")
    assert len(await kept(world, daily)) == 5
    assert await world.all(
        "select to_regclass('reading_block_2011'), to_regclass('reading_block_2012') is null"
    ) == [(None, False)]
    async with world.tx() as conn:
        days = await day_totals(conn, [series], date(2011, 1, 1), date(2012, 1, 1))
    assert days.total.tolist() == [6_000_000]  # rollups stay
    ((action, detail),) = await world.all("select action, detail from record")
    assert (action, detail["partitions"], detail["readings"]) == (
        "readings_expired",
        ["reading_block_2011"],
        3,
    )


async def test_a_year_that_another_tenant_keeps_goes_only_where_it_has_expired(world, owner_pool):
    other = World(world.pool, await make_tenant(owner_pool, "other"))
    series, theirs = await world.series(), await other.series()
    for one, number in ((world, series), (other, theirs)):
        await load(one, number, readings(ms("2011-06-01"), [1, 2, 3]))
        await load(one, number, readings(ms("2011-06-01"), [1, 2, 4]))
    keep = {world.tenant_no: datetime(2013, 1, 1, tzinfo=UTC)}
    assert await drop(owner_pool, keep) == [(world.tenant_no, "2011", 3)]
    assert (await kept(world, series), len(await kept(other, theirs))) == ([], 3)
    assert await world.all("select count(*) from reading_revision where series_no = %s", series) == [(0,)]
    assert await other.all("select count(*) from reading_revision where series_no = %s", theirs) == [(1,)]
    assert await drop(owner_pool, keep) == []


async def test_what_a_tenant_chose_counts_after_a_day_and_only_numbers_do(world, owner_pool):
    async def keeping(value, *, at):
        async with world.tx() as conn:
            await write_preferences(conn, {"readings_kept_years": value}, now=at)
        async with transaction(owner_pool, None) as conn:
            return await tenants_keeping(conn, now=NOW)

    day_before = NOW - timedelta(days=1)
    assert await keeping(7, at=NOW) == {}
    assert await keeping(7, at=day_before) == {world.tenant_no: datetime(2019, 1, 1, tzinfo=UTC)}
    for nothing in (None, 0, -1, "7", True, 3000):
        assert await keeping(nothing, at=day_before) == {}, nothing


async def test_a_series_goes_with_everything_held_of_it_and_nothing_else(world):
    series, other = await world.series(), await world.series()
    source = await world.source(kind="api")
    for one in (series, other):
        await load(world, one, readings(START, [1, 2, 3]), source)
        await load(world, one, readings(START, [1, 2, 4]))
    async with world.tx() as conn:
        await store_live(
            conn, live(source, [(series, 9000, 1), (other, 9000, 1)]), import_id=world.imports[source]
        )
    async with world.tx() as conn:
        gone = await delete_series(conn, [series], now=NOW, actor="ann", reason="wrong meter")
    assert (gone.series, gone.blocks, gone.readings) == (1, 1, 4)
    for table in TABLES:
        assert await world.all(f"select count(*) from {table} where series_no = %s", series) == [(0,)], table
        assert (await world.all(f"select count(*) from {table} where series_no = %s", other))[0][0] > 0, table
    ((actor, detail),) = await world.all("select actor, detail from record where action = 'series_deleted'")
    assert (actor, detail["reason"], detail["readings"]) == ("ann", "wrong meter", 4)


async def test_a_series_of_another_tenant_cannot_be_deleted(world, owner_pool):
    series = await world.series()
    other = World(world.pool, await make_tenant(owner_pool, "other"))
    async with other.tx() as conn:
        with pytest.raises(NotFoundError, match="series_not_found"):
            await delete_series(conn, [series], now=NOW, actor="x", reason="y")


@pytest.mark.parametrize("step_s", [300, None], ids=["regular", "irregular"])
async def test_a_range_goes_with_its_past_and_its_neighbours_stay(world, step_s):
    series, source = await world.series(step_s), await world.source()
    starts = [START + i * STEP for i in range(5)]
    lengths = None if step_s else [HOUR] * 5
    await load(world, series, readings(starts, [1, 2, 3, 4, 5], step_s=step_s, durations=lengths), source)
    await load(world, series, readings(starts, [1, 20, 30, 40, 5], step_s=step_s, durations=lengths))
    async with world.tx() as conn:
        count = await delete_range(
            conn,
            series,
            START + STEP,
            START + 3 * STEP,
            source_no=source,
            now=NOW,
            actor="ann",
            reason="private",
        )
    assert count == 2
    assert [row[1] for row in await kept(world, series)] == [1, 40, 5]
    async with world.tx() as conn:
        assert await history(conn, series, START + STEP) == []
        assert len(await history(conn, series, START + 3 * STEP)) == 2
        days = await day_totals(conn, [series], date(2024, 3, 1), date(2024, 3, 2))
    assert (days.total.tolist(), days.n_valid.tolist()) == ([46_000_000], [3])
    async with world.tx() as conn:
        await delete_range(conn, series, *ALL, source_no=source, now=NOW, actor="ann", reason="private")
    for table in ("reading_block", "reading_revision", "rollup_local_day"):
        assert await world.all(f"select count(*) from {table} where series_no = %s", series) == [(0,)], table
