"""Electric vehicle charging as sessions: when a car comes, what it needs, how fast it takes it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.simulation import noise
from aegrid_energy.simulation.frame import DAY_MS, HOUR_MS
from aegrid_energy.simulation.scene import Scene
from aegrid_energy.simulation.victoria import DayKind

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Charger:
    """A charger and those who use it.

    Args:
        external_id: Of its asset; names its random numbers.
        power_kw: What it gives. [kW]
        sessions: Most sessions a day.
        arrives_h: Earliest and latest start, local. [h]
        energy_kwh: Least and most a car takes. [kWh]
        working_chance, weekend_chance: That a possible session takes place.
    """

    external_id: str
    power_kw: float
    sessions: int
    arrives_h: tuple[float, float]
    energy_kwh: tuple[float, float]
    working_chance: float
    weekend_chance: float


def power_kw(charger: Charger, stage: Scene) -> Floats:
    """Mean power of each slot, with lead, shape (days, slots), in kW.

    A session starts on a local date and may run past midnight.
    """
    times, calendar = stage.times, stage.calendar
    dates = calendar.first_day + np.arange(len(calendar.council), dtype=np.int64)
    is_working = calendar.council == DayKind.WORKING
    chance = np.where(is_working, charger.working_chance, charger.weekend_chance)
    index = times.local_day - calendar.first_day
    end = times.local_ms + times.step_s * 1000
    busy_ms = np.zeros(times.start_ms.shape)
    window = (charger.arrives_h[1] - charger.arrives_h[0]) / charger.sessions
    for number in range(charger.sessions):
        key = stage.key(charger.external_id, "session", str(number))
        earliest = charger.arrives_h[0] + number * window
        start = dates * DAY_MS + (earliest + noise.uniform(key, dates * 3) * window) * HOUR_MS
        span = charger.energy_kwh[1] - charger.energy_kwh[0]
        energy = charger.energy_kwh[0] + noise.uniform(key, dates * 3 + 1) * span
        happens = noise.uniform(key, dates * 3 + 2) < chance
        length = np.where(happens, energy / charger.power_kw * HOUR_MS, 0.0)
        for back in (0, 1):
            came, left = start[index - back], (start + length)[index - back]
            busy_ms += np.maximum(np.minimum(left, end) - np.maximum(came, times.local_ms), 0.0)
    # Two sessions never take more than the plug gives.
    return charger.power_kw * np.minimum(busy_ms / (times.step_s * 1000.0), 1.0)
