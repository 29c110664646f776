"""A battery with a simple rule: charge on surplus sun, give it back in the evening."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.simulation.frame import Frame
from aegrid_energy.simulation.scene import LEAD_DAYS

Floats = NDArray[np.float64]

#: Local hours between which it may discharge; past midnight the next day counts on. [h]
_EVENING_FROM_H: Final = 16.0
_MORNING_TO_H: Final = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """Ratings.

    Args:
        capacity_kwh: Nameplate. [kWh]
        power_kw: Charge and discharge, at the terminals. [kW]
        charge_efficiency, discharge_efficiency: One way.
        lowest, highest: Limits of the state of charge, shares of the capacity.
    """

    capacity_kwh: float
    power_kw: float
    charge_efficiency: float = 0.95
    discharge_efficiency: float = 0.95
    lowest: float = 0.10
    highest: float = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What the battery did; no lead.

    Args:
        charge_kw, discharge_kw: At the terminals, mean of each slot, shape (n_days, slots). [kW]
        stored_kwh: At slot starts and at the end of the day, shape (n_days, slots + 1). [kWh]
    """

    charge_kw: Floats
    discharge_kw: Floats
    stored_kwh: Floats


def operate(battery: Battery, times: Frame, net_kw: Floats) -> Operation:
    """Runs the rule through each day, from the lower limit `LEAD_DAYS` before it.

    An evening's load empties the battery, so the start is forgotten exactly within a day or two.

    Args:
        battery: Ratings.
        times: With lead.
        net_kw: Load less sun at each slot, with lead, shape (days, slots). [kW]
    """
    days, slots = net_kw.shape
    n = days - LEAD_DAYS
    net = np.ascontiguousarray(net_kw.T)
    hour = np.ascontiguousarray(times.local_hour.T)
    may_give = ((hour >= _EVENING_FROM_H) | (hour < _MORNING_TO_H)).astype(np.float64)
    low, high = battery.lowest * battery.capacity_kwh, battery.highest * battery.capacity_kwh
    into, out_of = times.step_h * battery.charge_efficiency, times.step_h / battery.discharge_efficiency
    stored = np.full(n, low)
    kept = np.empty((3, slots, n))
    for step in range((LEAD_DAYS + 1) * slots):
        day, slot = divmod(step, slots)
        need = net[slot, day : day + n]
        charge = np.minimum(np.clip(-need, 0.0, battery.power_kw), np.maximum(high - stored, 0.0) / into)
        given = np.minimum(np.clip(need, 0.0, battery.power_kw), np.maximum(stored - low, 0.0) / out_of)
        discharge = given * may_give[slot, day : day + n]
        if day == LEAD_DAYS:
            kept[0, slot], kept[1, slot], kept[2, slot] = charge, discharge, stored
        stored = np.clip(stored + charge * into - discharge * out_of, low, high)
    by_day = np.ascontiguousarray(kept.transpose(0, 2, 1))
    return Operation(
        charge_kw=by_day[0],
        discharge_kw=by_day[1],
        stored_kwh=np.concatenate([by_day[2], stored[:, None]], axis=1),
    )
