"""Banksia Works Depot: a large solar roof, a battery, a charging fleet, five-minute meters."""

from typing import Final

import numpy as np

from aegrid_energy.domain.series import Quantity
from aegrid_energy.simulation import charging, noise
from aegrid_energy.simulation.battery import Battery, Operation, operate
from aegrid_energy.simulation.charging import Charger
from aegrid_energy.simulation.devices import asset, electricity, point, prices, water_meter
from aegrid_energy.simulation.frame import HOUR_MS, ZONE
from aegrid_energy.simulation.occupancy import Profile, attendance
from aegrid_energy.simulation.photovoltaic import Array, yield_kw
from aegrid_energy.simulation.reactive import PowerFactor, reactive_kvar
from aegrid_energy.simulation.register import Signals, SiteDesign, SiteRow
from aegrid_energy.simulation.scene import Scene
from aegrid_energy.simulation.sites.supplies import Floats, exchanged, microclimate_c, volumes_m3
from aegrid_energy.simulation.water import Demand

SITE: Final = "CCB-DP"

BATTERY: Final = Battery(capacity_kwh=200.0, power_kw=80.0)
ARRAY: Final = Array(peak_kw=150.0, inverter_kw=120.0, tilt_deg=10.0)
CHARGERS: Final = (
    *(
        Charger(
            external_id=f"CCB-DP-AC{number}",
            power_kw=11.0,
            sessions=1,
            arrives_h=(15.25, 17.5),
            energy_kwh=(9.0, 42.0),
            working_chance=0.78,
            weekend_chance=0.08,
        )
        for number in range(1, 9)
    ),
    *(
        Charger(
            external_id=f"CCB-DP-DC{number}",
            power_kw=50.0,
            sessions=3,
            arrives_h=(6.5, 19.0),
            energy_kwh=(12.0, 38.0),
            working_chance=0.45,
            weekend_chance=0.30,
        )
        for number in range(1, 3)
    ),
)
_CREW: Final = Profile(
    working=((0, 0), (5.5, 0), (6.5, 0.9), (8, 0.6), (12, 0.7), (14.5, 0.9), (16, 0.35), (17.5, 0)),
    saturday=((0, 0), (6.5, 0), (7.5, 0.25), (12, 0.25), (13, 0)),
)
_WATER: Final = Demand(
    name="CCB-DP-W0",
    site=SITE,
    working_l=9_200.0,
    other_l=500.0,
    summer_l=6_500.0,
    shape=(
        (0, 0.0),
        (5.5, 0.05),
        (6.5, 1.2),
        (9, 0.5),
        (13, 0.5),
        (15, 1.5),
        (16.5, 0.2),
        (18, 0.0),
        (24, 0.0),
    ),
)


def signals(stage: Scene) -> Signals:
    """Runs the site."""
    hours = stage.days.step_h
    workshop, rest = _workshop_kw(stage), _rest_kw(stage)
    sun_kw = yield_kw(ARRAY, stage.sky)
    cars = _charging_kw(stage)
    run = operate(BATTERY, stage.times, workshop + rest + cars - sun_kw)
    own_sun = stage.cut(sun_kw)
    workshop, rest, cars = stage.cut(workshop), stage.cut(rest), stage.cut(cars)
    # Charging and discharging meet inside one meter interval only by rounding; power electronics add no kvar.
    reactive = reactive_kvar(
        (
            (0.5 * workshop, PowerFactor.MOTORS),
            (0.5 * workshop + rest, PowerFactor.ELECTRONICS),
            (cars, PowerFactor.CHARGERS),
        )
    )
    taken, given = exchanged(workshop + rest + cars - own_sun + run.charge_kw - run.discharge_kw)
    return {
        ("CCB-DP-E0", "E1"): taken * hours,
        ("CCB-DP-E0", "B1"): given * hours,
        ("CCB-DP-E0", "Q1"): reactive * hours,
        ("CCB-DP-E1", "E1"): workshop * hours,
        ("CCB-DP-EV", "E1"): cars * hours,
        ("CCB-DP-PV", "B1"): own_sun * hours,
        ("CCB-DP-BT", "E1"): run.charge_kw * hours,
        ("CCB-DP-BT", "B1"): run.discharge_kw * hours,
        ("CCB-DP-W0", "VOLUME"): volumes_m3(_WATER, stage),
        **_points(stage, run, own_sun),
    }


def _workshop_kw(stage: Scene) -> Floats:
    """Compressors, hoists, welders, lights of the workshop, with lead, in kW."""
    times = stage.times
    crew = _CREW.at(times, stage.calendar, stage.calendar.council) * attendance(stage.seed, SITE, times, 0.1)
    bursts = noise.uniform(stage.key(SITE, "bursts"), times.slot)
    heating = np.clip(15.0 - stage.sky.temperature_c, 0.0, 12.0) * 1.1 * np.clip(crew * 2.0, 0.0, 1.0)
    return 2.6 + crew * (13.0 + 24.0 * bursts * bursts) + heating


def _rest_kw(stage: Scene) -> Floats:
    """Yard lights, offices, cool store, gate: not sub-metered; with lead, in kW."""
    times = stage.times
    dark = np.clip((-0.5 - stage.sky.sun.elevation_deg) / 2.0, 0.0, 1.0)
    crew = _CREW.at(times, stage.calendar, stage.calendar.council)
    cool_store = 3.4 + 0.11 * np.clip(stage.sky.temperature_c - 12.0, 0.0, 30.0)
    jitter = 1.0 + 0.06 * noise.gauss(stage.key(SITE, "jitter"), times.slot)
    return (4.2 + cool_store + 5.5 * dark + 6.0 * crew) * jitter


def _charging_kw(stage: Scene) -> Floats:
    """All chargers, with lead, in kW."""
    total = np.zeros(stage.times.start_ms.shape)
    for charger in CHARGERS:
        total += charging.power_kw(charger, stage)
    return total


def _points(stage: Scene, run: Operation, sun_kw: Floats) -> Signals:
    sensor = 1.0 + 0.01 * noise.gauss(stage.key(SITE, "pyranometer"), stage.days.slot)
    return {
        ("CCB-DP-T-OUT", ""): microclimate_c(stage, SITE, 0.3),
        ("CCB-DP-GHI", ""): stage.cut(stage.sky.horizontal_w_m2) * sensor,
        ("CCB-DP-SOC", ""): run.stored_kwh[:, :-1] * (100.0 / BATTERY.capacity_kwh),
        # One sign: what the battery takes is positive, what the roof gives is negative.
        ("CCB-DP-P-BT", ""): run.charge_kw - run.discharge_kw,
        ("CCB-DP-P-PV", ""): -sun_kw,
        ("CCB-DP-T-CELL", ""): _battery_temperature_c(stage, run),
    }


def _battery_temperature_c(stage: Scene, run: Operation) -> Floats:
    shed = 22.0 + 0.25 * (stage.cut(stage.sky.temperature_c) - 15.0)
    sway = 0.3 * noise.smooth(stage.key(SITE, "cells"), stage.days.start_ms, HOUR_MS)
    return shed + 0.06 * (run.charge_kw + run.discharge_kw) + sway


DESIGN: Final = SiteDesign(
    site=SiteRow(
        external_id=SITE,
        name="Banksia Works Depot",
        portfolio="CCB",
        timezone=ZONE,
        latitude=-37.98,
        longitude=145.18,
        use_type="depot",
    ),
    assets=(
        asset(SITE, "", "site", "Banksia Works Depot", use_type="depot"),
        asset("CCB-DP-B", SITE, "building", "Workshop and stores", use_type="warehouse", area_m2=3200),
        asset("CCB-DP-WS", "CCB-DP-B", "zone", "Workshop", use_type="workshop", area_m2=1500),
        asset("CCB-DP-SOL", "CCB-DP-B", "pv", "Solar roof", peak_kw=150, inverter_kw=120, tilt_deg=10),
        asset(
            "CCB-DP-BAT",
            SITE,
            "battery",
            "Battery",
            capacity_kwh=200,
            power_kw=80,
            charge_efficiency=0.95,
            discharge_efficiency=0.95,
            lowest_soc=0.10,
            highest_soc=0.95,
        ),
        asset("CCB-DP-CAR", SITE, "charger_group", "Charging bay", connection_kw=188),
        *(
            asset(
                charger.external_id,
                "CCB-DP-CAR",
                "charger",
                f"Charger {charger.external_id.rsplit('-', 1)[1]}",
                power_kw=charger.power_kw,
            )
            for charger in CHARGERS
        ),
    ),
    meters=(
        electricity(
            "CCB-DP-E0",
            "Depot main",
            suffixes="E1 B1 Q1",
            step_s=300,
            measures=SITE,
            role="boundary",
            nmi="ZZ10000044",
            serial="EM310044",
        ),
        electricity(
            "CCB-DP-E1",
            "Workshop",
            suffixes="E1",
            step_s=300,
            measures="CCB-DP-WS",
            role="sub",
            fed_by="CCB-DP-E0",
            serial="SM400101",
        ),
        electricity(
            "CCB-DP-EV",
            "Charging bay",
            suffixes="E1",
            step_s=300,
            measures="CCB-DP-CAR",
            role="sub",
            fed_by="CCB-DP-E0",
            serial="SM400102",
        ),
        electricity(
            "CCB-DP-PV",
            "Solar roof",
            suffixes="B1",
            step_s=300,
            measures="CCB-DP-SOL",
            role="generation",
            fed_by="CCB-DP-E0",
            serial="SM400103",
        ),
        electricity(
            "CCB-DP-BT",
            "Battery",
            suffixes="E1 B1",
            step_s=300,
            measures="CCB-DP-BAT",
            role="sub",
            fed_by="CCB-DP-E0",
            serial="SM400104",
        ),
        water_meter("CCB-DP-W0", "Depot water", measures=SITE, serial="W7755045"),
    ),
    points=(
        point(
            "CCB-DP-T-OUT",
            SITE,
            "Outside air",
            Quantity.TEMPERATURE,
            step_s=300,
            brick_class="Outside_Air_Temperature_Sensor",
        ),
        point(
            "CCB-DP-GHI",
            SITE,
            "Sun on the horizontal",
            Quantity.IRRADIANCE,
            step_s=300,
            brick_class="Solar_Irradiance_Sensor",
        ),
        point(
            "CCB-DP-SOC", "CCB-DP-BAT", "State of charge", Quantity.SHARE, step_s=300, brick_class="Battery"
        ),
        point(
            "CCB-DP-P-BT",
            "CCB-DP-BAT",
            "Battery power",
            Quantity.POWER,
            step_s=300,
            brick_class="Active_Power_Sensor",
        ),
        point(
            "CCB-DP-P-PV",
            "CCB-DP-SOL",
            "Solar power",
            Quantity.POWER,
            step_s=300,
            brick_class="Active_Power_Sensor",
        ),
        point(
            "CCB-DP-T-CELL",
            "CCB-DP-BAT",
            "Battery temperature",
            Quantity.TEMPERATURE,
            step_s=300,
            brick_class="Temperature_Sensor",
        ),
    ),
    prices=prices(SITE, electricity_kwh="0.2610", water_m3="3.6100"),
    step_s=300,
    signals=signals,
)
