"""Uploads: files are sent, looked at, corrected and confirmed, and only then loaded."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from aegrid_energy.api.context import Context
from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.idempotent import answered_once
from aegrid_energy.api.policy import AskingContext, AskingPermit, Permit, refusal
from aegrid_energy.api.types import Limit, Name
from aegrid_energy.api.upload_bodies import (
    ChoicesForm,
    DecisionForm,
    LoadForm,
    MeterAction,
    UploadBody,
    UploadJobBody,
    UploadsBody,
    UploadState,
    UploadSummaryBody,
)
from aegrid_energy.domain.access import Action, allowed, reach
from aegrid_energy.domain.errors import ConflictError, InvalidError, NotFoundError
from aegrid_energy.domain.ids import new_id
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.jobs import find_job, open_job
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.record import write_record
from aegrid_energy.storage.scopes import path_of_asset, path_of_meter, reached_assets
from aegrid_energy.storage.staged_uploads import (
    UPLOADS_KEPT_DAYS,
    StagedUpload,
    drop_staged,
    end_upload,
    find_staged,
    imports_of_hashes,
    keep_plan,
    list_staged,
    stage_upload,
    start_reading,
)
from aegrid_energy.storage.state import refuse_full_disk
from aegrid_energy.storage.upload_targets import meters_within, points_of, points_within
from aegrid_energy.workflows.plan_upload import Decided, Decision, WantedSite, plan_upload
from aegrid_energy.workflows.propose_upload import propose_upload

router = APIRouter(tags=["uploads"], responses=DECLARED)

#: Larger files are read by a job from the start. [B]
_AT_ONCE: Final = 8 * 1024 * 1024
#: A file that takes longer to read is read by a job after all. [s]
_AT_ONCE_S: Final = 8.0
#: What a finding says of readings that the caller may not see.
_OF_HELD: Final = frozenset({"load_already_multiplied", "load_without_ratio", "load_unlike_held"})
_NO_MATCH: Final[Mapping[str, Any]] = {
    "how": "none", "meter_id": None, "point_id": None, "name": None, "site_id": None, "site": None,
    "multiplier": 1.0,
}  # fmt: skip


@router.post(
    "/api/energy/uploads", status_code=201, response_model=UploadBody, responses={202: {"model": UploadBody}}
)
async def post_upload(
    request: Request,
    permit: AskingPermit,
    context: AskingContext,
    name: Annotated[Name, Query()] = "upload",
) -> Response:
    """Send a file (any that can be loaded, zipped too) as the body; the answer says what it seems to hold.

    Nothing is loaded. A file that takes long to read is answered with 202 and the job that reads it.
    """
    if context.disk is not None:
        refuse_full_disk(context.disk)
    return await answered_once(
        request, permit, context, lambda own_id: _receive(request, permit, context, name, own_id)
    )


async def _receive(request: Request, permit: Permit, context: Context, name: str, own_id: UUID) -> Response:
    body = await request.body()
    if not body:
        raise InvalidError("invalid_body")
    actor, now = permit.actor, context.now()
    upload = StagedUpload(
        id=own_id,
        name=name,
        sha256=hashlib.sha256(body).digest(),
        size_bytes=len(body),
        created_by=actor.name,
        created_at=now,
        expires_at=now + timedelta(days=UPLOADS_KEPT_DAYS),
        state=UploadState.READING.value,
        revision=0,
        choices={},
        proposal=None,
        plan=None,
        job_id=None,
    )
    async with transaction(context.pool, actor.tenant_no) as conn:
        if not await stage_upload(conn, upload, body):
            upload = await find_staged(conn, own_id) or upload
            if await _state(conn, upload) is not UploadState.FAILED:
                held = await _body(conn, upload, permit, context)
                return Response(held.model_dump_json(), 201, media_type="application/json")
    return await _proposed(upload, upload.choices, permit, context, status=201)


@router.get("/api/energy/uploads")
async def get_uploads(
    permit: AskingPermit, context: AskingContext, limit: Annotated[Limit, Query()] = 100
) -> UploadsBody:
    """The newest uploads: the caller's own, and all of them for who may load files everywhere."""
    actor = permit.actor
    is_all = allowed(actor, Action.IMPORT_FILES, (actor.tenant_no,))
    async with transaction(context.pool, actor.tenant_no) as conn:
        rows = await list_staged(conn, limit=limit, created_by=None if is_all else actor.name)
        return UploadsBody(
            uploads=[UploadSummaryBody(**await _summary(conn, row)) for row in rows],
        )


@router.get("/api/energy/uploads/{upload_id}")
async def get_upload(upload_id: UUID, permit: AskingPermit, context: AskingContext) -> UploadBody:
    """An upload and what is proposed of it."""
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        return await _body(conn, await _seen(conn, upload_id, permit), permit, context)


@router.delete("/api/energy/uploads/{upload_id}", status_code=204)
async def delete_upload(upload_id: UUID, permit: AskingPermit, context: AskingContext) -> Response:
    """Remove an upload; what was loaded from it stays."""
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        upload = await _seen(conn, upload_id, permit, is_locked=True)
        if await _state(conn, upload) is UploadState.LOADING:
            raise ConflictError("upload_busy", doing="loaded")
        await drop_staged(conn, upload_id)
        await write_record(
            conn,
            now=context.now(),
            actor=permit.actor.name,
            action="upload_removed",
            object_kind="upload",
            object_id=upload_id,
            detail={"name": upload.name},
        )
    return Response(status_code=204)


@router.post(
    "/api/energy/uploads/{upload_id}/proposal",
    response_model=UploadBody,
    responses={202: {"model": UploadBody}},
)
async def post_proposal(
    upload_id: UUID, form: ChoicesForm, permit: AskingPermit, context: AskingContext
) -> Response:
    """Say something about files of an upload; the proposal is made anew."""
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        upload = await _seen(conn, upload_id, permit, is_locked=True)
        state = await _state(conn, upload)
        _refuse_busy(state)
        if state is UploadState.FAILED:
            await end_upload(conn, upload_id, state=state.value)  # its job is over: the way is free
    proposal = upload.proposal or {}
    known = {file["file"]: file["choices"] for file in proposal.get("files", ())}
    choices = dict(upload.choices)
    for one in form.files:
        if one.file not in known:
            raise InvalidError("file_unknown", file=one.file)
        choices[one.file] = one.model_dump(mode="json", exclude={"file"}, exclude_none=True)
    return await _proposed(upload, choices, permit, context, status=200)


async def _proposed(
    upload: StagedUpload, choices: Mapping[str, Any], permit: Permit, context: Context, *, status: int
) -> Response:
    """Make the proposal now, or start a job where that takes long."""
    tenant_no = permit.actor.tenant_no
    is_done = False
    if upload.size_bytes <= _AT_ONCE:
        try:
            async with asyncio.timeout(_AT_ONCE_S):
                await propose_upload(context.pool, tenant_no, upload.id, choices=choices, now=context.now())
            is_done = True
        except TimeoutError:
            is_done = False
    async with transaction(context.pool, tenant_no) as conn:
        if not is_done:
            job_id = new_id(context.now())
            args = {"upload_id": str(upload.id), "name": upload.name, "choices": dict(choices)}
            await open_job(
                conn,
                job_id,
                tenant_no=tenant_no,
                kind="propose_upload",
                args=args,
                actor=permit.actor.name,
            )
            await start_reading(conn, upload.id, choices=dict(choices), job_id=job_id)
        body = await _body(conn, await _seen(conn, upload.id, permit), permit, context)
    return Response(body.model_dump_json(), status if is_done else 202, media_type="application/json")


@router.post("/api/energy/uploads/{upload_id}/load", status_code=202)
async def post_load(
    upload_id: UUID, form: LoadForm, permit: AskingPermit, context: AskingContext
) -> UploadJobBody:
    """Load what was shown, as it was decided: a job. The same call again answers with the same job."""
    actor, now = permit.actor, context.now()
    asked = hashlib.sha256(form.model_dump_json().encode()).hexdigest()
    if context.disk is not None:
        refuse_full_disk(context.disk)
    async with transaction(context.pool, actor.tenant_no) as conn:
        upload = await _seen(conn, upload_id, permit, is_locked=True)
        state = await _state(conn, upload)
        plan = upload.plan
        is_same = plan is not None and plan.get("asked") == asked
        if is_same and upload.job_id is not None and state in {UploadState.LOADING, UploadState.LOADED}:
            return UploadJobBody(id=upload_id, job_id=upload.job_id)
        _refuse_busy(state)
        if upload.proposal is None or not upload.proposal["files"]:
            raise InvalidError("upload_without_proposal")
        if form.revision != upload.revision:
            raise ConflictError("upload_moved", revision=upload.revision)
        await _permit_load(conn, form, permit, context)
        if plan is None or not is_same:  # one that failed goes on: what it made stands
            plan = await plan_upload(conn, upload.proposal, _decided(form), now=now)
        job_id = new_id(now)
        args = {"upload_id": str(upload_id), "name": upload.name}
        await open_job(
            conn, job_id, tenant_no=actor.tenant_no, kind="load_confirmed", args=args, actor=actor.name
        )
        await keep_plan(conn, upload_id, plan={**plan, "asked": asked}, job_id=job_id)
    return UploadJobBody(id=upload_id, job_id=job_id)


def _decided(form: LoadForm) -> Decided:
    return Decided(
        accepted={one.file: tuple(one.accepted) for one in form.files},
        meters=tuple(
            Decision(
                key=one.key,
                action=one.action.value,
                meter_id=one.meter_id,
                point_id=one.point_id,
                site_id=one.site_id,
                site_key=one.site_key,
                name=one.name,
            )
            for one in form.meters
        ),
        new_sites=tuple(WantedSite(**one.model_dump()) for one in form.new_sites),
    )


async def _permit_load(conn: Connection, form: LoadForm, permit: Permit, context: Context) -> None:
    """Hold the caller to every place that readings go to, and to every site that is made."""
    actor, now = permit.actor, context.now()
    tenant_no = actor.tenant_no
    if form.new_sites and not allowed(actor, Action.EDIT_REGISTER, (tenant_no,)):
        raise refusal(Action.EDIT_REGISTER)
    taken = [one for one in form.meters if one.action is not MeterAction.SKIP]
    is_everywhere = allowed(actor, Action.IMPORT_FILES, (tenant_no,))
    for site_id in {one.site_id for one in taken if one.site_id is not None}:
        permit.on(await path_of_asset(conn, tenant_no, site_id, on=now.date()), Action.IMPORT_FILES)
    if is_everywhere:
        return  # the whole tenant is the caller's, every meter in it
    _refuse_unplaced(taken)
    for meter_id in {one.meter_id for one in taken if one.meter_id is not None}:
        permit.on(await path_of_meter(conn, tenant_no, meter_id, at=now), Action.IMPORT_FILES)
    for point_id in {one.point_id for one in taken if one.point_id is not None}:
        point = (await points_of(conn, [point_id])).get(point_id)
        path = await path_of_asset(conn, tenant_no, point.asset_id, on=now.date()) if point else None
        permit.on(path, Action.IMPORT_FILES)


def _refuse_unplaced(taken: Sequence[DecisionForm]) -> None:
    """A meter that stands nowhere hangs under the tenant alone: only who may load everywhere makes one."""
    for one in taken:
        if one.action is MeterAction.CREATE and one.site_id is None and one.site_key is None:
            raise refusal(Action.IMPORT_FILES)


def _refuse_busy(state: UploadState) -> None:
    if state is UploadState.LOADED:
        raise ConflictError("upload_loaded")
    if state is UploadState.LOADING:
        raise ConflictError("upload_busy", doing="loaded")
    if state is UploadState.READING:
        raise ConflictError("upload_busy", doing="read")


async def _seen(
    conn: Connection, upload_id: UUID, permit: Permit, *, is_locked: bool = False
) -> StagedUpload:
    """An upload of the caller, or of anybody for who may load files everywhere.

    Raises:
        NotFoundError: There is none, or it is somebody else's.
    """
    upload = await find_staged(conn, upload_id, is_locked=is_locked)
    actor = permit.actor
    is_own = (
        upload is not None
        and upload.created_by == actor.name
        and not reach(actor, Action.IMPORT_FILES).is_nowhere
    )
    if upload is None or not (is_own or allowed(actor, Action.IMPORT_FILES, (actor.tenant_no,))):
        raise NotFoundError("upload_gone")
    return upload


async def _state(conn: Connection, upload: StagedUpload) -> UploadState:
    """Where an upload stands; one whose job ended without getting there has failed."""
    state = UploadState(upload.state)
    if state not in {UploadState.READING, UploadState.LOADING}:
        return state
    job = await find_job(conn, upload.job_id) if upload.job_id is not None else None
    if job is None:  # read in a call that was cut off
        return UploadState.FAILED
    return UploadState.FAILED if job.status in {"failed", "cancelled"} else state


async def _summary(conn: Connection, upload: StagedUpload) -> dict[str, Any]:
    facts = {name: getattr(upload, name) for name in UploadSummaryBody.model_fields}
    return facts | {"sha256": upload.sha256.hex(), "state": await _state(conn, upload)}


async def _body(conn: Connection, upload: StagedUpload, permit: Permit, context: Context) -> UploadBody:
    actor = permit.actor
    proposal = upload.proposal or {"files": [], "sites": []}
    sees_all = allowed(actor, Action.VIEW, (actor.tenant_no,))
    files = proposal["files"]
    if not sees_all:
        files = await _cut(conn, files, permit, context)
    state = await _state(conn, upload)
    plan = upload.plan or {}
    return UploadBody.model_validate(
        {
            **await _summary(conn, upload),
            "already_loaded": await _same_files(conn, upload, "" if sees_all else actor.name),
            "files": files,
            "sites": proposal["sites"],
            "import_ids": list(plan.get("imports", {}).values()) if state is UploadState.LOADED else [],
        }
    )


async def _same_files(conn: Connection, upload: StagedUpload, actor: str) -> list[dict[str, Any]]:
    """Imports of the same bytes as a file of the upload; of this actor alone, unless empty."""
    names = {upload.sha256.hex(): upload.name}
    names |= {
        file["sha256"]: file["file"] for file in (upload.proposal or {}).get("files", ()) if "sha256" in file
    }
    loads = await imports_of_hashes(conn, [bytes.fromhex(sha256) for sha256 in names])
    return [
        {
            "file": names[one.sha256.hex()],
            "import_id": one.id,
            "file_name": one.file_name,
            "status": one.status,
            "started_at": one.started_at,
        }
        for one in loads
        if actor in {"", one.actor}
    ]


async def _cut(
    conn: Connection, files: Sequence[dict[str, Any]], permit: Permit, context: Context
) -> list[dict[str, Any]]:
    """The files without the meters and points of others: to this caller they match nothing."""
    assets = await reached_assets(conn, reach(permit.actor, Action.VIEW), on=context.now().date())
    matches = [meter["match"] for file in files for meter in file["meters"]]
    meters = await meters_within(
        conn, [UUID(one["meter_id"]) for one in matches if one["meter_id"]], assets or frozenset()
    )
    points = await points_within(
        conn, [UUID(one["point_id"]) for one in matches if one["point_id"]], assets or frozenset()
    )
    seen = {str(one) for one in meters | points}

    def cut(meter: dict[str, Any]) -> dict[str, Any]:
        match = meter["match"]
        if match["how"] == "none" or {match["meter_id"], match["point_id"]} & seen:
            return meter
        kept = [one for one in meter["plausibility"] if one["code"] not in _OF_HELD]
        return {**meter, "match": dict(_NO_MATCH), "plausibility": kept}

    return [{**file, "meters": [cut(meter) for meter in file["meters"]]} for file in files]
