"""Which loads touched some series in a period: what a page of data names beside its gaps."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from aegrid_energy.storage.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTouch:
    """A load, and what it did to the series that were asked about.

    Args:
        series_nos: Those of them that it touched.
    """

    id: UUID
    kind: str
    file_name: str
    format: str
    status: str
    note: str
    started_at: datetime
    added: int
    changed: int
    series_nos: list[int]


async def touching_imports(
    conn: Connection, series_nos: Iterable[int], start: datetime, end: datetime, *, limit: int
) -> list[ImportTouch]:
    """The newest loads that brought or changed readings of some series between two instants."""
    async with conn.cursor(row_factory=class_row(ImportTouch)) as cursor:
        await cursor.execute(
            """select i.id, i.kind, i.file_name, i.format, i.status, i.note, i.started_at,
                      sum(s.added)::int as added, sum(s.changed)::int as changed,
                      array_agg(s.series_no order by s.series_no) as series_nos
               from import_series s join import i on i.id = s.import_id
               where s.series_no = any(%(series)s) and s.first_at < %(end)s and s.last_at > %(start)s
               group by i.id having sum(s.added) + sum(s.changed) > 0
               order by i.started_at desc, i.id desc limit %(limit)s""",
            {"series": list(series_nos), "start": start, "end": end, "limit": limit},
        )
        return await cursor.fetchall()
