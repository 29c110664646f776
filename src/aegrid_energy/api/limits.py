"""Rates per key, session or address, sockets per session, and how many passwords are hashed at once."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from math import ceil
from time import time

import anyio
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from aegrid_energy.domain.errors import RefusedError

SOCKETS_PER_SESSION = 20


class Limiter:
    """Counts calls in the memory of this process; sign-in attempts are counted in the database instead.

    Args:
        key: Calls of one API key: a gateway with 200 points once a second, and room to catch up.
        session: Calls of one signed-in browser.
        address: Calls of one network address that has not said who it is.
    """

    def __init__(
        self, *, key: str = "60000/minute", session: str = "3000/minute", address: str = "600/minute"
    ) -> None:
        self._strategy = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._rates: dict[str, RateLimitItem] = {
            "key": parse(key),
            "session": parse(session),
            "address": parse(address),
        }
        self._sockets: Counter[str] = Counter()
        #: argon2id takes 19 MiB and 50 ms of a core each: a flood of sign-ins waits in a queue.
        self.password_slots = anyio.CapacityLimiter(4)

    def count(self, kind: str, subject: str) -> None:
        """Count one call.

        Args:
            kind: `key`, `session` or `address`.
            subject: Which one.

        Raises:
            RefusedError: `too_many_requests`, with the seconds to wait.
        """
        rate = self._rates[kind]
        if not self._strategy.hit(rate, kind, subject):
            reset_at = self._strategy.get_window_stats(rate, kind, subject).reset_time
            raise RefusedError("too_many_requests", retry_after_s=max(1, ceil(reset_at - time())))

    @contextmanager
    def socket(self, subject: str) -> Generator[None]:
        """Hold one of the sockets of a session or key while it is open.

        Raises:
            RefusedError: `too_many_requests` when it has as many as it may.
        """
        if self._sockets[subject] >= SOCKETS_PER_SESSION:
            raise RefusedError("too_many_requests", retry_after_s=5)
        self._sockets[subject] += 1
        try:
            yield
        finally:
            self._sockets[subject] -= 1
            if not self._sockets[subject]:
                del self._sockets[subject]
