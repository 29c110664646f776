"""Taking back what a load or a person did: each slot holds again what it held before.

What something later touched stays, and is listed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.errors import ConflictError, NotFoundError, RefusedError
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.storage.block import HOUR_S, Grid
from aegrid_energy.storage.block_panel import Merged, Panel, State, is_held
from aegrid_energy.storage.block_plan import panel_over, stretches
from aegrid_energy.storage.block_rows import ensure_partitions, fetch_held
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.irregular import Irregular
from aegrid_energy.storage.kept_out import forget_kept_out_of
from aegrid_energy.storage.readings_irregular import fetch_irregular, write_irregular
from aegrid_energy.storage.readings_store import lock_series, write, writing_of
from aegrid_energy.storage.revisions import Revision, fetch_revisions
from aegrid_energy.storage.series import Layout, layouts
from aegrid_energy.storage.stand_again import stand_again
from aegrid_energy.storage.undo_chain import Earlier, earlier

#: How many slots that stay are listed one by one.
_LISTED: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What taking back does to one series.

    Args:
        restored: Slots that hold an earlier reading again.
        removed: Slots that hold nothing again.
        stays: Slots that something later touched.
        stays_first: The first of those: start in ms, and the source that holds it now.
    """

    series_no: int
    restored: int
    removed: int
    stays: int
    stays_first: tuple[tuple[int, int], ...]


async def undo_import(
    conn: Connection, import_id: UUID, *, by: int | None, actor: str, reason: str = ""
) -> list[Undone]:
    """Take an import back, or say what that would do.

    Args:
        conn: In the transaction that all of it belongs to; its tenant is set.
        import_id: The load.
        by: Source of the undo (of an import of kind `undo`), written into the revisions; None = dry run.
        actor: Who asks for it.
        reason: Why.

    Raises:
        NotFoundError: `import_not_found`.
        RefusedError: `import_running`, `import_already_undone`, `import_not_undoable` (an undo, a merge).
        ConflictError: `import_moved`: a live batch touched more series meanwhile; try again.
    """
    await _check(conn, import_id, is_locked=False)
    reached = await _spans_of(conn, import_id)
    if by is not None:
        # Series first, then the import: a live batch takes them in this order. What it adds under this
        # import afterwards waits for us, and then finds it undone.
        await lock_series(conn, reached)
        await _check(conn, import_id, is_locked=True)
    spans = await _spans_of(conn, import_id)
    if not spans.keys() <= reached.keys():
        raise ConflictError("import_moved")
    sources = await _sources_of(conn, import_id)
    undone = await _take_back(conn, spans, sources, by=by, reason=reason)
    if by is not None:
        await conn.execute(
            """update import set status = 'undone', finished_at = coalesce(finished_at, now()),
                   undone_at = now(), undone_by = %s where id = %s""",
            (actor, import_id),
        )
    return undone


async def _check(conn: Connection, import_id: UUID, *, is_locked: bool) -> None:
    row = await (
        await conn.execute(
            f"select kind, status from import where id = %s {'for update' if is_locked else ''}", (import_id,)
        )
    ).fetchone()
    if row is None:
        raise NotFoundError("import_not_found", import_id=str(import_id))
    kind, status = row
    if status == "undone":
        raise RefusedError("import_already_undone", import_id=str(import_id))
    if kind in {"undo", "merge"}:
        raise RefusedError("import_not_undoable", import_id=str(import_id), kind=kind)
    if status == "running" and kind != "live":  # live readings come in all day long
        raise RefusedError("import_running", import_id=str(import_id))


async def _spans_of(conn: Connection, import_id: UUID) -> dict[int, tuple[int, int]]:
    """From when to when, in ms, an import touched each series."""
    rows = await conn.execute(
        "select series_no, first_at, last_at from import_series where import_id = %s order by series_no",
        (import_id,),
    )
    return {
        int(row[0]): (ms_of(row[1]), max(ms_of(row[2]), ms_of(row[1]) + 1)) for row in await rows.fetchall()
    }


async def _sources_of(conn: Connection, import_id: UUID) -> NDArray[np.int32]:
    rows = await conn.execute("select source_no from source where import_id = %s order by 1", (import_id,))
    return np.array([row[0] for row in await rows.fetchall()], dtype=np.int32)


async def take_back_slots(
    conn: Connection, series_no: int, start_ms: NDArray[np.int64], *, by: int, reason: str
) -> Undone:
    """Take back whatever was last written to some slots of a series, whoever wrote it.

    Args:
        conn: In the transaction that all of it belongs to; its tenant is set.
        series_no: The series.
        start_ms: The slots, ascending. [ms]
        by: Source of this act.
        reason: Why.

    Raises:
        NotFoundError: `series_not_found`.
    """
    span = {series_no: (int(start_ms[0]), int(start_ms[-1]) + 1)}
    nobody = np.zeros(0, dtype=np.int32)
    return (await _take_back(conn, span, nobody, by=by, reason=reason, only=start_ms))[0]


async def _take_back(
    conn: Connection,
    spans: Mapping[int, tuple[int, int]],
    sources: NDArray[np.int32],
    *,
    by: int | None,
    reason: str,
    only: NDArray[np.int64] | None = None,
) -> list[Undone]:
    shelf = await layouts(conn, spans)
    await lock_series(conn, spans, shared=by is None)
    if by is not None and len(sources):
        await forget_kept_out_of(conn, sorted(spans), sources)
    done: list[Undone] = []
    for series_no, (first_ms, end_ms) in sorted(spans.items()):
        task = _Task(shelf[series_no], sources, by, reason, only)
        grid = task.layout.grid
        if grid is None:
            done.append(await _irregular(conn, task, first_ms, end_ms))
        else:
            parts = [await _regular(conn, task, grid, *part) for part in stretches(grid, first_ms, end_ms)]
            done.append(_added(parts))
        if by is not None:
            back = await stand_again(conn, task.layout, first_ms, end_ms)
            done[-1] = replace(done[-1], restored=done[-1].restored + back, removed=done[-1].removed - back)
    return done


@dataclass(frozen=True, slots=True)
class _Task:
    """What to take back of one series: slots of these sources, or just these slots."""

    layout: Layout
    sources: NDArray[np.int32]
    by: int | None
    reason: str
    only: NDArray[np.int64] | None

    def chosen(
        self, start_ms: NDArray[np.int64], held: NDArray[np.bool_], source: NDArray[np.int32]
    ) -> NDArray[np.intp]:
        if self.only is None:
            return np.flatnonzero(held & np.isin(source, self.sources))
        return np.flatnonzero(held & np.isin(start_ms, self.only))


def _added(parts: Sequence[Undone]) -> Undone:
    return Undone(
        series_no=parts[0].series_no,
        restored=sum(part.restored for part in parts),
        removed=sum(part.removed for part in parts),
        stays=sum(part.stays for part in parts),
        stays_first=tuple(slot for part in parts for slot in part.stays_first)[:_LISTED],
    )


async def _regular(conn: Connection, task: _Task, grid: Grid, first_ms: int, end_ms: int) -> Undone:
    panel = panel_over([task.layout], grid, first_ms, end_ms)
    held = await fetch_held(conn, panel)
    before = held.state
    if before is None:
        return Undone(series_no=task.layout.series_no, restored=0, removed=0, stays=0, stays_first=())
    source = before.sources()[0]
    starts = panel.start_ms + np.arange(panel.shape[1], dtype=np.int64) * grid.step_ms
    inside = (starts >= first_ms) & (starts < end_ms)
    at = task.chosen(starts, is_held(before.quality[0]) & inside, source)
    revisions = await fetch_revisions(conn, task.layout.series_no, int(panel.hours[0]), int(panel.hours[-1]))
    gone = await _taken_back(conn, revisions, task.sources)
    after = State(before.micro.copy(), before.quality.copy(), before.sources().copy())
    per_block = grid.slots
    for column, hour in enumerate(panel.hours.tolist()):
        part = at[at // per_block == column]
        if len(part):
            was = earlier(
                part % per_block,
                before.micro[0, part],
                source[part],
                [revision for revision in revisions if revision.block == hour],
                gone,
            )
            after.micro[0, part], after.quality[0, part] = was.micro, was.quality
            after.sources()[0, part] = was.source_no
    if task.by is not None and len(at):
        change = Merged(after=after, before=before, touched=at, counts=np.zeros((1, 4), dtype=np.int64))
        await ensure_partitions(conn, int(panel.hours[0]), int(panel.hours[-1]))
        await write(conn, writing_of(panel, held, change, by=task.by, reason=task.reason))
    stays = _stays(task, revisions, _slots_of(panel, per_block), source, is_held(before.quality[0]) & inside)
    return _undone(task, after.quality[0, at], starts[stays], source[stays])


def _slots_of(panel: Panel, per_block: int) -> Mapping[int, int]:
    """First column of each block, by its hour."""
    return {int(hour): column * per_block for column, hour in enumerate(panel.hours)}


def _stays(
    task: _Task,
    revisions: Iterable[Revision],
    first_column: Mapping[int, int],
    source: NDArray[np.int32],
    held: NDArray[np.bool_],
) -> NDArray[np.intp]:
    """Columns whose present reading replaced one of the sources that are taken back."""
    found: list[NDArray[np.int64]] = []
    for revision in revisions:
        ours = revision.slots[np.isin(revision.source, task.sources)]
        found.append(ours + first_column.get(revision.block, 0))
    columns = np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)
    return columns[held[columns] & ~np.isin(source[columns], task.sources)].astype(np.intp)


async def _taken_back(
    conn: Connection, revisions: Iterable[Revision], sources: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Sources that count no more: those of this act, and those of imports undone before."""
    named = {int(number) for revision in revisions for number in np.unique(revision.source)}
    rows = await conn.execute(
        """select s.source_no from source s join import i on i.id = s.import_id
           where s.source_no = any(%s) and i.status = 'undone'""",
        (sorted(named),),
    )
    return np.union1d(np.array([row[0] for row in await rows.fetchall()], dtype=np.int32), sources).astype(
        np.int32
    )


async def _irregular(conn: Connection, task: _Task, first_ms: int, end_ms: int) -> Undone:
    held = await fetch_irregular(conn, task.layout, first_ms, end_ms)
    before = held.readings
    at = task.chosen(before.start_ms, np.ones(len(before), dtype=np.bool_), before.source_no)
    hours = sorted({int(start) // (HOUR_S * 1000) // 24 * 24 for start in before.start_ms})
    revisions = await fetch_revisions(conn, task.layout.series_no, hours[0], hours[-1]) if hours else []
    gone = await _taken_back(conn, revisions, task.sources)
    # Starts are unique over all blocks, so the walk needs no split by block.
    was = earlier(before.start_ms[at], before.micro[at], before.source_no[at], revisions, gone)
    after = before.replaced(at, _spread(before, at, was))
    if task.by is not None and len(at):
        await write_irregular(conn, task.layout, held, before, after, at, by=task.by, reason=task.reason)
    found = [r.slots[np.isin(r.source, task.sources)] for r in revisions]
    starts = np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)
    stays = np.flatnonzero(np.isin(before.start_ms, starts) & ~np.isin(before.source_no, task.sources))
    return _undone(task, after.quality[at], before.start_ms[stays], before.source_no[stays])


def _spread(over: Irregular, at: NDArray[np.intp], was: Earlier) -> Irregular:
    count = len(over)
    wide = Irregular(
        over.start_ms,
        np.zeros(count, dtype=np.int64),
        np.zeros(count, dtype=np.int64),
        np.zeros(count, dtype=np.uint8),
        np.zeros(count, dtype=np.int32),
    )
    wide.duration_ms[at], wide.micro[at] = was.duration_ms, was.micro
    wide.quality[at], wide.source_no[at] = was.quality, was.source_no
    return wide


def _undone(
    task: _Task, quality: NDArray[np.uint8], stays_ms: NDArray[np.int64], stays_source: NDArray[np.int32]
) -> Undone:
    removed = int(np.count_nonzero(~is_held(quality)))
    return Undone(
        series_no=task.layout.series_no,
        restored=len(quality) - removed,
        removed=removed,
        stays=len(stays_ms),
        stays_first=tuple(zip(stays_ms[:_LISTED].tolist(), stays_source[:_LISTED].tolist(), strict=True)),
    )
