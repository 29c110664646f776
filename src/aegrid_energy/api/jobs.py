"""Jobs: long-running work with its progress and its result, and how to stop it."""

from collections.abc import Sequence
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
from aegrid_energy.storage.import_names import actor_names
from aegrid_energy.storage.jobs import Job, ask_cancel, find_job, list_jobs
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.record import write_record

router = APIRouter(tags=["jobs"], responses=DECLARED)


class JobBody(Answer):
    """One piece of work; `done` of `total` steps, both of the step named."""

    id: UUID
    kind: str
    #: The file it is about; empty where it is about none.
    about: str
    status: str
    step: str
    done: int
    total: int | None
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    is_cancel_asked: bool
    created_by: str
    #: For people; empty where nobody has that name any more.
    created_by_name: str
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
        rows = await list_jobs(conn, limit=limit, created_by=None if _sees_all(permit) else permit.actor.name)
        return JobsBody(jobs=await _bodies(conn, rows))


@router.get("/api/energy/jobs/{job_id}")
async def get_job(job_id: UUID, permit: AskingPermit, context: AskingContext) -> JobBody:
    """How far a job is, and what came of it."""
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        (body,) = await _bodies(conn, [await _seen(conn, job_id, permit)])
        return body


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
            conn,
            now=now,
            actor=actor.name,
            action="job_cancelled",
            object_kind="job",
            object_id=job_id,
            detail={"name": job.about, "kind": job.kind},
        )
        (body,) = await _bodies(conn, [await find_job(conn, job_id) or job])
        return body


async def _bodies(conn: Connection, jobs: Sequence[Job]) -> list[JobBody]:
    """Jobs with the names of those who asked for them."""
    names = await actor_names(conn, [job.created_by for job in jobs])
    return [
        JobBody(
            id=job.id,
            kind=job.kind,
            about=job.about,
            status=job.status,
            step=job.step,
            done=job.done,
            total=job.total,
            result=job.result,
            error=job.error,
            is_cancel_asked=job.is_cancel_asked,
            created_by=job.created_by,
            created_by_name=names.get(job.created_by, ""),
            created_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
        )
        for job in jobs
    ]


async def _seen(conn: Connection, job_id: UUID, permit: Permit) -> Job:
    job = await find_job(conn, job_id)
    if job is None or not _is_seen(permit, job):
        raise NotFoundError("job_not_found")
    return job


def _is_seen(permit: Permit, job: Job) -> bool:
    return job.created_by == permit.actor.name or _sees_all(permit)


def _sees_all(permit: Permit) -> bool:
    # What a job tells may concern any site, so that others' jobs are for who sees all of them.
    return allowed(permit.actor, Action.VIEW, (permit.actor.tenant_no,))
