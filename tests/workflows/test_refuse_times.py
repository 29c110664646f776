"""What is too old or lies ahead is refused with its reason on every way in, and the rest is kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from aegrid_energy.domain.zones import ms_of
from aegrid_energy.ingestion.parsed import ParsedFile
from aegrid_energy.storage.imports import find_import, problems_of
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.preferences import write_preferences
from aegrid_energy.workflows.load_readings import Target
from aegrid_energy.workflows.refuse_times import without_wrong_times
from aegrid_energy.workflows.take_live import LiveTaker
from loads_world import NOW, hall, load, register, total

OLD = datetime(2024, 3, 1, 23, 0, tzinfo=UTC)  # the last slots of a day, seen from two years later


def read(*registers) -> ParsedFile:
    return ParsedFile(file="a.csv", format="csv", registers=registers)


@pytest.mark.parametrize(
    ("start", "keep_from", "kept", "codes"),
    [
        pytest.param(NOW, None, 1, ["reading_in_future"], id="now-and-in-a-quarter-hour"),
        pytest.param(NOW - timedelta(minutes=10), None, 2, [], id="five-minutes-ahead-is-a-clock"),
        pytest.param(OLD, None, 2, [], id="everything-is-kept-unless-said"),
        pytest.param(OLD, OLD, 2, [], id="just-young-enough"),
        pytest.param(OLD, OLD + timedelta(minutes=1), 1, ["reading_past_retention"], id="one-too-old"),
        pytest.param(OLD, NOW, 0, ["reading_past_retention"], id="all-too-old"),
    ],
)
def test_only_readings_of_a_time_that_is_kept_pass(start, keep_from, kept, codes):
    given = replace(register("M1", [1.0, 2.0], start=start), update_ms=np.array([1, 2], dtype=np.int64))
    passed = without_wrong_times(read(given), now=NOW, keep_from=keep_from)
    assert [problem.code for problem in passed.problems] == codes
    assert all(problem.refused for problem in passed.problems)
    assert sum(len(one.readings) for one in passed.registers) == kept
    for one in passed.registers:
        at = (one.readings.start_ms - ms_of(start)) // 900_000
        assert one.readings.micro.tolist() == [int(i + 1) * 1_000_000 for i in at]
        assert one.update_ms is not None
        assert one.update_ms.tolist() == [i + 1 for i in at]


async def keep_two_years(pool: Pool, tenant_no: int) -> None:
    async with transaction(pool, tenant_no) as conn:
        await write_preferences(conn, {"readings_kept_years": 2}, now=NOW)


async def test_a_file_loses_only_what_is_too_old_and_its_import_says_so(pool: Pool) -> None:
    tenant_no = await hall(pool)
    await keep_two_years(pool, tenant_no)
    report = await load(pool, tenant_no, register("M1", [1.0] * 8, start=OLD), register("M2", [1.0]))
    assert (report.added, report.status) == (5, "partial")
    async with transaction(pool, tenant_no) as conn:
        (problem,) = await problems_of(conn, report.import_id)
        held = await find_import(conn, report.import_id)
    assert (problem.code, problem.refused) == ("reading_past_retention", "M1 E1, 4 readings")
    assert held is not None
    assert held.refused == 1


async def test_a_file_with_readings_from_the_future_keeps_its_past(pool: Pool) -> None:
    tenant_no = await hall(pool)
    report = await load(pool, tenant_no, register("M1", [1.0] * 8, start=NOW - timedelta(hours=1)))
    assert (report.added, [p.code for p in report.problems]) == (5, ["reading_in_future"])
    assert await total(pool, tenant_no) == Decimal(4)  # what is asked for ends now


async def test_live_readings_of_a_wrong_time_are_refused_and_the_others_stored(pool: Pool) -> None:
    tenant_no = await hall(pool)
    await keep_two_years(pool, tenant_no)
    taker = LiveTaker(pool=pool)
    batch = read(register("M1", [1.0] * 8, start=OLD), register("M2", [1.0], start=NOW + timedelta(hours=1)))
    taken = await taker.take(tenant_no, batch, actor="key:x", target=Target(), now=NOW)
    assert sorted(p.code for p in taken.problems) == ["reading_in_future", "reading_past_retention"]
    assert [outcome.added for outcome in taken.outcomes.values()] == [4]
