"""Imports: who loaded what, what became of it, what was refused, and taking a load back."""

import csv
import io
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.policy import AskingContext, AskingPermit, Permit, refusal
from aegrid_energy.api.types import Answer, Limit, Moment, StartedBody, StrictModel, Uuid
from aegrid_energy.domain.access import Action, allowed, reach
from aegrid_energy.domain.errors import NotFoundError
from aegrid_energy.domain.ids import new_id
from aegrid_energy.domain.problems import Problem
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.import_names import Owned, actor_names, owners_of, series_of_owners
from aegrid_energy.storage.imports import (
    Import,
    ImportedSeries,
    find_import,
    list_imports,
    problems_of,
    series_of_import,
)
from aegrid_energy.storage.jobs import open_job
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.reached_series import places_of_import, series_within
from aegrid_energy.storage.scopes import path_of_asset, path_of_meter, reached_assets
from aegrid_energy.workflows.reassign_import import reassign_import
from aegrid_energy.workflows.undo_import import UndoReport, take_back_import

router = APIRouter(tags=["imports"], responses=DECLARED)

#: What a spreadsheet takes for a formula when a cell begins with it.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
#: Problems told beside a load; all of them are in the CSV.
_TOLD: Final = 100


class ImportBody(Answer):
    """One load; the counters are of readings."""

    id: UUID
    kind: str
    file_name: str
    sha256: str | None
    size_bytes: int | None
    format: str
    status: str
    actor: str
    #: Of the person or key; empty for a job, or where it is gone.
    actor_name: str
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
    undone_by_name: str | None


class ImportedSeriesBody(Answer):
    """What a load did to one series."""

    series_no: int
    meter_id: UUID | None
    point_id: UUID | None
    #: Of the meter or point, and where it stands; empty where it stands nowhere.
    name: str
    site_id: UUID | None
    site: str
    register_name: str
    unit: str
    first_at: datetime
    last_at: datetime
    added: int
    changed: int
    unchanged: int
    outranked: int


class ImportsBody(Answer):
    """Loads, newest first."""

    imports: list[ImportBody]


class ProblemBody(Answer):
    """What was not taken of a load, or was noticed; an empty `refused`: nothing was lost."""

    file: str
    line: int
    column: int
    code: str
    text: str
    refused: str


class ImportDetailBody(ImportBody):
    """One load with the series it touched, cut down to what the caller may see, and its first problems."""

    series: list[ImportedSeriesBody]
    problems: list[ProblemBody]
    more_problems: int


@router.get("/api/energy/imports")
async def get_imports(
    permit: AskingPermit,
    context: AskingContext,
    limit: Annotated[Limit, Query()] = 100,
    before: Annotated[Moment | None, Query()] = None,
    actor: Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")] = "",
    site_id: UUID | None = None,
    meter_id: UUID | None = None,
) -> ImportsBody:
    """The newest loads: those of the caller, and those that touched what the caller may see.

    `actor` (as loads tell it), `site_id` and `meter_id` cut the list down further.
    """
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        assets = await reached_assets(conn, reach(permit.actor, permit.action), on=context.now().date())
        within = await series_within(conn, assets)
        touching = None
        if site_id is not None or meter_id is not None:
            owned = await series_of_owners(conn, site_id=site_id, meter_id=meter_id)
            # Of what lies out of sight nobody learns that it was loaded, not even by asking for it.
            touching = owned if within is None else owned & within
        rows = await list_imports(
            conn,
            limit=limit,
            before=before,
            actor=permit.actor.name,
            within=within,
            by=actor,
            touching=touching,
        )
        names = await _names(conn, rows)
    return ImportsBody(imports=[ImportBody(**_fields(row, names)) for row in rows])


@router.get("/api/energy/imports/{import_id}")
async def get_import(import_id: UUID, permit: AskingPermit, context: AskingContext) -> ImportDetailBody:
    """One load, and what it did to each series."""
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        row, series = await seen_import(conn, import_id, permit, context)
        names = await _names(conn, [row])
        owners = await owners_of(conn, [one.meter_id or one.point_id or import_id for one in series])
        problems = await problems_of(conn, import_id)
    return ImportDetailBody(
        **_fields(row, names),
        series=[_series(one, owners.get(one.meter_id or one.point_id or import_id)) for one in series],
        problems=[ProblemBody.model_validate(asdict(problem)) for problem in problems[:_TOLD]],
        more_problems=max(len(problems) - _TOLD, 0),
    )


async def _names(conn: Connection, rows: list[Import]) -> dict[str, str]:
    said = [name for row in rows for name in (row.actor, row.undone_by) if name]
    return await actor_names(conn, said)


def _series(one: ImportedSeries, owner: Owned | None) -> ImportedSeriesBody:
    return ImportedSeriesBody(
        series_no=one.series_no,
        meter_id=one.meter_id,
        point_id=one.point_id,
        name=owner.name if owner else "",
        site_id=owner.site_id if owner else None,
        site=owner.site if owner else "",
        register_name=one.register,
        unit=one.unit,
        first_at=one.first_at,
        last_at=one.last_at,
        added=one.added,
        changed=one.changed,
        unchanged=one.unchanged,
        outranked=one.outranked,
    )


@router.get("/api/energy/imports/{import_id}/refused", response_class=Response)
async def get_refused(import_id: UUID, permit: AskingPermit, context: AskingContext) -> Response:
    """What was refused of a load and what was noticed, as CSV; kept for 90 days."""
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        await seen_import(conn, import_id, permit, context)
        problems = await problems_of(conn, import_id)
    return Response(
        refused_csv(problems),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="refused-{import_id}.csv"'},
    )


class UndoneSeriesBody(Answer):
    """What taking a load back does to one series; `stays` slots were touched by something later."""

    series_no: int
    restored: int
    removed: int
    stays: int


class UndoBody(Answer):
    """What taking a load back did, or would do; `undo_id` is null for a dry run."""

    import_id: UUID
    undo_id: UUID | None
    is_dry_run: bool
    restored: int
    removed: int
    stays: int
    series: list[UndoneSeriesBody]


@router.delete("/api/energy/imports/{import_id}", responses={202: {"model": StartedBody}})
async def delete_import(
    import_id: UUID,
    permit: AskingPermit,
    context: AskingContext,
    response: Response,
    dry_run: bool = True,
    job: bool = False,
    reason: Annotated[str, Query(max_length=500, pattern=r"^[^\x00]*$")] = "",
) -> UndoBody | StartedBody:
    """Take a load back, or say what that would do (`dry_run`, unless told otherwise)."""
    actor = permit.actor
    now = context.now()
    async with transaction(context.pool, actor.tenant_no) as conn:
        held = await hold_to_import(conn, import_id, permit, context, permit.action)
        if job and not dry_run:
            job_id = new_id(now)
            args = {"import_id": str(import_id), "reason": reason, "name": held.file_name}
            await open_job(
                conn, job_id, tenant_no=actor.tenant_no, kind="undo_import", args=args, actor=actor.name
            )
            response.status_code = 202
            return StartedBody(job_id=job_id)
    report = await take_back_import(
        context.pool, actor.tenant_no, import_id, actor=actor.name, now=now, reason=reason, is_dry_run=dry_run
    )
    return _undo_body(report)


def _undo_body(report: UndoReport) -> UndoBody:
    return UndoBody(
        import_id=report.import_id,
        undo_id=report.undo_id,
        is_dry_run=report.undo_id is None,
        restored=report.restored,
        removed=report.removed,
        stays=report.stays,
        series=[
            UndoneSeriesBody(
                series_no=one.series_no, restored=one.restored, removed=one.removed, stays=one.stays
            )
            for one in report.series
        ],
    )


class ReassignForm(StrictModel):
    """The meter that the readings belong to."""

    meter_id: Uuid


class ReassignBody(Answer):
    """The undo, and the load that stands now; a dry run made neither, and has no `import_id`."""

    undo: UndoBody
    import_id: UUID | None
    is_dry_run: bool
    added: int
    changed: int
    unchanged: int
    outranked: int


@router.post("/api/energy/imports/{import_id}/reassign")
async def post_reassign(
    import_id: UUID,
    form: ReassignForm,
    permit: AskingPermit,
    context: AskingContext,
    dry_run: bool = False,
) -> ReassignBody:
    """Give the readings of a load to another meter: an undo and a load in one; or say what that would do."""
    actor = permit.actor
    now = context.now()
    async with transaction(context.pool, actor.tenant_no) as conn:
        await hold_to_import(conn, import_id, permit, context, permit.action)
        permit.on(await path_of_meter(conn, actor.tenant_no, form.meter_id, at=now))
    report = await reassign_import(
        context.pool,
        actor.tenant_no,
        import_id,
        meter_id=form.meter_id,
        actor=actor.name,
        now=now,
        is_dry_run=dry_run,
    )
    undo = replace(report.undo, undo_id=None) if dry_run else report.undo
    return ReassignBody(
        undo=_undo_body(undo),
        import_id=None if dry_run else report.import_id,
        is_dry_run=dry_run,
        added=report.added,
        changed=report.changed,
        unchanged=report.unchanged,
        outranked=report.outranked,
    )


def refused_csv(problems: list[Problem]) -> bytes:
    """Problems as CSV that a spreadsheet opens without running any of it.

    >>> problem = Problem(file="=cmd", line=2, column=1, code="c", text="t", refused="r")
    >>> refused_csv([problem]).decode().splitlines()[1]
    "'=cmd,2,1,c,t,r"
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["file", "line", "column", "code", "text", "refused"])
    for p in problems:
        writer.writerow([_inert(p.file), p.line, p.column, p.code, _inert(p.text), _inert(p.refused)])
    return text.getvalue().encode("utf-8", "backslashreplace")


def _inert(cell: str) -> str:
    # Names of files and meters come from senders; an apostrophe keeps a spreadsheet from computing them.
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) or cell.startswith(_FORMULA) else cell


async def seen_import(
    conn: Connection, import_id: UUID, permit: Permit, context: AskingContext
) -> tuple[Import, list[ImportedSeries]]:
    """A load of which the caller may see something, with the series that the caller may see.

    Raises:
        NotFoundError: There is none, or nothing of it lies within the caller's scope.
    """
    row = await find_import(conn, import_id)
    if row is None:
        raise NotFoundError("import_not_found")
    series = await series_of_import(conn, import_id)
    assets = await reached_assets(conn, reach(permit.actor, Action.VIEW), on=context.now().date())
    within = await series_within(conn, assets, series_nos=[one.series_no for one in series])
    if within is None or row.actor == permit.actor.name:
        return row, series
    if not within:
        raise NotFoundError("import_not_found")
    return row, [one for one in series if one.series_no in within]


async def hold_to_import(
    conn: Connection, import_id: UUID, permit: Permit, context: AskingContext, action: Action
) -> Import:
    """A load whose every series the caller may act on: half a load cannot be taken back.

    Raises:
        NotFoundError: There is none, or nothing of it lies within the caller's scope.
        RefusedError: `not_permitted`: some of what it touched is not the caller's to change.
    """
    row, _ = await seen_import(conn, import_id, permit, context)
    tenant_no = permit.actor.tenant_no
    if allowed(permit.actor, action, (tenant_no,)):
        return row
    for place in await places_of_import(conn, import_id) or frozenset({None}):
        path = (tenant_no,)
        if place is not None:
            path = await path_of_asset(conn, tenant_no, place, on=context.now().date()) or path
        if not allowed(permit.actor, action, path):
            raise refusal(action)
    return row


def _fields(row: Import, names: Mapping[str, str]) -> dict[str, Any]:
    told = {field.name: getattr(row, field.name) for field in fields(row)}
    return told | {
        "sha256": row.sha256.hex() if row.sha256 else None,
        "actor_name": names.get(row.actor, ""),
        "undone_by_name": names.get(row.undone_by, "") if row.undone_by else None,
    }
