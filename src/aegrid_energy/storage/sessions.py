"""Log-in sessions: a row per signed-in browser, which holds only the SHA-256 of its cookie."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg.rows import class_row, dict_row

from aegrid_energy.domain.ids import new_id
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.memberships import Membership, membership_of

INACTIVITY: Final = timedelta(hours=12)
ABSOLUTE: Final = timedelta(days=30)
_SEEN_EVERY: Final = timedelta(minutes=1)  # a page makes many calls; one write a minute tells as much


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A session that may act now, with whose it is and where they belong."""

    session_id: UUID
    account_id: UUID
    email: str
    name: str
    preferences: dict[str, Any]
    memberships: tuple[Membership, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A session as its owner sees it in a list."""

    id: UUID
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    user_agent: str
    address: str


async def open_session(
    connection: Connection, account_id: UUID, *, now: datetime, user_agent: str, address: str
) -> str:
    """Start a session and return its token, which is kept nowhere; sessions that ended are swept."""
    token = secrets.token_urlsafe(32)
    await connection.execute(
        "delete from login_session where account_id = %s and (expires_at <= %s or last_seen_at <= %s)",
        (account_id, now, now - INACTIVITY),
    )
    await connection.execute(
        """insert into login_session
               (token_hash, id, account_id, created_at, last_seen_at, expires_at, user_agent, address)
           values (%s, %s, %s, %s, %s, %s, %s, %s)""",
        (_hash(token), new_id(now), account_id, now, now, now + ABSOLUTE, user_agent[:400], address),
    )
    return token


async def find_session(
    connection: Connection, token: str, *, now: datetime, is_demo_open: bool, is_use: bool = True
) -> OpenSession | None:
    """The session of a token, if it may act now; marks it as seen.

    Args:
        connection: No tenant is needed.
        token: From the cookie.
        now: The clock.
        is_demo_open: Whether accounts of the demonstration may act.
        is_use: Whether this counts against inactivity; an open socket by itself does not.
    """
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            """with found as (
                   select s.id, s.token_hash, s.last_seen_at, a.id as account_id, a.email, a.name,
                          a.preferences
                   from login_session s join account a on a.id = s.account_id
                   where s.token_hash = %(hash)s and s.expires_at > %(now)s and s.last_seen_at > %(idle)s
                     and not a.is_disabled and (not a.is_demo or %(demo)s)
               ), seen as (
                   update login_session s set last_seen_at = %(now)s from found f
                   where s.token_hash = f.token_hash and s.last_seen_at < %(stale)s and %(use)s
               )
               select f.id, f.account_id, f.email, f.name, f.preferences,
                      coalesce((select jsonb_agg(to_jsonb(m)) from account_memberships(f.account_id) m),
                               '[]') as memberships
               from found f""",
            {
                "hash": _hash(token),
                "now": now,
                "idle": now - INACTIVITY,
                "stale": now - _SEEN_EVERY,
                "demo": is_demo_open,
                "use": is_use,
            },
        )
        row = await cursor.fetchone()
    if row is None:
        return None
    return OpenSession(
        session_id=row["id"],
        account_id=row["account_id"],
        email=row["email"],
        name=row["name"],
        preferences=row["preferences"],
        memberships=tuple(membership_of(item) for item in row["memberships"]),
    )


async def list_sessions(connection: Connection, account_id: UUID, *, now: datetime) -> list[SessionRow]:
    """The open sessions of an account, newest use first."""
    async with connection.cursor(row_factory=class_row(SessionRow)) as cursor:
        await cursor.execute(
            """select id, created_at, last_seen_at, expires_at, user_agent, address from login_session
               where account_id = %s and expires_at > %s and last_seen_at > %s
               order by last_seen_at desc, id""",
            (account_id, now, now - INACTIVITY),
        )
        return await cursor.fetchall()


async def end_session(connection: Connection, account_id: UUID, session_id: UUID) -> bool:
    """End one session of an account; says whether there was one."""
    cursor = await connection.execute(
        "delete from login_session where account_id = %s and id = %s", (account_id, session_id)
    )
    return cursor.rowcount > 0


async def end_session_of_token(connection: Connection, token: str) -> None:
    """End the session that a browser held before it signed in anew."""
    await connection.execute("delete from login_session where token_hash = %s", (_hash(token),))


async def end_sessions(connection: Connection, account_id: UUID, *, but_for: UUID | None = None) -> int:
    """End the sessions of an account, one perhaps left out; returns how many."""
    cursor = await connection.execute(
        "delete from login_session where account_id = %s and id is distinct from %s", (account_id, but_for)
    )
    return cursor.rowcount


def _hash(token: str) -> bytes:
    # 256 random bits need no salt and no slow hash.
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
