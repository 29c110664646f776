"""Turn what counters showed into intervals beside them, wherever a reading came, went or changed.

A raw counter and its intervals are two series. The readings stay as they came; the intervals are computed
from them again and again, so only those that come out differently are written. A load that brings readings
puts its intervals down under its own id: taking it back takes them back too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.device import Device
from aegrid_energy.domain.errors import NotFoundError
from aegrid_energy.domain.problems import Problem
from aegrid_energy.domain.readings import Readings, as_decimal
from aegrid_energy.domain.series import AMOUNTS, Direction, Kind, Quantity, Series
from aegrid_energy.ingestion.counters import CounterIntervals, changed_starts, intervals_from_counter
from aegrid_energy.ingestion.devices import epochs_of
from aegrid_energy.storage.block_plan import Sent
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.hot import Live, store_live
from aegrid_energy.storage.installs import devices_of
from aegrid_energy.storage.latest import latest
from aegrid_energy.storage.readings import Held, read_held
from aegrid_energy.storage.readings_store import lock_series, store
from aegrid_energy.storage.series import (
    SeriesKey,
    derived_series,
    find_or_create,
    list_series,
    mark_derived,
)
from aegrid_energy.storage.sources import Outcome, SourceKey, list_touched, open_source

#: Who says derived intervals: one provider, so that of two computations the later stands.
PROVIDER: Final = "counter"
_KIND: Final = "derived"
#: Intervals of a counter that is read now and then: the finest of these that its readings come up to.
_STEPS_S: Final = (900, 1800, 3600)
#: What is noted of a device at its exchange is its main register.
_MAIN: Final = frozenset({Quantity.ENERGY, Quantity.FUEL_ENERGY, Quantity.VOLUME})
#: Readings on either side that are looked at beside those that changed.
_AROUND: Final = 8
_WIDER: Final = 16
_FIRST_MS: Final = 0
_LAST_MS: Final = 2**42
_TEXTS: Final[Mapping[str, str]] = {
    "counter_wrapped": "The counter began again at its end; what it counted over that is kept.",
    "counter_reset": "The counter fell to nearly nothing and goes on from there: the interval is suspect.",
    "counter_fell": "The counter fell by {step}; what was used meanwhile is unknown.",
    "counter_wrap_or_reset": (
        "The counter fell by {step} near where it may begin again. Say in the register where it does "
        "(wraps_at of its install); until then the interval is unknown."
    ),
    "counter_glitch": "The counter fell by {step} and came back: that reading is kept and not counted.",
    "counter_spike": "The counter rose by {step}, more than can flow: that reading is kept and not counted.",
    "counter_jumped": "The counter rose by {step}, more than can flow, and goes on: the interval is unknown.",
    "meter_exchanged": (
        "The meter was exchanged. Its last and first reading in the register tell what was used meanwhile."
    ),
    "counter_resolution": "The counter is too large for its number format: it moves in steps of {step}.",
}


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
    counters = [
        one
        for one in await list_series(conn, series_nos=spans)
        if one.kind is Kind.CUMULATIVE and one.meter_id is not None and one.quantity in AMOUNTS
    ]
    if not counters:
        return Derived()
    known = await derived_series(conn, [one.series_no for one in counters])
    told: dict[int, Outcome] = {}
    problems: list[Problem] = []
    for counter in counters:
        first_ms, last_ms = spans[counter.series_no]
        task = _Task(counter, first_ms, last_ms, import_id, is_live, reason)
        target = known.get(counter.series_no) or await _opened(conn, task)
        if target is None:
            continue
        # Who computes waits for who computed: whoever comes last has seen every reading.
        await lock_series(conn, [target.series_no])
        made = await _made(conn, task, target)
        problems += _problems(made, task)
        outcome = await _stored(conn, task, target, made)
        if outcome is not None:
            told[target.series_no] = outcome
    if told:
        await list_touched(conn, import_id, told)
    return Derived(outcomes=told, problems=tuple(problems))


@dataclass(frozen=True, slots=True)
class _Task:
    """One counter, and the first and last instant of what changed of it."""

    counter: Series
    first_ms: int
    last_ms: int
    import_id: UUID
    is_live: bool
    reason: str


@dataclass(frozen=True, slots=True)
class _Made:
    """Intervals as they should be from `low_ms` to before `high_ms`."""

    found: CounterIntervals
    low_ms: int
    high_ms: int


async def _opened(conn: Connection, task: _Task) -> Series | None:
    """The series for the intervals of a counter that has none yet; None where its readings are too rare."""
    counter = task.counter
    step_s = counter.step_s
    if step_s is None:
        held = await _around(conn, task, _STEPS_S[0] * 1000)
        step_s = _step_of(held.readings.start_ms[held.readings.valid])
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


def _step_of(at_ms: NDArray[np.int64]) -> int | None:
    # A register that is read once a month is not spread over quarters of an hour that nobody saw.
    if len(at_ms) < 2:
        return None
    usual = float(np.median(np.diff(at_ms)))
    return next((step for step in _STEPS_S if usual <= step * 1000), None)


async def _around(conn: Connection, task: _Task, grain_ms: int) -> Held:
    """The readings of a counter that changed, with enough of their neighbours to judge them by."""
    number, first, last = task.counter.series_no, task.first_ms, task.last_ms
    newest = (await latest(conn, [number])).get(number)
    newest_ms = last if newest is None else newest.start_ms
    before = after = 4 * grain_ms
    while True:
        low, high = max(first - before, _FIRST_MS), min(last + after, _LAST_MS)
        held = (await read_held(conn, [number], low, high + 1))[number]
        at = held.readings.start_ms[held.readings.valid]
        is_short = low > _FIRST_MS and (
            np.searchsorted(at, first) < _AROUND or np.searchsorted(at, first - 4 * grain_ms) < 2
        )
        lacks = high < newest_ms and (
            len(at) - np.searchsorted(at, last, side="right") < _AROUND or int(at[-1]) < last + 4 * grain_ms
        )
        if not is_short and not lacks:
            return held
        before, after = before * (_WIDER if is_short else 1), after * (_WIDER if lacks else 1)


async def _made(conn: Connection, task: _Task, target: Series) -> _Made:
    counter, step_s = task.counter, target.step_s or _STEPS_S[0]
    step_ms, phase_ms = step_s * 1000, target.phase_s * 1000
    held = (await _around(conn, task, step_ms)).readings
    valid = held.valid
    at, micro = held.start_ms[valid], held.micro[valid]
    devices = await _devices(conn, counter)
    epochs = epochs_of(devices, at, micro)
    found = intervals_from_counter(
        at - phase_ms,
        micro,
        step_s,
        epoch=epochs.number,
        exchanges=[replace(one, at_ms=one.at_ms - phase_ms) for one in epochs.exchanges],
        by_epoch=epochs.rules,
        quality=held.quality[valid],
    )
    found = CounterIntervals(
        readings=replace(found.readings, start_ms=found.readings.start_ms + phase_ms),
        notices=tuple(replace(one, at_ms=one.at_ms + phase_ms) for one in found.notices),
        rejected_ms=found.rejected_ms + phase_ms,
    )
    counted = at[~np.isin(at, found.rejected_ms)]
    low = int(np.searchsorted(counted, task.first_ms)) - 2
    high = int(np.searchsorted(counted, task.last_ms, side="right")) + 1
    return _Made(
        found,
        # With nothing left on a side, whatever was computed there before goes.
        _FIRST_MS if low < 0 else (int(counted[low]) - phase_ms) // step_ms * step_ms + phase_ms,
        _LAST_MS
        if high >= len(counted)
        else -(-(int(counted[high]) - phase_ms) // step_ms) * step_ms + phase_ms,
    )


async def _devices(conn: Connection, counter: Series) -> list[Device]:
    devices = await devices_of(conn, counter.meter_id) if counter.meter_id else []
    if counter.quantity in _MAIN and counter.direction is Direction.IMPORT:
        return devices
    # What was noted at an exchange is what the main register showed: of the others nothing is known.
    return [replace(device, first_read=None, last_read=None) for device in devices]


async def _stored(conn: Connection, task: _Task, target: Series, made: _Made) -> Outcome | None:
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


async def _derived_sources(conn: Connection, source_nos: Iterable[int] | NDArray[np.int32]) -> list[int]:
    cursor = await conn.execute(
        "select source_no from source where source_no = any(%s) and kind = %s",
        (np.unique(np.array(list(source_nos), dtype=np.int32)).tolist(), _KIND),
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


def _problems(made: _Made, task: _Task) -> list[Problem]:
    return [
        Problem(
            file="",
            line=0,
            column=0,
            code=notice.code,
            text=(
                f"{task.counter.register} at {np.datetime64(notice.at_ms, 'ms')}Z: "
                + _TEXTS[notice.code].format(step=f"{as_decimal(abs(notice.step_micro))} {task.counter.unit}")
            ),
        )
        for notice in made.found.notices
        if task.first_ms <= notice.at_ms <= task.last_ms
    ]
