"""Connections: a pool per process and role, and the transaction that every statement runs in."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Final

import psycopg
from psycopg import errors
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from aegrid_energy.domain.errors import UnavailableError

Connection = psycopg.AsyncConnection[TupleRow]
Pool = AsyncConnectionPool[Connection]

SIZE: Final = 10
#: How long a request waits for a free connection. [s]
ACQUIRE_S: Final = 2.0
#: How long it waits in all until the transaction is open; a caller hears of a frozen server within 3 s. [s]
ANSWER_S: Final = 2.9

# The setting that the tenant policies read; only ever set for one transaction.
_SET_TENANT: Final = "select set_config('app.tenant_no', %s, true)"
_READ_TENANT: Final = "select coalesce(current_setting('app.tenant_no', true), '')"

#: What the database says -> our code; the first that fits. All of them can go away by themselves.
_CODES: Final[tuple[tuple[type[psycopg.Error], str], ...]] = (
    (errors.QueryCanceled, "database_too_slow"),
    (errors.LockNotAvailable, "database_too_slow"),
    (errors.SerializationFailure, "database_conflict"),
    (errors.DeadlockDetected, "database_conflict"),
    (errors.DiskFull, "disk_full"),
    (psycopg.OperationalError, "database_unavailable"),
)


class TenantLeftError(Exception):
    """A connection came back with a tenant still set; a mistake of ours, and the connection is dropped."""


def build_pool(dsn: str, *, name: str, size: int = SIZE) -> Pool:
    """A pool, not yet open: `async with pool`, or `await pool.open()` and `close()`.

    Args:
        dsn: Connection string of one role; it carries the role's settings and time limits.
        name: Shown in the pool's own log lines and in `pg_stat_activity`.
        size: Connections at most; the pool grows up to it on demand.
    """
    return AsyncConnectionPool(
        dsn,
        connection_class=psycopg.AsyncConnection[TupleRow],
        min_size=1,
        max_size=size,
        timeout=ACQUIRE_S,
        max_waiting=size * 50,  # more callers than can be served in time are told so at once
        open=False,
        name=name,
        reset=_refuse_tenant_left,
        # Autocommit: a transaction is what `transaction` opens, never what a stray statement left behind.
        kwargs={"autocommit": True, "prepare_threshold": 3, "application_name": f"aegrid {name}"},
    )


@asynccontextmanager
async def transaction(pool: Pool, tenant_no: int | None) -> AsyncGenerator[Connection, None]:
    """One transaction of one tenant; committed at the end, rolled back on any error.

    Args:
        pool: Where the connection comes from.
        tenant_no: Whose rows the policies show; None for work outside any tenant.

    Raises:
        UnavailableError: `database_unavailable`, `database_too_slow`, `database_conflict` or `disk_full`.
    """
    asked = time.monotonic()
    try:
        async with pool.connection() as connection, AsyncExitStack() as stack:
            with _hang_up_after(connection, ANSWER_S - (time.monotonic() - asked)):
                await stack.enter_async_context(connection.transaction())
                if tenant_no is not None:
                    await connection.execute(_SET_TENANT, [str(tenant_no)])
            yield connection
    except (PoolTimeout, PoolClosed, TooManyRequests) as error:
        raise UnavailableError("database_unavailable", why=str(error)) from error
    except psycopg.OperationalError as error:
        raise unavailable(error) from error


def unavailable(error: psycopg.Error) -> UnavailableError:
    """Our error for one of the database's that can go away by itself."""
    code = next((code for kind, code in _CODES if isinstance(error, kind)), "database_unavailable")
    return UnavailableError(code, why=str(error).strip(), sqlstate=error.sqlstate)


@contextmanager
def _hang_up_after(connection: Connection, seconds: float) -> Generator[None, None, None]:
    """Close the line if the block takes longer: a frozen server answers no cancel request either."""
    timer = asyncio.get_running_loop().call_later(seconds, _hang_up, connection)
    try:
        yield
    finally:
        timer.cancel()


def _hang_up(connection: Connection) -> None:
    if connection.closed:
        return
    # The descriptor stays with the connection; whoever waits on it reads the end of the stream.
    line = socket.socket(fileno=os.dup(connection.fileno()))
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it has hung up by itself
    finally:
        line.close()


async def _refuse_tenant_left(connection: Connection) -> None:
    row = await (await connection.execute(_READ_TENANT)).fetchone()
    if row is None or row[0]:
        raise TenantLeftError
