"""Jobs: seen by who started them and by who sees all, and stopped."""

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from access_socket import open_socket
from access_world import ORIGIN, World, make_world
from aegrid_energy.api import live
from aegrid_energy.api.application import ROUTERS
from aegrid_energy.api.live_bus import LiveBus
from aegrid_energy.domain.access import Grant, Role, ScopeKind
from aegrid_energy.storage.jobs import end_job, open_job, start_job
from aegrid_energy.storage.pool import Pool, transaction

JOBS = "/api/energy/jobs"


@pytest.fixture
async def world(access_pool: Pool, password_hash: str) -> World:
    return await make_world(access_pool, password_hash, routers=ROUTERS)


async def start(world: World, role: Role = Role.ENERGY_MANAGER) -> UUID:
    job_id = uuid4()
    actor = f"account:{world.own.people[role].id}"
    tenant_no = world.own.tenant_no
    async with transaction(world.context.pool, tenant_no) as conn:
        await open_job(
            conn,
            job_id,
            tenant_no=tenant_no,
            kind="load_upload",
            args={"upload_id": "x", "name": "meter.csv"},
            actor=actor,
        )
    return job_id


async def test_a_job_is_listed_and_read(world: World) -> None:
    job_id = await start(world)
    async with world.as_role(Role.EXECUTIVE) as client:
        (job,) = (await client.get(JOBS)).json()["jobs"]
        one = (await client.get(f"{JOBS}/{job_id}")).json()
    assert (job["id"], job["status"], job["kind"]) == (str(job_id), "queued", "load_upload")
    assert (job["about"], job["created_by_name"]) == ("meter.csv", "Person")
    assert one == job
    assert "args" not in one


async def test_a_job_that_nobody_has_taken_up_is_cancelled_at_once(world: World) -> None:
    job_id = await start(world)
    async with world.as_role(Role.ENERGY_MANAGER) as client:
        answer = await client.delete(f"{JOBS}/{job_id}")
        again = await client.delete(f"{JOBS}/{job_id}")
    assert (answer.status_code, answer.json()["status"]) == (202, "cancelled")
    assert (again.status_code, again.json()["code"]) == (409, "job_over")


async def test_a_running_job_is_asked_to_stop(world: World) -> None:
    job_id = await start(world)
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        await start_job(conn, job_id, now=world.clock.now)
    async with world.as_role(Role.ADMINISTRATOR) as client:
        job = (await client.delete(f"{JOBS}/{job_id}")).json()
    assert (job["status"], job["is_cancel_asked"]) == ("running", True)


async def test_the_result_of_a_job_is_told(world: World) -> None:
    job_id = await start(world)
    tenant_no = world.own.tenant_no
    async with transaction(world.context.pool, tenant_no) as conn:
        await end_job(conn, tenant_no, job_id, status="done", now=world.clock.now, result={"added": 3})
    async with world.as_role(Role.ENERGY_MANAGER) as client:
        job = (await client.get(f"{JOBS}/{job_id}")).json()
    assert (job["status"], job["result"], job["finished_at"]) == (
        "done",
        {"added": 3},
        "2026-03-02T01:00:00Z",
    )


async def test_own_jobs_are_found_behind_newer_ones_of_others(world: World) -> None:
    grant = Grant(role=Role.TECHNICIAN, scope_kind=ScopeKind.SITE, scope_id=world.own.site_id)
    account = await world.person(grant)
    mine, tenant_no = uuid4(), world.own.tenant_no
    async with transaction(world.context.pool, tenant_no) as conn:
        await open_job(
            conn, mine, tenant_no=tenant_no, kind="load_upload", args={}, actor=f"account:{account.id}"
        )
    await start(world)
    async with world.client(token=await world.token(account), tenant=world.own.slug) as client:
        jobs = (await client.get(JOBS, params={"limit": 1})).json()["jobs"]
    assert [job["id"] for job in jobs] == [str(mine)]


async def test_others_jobs_are_seen_by_nobody_whose_scope_is_narrow(world: World) -> None:
    job_id = await start(world)
    narrow = Grant(role=Role.ENERGY_MANAGER, scope_kind=ScopeKind.SITE, scope_id=world.own.site_id)
    token = await world.token(await world.person(narrow))
    async with world.client(token=token, tenant=world.own.slug) as client:
        assert (await client.get(JOBS)).json()["jobs"] == []
        assert (await client.get(f"{JOBS}/{job_id}")).status_code == 404
        assert (await client.delete(f"{JOBS}/{job_id}")).status_code == 404
    async with world.as_role(Role.EXECUTIVE) as client:
        assert (await client.delete(f"{JOBS}/{job_id}")).status_code == 403


async def test_jobs_of_another_tenant_are_not_found(world: World) -> None:
    job_id = await start(world)
    async with world.client(token=world.other.tokens[Role.ADMINISTRATOR], tenant=world.other.slug) as client:
        assert (await client.get(JOBS)).json()["jobs"] == []
        assert (await client.get(f"{JOBS}/{job_id}")).status_code == 404
        assert (await client.delete(f"{JOBS}/{job_id}")).status_code == 404


async def test_who_watches_jobs_is_told_at_once_of_those_that_go_on(
    access_pool: Pool, password_hash: str
) -> None:
    world = await make_world(access_pool, password_hash, routers=(live.router,))
    world.app.state.live_bus = LiveBus(access_pool, "")
    going_on, over, others = await start(world), await start(world), await start(world, Role.ADMINISTRATOR)
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        await end_job(conn, world.own.tenant_no, over, status="done", now=world.clock.now)
    enough = asyncio.Event()
    heard: list[dict[str, Any]] = []

    def hear(text: str) -> None:
        heard.append(json.loads(text))
        if heard[-1]["type"] == "job":
            enough.set()

    await open_socket(
        world.app,
        "/ws/energy/live",
        headers={"origin": ORIGIN, "cookie": f"aegrid={world.own.tokens[Role.ENERGY_MANAGER]}"},
        says=['{"type": "subscribe", "topics": ["jobs"]}'],
        hears=hear,
        until=enough,
    )
    (job,) = [message for message in heard if message["type"] == "job"]
    assert (job["job_id"], job["kind"], job["status"]) == (str(going_on), "load_upload", "queued")
    assert str(others) not in {message.get("job_id") for message in heard}
