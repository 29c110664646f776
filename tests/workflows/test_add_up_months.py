"""Months of sites follow whatever changes their days; what days cannot say exactly has no month."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from aegrid_energy.domain.series import Kind
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.ingestion.parsed import ParsedFile
from aegrid_energy.storage.memberships import enter_tenant, found_tenant
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.register import load_sheets
from aegrid_energy.storage.rollups_month import site_months
from aegrid_energy.workflows.add_up_months import see_months
from aegrid_energy.workflows.correct_reading import correct_reading, see_reading
from aegrid_energy.workflows.keep_house import keep_house_once
from aegrid_energy.workflows.load_readings import Target
from aegrid_energy.workflows.take_live import LiveTaker
from aegrid_energy.workflows.undo_import import take_back_import
from loads_world import NOW, SHEETS, START, hall, load, register, total

FEBRUARY, MARCH = date(2026, 2, 1), date(2026, 3, 1)
EVER = (date(1970, 1, 1), date(2200, 1, 1))
BEFORE = START - timedelta(minutes=30)  # two quarter hours of February, then March
Months = dict[date, Decimal]


async def stored(pool: Pool, tenant_no: int) -> Months:
    async with transaction(pool, tenant_no) as conn:
        return {one.month: one.total for one in await site_months(conn, *EVER)}


async def seen(pool: Pool, tenant_no: int) -> Months:
    async with transaction(pool, tenant_no) as conn:
        return {one.month: one.total for one in await see_months(conn, *EVER)}


async def kept(pool: Pool, tenant_no: int) -> Months:
    await keep_house_once(pool, now=NOW)
    return await stored(pool, tenant_no)


async def test_months_are_right_after_a_load_a_correction_and_an_undo(pool: Pool) -> None:
    tenant_no = await hall(pool)
    first = await load(pool, tenant_no, register("M1", [1.0] * 8, start=BEFORE), register("M2", [9.0] * 8))
    assert await stored(pool, tenant_no) == {}
    assert await kept(pool, tenant_no) == {FEBRUARY: 2, MARCH: 6}  # a sub-meter never counts
    again = await load(pool, tenant_no, register("M1", [5.0], start=BEFORE))
    assert await kept(pool, tenant_no) == {FEBRUARY: 6, MARCH: 6}
    series_no = min(first.outcomes)
    async with transaction(pool, tenant_no) as conn:
        reading = await see_reading(conn, series_no, ms_of(START))
    await correct_reading(
        pool, tenant_no, reading, micro=3_000_000, reason="read it", is_expected=lambda _: True, actor="ann",
        now=NOW,
    )  # fmt: skip
    assert await kept(pool, tenant_no) == {FEBRUARY: 6, MARCH: 8}
    await take_back_import(pool, tenant_no, again.import_id, actor="ann", now=NOW)
    assert await kept(pool, tenant_no) == {FEBRUARY: 2, MARCH: 8}
    await take_back_import(pool, tenant_no, first.import_id, actor="ann", now=NOW)
    assert await kept(pool, tenant_no) == {MARCH: 3}  # what a person said stays


async def test_who_asks_never_gets_a_month_that_has_changed_since(pool: Pool) -> None:
    tenant_no = await hall(pool)
    await load(pool, tenant_no, register("M1", [1.0] * 8, start=BEFORE))
    assert await seen(pool, tenant_no) == {FEBRUARY: 2, MARCH: 6}
    taker = LiveTaker(pool=pool)
    following = register("M1", [2.0] * 2, start=BEFORE + timedelta(hours=2))
    batch = ParsedFile(file="live", format="live", registers=(following,))
    await taker.take(tenant_no, batch, actor="key:x", target=Target(), now=NOW)
    assert await seen(pool, tenant_no) == {FEBRUARY: 2, MARCH: 10}
    # The live readings go into blocks: the months stay as they were.
    await keep_house_once(pool, now=datetime(2199, 1, 1, tzinfo=UTC))
    assert await stored(pool, tenant_no) == {FEBRUARY: 2, MARCH: 10}
    assert await total(pool, tenant_no) == 10


async def test_each_tenant_has_its_own_months(pool: Pool) -> None:
    one = await hall(pool)
    async with transaction(pool, None) as conn:
        two = await found_tenant(conn, slug="two", name="two", now=NOW)
        await enter_tenant(conn, two)
        await load_sheets(conn, SHEETS, now=NOW)
    await load(pool, one, register("M1", [1.0]))
    await load(pool, two, register("M1", [7.0]))
    await keep_house_once(pool, now=NOW)
    assert (await stored(pool, one), await stored(pool, two)) == ({MARCH: 1}, {MARCH: 7})


async def exchange(pool: Pool, tenant_no: int, at: datetime) -> None:
    """The plant's meter takes the place of the main one."""
    async with transaction(pool, tenant_no) as conn:
        await conn.execute(
            """update meter_assignment set valid_to = %s
               where meter_id = (select id from energy_meters where external_id = 'M1')""",
            (at,),
        )
        await conn.execute(
            """update meter_assignment set role = 'boundary', valid_from = %s
               where meter_id = (select id from energy_meters where external_id = 'M2')""",
            (at,),
        )


@pytest.mark.parametrize(
    ("at", "months"),
    [
        pytest.param(START, {FEBRUARY: 2, MARCH: 60}, id="at-midnight-each-counts-its-days"),
        pytest.param(START + timedelta(minutes=30), {FEBRUARY: 2}, id="within-a-day-only-readings-can-say"),
    ],
)
async def test_a_meter_exchanged_counts_until_then(pool: Pool, at: datetime, months: Months) -> None:
    tenant_no = await hall(pool)
    await exchange(pool, tenant_no, at)
    for meter, kwh in (("M1", 1.0), ("M2", 10.0)):
        await load(pool, tenant_no, register(meter, [kwh] * 8, start=BEFORE))
    assert await kept(pool, tenant_no) == months


async def test_months_follow_a_meter_that_is_moved_after_its_readings_came(pool: Pool) -> None:
    tenant_no = await hall(pool)
    for meter, kwh in (("M1", 1.0), ("M2", 10.0)):
        await load(pool, tenant_no, register(meter, [kwh] * 8, start=BEFORE))
    assert await kept(pool, tenant_no) == {FEBRUARY: 2, MARCH: 6}
    await exchange(pool, tenant_no, START)
    assert await kept(pool, tenant_no) == {FEBRUARY: 2, MARCH: 60}
    async with transaction(pool, tenant_no) as conn:
        await conn.execute("delete from meter_assignment where true")
    assert await stored(pool, tenant_no) == {}  # at once, before anything is added up again
    assert await kept(pool, tenant_no) == {}


async def test_a_counter_has_no_months_of_its_own(pool: Pool) -> None:
    tenant_no = await hall(pool)
    await load(pool, tenant_no, replace(register("M1", [100.0, 101.0, 103.0]), kind=Kind.CUMULATIVE))
    async with transaction(pool, tenant_no) as conn:
        rows = await conn.execute("select count(*) from site_month_dirty where series_no > 0")
        assert await rows.fetchone() != (0,)
        months = await see_months(conn, *EVER)
        rows = await conn.execute(
            "select count(*) from series where kind = 'interval' and derived_from is not null"
        )
        (derived,) = await rows.fetchone() or (0,)
    assert len(months) == derived  # only what is worked out from it counts
