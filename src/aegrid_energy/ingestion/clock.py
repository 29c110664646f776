"""Whose clock a reading is filed under: the device's, or ours where the device's cannot be true."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.ingestion.mdff import FUTURE_MS

#: A live device may be this far off before its time is not believed. [ms]
DRIFT_MS: Final = 2 * 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Believed:
    """Times that readings are filed under.

    Args:
        at_ms: shape (n,). [ms since the epoch]
        drift_ms: Device minus server, shape (n,): shown as the device's health. [ms]
        is_server_time: Where the device's time was put aside; the caller keeps it with the raw reading.
        is_future: Readings to refuse: more than 5 minutes ahead of us.
    """

    at_ms: NDArray[np.int64]
    drift_ms: NDArray[np.int64]
    is_server_time: NDArray[np.bool_]
    is_future: NDArray[np.bool_]


def believed(device_ms: NDArray[np.int64], received_ms: NDArray[np.int64], *, is_live: bool) -> Believed:
    """Decide between the device's time and ours.

    Args:
        device_ms: What the device says, shape (n,). [ms since the epoch]
        received_ms: When the readings arrived here, shape (n,). [ms since the epoch]
        is_live: The readings were made just now; history that a device hands in late keeps its own times.
    """
    drift = device_ms - received_ms
    replaced = (np.abs(drift) > DRIFT_MS) & is_live
    at_ms = np.where(replaced, received_ms, device_ms)
    return Believed(
        at_ms=at_ms, drift_ms=drift, is_server_time=replaced, is_future=at_ms > received_ms + FUTURE_MS
    )


def starts_of_ends(end_ms: NDArray[np.int64], step_s: int) -> NDArray[np.int64]:
    """Starts of intervals that are stamped at their end: 00:00 belongs to the day before.

    Args:
        end_ms: shape (n,). [ms since the epoch]
        step_s: Length of the intervals. [s]
    """
    return end_ms - step_s * 1000
