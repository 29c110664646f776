"""Rules that doubt a reading; they mark and never remove, for the meter may be right."""

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from aegrid_energy.domain.readings import MICRO, Readings
from aegrid_energy.domain.series import Kind

#: The same power to the last digit for this long is a frozen register. [ms]
STUCK_MS: Final = 30 * 60_000
#: Neighbours on each side that a reading is compared with.
_NEIGHBOURS: Final = 3
#: Scales away from the median of its neighbours at which a reading is a spike; a start-up seldom passes 6.
_SPIKE_SCALES: Final = 12.0
#: 1.4826 turns a median absolute deviation into a standard deviation of normal noise (Hampel 1974).
_MAD_TO_SD: Final = 1.4826
#: A flat series has no scale of its own; a twentieth of its level stands in.
_LEAST_SCALE: Final = 0.05


def stuck(
    power: Readings, counter_ms: NDArray[np.int64], counter_micro: NDArray[np.int64], kind: Kind
) -> NDArray[np.bool_]:
    """Where power stands still to the last digit for 30 minutes while its energy counter moves.

    Args:
        power: Gauge readings, sorted.
        counter_ms: Instants of the energy counter, ascending, shape (m,). [ms since the epoch]
        counter_micro: What it showed, shape (m,).
        kind: Setpoints and states may stand still for ever: nothing is marked.

    Returns:
        shape (n,).
    """
    count = len(power)
    marked = np.zeros(count, dtype=bool)
    if kind in {Kind.SETPOINT, Kind.STATE} or count < 2 or len(counter_ms) < 2:
        return marked
    breaks = (np.diff(power.micro) != 0) | (power.valid[1:] != power.valid[:-1])
    first = np.concatenate([[0], np.flatnonzero(breaks) + 1])
    last = np.append(first[1:], count) - 1
    since, until = power.start_ms[first], power.start_ms[last]
    low = np.searchsorted(counter_ms, since, side="left")
    high = np.searchsorted(counter_ms, until, side="right") - 1
    inside = high > low
    moved = np.zeros(len(first), dtype=bool)
    moved[inside] = counter_micro[high[inside]] != counter_micro[low[inside]]
    frozen = (until - since >= STUCK_MS) & moved & power.valid[first]
    return np.repeat(frozen, last - first + 1)


def over_limit(readings: Readings, max_rate_per_h: float) -> NDArray[np.bool_]:
    """Where an interval holds more than can have flowed through the meter, either way.

    Args:
        readings: Amounts, regular or with durations.
        max_rate_per_h: The most that can flow. [canonical unit/h]

    Returns:
        shape (n,).
    """
    if readings.step_s is not None:
        hours = np.full(len(readings), readings.step_s / 3600)
    elif readings.duration_ms is not None:
        hours = readings.duration_ms / 3_600_000
    else:
        return np.zeros(len(readings), dtype=bool)
    return readings.valid & (np.abs(readings.micro) > max_rate_per_h * MICRO * hours)


def spikes(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Single readings far from all their neighbours (Hampel's identifier over seven readings).

    Args:
        values: Regular readings, NaN = unknown, shape (n,).

    Returns:
        shape (n,); never in the first and last three, nor beside unknown ones.
    """
    marked = np.zeros(len(values), dtype=bool)
    width = 2 * _NEIGHBOURS + 1
    if len(values) < width:
        return marked
    around = sliding_window_view(values, width)
    middle = np.median(around, axis=1)
    scale = _MAD_TO_SD * np.median(np.abs(around - middle[:, None]), axis=1)
    scale = np.maximum(scale, _LEAST_SCALE * np.abs(middle))
    inner = values[_NEIGHBOURS:-_NEIGHBOURS]
    with np.errstate(invalid="ignore"):
        far = (np.abs(inner - middle) > _SPIKE_SCALES * scale) & (scale > 0)
    marked[_NEIGHBOURS:-_NEIGHBOURS] = far
    return marked
