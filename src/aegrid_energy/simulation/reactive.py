"""Reactive energy of a mix of loads."""

from collections.abc import Iterable
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class PowerFactor(Enum):
    """Displacement power factors of kinds of load, lagging; typical values of the trade, not of one maker."""

    MOTORS = 0.84  # fans, pumps and compressors without drives
    DRIVES = 0.94  # the same behind variable speed drives
    ELECTRONICS = 0.96
    LIGHTS = 0.93
    CHARGERS = 0.985

    @property
    def tangent(self) -> float:
        """Kvar per kW."""
        return (1.0 - self.value**2) ** 0.5 / self.value


def reactive_kvar(parts: Iterable[tuple[Floats, PowerFactor]], *, capacitors_kvar: float = 0.0) -> Floats:
    """Reactive power of loads, less that of a capacitor bank that never overcompensates, in kvar."""
    total = sum((power * kind.tangent for power, kind in parts), start=np.float64(0.0))
    return np.maximum(np.asarray(total) - capacitors_kvar, 0.05 * np.asarray(total))
