"""Jobs: long-running work with its progress and its result, and how to stop it."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.policy import AskingContext, AskingPermit, Permit, refusal
from aegrid_energy.api.types import Answer, Limit
from aegrid_energy.domain.access import Action, allowed
from aegrid_energy.domain.errors import ConflictError, NotFoundError
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.jobs import Job, ask_cancel, find_job, list_jobs
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.record import write_record

router = APIRouter(tags=["jobs"], responses=DECLARED)


class JobBody(Answer):
    """One piece of work; `done` of `total` steps, both of the step named."""

    id: UUID
    kind: str
    status: str
    step: str
    done: int
    total: int | None
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    is_cancel_asked: bool
    created_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class JobsBody(Answer):
    """Jobs, newest first."""

    jobs: list[JobBody]


@router.get("/api/energy/jobs")
async def get_jobs(
    permit: AskingPermit, context: AskingContext, limit: Annotated[Limit, Query()] = 100
) -> JobsBody:
    """The newest jobs: the caller's own, and all of them for who sees the whole tenant."""
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        rows = await list_jobs(conn, limit=limit)
    return JobsBody(jobs=[JobBody.model_validate(row) for row in rows if _is_seen(permit, row)])


@router.get("/api/energy/jobs/{job_id}")
async def get_job(job_id: UUID, permit: AskingPermit, context: AskingContext) -> JobBody:
    """How far a job is, and what came of it."""
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        return JobBody.model_validate(await _seen(conn, job_id, permit))


@router.delete("/api/energy/jobs/{job_id}", status_code=202)
async def delete_job(job_id: UUID, permit: AskingPermit, context: AskingContext) -> JobBody:
    """Ask a job to stop. One that nobody has taken up is cancelled at once; another at its next step."""
    actor = permit.actor
    now = context.now()
    async with transaction(context.pool, actor.tenant_no) as conn:
        job = await _seen(conn, job_id, permit)
        if job.created_by != actor.name and not allowed(actor, permit.action, (actor.tenant_no,)):
            raise refusal(permit.action)
        if job.is_over:
            raise ConflictError("job_over", status=job.status)
        await ask_cancel(conn, actor.tenant_no, job_id, now=now)
        await write_record(
            conn, now=now, actor=actor.name, action="job_cancelled", object_kind="job", object_id=job_id
        )
        return JobBody.model_validate(await find_job(conn, job_id))


async def _seen(conn: Connection, job_id: UUID, permit: Permit) -> Job:
    job = await find_job(conn, job_id)
    if job is None or not _is_seen(permit, job):
        raise NotFoundError("job_not_found")
    return job


def _is_seen(permit: Permit, job: Job) -> bool:
    # What a job tells may concern any site, so that others' jobs are for who sees all of them.
    return job.created_by == permit.actor.name or allowed(
        permit.actor, Action.VIEW, (permit.actor.tenant_no,)
    )
