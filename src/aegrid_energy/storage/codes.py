"""Codes that are good for one use: first administrator, demonstration, invitation, socket ticket."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from aegrid_energy.storage.accounts import is_first_run
from aegrid_energy.storage.connection import Connection


class Purpose(StrEnum):
    """What a code is for; a code is good for nothing else."""

    FIRST_ADMINISTRATOR = "first_administrator"
    DEMO = "demo"
    INVITATION = "invitation"
    SOCKET_TICKET = "socket_ticket"


LIFETIMES: Final[Mapping[Purpose, timedelta]] = MappingProxyType(
    {
        Purpose.FIRST_ADMINISTRATOR: timedelta(minutes=30),
        Purpose.DEMO: timedelta(minutes=10),
        Purpose.INVITATION: timedelta(days=3),
        Purpose.SOCKET_TICKET: timedelta(seconds=30),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenCode:
    """What a code stood for."""

    account_id: UUID | None
    detail: dict[str, Any]


async def issue_code(
    connection: Connection,
    purpose: Purpose,
    *,
    now: datetime,
    account_id: UUID | None = None,
    detail: Mapping[str, object] | None = None,
) -> str:
    """Make a code and return it; the database keeps its SHA-256. Codes that have expired are swept."""
    code = secrets.token_hex(20)  # short enough to type from a console
    await connection.execute("delete from one_time_code where expires_at < %s", (now - timedelta(days=1),))
    await connection.execute(
        """insert into one_time_code (code_hash, purpose, account_id, detail, expires_at)
           values (%s, %s, %s, %s, %s)""",
        (_hash(code), purpose.value, account_id, Jsonb(dict(detail or {})), now + LIFETIMES[purpose]),
    )
    return code


async def take_code(
    connection: Connection, code: str, purpose: Purpose, *, now: datetime
) -> TakenCode | None:
    """Use a code up; None if it is unknown, used, expired, or for something else."""
    async with connection.cursor(row_factory=class_row(TakenCode)) as cursor:
        await cursor.execute(
            """update one_time_code set used_at = %s
               where code_hash = %s and purpose = %s and used_at is null and expires_at > %s
               returning account_id, detail""",
            (now, _hash(code), purpose.value, now),
        )
        return await cursor.fetchone()


async def peek_code(
    connection: Connection, code: str, purpose: Purpose, *, now: datetime
) -> TakenCode | None:
    """What a code stands for, without using it up."""
    async with connection.cursor(row_factory=class_row(TakenCode)) as cursor:
        await cursor.execute(
            """select account_id, detail from one_time_code
               where code_hash = %s and purpose = %s and used_at is null and expires_at > %s""",
            (_hash(code), purpose.value, now),
        )
        return await cursor.fetchone()


async def first_administrator_code(connection: Connection, *, now: datetime) -> str | None:
    """A code for the console while nobody has an account; None afterwards. Older ones are withdrawn."""
    if not await is_first_run(connection):
        return None
    await connection.execute(
        "delete from one_time_code where purpose = %s", (Purpose.FIRST_ADMINISTRATOR.value,)
    )
    return await issue_code(connection, Purpose.FIRST_ADMINISTRATOR, now=now)


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode("utf-8", "replace")).digest()
