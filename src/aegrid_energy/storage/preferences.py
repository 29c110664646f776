"""Preferences of a tenant: what holds for everybody in it, as named values."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from aegrid_energy.storage.connection import Connection


async def read_preferences(conn: Connection) -> dict[str, Any]:
    """What the tenant of this transaction has chosen, by name; what was never chosen is left out."""
    cursor = await conn.execute("select key, value from preference order by key")
    return dict(await cursor.fetchall())


async def hold_preferences(conn: Connection) -> None:
    """Keep others from choosing until this transaction ends: what was read stays true while it is changed."""
    await conn.execute("select pg_advisory_xact_lock(hashtext('preference'), current_tenant_no())")


async def write_preferences(conn: Connection, values: Mapping[str, Any], *, now: datetime) -> None:
    """Choose, by name; the others stay."""
    async with conn.cursor() as cursor:
        await cursor.executemany(
            """insert into preference (key, value, updated_at) values (%s, %s, %s)
               on conflict (tenant_no, key)
               do update set value = excluded.value, updated_at = excluded.updated_at""",
            [(key, Jsonb(value), now) for key, value in values.items()],
        )
