"""Attempts to sign in, counted in the database so that they hold across processes and restarts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from aegrid_energy.domain.errors import RefusedError
from aegrid_energy.storage.connection import Connection

WINDOW: Final = timedelta(minutes=15)
FAILURES: Final = 5
_KEPT: Final = timedelta(days=1)


async def begin_attempt(connection: Connection, *, email: str, address: str, now: datetime) -> list[int]:
    """Count an attempt as failed before the password is looked at, and return its numbers.

    A hundred guesses sent at once would otherwise all pass the count before the first of them has failed.

    Raises:
        RefusedError: `too_many_attempts`: five failures in 15 minutes for this e-mail address since it
            last succeeded, or for this network address.
    """
    subjects = sorted((f"address:{address}", f"email:{email.lower()}"))
    for subject in subjects:
        await connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 4))", (subject,))
    await connection.execute("delete from login_attempt where at < %s", (now - _KEPT,))
    cursor = await connection.execute(
        """select s.subject, recent.at from unnest(%(subjects)s::text[]) as s (subject)
           cross join lateral (
               select a.at from login_attempt a
               where a.subject = s.subject and not a.ok and a.at > %(since)s
                 and (s.subject like 'address:%%' or not exists (
                     select from login_attempt o where o.subject = s.subject and o.ok and o.at >= a.at))
               order by a.at desc limit 1 offset %(offset)s) recent""",
        {"subjects": subjects, "since": now - WINDOW, "offset": FAILURES - 1},
    )
    blocked = await cursor.fetchall()
    if blocked:
        wait = max(row[1] for row in blocked) + WINDOW - now
        raise RefusedError("too_many_attempts", retry_after_s=max(1, ceil(wait.total_seconds())))
    cursor = await connection.execute(
        """insert into login_attempt (subject, at, ok) select s, %s, false from unnest(%s::text[]) s
           returning attempt_no""",
        (now, subjects),
    )
    return [int(row[0]) for row in await cursor.fetchall()]


async def mark_succeeded(connection: Connection, attempts: Sequence[int]) -> None:
    """The attempt was right after all."""
    await connection.execute(
        "update login_attempt set ok = true where attempt_no = any(%s)", (list(attempts),)
    )
