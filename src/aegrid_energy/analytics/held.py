"""Values that hold for a while: gauges until they go stale, registers as even rates between reads."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.readings import MICRO, Readings

_HOUR_MS: Final = 3_600_000
#: A regular register may be this many steps late before its share is called estimated.
_LATE_STEPS: Final = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Stretches that never overlap, ascending; every array has shape (n,).

    Args:
        start_ms: Start of each stretch. [ms]
        length_ms: Its length; 0 where the next one starts at once. [ms]
        value: What held over it; meaningless where not valid.
        valid: Whether it is known.
        estimated: Whether nobody measured it.
        suspect: Whether a rule doubts it.
    """

    start_ms: NDArray[np.int64]
    length_ms: NDArray[np.int64]
    value: NDArray[np.float64]
    valid: NDArray[np.bool_]
    estimated: NDArray[np.bool_]
    suspect: NDArray[np.bool_]


def held_values(readings: Readings, hold_ms: int | None, *, end_ms: int) -> Held:
    """Gauge readings as what held: each until the next reading, at most `hold_ms` long.

    Args:
        readings: Instants, sorted.
        hold_ms: Longest hold; None: the step of a regular series, else until the next reading. [ms]
        end_ms: Where the last reading's hold ends at the latest. [ms]
    """
    starts = readings.start_ms
    limit = readings.step_s * 1000 if hold_ms is None and readings.step_s is not None else hold_ms
    ends = np.append(starts[1:], max(end_ms, int(starts[-1]))) if len(starts) else starts
    length = ends - starts
    return Held(
        start_ms=starts,
        length_ms=length if limit is None else np.minimum(length, limit),
        value=readings.micro / MICRO,
        valid=readings.valid,
        estimated=q.is_estimated(readings.quality),
        suspect=q.is_suspect(readings.quality),
    )


def register_rates(readings: Readings, hold_ms: int | None) -> Held:
    """A register as its rate per hour between one valid read and the next.

    A register that falls says nothing of what was used: the stretch is unknown, never negative. Rolled-over
    registers become intervals on their way in.

    Args:
        readings: Register reads, sorted.
        hold_ms: Length from which a stretch is estimated; None: 1.5 steps of a regular series. [ms]
    """
    starts, micro, quality = _valid_reads(readings)
    length, rise = np.diff(starts), np.diff(micro)
    limit = (
        readings.step_s * 1000 * _LATE_STEPS if hold_ms is None and readings.step_s is not None else hold_ms
    )
    late = length > (np.inf if limit is None else limit)
    estimated, suspect = q.is_estimated(quality), q.is_suspect(quality)
    return Held(
        start_ms=starts[:-1],
        length_ms=length,
        value=rise / MICRO / (length / _HOUR_MS),
        valid=rise >= 0,
        estimated=late | estimated[1:] | estimated[:-1],
        suspect=suspect[1:] | suspect[:-1],
    )


def register_rises(readings: Readings, edges_ms: NDArray[np.int64]) -> NDArray[np.int64]:
    """How much a register rose in each bucket, exact in total, int64 micro, shape (edges - 1,)."""
    starts, micro, _ = _valid_reads(readings)
    if len(starts) < 2:
        return np.zeros(len(edges_ms) - 1, dtype=np.int64)
    rise = np.maximum(np.diff(micro), 0)
    risen = np.concatenate([[0], np.cumsum(rise)])
    at = np.clip(edges_ms, starts[0], starts[-1])
    read = np.clip(np.searchsorted(starts, at, side="right") - 1, 0, len(rise) - 1)
    share = (at - starts[read]) / (starts[read + 1] - starts[read])
    return np.diff(risen[read] + np.rint(rise[read] * share).astype(np.int64))


def cut_at(held: Held, edges_ms: NDArray[np.int64]) -> Held:
    """The same stretches within the edges, split wherever an edge falls inside of one."""
    starts, ends = held.start_ms, held.start_ms + held.length_ms
    over = np.searchsorted(starts, edges_ms, side="right") - 1
    inside = (over >= 0) & (edges_ms > starts[over]) & (edges_ms < ends[over]) if len(starts) else over > 0
    source: NDArray[np.intp] | slice = slice(None)
    if inside.any():
        source = np.insert(np.arange(len(starts)), over[inside] + 1, over[inside])
        starts = np.insert(starts, over[inside] + 1, edges_ms[inside])
    low, high = (int(at) for at in np.searchsorted(starts, edges_ms[[0, -1]]))
    # Plain slices where nothing is split: a year of readings is not copied for nothing.
    source = slice(low, high) if isinstance(source, slice) else source[low:high]
    starts = starts[low:high]
    next_start = np.append(starts[1:], edges_ms[-1:])
    return Held(
        start_ms=starts,
        length_ms=(np.minimum(ends[source], next_start[: len(starts)]) - starts).astype(np.int64),
        value=held.value[source],
        valid=held.valid[source],
        estimated=held.estimated[source],
        suspect=held.suspect[source],
    )


def _valid_reads(readings: Readings) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
    valid = readings.valid
    if valid.all():
        return readings.start_ms, readings.micro, readings.quality
    return readings.start_ms[valid], readings.micro[valid], readings.quality[valid]
