"""A raw counter and its intervals are two series: derived once, repaired where it changed, counted once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.readings import MICRO
from aegrid_energy.domain.series import Kind, Quantity
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.ingestion.parsed import ParsedFile
from aegrid_energy.storage.latest import latest
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.readings import read
from aegrid_energy.storage.register import load_sheets
from aegrid_energy.storage.series import list_series
from aegrid_energy.workflows.correct_reading import correct_reading, see_reading
from aegrid_energy.workflows.load_readings import LoadReport, Target
from aegrid_energy.workflows.plan_sites import plan_sites
from aegrid_energy.workflows.reassign_import import reassign_import
from aegrid_energy.workflows.see_overview import see_overview
from aegrid_energy.workflows.take_live import LiveTaker
from aegrid_energy.workflows.undo_import import take_back_import
from aegrid_energy.workflows.watch_values import metrics_of, values_of
from counters_world import HOUR, NOW, START, amounts, answer, counter, hall, intervals, load, series


async def test_a_counter_gets_intervals_of_its_own_step_that_know_it(pool: Pool) -> None:
    tenant_no = await hall(pool)
    report = await load(pool, tenant_no, counter([10, 11.5, 12, 15]))
    held = await series(pool, tenant_no)
    assert (report.added, report.problems) == (4, ())
    assert held[Kind.INTERVAL].derived_from == held[Kind.CUMULATIVE].series_no
    assert held[Kind.INTERVAL].step_s == 3600
    assert await intervals(pool, tenant_no) == [
        (0, 1.5, "actual+derived"), (1, 0.5, "actual+derived"), (2, 3, "actual+derived"),
    ]  # fmt: skip


async def test_the_same_counter_again_writes_nothing(pool: Pool) -> None:
    tenant_no = await hall(pool)
    await load(pool, tenant_no, counter([10, 11.5, 12, 15]))
    before = await intervals(pool, tenant_no)
    report = await load(pool, tenant_no, counter([10, 11.5, 12, 15]))
    async with transaction(pool, tenant_no) as conn:
        number = (await series(pool, tenant_no))[Kind.INTERVAL].series_no
        cursor = await conn.execute(
            "select count(*) from import_series where import_id = %s and series_no = %s",
            (report.import_id, number),
        )
        assert await cursor.fetchone() == (0,)
    assert (report.added, report.changed, report.unchanged) == (0, 0, 4)
    assert await intervals(pool, tenant_no) == before


async def test_a_late_reading_repairs_exactly_the_two_beside_it(pool: Pool) -> None:
    tenant_no = await hall(pool)
    early = [START + n * HOUR for n in (0, 1, 2, 4, 5, 6)]
    await load(pool, tenant_no, counter([10, 11, 12, 16, 17, 18], at=early))
    split = "estimated+derived+split_of_gap"
    assert (await intervals(pool, tenant_no))[2:4] == [(2, 2, split), (3, 2, split)]
    report = await load(pool, tenant_no, counter([13], at=START + 3 * HOUR))
    number = (await series(pool, tenant_no))[Kind.INTERVAL].series_no
    async with transaction(pool, tenant_no) as conn:
        cursor = await conn.execute(
            "select changed, added from import_series where import_id = %s and series_no = %s",
            (report.import_id, number),
        )
        assert await cursor.fetchone() == (2, 0)
    assert await amounts(pool, tenant_no) == [1, 1, 1, 3, 1, 1]
    assert {word for _, _, word in await intervals(pool, tenant_no)} == {"actual+derived"}


async def test_taking_a_load_back_takes_its_intervals_back(pool: Pool) -> None:
    tenant_no = await hall(pool)
    early = [START + n * HOUR for n in (0, 1, 2, 4, 5, 6)]
    await load(pool, tenant_no, counter([10, 11, 12, 16, 17, 18], at=early))
    before = await intervals(pool, tenant_no)
    late = await load(pool, tenant_no, counter([13, 20], at=[START + 3 * HOUR, START + 7 * HOUR]))
    assert len(await intervals(pool, tenant_no)) == 7
    await take_back_import(pool, tenant_no, late.import_id, actor="a", now=NOW)
    assert await intervals(pool, tenant_no) == before


async def test_taking_the_first_of_two_loads_back_leaves_no_interval_without_readings(pool: Pool) -> None:
    tenant_no = await hall(pool)
    first = await load(pool, tenant_no, counter([10, 11, 12]))
    await load(pool, tenant_no, counter([15, 16], at=START + 3 * HOUR))
    assert await amounts(pool, tenant_no) == [1, 1, 3, 1]
    await take_back_import(pool, tenant_no, first.import_id, actor="a", now=NOW)
    assert await intervals(pool, tenant_no) == [(2, None, "null+derived"), (3, 1, "actual+derived")]
    await load(pool, tenant_no, counter([10, 11, 12]))
    assert await amounts(pool, tenant_no) == [1, 1, 3, 1]


async def test_a_corrected_counter_reading_moves_its_neighbours(pool: Pool) -> None:
    tenant_no = await hall(pool)
    await load(pool, tenant_no, counter([10, 11, 12, 13, 14]))
    number = (await series(pool, tenant_no))[Kind.CUMULATIVE].series_no
    at_ms = ms_of(START + 2 * HOUR)
    async with transaction(pool, tenant_no) as conn:
        seen = await see_reading(conn, number, at_ms)
    await correct_reading(
        pool, tenant_no, seen, micro=12_500_000, reason="read again", is_expected=lambda _: True,
        actor="kim", now=NOW,
    )  # fmt: skip
    assert await amounts(pool, tenant_no) == [1, 1.5, 0.5, 1]


async def test_what_a_person_said_of_an_interval_stands(pool: Pool) -> None:
    tenant_no = await hall(pool)
    await load(pool, tenant_no, counter([10, 11, 12, 13]))
    number = (await series(pool, tenant_no))[Kind.INTERVAL].series_no
    async with transaction(pool, tenant_no) as conn:
        seen = await see_reading(conn, number, ms_of(START + HOUR))
    await correct_reading(
        pool, tenant_no, seen, micro=7_000_000, reason="a test load", is_expected=lambda _: True,
        actor="kim", now=NOW,
    )  # fmt: skip
    await load(pool, tenant_no, counter([12.5], at=START + 2 * HOUR))
    assert await amounts(pool, tenant_no) == [1, 7, 0.5]


async def test_intervals_that_the_meter_sent_stand_and_the_counter_fills_their_holes(pool: Pool) -> None:
    tenant_no = await hall(pool)
    await load(pool, tenant_no, counter([1.25], at=START + HOUR, kind=Kind.INTERVAL))
    await load(pool, tenant_no, counter([10, 11, 12, 13]))
    assert await amounts(pool, tenant_no) == [1, 1.25, 1]
    told = await answer(pool, tenant_no, START, START + 24 * HOUR)
    assert told.buckets.sum_micro.tolist() == [3_250_000]


async def test_live_counters_grow_their_intervals_and_count_once(pool: Pool) -> None:
    tenant_no = await hall(pool)
    taker = LiveTaker(pool=pool)
    for n, value in enumerate([10, 11, 13, 16]):
        batch = ParsedFile(file="live", format="live", registers=(counter([value], at=START + n * HOUR),))
        await taker.take(tenant_no, batch, actor="key:x", target=Target(), now=NOW)
    assert await amounts(pool, tenant_no) == [1, 2, 3]
    told = await answer(pool, tenant_no, START, START + 24 * HOUR)
    assert told.buckets.sum_micro.tolist() == [6_000_000]
    assert len(told.used) == 1


async def test_a_counter_read_now_and_then_is_cut_into_quarters_of_an_hour(pool: Pool) -> None:
    tenant_no = await hall(pool)
    minutes = [0, 7, 14, 22, 31, 44, 52, 60]
    at = [START + timedelta(minutes=m) for m in minutes]
    await load(pool, tenant_no, counter([m / 10 for m in minutes], at=at, step_s=None))
    held = await series(pool, tenant_no)
    assert held[Kind.INTERVAL].step_s == 900
    assert await amounts(pool, tenant_no) == [1.5, 1.5, 1.5, 1.5]


async def test_a_register_read_once_a_month_stays_a_register(pool: Pool) -> None:
    tenant_no = await hall(pool)
    at = [START - timedelta(days=60), START - timedelta(days=30), START]
    await load(pool, tenant_no, counter([100, 400, 900], at=at, step_s=None))
    assert list(await series(pool, tenant_no)) == [Kind.CUMULATIVE]


@pytest.mark.parametrize(
    ("start", "days"),
    [
        pytest.param(datetime(2025, 4, 4, 13, tzinfo=UTC), 4, id="25 hours"),
        pytest.param(datetime(2025, 10, 3, 14, tzinfo=UTC), 4, id="23 hours"),
    ],
)
async def test_intervals_and_differences_give_the_same_local_days(
    pool: Pool, start: datetime, days: int
) -> None:
    tenant_no = await hall(pool)
    rng = np.random.default_rng(3)
    shown = 1000 + np.cumsum(rng.integers(0, 900, days * 96 + 1)) / 1000
    await load(pool, tenant_no, counter(shown.tolist(), at=start, step_s=900))
    end = start + timedelta(days=days)
    derived = await answer(pool, tenant_no, start, end)
    held = await series(pool, tenant_no)
    assert [use.series_no for use in derived.used] == [held[Kind.INTERVAL].series_no]
    async with transaction(pool, tenant_no) as conn:
        # The register as it was answered before it had intervals.
        number = held[Kind.INTERVAL].series_no
        for table in ("reading_block", "rollup_local_day", "series_latest", "import_series"):
            await conn.execute(f"delete from {table} where series_no = %s", (number,))
        await conn.execute("delete from series where series_no = %s", (number,))
    by_difference = await answer(pool, tenant_no, start, end)
    assert [use.series_no for use in by_difference.used] == [held[Kind.CUMULATIVE].series_no]
    assert derived.buckets.edges_ms.tolist() == by_difference.buckets.edges_ms.tolist()
    assert derived.buckets.sum_micro.tolist() == by_difference.buckets.sum_micro.tolist()
    assert int(derived.buckets.sum_micro.sum()) == round((shown[-1] - shown[0]) * MICRO)


def notices(report: LoadReport) -> list[str]:
    return [problem.code for problem in report.problems]


async def test_a_wrap_of_a_known_counter_is_consumption(pool: Pool) -> None:
    install = {"meter": "M1", "serial": "A", "wraps_at": "4294967.296"}
    tenant_no = await hall(pool, install)
    report = await load(pool, tenant_no, counter([4294966.0, 4294967.0, 0.5, 1.5]))
    assert await amounts(pool, tenant_no) == [1, 0.796, 1]
    assert notices(report) == ["counter_wrapped"]


async def test_the_same_fall_of_an_unknown_counter_is_a_suspect_gap(pool: Pool) -> None:
    tenant_no = await hall(pool)
    report = await load(pool, tenant_no, counter([999_998.0, 999_999.0, 0.5, 1.5]))
    assert await intervals(pool, tenant_no) == [
        (0, 1, "actual+derived"), (1, None, "null+suspect+derived"), (2, 1, "actual+derived"),
    ]  # fmt: skip
    assert notices(report) == ["counter_wrap_or_reset"]


async def test_noise_downwards_is_nothing_and_a_fall_to_nothing_is_a_suspect_reset(pool: Pool) -> None:
    tenant_no = await hall(pool)
    report = await load(pool, tenant_no, counter([5000.0, 4999.9, 5001.0, 3.0, 4.0]))
    assert await intervals(pool, tenant_no) == [
        (0, 0, "actual+derived"), (1, 1, "actual+derived"), (2, 3, "actual+suspect+derived"),
        (3, 1, "actual+derived"),
    ]  # fmt: skip
    assert notices(report) == ["counter_reset"]


async def test_a_leap_beyond_the_fuse_is_kept_raw_and_not_counted(pool: Pool) -> None:
    tenant_no = await hall(pool, {"meter": "M1", "serial": "A", "max_rate_per_h": "100"})
    report = await load(pool, tenant_no, counter([10, 11, 9_000_011, 13, 14]))
    assert await amounts(pool, tenant_no) == [1, 1, 1, 1]
    assert notices(report) == ["counter_spike"]
    number = (await series(pool, tenant_no))[Kind.CUMULATIVE].series_no
    async with transaction(pool, tenant_no) as conn:
        raw = await read(conn, number, 0, 2**42)
    assert raw.micro.tolist()[2] == 9_000_011 * MICRO


async def test_an_exchange_is_unknown_until_its_readings_are_noted(pool: Pool) -> None:
    exchange = (START + HOUR * 1.5).isoformat()
    old = {"meter": "M1", "serial": "A", "valid_to": exchange}
    new = {"meter": "M1", "serial": "B", "valid_from": exchange}
    tenant_no = await hall(pool, old, new)
    report = await load(pool, tenant_no, counter([123_456.0, 123_457.0, 0.3, 1.3]))
    assert await amounts(pool, tenant_no) == [1, None, 1]
    assert notices(report) == ["meter_exchanged"]


async def test_noted_readings_of_an_exchange_count_with_the_ratios_of_their_time(pool: Pool) -> None:
    exchange = (START + HOUR * 1.5).isoformat()
    tenant_no = await hall(
        pool,
        {"meter": "M1", "serial": "A", "multiplier": "2", "last_read": "100.5", "valid_to": exchange},
        {"meter": "M1", "serial": "B", "multiplier": "10", "first_read": "0", "valid_from": exchange},
    )
    await load(pool, tenant_no, counter([99, 100, 0.3, 1.3]))
    assert await amounts(pool, tenant_no) == [2, Decimal(4), 10]


async def test_a_ratio_changed_on_the_same_device_leaves_no_leap(pool: Pool) -> None:
    change = (START + HOUR * 2).isoformat()
    tenant_no = await hall(
        pool,
        {"meter": "M1", "serial": "A", "multiplier": "2", "valid_to": change},
        {"meter": "M1", "serial": "A", "multiplier": "10", "valid_from": change},
    )
    await load(pool, tenant_no, counter([99, 100, 101, 102]))
    assert await amounts(pool, tenant_no) == [2, 2, 10]


async def test_readings_out_of_order_and_three_times_give_one_series_of_intervals(pool: Pool) -> None:
    tenant_no = await hall(pool)
    for hour, shown in [(3, 13), (0, 10), (1, 11), (3, 13), (2, 12), (3, 13)]:
        await load(pool, tenant_no, counter([shown], at=START + hour * HOUR))
    assert await intervals(pool, tenant_no) == [(n, 1, "actual+derived") for n in range(3)]


async def test_a_load_moved_to_another_meter_leaves_its_intervals_to_be_computed_there(pool: Pool) -> None:
    tenant_no = await hall(pool)
    report = await load(pool, tenant_no, counter([10, 11, 13, 16]))
    async with transaction(pool, tenant_no) as conn:
        sheet = [{"external_id": "M2", "site": "S1", "carrier": "electricity", "name": "Plant"}]
        await load_sheets(conn, {"meters": sheet}, now=NOW)
        row = await (await conn.execute("select id from energy_meters where name = 'Plant'")).fetchone()
    assert row is not None
    moved = await reassign_import(pool, tenant_no, report.import_id, meter_id=row[0], actor="kim", now=NOW)
    assert moved.added == 4
    async with transaction(pool, tenant_no) as conn:
        held = {
            (one.meter_id == row[0], one.kind): (await read(conn, one.series_no, 0, 2**42)).micro.tolist()
            for one in await list_series(conn)
        }
    assert held == {
        (False, Kind.CUMULATIVE): [],
        (False, Kind.INTERVAL): [],
        (True, Kind.CUMULATIVE): [10 * MICRO, 11 * MICRO, 13 * MICRO, 16 * MICRO],
        (True, Kind.INTERVAL): [MICRO, 2 * MICRO, 3 * MICRO],
    }


async def test_the_overview_and_the_live_value_count_a_counter_once(pool: Pool) -> None:
    tenant_no = await hall(pool)
    await load(pool, tenant_no, counter([10, 11, 13, 16]))
    async with transaction(pool, tenant_no) as conn:
        (row,) = await see_overview(conn, await plan_sites(conn, None, now=NOW), now=NOW)
        metrics = await metrics_of(conn, row.site.id, now=NOW)
        numbers = [term.series_no for metric in metrics for term in metric.terms]
        (value,) = values_of(metrics, await latest(conn, numbers))
    held = await series(pool, tenant_no)
    assert numbers == [held[Kind.INTERVAL].series_no]
    assert (value.metric, value.value, value.at) == ("power_kw", 3.0, START + 2 * HOUR)
    assert row.latest is not None
    assert (row.latest.power_kw, row.today_kwh) == (3.0, 6.0)


async def test_a_counter_and_intervals_of_another_length_count_once(pool: Pool) -> None:
    tenant_no = await hall(pool)
    await load(pool, tenant_no, counter([10, 11, 12], step_s=1800))
    await load(pool, tenant_no, counter([2.5], kind=Kind.INTERVAL))
    told = await answer(pool, tenant_no, START, START + 24 * HOUR)
    assert told.buckets.sum_micro.tolist() == [2_500_000]
    assert len(told.used) == 1


async def test_readings_of_a_reactive_register_take_nothing_from_the_noted_exchange(pool: Pool) -> None:
    exchange = (START + HOUR * 1.5).isoformat()
    tenant_no = await hall(
        pool,
        {"meter": "M1", "serial": "A", "last_read": "100.5", "valid_to": exchange},
        {"meter": "M1", "serial": "B", "first_read": "0", "valid_from": exchange},
    )
    await load(pool, tenant_no, replace(counter([99, 100, 0.3, 1.3]), quantity=Quantity.REACTIVE_ENERGY))
    assert await amounts(pool, tenant_no) == [1, None, 1]


async def test_an_estimated_reading_makes_the_intervals_beside_it_estimates(pool: Pool) -> None:
    tenant_no = await hall(pool)
    sent = counter([10, 11, 12, 13])
    marks = np.array([0, 0, q.Quality.ESTIMATED.code, 0], dtype=np.uint8)
    await load(pool, tenant_no, replace(sent, readings=replace(sent.readings, quality=marks)))
    assert [word for _, _, word in await intervals(pool, tenant_no)] == [
        "actual+derived", "estimated+derived", "estimated+derived",
    ]  # fmt: skip


async def test_a_float32_counter_that_lost_its_small_steps_still_adds_up(pool: Pool) -> None:
    tenant_no = await hall(pool)
    shown = [float(np.float32(value)) for value in (16_777_215, 16_777_217, 16_777_219)]
    await load(pool, tenant_no, counter(shown))
    assert sum(await amounts(pool, tenant_no)) == shown[-1] - shown[0]


async def test_a_live_zero_at_wake_up_is_no_reset_until_a_second_reading_agrees(pool: Pool) -> None:
    tenant_no = await hall(pool)
    taker = LiveTaker(pool=pool)
    for n, value in enumerate([5000.0, 5001.0, 0.0, 5003.0]):
        batch = ParsedFile(file="live", format="live", registers=(counter([value], at=START + n * HOUR),))
        await taker.take(tenant_no, batch, actor="key:x", target=Target(), now=NOW)
    found = await amounts(pool, tenant_no)
    assert (found[0], sum(value or 0 for value in found)) == (1, 3)
