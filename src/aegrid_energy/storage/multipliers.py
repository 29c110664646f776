"""Ratios of meters: those that the register says, and those that the stored readings are multiplied by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.spans import FIRST_MS, LAST_MS, Span, span_of
from aegrid_energy.domain.zones import at_of
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.sources import SourceKey, open_sources

#: Any number, the same in every process: marks the locks of meters.
_LOCK = 0x4D554C54


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioRow:
    """CT x VT over a time."""

    span: Span
    factor: Decimal


async def lock_ratios(conn: Connection, meter_id: UUID, *, alone: bool) -> None:
    """Hold the ratios of a meter until the transaction ends: loads share, who recomputes is alone."""
    lock = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    await conn.execute(f"select {lock}(%s, hashtext(%s))", (_LOCK, str(meter_id)))


async def may_recompute(conn: Connection, meter_id: UUID) -> bool:
    """Hold the ratios of a meter alone; False where another load holds them: the two never wait mutually."""
    cursor = await conn.execute("select pg_try_advisory_xact_lock(%s, hashtext(%s))", (_LOCK, str(meter_id)))
    row = await cursor.fetchone()
    return bool(row and row[0])


async def have_ratios(conn: Connection, series_nos: Sequence[int]) -> bool:
    """Whether the stored readings of any of these series are multiplied."""
    cursor = await conn.execute(
        """select exists (select from series s join multiplier_applied m on m.meter_id = s.meter_id
                          where s.series_no = any(%s) and s.tenant_no = current_tenant_no())""",
        (list(series_nos),),
    )
    row = await cursor.fetchone()
    return bool(row and row[0])


async def ratios_of(conn: Connection, meter_id: UUID) -> tuple[list[RatioRow], list[RatioRow]]:
    """The ratios of a meter that are not 1, ascending: as the register says, and as they are applied."""
    cursor = await conn.execute(
        """select is_applied, factor, case when isfinite(valid_from) then valid_from end,
                  case when isfinite(valid_to) then valid_to end
           from (select false as is_applied, multiplier as factor, valid_from, valid_to
                 from install_span where meter_id = %(meter)s and multiplier <> 1
                 union all
                 select true, factor, valid_from, valid_to
                 from multiplier_applied where meter_id = %(meter)s) r
           order by r.valid_from""",
        {"meter": meter_id},
    )
    rows = await cursor.fetchall()
    said, applied = (
        [RatioRow(span=span_of(row[2], row[3]), factor=row[1]) for row in rows if row[0] is is_applied]
        for is_applied in (False, True)
    )
    return said, applied


async def keep_applied(conn: Connection, meter_id: UUID, ratios: Sequence[RatioRow]) -> None:
    """The stored readings of a meter are multiplied by these from now on."""
    await conn.execute("delete from multiplier_applied where meter_id = %s", (meter_id,))
    async with conn.cursor() as cursor:
        await cursor.executemany(
            """insert into multiplier_applied (meter_id, factor, valid_from, valid_to)
               values (%s, %s, coalesce(%s, '-infinity'::timestamptz),
                       coalesce(%s, 'infinity'::timestamptz))""",
            [(meter_id, one.factor, *_ends(one.span)) for one in ratios],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """A change of a ratio that stored readings followed, those of sources up to `source_floor`."""

    span: Span
    old: Decimal
    new: Decimal
    source_floor: int


async def newest_source(conn: Connection) -> int:
    """The highest number of a source of the tenant."""
    cursor = await conn.execute("select coalesce(max(source_no), 0) from source")
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def keep_changes(conn: Connection, meter_id: UUID, changes: Sequence[ChangeRow]) -> None:
    """Remember changes for readings that come back later."""
    async with conn.cursor() as cursor:
        await cursor.executemany(
            """insert into multiplier_change (meter_id, valid_from, valid_to, old, new, source_floor)
               values (%s, coalesce(%s, '-infinity'::timestamptz), coalesce(%s, 'infinity'::timestamptz),
                       %s, %s, %s)""",
            [(meter_id, *_ends(one.span), one.old, one.new, one.source_floor) for one in changes],
        )


async def changes_of(conn: Connection, meter_id: UUID) -> list[ChangeRow]:
    """The changes that the readings of a meter have followed, the oldest first."""
    cursor = await conn.execute(
        """select case when isfinite(valid_from) then valid_from end,
                  case when isfinite(valid_to) then valid_to end, old, new, source_floor
           from multiplier_change where meter_id = %s order by n""",
        (meter_id,),
    )
    return [
        ChangeRow(span=span_of(row[0], row[1]), old=row[2], new=row[3], source_floor=row[4])
        for row in await cursor.fetchall()
    ]


def _ends(span: Span) -> tuple[datetime | None, datetime | None]:
    return (
        at_of(span.start_ms) if span.start_ms > FIRST_MS else None,
        at_of(span.end_ms) if span.end_ms < LAST_MS else None,
    )


async def sources_again(
    conn: Connection, source_no: NDArray[np.int32], *, kind: str, actor: str
) -> NDArray[np.int32]:
    """New sources for readings that are computed anew from what others said.

    They keep the load, the provider and the time of update: taking the load back takes them back, and a
    later word of the same provider stands against them as it would have before.

    Args:
        conn: In the tenant.
        source_no: Present source of each reading, shape (n,).
        kind: Kind of the new ones.
        actor: Who has them computed.

    Returns:
        The new source of each, shape (n,).
    """
    old, place = np.unique(source_no, return_inverse=True)
    cursor = await conn.execute(
        """select import_id, provider, file, sha256, (extract(epoch from update_time) * 1000)::int8
           from source where source_no = any(%s) order by source_no""",
        (old.tolist(),),
    )
    keys = [
        SourceKey(
            import_id=row[0], provider=row[1], kind=kind, actor=actor, file=row[2], sha256=row[3],
            update_ms=row[4],
        )
        for row in await cursor.fetchall()
    ]  # fmt: skip
    return np.array(await open_sources(conn, keys), dtype=np.int32)[place]
