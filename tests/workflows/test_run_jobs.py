"""A job that met another writer goes back to the queue, and ends all the same when that goes on for ever."""

import asyncio
from typing import Any

import pytest

from aegrid_energy.domain.errors import ConflictError, EnergyError, UnavailableError
from aegrid_energy.domain.ids import new_id
from aegrid_energy.storage.jobs import Job, find_job, open_job
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.roles import Role
from aegrid_energy.workflows.end_tasks import end_tasks
from aegrid_energy.workflows.run_jobs import Work, Worker, run_job
from database import Database
from loads_world import NOW, hall


async def run(pool: Pool, error: EnergyError, *, is_last_try: bool = False) -> Job:
    tenant_no, job_id = await hall(pool), new_id(NOW)
    async with transaction(pool, tenant_no) as conn:
        await open_job(conn, job_id, tenant_no=tenant_no, kind="meet", args={}, actor="ann")

    async def meet(_: Work) -> dict[str, Any]:
        raise error

    async def see() -> Job:
        async with transaction(pool, tenant_no) as conn:
            job = await find_job(conn, job_id)
        assert job is not None
        return job

    try:
        await run_job(pool, tenant_no, job_id, {"meet": meet}, lambda: NOW, is_last_try=is_last_try)
    except EnergyError:
        assert (await see()).status == "running"
        raise
    return await see()


@pytest.mark.parametrize("error", [ConflictError("block_moved"), UnavailableError("database_unavailable")])
async def test_what_may_pass_by_itself_goes_back_to_the_queue(pool: Pool, error: EnergyError) -> None:
    with pytest.raises(type(error)):
        await run(pool, error)


@pytest.mark.parametrize("error", [ConflictError("block_moved"), UnavailableError("database_unavailable")])
async def test_the_last_try_ends_the_job(pool: Pool, error: EnergyError) -> None:
    job = await run(pool, error, is_last_try=True)
    assert (job.status, (job.error or {})["code"]) == ("failed", error.code)


async def test_what_is_wrong_for_good_fails_at_once(pool: Pool) -> None:
    assert (await run(pool, ConflictError("import_already_undone"))).status == "failed"


def pools_at_work() -> set[str]:
    """Pools whose own tasks run in this loop."""
    names = {task.get_name().partition("-worker-") for task in asyncio.all_tasks()}
    return {pool for pool, worker, _ in names if worker}


async def test_a_worker_told_to_stop_while_it_starts_leaves_nothing_behind(
    pool: Pool, database: Database
) -> None:
    """What it leaves would keep its process from ending: the queue's pool once outlived it."""
    dsn = database.dsn(Role.JOBS)
    before = pools_at_work()
    seen: set[str] = set()
    for wait_s in (0.0, 0.001, 0.003, 0.006, 0.01, 0.02, 0.05):
        working = asyncio.create_task(Worker(pool=pool, jobs_dsn=dsn, kinds={}, now=lambda: NOW).run())
        await asyncio.sleep(wait_s)
        seen |= pools_at_work() - before
        assert not await end_tasks([working], again_s=0.2)
        assert pools_at_work() == before, f"stopped after {wait_s} s"
    assert seen
