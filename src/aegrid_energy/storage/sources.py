"""Sources: every reading names the load that put it there, and each load is an import."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from psycopg import AsyncCursor

from aegrid_energy.domain.errors import NotFoundError
from aegrid_energy.domain.zones import at_of
from aegrid_energy.storage.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceKey:
    """Where readings come from.

    Args:
        import_id: The load.
        provider: Who says it: within one the later update stands, between two the better quality.
        kind: file, api, live, correction, derived.
        actor: Who loaded it.
        update_ms: When the provider last touched them, ms since the epoch; None: not told, so the time of
            receipt counts.
    """

    import_id: UUID
    provider: str
    kind: str
    actor: str
    file: str = ""
    sha256: bytes | None = None
    first_row: int | None = None
    last_row: int | None = None
    update_ms: int | None = None


async def open_sources(conn: Connection, keys: Sequence[SourceKey]) -> list[int]:
    """New sources, their numbers in the order of the keys."""
    rows = await conn.execute(
        """insert into source (import_id, provider, kind, actor, file, sha256, first_row, last_row,
            update_time)
           select import_id, provider, kind, actor, file, sha256, first_row, last_row,
               coalesce(update_time, now())
           from unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bytea[], %s::int[],
                       %s::int[], %s::timestamptz[]) with ordinality
               as k(import_id, provider, kind, actor, file, sha256, first_row, last_row, update_time, n)
           order by n returning source_no""",
        (
            [k.import_id for k in keys],
            [k.provider for k in keys],
            [k.kind for k in keys],
            [k.actor for k in keys],
            [k.file for k in keys],
            [k.sha256 for k in keys],
            [k.first_row for k in keys],
            [k.last_row for k in keys],
            [None if k.update_ms is None else at_of(k.update_ms) for k in keys],
        ),
    )
    return sorted(int(row[0]) for row in await rows.fetchall())


async def open_source(conn: Connection, key: SourceKey) -> int:
    """A new source."""
    return (await open_sources(conn, [key]))[0]


@dataclass(frozen=True, slots=True)
class Standing:
    """What precedence needs to know of sources, looked up by number.

    Args:
        numbers: Ascending, shape (k,).
        providers: The same number for sources of one provider, shape (k,).
        updates_ms: Time of update, shape (k,). [ms]
        told: Whether the provider told that time, shape (k,).
    """

    numbers: NDArray[np.int32]
    providers: NDArray[np.int64]
    updates_ms: NDArray[np.int64]
    told: NDArray[np.bool_]

    def provider(self, source: NDArray[np.int32]) -> NDArray[np.int64]:
        """The provider of each slot's source, shape of `source`; -1 where unknown."""
        return self._looked_up(self.providers, source, -1)

    def update_ms(self, source: NDArray[np.int32]) -> NDArray[np.int64]:
        """Time of update of each slot's source in ms since the epoch."""
        return self._looked_up(self.updates_ms, source, 0)

    def any_told(self, source: NDArray[np.int32] | int) -> bool:
        """Whether any of these sources was told its time of update."""
        return bool(self.told[np.isin(self.numbers, source)].any())

    def _looked_up(
        self, values: NDArray[np.int64], source: NDArray[np.int32], otherwise: int
    ) -> NDArray[np.int64]:
        if not len(self.numbers):
            return np.full(source.shape, otherwise, dtype=np.int64)
        at = np.minimum(np.searchsorted(self.numbers, source), len(self.numbers) - 1)
        return np.where(self.numbers[at] == source, values[at], otherwise)


async def standing(conn: Connection, source_nos: Iterable[int]) -> Standing:
    """Providers and times of update of sources; unknown ones are left out."""
    return await answered_standing(await ask_standing(conn, source_nos))


async def ask_standing(conn: Connection, source_nos: Iterable[int]) -> AsyncCursor[tuple[Any, ...]]:
    """Ask for a standing inside a pipeline; `answered_standing` takes the answer afterwards."""
    return await conn.execute(
        """select source_no, provider, update_time, update_time <> received_at from source
           where source_no = any(%s) order by source_no""",
        (sorted({int(n) for n in source_nos}),),
    )


async def answered_standing(asked: AsyncCursor[tuple[Any, ...]], *, needed: Iterable[int] = ()) -> Standing:
    """The answer to `ask_standing`.

    Raises:
        NotFoundError: `source_not_found` for the first of `needed` that this tenant does not have.
    """
    held = await asked.fetchall()
    providers: dict[str, int] = {}
    found = Standing(
        np.array([row[0] for row in held], dtype=np.int32),
        np.array([providers.setdefault(row[1], len(providers)) for row in held], dtype=np.int64),
        np.array([_ms(row[2]) for row in held], dtype=np.int64),
        np.array([row[3] for row in held], dtype=np.bool_),
    )
    for number in sorted({int(n) for n in needed}.difference(found.numbers.tolist())):
        raise NotFoundError("source_not_found", source_no=number)
    return found


def _ms(at: datetime) -> int:
    return int((at - _EPOCH).total_seconds() * 1000)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of the readings sent for one series."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    outranked: int = 0
    #: Start of the first and end of the last reading sent. [ms]
    first_ms: int = 0
    last_ms: int = 0

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(
            added=self.added + other.added,
            changed=self.changed + other.changed,
            unchanged=self.unchanged + other.unchanged,
            outranked=self.outranked + other.outranked,
            first_ms=min(self.first_ms, other.first_ms),
            last_ms=max(self.last_ms, other.last_ms),
        )


async def open_import(
    conn: Connection,
    import_id: UUID,
    *,
    kind: str,
    actor: str,
    file_name: str = "",
    status: str = "running",
    note: str = "",
) -> None:
    """A new load."""
    await conn.execute(
        """insert into import (id, kind, actor, file_name, status, note, finished_at)
           values (%(id)s, %(kind)s, %(actor)s, %(file)s, %(status)s, %(note)s,
                   case when %(status)s = 'running' then null else now() end)""",
        {"id": import_id, "kind": kind, "actor": actor, "file": file_name, "status": status, "note": note},
    )


async def count_import(conn: Connection, import_id: UUID, outcomes: Mapping[int, Outcome]) -> None:
    """Add what became of readings to the counters of their import, and to its list of series."""
    kept = sorted(outcomes.items())
    async with conn.pipeline():
        await _count(conn, import_id, kept)


async def list_touched(conn: Connection, import_id: UUID, outcomes: Mapping[int, Outcome]) -> None:
    """List series with a load that nobody sent for it: they were computed from what it brought."""
    await _list_series(conn, import_id, sorted(outcomes.items()))


async def _count(conn: Connection, import_id: UUID, kept: Sequence[tuple[int, Outcome]]) -> None:
    await _list_series(conn, import_id, kept)
    await conn.execute(
        """update import set added = added + %s, changed = changed + %s, unchanged = unchanged + %s,
                             outranked = outranked + %s where id = %s""",
        (*(sum(getattr(o, name) for _, o in kept) for name in _COUNTERS), import_id),
    )


async def _list_series(conn: Connection, import_id: UUID, kept: Sequence[tuple[int, Outcome]]) -> None:
    await conn.execute(
        """insert into import_series (import_id, series_no, first_at, last_at, added, changed,
            unchanged, outranked)
           select %s, k.* from unnest(%s::int[], %s::timestamptz[], %s::timestamptz[], %s::int[], %s::int[],
                                      %s::int[], %s::int[]) k
           on conflict (import_id, series_no) do update set
               first_at = least(import_series.first_at, excluded.first_at),
               last_at = greatest(import_series.last_at, excluded.last_at),
               added = import_series.added + excluded.added,
               changed = import_series.changed + excluded.changed,
               unchanged = import_series.unchanged + excluded.unchanged,
               outranked = import_series.outranked + excluded.outranked""",
        (
            import_id,
            [number for number, _ in kept],
            [at_of(o.first_ms) for _, o in kept],
            [at_of(o.last_ms) for _, o in kept],
            *([getattr(o, name) for _, o in kept] for name in _COUNTERS),
        ),
    )


_COUNTERS = ("added", "changed", "unchanged", "outranked")
