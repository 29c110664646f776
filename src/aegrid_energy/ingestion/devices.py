"""The readings of a meter's counter by the device that they come from."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.device import Device
from aegrid_energy.domain.readings import MICRO, MICRO_LIMIT
from aegrid_energy.ingestion.counters import CounterRules, Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class Epochs:
    """The readings of a counter by the device they come from.

    Args:
        number: Number of the device of each reading, shape (n,).
        rules: What is known of each device.
        exchanges: What was noted where one device followed another.
    """

    number: NDArray[np.int64]
    rules: dict[int, CounterRules]
    exchanges: tuple[Exchange, ...]


def epochs_of(devices: Sequence[Device], at_ms: NDArray[np.int64], micro: NDArray[np.int64]) -> Epochs:
    """Tell the readings of one device from those of the next.

    A device whose ratio is changed keeps its counter: where nobody noted what it showed then, that is read
    off between its neighbouring readings, exact where one of them was taken at the change.

    Args:
        devices: Ascending by start.
        at_ms: Instants of the readings, ascending, shape (n,). [ms]
        micro: What they showed, after the multiplier of their time, shape (n,).
    """
    starts = np.array([device.start_ms for device in devices], dtype=np.int64)
    # Place 0 is what stood before the first install.
    numbers = np.arange(len(devices) + 1, dtype=np.int64)
    exchanges: list[Exchange] = []
    for place in range(1, len(devices)):
        old, new = devices[place - 1], devices[place]
        is_same = old.serial == new.serial
        noted = _noted(old, new) or (_ran_on(old, new, at_ms, micro) if is_same else None)
        if is_same and old.multiplier == new.multiplier:
            numbers[place + 1] = numbers[place]
        elif noted is not None:
            exchanges.append(noted)
    return Epochs(
        number=numbers[np.searchsorted(starts, at_ms, side="right")],
        rules={int(numbers[place]): _rules(device) for place, device in enumerate(devices, start=1)},
        exchanges=tuple(exchanges),
    )


def _rules(device: Device) -> CounterRules:
    wrap = None if device.wraps_at is None else round(device.wraps_at * device.multiplier * MICRO)
    return CounterRules(
        count_micro=max(round(device.multiplier * MICRO), 1),
        wrap_micro=wrap if wrap is not None and 0 < wrap <= MICRO_LIMIT else None,
        max_rate_per_h=None if device.max_rate_per_h is None else float(device.max_rate_per_h),
    )


def _noted(old: Device, new: Device) -> Exchange | None:
    if old.last_read is None or new.first_read is None:
        return None
    return Exchange(
        at_ms=new.start_ms,
        last_micro=round(old.last_read * old.multiplier * MICRO),
        first_micro=round(new.first_read * new.multiplier * MICRO),
    )


def _ran_on(old: Device, new: Device, at_ms: NDArray[np.int64], micro: NDArray[np.int64]) -> Exchange | None:
    after = int(np.searchsorted(at_ms, new.start_ms))
    if not 0 < after < len(at_ms):
        return None
    low, high = Decimal(int(micro[after - 1])) / old.multiplier, Decimal(int(micro[after])) / new.multiplier
    gone, whole = new.start_ms - int(at_ms[after - 1]), int(at_ms[after] - at_ms[after - 1])
    shown = low + (high - low) * gone / whole
    return Exchange(
        at_ms=new.start_ms,
        last_micro=round(shown * old.multiplier),
        first_micro=round(shown * new.multiplier),
    )
