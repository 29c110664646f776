"""The record: who did what, append only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from aegrid_energy.storage.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """One line of the record."""

    record_no: int
    at: datetime
    actor: str
    action: str
    object_kind: str
    object_id: str
    detail: dict[str, Any]


async def write_record(
    connection: Connection,
    *,
    now: datetime,
    actor: str,
    action: str,
    object_kind: str = "",
    object_id: object = "",
    detail: Mapping[str, object] | None = None,
) -> None:
    """Add a line, in the transaction of what it tells of: both stand or neither.

    Args:
        connection: The line belongs to the tenant of its transaction, if there is one.
        now: When.
        actor: `account:<uuid>`, `key:<kid>`, `address:<address>`, `console`, or the name of a job.
        action: A verb on a noun, like `key_revoked`.
        object_kind: What it was done to.
        object_id: Which one.
        detail: Facts; never a secret.
    """
    await connection.execute(
        """insert into record (at, actor, action, object_kind, object_id, detail)
           values (%s, %s, %s, %s, %s, %s)""",
        (now, actor, action, object_kind, str(object_id), Jsonb(dict(detail or {}))),
    )


async def list_record(connection: Connection, *, limit: int, before: int | None = None) -> list[RecordRow]:
    """Lines of the tenant of this transaction, newest first.

    Args:
        connection: In the tenant.
        limit: How many at most.
        before: Only lines with a smaller number: the last one of the page before.
    """
    async with connection.cursor(row_factory=class_row(RecordRow)) as cursor:
        await cursor.execute(
            """select record_no, at, actor, action, object_kind, object_id, detail from record
               where tenant_no is not distinct from current_tenant_no()
                 and (%(before)s::int8 is null or record_no < %(before)s)
               order by record_no desc limit %(limit)s""",
            {"before": before, "limit": limit},
        )
        return await cursor.fetchall()
