"""Answers kept under the key that a caller gave: the same call again gets the same answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from psycopg.types.json import Jsonb

from aegrid_energy.domain.errors import ConflictError, InvalidError
from aegrid_energy.storage.connection import Connection

#: Answers are kept for this long. [days]
ANSWERS_KEPT_DAYS: Final = 7
#: A call that has not ended by then died with its process.
_CLAIM: Final = timedelta(minutes=5)
_UNANSWERED: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What was answered the first time."""

    status: int
    answer: Any


async def claim_key(conn: Connection, key: str, request_hash: bytes, *, now: datetime) -> KeptAnswer | None:
    """Take a key for a call; the answer of the same call before, if there was one.

    Args:
        conn: In the tenant; committed before the call is worked on, so that a second one sees it.
        key: The caller's, with the caller in front.
        request_hash: Of everything that makes the call the one it is.
        now: Time of the call.

    Raises:
        InvalidError: `idempotency_key_reused`: another call had this key.
        ConflictError: `idempotency_in_progress`: the same call is being worked on.
    """
    cursor = await conn.execute(
        """insert into idempotency as i (key, request_hash, status, answer, created_at)
           values (%(key)s, %(hash)s, 0, 'null', %(now)s)
           on conflict (tenant_no, key) do update set created_at = excluded.created_at
           where i.status = 0 and i.request_hash = excluded.request_hash and i.created_at < %(dead)s
           returning 1""",
        {"key": key, "hash": request_hash, "now": now, "dead": now - _CLAIM},
    )
    if await cursor.fetchone():
        return None
    cursor = await conn.execute("select request_hash, status, answer from idempotency where key = %s", (key,))
    row = await cursor.fetchone()
    if row is None:
        raise ConflictError("idempotency_in_progress")
    if bytes(row[0]) != request_hash:
        raise InvalidError("idempotency_key_reused")
    if row[1] == _UNANSWERED:
        raise ConflictError("idempotency_in_progress")
    return KeptAnswer(status=row[1], answer=row[2])


async def keep_answer(conn: Connection, key: str, kept: KeptAnswer) -> None:
    """Keep the answer of a claimed key."""
    await conn.execute(
        "update idempotency set status = %s, answer = %s where key = %s",
        (kept.status, Jsonb(kept.answer), key),
    )


async def release_key(conn: Connection, key: str) -> None:
    """Give up a claim: the call failed, and may be made again."""
    await conn.execute("delete from idempotency where key = %s and status = 0", (key,))


async def forget_answers(conn: Connection, *, before: datetime) -> None:
    """Remove answers that are older than they are kept."""
    await conn.execute("delete from idempotency where created_at < %s", (before,))
