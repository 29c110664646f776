"""A ratio that is entered late, or put right, counts for what was stored before: exactly, once, and told."""

from datetime import timedelta
from uuid import UUID

import pytest

from aegrid_energy.analytics.buckets import Resolution
from aegrid_energy.domain.errors import RefusedError
from aegrid_energy.domain.series import Kind
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.ingestion.parsed import ParsedFile
from aegrid_energy.storage.jobs import Job, list_jobs
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.readings import read
from aegrid_energy.workflows.apply_multiplier import recompute_meter
from aegrid_energy.workflows.correct_reading import correct_reading, see_reading
from aegrid_energy.workflows.kinds_of_work import KINDS
from aegrid_energy.workflows.load_readings import Target
from aegrid_energy.workflows.load_register import load_register
from aegrid_energy.workflows.run_jobs import run_job
from aegrid_energy.workflows.take_live import LiveTaker
from aegrid_energy.workflows.undo_import import take_back_import
from counters_world import HOUR, NOW, START, amounts, answer, counter, hall, load, series


async def enter(pool: Pool, tenant_no: int, *installs: dict[str, str]) -> UUID:
    """Load installs as a person does; the job that this opens."""
    report = await load_register(pool, tenant_no, {"installs": list(installs)}, actor="kim", now=NOW)
    assert not report["installs"].refused
    async with transaction(pool, tenant_no) as conn:
        return (await list_jobs(conn, limit=1))[0].id


async def run(pool: Pool, tenant_no: int, job_id: UUID) -> Job:
    await run_job(pool, tenant_no, job_id, KINDS, lambda: NOW)
    async with transaction(pool, tenant_no) as conn:
        job = next(one for one in await list_jobs(conn, limit=100) if one.id == job_id)
    assert job.status == "done"
    return job


async def recompute(pool: Pool, tenant_no: int) -> int:
    async with transaction(pool, tenant_no) as conn:
        row = await (await conn.execute("select id from energy_meters")).fetchone()
        assert row is not None
        return (await recompute_meter(conn, tenant_no, row[0], actor="kim", now=NOW)).readings


async def stored(pool: Pool, tenant_no: int, kind: Kind = Kind.INTERVAL) -> list[float]:
    number = (await series(pool, tenant_no))[kind].series_no
    async with transaction(pool, tenant_no) as conn:
        return ((await read(conn, number, 0, 2**42)).micro / 1e6).tolist()


def ratio(
    factor: str, *, since: int | None = None, until: int | None = None, serial: str = "A"
) -> dict[str, str]:
    dated = {"valid_from": since, "valid_to": until}
    hours = {name: (START + hour * HOUR).isoformat() for name, hour in dated.items() if hour is not None}
    return {"meter": "M1", "serial": serial, "multiplier": factor, **hours}


async def test_a_ratio_entered_late_counts_for_what_was_stored_since_its_day(pool: Pool) -> None:
    tenant_no = await hall(pool)
    await load(pool, tenant_no, counter([1.125, 2, 3, 0], kind=Kind.INTERVAL))
    job = await run(pool, tenant_no, await enter(pool, tenant_no, ratio("40", since=1)))
    assert job.result == {"meters": 1, "readings": 2, "refused": {}}
    assert await stored(pool, tenant_no) == [1.125, 80, 120, 0]
    told = await answer(pool, tenant_no, START, START + 24 * HOUR)
    assert told.buckets.sum_micro.tolist() == [201_125_000]


async def test_recomputing_again_changes_nothing_and_later_loads_use_the_ratio(pool: Pool) -> None:
    tenant_no = await hall(pool)
    await load(pool, tenant_no, counter([1, 2, 3], kind=Kind.INTERVAL))
    job_id = await enter(pool, tenant_no, ratio("40"))
    await run(pool, tenant_no, job_id)
    assert await recompute(pool, tenant_no) == 0
    report = await load(pool, tenant_no, counter([1, 2, 3, 4], kind=Kind.INTERVAL))
    assert (report.added, report.changed, report.unchanged) == (1, 0, 3)
    assert await stored(pool, tenant_no) == [40, 80, 120, 160]


async def test_a_load_that_comes_before_the_job_is_not_multiplied_twice(pool: Pool) -> None:
    tenant_no = await hall(pool)
    await load(pool, tenant_no, counter([1, 2], kind=Kind.INTERVAL))
    job_id = await enter(pool, tenant_no, ratio("40"))
    await load(pool, tenant_no, counter([3], at=START + 2 * HOUR, kind=Kind.INTERVAL))
    assert await stored(pool, tenant_no) == [40, 80, 120]
    job = await run(pool, tenant_no, job_id)
    assert job.result == {"meters": 1, "readings": 0, "refused": {}}
    assert await stored(pool, tenant_no) == [40, 80, 120]


async def test_live_readings_of_a_meter_that_was_remembered_without_a_ratio_are_multiplied(
    pool: Pool,
) -> None:
    tenant_no = await hall(pool)
    taker = LiveTaker(pool=pool)
    for n in range(4):
        if n == 2:
            await run(pool, tenant_no, await enter(pool, tenant_no, ratio("40")))
        sent = counter([n + 1.0], at=START + n * HOUR, kind=Kind.INTERVAL)
        batch = ParsedFile(file="live", format="live", registers=(sent,))
        await taker.take(tenant_no, batch, actor="key:x", target=Target(), now=NOW)
    assert await stored(pool, tenant_no) == [40, 80, 120, 160]


async def test_a_ratio_put_right_goes_by_what_the_meter_said(pool: Pool) -> None:
    tenant_no = await hall(pool, ratio("0.3"))
    await load(pool, tenant_no, counter([1.234, 2, 3], kind=Kind.INTERVAL))
    assert await stored(pool, tenant_no) == [0.3702, 0.6, 0.9]
    await run(pool, tenant_no, await enter(pool, tenant_no, ratio("0.7")))
    assert await stored(pool, tenant_no) == [0.8638, 1.4, 2.1]


async def test_the_history_of_a_reading_says_why_it_changed_and_who_said_it_first(pool: Pool) -> None:
    tenant_no = await hall(pool)
    await load(pool, tenant_no, counter([1, 2], kind=Kind.INTERVAL))
    await run(pool, tenant_no, await enter(pool, tenant_no, ratio("40")))
    number = (await series(pool, tenant_no))[Kind.INTERVAL].series_no
    async with transaction(pool, tenant_no) as conn:
        seen = await see_reading(conn, number, ms_of(START))
        reasons = await (await conn.execute("select distinct reason from reading_revision")).fetchall()
    now, before = seen.versions
    assert (now.micro, before.micro) == (40_000_000, 1_000_000)
    assert (seen.said[now.source_no].kind, seen.said[before.source_no].kind) == ("multiplier", "file")
    assert seen.said[now.source_no].provider == seen.said[before.source_no].provider
    assert reasons == [("multiplier 1 -> 40",)]


async def test_taking_the_load_back_after_a_new_ratio_leaves_nothing(pool: Pool) -> None:
    tenant_no = await hall(pool)
    report = await load(pool, tenant_no, counter([1, 2], kind=Kind.INTERVAL))
    await run(pool, tenant_no, await enter(pool, tenant_no, ratio("40")))
    undone = await take_back_import(pool, tenant_no, report.import_id, actor="kim", now=NOW)
    assert (undone.removed, undone.stays) == (2, 0)
    assert await stored(pool, tenant_no) == []


async def test_what_comes_back_after_a_new_ratio_follows_it(pool: Pool) -> None:
    tenant_no = await hall(pool)
    await load(pool, tenant_no, counter([1, 2, 3], kind=Kind.INTERVAL))
    over = await load(pool, tenant_no, counter([5, 6], at=START + HOUR, kind=Kind.INTERVAL))
    await run(pool, tenant_no, await enter(pool, tenant_no, ratio("40")))
    await run(pool, tenant_no, await enter(pool, tenant_no, ratio("20")))
    assert await stored(pool, tenant_no) == [20, 100, 120]
    await take_back_import(pool, tenant_no, over.import_id, actor="kim", now=NOW)
    assert await stored(pool, tenant_no) == [20, 40, 60]


async def test_what_was_rounded_when_it_was_stored_is_refused_with_the_reason(pool: Pool) -> None:
    tenant_no = await hall(pool, ratio("0.0000015"))
    await load(pool, tenant_no, counter([1, 2.5], kind=Kind.INTERVAL))
    before = await stored(pool, tenant_no)
    job = await run(pool, tenant_no, await enter(pool, tenant_no, ratio("40")))
    assert job.result is not None
    assert "was rounded when it was multiplied by 1.5e-06" in next(iter(job.result["refused"].values()))
    with pytest.raises(RefusedError, match="multiplier_not_exact"):
        await recompute(pool, tenant_no)
    report = await load(pool, tenant_no, counter([1], at=START + 5 * HOUR, kind=Kind.INTERVAL))
    assert [p.code for p in report.problems] == ["multiplier_not_exact"]
    assert await stored(pool, tenant_no) == before


async def test_a_counter_is_multiplied_anew_with_its_intervals(pool: Pool) -> None:
    tenant_no = await hall(pool)
    await load(pool, tenant_no, counter([10, 11, 13, 16]))
    assert await amounts(pool, tenant_no) == [1, 2, 3]
    await run(pool, tenant_no, await enter(pool, tenant_no, ratio("40")))
    assert await stored(pool, tenant_no, Kind.CUMULATIVE) == [400, 440, 520, 640]
    assert await amounts(pool, tenant_no) == [40, 80, 120]


async def test_a_counter_whose_ratio_changes_on_a_day_has_no_leap_there(pool: Pool) -> None:
    tenant_no = await hall(pool, ratio("2"))
    await load(pool, tenant_no, counter([10, 11, 13, 16]))
    await run(pool, tenant_no, await enter(pool, tenant_no, ratio("2", until=2), ratio("10", since=2)))
    assert await stored(pool, tenant_no, Kind.CUMULATIVE) == [20, 22, 130, 160]
    assert await amounts(pool, tenant_no) == [2, 4, 30]


async def test_an_exchange_that_is_noted_later_fills_its_interval(pool: Pool) -> None:
    tenant_no = await hall(pool, ratio("1", until=2), ratio("1", since=2, serial="B"))
    await load(pool, tenant_no, counter([123_456, 123_457, 0.3, 1.3]))
    assert await amounts(pool, tenant_no) == [1, None, 1]
    old = ratio("1", until=2) | {"last_read": "123457.5"}
    new = ratio("1", since=2, serial="B") | {"first_read": "0"}
    await run(pool, tenant_no, await enter(pool, tenant_no, old, new))
    assert await amounts(pool, tenant_no) == [1, 0.8, 1]


async def test_what_a_person_said_was_used_is_not_multiplied(pool: Pool) -> None:
    tenant_no = await hall(pool)
    await load(pool, tenant_no, counter([1, 2, 3], kind=Kind.INTERVAL))
    number = (await series(pool, tenant_no))[Kind.INTERVAL].series_no
    async with transaction(pool, tenant_no) as conn:
        seen = await see_reading(conn, number, ms_of(START + HOUR))
    await correct_reading(
        pool, tenant_no, seen, micro=7_000_000, reason="seen", is_expected=lambda _: True,
        actor="kim", now=NOW,
    )  # fmt: skip
    await run(pool, tenant_no, await enter(pool, tenant_no, ratio("40")))
    assert await stored(pool, tenant_no) == [40, 7, 120]


async def test_days_follow_the_new_ratio(pool: Pool) -> None:
    tenant_no = await hall(pool)
    await load(pool, tenant_no, counter([1.0] * 35, kind=Kind.INTERVAL))
    await run(pool, tenant_no, await enter(pool, tenant_no, ratio("3", since=24)))
    async with transaction(pool, tenant_no) as conn:
        days = await (await conn.execute("select sum from rollup_local_day order by local_date")).fetchall()
    told = await answer(pool, tenant_no, START, START + timedelta(days=2), Resolution.DAY)
    assert [int(day[0]) for day in days] == told.buckets.sum_micro.tolist() == [24_000_000, 33_000_000]
