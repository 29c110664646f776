"""Files of counters, from their bytes to the local days that are answered."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from aegrid_energy.domain.readings import as_decimal
from aegrid_energy.domain.series import Kind
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.read_file import read_file
from aegrid_energy.storage.pool import Pool
from aegrid_energy.workflows.load_readings import File, LoadReport, Target, load_readings
from counters_world import NOW, answer, hall, series

MELBOURNE = ZoneInfo("Australia/Melbourne")


async def load_csv(pool: Pool, tenant_no: int, rows: list[tuple[datetime, str]]) -> LoadReport:
    """A file of a counter with the clock of the wall, as a logger in the plant room writes it."""
    lines = ["Time,M1 kWh", *(f"{at.astimezone(MELBOURNE):%Y-%m-%d %H:%M},{shown}" for at, shown in rows)]
    text = "\n".join(lines) + "\n"
    choices = Choices(
        now_ms=ms_of(NOW), zone="Australia/Melbourne", meter="M1", kind=Kind.CUMULATIVE, accept_proposed=True
    )
    return await load_readings(
        pool,
        tenant_no,
        read_file(text.encode(), "counter.csv", choices),
        file=File(name="counter.csv"),
        target=Target(),
        kind="file",
        actor="console",
        now=NOW,
    )


async def days(pool: Pool, tenant_no: int, start: datetime, count: int) -> list[Decimal]:
    end = (start.astimezone(MELBOURNE) + timedelta(days=count)).astimezone(UTC)  # wall clock arithmetic
    told = await answer(pool, tenant_no, start, end)
    return [as_decimal(int(micro)) for micro in told.buckets.sum_micro]


@pytest.mark.parametrize(
    ("first", "hours"),
    [
        pytest.param(datetime(2025, 4, 5, tzinfo=MELBOURNE), [24, 25, 24], id="the clock goes back"),
        pytest.param(datetime(2025, 10, 4, tzinfo=MELBOURNE), [24, 23, 24], id="the clock goes forward"),
    ],
)
async def test_a_counter_file_with_the_clock_of_the_wall_gives_days_of_their_true_length(
    pool: Pool, first: datetime, hours: list[int]
) -> None:
    tenant_no = await hall(pool)
    start = first.astimezone(UTC)
    rows = [(start + timedelta(hours=n), f"{1000 + n * 1.25:.2f}") for n in range(sum(hours) + 1)]
    report = await load_csv(pool, tenant_no, rows)
    assert (report.added, [p.code for p in report.problems if p.refused]) == (len(rows), [])
    assert set(await series(pool, tenant_no)) == {Kind.CUMULATIVE, Kind.INTERVAL}
    assert await days(pool, tenant_no, start, 3) == [Decimal("1.25") * n for n in hours]


async def test_a_backfill_file_repairs_the_days_of_a_gap_and_no_other(pool: Pool) -> None:
    tenant_no = await hall(pool)
    start = datetime(2025, 6, 1, tzinfo=MELBOURNE).astimezone(UTC)
    # Nobody is there on the second day: all of it is used on the first and the third.
    shown = [n * 2 if n <= 24 else 48 if n <= 48 else 48 + (n - 48) * 2 for n in range(73)]
    rows = [(start + timedelta(hours=n), f"{value}.0") for n, value in enumerate(shown)]
    await load_csv(pool, tenant_no, [row for n, row in enumerate(rows) if not 20 <= n < 44])
    split = await days(pool, tenant_no, start, 3)
    assert split[1] != 0
    assert sum(split) == 96
    await load_csv(pool, tenant_no, rows[20:44])
    assert await days(pool, tenant_no, start, 3) == [48, 0, 48]


async def test_a_file_loaded_twice_and_in_two_halves_is_the_same_days(pool: Pool) -> None:
    tenant_no = await hall(pool)
    start = datetime(2025, 6, 1, tzinfo=MELBOURNE).astimezone(UTC)
    rows = [(start + timedelta(minutes=30 * n), f"{n * 0.75:.2f}") for n in range(97)]
    for part in (rows[40:], rows[:41], rows, rows):
        report = await load_csv(pool, tenant_no, part)
    assert (report.added, report.changed) == (0, 0)
    assert await days(pool, tenant_no, start, 2) == [36, 36]
