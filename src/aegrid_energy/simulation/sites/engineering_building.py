"""Banksia National University, Engineering: laboratories, lectures, a data room, a chiller, gas boilers."""

from typing import Final

import numpy as np

from aegrid_energy.domain.series import Kind, Quantity
from aegrid_energy.simulation import noise
from aegrid_energy.simulation.building import Building, Loads, Zone, drift_kw, loads
from aegrid_energy.simulation.devices import asset, electricity, gas, point, prices, water_meter
from aegrid_energy.simulation.frame import HOUR_MS, ZONE
from aegrid_energy.simulation.occupancy import Hours, Profile
from aegrid_energy.simulation.reactive import PowerFactor, reactive_kvar
from aegrid_energy.simulation.register import PointRow, Signals, SiteDesign, SiteRow
from aegrid_energy.simulation.scene import Scene
from aegrid_energy.simulation.sites.supplies import Floats, microclimate_c, mj, volumes_m3
from aegrid_energy.simulation.thermal import Envelope
from aegrid_energy.simulation.water import Demand

SITE: Final = "BNU-ENG"

_LECTURES: Final = Profile(
    working=(
        (0, 0.0),
        (7.5, 0.02),
        (9, 0.7),
        (11, 0.95),
        (13, 0.75),
        (15, 0.9),
        (17, 0.6),
        (19, 0.25),
        (21.5, 0.0),
    ),
    saturday=((0, 0.0), (9, 0.05), (12, 0.12), (17, 0.0)),
)
_OFFICES: Final = Profile(
    working=((0, 0.03), (7, 0.06), (9.5, 0.8), (12.5, 0.75), (14, 0.85), (17.5, 0.5), (20, 0.15), (23, 0.03)),
    saturday=((0, 0.02), (10, 0.15), (16, 0.15), (19, 0.02)),
    sunday=((0, 0.02), (11, 0.08), (16, 0.08), (19, 0.02)),
    holiday=((0, 0.03),),
    closure=((0, 0.01),),
)
BUILDING: Final = Building(
    site=SITE,
    area_m2=9800.0,
    zones=(
        Zone(external_id="BNU-ENG-T-L0", share=0.22, aperture=0.012, people_per_m2=0.25, profile=_LECTURES),
        Zone(external_id="BNU-ENG-T-L1", share=0.26, aperture=0.028, people_per_m2=0.14, profile=_LECTURES),
        Zone(external_id="BNU-ENG-T-L2", share=0.26, aperture=0.032, people_per_m2=0.07, profile=_OFFICES),
        Zone(external_id="BNU-ENG-T-L3", share=0.26, aperture=0.036, people_per_m2=0.07, profile=_OFFICES),
    ),
    envelope=Envelope(
        loss_w_m2k=1.7, ventilation_w_m2k=1.5, mass_j_m2k=280_000.0, heat_w_m2=60.0, cool_w_m2=75.0
    ),
    plant=Hours(working=(6.5, 21.0), saturday=(9.0, 17.0)),
    lights_w_m2=8.5,
    equipment_w_m2=11.0,
    base_w_m2=4.4,
    fans_w_m2=9.5,
    cooling_cop=3.9,
    boiler_efficiency=0.85,
    crankcase_kw=2.5,
    university=True,
)
_WATER: Final = Demand(
    name="BNU-ENG-W0",
    site=SITE,
    working_l=17_500.0,
    other_l=3_400.0,
    summer_l=5_200.0,
    shape=((0, 0.03), (7, 0.1), (9.5, 1.0), (13, 1.3), (16, 1.0), (19, 0.4), (22, 0.1), (24, 0.03)),
)


def signals(stage: Scene) -> Signals:
    """Runs the site."""
    run = loads(BUILDING, stage)
    hours = stage.days.step_h
    data_room = _data_room_kw(stage)
    chiller = run.cooling_kw + 0.18 * data_room
    mechanical = chiller + run.fans_kw + 0.012 * run.gas_kw
    labs = _laboratories_kw(stage, run)
    general = run.lights_kw + run.equipment_kw
    rest = run.base_kw + drift_kw(stage, SITE)
    main = mechanical + labs + general + data_room + rest
    reactive = reactive_kvar(
        (
            (chiller, PowerFactor.DRIVES),
            (run.fans_kw + labs, PowerFactor.MOTORS),
            (run.lights_kw, PowerFactor.LIGHTS),
            (run.equipment_kw + rest + data_room, PowerFactor.ELECTRONICS),
        ),
        capacitors_kvar=25.0,
    )
    # The check meter stands behind another transformer ratio and reads a little low.
    check = main * (0.996 + 0.001 * noise.gauss(stage.key(SITE, "check"), stage.days.slot))
    return {
        ("BNU-ENG-E0", "E1"): main * hours,
        ("BNU-ENG-E0", "Q1"): reactive * hours,
        ("BNU-ENG-EC", "F1"): check * hours,
        ("BNU-ENG-E1", "E1"): mechanical * hours,
        ("BNU-ENG-E2", "E1"): chiller * hours,
        ("BNU-ENG-E3", "E1"): labs * hours,
        ("BNU-ENG-E4", "E1"): data_room * hours,
        ("BNU-ENG-E5", "E1"): general * hours,
        ("BNU-ENG-G0", "GAS"): mj(run.gas_kw + 6.0 * run.full[2], hours),
        ("BNU-ENG-W0", "VOLUME"): volumes_m3(_WATER, stage),
        **_points(stage, run),
    }


def _data_room_kw(stage: Scene) -> Floats:
    days = stage.days
    jobs = noise.smooth(stage.key(SITE, "jobs"), days.start_ms, 5 * HOUR_MS)
    quick = noise.gauss(stage.key(SITE, "racks"), days.slot)
    return 24.0 + 2.2 * jobs + 0.25 * quick


def _laboratories_kw(stage: Scene, run: Loads) -> Floats:
    """Fume cupboards and furnaces: in kW; high day and night, more when people are in."""
    quick = noise.gauss(stage.key(SITE, "labs"), stage.days.slot)
    furnace = noise.smooth(stage.key(SITE, "furnace"), stage.days.start_ms, 2 * HOUR_MS)
    return 22.0 + 21.0 * run.full[2] * (1.0 + 0.3 * np.clip(furnace, -1.0, 2.0)) + 0.5 * quick


def _points(stage: Scene, run: Loads) -> Signals:
    quick = noise.smooth(stage.key(SITE, "coils"), stage.days.start_ms, HOUR_MS)
    outside = stage.cut(stage.sky.temperature_c)
    room = run.air_c[1]
    is_cooling = run.is_on & (run.cooling_kw > BUILDING.crankcase_kw + 1.0)
    is_heating = run.is_on & (run.gas_kw > 1.0) & ~is_cooling
    supply = (
        np.where(is_cooling, 13.5, np.where(is_heating, 28.0, np.clip(outside, 16.0, 22.0))) + 0.5 * quick
    )
    water = np.where(is_cooling, 6.8 + 0.4 * quick, 0.6 * room + 0.4 * outside)
    return {
        ("BNU-ENG-T-OUT", ""): microclimate_c(stage, SITE, 0.4),
        **{(zone.external_id, ""): air for zone, air in zip(BUILDING.zones, run.air_c, strict=True)},
        ("BNU-ENG-CO2-L0", ""): run.co2_ppm[0],
        ("BNU-ENG-CO2-L2", ""): run.co2_ppm[2],
        ("BNU-ENG-T-SUP", ""): np.where(run.is_on, supply, room),
        ("BNU-ENG-T-CHW", ""): water,
        ("BNU-ENG-SP", ""): np.where(run.is_on, BUILDING.envelope.cool_to_c, 30.0),
    }


def _zone_point(external_id: str, measures: str, name: str) -> PointRow:
    return point(
        external_id,
        measures,
        name,
        Quantity.TEMPERATURE,
        step_s=300,
        brick_class="Zone_Air_Temperature_Sensor",
    )


DESIGN: Final = SiteDesign(
    site=SiteRow(
        external_id=SITE,
        name="Engineering Building",
        portfolio="BNU",
        timezone=ZONE,
        latitude=-37.91,
        longitude=145.13,
        use_type="university",
    ),
    assets=(
        asset(SITE, "", "site", "Engineering Building", use_type="university"),
        asset("BNU-ENG-B", SITE, "building", "Engineering", use_type="university", area_m2=9800),
        asset(
            "BNU-ENG-L0", "BNU-ENG-B", "floor", "Lecture theatres", use_type="lecture_theatre", area_m2=2156
        ),
        asset("BNU-ENG-L1", "BNU-ENG-B", "floor", "Teaching", use_type="teaching", area_m2=2548),
        asset(
            "BNU-ENG-L2",
            "BNU-ENG-B",
            "floor",
            "Laboratories and offices",
            use_type="laboratory",
            area_m2=2548,
        ),
        asset("BNU-ENG-L3", "BNU-ENG-B", "floor", "Offices", use_type="office", area_m2=2548),
        asset("BNU-ENG-MSB", "BNU-ENG-B", "switchboard", "Mechanical services switchboard"),
        asset("BNU-ENG-CHL", "BNU-ENG-MSB", "chiller", "Water chiller", cooling_kw=735, cop=3.9),
        asset("BNU-ENG-AHU", "BNU-ENG-MSB", "ahu", "Air handlers", fan_kw=93),
        asset("BNU-ENG-BLR", "BNU-ENG-B", "boiler", "Boilers 1 and 2", output_kw=588, efficiency=0.85),
        asset("BNU-ENG-LAB", "BNU-ENG-L2", "laboratory", "Fume cupboards and furnaces"),
        asset("BNU-ENG-DAT", "BNU-ENG-L0", "data_room", "Data room", rack_kw=32),
        asset("BNU-ENG-GLP", "BNU-ENG-B", "lighting", "General light and power"),
    ),
    meters=(
        electricity(
            "BNU-ENG-E0",
            "Engineering main",
            suffixes="E1 Q1",
            step_s=300,
            measures=SITE,
            role="boundary",
            nmi="ZZ20000011",
            serial="EM320011",
        ),
        electricity(
            "BNU-ENG-EC",
            "Engineering check",
            suffixes="F1",
            step_s=1800,
            measures=SITE,
            role="check",
            nmi="ZZ20000022",
            serial="SM500100",
        ),
        electricity(
            "BNU-ENG-E1",
            "Mechanical services",
            suffixes="E1",
            step_s=300,
            measures="BNU-ENG-MSB",
            role="sub",
            fed_by="BNU-ENG-E0",
            serial="SM500101",
        ),
        electricity(
            "BNU-ENG-E2",
            "Chiller",
            suffixes="E1",
            step_s=900,
            measures="BNU-ENG-CHL",
            role="sub",
            fed_by="BNU-ENG-E1",
            serial="SM500102",
        ),
        electricity(
            "BNU-ENG-E3",
            "Laboratories",
            suffixes="E1",
            step_s=900,
            measures="BNU-ENG-LAB",
            role="sub",
            fed_by="BNU-ENG-E0",
            serial="SM500103",
        ),
        electricity(
            "BNU-ENG-E4",
            "Data room",
            suffixes="E1",
            step_s=300,
            measures="BNU-ENG-DAT",
            role="sub",
            fed_by="BNU-ENG-E0",
            serial="SM500104",
        ),
        electricity(
            "BNU-ENG-E5",
            "General light and power",
            suffixes="E1",
            step_s=900,
            measures="BNU-ENG-GLP",
            role="sub",
            fed_by="BNU-ENG-E0",
            serial="SM500105",
        ),
        gas("BNU-ENG-G0", "Engineering gas", step_s=1800, measures=SITE, role="boundary", serial="G4023301"),
        water_meter("BNU-ENG-W0", "Engineering water", measures=SITE, serial="W7755056"),
    ),
    points=(
        point(
            "BNU-ENG-T-OUT",
            SITE,
            "Outside air",
            Quantity.TEMPERATURE,
            step_s=300,
            brick_class="Outside_Air_Temperature_Sensor",
        ),
        _zone_point("BNU-ENG-T-L0", "BNU-ENG-L0", "Lecture theatre air"),
        _zone_point("BNU-ENG-T-L1", "BNU-ENG-L1", "Teaching air"),
        _zone_point("BNU-ENG-T-L2", "BNU-ENG-L2", "Laboratory air"),
        _zone_point("BNU-ENG-T-L3", "BNU-ENG-L3", "Office air"),
        point(
            "BNU-ENG-CO2-L0",
            "BNU-ENG-L0",
            "Lecture theatre CO2",
            Quantity.CO2,
            step_s=300,
            brick_class="CO2_Level_Sensor",
        ),
        point(
            "BNU-ENG-CO2-L2",
            "BNU-ENG-L2",
            "Laboratory CO2",
            Quantity.CO2,
            step_s=300,
            brick_class="CO2_Level_Sensor",
        ),
        point(
            "BNU-ENG-T-SUP",
            "BNU-ENG-AHU",
            "Supply air",
            Quantity.TEMPERATURE,
            step_s=300,
            brick_class="Supply_Air_Temperature_Sensor",
        ),
        point(
            "BNU-ENG-T-CHW",
            "BNU-ENG-CHL",
            "Chilled water flow",
            Quantity.TEMPERATURE,
            step_s=300,
            brick_class="Chilled_Water_Supply_Temperature_Sensor",
        ),
        point(
            "BNU-ENG-SP",
            "BNU-ENG-B",
            "Cooling setpoint",
            Quantity.TEMPERATURE,
            step_s=900,
            brick_class="Zone_Air_Temperature_Setpoint",
            kind=Kind.SETPOINT,
            is_writable=True,
        ),
    ),
    prices=prices(SITE, electricity_kwh="0.2050", gas_mj="0.0209", water_m3="3.6100"),
    step_s=300,
    signals=signals,
)
