"""Keep house: what is due from time to time, by one process at a time, whoever gets there first."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Final

import structlog

from aegrid_energy.domain.errors import EnergyError
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.idempotency import ANSWERS_KEPT_DAYS, forget_answers
from aegrid_energy.storage.imports import REFUSALS_KEPT_DAYS, end_live_imports, forget_refusals
from aegrid_energy.storage.memberships import list_tenants
from aegrid_energy.storage.merge import due_for_merge, merge_series
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.retention import Expired, drop_expired, tenants_keeping
from aegrid_energy.storage.staged_uploads import forget_uploads
from aegrid_energy.workflows.add_up_months import MARKS, add_up_months
from aegrid_energy.workflows.run_jobs import is_cancelled
from aegrid_energy.workflows.try_again import try_again

_log = structlog.get_logger(__name__)
_EVERY_S: Final = 60.0
#: Any number, the same in every process: who holds it keeps house.
_LOCK: Final = 0x41656772
#: Who the record names.
_ACTOR: Final = "housekeeping"
#: Something that is due, in a transaction of a tenant at a time.
Due = Callable[[Pool, int, datetime], Awaitable[None]]


async def keep_house(
    pool: Pool, *, now: Callable[[], datetime], owner: Callable[[], Pool] | None = None
) -> None:
    """Do what is due for every tenant, until cancelled.

    Args:
        pool: As the role of jobs.
        now: The clock.
        owner: Opens the way of the tables' owner, where it is at hand: once a day readings past their keeping
            are dropped through it.
    """
    dropped_on: date | None = None
    while True:
        at = now()
        try:
            await keep_house_once(pool, now=at)
            if owner is not None and dropped_on != at.date():
                async with owner() as owning:
                    await drop_past_keeping(owning, now=at)
                dropped_on = at.date()
        except EnergyError as error:
            _log.warning("housekeeping_interrupted", code=error.code)
        if is_cancelled():
            return
        await asyncio.sleep(_EVERY_S)


async def keep_house_once(pool: Pool, *, now: datetime, dues: Iterable[Due] | None = None) -> None:
    """One round; nothing where another process is at it. What fails for a tenant stops neither the others."""
    async with transaction(pool, None) as conn:
        if not await _is_mine(conn):
            return
        for tenant in await list_tenants(conn):
            for due in DUES if dues is None else dues:
                try:
                    await due(pool, tenant.tenant_no, now)
                except EnergyError as error:
                    _log.warning("due_failed", tenant_no=tenant.tenant_no, due=due.__name__, code=error.code)


async def drop_past_keeping(owner: Pool, *, now: datetime) -> list[Expired]:
    """Drop what tenants said they do not keep; nothing where another process is at it."""
    async with transaction(owner, None) as conn:
        if not await _is_mine(conn):
            return []
        keep_from = await tenants_keeping(conn, now=now)
        expired = await drop_expired(conn, keep_from, now=now, actor=_ACTOR)
    for one in expired:
        _log.info("readings_expired", tenant_no=one.tenant_no, where=one.partition, readings=one.readings)
    return expired


async def _is_mine(conn: Connection) -> bool:
    cursor = await conn.execute("select pg_try_advisory_xact_lock(%s)", (_LOCK,))
    row = await cursor.fetchone()
    return bool(row and row[0])


async def merge_hot(pool: Pool, tenant_no: int, now: datetime) -> None:
    """Move live readings into blocks."""

    async def attempt() -> None:
        async with transaction(pool, tenant_no) as conn:
            await merge_series(conn, await due_for_merge(conn, now=now))

    await try_again(attempt)


async def add_up(pool: Pool, tenant_no: int, now: datetime) -> None:  # noqa: ARG001  # as everything due
    """Add the months up again whose days have changed, some at a time."""
    taken = MARKS
    while taken == MARKS and not is_cancelled():
        async with transaction(pool, tenant_no) as conn:
            taken = await add_up_months(conn)


async def forget(pool: Pool, tenant_no: int, now: datetime) -> None:
    """End the live loads of yesterday; forget old refusals, kept answers and uploads."""
    async with transaction(pool, tenant_no) as conn:
        await end_live_imports(conn, now=now)
        await forget_refusals(conn, before=now - timedelta(days=REFUSALS_KEPT_DAYS))
        await forget_answers(conn, before=now - timedelta(days=ANSWERS_KEPT_DAYS))
        await forget_uploads(conn, now=now)


DUES: Final[Iterable[Due]] = (merge_hot, add_up, forget)
