"""Turn what counters showed into intervals beside them, wherever a reading came, went or changed.

A raw counter and its intervals are two series. The readings stay as they came; the intervals are computed
from them again and again, so only those that come out differently are written. A load that brings readings
puts its intervals down under its own id: taking it back takes them back too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.errors import NotFoundError
from aegrid_energy.domain.problems import Problem
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import Kind, Series
from aegrid_energy.ingestion.counter_notices import problems_of_counter
from aegrid_energy.ingestion.counters import changed_starts
from aegrid_energy.storage.block_plan import Sent
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.hot import Live, store_live
from aegrid_energy.storage.readings import read_held
from aegrid_energy.storage.readings_store import lock_series, store
from aegrid_energy.storage.series import (
    SeriesKey,
    derived_series,
    find_or_create,
    list_counters,
    mark_derived,
)
from aegrid_energy.storage.sources import Outcome, SourceKey, list_touched, open_source
from aegrid_energy.workflows.judge_counter import Judged, Touched, judge, step_seen

#: Who says derived intervals: one provider, so that of two computations the later stands.
PROVIDER: Final = "counter"
_KIND: Final = "derived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """What became of the intervals of some counters.

    Args:
        outcomes: By number of the derived series; only those that changed.
        problems: What was repaired or could not be.
    """

    outcomes: dict[int, Outcome] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


async def derive_intervals(
    conn: Connection,
    outcomes: Mapping[int, Outcome],
    *,
    import_id: UUID,
    is_live: bool = False,
    reason: str = "",
) -> Derived:
    """Bring the intervals of the counters among some series up to what was just stored of them.

    Args:
        conn: In the transaction that stored the readings.
        outcomes: What became of the readings of each series, whatever its kind.
        import_id: The load that stored them.
        is_live: Intervals go the way of live readings.
        reason: Why, where a person did it.

    Raises:
        ConflictError: Somebody else kept changing the same readings.
    """
    spans = {n: (o.first_ms, o.last_ms) for n, o in outcomes.items() if o.added or o.changed}
    return await derive_spans(conn, spans, import_id=import_id, is_live=is_live, reason=reason)


async def derive_spans(
    conn: Connection,
    spans: Mapping[int, tuple[int, int]],
    *,
    import_id: UUID,
    is_live: bool = False,
    reason: str = "",
) -> Derived:
    """Bring the intervals of counters up to date where readings between two instants may have changed.

    Args:
        conn: In the transaction that changed them.
        spans: First and last instant of what changed, by series, whatever its kind. [ms]
        import_id: The load that changed them.
        is_live: Intervals go the way of live readings.
        reason: Why, where a person did it.

    Raises:
        ConflictError: Somebody else kept changing the same readings.
    """
    if not spans:
        return Derived()
    counters = await list_counters(conn, spans)
    if not counters:
        return Derived()
    known = await derived_series(conn, [one.series_no for one in counters])
    told: dict[int, Outcome] = {}
    problems: list[Problem] = []
    for counter in counters:
        first_ms, last_ms = spans[counter.series_no]
        touched = Touched(counter=counter, first_ms=first_ms, last_ms=last_ms)
        task = _Task(import_id, is_live, reason)
        target = known.get(counter.series_no) or await _opened(conn, touched)
        if target is None:
            continue
        # Who computes waits for who computed: whoever comes last has seen every reading.
        await lock_series(conn, [target.series_no])
        made = await judge(conn, touched, target)
        problems += problems_of_counter(
            made.found.notices,
            register=counter.register,
            unit=counter.unit,
            first_ms=first_ms,
            last_ms=last_ms,
        )
        outcome = await _stored(conn, task, target, made)
        if outcome is not None:
            told[target.series_no] = outcome
    if told:
        await list_touched(conn, import_id, told)
    return Derived(outcomes=told, problems=tuple(problems))


@dataclass(frozen=True, slots=True)
class _Task:
    """Under which load intervals are put down, which way, and why."""

    import_id: UUID
    is_live: bool
    reason: str


async def _opened(conn: Connection, touched: Touched) -> Series | None:
    """The series for the intervals of a counter that has none yet; None where its readings are too rare."""
    counter = touched.counter
    step_s = counter.step_s or await step_seen(conn, touched)
    if step_s is None:
        return None
    key = SeriesKey(
        meter_id=counter.meter_id,
        register=counter.register,
        quantity=counter.quantity,
        direction=counter.direction,
        kind=Kind.INTERVAL,
        step_s=step_s,
        phase_s=counter.phase_s,
        zone=counter.zone,
        rhythm=counter.rhythm,
        derived_from=counter.series_no,
    )
    (number,) = await find_or_create(conn, [key])
    # The meter may have sent intervals of that register itself: those stand, the counter fills their holes.
    await mark_derived(conn, number, counter.series_no)
    return (await derived_series(conn, [counter.series_no])).get(counter.series_no)


async def _stored(conn: Connection, task: _Task, target: Series, made: Judged) -> Outcome | None:
    """Write the intervals that come out differently; None where none does."""
    number = target.series_no
    before = (await read_held(conn, [number], made.low_ms, made.high_ms))[number]
    ours = np.isin(before.source_no, await _derived_sources(conn, before.source_no))
    inside = (made.found.readings.start_ms >= made.low_ms) & (made.found.readings.start_ms < made.high_ms)
    wanted = _cut(made.found.readings, inside)
    # What the meter sent itself, and what a person said, stands.
    wanted = _cut(wanted, ~np.isin(wanted.start_ms, before.readings.start_ms[~ours]))
    wanted = _with_gone(wanted, before.readings.start_ms[ours])
    starts = changed_starts(_cut(before.readings, ours), wanted)
    if not len(starts):
        return None
    changed = _cut(wanted, np.isin(wanted.start_ms, starts))
    replaced = before.source_no[np.isin(before.readings.start_ms, starts)]
    source_no = await _source(conn, task, at_least=int(replaced.max(initial=0)))
    if task.is_live:
        live = Live(
            series_no=np.full(len(changed), number, dtype=np.int64),
            start_ms=changed.start_ms,
            micro=changed.micro,
            quality=changed.quality,
            source_no=source_no,
        )
        outcome = (await store_live(conn, live))[number]
    else:
        sent = Sent(series_no=number, readings=changed, source_no=source_no)
        outcome = (await store(conn, [sent], reason=task.reason))[number]
    end_ms = int(changed.start_ms[-1]) + (target.step_s or 0) * 1000
    return replace(outcome, first_ms=int(changed.start_ms[0]), last_ms=end_ms)


def _cut(readings: Readings, kept: NDArray[np.bool_]) -> Readings:
    return replace(
        readings,
        start_ms=readings.start_ms[kept],
        micro=readings.micro[kept],
        quality=readings.quality[kept],
    )


def _with_gone(wanted: Readings, held_ms: NDArray[np.int64]) -> Readings:
    """With a null for each interval that was computed before and can be no more."""
    gone = held_ms[~np.isin(held_ms, wanted.start_ms)]
    if not len(gone):
        return wanted
    starts = np.concatenate([wanted.start_ms, gone])
    order = np.argsort(starts)
    nothing = np.full(len(gone), q.NULL | q.DERIVED, dtype=np.uint8)
    return replace(
        wanted,
        start_ms=starts[order],
        micro=np.concatenate([wanted.micro, np.zeros(len(gone), dtype=np.int64)])[order],
        quality=np.concatenate([wanted.quality, nothing])[order],
    )


async def _derived_sources(conn: Connection, source_nos: NDArray[np.int32]) -> list[int]:
    cursor = await conn.execute(
        "select source_no from source where source_no = any(%s) and kind = %s",
        (np.unique(source_nos).tolist(), _KIND),
    )
    return [int(row[0]) for row in await cursor.fetchall()]


async def _source(conn: Connection, task: _Task, *, at_least: int) -> int:
    """The source of this load's intervals, one for many batches; a new one where a later one wrote since."""
    cursor = await conn.execute(
        "select max(source_no) from source where import_id = %s and kind = %s", (task.import_id, _KIND)
    )
    row = await cursor.fetchone()
    if row and row[0] is not None and row[0] >= at_least:
        return int(row[0])
    cursor = await conn.execute(
        "select actor, (extract(epoch from clock_timestamp()) * 1000)::int8 from import where id = %s",
        (task.import_id,),
    )
    asked = await cursor.fetchone()
    if asked is None:
        raise NotFoundError("import_not_found")
    # The clock, not the start of the transaction: of two computations the one that waited is the later.
    key = SourceKey(
        import_id=task.import_id, provider=PROVIDER, kind=_KIND, actor=asked[0], update_ms=asked[1]
    )
    return await open_source(conn, key)
