"""Judge the readings of a counter beside their neighbours: what was used between them."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from aegrid_energy.domain.device import Device
from aegrid_energy.domain.series import Direction, Quantity, Series
from aegrid_energy.ingestion.counters import CounterIntervals, intervals_from_counter
from aegrid_energy.ingestion.devices import epochs_of
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.installs import devices_of
from aegrid_energy.storage.latest import latest
from aegrid_energy.storage.readings import Held, read_held

#: Intervals of a counter that is read now and then: the finest of these that its readings come up to.
_STEPS_S: Final = (900, 1800, 3600)
#: What is noted of a device at its exchange is its main register.
_MAIN: Final = frozenset({Quantity.ENERGY, Quantity.FUEL_ENERGY, Quantity.VOLUME})
#: Readings on either side that are looked at beside those that changed.
_AROUND: Final = 8
_WIDER: Final = 16
_FIRST_MS: Final = 0
_LAST_MS: Final = 2**42


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """A counter, and the first and last instant of what changed of it. [ms]."""

    counter: Series
    first_ms: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class Judged:
    """Intervals as they should be from `low_ms` to before `high_ms`."""

    found: CounterIntervals
    low_ms: int
    high_ms: int


async def step_seen(conn: Connection, touched: Touched) -> int | None:
    """Length of the intervals of a counter without a rhythm; None where it is read too rarely. [s].

    A register that is read once a month is not spread over quarters of an hour that nobody saw.
    """
    held = (await _around(conn, touched, _STEPS_S[0] * 1000)).readings
    at_ms = held.start_ms[held.valid]
    if len(at_ms) < 2:
        return None
    usual = float(np.median(np.diff(at_ms)))
    return next((step for step in _STEPS_S if usual <= step * 1000), None)


async def _around(conn: Connection, touched: Touched, grain_ms: int) -> Held:
    """The readings of a counter that changed, with enough of their neighbours to judge them by."""
    number, first, last = touched.counter.series_no, touched.first_ms, touched.last_ms
    newest = (await latest(conn, [number])).get(number)
    newest_ms = last if newest is None else newest.start_ms
    before = after = (_AROUND + 2) * grain_ms  # one look is enough for a regular counter
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


async def judge(conn: Connection, touched: Touched, target: Series) -> Judged:
    """The intervals of a counter around what changed of it.

    Args:
        conn: In the tenant; holds the lock of the target.
        touched: The counter, and from when to when it changed.
        target: The series of its intervals: their length and offset.
    """
    counter, step_s = touched.counter, target.step_s or _STEPS_S[0]
    step_ms, phase_ms = step_s * 1000, target.phase_s * 1000
    held = (await _around(conn, touched, step_ms)).readings
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
    low = int(np.searchsorted(counted, touched.first_ms)) - 2
    high = int(np.searchsorted(counted, touched.last_ms, side="right")) + 1
    return Judged(
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
