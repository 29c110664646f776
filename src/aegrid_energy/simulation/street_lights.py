"""Unmetered street lighting: a lamp inventory times the hours that the sun is down."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.simulation.climate import Sun
from aegrid_energy.simulation.frame import Frame

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamps:
    """One line of the inventory.

    Args:
        external_id: Of its asset.
        name: As the load table calls it.
        count: How many.
        watts: Of one with its control gear. [W]
        dimmed: Share of full power between 23:00 and 05:00.
    """

    external_id: str
    name: str
    count: int
    watts: float
    dimmed: float = 1.0


def power_kw(lamps: tuple[Lamps, ...], times: Frame, above: Sun) -> Floats:
    """Power of an inventory, shape (n_days, slots), in kW.

    Photocells switch between 0.5 and 2.5 degrees below the horizon, each at its own.
    """
    burning = np.clip((-0.5 - above.elevation_deg) / 2.0, 0.0, 1.0)
    late = (times.local_hour >= 23.0) | (times.local_hour < 5.0)
    total = np.zeros(times.start_ms.shape)
    for line in lamps:
        total += line.count * line.watts / 1000.0 * np.where(late, line.dimmed, 1.0)
    return total * burning
