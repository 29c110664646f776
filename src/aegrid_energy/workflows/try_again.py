"""Try again what somebody else's write at the same moment undid: a few times, after a random pause.

Every write of readings goes through here, so how often is said once.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from aegrid_energy.domain.errors import ConflictError, EnergyError, UnavailableError

TRIES: Final = 5
#: Longest pause before the second try; it doubles each time. [s]
_PAUSE_S: Final = 0.02
#: What the next try may find gone; the transaction was rolled back, so nothing is done twice.
_CONFLICTS: Final = frozenset({"block_moved", "hot_moved", "series_busy", "import_moved"})

_T = TypeVar("_T")


def is_passing(error: EnergyError) -> bool:
    """Whether the same work may succeed a moment later, because only another writer was in its way."""
    if isinstance(error, ConflictError):
        return error.code in _CONFLICTS
    return isinstance(error, UnavailableError) and error.code == "database_conflict"


async def try_again(make: Callable[[], Awaitable[_T]]) -> _T:
    """The result of work in a transaction of its own, begun anew where another writer was in its way.

    Raises:
        ConflictError: `block_moved`, `hot_moved`, `series_busy`, `import_moved`: somebody kept changing the
            same readings.
        UnavailableError: `database_conflict`: the same, found by the database.
    """
    for attempt in range(TRIES - 1):
        try:
            return await make()
        except EnergyError as error:
            if not is_passing(error):
                raise
        # Writers that met once would meet again if they waited equally long.
        await asyncio.sleep(random.uniform(0, _PAUSE_S * 2**attempt))  # noqa: S311  # no secret
    return await make()
