"""What slots held before they were changed: written beside the change, read for history and for undo."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.storage import packed
from aegrid_energy.storage.block_panel import Merged, Panel, is_held
from aegrid_energy.storage.codec import SOURCE_RUN, decode_quality, decode_sources, encode_quality_runs
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.irregular import Irregular
from aegrid_energy.storage.runs import encode_runs

_SLOT_RUN: Final = np.dtype([("first", "<u2"), ("count", "<u2")])


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """Slots of one block that one source replaced at once.

    Args:
        series_no, block, rev: The block and the revision that replaced them.
        source_no: Who replaced them.
        slots: Their numbers in the block (irregular: their starts in ms), ascending, shape (k,).
        micro, quality, source: What they held, shape (k,); `micro` is None where only the source changed.
        replaced_ms: When, ms since the epoch.
        reason: Why, where a person did it.
    """

    series_no: int
    block: int
    rev: int
    source_no: int
    slots: NDArray[np.int64]
    micro: NDArray[np.int64] | None
    quality: NDArray[np.uint8]
    source: NDArray[np.int32]
    replaced_ms: int = 0
    reason: str = ""
    #: Lengths of irregular readings, shape (k,). [ms]
    duration_ms: NDArray[np.int64] | None = None


def revisions_of(
    panel: Panel, merged: Merged, revs: NDArray[np.int64], *, by: int | None, reason: str
) -> list[Revision]:
    """What a merge replaced.

    Args:
        panel: Which slots these are.
        merged: What became of them.
        revs: Revision held of each block, shape (series, blocks).
        by: Who replaced them; None: the new source of each slot.
        reason: Why.
    """
    before = merged.before
    if before is None or merged.touched is None:
        return []
    at = merged.touched[is_held(before.quality.reshape(-1)[merged.touched])]
    if not len(at):
        return []
    per_block = panel.grid.slots
    new_source = (
        merged.after.sources().reshape(-1)[at] if by is None else np.full(len(at), by, dtype=np.int32)
    )
    micro, quality = before.micro.reshape(-1)[at], before.quality.reshape(-1)[at]
    stayed = (micro == merged.after.micro.reshape(-1)[at]) & (quality == merged.after.quality.reshape(-1)[at])
    block = at // per_block
    order = np.lexsort((at, new_source, block))
    edges = np.flatnonzero(np.diff(block[order]) | np.diff(new_source[order])) + 1
    out: list[Revision] = []
    for part in np.split(order, edges):
        row, column = divmod(int(block[part[0]]), panel.blocks)
        out.append(
            Revision(
                series_no=panel.layouts[row].series_no,
                block=int(panel.hours[column]),
                rev=int(revs[row, column]) + 1,
                source_no=int(new_source[part[0]]),
                slots=(at[part] % per_block).astype(np.int64),
                micro=None if stayed[part].all() else micro[part],
                quality=quality[part],
                source=before.sources().reshape(-1)[at[part]],
                reason=reason,
            )
        )
    return out


async def write_revisions(conn: Connection, revisions: Sequence[Revision]) -> None:
    """Keep what was replaced."""
    if not revisions:
        return
    async with packed.packing_cursor(conn) as cursor:
        await cursor.execute(
            """insert into reading_revision
                   (tenant_no, series_no, block, rev, source_no, reason, slots, old_micro, old_flags,
                       old_sources)
               select (select current_tenant_no()), k.* from unnest(%s, %s, %s, %s, %s::text[], %s, %s,
                   %s, %s) k""",
            (
                packed.int4s(np.array([r.series_no for r in revisions])),
                packed.int4s(np.array([r.block for r in revisions])),
                packed.int4s(np.array([r.rev for r in revisions])),
                packed.int4s(np.array([r.source_no for r in revisions])),
                [r.reason for r in revisions],
                packed.packed_bytes([_slot_runs(r.slots) for r in revisions]),
                packed.packed_bytes(
                    [b"" if r.micro is None else r.micro.astype("<i8").tobytes() for r in revisions]
                ),
                packed.packed_bytes([encode_quality_runs(r.quality) for r in revisions]),
                packed.packed_bytes([encode_runs(r.source[None, :], SOURCE_RUN).buffer for r in revisions]),
            ),
        )


async def write_irregular_revision(
    conn: Connection, series_no: int, block: int, rev: int, source_no: int, old: Irregular, reason: str
) -> None:
    """Keep what readings of an irregular block were before `source_no` replaced them."""
    await conn.execute(
        """insert into reading_revision (tenant_no, series_no, block, rev, source_no, reason, slots, starts,
                                         old_durations, old_micro, old_flags, old_sources)
           values (current_tenant_no(), %s, %s, %s, %s, %s, '', %s, %s, %s, %s, %s)""",
        (
            series_no,
            block,
            rev,
            source_no,
            reason,
            old.start_ms.astype("<i8").tobytes(),
            old.duration_ms.astype("<i8").tobytes(),
            old.micro.astype("<i8").tobytes(),
            encode_quality_runs(old.quality),
            encode_runs(old.source_no[None, :], SOURCE_RUN).buffer,
        ),
    )


def _slot_runs(slots: NDArray[np.int64]) -> bytes:
    starts = np.concatenate([[0], np.flatnonzero(np.diff(slots) != 1) + 1])
    runs = np.empty(len(starts), dtype=_SLOT_RUN)
    runs["first"] = slots[starts]
    runs["count"] = np.diff(np.append(starts, len(slots)))
    return runs.tobytes()


async def replace_revision(conn: Connection, revision: Revision, *, keep: NDArray[np.bool_]) -> None:
    """Leave only some slots in a revision, because the others were deleted.

    Args:
        conn: Holds the lock of the series.
        revision: As fetched.
        keep: Which of its slots stay, shape (k,).
    """
    if keep.all():
        return
    key = (revision.series_no, revision.block, revision.rev, revision.source_no)
    if not keep.any():
        await conn.execute(
            """delete from reading_revision
               where series_no = %s and block = %s and rev = %s and source_no = %s""",
            key,
        )
        return
    slots = revision.slots[keep]
    by_start = revision.duration_ms is not None
    await conn.execute(
        """update reading_revision set slots = %s, starts = %s, old_durations = %s, old_micro = %s,
            old_flags = %s,
                                       old_sources = %s
           where series_no = %s and block = %s and rev = %s and source_no = %s""",
        (
            b"" if by_start else _slot_runs(slots),
            slots.astype("<i8").tobytes() if by_start else b"",
            b"" if revision.duration_ms is None else revision.duration_ms[keep].astype("<i8").tobytes(),
            b"" if revision.micro is None else revision.micro[keep].astype("<i8").tobytes(),
            encode_quality_runs(revision.quality[keep]),
            encode_runs(revision.source[keep][None, :], SOURCE_RUN).buffer,
            *key,
        ),
    )


async def fetch_revisions(
    conn: Connection, series_no: int, first_block: int, last_block: int
) -> list[Revision]:
    """Revisions of the blocks of a series, newest first within each block."""
    async with packed.packing_cursor(conn) as cursor:
        await cursor.execute(
            """select series_no, block, rev, source_no, slots, old_micro, old_flags, old_sources,
                      (extract(epoch from replaced_at) * 1000)::int8, reason, starts, old_durations
               from reading_revision
               where series_no = %s and block between %s::int4 and %s::int4
               order by block, rev desc, source_no desc""",
            (series_no, first_block, last_block),
        )
        return [_revision(row) for row in await cursor.fetchall()]


def _revision(row: tuple[Any, ...]) -> Revision:
    slots = _slots_of(row[4]) if row[4] else np.frombuffer(row[10], dtype="<i8").astype(np.int64)
    quality = decode_quality([row[6]], len(slots), None)
    return Revision(
        series_no=row[0],
        block=row[1],
        rev=row[2],
        source_no=row[3],
        slots=slots,
        micro=np.frombuffer(row[5], dtype="<i8").astype(np.int64) if row[5] else None,
        quality=np.zeros(len(slots), dtype=np.uint8) if quality is None else quality[0],
        source=decode_sources([row[7]], len(slots))[0],
        replaced_ms=row[8],
        reason=row[9],
        duration_ms=np.frombuffer(row[11], dtype="<i8").astype(np.int64) if row[11] else None,
    )


def _slots_of(raw: bytes) -> NDArray[np.int64]:
    runs = np.frombuffer(raw, dtype=_SLOT_RUN)
    parts = [np.arange(first, first + count, dtype=np.int64) for first, count in runs.tolist()]
    return np.concatenate(parts)
