"""What a sender sends live on a day is one import: listed, and taken back as a whole."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal

from aegrid_energy.ingestion.parsed import ParsedFile
from aegrid_energy.storage.imports import end_live_imports, find_import, list_imports, problems_of
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.workflows.load_readings import Target
from aegrid_energy.workflows.take_live import LiveReport, LiveTaker
from aegrid_energy.workflows.undo_import import take_back_import
from loads_world import NOW, START, hall, load, register, total


async def send(
    taker: LiveTaker, tenant_no: int, values: list[float], *, meter: str = "M1", actor: str = "key:x",
    start: datetime = START, now: datetime = NOW,
) -> LiveReport:  # fmt: skip
    batch = ParsedFile(file="live", format="live", registers=(register(meter, values, start=start),))
    return await taker.take(tenant_no, batch, actor=actor, target=Target(), now=now)


async def listed(pool: Pool, tenant_no: int) -> list[tuple[str, str, int, int]]:
    async with transaction(pool, tenant_no) as conn:
        return [
            (row.actor, row.status, row.added, row.refused)
            for row in await list_imports(conn, limit=10)
            if row.kind == "live"
        ]


async def test_a_sender_has_one_import_a_day_and_it_is_listed(pool: Pool) -> None:
    tenant_no = await hall(pool)
    taker = LiveTaker(pool=pool)
    one = await send(taker, tenant_no, [1.0, 2.0])
    again = await send(LiveTaker(pool=pool), tenant_no, [3.0], start=START + timedelta(minutes=30))
    other = await send(taker, tenant_no, [4.0], actor="key:y", start=START + timedelta(minutes=45))
    next_day = await send(taker, tenant_no, [4.0], start=NOW, now=NOW + timedelta(days=1))
    assert one.import_id == again.import_id
    assert len({one.import_id, other.import_id, next_day.import_id}) == 3
    assert sorted(await listed(pool, tenant_no)) == [
        ("key:x", "running", 1, 0),
        ("key:x", "running", 3, 0),
        ("key:y", "running", 1, 0),
    ]


async def test_days_that_are_over_are_ended(pool: Pool) -> None:
    tenant_no = await hall(pool)
    await send(LiveTaker(pool=pool), tenant_no, [1.0])
    async with transaction(pool, tenant_no) as conn:
        row = await (await conn.execute("select now()")).fetchone()
        assert row is not None
        await end_live_imports(conn, now=row[0])
    assert [status for _, status, _, _ in await listed(pool, tenant_no)] == ["running"]
    async with transaction(pool, tenant_no) as conn:
        await end_live_imports(conn, now=row[0] + timedelta(days=1))
    assert [status for _, status, _, _ in await listed(pool, tenant_no)] == ["done"]


async def test_what_was_refused_of_live_readings_is_kept_with_their_import(pool: Pool) -> None:
    tenant_no = await hall(pool)
    taker = LiveTaker(pool=pool)
    for _ in range(2):
        report = await send(taker, tenant_no, [1.0], meter="unheard of")
    assert await listed(pool, tenant_no) == [("key:x", "running", 0, 2)]
    async with transaction(pool, tenant_no) as conn:
        assert [p.code for p in await problems_of(conn, report.import_id)] == ["meter_unknown"] * 2


async def test_a_day_of_a_sender_is_taken_back_whole_and_the_rest_of_the_day_is_another_load(
    pool: Pool,
) -> None:
    tenant_no = await hall(pool)
    taker = LiveTaker(pool=pool)
    await load(pool, tenant_no, register("M1", [1.0] * 4))
    wrong = await send(taker, tenant_no, [50.0] * 8)
    assert await total(pool, tenant_no) == Decimal(400)
    plan = await take_back_import(pool, tenant_no, wrong.import_id, actor="ann", now=NOW, is_dry_run=True)
    assert (plan.restored, plan.removed) == (4, 4)
    report = await take_back_import(pool, tenant_no, wrong.import_id, actor="ann", now=NOW)
    assert (report.restored, report.removed, report.stays) == (4, 4, 0)
    assert await total(pool, tenant_no) == Decimal(4)
    right = await send(taker, tenant_no, [2.0] * 8)
    assert right.import_id != wrong.import_id
    assert await total(pool, tenant_no) == Decimal(16)
    await take_back_import(pool, tenant_no, right.import_id, actor="ann", now=NOW)
    assert await total(pool, tenant_no) == Decimal(4)
    async with transaction(pool, tenant_no) as conn:
        held = await find_import(conn, wrong.import_id)
    assert held is not None
    assert (held.status, held.undone_by) == ("undone", "ann")


async def test_a_sender_that_goes_on_while_its_day_is_taken_back_loses_nothing_it_sent_afterwards(
    pool: Pool,
) -> None:
    tenant_no = await hall(pool)
    taker = LiveTaker(pool=pool)
    first = await send(taker, tenant_no, [1.0])
    sent: list[LiveReport] = []

    async def go_on() -> None:
        for number in range(1, 9):
            meter = "M1" if number % 2 else "M2"
            start = START + timedelta(minutes=15 * number)
            sent.append(await send(taker, tenant_no, [1.0], meter=meter, start=start))

    await asyncio.gather(go_on(), take_back_import(pool, tenant_no, first.import_id, actor="ann", now=NOW))
    later = await send(taker, tenant_no, [1.0], start=START + timedelta(hours=3))
    assert later.import_id != first.import_id
    stands = [one for one in [*sent, later] if one.import_id != first.import_id]
    async with transaction(pool, tenant_no) as conn:
        rows = await conn.execute("select count(*) from energy_consumption")
        assert await rows.fetchone() == (len(stands),)
