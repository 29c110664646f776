"""Run jobs: take one from the queue, do its work, keep its progress, and survive a restart.

The queue is procrastinate's; the job resource is ours. A job may be run again from its beginning (its worker
was killed), so every kind of work is written to be repeatable.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import procrastinate
import structlog
from procrastinate.exceptions import ConnectorException
from psycopg_pool import AsyncConnectionPool

from aegrid_energy.domain.errors import EnergyError, UnavailableError
from aegrid_energy.domain.sentences import sentence
from aegrid_energy.storage.jobs import Job, end_job, move_job, start_job
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.workflows.try_again import is_passing

_log = structlog.get_logger(__name__)
_TRIES: Final = 5
#: A job under way has so long to end by itself when its worker stops; then it is left for the next. [s]
GRACE_S: Final = 1.0


class CancelledError(Exception):
    """Somebody asked the job to stop; what is committed stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a kind of work is given."""

    pool: Pool
    tenant_no: int
    job: Job
    now: Callable[[], datetime]

    async def progress(self, step: str, done: int, total: int | None) -> None:
        """Say how far it is.

        Raises:
            CancelledError: Somebody asks the job to stop.
        """
        async with transaction(self.pool, self.tenant_no) as conn:
            if await move_job(conn, self.tenant_no, self.job.id, step=step, done=done, total=total):
                raise CancelledError


#: Does the work and returns its result.
Kind = Callable[[Work], Awaitable[dict[str, Any]]]


async def run_job(
    pool: Pool,
    tenant_no: int,
    job_id: UUID,
    kinds: Mapping[str, Kind],
    now: Callable[[], datetime],
    *,
    is_last_try: bool = False,
) -> None:
    """Do one job to its end and store what became of it.

    Args:
        pool: As the role of jobs.
        tenant_no: Whose.
        job_id: Which.
        kinds: What kinds of work there are.
        now: The clock.
        is_last_try: What may pass by itself has been waited for often enough: the job fails.

    Raises:
        UnavailableError: The database or a neighbour is away; the queue tries again.
        ConflictError: Somebody kept changing the same readings; the queue tries again.
    """
    async with transaction(pool, tenant_no) as conn:
        job = await start_job(conn, job_id, now=now())
    if job is None:
        return
    status, result, error = "done", None, None
    try:
        result = await kinds[job.kind](Work(pool=pool, tenant_no=tenant_no, job=job, now=now))
    except CancelledError:
        status = "cancelled"
    except EnergyError as refused:
        if not is_last_try and (isinstance(refused, UnavailableError) or is_passing(refused)):
            raise
        status = "failed"
        error = {"code": refused.code, "detail": sentence(refused.code, refused.params)}
    except Exception:  # noqa: BLE001  # a mistake of ours must not leave the job running for ever
        _log.exception("job_failed", job_id=str(job_id), kind=job.kind)
        status, error = "failed", {"code": "internal", "detail": sentence("internal", {})}
    async with transaction(pool, tenant_no) as conn:
        await end_job(conn, tenant_no, job_id, status=status, now=now(), result=result, error=error)
    _log.info("job_over", job_id=str(job_id), kind=job.kind, status=status)


@dataclass(slots=True, kw_only=True)
class Worker:
    """Works off the queue until it is stopped."""

    pool: Pool
    jobs_dsn: str
    kinds: Mapping[str, Kind]
    now: Callable[[], datetime]
    concurrency: int = 1

    async def run(self) -> None:
        """Take up jobs; those of a worker that died are taken up again."""
        app = procrastinate.App(connector=procrastinate.PsycopgConnector())

        async def work(context: procrastinate.JobContext, tenant_no: int, job_id: str) -> None:
            is_last_try = context.job.attempts >= _TRIES
            await run_job(self.pool, tenant_no, UUID(job_id), self.kinds, self.now, is_last_try=is_last_try)

        app.task(
            name="work",
            queue="work",
            pass_context=True,
            retry=procrastinate.RetryStrategy(max_attempts=_TRIES, exponential_wait=2),
        )(work)
        # The pool is ours to close: the connector forgets one that it was opening when it was told to stop,
        # and the pool's own tasks then outlive the worker.
        queue = AsyncConnectionPool(
            self.jobs_dsn, min_size=1, max_size=4, open=False, check=AsyncConnectionPool.check_connection
        )
        async with queue, app.open_async(queue):
            await self._take_up_stalled(app)
            await app.run_worker_async(
                queues=["work"],
                concurrency=self.concurrency,
                wait=True,
                install_signal_handlers=False,
                fetch_job_polling_interval=5.0,
                delete_jobs="successful",
                shutdown_graceful_timeout=GRACE_S,
            )

    async def _take_up_stalled(self, app: procrastinate.App) -> None:
        for stalled in await app.job_manager.get_stalled_jobs(queue="work", seconds_since_heartbeat=30):
            with contextlib.suppress(ConnectorException):
                await app.job_manager.retry_job(stalled)


async def run_worker_for_ever(worker: Worker, *, pause_s: float = 5.0) -> None:
    """A worker that comes back after the database was away."""
    while True:
        try:
            await worker.run()
        except (ConnectorException, UnavailableError) as error:
            _log.warning("worker_interrupted", why=str(error))
        if is_cancelled():  # the queue ends quietly when it is told to, and keeps the cancellation to itself
            return
        await asyncio.sleep(pause_s)


def is_cancelled() -> bool:
    """Whether the task that asks has been told to end, even if something below took note and went on."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
