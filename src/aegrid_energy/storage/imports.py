"""Imports as they are listed: who loaded what, what became of it, and what was refused and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from psycopg.rows import class_row

from aegrid_energy.domain.problems import Problem
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.sources import SourceKey, open_source

#: Refused rows are kept for this long. [days]
REFUSALS_KEPT_DAYS: Final = 90
#: Refusals that are kept of what one sender sends live on a day; a sender gone wrong repeats itself.
_LIVE_REFUSALS: Final = 1000
#: How far back live loads are looked for that nobody has ended. [days]
_LEFT_OPEN_DAYS: Final = 40
_COLUMNS = """id, kind, file_name, sha256, size_bytes, format, status, actor, note, started_at, finished_at,
    added, changed, unchanged, outranked, refused, undone_at, undone_by"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One load."""

    id: UUID
    kind: str
    file_name: str
    sha256: bytes | None
    size_bytes: int | None
    format: str
    #: running, done, partial, refused, failed or undone.
    status: str
    actor: str
    note: str
    started_at: datetime
    finished_at: datetime | None
    added: int
    changed: int
    unchanged: int
    outranked: int
    refused: int
    undone_at: datetime | None
    undone_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedSeries:
    """What a load did to one series."""

    series_no: int
    meter_id: UUID | None
    point_id: UUID | None
    register: str
    unit: str
    first_at: datetime
    last_at: datetime
    added: int
    changed: int
    unchanged: int
    outranked: int


async def list_imports(
    conn: Connection,
    *,
    limit: int,
    before: datetime | None = None,
    actor: str = "",
    within: Iterable[int] | None = None,
    by: str = "",
    touching: Iterable[int] | None = None,
) -> list[Import]:
    """The newest loads of the tenant.

    Args:
        conn: In the tenant.
        limit: How many at most.
        before: Only those that started earlier: the last one of the page before.
        actor: Whose loads are listed whatever they touched.
        within: Of others, only those that touched one of these series; None: all.
        by: Only the loads of this actor; empty: of all.
        touching: Only loads that touched one of these series, whoever's they are; None: all.
    """
    async with conn.cursor(row_factory=class_row(Import)) as cursor:
        await cursor.execute(
            f"""select {_COLUMNS} from import
                where (kind <> 'live' or refused > 0
                       or exists (select from import_series i where i.import_id = import.id))
                  and (%(before)s::timestamptz is null or started_at < %(before)s)
                  and (%(within)s::int[] is null or actor = %(actor)s
                       or exists (select from import_series i
                                  where i.import_id = import.id and i.series_no = any(%(within)s)))
                  and (%(by)s = '' or actor = %(by)s)
                  and (%(touching)s::int[] is null
                       or exists (select from import_series i
                                  where i.import_id = import.id and i.series_no = any(%(touching)s)))
                order by started_at desc, id desc limit %(limit)s""",
            {
                "limit": limit,
                "before": before,
                "actor": actor,
                "within": None if within is None else list(within),
                "by": by,
                "touching": None if touching is None else list(touching),
            },
        )
        return await cursor.fetchall()


async def find_import(conn: Connection, import_id: UUID) -> Import | None:
    """One load of the tenant."""
    async with conn.cursor(row_factory=class_row(Import)) as cursor:
        await cursor.execute(f"select {_COLUMNS} from import where id = %s", (import_id,))
        return await cursor.fetchone()


async def series_of_import(conn: Connection, import_id: UUID) -> list[ImportedSeries]:
    """What a load did, series by series."""
    async with conn.cursor(row_factory=class_row(ImportedSeries)) as cursor:
        await cursor.execute(
            """select i.series_no, s.meter_id, s.point_id, s.register, s.unit, i.first_at, i.last_at, i.added,
                      i.changed, i.unchanged, i.outranked
               from import_series i join series s using (series_no)
               where i.import_id = %s order by i.series_no""",
            (import_id,),
        )
        return await cursor.fetchall()


async def describe_import(
    conn: Connection, import_id: UUID, *, sha256: bytes | None, size_bytes: int | None, format_name: str
) -> None:
    """What file a load is of."""
    await conn.execute(
        "update import set sha256 = %s, size_bytes = %s, format = %s where id = %s",
        (sha256, size_bytes, format_name, import_id),
    )


async def finish_import(
    conn: Connection, import_id: UUID, *, status: str, problems: Sequence[Problem], now: datetime
) -> None:
    """End a load and keep what was refused of it."""
    await _keep_refusals(conn, import_id, problems, first=0)
    await conn.execute(
        "update import set status = %s, refused = %s, finished_at = greatest(%s, started_at) where id = %s",
        (status, sum(bool(p.refused) for p in problems), now, import_id),
    )


async def _keep_refusals(
    conn: Connection, import_id: UUID, problems: Sequence[Problem], *, first: int
) -> None:
    async with conn.cursor() as cursor:
        await cursor.executemany(
            """insert into import_refusal (import_id, n, file, line, col, code, text, refused)
               values (%s, %s, %s, %s, %s, %s, %s, %s)""",
            [
                (import_id, first + n, p.file, p.line, p.column, p.code, p.text, p.refused)
                for n, p in enumerate(problems)
            ],
        )


async def open_live_import(conn: Connection, said: str, *, actor: str) -> tuple[UUID, int]:
    """The load, and its source, that stand for all that a sender sends on a day.

    After it was taken back the rest of the day is a load of its own, so that nothing of it counts as undone.

    Args:
        conn: In a transaction of its own: whoever opens the same load waits for its end.
        said: Sender and day, in words; always the same load.
        actor: The sender.
    """
    for number in count():
        import_id = uuid5(NAMESPACE_URL, f"{said}:{number}" if number else said)
        await conn.execute(
            """insert into import (id, kind, actor, file_name, status)
               values (%s, 'live', %s, 'live', 'running') on conflict (id) do nothing""",
            (import_id, actor),
        )
        # Two first batches of a day may both come here; the second waits for the first.
        rows = await conn.execute("select status from import where id = %s for update", (import_id,))
        row = await rows.fetchone()
        if row is not None and row[0] == "undone":
            continue
        rows = await conn.execute("select min(source_no) from source where import_id = %s", (import_id,))
        row = await rows.fetchone()
        if row is not None and row[0] is not None:
            return import_id, int(row[0])
        source = SourceKey(import_id=import_id, provider=actor, kind="live", actor=actor)
        return import_id, await open_source(conn, source)
    raise AssertionError


async def is_undone(conn: Connection, import_id: UUID) -> bool:
    """Whether a load was taken back; certain until the transaction ends once it has counted into the load."""
    rows = await conn.execute("select status = 'undone' from import where id = %s", (import_id,))
    row = await rows.fetchone()
    return bool(row and row[0])


async def refuse_live(conn: Connection, import_id: UUID, problems: Sequence[Problem]) -> None:
    """Add to what was refused of a live load."""
    refused = [problem for problem in problems if problem.refused]
    if not refused:
        return
    rows = await conn.execute(
        "update import set refused = refused + %s where id = %s returning refused", (len(refused), import_id)
    )
    row = await rows.fetchone()
    before = (row[0] if row else 0) - len(refused)
    await _keep_refusals(conn, import_id, refused[: max(_LIVE_REFUSALS - before, 0)], first=before)


async def end_live_imports(conn: Connection, *, now: datetime) -> None:
    """End the live loads of days that are over (UTC)."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    await conn.execute(
        """update import set status = 'done', finished_at = greatest(%s, started_at)
           where kind = 'live' and status = 'running' and started_at >= %s and started_at < %s""",
        (now, midnight - timedelta(days=_LEFT_OPEN_DAYS), midnight),
    )


async def problems_of(conn: Connection, import_id: UUID) -> list[Problem]:
    """What was refused of a load, and what was noticed."""
    async with conn.cursor(row_factory=class_row(Problem)) as cursor:
        await cursor.execute(
            """select file, line, col as "column", code, text, refused from import_refusal
               where import_id = %s order by n""",
            (import_id,),
        )
        return await cursor.fetchall()


async def forget_refusals(conn: Connection, *, before: datetime) -> None:
    """Remove refused rows of loads that are older than they are kept."""
    await conn.execute(
        """delete from import_refusal using import
           where import.id = import_refusal.import_id and import.started_at < %s""",
        (before,),
    )
