"""What is sent is kept exactly, once, by precedence, with everything that follows from it."""

import asyncio
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.errors import InvalidError, NotFoundError
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import Kind, Quantity
from aegrid_energy.storage.block_plan import SentMatrix
from aegrid_energy.storage.latest import latest
from aegrid_energy.storage.readings import read, read_held, read_series
from aegrid_energy.storage.readings_store import store, store_matrix
from aegrid_energy.storage.rollups import day_totals
from readings_world import DAY, HOUR, World, make_tenant, ms, readings, sent, spelled

START = ms("2024-03-01")
ALL = (0, ms("2199-01-01"))


async def kept(world: World, series_no: int) -> Readings:
    async with world.tx() as conn:
        return await read(conn, series_no, *ALL)


async def load(world: World, *many):
    async with world.tx() as conn:
        return await store(conn, many, import_id=world.imports[int(np.max(many[0].source_no))])


async def test_what_is_sent_is_read_back_exactly(world):
    series, source = await world.series(), await world.source()
    of = readings(START, [1.25, None, 0.000001, -3, 9_000_000], quality=[0, 0, 3, 8, 1])
    outcome = (await load(world, sent(series, source, of)))[series]
    assert (outcome.added, outcome.changed, outcome.unchanged, outcome.outranked) == (4, 0, 0, 0)
    assert spelled(await kept(world, series)) == spelled(of)


async def test_sending_the_same_again_changes_no_row_but_counters(world):
    series, first = await world.series(), await world.source()
    of = readings(START, [float(i % 7) for i in range(3000)])
    await load(world, sent(series, first, of))
    tables = (
        "reading_block",
        "reading_hot",
        "reading_revision",
        "rollup_local_day",
        "series_latest",
        "site_month_dirty",
    )
    before = {t: await world.all(f"select xmin::text, t.* from {t} t order by t") for t in tables}
    again = await world.source()
    outcome = (await load(world, sent(series, again, of)))[series]
    assert (outcome.added, outcome.changed, outcome.unchanged) == (0, 0, 3000)
    assert {t: await world.all(f"select xmin::text, t.* from {t} t order by t") for t in tables} == before
    assert await world.all("select unchanged from import where id = %s", world.imports[again]) == [(3000,)]


async def test_a_better_reading_replaces_and_the_old_one_is_kept_as_a_revision(world):
    series, estimate, actual = await world.series(), await world.source("a"), await world.source("b")
    await load(world, sent(series, estimate, readings(START, [1, 2, 3], quality=[3, 3, 3])))
    outcome = (await load(world, sent(series, actual, readings(START, [1, 2.5, None]))))[series]
    assert (outcome.changed, outcome.unchanged) == (2, 0)
    worse = (await load(world, sent(series, estimate, readings(START, [7, 7, 7], quality=[3, 3, 3]))))[series]
    assert (worse.changed, worse.outranked) == (1, 2)
    assert [row[1:] for row in spelled(await kept(world, series))] == [(1, 0), (2.5, 0), (7, 3)]
    assert await world.all("select source_no, rev from reading_revision order by rev") == [
        (actual, 2),
        (estimate, 3),
    ]


async def test_an_update_that_arrives_late_does_not_undo_a_later_one_that_said_the_same_as_the_first(world):
    series = await world.series()
    for update, value in (("2024-04-01", 5), ("2024-04-03", 5), ("2024-04-02", 6)):
        await load(world, sent(series, await world.source(update=update), readings(START, [value])))
    assert [row[1] for row in spelled(await kept(world, series))] == [5]


async def test_readings_of_one_series_may_come_from_several_sources(world):
    series = await world.series()
    one, two = await world.source(update="2024-04-01"), await world.source(update="2024-04-02")
    of = readings(START, [1, 2, 3, 4])
    await load(world, sent(series, np.array([one, one, two, one], dtype=np.int32), of))
    async with world.tx() as conn:
        held = (await read_held(conn, [series], *ALL))[series]
    assert held.source_no.tolist() == [one, one, two, one]


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("Australia/Melbourne", "2024-10-06", 23 * 12),  # daylight saving starts
        ("Australia/Melbourne", "2024-04-07", 25 * 12),  # and ends
        ("Australia/Lord_Howe", "2024-04-07", 24 * 12 + 6),  # by half an hour
        ("Asia/Kolkata", "2024-04-07", 24 * 12),
    ],
)
async def test_a_local_day_has_its_own_number_of_slots(world, zone, day, expected):
    series, source = await world.series(zone=zone), await world.source()
    start = ms(day) - 2 * DAY
    of = readings(start, [float(i) for i in range(4 * 288)])
    await load(world, sent(series, source, of))
    on = date.fromisoformat(day)
    async with world.tx() as conn:
        days = await day_totals(conn, [series], on, date.fromordinal(on.toordinal() + 1))
    local = of.start_ms[_local_dates(zone, of.start_ms) == np.datetime64(day)]
    assert (days.n_expected.tolist(), days.n_valid.tolist()) == ([expected], [expected])
    assert days.total.tolist() == [int(of.micro[np.isin(of.start_ms, local)].sum())]


def _local_dates(zone, start_ms):
    return np.array(
        [datetime.fromtimestamp(t / 1000, UTC).astimezone(ZoneInfo(zone)).date() for t in start_ms],
        dtype="datetime64[D]",
    )


async def test_days_count_estimated_and_suspect_readings_and_leave_out_nulls(world):
    series, source = await world.series(), await world.source()
    start = ms("2024-03-01T02:00")
    await load(world, sent(series, source, readings(start, [1, 2, 3, 4, 5], quality=[0, 3, 8, 4, 2 | 8])))
    async with world.tx() as conn:
        days = await day_totals(conn, [series], date(2024, 3, 1), date(2024, 3, 2))
    row = {
        name: getattr(days, name).tolist()
        for name in ("total", "low", "high", "n_valid", "n_estimated", "n_suspect")
    }
    assert row == {
        "total": [11_000_000], "low": [1_000_000], "high": [5_000_000],
        "n_valid": [4], "n_estimated": [2], "n_suspect": [2],
    }  # fmt: skip


async def test_registers_do_not_add_up(world):
    series, source = await world.series(kind=Kind.CUMULATIVE), await world.source()
    await load(world, sent(series, source, readings(ms("2024-03-01T02:00"), [100, 101])))
    async with world.tx() as conn:
        days = await day_totals(conn, [series], date(2024, 3, 1), date(2024, 3, 2))
    assert (days.total.tolist(), days.low.tolist(), days.high.tolist()) == ([0], [100_000_000], [101_000_000])


async def test_registers_and_amounts_of_one_file_are_told_apart(world):
    amount, register = await world.series(), await world.series(kind=Kind.CUMULATIVE)
    source, of = await world.source(), readings(ms("2024-03-01T02:00"), [100, 101])
    await load(world, sent(amount, source, of), sent(register, source, of))
    async with world.tx() as conn:
        days = await day_totals(conn, [amount, register], date(2024, 3, 1), date(2024, 3, 2))
    assert days.total.tolist() == [201_000_000, 0]


async def test_the_newest_value_follows_and_is_looked_up_again_when_it_goes(world):
    series = await world.series()
    await load(world, sent(series, await world.source(update="2024-04-01"), readings(START, [1, 2, 3])))
    async with world.tx() as conn:
        newest = (await latest(conn, [series]))[series]
    assert (newest.start_ms, newest.micro) == (START + 600_000, 3_000_000)
    later = await world.source(update="2024-04-02")
    await load(world, sent(series, later, readings(START + 600_000, [0], quality=[q.NULL])))
    async with world.tx() as conn:
        newest = (await latest(conn, [series]))[series]
    assert (newest.start_ms, newest.micro) == (START + 300_000, 2_000_000)


async def test_hourly_readings_of_a_half_hour_zone_lie_on_their_own_grid(world):
    series = await world.series(3600, phase_s=1800, zone="Australia/Adelaide")
    source = await world.source()
    start = ms("2024-06-30T14:30")  # midnight in Adelaide
    await load(world, sent(series, source, readings(start, [1.0] * 48, step_s=3600)))
    assert len(await kept(world, series)) == 48
    async with world.tx() as conn:
        days = await day_totals(conn, [series], date(2024, 7, 1), date(2024, 7, 3))
    assert days.n_valid.tolist() == [24, 24]


async def test_a_matrix_is_stored_like_its_rows_one_by_one(world):
    source = await world.source()
    zones = ["Australia/Melbourne", "Australia/Perth", "Australia/Melbourne"]
    rows, twins = [await world.series(zone=z) for z in zones], [await world.series(zone=z) for z in zones]
    rng = np.random.default_rng(5)
    micro = rng.integers(-(10**6), 10**9, (3, 2000))
    quality = rng.choice([0, 0, 0, 0, 3, q.NULL, q.ABSENT], (3, 2000)).astype(np.uint8)
    async with world.tx() as conn:
        outcomes = await store_matrix(
            conn,
            SentMatrix(
                series_nos=np.array(rows),
                start_ms=START,
                step_s=300,
                micro=micro,
                quality=quality,
                source_no=source,
            ),
        )
    starts = START + np.arange(2000) * 300_000
    singles = [
        sent(
            twin,
            source,
            Readings(start_ms=starts[there], micro=micro[i][there], quality=quality[i][there], step_s=300),
        )
        for i, twin in enumerate(twins)
        if (there := quality[i] != q.ABSENT) is not None
    ]
    by_one = await load(world, *singles)
    columns = "block, n, n_valid, codec, scale_exp, vmin, vmax, vsum, vlast, t_last, flags, sources, data"
    for row, twin in zip(rows, twins, strict=True):
        assert outcomes[row].added == by_one[twin].added
        assert await world.all(
            f"select {columns} from reading_block where series_no = %s order by 1", row
        ) == (await world.all(f"select {columns} from reading_block where series_no = %s order by 1", twin))
        days = "local_date, sum, min, max, n_valid, n_expected, n_estimated, n_suspect"
        assert await world.all(
            f"select {days} from rollup_local_day where series_no = %s order by 1", row
        ) == (await world.all(f"select {days} from rollup_local_day where series_no = %s order by 1", twin))


async def test_what_a_restart_would_lose_is_nothing_half(world):
    series, source = await world.series(), await world.source()
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the error has to cross the end of the transaction
        async with world.tx() as conn:
            await store(conn, [sent(series, source, readings(START, [1, 2]))])
            raise ZeroDivisionError
    for table in ("reading_block", "rollup_local_day", "series_latest", "site_month_dirty"):
        assert await world.all(f"select count(*) from {table} where series_no = %s", series) == [(0,)]


@pytest.mark.parametrize(
    ("of", "code"),
    [
        (readings(START + 1000, [1]), "off_grid"),
        (readings(START, [1], step_s=900), "step_mismatch"),
        (readings([START, START], [1, 2]), "readings_not_sorted"),
        (readings(START, [9_000_000_001]), "value_out_of_range"),
        (readings(ms("2199-12-31T23:55") + 300_000, [1]), "out_of_range"),
        (readings(-300_000, [1]), "out_of_range"),
    ],
)
async def test_what_cannot_be_kept_is_refused_with_its_reason(world, of, code):
    series, source = await world.series(), await world.source()
    with pytest.raises(InvalidError, match=code):
        await load(world, sent(series, source, of))


async def test_years_beyond_the_partitions_get_one_when_they_come(world):
    series, source = await world.series(), await world.source()
    await load(world, sent(series, source, readings(ms("2150-06-01"), [1])))
    await load(world, sent(series, source, readings(ms("1985-06-01"), [2])))
    assert [row[1] for row in spelled(await kept(world, series))] == [2, 1]


async def test_series_and_sources_of_others_do_not_exist(world, owner_pool):
    mine, source = await world.series(), await world.source()
    other = World(world.pool, await make_tenant(owner_pool, "other"))
    theirs, their_source = await other.series(), await other.source()
    with pytest.raises(NotFoundError, match="series_not_found"):
        await load(world, sent(theirs, source, readings(START, [1])))
    async with world.tx() as conn:
        with pytest.raises(NotFoundError, match="source_not_found"):
            await store(conn, [sent(mine, their_source, readings(START, [1]))])


async def test_another_tenant_no_tenant_and_the_partitions_themselves_show_nothing(world, owner_pool):
    series, source = await world.series(), await world.source()
    await load(world, sent(series, source, readings(START, [1, 2])))
    other = World(world.pool, await make_tenant(owner_pool, "other"))
    nobody = World(world.pool, None)
    tables = ("reading_block", "reading_revision", "rollup_local_day", "series_latest", "site_month_dirty",
              "series",
              "import", "source")  # fmt: skip
    for table in tables:
        for who in (other, nobody):
            assert await who.all(f"select count(*) from {table}") == [(0,)], table
    # The policy stands on the parent; asked directly a partition shows nothing, even to its own tenant.
    assert await world.all("select count(*) from reading_block") == [(1,)]
    assert await world.all("select count(*) from reading_block_2024") == [(0,)]


async def test_two_loaders_of_one_series_both_succeed(world):
    series = await world.series()
    one, two = await world.source("a"), await world.source("b")
    await asyncio.gather(
        load(world, sent(series, one, readings(START, [1.0] * 500))),
        load(world, sent(series, two, readings(START + 250 * 300_000, [2.0] * 500))),
    )
    assert len(await kept(world, series)) == 750


async def test_engines_get_every_slot(world):
    series, source = await world.series(), await world.source()
    await load(world, sent(series, source, readings(START, [1, None, 3], quality=[0, 0, 3])))
    async with world.tx() as conn:
        of = (await read_series(conn, {series: "kWh"}, START - 300_000, START + 4 * 300_000))[series]
    assert of.start_ms == START - 300_000
    assert np.nan_to_num(of.values, nan=-1).tolist() == [-1, 1, -1, 3, -1]
    assert of.quality.tolist() == [4, 0, 4, 3, 4]


async def test_irregular_readings_keep_their_starts_and_lengths(world):
    series, source = await world.series(None), await world.source()
    starts = [ms("2024-01-31"), ms("2024-03-02T11:07:13.123"), ms("2024-03-02T11:07:13.124")]
    of = readings(starts, [10, 20, 30], step_s=None, durations=[31 * DAY, HOUR, 1])
    assert (await load(world, sent(series, source, of)))[series].added == 3
    back = await kept(world, series)
    assert spelled(back) == spelled(of)
    assert back.duration_ms.tolist() == [31 * DAY, HOUR, 1]
    again = (await load(world, sent(series, await world.source(), of)))[series]
    assert (again.unchanged, again.added) == (3, 0)
    shorter = readings(starts, [10, 20, 30], step_s=None, durations=[30 * DAY, HOUR, 1])
    assert (await load(world, sent(series, await world.source(update="2031-01-01"), shorter)))[
        series
    ].changed == 1
    assert (await kept(world, series)).duration_ms.tolist() == [30 * DAY, HOUR, 1]
    async with world.tx() as conn:
        newest = (await latest(conn, [series]))[series]
        days = await day_totals(conn, [series], date(2024, 1, 1), date(2024, 12, 31))
    assert newest.micro == 30_000_000
    assert days.total.tolist() == [10_000_000, 50_000_000]


async def test_gauges_and_weather_go_the_same_way(world):
    series = await world.series(600, quantity=Quantity.TEMPERATURE, kind=Kind.INSTANT)
    source = await world.source()
    await load(world, sent(series, source, readings(ms("2024-03-01T02:00"), [-1.5, 20.25], step_s=600)))
    async with world.tx() as conn:
        days = await day_totals(conn, [series], date(2024, 3, 1), date(2024, 3, 2))
    assert (days.total / days.n_valid).tolist() == [9_375_000]
