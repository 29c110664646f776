"""Loads are whole or not at all, can be repeated, and say what they left out."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np

from aegrid_energy.domain.readings import MICRO
from aegrid_energy.domain.series import Kind
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.ingestion.parsed import ParsedFile
from aegrid_energy.storage.imports import find_import, problems_of
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.register import load_sheets
from aegrid_energy.workflows.answer_consumption import Question, answer_consumption
from aegrid_energy.workflows.load_readings import Target
from aegrid_energy.workflows.plan_sites import plan_sites
from aegrid_energy.workflows.see_overview import see_overview
from aegrid_energy.workflows.take_live import LiveTaker
from loads_world import NOW, hall, load, register, total


async def test_a_load_repeated_adds_nothing_and_a_sub_meter_never_counts(pool: Pool) -> None:
    tenant_no = await hall(pool)
    first = await load(pool, tenant_no, register("M1", [1.25] * 96), register("M2", [0.5] * 96))
    again = await load(pool, tenant_no, register("M1", [1.25] * 96), register("M2", [0.5] * 96))
    assert (first.added, again.added, again.unchanged) == (192, 0, 192)
    assert await total(pool, tenant_no) == Decimal(120)


async def test_what_has_no_meter_is_refused_by_name_and_the_rest_is_loaded(pool: Pool) -> None:
    tenant_no = await hall(pool)
    report = await load(pool, tenant_no, register("M1", [1.0]), register("X9", [1.0]), register("V1", [1.0]))
    assert report.status == "partial"
    assert [p.code for p in report.problems] == ["meter_unknown", "meter_is_virtual"]
    async with transaction(pool, tenant_no) as conn:
        held = await find_import(conn, report.import_id)
        assert held is not None
        assert (held.status, held.refused, held.added) == ("partial", 2, 1)
        assert (await problems_of(conn, report.import_id))[0].refused == "X9 E1, all 1 readings"


async def test_a_multiplier_counts_from_its_day_on(pool: Pool) -> None:
    tenant_no = await hall(pool)
    exchange = {
        "meter": "M1", "serial": "B", "multiplier": "40", "valid_from": "2026-03-01T00:00:00+11:00",
    }  # fmt: skip
    async with transaction(pool, tenant_no) as conn:
        await load_sheets(conn, {"installs": [exchange]}, now=NOW)
    day_before = datetime(2026, 2, 28, 12, 45, tzinfo=UTC)
    await load(pool, tenant_no, register("M1", [1.0, 1.0], start=day_before))
    async with transaction(pool, tenant_no) as conn:
        site = await (await conn.execute("select id from site")).fetchone()
        assert site is not None
        answer = await answer_consumption(
            conn, Question(asset_id=site[0], period=Span(ms_of(day_before), ms_of(NOW)))
        )
    assert answer.buckets.sum_micro[:2].tolist() == [MICRO, 40 * MICRO]


async def test_a_later_file_stands_and_an_earlier_one_does_not(pool: Pool) -> None:
    tenant_no = await hall(pool)
    late, early = (np.array([ms_of(datetime(2026, 3, day, tzinfo=UTC))]) for day in (2, 1))
    await load(pool, tenant_no, replace(register("M1", [2.0]), update_ms=late))
    report = await load(pool, tenant_no, replace(register("M1", [3.0]), update_ms=early))
    assert (report.outranked, await total(pool, tenant_no)) == (1, Decimal(2))


async def test_live_readings_show_in_the_total_and_in_the_overview(pool: Pool) -> None:
    tenant_no = await hall(pool)
    await load(pool, tenant_no, register("M1", [1.0] * 4))
    taker = LiveTaker(pool=pool)
    following = register("M1", [2.0, 3.0], start=datetime(2026, 2, 28, 14, 0, tzinfo=UTC))
    batch = ParsedFile(file="live", format="live", registers=(following,))
    await taker.take(tenant_no, batch, actor="key:x", target=Target(), now=NOW)
    again = await taker.take(tenant_no, batch, actor="key:x", target=Target(), now=NOW)
    assert sum(o.added for o in again.outcomes.values()) == 0
    assert await total(pool, tenant_no) == Decimal(9)
    async with transaction(pool, tenant_no) as conn:
        row = (await see_overview(conn, await plan_sites(conn, None, now=NOW), now=NOW))[0]
    assert row.latest is not None
    assert (row.latest.power_kw, row.today_kwh) == (12.0, 9.0)


async def test_a_register_counts_by_its_differences(pool: Pool) -> None:
    tenant_no = await hall(pool)
    reads = replace(
        register("M1", [100.0, 101.5, 104.0, 104.0], start=datetime(2026, 2, 28, 12, 45, tzinfo=UTC)),
        kind=Kind.CUMULATIVE,
    )
    await load(pool, tenant_no, reads)
    # From midnight (101.5) on: the read before lies outside of the period, its difference does not count.
    assert await total(pool, tenant_no) == Decimal("2.5")
