"""Listening for announcements on a connection of its own, which reconnects and says when it did."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

import psycopg
import structlog

from aegrid_energy.storage.announce import CHANNEL, Notice, parse_notice

_log = structlog.get_logger(__name__)
_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 10.0


async def notices(dsn: str) -> AsyncIterator[Notice | None]:
    """Announcements as they are committed; None says: some may have been missed, look at everything.

    Args:
        dsn: As the app role; the connection carries no tenant and reads no table.
    """
    pause = _FIRST_PAUSE_S
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
                await connection.execute(f"listen {CHANNEL}")
                yield None
                pause = _FIRST_PAUSE_S
                async for message in connection.notifies():
                    with suppress(ValueError, KeyError, TypeError, AttributeError):
                        yield parse_notice(message.payload)
        except psycopg.OperationalError as error:
            _log.warning("listening_interrupted", why=str(error).strip(), retry_in_s=pause)
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_S)
