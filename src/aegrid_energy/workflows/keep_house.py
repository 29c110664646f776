"""Keep house: what is due from time to time, by one process at a time, whoever gets there first."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from aegrid_energy.domain.errors import EnergyError
from aegrid_energy.storage.idempotency import ANSWERS_KEPT_DAYS, forget_answers
from aegrid_energy.storage.imports import REFUSALS_KEPT_DAYS, forget_refusals
from aegrid_energy.storage.memberships import list_tenants
from aegrid_energy.storage.merge import due_for_merge, merge_series
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.workflows.run_jobs import is_cancelled

_log = structlog.get_logger(__name__)
_EVERY_S: Final = 60.0
#: Any number, the same in every process: who holds it keeps house.
_LOCK: Final = 0x41656772


async def keep_house(pool: Pool, *, now: Callable[[], datetime]) -> None:
    """Merge hot rows, forget old refusals and kept answers, for every tenant, until cancelled."""
    while True:
        try:
            await keep_house_once(pool, now=now())
        except EnergyError as error:
            _log.warning("housekeeping_interrupted", code=error.code)
        if is_cancelled():
            return
        await asyncio.sleep(_EVERY_S)


async def keep_house_once(pool: Pool, *, now: datetime) -> None:
    """One round; nothing where another process is at it."""
    async with transaction(pool, None) as conn:
        cursor = await conn.execute("select pg_try_advisory_xact_lock(%s)", (_LOCK,))
        row = await cursor.fetchone()
        if not row or not row[0]:
            return
        for tenant in await list_tenants(conn):
            async with transaction(pool, tenant.tenant_no) as own:
                await merge_series(own, await due_for_merge(own, now=now))
                await forget_refusals(own, before=now - timedelta(days=REFUSALS_KEPT_DAYS))
                await forget_answers(own, before=now - timedelta(days=ANSWERS_KEPT_DAYS))
