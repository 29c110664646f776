"""Taking back a load restores what was there, and never what was taken back before."""

import numpy as np
import pytest

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.errors import InvalidError, NotFoundError, RefusedError
from aegrid_energy.storage.hot import store_live
from aegrid_energy.storage.readings import read, read_held
from aegrid_energy.storage.readings_correct import Correction, correct, withdraw
from aegrid_energy.storage.readings_history import history, read_as_of
from aegrid_energy.storage.readings_store import store
from aegrid_energy.storage.undo import undo_import
from readings_world import HOUR, World, live, ms, readings, sent, spelled

START = ms("2024-03-01T02:00")
STEP = 300_000
ALL = (0, ms("2199-01-01"))


@pytest.fixture(params=[300, None], ids=["regular", "irregular"])
def step_s(request):
    return request.param


def of(values, step_s, **more):
    if step_s:
        return readings(START, values, **more)
    starts = [START + i * STEP for i in range(len(values))]
    return readings(starts, values, step_s=None, durations=[HOUR] * len(values), **more)


async def load(world: World, series, source, values, step_s=300, **more):
    async with world.tx() as conn:
        outcome = await store(
            conn, [sent(series, source, of(values, step_s, **more))], import_id=world.imports[source]
        )
        await conn.execute("update import set status = 'done' where id = %s", (world.imports[source],))
    return outcome[series]


async def undo(world: World, source, *, dry=False):
    by = None if dry else await world.source(kind="undo")
    async with world.tx() as conn:
        return await undo_import(conn, world.imports[source], by=by, actor="someone")


async def values(world: World, series):
    """Slots that hold something, and their values."""
    async with world.tx() as conn:
        kept = spelled(await read(conn, series, *ALL))
    return [(row[0] - START) // STEP for row in kept], [row[1] for row in kept]


async def fix(world: World, series, slot, value, **more):
    source = await world.source("person:ann", kind="correction")
    at = np.array([START + slot * STEP])
    micro = None if value is None else np.array([round(value * 1e6)])
    async with world.tx() as conn:
        await correct(
            conn,
            Correction(series_no=series, start_ms=at, micro=micro, **more),
            source_no=source,
            reason="read it myself",
        )
    return source


async def unfix(world: World, series, slot):
    source = await world.source("person:bob", kind="correction")
    async with world.tx() as conn:
        await withdraw(conn, series, np.array([START + slot * STEP]), source_no=source, reason="was wrong")


async def test_an_import_taken_back_leaves_nothing_where_nothing_was(world, step_s):
    series, source = await world.series(step_s), await world.source()
    await load(world, series, source, [1, 2, 3], step_s)
    (plan,) = await undo(world, source, dry=True)
    assert (plan.removed, plan.restored, plan.stays) == (3, 0, 0)
    assert (await values(world, series))[1] == [1, 2, 3]  # a dry run does nothing
    await undo(world, source)
    assert await values(world, series) == ([], [])
    for table in ("reading_block where n_valid > 0 and", "reading_hot where", "rollup_local_day where"):
        assert await world.all(f"select count(*) from {table} series_no = %s", series) == [(0,)]
    assert await world.all("select status, undone_by from import where id = %s", world.imports[source]) == [
        ("undone", "someone")
    ]


async def test_an_import_taken_back_restores_what_it_replaced(world, step_s):
    series, one, two = await world.series(step_s), await world.source(), await world.source()
    await load(world, series, one, [1, 2, None, 4], step_s, quality=[3, 3, 3, 3])
    before = await values(world, series)
    async with world.tx() as conn:
        revision = (await read_held(conn, [series], *ALL))[series].revision
    await load(world, series, two, [10, 2, 30, None], step_s, quality=[0, 3, 0, 0])
    (result,) = await undo(world, two)
    assert (result.restored, result.removed) == (1, 1)
    assert await values(world, series) == before
    async with world.tx() as conn:
        assert (await read_held(conn, [series], *ALL))[series].revision == revision


async def test_what_a_person_corrected_since_stays_and_is_listed(world, step_s):
    series, source = await world.series(step_s), await world.source()
    await load(world, series, source, [1, 2, 3], step_s)
    by = await fix(world, series, 1, 20)
    (plan,) = await undo(world, source, dry=True)
    assert (plan.removed, plan.stays, plan.stays_first) == (2, 1, ((START + STEP, by),))
    await undo(world, source)
    assert await values(world, series) == ([1], [20])
    # Withdrawing the correction does not bring the undone value back.
    await unfix(world, series, 1)
    assert await values(world, series) == ([], [])


async def test_a_later_undo_does_not_bring_undone_values_to_life(world, step_s):
    series = await world.series(step_s)
    one, two, three = [await world.source() for _ in range(3)]
    await load(world, series, one, [1, 1], step_s)
    await load(world, series, two, [2, None], step_s)
    await load(world, series, three, [3, 3], step_s)
    (middle,) = await undo(world, two)
    assert (middle.restored, middle.removed, middle.stays) == (0, 0, 1)
    assert await values(world, series) == ([0, 1], [3, 3])
    await undo(world, three)
    assert await values(world, series) == ([0, 1], [1, 1])
    await undo(world, one)
    assert await values(world, series) == ([], [])


async def test_undo_from_the_newest_to_the_oldest_walks_back_step_by_step(world, step_s):
    series = await world.series(step_s)
    sources = [await world.source() for _ in range(4)]
    for number, source in enumerate(sources):
        await load(world, series, source, [number, number + 10], step_s)
    for number in (3, 2, 1):
        await undo(world, sources[number])
        assert (await values(world, series))[1] == [number - 1, number + 9]


async def test_an_import_may_be_loaded_again_after_its_undo_and_undone_again(world):
    series, base, first, again = await world.series(), *[await world.source() for _ in range(3)]
    await load(world, series, base, [1])
    await load(world, series, first, [2])
    await undo(world, first)
    await load(world, series, again, [2])
    assert (await values(world, series))[1] == [2]
    await undo(world, again)
    assert (await values(world, series))[1] == [1]


async def test_a_confirmation_taken_back_leaves_the_value_to_whom_it_belonged(world):
    series = await world.series()
    one, two = await world.source(update="2024-04-01"), await world.source(update="2024-04-02")
    await load(world, series, one, [5])
    await load(world, series, two, [5])
    await undo(world, two)
    async with world.tx() as conn:
        held = (await read_held(conn, [series], *ALL))[series]
    assert (spelled(held.readings), held.source_no.tolist()) == ([(START, 5, 0)], [one])


async def test_an_import_that_is_still_hot_can_be_taken_back(world):
    series, source = await world.series(), await world.source(kind="api")
    async with world.tx() as conn:
        await store_live(
            conn, live(source, [(series, 0, 1), (series, 1, 2)]), import_id=world.imports[source]
        )
        await conn.execute("update import set status = 'done' where id = %s", (world.imports[source],))
    await undo(world, source)
    assert await values(world, series) == ([], [])
    assert await world.all("select count(*) from reading_hot where series_no = %s", series) == [(0,)]


async def test_days_and_newest_value_follow_an_undo(world):
    series, one, two = await world.series(), await world.source(), await world.source()
    await load(world, series, one, [1, 2])
    days = await world.all("select * from rollup_local_day where series_no = %s", series)
    await load(world, series, two, [None, None, 3])
    await undo(world, two)
    assert await world.all("select * from rollup_local_day where series_no = %s", series) == days
    assert await world.all("select micro from series_latest where series_no = %s", series) == [(2_000_000,)]


async def test_what_cannot_be_undone_says_why(world):
    series, source, running = await world.series(), await world.source(), await world.source()
    await load(world, series, source, [1])
    await undo(world, source)
    with pytest.raises(RefusedError, match="import_already_undone"):
        await undo(world, source)
    with pytest.raises(RefusedError, match="import_running"):
        await undo(world, running)
    back = await world.source(kind="undo")
    with pytest.raises(RefusedError, match="import_not_undoable"):
        await undo(world, back)
    async with world.tx() as conn:
        with pytest.raises(NotFoundError, match="import_not_found"):
            await undo_import(conn, world.imports[source].__class__(int=1), by=None, actor="x")


async def test_a_correction_outranks_all_survives_a_reimport_and_can_be_withdrawn(world, step_s):
    series, source = await world.series(step_s), await world.source()
    await load(world, series, source, [1, 2, 3], step_s)
    await fix(world, series, 1, 20)
    again = await load(world, series, await world.source(update="2035-01-01"), [1, 2.5, 3], step_s)
    assert again.outranked == 1
    assert (await values(world, series))[1] == [1, 20, 3]
    async with world.tx() as conn:
        assert (await read(conn, series, *ALL)).quality.tolist() == [0, q.CORRECTED, 0]
    await unfix(world, series, 1)
    assert (await values(world, series))[1] == [1, 2.5, 3]


async def test_what_was_kept_out_by_a_correction_stands_when_it_is_withdrawn(world, step_s):
    series, source = await world.series(step_s), await world.source()
    await load(world, series, source, [1, 2, 3], step_s)
    await fix(world, series, 1, 20)
    for value in (2.5, 2.75):
        again = await load(world, series, await world.source(), [1, value, 3], step_s)
        assert (again.outranked, again.unchanged) == (1, 2)
    await unfix(world, series, 1)
    assert (await values(world, series))[1] == [1, 2.75, 3]
    assert await world.all("select count(*) from reading_kept_out where series_no = %s", series) == [(0,)]
    days = await world.all("select sum, n_valid from rollup_local_day where series_no = %s", series)
    assert days == [(6_750_000, 3)]


async def test_what_would_not_have_stood_anyway_does_not_stand_after_a_withdrawal(world, step_s):
    series, source = await world.series(step_s), await world.source(update="2034-01-01")
    await load(world, series, source, [1, 2], step_s)
    await fix(world, series, 0, 10)
    await load(world, series, await world.source(update="2033-01-01"), [5, 2], step_s)
    estimate = await world.source("somebody else", update="2035-01-01")
    await load(world, series, estimate, [6, 2], step_s, quality=[3, 0])
    await unfix(world, series, 0)
    assert (await values(world, series))[1] == [1, 2]


async def test_what_was_kept_out_waits_under_every_correction_and_goes_with_its_import(world, step_s):
    series, source, later = await world.series(step_s), await world.source(), await world.source()
    await load(world, series, source, [1], step_s)
    await fix(world, series, 0, 10)
    await load(world, series, later, [5], step_s)
    last = await fix(world, series, 0, 11)
    await unfix(world, series, 0)
    assert (await values(world, series))[1] == [10]
    await undo(world, later)
    await unfix(world, series, 0)
    assert (await values(world, series))[1] == [1]
    assert last != later


async def test_an_import_that_stands_since_a_withdrawal_can_be_taken_back(world, step_s):
    series, source, later = await world.series(step_s), await world.source(), await world.source()
    await load(world, series, source, [1], step_s)
    await fix(world, series, 0, 10)
    await load(world, series, later, [5], step_s)
    await unfix(world, series, 0)
    assert (await values(world, series))[1] == [5]
    await undo(world, later)
    assert (await values(world, series))[1] == [1]


async def test_taking_back_the_import_of_a_correction_withdraws_it(world, step_s):
    series, source = await world.series(step_s), await world.source()
    await load(world, series, source, [1], step_s)
    by = await fix(world, series, 0, 10)
    await load(world, series, await world.source(), [5], step_s)
    await undo(world, source)
    await world.all("update import set status = 'done' where id = %s returning id", world.imports[by])
    (result,) = await undo(world, by)
    assert (result.restored, result.removed) == (1, 0)  # nothing was left below it, and something had waited
    assert (await values(world, series))[1] == [5]


async def test_live_readings_that_were_kept_out_stand_after_a_withdrawal(world):
    series, source = await world.series(), await world.source(kind="live")
    async with world.tx() as conn:
        await store_live(conn, live(source, [(series, 0, 1)]), import_id=world.imports[source])
    await fix(world, series, 0, 10)
    async with world.tx() as conn:
        await store_live(conn, live(source, [(series, 0, 7)]), import_id=world.imports[source])
    assert (await values(world, series))[1] == [10]
    await unfix(world, series, 0)
    assert (await values(world, series))[1] == [7]


async def test_an_excluded_reading_counts_no_more_until_it_is_restored(world, step_s):
    series, source = await world.series(step_s), await world.source()
    await load(world, series, source, [1, 2, 3], step_s)
    await fix(world, series, 1, None)
    assert (await values(world, series))[1] == [1, None, 3]
    assert await world.all("select sum, n_valid from rollup_local_day where series_no = %s", series) == [
        (4_000_000, 2)
    ]
    await unfix(world, series, 1)
    assert await world.all("select sum, n_valid from rollup_local_day where series_no = %s", series) == [
        (6_000_000, 3)
    ]


async def test_corrections_stack_and_are_withdrawn_one_by_one(world):
    series, source = await world.series(), await world.source()
    await load(world, series, source, [1])
    await fix(world, series, 0, 2)
    await fix(world, series, 0, 3)
    await unfix(world, series, 0)
    assert (await values(world, series))[1] == [2]
    await unfix(world, series, 0)
    assert (await values(world, series))[1] == [1]
    with pytest.raises(NotFoundError, match="correction_not_found"):
        await unfix(world, series, 0)


async def test_a_correction_needs_a_reason(world):
    series, source = await world.series(), await world.source()
    change = Correction(series_no=series, start_ms=np.array([START]), micro=np.array([1]))
    async with world.tx() as conn:
        with pytest.raises(InvalidError, match="reason_missing"):
            await correct(conn, change, source_no=source, reason="  ")


async def test_the_history_of_one_reading_tells_every_version(world, step_s):
    series, one = await world.series(step_s), await world.source()
    await load(world, series, one, [1, 2], step_s)
    two = await world.source()
    await load(world, series, two, [1, 3], step_s)
    three = await fix(world, series, 1, 9, quality=3)
    async with world.tx() as conn:
        versions = await history(conn, series, START + STEP)
        assert await history(conn, series, START + 9 * STEP) == []
    assert [(v.micro, v.quality, v.source_no, v.replaced_by, v.reason) for v in versions] == [
        (9_000_000, 3 | q.CORRECTED, three, None, ""),
        (3_000_000, 0, two, three, "read it myself"),
        (2_000_000, 0, one, two, ""),
    ]


async def test_what_was_believed_at_an_instant_can_be_read(world, step_s):
    series, one, two = await world.series(step_s), await world.source(), await world.source()
    await load(world, series, one, [1, 2], step_s)
    ((between,),) = await world.all("select (extract(epoch from clock_timestamp()) * 1000)::int8 + 1")
    await world.all("select pg_sleep(0.01)")
    two = await world.source()
    await load(world, series, two, [1, 5, 6], step_s)
    async with world.tx() as conn:
        before = await read_as_of(conn, series, *ALL, at_ms=between)
        after = await read_as_of(conn, series, *ALL, at_ms=between + 3_600_000)
    assert [row[1] for row in spelled(before)] == [1, 2]
    assert [row[1] for row in spelled(after)] == [1, 5, 6]
