"""Bulk write: what was sent is merged with what is held and written with everything that follows from it.

Blocks, revisions, local days, newest values, marks on months and counters of the import change in the
transaction of the caller: all or nothing.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from psycopg.errors import UniqueViolation

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.errors import ConflictError, InvalidError
from aegrid_energy.storage import packed
from aegrid_energy.storage.block_panel import (
    Merged,
    Panel,
    State,
    all_new,
    differing,
    merged,
    touched_blocks,
)
from aegrid_energy.storage.block_plan import Sent, SentMatrix, panels_of, panels_of_matrix
from aegrid_energy.storage.block_rows import (
    BlockWrite,
    Expected,
    Held,
    encode_blocks,
    fetch_held,
    write_blocks,
)
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.kept_out import KeptOut, write_kept_out
from aegrid_energy.storage.latest import LatestWrite, latest_of, write_latest
from aegrid_energy.storage.offload import offloaded
from aegrid_energy.storage.readings_irregular import store_irregular
from aegrid_energy.storage.revisions import Revision, revisions_of, write_revisions
from aegrid_energy.storage.rollup_days import day_rows
from aegrid_energy.storage.rollups import RollupWrite, pack_days, write_days
from aegrid_energy.storage.series import Layout, answered_layouts, ask_layouts
from aegrid_energy.storage.sources import (
    Outcome,
    Standing,
    answered_standing,
    ask_standing,
    count_import,
    standing,
)

#: Readings of one series that are worked on at once.
_PART_READINGS: Final = 3_000_000


async def store(
    conn: Connection, sent: Sequence[Sent], *, import_id: UUID | None = None, reason: str = ""
) -> dict[int, Outcome]:
    """Store readings of any series.

    Args:
        conn: In the transaction that all of it belongs to; its tenant is set.
        sent: What was sent, no series twice.
        import_id: The load whose counters go up.
        reason: Why held values are replaced, where a person does it.

    Returns:
        What became of the readings of each series.

    Raises:
        NotFoundError: `series_not_found`, `source_not_found`.
        InvalidError: `series_twice`, `step_mismatch`, `off_grid`, `readings_not_sorted`,
            `value_out_of_range`, `time_out_of_range`.
        ConflictError: `block_moved`; the whole may be tried again.
    """
    numbers = [one.series_no for one in sent]
    if len(set(numbers)) != len(numbers):
        raise InvalidError("series_twice")
    opened = await open_series(conn, numbers, sources_of(sent))
    return await store_opened(conn, sent, opened, import_id=import_id, reason=reason)


async def store_opened(
    conn: Connection, sent: Sequence[Sent], opened: "Opened", *, import_id: UUID | None, reason: str
) -> dict[int, Outcome]:
    """Store readings of series that are open; see `store`."""
    held, told = opened.layouts, opened.sources
    outcomes: dict[int, Outcome] = {}
    for part in _parts([one for one in sent if held[one.series_no].grid is not None]):
        of_part = await store_panels(
            conn,
            panels_of(part, held),
            told,
            slots=sum(len(one.readings) for one in part),
            reason=reason,
        )
        for series_no, outcome in of_part.items():
            outcomes[series_no] = outcomes.get(series_no, Outcome()) + outcome
    for one in sent:
        layout = held[one.series_no]
        if layout.grid is None and len(one.readings):
            outcomes[one.series_no] = await store_irregular(conn, layout, one, reason=reason)
    spans = {one.series_no: _span(one) for one in sent if len(one.readings)}
    return await _counted(conn, import_id, outcomes, spans)


def _parts(sent: Sequence[Sent]) -> Iterator[list[Sent]]:
    """Very long series go in part by part, so that memory stays bounded."""
    longest = max((len(one.readings) for one in sent), default=0)
    for first in range(0, longest, _PART_READINGS):
        yield [_part(one, first) for one in sent if len(one.readings) > first]


def _part(one: Sent, first: int) -> Sent:
    if len(one.readings) <= _PART_READINGS:
        return one
    cut = slice(first, first + _PART_READINGS)
    readings = replace(
        one.readings,
        start_ms=one.readings.start_ms[cut],
        micro=one.readings.micro[cut],
        quality=one.readings.quality[cut],
    )
    source = one.source_no if isinstance(one.source_no, int) else one.source_no[cut]
    return replace(one, readings=readings, source_no=source)


def sources_of(sent: Sequence[Sent]) -> set[int]:
    """Every source of what was sent."""
    found: set[int] = set()
    for one in sent:
        found |= {one.source_no} if isinstance(one.source_no, int) else set(np.unique(one.source_no).tolist())
    return found


def _span(one: Sent) -> tuple[int, int]:
    readings = one.readings
    length = 1000 * readings.step_s if readings.step_s else 0
    if readings.duration_ms is not None:
        length = int(readings.duration_ms[-1])
    return int(readings.start_ms[0]), int(readings.start_ms[-1]) + length


async def _counted(
    conn: Connection,
    import_id: UUID | None,
    outcomes: dict[int, Outcome],
    spans: Mapping[int, tuple[int, int]],
) -> dict[int, Outcome]:
    placed = {
        number: replace(outcome, first_ms=spans[number][0], last_ms=spans[number][1])
        for number, outcome in outcomes.items()
    }
    if import_id is not None and placed:
        await count_import(conn, import_id, placed)
    return placed


async def store_matrix(
    conn: Connection, matrix: SentMatrix, *, import_id: UUID | None = None
) -> dict[int, Outcome]:
    """Store readings of many series over the same slots; see `store`."""
    numbers = [int(number) for number in matrix.series_nos]
    opened = await open_series(conn, numbers, [matrix.source_no])
    outcomes = await store_panels(
        conn, panels_of_matrix(matrix, opened.layouts), opened.sources, slots=matrix.micro.size
    )
    end_ms = matrix.start_ms + matrix.micro.shape[1] * matrix.step_s * 1000
    return await _counted(conn, import_id, outcomes, dict.fromkeys(outcomes, (matrix.start_ms, end_ms)))


@dataclass(frozen=True, slots=True)
class Opened:
    """Series that are locked, and the standing of the sources of what was sent."""

    layouts: dict[int, Layout]
    sources: Standing


async def open_series(conn: Connection, series_nos: Sequence[int], source_nos: Iterable[int]) -> Opened:
    """Lock series and look up what storing into them needs.

    Raises:
        NotFoundError: `series_not_found`, `source_not_found`.
    """
    async with conn.pipeline():
        of_series = await ask_layouts(conn, series_nos)
        await lock_series(conn, series_nos)
        of_sources = await ask_standing(conn, source_nos)
    return Opened(
        await answered_layouts(of_series, series_nos), await answered_standing(of_sources, needed=source_nos)
    )


async def lock_series(conn: Connection, series_nos: Iterable[int], *, shared: bool = False) -> None:
    """Take the locks of series until the transaction ends, in the order of their numbers.

    Who rewrites blocks takes them alone; who only adds hot rows shares them.
    """
    wanted = np.array(sorted(set(series_nos)), dtype=np.int64)
    lock = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    async with packed.packing_cursor(conn) as cursor:
        await cursor.execute(f"select count({lock}(n)) from unnest(%s) n", (packed.int8s(wanted),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """Everything that follows from one merge, encoded; made in a thread."""

    panel: Panel
    blocks: BlockWrite
    days: RollupWrite
    latest: LatestWrite
    revisions: list[Revision]
    #: Hot rows that lie in the blocks written: series, start, revision; and how many.
    absorbed: tuple[tuple[packed.PackedArray, ...], int] | None
    outcomes: dict[int, Outcome]
    #: What a person's correction kept out.
    kept_out: KeptOut | None
    #: Nothing changed: the database is left as it is.
    is_idle: bool


def writing_of(
    panel: Panel,
    held: Held,
    change: Merged,
    *,
    sent: State | None = None,
    by: int | None = None,
    reason: str = "",
) -> Writing:
    """Encode a merge.

    Args:
        panel: Which slots these are.
        held: What was held.
        change: What became of them.
        sent: What was sent, where a correction may have kept some of it out.
        by: Who replaced held values; None: the new source of each slot.
        reason: Why, where a person did it.
    """
    chosen = touched_blocks(panel, change)
    return Writing(
        panel=panel,
        blocks=encode_blocks(panel, change.after, chosen, held.revs),
        days=pack_days(
            panel,
            day_rows(panel, change, is_register=panel.layouts[0].is_register),
            is_new=held.state is None,
        ),
        latest=latest_of(panel, change),
        revisions=revisions_of(panel, change, held.revs, by=by, reason=reason),
        absorbed=_absorbed(panel, held, chosen.reshape(-1)),
        outcomes=_outcomes(panel, change),
        kept_out=None if sent is None else _kept_out(panel, change, sent),
        is_idle=change.touched is not None and not len(change.touched),
    )


def _absorbed(
    panel: Panel, held: Held, chosen: NDArray[np.bool_]
) -> tuple[tuple[packed.PackedArray, ...], int] | None:
    inside = chosen[held.hot // panel.grid.slots]
    at = held.hot[inside]
    if not len(at):
        return None
    row, slot = np.divmod(at, panel.shape[1])
    keys = (
        packed.int4s(panel.series_nos[row]),
        packed.instants(panel.start_ms + slot * panel.grid.step_ms),
        packed.int4s(held.hot_revs[inside]),
    )
    return keys, len(at)


def _kept_out(panel: Panel, change: Merged, sent: State) -> KeptOut | None:
    at = change.kept_out
    if at is None or not len(at):
        return None
    row, slot = np.divmod(at, panel.shape[1])
    return KeptOut(
        series_no=panel.series_nos[row],
        start_ms=panel.start_ms + slot * panel.grid.step_ms,
        micro=sent.micro.reshape(-1)[at],
        quality=sent.quality.reshape(-1)[at],
        source_no=sent.sources().reshape(-1)[at],
        duration_ms=np.zeros(len(at), dtype=np.int64),
    )


def _outcomes(panel: Panel, change: Merged) -> dict[int, Outcome]:
    return {
        layout.series_no: Outcome(
            added=int(added), changed=int(changed), unchanged=int(unchanged), outranked=int(outranked)
        )
        for layout, (added, changed, unchanged, outranked) in zip(panel.layouts, change.counts, strict=True)
    }


async def write(conn: Connection, writing: Writing) -> None:
    """Write a merge and all that follows from it.

    Raises:
        ConflictError: `block_moved` or `hot_moved`: somebody wrote beside the locks.
    """
    if writing.kept_out is not None:
        await write_kept_out(conn, writing.kept_out)
    if writing.is_idle:
        return
    try:
        # One conversation instead of six: nothing here waits for an answer of what went before.
        async with conn.pipeline():
            expected = await write_blocks(conn, writing.blocks)
            if writing.absorbed:
                cursor = packed.packing_cursor(conn)
                await cursor.execute(_ABSORB, writing.absorbed[0])
                expected.append(Expected(cursor, writing.absorbed[1], "hot_moved"))
            await write_revisions(conn, writing.revisions)
            await write_days(conn, writing.days)
            await write_latest(conn, writing.latest)
    except UniqueViolation as error:
        raise ConflictError("block_moved") from error
    for one in expected:
        one.check()


_ABSORB: Final = """delete from reading_hot h using unnest(%s, %s, %s) as k(series_no, ts, rev)
    where h.series_no = k.series_no and h.ts = k.ts and h.rev = k.rev"""


async def store_panels(
    conn: Connection,
    panels: Iterator[tuple[Panel, State]],
    told: Standing,
    *,
    slots: int,
    reason: str = "",
) -> dict[int, Outcome]:
    """Store panel by panel; while the database writes one, a thread merges and encodes the next.

    Args:
        conn: Holds the locks of all series.
        panels: No two of them share a block or a local day of a series.
        told: Standing of every source of what was sent.
        slots: How much was sent, about: little needs no thread.
        reason: Why held values are replaced, where a person does it.

    Raises:
        InvalidError: `time_out_of_range`.
        ConflictError: `block_moved`, `hot_moved`.
    """
    outcomes: dict[int, Outcome] = {}
    pending: Writing | None = None
    while (taken := await offloaded(slots, lambda: next(panels, None))) is not None:
        panel, sent = taken
        held = await fetch_held(conn, panel, partitions=True)
        make = await _change(conn, panel, held, sent, told, reason)
        if pending is None:
            pending = await offloaded(sent.micro.size, make)
        else:
            _, pending = await asyncio.gather(write(conn, pending), offloaded(sent.micro.size, make))
        for series_no, outcome in pending.outcomes.items():
            outcomes[series_no] = outcomes.get(series_no, Outcome()) + outcome
    if pending is not None:
        await write(conn, pending)
    return outcomes


async def _change(
    conn: Connection, panel: Panel, held: Held, sent: State, told: Standing, reason: str
) -> Callable[[], Writing]:
    before = held.state
    if before is None:
        return lambda: writing_of(panel, held, all_new(sent))
    told_here = told.any_told(sent.source)
    at = await offloaded(sent.micro.size, lambda: differing(before, sent, with_sources=told_here))
    # What a person says stands whatever was held, so nothing has to be asked about that.
    by_hand = bool((sent.quality.reshape(-1)[at] & q.CORRECTED).all())
    known = told if by_hand else await standing(conn, _sources_at(before, at) | _sources_at(sent, at))
    return lambda: writing_of(panel, held, merged(before, sent, at, known), sent=sent, reason=reason)


def _sources_at(state: State, at: NDArray[np.intp]) -> set[int]:
    if isinstance(state.source, int):
        return {state.source}
    return set(np.unique(state.source.reshape(-1)[at]).tolist())
