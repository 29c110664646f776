"""Jobs as their owner sees them: kind, progress, result. The queue behind them holds ids only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from aegrid_energy.storage.announce import announce_job
from aegrid_energy.storage.connection import Connection

_COLUMNS = """id, kind, status, step, done, total, args, result, error, is_cancel_asked, created_by,
    created_at, started_at, finished_at"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One long-running piece of work."""

    id: UUID
    kind: str
    #: queued, running, done, failed or cancelled.
    status: str
    step: str
    done: int
    total: int | None
    args: dict[str, Any]
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    is_cancel_asked: bool
    created_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def about(self) -> str:
        """What it is done to, in a word of its owner: the name of a file; empty where there is none."""
        return str(self.args.get("name", ""))

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in {"done", "failed", "cancelled"}


async def open_job(
    conn: Connection, job_id: UUID, *, tenant_no: int, kind: str, args: dict[str, Any], actor: str
) -> None:
    """A new job, and its place in the queue, in the caller's transaction: both or neither."""
    await conn.execute(
        "insert into job (id, kind, status, args, created_by) values (%s, %s, 'queued', %s, %s)",
        (job_id, kind, Jsonb(args), actor),
    )
    # The queue's row in our transaction; its arguments are ids, what to do stands in the job.
    await conn.execute(
        """insert into jobs.procrastinate_jobs (queue_name, task_name, priority, args)
           values ('work', 'work', 0, %s)""",
        (Jsonb({"tenant_no": tenant_no, "job_id": str(job_id)}),),
    )
    await announce_job(conn, tenant_no, job_id)


async def find_job(conn: Connection, job_id: UUID) -> Job | None:
    """A job of the tenant of this transaction."""
    async with conn.cursor(row_factory=class_row(Job)) as cursor:
        await cursor.execute(f"select {_COLUMNS} from job where id = %s", (job_id,))
        return await cursor.fetchone()


async def list_jobs(conn: Connection, *, limit: int, created_by: str | None = None) -> list[Job]:
    """The newest jobs of the tenant of this transaction; of one actor where that is given."""
    async with conn.cursor(row_factory=class_row(Job)) as cursor:
        await cursor.execute(
            f"""select {_COLUMNS} from job where %(by)s::text is null or created_by = %(by)s
                order by created_at desc, id desc limit %(limit)s""",
            {"by": created_by, "limit": limit},
        )
        return await cursor.fetchall()


async def list_jobs_going_on(conn: Connection, created_by: str) -> list[Job]:
    """The jobs of an actor that are not over, oldest first."""
    async with conn.cursor(row_factory=class_row(Job)) as cursor:
        await cursor.execute(
            f"""select {_COLUMNS} from job where status in ('queued', 'running') and created_by = %s
                order by created_at, id""",
            (created_by,),
        )
        return await cursor.fetchall()


async def start_job(conn: Connection, job_id: UUID, *, now: datetime) -> Job | None:
    """Take a job up, again where a worker died over it; None where it is over or was cancelled before."""
    async with conn.cursor(row_factory=class_row(Job)) as cursor:
        await cursor.execute(
            f"""update job set status = 'running', started_at = coalesce(started_at, %s), step = '', done = 0
                where id = %s and status in ('queued', 'running') and not is_cancel_asked
                returning {_COLUMNS}""",
            (now, job_id),
        )
        return await cursor.fetchone()


async def move_job(
    conn: Connection, tenant_no: int, job_id: UUID, *, step: str, done: int, total: int | None
) -> bool:
    """Say how far a job is; True where somebody asks it to stop."""
    cursor = await conn.execute(
        "update job set step = %s, done = %s, total = %s where id = %s returning is_cancel_asked",
        (step, done, total, job_id),
    )
    row = await cursor.fetchone()
    await announce_job(conn, tenant_no, job_id)
    return bool(row and row[0])


async def end_job(
    conn: Connection,
    tenant_no: int,
    job_id: UUID,
    *,
    status: str,
    now: datetime,
    result: dict[str, Any] | None = None,
    error: dict[str, Any] | None = None,
) -> None:
    """Done, failed or cancelled."""
    await conn.execute(
        """update job set status = %s, finished_at = %s, result = %s, error = %s
           where id = %s and status in ('queued', 'running')""",
        (
            status,
            now,
            None if result is None else Jsonb(result),
            None if error is None else Jsonb(error),
            job_id,
        ),
    )
    await announce_job(conn, tenant_no, job_id)


async def ask_cancel(conn: Connection, tenant_no: int, job_id: UUID, *, now: datetime) -> None:
    """Ask a job to stop; one that nobody has taken up is cancelled at once."""
    await conn.execute(
        """update job set is_cancel_asked = true,
                  status = case status when 'queued' then 'cancelled' else status end,
                  finished_at = case status when 'queued' then %s else finished_at end
           where id = %s and status in ('queued', 'running')""",
        (now, job_id),
    )
    await announce_job(conn, tenant_no, job_id)
