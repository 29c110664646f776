"""Water through a meter that counts litres: daily demand, its shape over the day, and a register.

The register of any instant follows from the day totals before it, without walking through the slots,
so that a counter read live stands where bulk history left it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.simulation import noise
from aegrid_energy.simulation.faults import Fault, FaultKind
from aegrid_energy.simulation.frame import DAY_MS, HOUR_MS, MARKET_OFFSET_MS, Frame, frame, market_day
from aegrid_energy.simulation.occupancy import Corners
from aegrid_energy.simulation.victoria import DayKind, day_kinds

STEP_S: Final = 900
#: Meters were installed, at zero, on 1 July 2019. [market day]
INSTALLED_DAY: Final = 18_078
#: A pulse of the meter. [L]
PULSE_L: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Demand of a site.

    Args:
        name: Of its random numbers: the meter's external id.
        site: Target of leaks.
        working_l, other_l: On working days and on others. [L/day]
        summer_l: More in high summer (irrigation, pools), nothing in winter. [L/day]
        shape: Demand over the local day, any scale.
        share_of_leak: How much of the site's leak passes this meter.
    """

    name: str
    site: str
    working_l: float
    other_l: float
    summer_l: float
    shape: Corners
    share_of_leak: float = 1.0


def register_l(
    demand: Demand, seed: int, faults: tuple[Fault, ...], first_day: int, n_days: int
) -> NDArray[np.int64]:
    """The register at slot starts and at the end of each day, whole pulses, shape (n_days, 97), in L.

    Without an exchange; `faults` must hold the leaks of all years since `INSTALLED_DAY`.
    """
    days = np.arange(INSTALLED_DAY, first_day + n_days, dtype=np.int64)
    totals = np.rint(_day_totals_l(demand, seed, days)).astype(np.int64)
    at_start = (np.cumsum(totals) - totals)[first_day - INSTALLED_DAY :].astype(np.float64)
    times = frame(first_day, n_days, STEP_S)
    used = at_start[:, None] + totals[first_day - INSTALLED_DAY :, None] * _used_share(demand, seed, times)
    day_start = days[first_day - INSTALLED_DAY :, None] * DAY_MS - MARKET_OFFSET_MS
    edges = day_start + np.arange(97, dtype=np.int64)[None, :] * (STEP_S * 1000)
    for leak in faults:
        if leak.kind is FaultKind.WATER_LEAK and leak.target == demand.site:
            hours = (np.clip(edges, leak.start_ms, leak.end_ms) - leak.start_ms) / HOUR_MS
            used = used + hours * leak.magnitude * demand.share_of_leak
    return np.floor(used / PULSE_L).astype(np.int64) * PULSE_L


def volume_m3(register: NDArray[np.int64]) -> NDArray[np.float64]:
    """What passed in each slot, shape (n_days, 96), in m3."""
    return np.diff(register, axis=1) / 1000.0


def after_exchange(
    register: NDArray[np.int64],
    demand: Demand,
    seed: int,
    faults: tuple[Fault, ...],
    first_day: int,
    exchanges: tuple[Fault, ...],
) -> NDArray[np.int64]:
    """The register as read: a new meter starts at zero. Shape (n_days, 97), in L."""
    n_days = len(register)
    day_start = np.arange(first_day, first_day + n_days, dtype=np.int64)[:, None] * DAY_MS - MARKET_OFFSET_MS
    edges = day_start + np.arange(97, dtype=np.int64)[None, :] * (STEP_S * 1000)
    read = register
    for exchange in exchanges:  # by time: a later meter starts over again
        day = market_day(exchange.start_ms)
        if day < INSTALLED_DAY:
            continue
        that_day = register_l(demand, seed, faults, day, 1)[0]
        slot = (exchange.start_ms + MARKET_OFFSET_MS - day * DAY_MS) // (STEP_S * 1000)
        read = np.where(edges >= exchange.start_ms, register - int(that_day[slot]), read)
    return read


def _day_totals_l(demand: Demand, seed: int, days: NDArray[np.int64]) -> NDArray[np.float64]:
    kinds = day_kinds(int(days[0]), len(days))
    usual = np.where(kinds == DayKind.WORKING, demand.working_l, demand.other_l)
    usual = np.where(kinds == DayKind.CLOSURE, 0.3 * demand.other_l, usual)
    summer = np.maximum(np.cos(2.0 * np.pi * (np.mod(days, 365.25) - 20.0) / 365.25), 0.0)
    swing = 1.0 + 0.09 * noise.gauss(noise.key_of(seed, demand.name, "day"), days)
    return (usual + demand.summer_l * summer) * swing


def _used_share(demand: Demand, seed: int, times: Frame) -> NDArray[np.float64]:
    """Share of a market day's water used by each slot edge, 0 to 1, shape (n_days, 97)."""
    hours, heights = [h for h, _ in demand.shape], [v for _, v in demand.shape]
    # Draws come in bursts: whole taps and cisterns, not a smooth flow.
    burst = noise.uniform(noise.key_of(seed, demand.name, "burst"), times.slot)
    flow = np.interp(times.local_hour, hours, heights) * (0.25 + 2.3 * burst * burst)
    used = np.cumsum(flow, axis=1)
    return np.concatenate([np.zeros((times.n_days, 1)), used / used[:, -1:]], axis=1)
