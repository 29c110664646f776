"""Banksia Aquatic Centre: indoor pools, a gym, gas boilers, a pool heat pump; the council's largest user."""

from typing import Final

import numpy as np

from aegrid_energy.domain.series import Quantity
from aegrid_energy.simulation import noise
from aegrid_energy.simulation.devices import asset, electricity, gas, point, prices, water_meter
from aegrid_energy.simulation.frame import HOUR_MS, ZONE
from aegrid_energy.simulation.occupancy import Hours, Profile, attendance
from aegrid_energy.simulation.pool import Pool, PoolHeat, pool_heat
from aegrid_energy.simulation.reactive import PowerFactor, reactive_kvar
from aegrid_energy.simulation.register import Signals, SiteDesign, SiteRow
from aegrid_energy.simulation.scene import Scene
from aegrid_energy.simulation.sites.supplies import Floats, mains_c, microclimate_c, mj, volumes_m3
from aegrid_energy.simulation.water import Demand

SITE: Final = "CCB-AQ"

_SWIMMERS: Final = Profile(
    working=(
        (0, 0),
        (5.5, 0),
        (6.5, 0.6),
        (8, 0.5),
        (11, 0.35),
        (14, 0.3),
        (16, 0.85),
        (18.5, 0.9),
        (20.5, 0.3),
        (21.5, 0),
    ),
    saturday=((0, 0), (7, 0), (9, 0.8), (13, 0.95), (16, 0.6), (18.5, 0)),
    sunday=((0, 0), (7, 0), (9.5, 0.75), (13, 0.9), (16, 0.6), (18.5, 0)),
    holiday=((0, 0), (8.5, 0), (10, 0.5), (13, 0.6), (16, 0.4), (17.5, 0)),
    closure=((0, 0), (6.5, 0), (10, 0.6), (13, 0.8), (17, 0.5), (19.5, 0)),
)
_OPEN: Final = Hours(
    working=(5.5, 21.5), saturday=(7.0, 18.5), sunday=(7.0, 18.5), holiday=(8.5, 17.5), closure=(6.5, 19.5)
)
_POOL: Final = Pool(
    water_m2=790.0,
    water_c=28.0,
    hall_c=29.5,
    hall_humidity=0.58,
    envelope_kw_k=4.6,
    outside_air_m3_s=13.0,
    recovery=0.4,
    make_up_l=38_000.0,
    showers_l=21_000.0,
)
#: The pool heat pump runs first, at constant output; boilers do the rest. [kW]
_HEAT_PUMP_KW: Final = 75.0
_BOILER_EFFICIENCY: Final = 0.84
_WATER: Final = Demand(
    name="CCB-AQ-W0",
    site=SITE,
    working_l=66_000.0,
    other_l=58_000.0,
    summer_l=26_000.0,
    shape=(
        (0, 0.015),
        (5, 0.02),
        (6.5, 0.8),
        (9, 0.8),
        (13, 0.7),
        (17, 1.3),
        (19, 1.3),
        (21, 0.7),
        (22, 1.2),
        (23, 0.1),
        (24, 0.015),
    ),
)
_MAKE_UP: Final = Demand(
    name="CCB-AQ-W1",
    site=SITE,
    working_l=27_000.0,
    other_l=25_000.0,
    summer_l=8_000.0,
    shape=((0, 0.02), (5, 0.03), (7, 0.5), (9, 0.7), (17, 1.0), (22, 1.6), (23, 0.1), (24, 0.02)),
    share_of_leak=0.0,
)


def signals(stage: Scene) -> Signals:
    """Runs the site."""
    times, calendar, hours = stage.times, stage.calendar, stage.days.step_h
    usual = attendance(stage.seed, SITE, times, 0.08) * (0.9 + 0.1 * calendar.at(calendar.school, times))
    swimmers = stage.cut(np.clip(_SWIMMERS.at(times, calendar, calendar.council) * usual, 0.0, 1.2))
    is_open = stage.cut(_OPEN.at(times, calendar, calendar.council))
    outside, mains = stage.cut(stage.sky.temperature_c), stage.cut(mains_c(stage))
    heat = pool_heat(_POOL, outside_c=outside, mains_c=mains, swimmers=swimmers, is_open=is_open)
    jitter = 1.0 + 0.03 * noise.gauss(stage.key(SITE, "cycling"), stage.days.slot)
    by_pump = np.minimum(heat.water_kw, _HEAT_PUMP_KW)
    heat_pump = by_pump / np.clip(4.6 * (1.0 + 0.022 * (outside - 15.0)), 2.6, 6.5) * jitter
    boiler_kw = ((heat.water_kw - by_pump) + 0.55 * heat.hall_kw) / _BOILER_EFFICIENCY * jitter
    gas_kw = boiler_kw + (0.45 * heat.hall_kw + heat.showers_kw) / _BOILER_EFFICIENCY

    pumps = _wobbling(stage, "pumps", np.where(is_open, 68.0, 46.0), 0.012)
    cooling = np.clip(outside - 21.0, 0.0, 18.0) * np.where(is_open, 2.6, 0.0)
    air = _wobbling(stage, "air", np.where(is_open, 56.0, 25.0), 0.02) + cooling
    daylight = 1.0 - 0.3 * np.clip(stage.cut(stage.sky.horizontal_w_m2) / 500.0, 0.0, 1.0)
    lights = np.where(is_open, 38.0 * daylight, 6.0)
    gym = 9.0 + 30.0 * swimmers
    # Not sub-metered: spa blowers, ultraviolet plant, slide pump, offices.
    rest = _wobbling(stage, "rest", 11.0 + np.where(is_open, 13.0, 0.0), 0.03)
    reactive = reactive_kvar(
        (
            (pumps + cooling, PowerFactor.MOTORS),
            (air - cooling + heat_pump, PowerFactor.DRIVES),
            (lights, PowerFactor.LIGHTS),
            (gym + rest, PowerFactor.ELECTRONICS),
        ),
        capacitors_kvar=20.0,
    )
    return {
        ("CCB-AQ-E0", "E1"): (pumps + air + heat_pump + lights + gym + rest) * hours,
        ("CCB-AQ-E0", "Q1"): reactive * hours,
        ("CCB-AQ-E1", "E1"): pumps * hours,
        ("CCB-AQ-E2", "E1"): air * hours,
        ("CCB-AQ-E3", "E1"): heat_pump * hours,
        ("CCB-AQ-G0", "GAS"): mj(gas_kw, hours),
        ("CCB-AQ-G1", "GAS"): mj(boiler_kw, hours),
        ("CCB-AQ-W0", "VOLUME"): volumes_m3(_WATER, stage) + volumes_m3(_MAKE_UP, stage),
        ("CCB-AQ-W1", "VOLUME"): volumes_m3(_MAKE_UP, stage),
        **_points(stage, heat, swimmers),
    }


def _wobbling(stage: Scene, name: str, power_kw: Floats, spread: float) -> Floats:
    return power_kw * (1.0 + spread * noise.gauss(stage.key(SITE, name), stage.days.slot))


def _points(stage: Scene, heat: PoolHeat, swimmers: Floats) -> Signals:
    at = stage.days.start_ms
    slow = noise.smooth(stage.key(SITE, "pool"), at, 9 * HOUR_MS)
    quick = noise.smooth(stage.key(SITE, "hall"), at, HOUR_MS)
    # The pool sags a little when evaporation is greatest, the hall when it is cold outside.
    busy = heat.water_kw / 190.0 - 0.5
    return {
        ("CCB-AQ-T-OUT", ""): microclimate_c(stage, SITE, 0.0),
        ("CCB-AQ-T-POOL", ""): _POOL.water_c + 0.15 * slow - 0.2 * busy,
        ("CCB-AQ-T-HALL", ""): _POOL.hall_c + 0.35 * quick - heat.hall_kw / 1400.0,
        ("CCB-AQ-RH-HALL", ""): 58.0 + 2.2 * quick + 3.0 * (swimmers - 0.4),
        ("CCB-AQ-CO2", ""): 440.0 + 420.0 * swimmers + 12.0 * quick,
    }


DESIGN: Final = SiteDesign(
    site=SiteRow(
        external_id=SITE,
        name="Banksia Aquatic Centre",
        portfolio="CCB",
        timezone=ZONE,
        latitude=-37.94,
        longitude=145.17,
        use_type="aquatic_centre",
    ),
    assets=(
        asset(SITE, "", "site", "Banksia Aquatic Centre", use_type="aquatic_centre"),
        asset("CCB-AQ-B", SITE, "building", "Pool hall and gym", use_type="aquatic_centre", area_m2=6800),
        asset("CCB-AQ-HALL", "CCB-AQ-B", "zone", "Pool hall", use_type="pool_hall", area_m2=3100),
        asset("CCB-AQ-POOL", "CCB-AQ-HALL", "pool", "25 m and leisure pools", water_m2=790),
        asset("CCB-AQ-PLANT", "CCB-AQ-B", "pool_plant", "Pool filtration and pumps", pump_kw=75),
        asset("CCB-AQ-HP", "CCB-AQ-B", "heat_pump", "Pool heat pump", heating_kw=75, cop=4.6),
        asset("CCB-AQ-AHU", "CCB-AQ-B", "ahu", "Pool hall air handling", fan_kw=56),
        asset("CCB-AQ-BLR", "CCB-AQ-B", "boiler", "Pool and air boiler", output_kw=760, efficiency=0.84),
        asset("CCB-AQ-GYM", "CCB-AQ-B", "zone", "Gym and studios", use_type="gym", area_m2=1400),
    ),
    meters=(
        electricity(
            "CCB-AQ-E0",
            "Aquatic centre main",
            suffixes="E1 Q1",
            step_s=900,
            measures=SITE,
            role="boundary",
            nmi="ZZ10000022",
            serial="EM310022",
        ),
        electricity(
            "CCB-AQ-E1",
            "Pool plant",
            suffixes="E1",
            step_s=900,
            measures="CCB-AQ-PLANT",
            role="sub",
            fed_by="CCB-AQ-E0",
            serial="SM200101",
        ),
        electricity(
            "CCB-AQ-E2",
            "Air handling",
            suffixes="E1",
            step_s=900,
            measures="CCB-AQ-AHU",
            role="sub",
            fed_by="CCB-AQ-E0",
            serial="SM200102",
        ),
        electricity(
            "CCB-AQ-E3",
            "Pool heat pump",
            suffixes="E1",
            step_s=900,
            measures="CCB-AQ-HP",
            role="sub",
            fed_by="CCB-AQ-E0",
            serial="SM200103",
        ),
        gas(
            "CCB-AQ-G0", "Aquatic centre gas", step_s=3600, measures=SITE, role="boundary", serial="G4022208"
        ),
        gas(
            "CCB-AQ-G1",
            "Pool boiler gas",
            step_s=3600,
            measures="CCB-AQ-BLR",
            role="sub",
            fed_by="CCB-AQ-G0",
            serial="G4022209",
        ),
        water_meter("CCB-AQ-W0", "Aquatic centre water", measures=SITE, serial="W7755023"),
        water_meter(
            "CCB-AQ-W1",
            "Pool make-up water",
            measures="CCB-AQ-POOL",
            role="sub",
            fed_by="CCB-AQ-W0",
            serial="W7755024",
        ),
    ),
    points=(
        point(
            "CCB-AQ-T-OUT",
            SITE,
            "Outside air",
            Quantity.TEMPERATURE,
            step_s=900,
            brick_class="Outside_Air_Temperature_Sensor",
        ),
        point(
            "CCB-AQ-T-POOL",
            "CCB-AQ-POOL",
            "Pool water",
            Quantity.TEMPERATURE,
            step_s=900,
            brick_class="Water_Temperature_Sensor",
        ),
        point(
            "CCB-AQ-T-HALL",
            "CCB-AQ-HALL",
            "Hall air",
            Quantity.TEMPERATURE,
            step_s=900,
            brick_class="Zone_Air_Temperature_Sensor",
        ),
        point(
            "CCB-AQ-RH-HALL",
            "CCB-AQ-HALL",
            "Hall humidity",
            Quantity.HUMIDITY,
            step_s=900,
            brick_class="Zone_Air_Humidity_Sensor",
        ),
        point(
            "CCB-AQ-CO2", "CCB-AQ-HALL", "Hall CO2", Quantity.CO2, step_s=900, brick_class="CO2_Level_Sensor"
        ),
    ),
    prices=prices(SITE, electricity_kwh="0.2180", gas_mj="0.0187", water_m3="3.6100"),
    step_s=900,
    signals=signals,
)
