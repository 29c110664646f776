"""Attempts to sign in count across connections, and all at once."""

import asyncio
from datetime import UTC, datetime, timedelta

from aegrid_energy.domain.errors import RefusedError
from aegrid_energy.storage.attempts import FAILURES, WINDOW, begin_attempt
from aegrid_energy.storage.pool import Pool, transaction

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


async def attempt(pool: Pool, now: datetime = NOW, address: str = "10.0.0.1") -> bool:
    try:
        async with transaction(pool, None) as database:
            await begin_attempt(database, email="ada@example.org", address=address, now=now)
    except RefusedError:
        return False
    return True


async def test_guesses_sent_at_once_do_not_slip_past_the_count(pool: Pool) -> None:
    outcomes = await asyncio.gather(*(attempt(pool, address=f"10.0.0.{n}") for n in range(20)))
    assert sum(outcomes) == FAILURES


async def test_the_window_moves_and_refused_attempts_do_not_lengthen_it(pool: Pool) -> None:
    for minute in range(FAILURES):
        assert await attempt(pool, NOW + timedelta(minutes=minute))
    assert not await attempt(pool, NOW + WINDOW - timedelta(seconds=1))
    assert await attempt(pool, NOW + WINDOW)
    assert not await attempt(pool, NOW + WINDOW)


async def test_old_attempts_are_swept(pool: Pool) -> None:
    await attempt(pool)
    await attempt(pool, NOW + timedelta(days=2))
    async with transaction(pool, None) as database:
        cursor = await database.execute("select count(*), min(at) from login_attempt")
        assert await cursor.fetchone() == (2, NOW + timedelta(days=2))
