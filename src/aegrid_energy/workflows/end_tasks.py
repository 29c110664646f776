"""End what runs beside the doors, and see that it has ended."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

#: A task that has not ended is told again after this time: longer than a worker's grace for its jobs. [s]
_AGAIN_S: Final = 1.5
#: After this time nothing more is waited for. [s]
_WITHIN_S: Final = 6.0


async def end_tasks(
    tasks: Sequence["asyncio.Future[Any]"], *, again_s: float = _AGAIN_S, within_s: float = _WITHIN_S
) -> list["asyncio.Future[Any]"]:
    """Cancel tasks and wait for their end; what they raise is left in them.

    One cancellation is not enough: before Python 3.12 `asyncio.wait_for` swallows one that comes in the same
    moment as what it waited for, and every wait for the database goes through it.

    Args:
        tasks: What is to end.
        again_s: How long to wait before they are told again. [s]
        within_s: How long to wait in all. [s]

    Returns:
        Those that have not ended.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    pending = [task for task in tasks if not task.done()]
    while pending and (left_s := deadline - loop.time()) > 0:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=min(again_s, left_s))
        pending = [task for task in pending if not task.done()]
    return pending
