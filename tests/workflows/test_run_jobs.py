"""A job that met another writer goes back to the queue, and ends all the same when that goes on for ever."""

from typing import Any

import pytest

from aegrid_energy.domain.errors import ConflictError, EnergyError, UnavailableError
from aegrid_energy.domain.ids import new_id
from aegrid_energy.storage.jobs import Job, find_job, open_job
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.workflows.run_jobs import Work, run_job
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
