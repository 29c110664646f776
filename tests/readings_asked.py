"""Consumption asked over HTTP, for tests of what is answered."""

from typing import Any
from uuid import UUID

import httpx

from access_world import World
from aegrid_energy.domain.access import Role
from aegrid_energy.storage.pool import transaction
from readings_sent import DAY

GET = "/api/energy/consumption"


async def asked(
    world: World,
    *,
    asset: UUID | None = None,
    tail: str = "",
    accept: str = "application/json",
    **params: Any,
) -> httpx.Response:
    async with world.as_role(Role.EXECUTIVE) as client:
        path = f"{GET}/{asset or world.own.site_id}{tail}"
        return await client.get(path, params=DAY | params, headers={"Accept": accept})


async def body_of(world: World, **params: Any) -> dict[str, Any]:
    answer = await asked(world, **params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def done(world: World, statement: str, *params: object) -> None:
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        await conn.execute(statement, params)  # pyright: ignore[reportArgumentType]
