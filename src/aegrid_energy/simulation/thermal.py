"""Temperatures of the zones of a building and the heat and cold that keep them: two capacities a zone.

Air (with furniture) and mass (slabs, walls) are joined by a film; air loses heat through envelope and
ventilation; gains are sun, people, lights and equipment. The structure is that of ISO 52016-1's simple
hourly method (formerly EN ISO 13790 Annex C), stepped implicitly for the air.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.simulation.scene import LEAD_DAYS

STEP_S: Final = 900
_SLOTS: Final = 86_400 // STEP_S
#: Film between air and mass, per floor area. [W/m2K]
_FILM_W_M2K: Final = 9.1
#: Air and furniture, per floor area. [J/m2K]
_AIR_J_M2K: Final = 42_000.0
#: Free cooling moves this many times the ventilation's usual outside air at most.
_ECONOMISER: Final = 2.5
_START_C: Final = 20.0

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A building's shell and plant, per floor area.

    Args:
        loss_w_m2k: Through the envelope and by leakage. [W/m2K]
        ventilation_w_m2k: By outside air while plant is on, after heat recovery. [W/m2K]
        mass_j_m2k: Heat capacity of slabs and walls. [J/m2K]
        heat_w_m2, cool_w_m2: What plant can deliver. [W/m2]
        heat_to_c, cool_to_c: Setpoints while plant is on. [degC]
    """

    loss_w_m2k: float
    ventilation_w_m2k: float
    mass_j_m2k: float
    heat_w_m2: float
    cool_w_m2: float
    heat_to_c: float = 21.0
    cool_to_c: float = 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """What the zones did; no lead.

    Args:
        air_c: At the end of each quarter hour, one more than there are: the first is the end of the
            quarter hour before, shape (zones, n_days, 97). [degC]
        heat_w_m2, cool_w_m2: Delivered, mean of each quarter hour, shape (zones, n_days, 96). [W/m2]
    """

    air_c: Floats
    heat_w_m2: Floats
    cool_w_m2: Floats


def rooms(envelope: Envelope, *, outside_c: Floats, gains_w_m2: Floats, is_on: NDArray[np.bool_]) -> Rooms:
    """Runs the zones of a building through each day, from a fixed state `LEAD_DAYS` before it.

    All days run at once, side by side: the loop is over the slots of one lead and day.

    Args:
        envelope: Shell and plant.
        outside_c: With lead, shape (days, 96). [degC]
        gains_w_m2: With lead, shape (zones, days, 96). [W/m2]
        is_on: Whether plant runs, with lead, shape (zones, days, 96).
    """
    zones, days, _ = gains_w_m2.shape
    n = days - LEAD_DAYS
    outside = np.ascontiguousarray(outside_c.T)
    gains = np.ascontiguousarray(gains_w_m2.transpose(2, 0, 1))
    running = np.ascontiguousarray(is_on.transpose(2, 0, 1)).astype(np.float64)
    air = np.full((zones, n), _START_C)
    mass = np.full((zones, n), _START_C)
    kept = np.empty((3, _SLOTS, zones, n))
    before = air
    storage = _AIR_J_M2K / STEP_S
    for step in range((LEAD_DAYS + 1) * _SLOTS):
        day, slot = divmod(step, _SLOTS)
        if day == LEAD_DAYS and slot == 0:
            before = air
        t_out = outside[slot, day : day + n]
        on = running[slot, :, day : day + n]
        loss = envelope.loss_w_m2k + envelope.ventilation_w_m2k * on
        total = storage + _FILM_W_M2K + loss
        free = (storage * air + _FILM_W_M2K * mass + loss * t_out + gains[slot, :, day : day + n]) / total
        heat = np.clip((envelope.heat_to_c - free) * total, 0.0, envelope.heat_w_m2) * on
        cold = np.maximum((free - envelope.cool_to_c) * total, 0.0) * on
        fresh = np.maximum(envelope.cool_to_c - 1.0 - t_out, 0.0) * (_ECONOMISER * envelope.ventilation_w_m2k)
        by_plant = np.clip(cold - fresh, 0.0, envelope.cool_w_m2)
        air = free + (heat - np.minimum(cold, fresh) - by_plant) / total
        mass = mass + (air - mass) * (_FILM_W_M2K * STEP_S / envelope.mass_j_m2k)
        if day == LEAD_DAYS:
            kept[0, slot], kept[1, slot], kept[2, slot] = air, heat, by_plant
    by_day = np.ascontiguousarray(kept.transpose(0, 2, 3, 1))
    return Rooms(
        air_c=np.concatenate([before[:, :, None], by_day[0]], axis=2),
        heat_w_m2=by_day[1],
        cool_w_m2=by_day[2],
    )
