"""Live readings: hot until merged, the same to every reader."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from aegrid_energy.domain.errors import InvalidError, NotFoundError
from aegrid_energy.domain.series import Kind
from aegrid_energy.storage.hot import Live, store_live
from aegrid_energy.storage.latest import latest
from aegrid_energy.storage.merge import due_for_merge, merge_series
from aegrid_energy.storage.readings import read, read_held
from aegrid_energy.storage.readings_store import lock_series, store
from aegrid_energy.storage.rollups import day_totals
from readings_world import World, live, make_tenant, ms, readings, sent, spelled

START = ms("2024-03-01T02:00")
ALL = (0, ms("2199-01-01"))
STEP = 300_000


async def send(world: World, of: Live):
    async with world.tx() as conn:
        return await store_live(conn, of)


async def count(world: World, table: str) -> int:
    return (await world.all(f"select count(*) from {table} where series_no > 0"))[0][0]


async def everything(world: World, series_no: int):
    async with world.tx() as conn:
        held = (await read_held(conn, [series_no], *ALL))[series_no]
        days = await day_totals(conn, [series_no], date(2024, 1, 1), date(2025, 1, 1))
        newest = (await latest(conn, [series_no])).get(series_no)
    return (
        spelled(held.readings), held.revision, days.on.tolist(), days.total.tolist(), days.low.tolist(),
        days.high.tolist(),
        days.n_valid.tolist(), days.n_expected.tolist(), days.n_estimated.tolist(), days.n_suspect.tolist(),
        newest and (newest.start_ms, newest.micro, newest.quality),
    )  # fmt: skip


async def test_live_readings_are_read_summed_and_latest_at_once_and_the_same_after_the_merge(world):
    series, source = await world.series(), await world.source(kind="live")
    outcome = await send(
        world, live(source, [(series, 2, 3.5), (series, 0, 1), (series, 1, None), (series, 3, 2, 3)])
    )
    assert (outcome[series].added, outcome[series].changed) == (4, 0)
    before = await everything(world, series)
    assert before[0] == [
        (START, 1, 0),
        (START + STEP, None, 4),
        (START + 2 * STEP, 3.5, 0),
        (START + 3 * STEP, 2, 3),
    ]
    assert before[3] == [6_500_000]
    assert before[-1] == (START + 3 * STEP, 2_000_000, 3)
    async with world.tx() as conn:
        assert await merge_series(conn, [series]) == [series]
    assert (await count(world, "reading_hot"), await count(world, "reading_block")) == (0, 1)
    assert await everything(world, series) == before
    assert await count(world, "reading_revision") == 0


async def test_days_of_live_readings_are_those_of_the_same_readings_in_bulk(world):
    one, two = await world.series(), await world.series()
    source = await world.source()
    values = [float((i * 37) % 11) for i in range(700)]
    async with world.tx() as conn:
        await store(conn, [sent(one, source, readings(START, values))])
    for first in range(0, 700, 90):
        await send(world, live(source, [(two, i, values[i]) for i in range(first, min(first + 90, 700))]))
    assert (await everything(world, one))[2:] == (await everything(world, two))[2:]


async def test_the_same_live_reading_again_is_unchanged(world):
    series, source = await world.series(), await world.source(kind="live")
    await send(world, live(source, [(series, 0, 1), (series, 1, 2)]))
    before = await everything(world, series)
    outcome = (await send(world, live(source, [(series, 1, 2), (series, 2, 3), (series, 2, 3)])))[series]
    assert (outcome.added, outcome.unchanged, outcome.changed) == (1, 1, 0)
    async with world.tx() as conn:
        await merge_series(conn, [series])
    outcome = (await send(world, live(source, [(series, 1, 2), (series, 2, 3)])))[series]
    assert (outcome.added, outcome.unchanged, outcome.changed) == (0, 2, 0)
    assert await count(world, "reading_hot") == 0
    assert (await everything(world, series))[0][:2] == before[0]


async def test_a_changed_live_reading_keeps_what_was_known_as_a_revision(world):
    series, source = await world.series(), await world.source(kind="live")
    await send(world, live(source, [(series, 0, 1), (series, 1, 2)]))
    outcome = (await send(world, live(source, [(series, 1, 2.5), (series, 2, 3)])))[series]
    assert (outcome.added, outcome.changed) == (1, 1)
    assert [row[1] for row in (await everything(world, series))[0]] == [1, 2.5, 3]
    assert (await everything(world, series))[3] == [6_500_000]
    assert await count(world, "reading_revision") == 1


async def test_of_two_readings_of_one_slot_in_a_batch_the_later_counts(world):
    series, source = await world.series(), await world.source(kind="live")
    await send(world, live(source, [(series, 0, 1), (series, 0, 9)]))
    assert [row[1] for row in (await everything(world, series))[0]] == [9]


async def test_a_late_reading_before_the_end_of_the_blocks_goes_into_its_block(world):
    series, source = await world.series(), await world.source(kind="live")
    async with world.tx() as conn:
        await store(conn, [sent(series, source, readings(START, [1, None, 3]))])
    outcome = (await send(world, live(source, [(series, 1, 2), (series, 3, 4)])))[series]
    assert outcome.added == 2
    assert [row[1] for row in (await everything(world, series))[0]] == [1, 2, 3, 4]
    assert (await everything(world, series))[3] == [10_000_000]
    assert await count(world, "reading_hot") == 0  # the rewritten block took the row after its end along


async def test_a_file_over_hot_rows_takes_them_into_its_blocks(world):
    series, source = await world.series(), await world.source(kind="live")
    await send(world, live(source, [(series, 0, 1), (series, 500, 5), (series, 5000, 50)]))
    better = await world.source("market", update="2030-01-01")
    async with world.tx() as conn:
        outcome = (await store(conn, [sent(series, better, readings(START, [1, 2]))]))[series]
    assert (outcome.added, outcome.unchanged) == (1, 1)
    assert [row[1] for row in (await everything(world, series))[0]] == [1, 2, 5, 50]
    total = sum((await everything(world, series))[3])
    assert total == 58_000_000
    # Every slot lies in one place only.
    both = await world.all(
        """select count(*) from reading_hot h join series_latest l using (series_no)
           where h.series_no = %s and h.ts <= l.block_to and exists (
               select from reading_block b where b.series_no = h.series_no
                 and h.ts >= to_timestamp(b.block::int8 * 3600)
                 and h.ts < to_timestamp((b.block + block_span_h(b.step))::int8 * 3600))""",
        series,
    )
    assert both == [(0,)]


async def test_irregular_live_readings_merge_too(world):
    series, source = await world.series(None), await world.source(kind="live")
    await send(
        world, live(source, [(series, 0, 1), (series, 0.5, 2), (series, 300, 3)], np.array([0, 1000, 0]))
    )
    before = await everything(world, series)
    async with world.tx() as conn:
        await merge_series(conn, [series])
    assert await count(world, "reading_hot") == 0
    assert await everything(world, series) == before
    outcome = (await send(world, live(source, [(series, 0, 1), (series, 0.25, 7)])))[series]
    assert (outcome.added, outcome.unchanged) == (1, 1)


async def test_what_is_due_is_old_or_many(world):
    old, many, young = [await world.series() for _ in range(3)]
    source = await world.source(kind="live")
    await send(world, live(source, [(old, 0, 1), (young, 0, 1), *((many, i, 1) for i in range(257))]))
    now = datetime.now(UTC)  # noqa: TID251 - compared with the database's own clock
    async with world.tx() as conn:
        assert await due_for_merge(conn, now=now) == [many]
        assert await due_for_merge(conn, now=now + timedelta(hours=2, seconds=30)) == sorted(
            [old, many, young]
        )


async def test_a_series_that_somebody_writes_is_left_for_the_next_merge(world):
    series, source = await world.series(), await world.source(kind="live")
    await send(world, live(source, [(series, 0, 1)]))
    async with world.tx() as writer, world.tx() as merger:
        await lock_series(writer, [series])
        assert await merge_series(merger, [series]) == []
    async with world.tx() as conn:
        assert await merge_series(conn, [series]) == [series]


async def test_two_live_writers_of_the_same_series_neither_lose_nor_double(world):
    numbers = [await world.series() for _ in range(20)]
    source = await world.source(kind="live")

    async def one(offset: int) -> None:
        for i in range(0, 40, 2):
            await send(world, live(source, [(n, i + offset, 1) for n in reversed(numbers)]))

    await asyncio.gather(one(0), one(1))
    for number in numbers:
        held = await everything(world, number)
        assert (len(held[0]), sum(held[3])) == (40, 40_000_000)


async def test_large_registers_come_live(world):
    series, source = await world.series(kind=Kind.CUMULATIVE), await world.source(kind="live")
    await send(world, live(source, [(series, 0, 999_999_999.5)]))
    assert (await everything(world, series))[0] == [(START, 999_999_999.5, 0)]


@pytest.mark.parametrize("micro", [10**16, -(10**16)])
async def test_live_values_out_of_range_and_off_the_grid_are_refused(world, micro):
    series, source = await world.series(), await world.source(kind="live")
    with pytest.raises(InvalidError, match="value_out_of_range"):
        await send(world, live(source, [(series, 0, micro / 1e6)]))
    with pytest.raises(InvalidError, match="off_grid"):
        await send(world, live(source, [(series, 0.5, 1)]))


async def test_live_readings_for_a_series_of_another_tenant_are_refused(world, owner_pool):
    series = await world.series()
    other = World(world.pool, await make_tenant(owner_pool, "other"))
    with pytest.raises(NotFoundError, match="series_not_found"):
        await send(other, live(await other.source(), [(series, 0, 1)]))
    with pytest.raises(NotFoundError, match="source_not_found"):
        await send(world, live(await other.source(), [(series, 0, 1)]))


async def test_readers_see_each_reading_once_while_a_merge_commits(world):
    series, source = await world.series(), await world.source(kind="live")
    await send(world, live(source, [(series, i, 1) for i in range(300)]))
    async with world.tx() as merger:
        await merge_series(merger, [series])
        async with world.tx() as conn:
            assert len(await read(conn, series, *ALL)) == 300
    async with world.tx() as conn:
        assert len(await read(conn, series, *ALL)) == 300
