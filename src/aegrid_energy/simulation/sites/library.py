"""Banksia Library: all-electric, heat pumps, a solar roof, half-hourly meters."""

from typing import Final

from aegrid_energy.domain.series import Quantity
from aegrid_energy.simulation.building import Building, Zone, drift_kw, loads
from aegrid_energy.simulation.devices import asset, electricity, point, prices, water_meter
from aegrid_energy.simulation.frame import ZONE
from aegrid_energy.simulation.occupancy import Hours, Profile
from aegrid_energy.simulation.photovoltaic import Array, yield_kw
from aegrid_energy.simulation.reactive import PowerFactor, reactive_kvar
from aegrid_energy.simulation.register import Signals, SiteDesign, SiteRow
from aegrid_energy.simulation.scene import Scene
from aegrid_energy.simulation.sites.supplies import exchanged, microclimate_c, volumes_m3
from aegrid_energy.simulation.thermal import Envelope
from aegrid_energy.simulation.water import Demand

SITE: Final = "CCB-LB"

_VISITORS: Final = Profile(
    working=((0, 0.01), (8.5, 0.05), (10, 0.5), (15, 0.6), (16.5, 0.9), (18, 0.5), (20, 0.25), (20.5, 0.01)),
    saturday=((0, 0.01), (9, 0.05), (11, 0.7), (15, 0.7), (17, 0.05)),
    sunday=((0, 0.01), (12.5, 0.02), (14, 0.6), (16.5, 0.5), (17, 0.01)),
    holiday=((0, 0.01),),
    closure=((0, 0.01),),
)
BUILDING: Final = Building(
    site=SITE,
    area_m2=2400.0,
    zones=(
        Zone(external_id="CCB-LB-T-N", share=0.55, aperture=0.036, people_per_m2=0.09, profile=_VISITORS),
        Zone(external_id="CCB-LB-T-S", share=0.45, aperture=0.025, people_per_m2=0.08, profile=_VISITORS),
    ),
    envelope=Envelope(
        loss_w_m2k=1.9, ventilation_w_m2k=1.0, mass_j_m2k=240_000.0, heat_w_m2=65.0, cool_w_m2=80.0
    ),
    plant=Hours(working=(7.5, 20.5), saturday=(8.5, 17.0), sunday=(12.0, 17.0)),
    lights_w_m2=9.5,
    equipment_w_m2=8.0,
    base_w_m2=2.6,
    fans_w_m2=6.5,
    cooling_cop=3.3,
    heating_cop=3.5,
    crankcase_kw=0.5,
)
ARRAY: Final = Array(peak_kw=45.0, inverter_kw=40.0, tilt_deg=12.0)
_WATER: Final = Demand(
    name="CCB-LB-W0",
    site=SITE,
    working_l=2_600.0,
    other_l=1_300.0,
    summer_l=1_500.0,
    shape=((0, 0.01), (8, 0.05), (10, 0.8), (13, 1.0), (17, 1.1), (20, 0.4), (21, 0.02), (24, 0.01)),
)


def signals(stage: Scene) -> Signals:
    """Runs the site."""
    run = loads(BUILDING, stage)
    hours = stage.days.step_h
    sun_kw = stage.cut(yield_kw(ARRAY, stage.sky))
    heat_pumps = run.cooling_kw + run.heating_kw + run.fans_kw
    general = run.lights_kw + run.equipment_kw
    rest = run.base_kw + drift_kw(stage, SITE)
    reactive = reactive_kvar(
        (
            (run.cooling_kw + run.heating_kw, PowerFactor.DRIVES),
            (run.fans_kw, PowerFactor.MOTORS),
            (run.lights_kw, PowerFactor.LIGHTS),
            (run.equipment_kw + rest, PowerFactor.ELECTRONICS),
        )
    )
    taken, given = exchanged(heat_pumps + general + rest - sun_kw)
    return {
        ("CCB-LB-E0", "E1"): taken * hours,
        ("CCB-LB-E0", "B1"): given * hours,
        ("CCB-LB-E0", "Q1"): reactive * hours,
        ("CCB-LB-E1", "E1"): heat_pumps * hours,
        ("CCB-LB-PV", "B1"): sun_kw * hours,
        ("CCB-LB-W0", "VOLUME"): volumes_m3(_WATER, stage),
        ("CCB-LB-T-OUT", ""): microclimate_c(stage, SITE, 0.1),
        ("CCB-LB-T-N", ""): run.air_c[0],
        ("CCB-LB-T-S", ""): run.air_c[1],
        ("CCB-LB-CO2", ""): run.co2_ppm[0],
    }


DESIGN: Final = SiteDesign(
    site=SiteRow(
        external_id=SITE,
        name="Banksia Library",
        portfolio="CCB",
        timezone=ZONE,
        latitude=-37.93,
        longitude=145.13,
        use_type="library",
    ),
    assets=(
        asset(SITE, "", "site", "Banksia Library", use_type="library"),
        asset("CCB-LB-B", SITE, "building", "Library", use_type="library", area_m2=2400),
        asset("CCB-LB-N", "CCB-LB-B", "zone", "North reading room", use_type="library", area_m2=1320),
        asset("CCB-LB-S", "CCB-LB-B", "zone", "South stacks and workroom", use_type="library", area_m2=1080),
        asset("CCB-LB-VRF", "CCB-LB-B", "heat_pump", "Heat pumps", cooling_kw=192, heating_kw=156),
        asset("CCB-LB-SOL", "CCB-LB-B", "pv", "Solar roof", peak_kw=45, inverter_kw=40, tilt_deg=12),
    ),
    meters=(
        electricity(
            "CCB-LB-E0",
            "Library main",
            suffixes="E1 B1 Q1",
            step_s=1800,
            measures=SITE,
            role="boundary",
            nmi="ZZ10000033",
            serial="EM310033",
        ),
        electricity(
            "CCB-LB-E1",
            "Heat pumps",
            suffixes="E1",
            step_s=1800,
            measures="CCB-LB-VRF",
            role="sub",
            fed_by="CCB-LB-E0",
            serial="SM300101",
        ),
        electricity(
            "CCB-LB-PV",
            "Solar roof",
            suffixes="B1",
            step_s=1800,
            measures="CCB-LB-SOL",
            role="generation",
            fed_by="CCB-LB-E0",
            serial="SM300102",
        ),
        water_meter("CCB-LB-W0", "Library water", measures=SITE, serial="W7755034"),
    ),
    points=(
        point(
            "CCB-LB-T-OUT",
            SITE,
            "Outside air",
            Quantity.TEMPERATURE,
            step_s=900,
            brick_class="Outside_Air_Temperature_Sensor",
        ),
        point(
            "CCB-LB-T-N",
            "CCB-LB-N",
            "Reading room air",
            Quantity.TEMPERATURE,
            step_s=900,
            brick_class="Zone_Air_Temperature_Sensor",
        ),
        point(
            "CCB-LB-T-S",
            "CCB-LB-S",
            "Stacks air",
            Quantity.TEMPERATURE,
            step_s=900,
            brick_class="Zone_Air_Temperature_Sensor",
        ),
        point(
            "CCB-LB-CO2",
            "CCB-LB-N",
            "Reading room CO2",
            Quantity.CO2,
            step_s=900,
            brick_class="CO2_Level_Sensor",
        ),
    ),
    prices=prices(SITE, electricity_kwh="0.2720", water_m3="3.6100"),
    step_s=900,
    signals=signals,
)
