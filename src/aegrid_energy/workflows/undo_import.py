"""Take a load back: every slot holds again what it held before, unless something later touched it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from aegrid_energy.domain.errors import ConflictError, NotFoundError, RefusedError
from aegrid_energy.domain.ids import new_id
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.storage.announce import announce_readings
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.imports import find_import, finish_import, series_of_import
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.record import write_record
from aegrid_energy.storage.sources import Outcome, SourceKey, count_import, open_import, open_source
from aegrid_energy.storage.undo import Undone, undo_import
from aegrid_energy.storage.validity import settle_validity
from aegrid_energy.workflows.apply_multiplier import follow_changes
from aegrid_energy.workflows.derive_intervals import derive_spans
from aegrid_energy.workflows.run_jobs import Work
from aegrid_energy.workflows.try_again import try_again

_NOT_UNDOABLE: Final = frozenset({"undo", "merge", "derived"})


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoReport:
    """What taking a load back did, or would do.

    Args:
        import_id: The load.
        undo_id: The load of kind `undo` that took it back; None for a dry run.
        series: What became of each series.
    """

    import_id: UUID
    undo_id: UUID | None
    series: tuple[Undone, ...]

    @property
    def restored(self) -> int:
        """Slots that hold an earlier reading again."""
        return sum(one.restored for one in self.series)

    @property
    def removed(self) -> int:
        """Slots that hold nothing again."""
        return sum(one.removed for one in self.series)

    @property
    def stays(self) -> int:
        """Slots that something later touched: they stay as they are."""
        return sum(one.stays for one in self.series)


async def take_back_import(
    pool: Pool,
    tenant_no: int,
    import_id: UUID,
    *,
    actor: str,
    now: datetime,
    reason: str = "",
    is_dry_run: bool = False,
) -> UndoReport:
    """Take a load back in one transaction, or say what that would do.

    Raises:
        NotFoundError: `import_not_found`.
        RefusedError: `import_not_undoable`: what took something back itself.
        ConflictError: `import_already_undone`, `import_running`, or somebody kept changing the same readings.
    """

    async def attempt() -> UndoReport:
        async with transaction(pool, tenant_no) as conn:
            return await take_back_within(
                conn, tenant_no, import_id, actor=actor, now=now, reason=reason, is_dry_run=is_dry_run
            )

    return await try_again(attempt)


async def take_back_within(
    conn: Connection,
    tenant_no: int,
    import_id: UUID,
    *,
    actor: str,
    now: datetime,
    reason: str,
    is_dry_run: bool = False,
) -> UndoReport:
    """See `take_back_import`; in the caller's transaction."""
    await _check(conn, import_id)
    if is_dry_run:
        would = await undo_import(conn, import_id, by=None, actor=actor, reason=reason)
        return UndoReport(import_id=import_id, undo_id=None, series=tuple(would))
    undo_id = new_id(now)
    await open_import(conn, undo_id, kind="undo", actor=actor, note=reason)
    source = SourceKey(import_id=undo_id, provider=actor, kind="undo", actor=actor)
    by = await open_source(conn, source)
    undone = await undo_import(conn, import_id, by=by, actor=actor, reason=reason)
    await _count(conn, import_id, undo_id, undone)
    # Intervals of this load are gone with it; those that a later one computed from its readings are not.
    spans = {
        one.series_no: (ms_of(one.first_at), ms_of(one.last_at))
        for one in await series_of_import(conn, import_id)
    }
    await follow_changes(conn, spans, actor=actor)
    derived = await derive_spans(conn, spans, import_id=undo_id, reason=reason)
    await settle_validity(conn, {*spans, *derived.outcomes})
    await finish_import(conn, undo_id, status="done", problems=(), now=now)
    report = UndoReport(import_id=import_id, undo_id=undo_id, series=tuple(undone))
    await write_record(
        conn,
        now=now,
        actor=actor,
        action="import_undone",
        object_kind="import",
        object_id=import_id,
        detail={
            "restored": report.restored,
            "removed": report.removed,
            "stays": report.stays,
            "reason": reason,
        },
    )
    await announce_readings(conn, tenant_no, {*(one.series_no for one in undone), *derived.outcomes})
    return report


async def _check(conn: Connection, import_id: UUID) -> None:
    held = await find_import(conn, import_id)
    if held is None:
        raise NotFoundError("import_not_found")
    if held.kind in _NOT_UNDOABLE:
        raise RefusedError("import_not_undoable", kind=held.kind)
    if held.status == "undone":
        raise ConflictError("import_already_undone")
    if held.status == "running" and held.kind != "live":  # what a sender sends goes on until midnight
        raise ConflictError("import_running")


async def _count(conn: Connection, import_id: UUID, undo_id: UUID, undone: list[Undone]) -> None:
    """The undo lists its series like any other load."""
    spans = {one.series_no: one for one in await series_of_import(conn, import_id)}
    outcomes = {
        one.series_no: Outcome(
            changed=one.restored + one.removed,
            first_ms=ms_of(spans[one.series_no].first_at),
            last_ms=ms_of(spans[one.series_no].last_at),
        )
        for one in undone
    }
    if outcomes:
        await count_import(conn, undo_id, outcomes)


async def undo_import_job(work: Work) -> dict[str, Any]:
    """Take a load back as a job; a second run after a crash finds it done.

    Raises:
        NotFoundError: `import_not_found`.
        RefusedError: `import_not_undoable`.
        ConflictError: `import_running`, or somebody kept changing the same readings.
    """
    import_id = UUID(work.job.args["import_id"])
    await work.progress("undoing", 0, 1)
    try:
        report = await take_back_import(
            work.pool,
            work.tenant_no,
            import_id,
            actor=work.job.created_by,
            now=work.now(),
            reason=work.job.args.get("reason", ""),
        )
    except ConflictError as error:
        if error.code != "import_already_undone":
            raise
        return {"import_id": str(import_id), "is_undone": True}
    return {
        "import_id": str(import_id),
        "is_undone": True,
        "undo_id": str(report.undo_id),
        "restored": report.restored,
        "removed": report.removed,
        "stays": report.stays,
    }
