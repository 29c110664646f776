"""A register whose interval changed has two series; each counts where it has readings, once."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from aegrid_energy.domain.readings import MICRO, Readings
from aegrid_energy.domain.series import Carrier, Direction, Kind, Quantity, Series
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.ingestion.parsed import ParsedFile, Register
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.series import list_series
from aegrid_energy.storage.validity import Stretch, Validity, validities
from aegrid_energy.workflows.load_readings import LoadReport, Target
from aegrid_energy.workflows.take_live import LiveTaker
from aegrid_energy.workflows.undo_import import take_back_import
from counters_world import NOW, answer, counter, hall, load

DAY = timedelta(days=1)
START = datetime(2026, 2, 20, 13, tzinfo=UTC)  # midnight in Melbourne
CHANGE = START + 3 * DAY - timedelta(hours=10, minutes=30)  # not at a local midnight: 13:30 of the third day
END = START + 5 * DAY


def stretch(number: int, start: int, end: int) -> Stretch:
    return Stretch(series_no=number, start_ms=start, end_ms=end)


def valid(number: int, start: int | None, end: int | None) -> Validity:
    return Validity(series_no=number, start_ms=start, end_ms=end)


@pytest.mark.parametrize(
    ("stretches", "expected"),
    [
        pytest.param([stretch(1, 5, 9)], [valid(1, None, None)], id="one alone counts always"),
        pytest.param(
            [stretch(1, 0, 5), stretch(2, 5, 9)],
            [valid(1, None, 5), valid(2, 5, None)],
            id="one after the other",
        ),
        pytest.param(
            [stretch(2, 7, 9), stretch(1, 0, 5)],
            [valid(1, None, 7), valid(2, 7, None)],
            id="a hole between belongs to the earlier",
        ),
        pytest.param(
            [stretch(1, 0, 9), stretch(2, 3, 5)],
            [valid(1, None, None), valid(2, 3, 5)],
            id="a trial in the middle counts while it ran",
        ),
        pytest.param(
            [stretch(1, 0, 9), stretch(2, 3, 5), stretch(3, 12, 14)],
            [valid(1, None, 12), valid(2, 3, 5), valid(3, 12, None)],
            id="the one that reaches furthest fills the hole",
        ),
    ],
)
def test_each_series_counts_where_it_has_readings(stretches: list[Stretch], expected: list[Validity]) -> None:
    assert validities(stretches) == expected


def energy(start: datetime, end: datetime, step: timedelta, kw: float) -> Register:
    """Intervals of constant power."""
    n = int((end - start) / step)
    step_s = int(step.total_seconds())
    return Register(
        meter="M1",
        register="E1",
        carrier=Carrier.ELECTRICITY,
        quantity=Quantity.ENERGY,
        direction=Direction.IMPORT,
        kind=Kind.INTERVAL,
        unit="kWh",
        readings=Readings(
            start_ms=ms_of(start) + np.arange(n, dtype=np.int64) * step_s * 1000,
            micro=np.full(n, round(kw * step_s / 3600 * MICRO), dtype=np.int64),
            quality=np.zeros(n, dtype=np.uint8),
            step_s=step_s,
        ),
    )


OLD = energy(START, CHANGE, timedelta(minutes=30), 12)
NEW = energy(CHANGE, END, timedelta(minutes=5), 24)
#: 12 kW for 61.5 h, 24 kW for 58.5 h.
TOTAL = 12 * 61.5 + 24 * 58.5


async def total(pool: Pool, tenant_no: int) -> float:
    return int((await answer(pool, tenant_no, START, END)).buckets.sum_micro.sum()) / MICRO


async def register_series(pool: Pool, tenant_no: int) -> dict[int | None, Series]:
    async with transaction(pool, tenant_no) as conn:
        return {one.step_s: one for one in await list_series(conn)}


@pytest.mark.parametrize("order", [(OLD, NEW), (NEW, OLD)], ids=["in order", "history last"])
async def test_a_change_of_interval_keeps_what_was_before(
    pool: Pool, order: tuple[Register, Register]
) -> None:
    tenant_no = await hall(pool)
    for register in order:
        await load(pool, tenant_no, register)
    held = await register_series(pool, tenant_no)
    assert (held[1800].valid_from, held[1800].valid_to) == (None, CHANGE)
    assert (held[300].valid_from, held[300].valid_to) == (CHANGE, None)
    assert await total(pool, tenant_no) == pytest.approx(TOTAL)


async def test_where_both_have_readings_the_finer_counts_once(pool: Pool) -> None:
    tenant_no = await hall(pool)
    await load(pool, tenant_no, energy(START, END, timedelta(minutes=30), 12))
    await load(pool, tenant_no, NEW)
    assert await total(pool, tenant_no) == pytest.approx(TOTAL)


async def test_a_load_that_is_taken_back_gives_the_old_series_its_time_again(pool: Pool) -> None:
    tenant_no = await hall(pool)
    await load(pool, tenant_no, energy(START, END, timedelta(minutes=30), 12))
    report: LoadReport = await load(pool, tenant_no, NEW)
    await take_back_import(pool, tenant_no, report.import_id, actor="ann", now=NOW, reason="wrong meter")
    assert await total(pool, tenant_no) == pytest.approx(12 * 120)
    again = await load(pool, tenant_no, NEW)
    assert again.added == len(NEW.readings)
    assert await total(pool, tenant_no) == pytest.approx(TOTAL)


async def test_live_readings_of_another_interval_leave_history_in_place(pool: Pool) -> None:
    tenant_no = await hall(pool)
    await load(pool, tenant_no, OLD)
    batch = energy(CHANGE, CHANGE + timedelta(hours=1), timedelta(minutes=5), 24)
    parsed = ParsedFile(file="api", format="json", registers=(batch,))
    await LiveTaker(pool=pool).take(tenant_no, parsed, actor="gateway", target=Target(), now=NOW)
    assert await total(pool, tenant_no) == pytest.approx(12 * 61.5 + 24)


async def test_a_counter_before_the_intervals_of_a_provider_goes_on_counting(pool: Pool) -> None:
    tenant_no = await hall(pool)
    await load(pool, tenant_no, counter([0, 1, 2, 3, 4], at=START))
    start = START + timedelta(hours=4)
    await load(pool, tenant_no, energy(start, start + timedelta(hours=2), timedelta(minutes=30), 10))
    assert await total(pool, tenant_no) == pytest.approx(4 + 20)
