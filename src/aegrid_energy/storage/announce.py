"""Announcements: one small notice a batch, ids only, sent when its transaction commits."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from aegrid_energy.storage.connection import Connection

CHANNEL: Final = "aegrid_live"
#: A payload must stay below 8,000 bytes; beyond that listeners look at all they watch.
_MAX_SERIES: Final = 700


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something changed in a tenant.

    Args:
        tenant_no: Whose.
        series: Series with new readings; None: too many to name.
        job_id: A job that moved on.
    """

    tenant_no: int
    series: tuple[int, ...] | None = ()
    job_id: UUID | None = None


async def announce_readings(conn: Connection, tenant_no: int, series_nos: Iterable[int]) -> None:
    """Tell listeners, upon commit, that series have new readings."""
    numbers = sorted(set(series_nos))
    body: dict[str, object] = {"t": tenant_no}
    if len(numbers) <= _MAX_SERIES:
        body["s"] = numbers
    await conn.execute("select pg_notify(%s, %s)", (CHANNEL, json.dumps(body, separators=(",", ":"))))


async def announce_job(conn: Connection, tenant_no: int, job_id: UUID) -> None:
    """Tell listeners, upon commit, that a job moved on."""
    await conn.execute("select pg_notify(%s, %s)", (CHANNEL, json.dumps({"t": tenant_no, "j": str(job_id)})))


def parse_notice(payload: str) -> Notice:
    """A notice as it was announced; anyone with a database login can send on the channel, so errors say so.

    Raises:
        ValueError: Not one of ours.
    """
    body = json.loads(payload)
    job = body.get("j")
    series = () if job else body.get("s")
    return Notice(
        tenant_no=int(body["t"]),
        series=None if series is None else tuple(int(n) for n in series),
        job_id=UUID(job) if job else None,
    )
