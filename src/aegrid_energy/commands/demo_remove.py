"""What `demo --remove` does."""

import asyncio

from aegrid_energy.main import clock, open_database, set_up_logging, settings_now
from aegrid_energy.storage.demo_removal import RemovedDemo, remove_demo
from aegrid_energy.storage.memberships import list_tenants
from aegrid_energy.storage.pool import build_pool, transaction
from aegrid_energy.storage.roles import Role


def run_removal() -> int:
    """Remove every demonstration of the database, and say what went."""
    settings = settings_now()
    set_up_logging(settings)
    with open_database(settings) as server:
        removed = asyncio.run(_remove(server.dsn(Role.APP)))
    for name, gone in removed.items():
        print(f"Removed {name}: {gone.sites} sites, {gone.meters} meters, {gone.series} series.")
    if not removed:
        print("There is no demonstration in this database.")
    return 0


async def _remove(dsn: str) -> dict[str, RemovedDemo]:
    removed: dict[str, RemovedDemo] = {}
    async with build_pool(dsn, name="removal") as pool:
        async with transaction(pool, None) as conn:
            tenants = [tenant for tenant in await list_tenants(conn) if tenant.is_demo]
        for tenant in tenants:
            async with transaction(pool, tenant.tenant_no) as conn:
                removed[tenant.name] = await remove_demo(conn, name=tenant.name, now=clock(), actor="console")
    return removed
