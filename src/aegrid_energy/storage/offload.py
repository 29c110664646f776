"""Array work beside the event loop, where it is worth a thread."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

_T = TypeVar("_T")
#: A hand-over to a thread and back takes up to 2 ms, in which this many slots (two meter-years) are done.
_THREAD_SLOTS: Final = 220_000


async def offloaded(slots: int, how: Callable[[], _T]) -> _T:
    """Run array work in a thread, unless it is small.

    Args:
        slots: How many readings it works on.
        how: The work.
    """
    return how() if slots < _THREAD_SLOTS else await asyncio.to_thread(how)
