"""Heat that the pools and pool hall of an aquatic centre need."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.simulation.climate import saturation_kpa

Floats = NDArray[np.float64]

_EVAPORATION_KJ_KG: Final = 2430.0
_WATER_KJ_LK: Final = 4.186
_AIR_KJ_M3K: Final = 1.2
#: What still evaporates under the night covers.
_COVERED: Final = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Water and hall.

    Args:
        water_m2: Surface. [m2]
        water_c, hall_c: Kept temperatures. [degC]
        hall_humidity: Kept relative humidity, 0 to 1.
        envelope_kw_k: Loss of the hall. [kW/K]
        outside_air_m3_s: Fresh air when open, before heat recovery. [m3/s]
        recovery: Share of the exhaust's heat that is recovered.
        make_up_l, showers_l: Fresh water to heat, on an open day. [L/day]
    """

    water_m2: float
    water_c: float
    hall_c: float
    hall_humidity: float
    envelope_kw_k: float
    outside_air_m3_s: float
    recovery: float
    make_up_l: float
    showers_l: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolHeat:
    """Heat needed, shape of the inputs, in kW."""

    water_kw: Floats
    hall_kw: Floats
    showers_kw: Floats


def pool_heat(
    pool: Pool, *, outside_c: Floats, mains_c: Floats, swimmers: Floats, is_open: NDArray[np.bool_]
) -> PoolHeat:
    """Quasi-steady: a pool's hours of capacity smooth what the boiler sees; its controls do the same.

    Args:
        pool: Water and hall.
        outside_c: Outdoor air. [degC]
        mains_c: Mains water. [degC]
        swimmers: How busy, 0 to 1.
        is_open: Covers off, ventilation at day rate.
    """
    # ASHRAE Handbook HVAC Applications 2019, ch. 6: 4e-5 kg/(s m2 kPa) with activity factor 0.5 to 1.
    dry = float(saturation_kpa(pool.water_c)) - pool.hall_humidity * float(saturation_kpa(pool.hall_c))
    activity = np.where(is_open, 0.5 + 0.5 * np.clip(swimmers, 0.0, 1.0), 0.5 * _COVERED)
    evaporation_kw = 4e-5 * pool.water_m2 * dry * activity * _EVAPORATION_KJ_KG
    make_up_kw = pool.make_up_l / 86_400.0 * _WATER_KJ_LK * (pool.water_c - mains_c)
    rate = np.where(is_open, 1.0, 0.35)
    air_kw = pool.outside_air_m3_s * rate * _AIR_KJ_M3K * (1.0 - pool.recovery)
    hall_kw = np.maximum((air_kw + pool.envelope_kw_k) * (pool.hall_c - outside_c), 0.0)
    # Showers over 16 open hours, with the swimmers; they mix to 40 degC.
    showers_kw = pool.showers_l / 57_600.0 * 1.9 * swimmers * _WATER_KJ_LK * (40.0 - mains_c)
    return PoolHeat(water_kw=evaporation_kw + make_up_kw, hall_kw=hall_kw, showers_kw=showers_kw)
