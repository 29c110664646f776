"""What several sites are supplied with and measure alike: outside air, mains water, gas, water."""

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.simulation import noise
from aegrid_energy.simulation.faults import FaultKind
from aegrid_energy.simulation.frame import DAY_MS, HOUR_MS
from aegrid_energy.simulation.scene import Scene
from aegrid_energy.simulation.water import Demand, after_exchange, register_l, volume_m3

Floats = NDArray[np.float64]


def microclimate_c(stage: Scene, site: str, warmer_k: float) -> Floats:
    """Outside air as a site's own sensor has it, shape (n_days, slots), in degC."""
    local = 0.25 * noise.smooth(stage.key(site, "outside"), stage.days.start_ms, HOUR_MS)
    return stage.cut(stage.sky.temperature_c) + warmer_k + local


def mains_c(stage: Scene) -> Floats:
    """Temperature of mains water: a slow, late picture of the seasons, with lead, in degC."""
    day = np.mod(stage.times.start_ms / DAY_MS, 365.25)
    return 16.0 + 4.5 * np.cos(2.0 * np.pi * (day - 40.0) / 365.25)


def mj(power_kw: Floats, hours: float) -> Floats:
    """Power over a slot as megajoules."""
    return power_kw * (3.6 * hours)


def exchanged(net_kw: Floats) -> tuple[Floats, Floats]:
    """Net power at the grid connection, in kW, as two registers that never net: taken and given."""
    return np.maximum(net_kw, 0.0), np.maximum(-net_kw, 0.0)


def volumes_m3(demand: Demand, stage: Scene) -> Floats:
    """Water of each quarter hour, shape (n_days, 96), in m3."""
    return volume_m3(register_l(demand, stage.seed, stage.faults, stage.days.first_day, stage.days.n_days))


def counter_m3(demand: Demand, stage: Scene) -> Floats:
    """Register at the start of each quarter hour, through meter exchanges, shape (n_days, 96), in m3."""
    first, n_days = stage.days.first_day, stage.days.n_days
    register = register_l(demand, stage.seed, stage.faults, first, n_days)
    exchanges = stage.faults_of(FaultKind.METER_EXCHANGE, demand.name)
    return after_exchange(register, demand, stage.seed, stage.faults, first, exchanges)[:, :-1] / 1000.0
