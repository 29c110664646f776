"""What was believed of readings, and when."""

from dataclasses import dataclass

import numpy as np

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.readings import Readings
from aegrid_energy.storage.block import HOUR_S, Grid, span_hours
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.irregular import Irregular
from aegrid_energy.storage.readings import read_held
from aegrid_energy.storage.revisions import Revision, fetch_revisions
from aegrid_energy.storage.series import layouts


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What one slot held for a time.

    Args:
        micro: Value; None where there was none.
        quality: Quality byte.
        source_no: Who put it there.
        until_ms: When it was replaced; None: it stands.
        replaced_by: The source that replaced it; None: it stands.
        reason: Why, where a person replaced it.
    """

    micro: int | None
    quality: int
    source_no: int
    until_ms: int | None = None
    replaced_by: int | None = None
    reason: str = ""


async def history(conn: Connection, series_no: int, start_ms: int) -> list[Version]:
    """Every version of one reading, the newest first; empty where nothing was ever received.

    Raises:
        NotFoundError: `series_not_found`.
    """
    layout = (await layouts(conn, [series_no]))[series_no]
    held = (await read_held(conn, [series_no], start_ms, start_ms + 1))[series_no]
    versions: list[Version] = []
    value = 0
    if len(held.readings):
        value = int(held.readings.micro[0])
        code = int(held.readings.quality[0])
        versions.append(Version(micro=_value(value, code), quality=code, source_no=int(held.source_no[0])))
    key, block = _place(layout.grid, start_ms)
    for revision in await fetch_revisions(conn, series_no, block, block):
        at = np.flatnonzero(revision.slots == key)
        if not len(at):
            continue
        index = int(at[0])
        value = value if revision.micro is None else int(revision.micro[index])
        code = int(revision.quality[index])
        versions.append(
            Version(
                micro=_value(value, code),
                quality=code,
                source_no=int(revision.source[index]),
                until_ms=revision.replaced_ms,
                replaced_by=revision.source_no,
                reason=revision.reason,
            )
        )
    return versions


def _value(micro: int, code: int) -> int | None:
    return micro if code & q.RANK_MASK < q.NULL else None


def _place(grid: Grid | None, start_ms: int) -> tuple[int, int]:
    """Key of a slot in its block, and the block's hour."""
    if grid is None:
        span_ms = span_hours(None) * HOUR_S * 1000
        return start_ms, start_ms // span_ms * span_hours(None)
    slot = int(grid.slot_of(np.array([start_ms]))[0])
    return slot % grid.slots, slot // grid.slots * grid.span_h


async def read_as_of(conn: Connection, series_no: int, from_ms: int, to_ms: int, *, at_ms: int) -> Readings:
    """Readings that start in `[from_ms, to_ms)` as they were believed at an instant.

    Args:
        conn: In a transaction of the tenant.
        series_no: The series.
        from_ms: Start of the period. [ms]
        to_ms: End of the period. [ms]
        at_ms: The instant of belief. [ms]

    Raises:
        NotFoundError: `series_not_found`.
    """
    layout = (await layouts(conn, [series_no]))[series_no]
    held = (await read_held(conn, [series_no], from_ms, to_ms))[series_no]
    reach = layout.span_h + 24
    revisions = [
        revision
        for revision in await fetch_revisions(
            conn, series_no, from_ms // (HOUR_S * 1000) - reach, to_ms // (HOUR_S * 1000)
        )
        if revision.replaced_ms > at_ms
    ]
    now = Irregular(
        held.readings.start_ms,
        np.zeros(len(held.readings), dtype=np.int64)
        if held.readings.duration_ms is None
        else held.readings.duration_ms,
        held.readings.micro,
        held.readings.quality,
        held.source_no,
    )
    keys = [_starts(layout.grid, revision) for revision in revisions]
    wide = now.over(np.unique(np.concatenate([now.start_ms, *keys])))
    for revision, starts in zip(revisions, keys, strict=True):
        at = np.searchsorted(wide.start_ms, starts)
        if revision.micro is not None:
            wide.micro[at] = revision.micro
        if revision.duration_ms is not None:
            wide.duration_ms[at] = revision.duration_ms
        wide.quality[at], wide.source_no[at] = revision.quality, revision.source
    # What nobody had received by then was not known, whatever replaced nothing since.
    rows = await conn.execute(
        "select source_no from source where source_no = any(%s) and received_at > to_timestamp(%s::float8)",
        (np.unique(wide.source_no).tolist(), at_ms / 1000),
    )
    later = np.array([row[0] for row in await rows.fetchall()], dtype=np.int32)
    inside = (wide.start_ms >= from_ms) & (wide.start_ms < to_ms)
    known = inside & ((wide.quality & q.RANK_MASK) != q.ABSENT) & ~np.isin(wide.source_no, later)
    kept = wide[known]
    return Readings(
        start_ms=kept.start_ms,
        micro=kept.micro,
        quality=kept.quality,
        step_s=held.readings.step_s,
        duration_ms=None if held.readings.step_s or not kept.duration_ms.any() else kept.duration_ms,
    )


def _starts(grid: Grid | None, revision: Revision) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    if grid is None:
        return revision.slots
    return grid.start_of(revision.block // grid.span_h * grid.slots + revision.slots)
