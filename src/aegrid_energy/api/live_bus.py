"""Who watches which series in this process; one look at the database a notice, whoever watches."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

import structlog

from aegrid_energy.domain.errors import UnavailableError
from aegrid_energy.storage.announce import Notice
from aegrid_energy.storage.latest import Latest, latest
from aegrid_energy.storage.listen import notices
from aegrid_energy.storage.pool import Pool, transaction

_log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True, eq=False)
class Watcher:
    """One socket's view: what it watches, and what has changed since it last looked."""

    tenant_no: int
    series: set[int] = field(default_factory=set)
    changed: set[int] = field(default_factory=set)
    jobs: set[object] = field(default_factory=set)
    is_lost: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)


class LiveBus:
    """Takes notices from the database to the sockets of this process.

    The newest reading of every watched series is kept, so a hundred sockets on one asset cost one query.
    """

    def __init__(self, pool: Pool, dsn: str) -> None:
        self._pool = pool
        self._dsn = dsn
        self._watchers: dict[int, set[Watcher]] = {}
        self._latest: dict[int, Latest] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to listen."""
        self._task = asyncio.create_task(self._listen(), name="live-bus")

    async def stop(self) -> None:
        """Stop to listen."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def join(self, watcher: Watcher) -> None:
        """A socket opens."""
        self._watchers.setdefault(watcher.tenant_no, set()).add(watcher)

    def leave(self, watcher: Watcher) -> None:
        """A socket closes; what nobody watches is forgotten."""
        left = self._watchers.get(watcher.tenant_no, set())
        left.discard(watcher)
        watched = set[int]().union(*(w.series for w in left))
        for number in watcher.series - watched:
            self._latest.pop(number, None)

    async def look(self, watcher: Watcher, series_nos: Iterable[int]) -> dict[int, Latest]:
        """The newest readings of series, from the database where they are not watched yet."""
        wanted = set(series_nos)
        unknown = wanted - self._latest.keys()
        watcher.series |= wanted
        if unknown:
            await self._read(watcher.tenant_no, unknown)
        return {number: self._latest[number] for number in wanted if number in self._latest}

    def newest(self, series_nos: Iterable[int]) -> dict[int, Latest]:
        """What is known of watched series."""
        return {number: self._latest[number] for number in series_nos if number in self._latest}

    async def _listen(self) -> None:
        async for notice in notices(self._dsn):
            try:
                if notice is None:
                    for tenant_no in list(self._watchers):
                        await self._take(Notice(tenant_no=tenant_no, series=None))
                else:
                    await self._take(notice)
            except UnavailableError as error:
                # The listening connection breaks too, and everything is looked at again when it is back.
                _log.warning("live_values_not_read", code=error.code)

    async def _take(self, notice: Notice) -> None:
        watchers = self._watchers.get(notice.tenant_no, set())
        if not watchers:
            return
        if notice.job_id is not None:
            for watcher in watchers:
                watcher.jobs.add(notice.job_id)
                watcher.wake.set()
            return
        watched = set[int]().union(*(w.series for w in watchers))
        touched = watched if notice.series is None else watched & set(notice.series)
        if not touched:
            return
        await self._read(notice.tenant_no, touched)
        for watcher in watchers:
            changed = watcher.series & touched
            if changed:
                watcher.changed |= changed
                watcher.wake.set()

    async def _read(self, tenant_no: int, series_nos: set[int]) -> None:
        async with transaction(self._pool, tenant_no) as conn:
            self._latest.update(await latest(conn, series_nos))
