"""The demonstration's set-up goes on where it was interrupted, and is not done twice."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.preferences import write_preferences
from aegrid_energy.workflows import set_up_demo as demo
from aegrid_energy.workflows.set_up_demo import set_up_demo

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class PressedError(Exception):
    """Somebody pressed Ctrl-C."""


@pytest.fixture(autouse=True)
def few_files_of_few_days(monkeypatch: pytest.MonkeyPatch) -> None:
    files = demo._files
    monkeypatch.setattr(demo, "_YEARS", timedelta(days=4))
    monkeypatch.setattr(demo, "_files", lambda *given: files(*given)[:6])


def on_the_way(step: str, done: int, total: int) -> None:
    """Nobody looks."""


def interrupt_at(wanted: str, number: int):
    def told(step: str, done: int, total: int) -> None:
        if (step, done) == (wanted, number) and total > 1:
            raise PressedError

    return told


async def stored(pool: Pool, tenant_no: int) -> tuple[int, int, int]:
    """Sites, events and readings."""
    async with transaction(pool, tenant_no) as conn:
        cursor = await conn.execute(
            """select (select count(*) from site), (select count(*) from event),
                      (select coalesce(sum(added), 0) from import)"""
        )
        row = await cursor.fetchone()
    assert row is not None
    return int(row[0]), int(row[1]), int(row[2])


async def test_an_interrupted_set_up_is_completed_by_the_next_even_by_two_at_once(pool: Pool) -> None:
    with pytest.raises(PressedError):
        await set_up_demo(pool, now=NOW, progress=interrupt_at("readings", 3))
    tenant_no, other = await asyncio.gather(
        set_up_demo(pool, now=NOW, progress=on_the_way), set_up_demo(pool, now=NOW, progress=on_the_way)
    )
    completed = await stored(pool, tenant_no)
    assert other == tenant_no
    assert min(completed) > 0
    async with transaction(pool, tenant_no) as conn:
        await write_preferences(conn, {demo._FILLED: False}, now=NOW)
    assert await set_up_demo(pool, now=NOW, progress=on_the_way) == tenant_no
    assert await stored(pool, tenant_no) == completed  # loading all of it again adds nothing
