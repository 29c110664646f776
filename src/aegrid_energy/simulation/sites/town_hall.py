"""Banksia Town Hall: a gas-heated civic building with a chiller and a council chamber."""

from typing import Final

import numpy as np

from aegrid_energy.domain.series import Kind, Quantity
from aegrid_energy.simulation.building import Building, Loads, Zone, loads
from aegrid_energy.simulation.devices import asset, electricity, gas, point, prices, water_meter
from aegrid_energy.simulation.frame import ZONE
from aegrid_energy.simulation.occupancy import Hours, Profile
from aegrid_energy.simulation.reactive import PowerFactor, reactive_kvar
from aegrid_energy.simulation.register import Signals, SiteDesign, SiteRow
from aegrid_energy.simulation.scene import Scene
from aegrid_energy.simulation.sites.supplies import counter_m3, microclimate_c, mj
from aegrid_energy.simulation.thermal import Envelope
from aegrid_energy.simulation.water import Demand

SITE: Final = "CCB-TH"

_OFFICE: Final = Profile(
    working=(
        (0, 0.02),
        (6.5, 0.03),
        (8.5, 0.82),
        (12, 0.9),
        (13, 0.75),
        (14, 0.9),
        (16.5, 0.8),
        (18.5, 0.12),
        (21, 0.02),
    ),
    saturday=((0, 0.02), (9, 0.03), (11, 0.1), (15, 0.1), (17, 0.02)),
    sunday=((0, 0.02),),
    holiday=((0, 0.02),),
    closure=((0, 0.02),),
)
_CHAMBER: Final = Profile(
    working=((0, 0.0), (9, 0.0), (10, 0.25), (16, 0.25), (17, 0.1), (18.5, 0.75), (21, 0.7), (22, 0.0)),
    saturday=((0, 0.0), (16, 0.0), (18, 0.6), (22, 0.6), (23, 0.0)),
)

BUILDING: Final = Building(
    site=SITE,
    area_m2=5200.0,
    zones=(
        Zone(external_id="CCB-TH-T-GF", share=0.42, aperture=0.030, people_per_m2=0.06, profile=_OFFICE),
        Zone(external_id="CCB-TH-T-L1", share=0.43, aperture=0.034, people_per_m2=0.07, profile=_OFFICE),
        Zone(external_id="CCB-TH-T-CH", share=0.15, aperture=0.015, people_per_m2=0.20, profile=_CHAMBER),
    ),
    envelope=Envelope(
        loss_w_m2k=2.3, ventilation_w_m2k=1.1, mass_j_m2k=310_000.0, heat_w_m2=70.0, cool_w_m2=75.0
    ),
    plant=Hours(working=(6.0, 19.0), saturday=(9.0, 16.0)),
    lights_w_m2=10.5,
    equipment_w_m2=10.0,
    base_w_m2=3.1,
    fans_w_m2=8.0,
    cooling_cop=3.1,
    boiler_efficiency=0.80,
    crankcase_kw=1.2,
)
_WATER: Final = Demand(
    name="CCB-TH-W0",
    site=SITE,
    working_l=7_600.0,
    other_l=1_100.0,
    summer_l=2_400.0,
    shape=((0, 0.02), (6, 0.1), (9, 1.0), (12.5, 1.3), (16, 0.9), (18.5, 0.3), (21, 0.15), (24, 0.02)),
)


def signals(stage: Scene) -> Signals:
    """Runs the site."""
    run = loads(BUILDING, stage)
    hours = stage.days.step_h
    chiller = run.cooling_kw
    mechanical = chiller + run.fans_kw + 0.012 * run.gas_kw  # burner fans and hot water pumps
    general = run.lights_kw + run.equipment_kw
    # Not sub-metered: lifts, kitchen, outdoor lights, communications room.
    rest = run.base_kw + 0.09 * run.equipment_kw
    reactive = reactive_kvar(
        (
            (chiller, PowerFactor.MOTORS),
            (run.fans_kw, PowerFactor.MOTORS),
            (run.lights_kw, PowerFactor.LIGHTS),
            (run.equipment_kw + rest, PowerFactor.ELECTRONICS),
        )
    )
    showers_mj = mj(4.0 * run.full[0], hours)
    return {
        ("CCB-TH-E0", "E1"): (mechanical + general + rest) * hours,
        ("CCB-TH-E0", "Q1"): reactive * hours,
        ("CCB-TH-E1", "E1"): mechanical * hours,
        ("CCB-TH-E2", "E1"): chiller * hours,
        ("CCB-TH-E3", "E1"): general * hours,
        ("CCB-TH-G0", "GAS"): mj(run.gas_kw, hours) + showers_mj,
        ("CCB-TH-W0", "REGISTER"): counter_m3(_WATER, stage),
        **_points(stage, run),
    }


def _points(stage: Scene, run: Loads) -> Signals:
    setpoint = np.where(run.is_on, BUILDING.envelope.heat_to_c, 14.0)
    return {
        ("CCB-TH-T-OUT", ""): microclimate_c(stage, SITE, 0.2),
        ("CCB-TH-T-GF", ""): run.air_c[0],
        ("CCB-TH-T-L1", ""): run.air_c[1],
        ("CCB-TH-T-CH", ""): run.air_c[2],
        ("CCB-TH-CO2", ""): run.co2_ppm[2],
        ("CCB-TH-AHU-ON", ""): run.is_on.astype(np.float64),
        ("CCB-TH-SP", ""): setpoint,
    }


DESIGN: Final = SiteDesign(
    site=SiteRow(
        external_id=SITE,
        name="Banksia Town Hall",
        portfolio="CCB",
        timezone=ZONE,
        latitude=-37.92,
        longitude=145.12,
        use_type="office",
    ),
    assets=(
        asset(SITE, "", "site", "Banksia Town Hall", use_type="office"),
        asset("CCB-TH-B", SITE, "building", "Town hall", use_type="office", area_m2=5200),
        asset("CCB-TH-GF", "CCB-TH-B", "floor", "Ground floor", use_type="office", area_m2=2184),
        asset("CCB-TH-L1", "CCB-TH-B", "floor", "First floor", use_type="office", area_m2=2236),
        asset("CCB-TH-CH", "CCB-TH-B", "zone", "Council chamber", use_type="assembly", area_m2=780),
        asset("CCB-TH-MSB", "CCB-TH-B", "switchboard", "Mechanical services switchboard"),
        asset("CCB-TH-CHL", "CCB-TH-MSB", "chiller", "Air-cooled chiller", cooling_kw=390, cop=3.1),
        asset("CCB-TH-AHU", "CCB-TH-MSB", "ahu", "Air handlers 1 to 3", fan_kw=41.6),
        asset("CCB-TH-BLR", "CCB-TH-B", "boiler", "Hot water boiler", output_kw=364, efficiency=0.80),
        asset("CCB-TH-GLP", "CCB-TH-B", "lighting", "General light and power"),
    ),
    meters=(
        electricity(
            "CCB-TH-E0",
            "Town hall main",
            suffixes="E1 Q1",
            step_s=900,
            measures=SITE,
            role="boundary",
            nmi="ZZ10000011",
            serial="EM310011",
        ),
        electricity(
            "CCB-TH-E1",
            "Mechanical services",
            suffixes="E1",
            step_s=900,
            measures="CCB-TH-MSB",
            role="sub",
            fed_by="CCB-TH-E0",
            serial="SM100101",
        ),
        electricity(
            "CCB-TH-E2",
            "Chiller",
            suffixes="E1",
            step_s=900,
            measures="CCB-TH-CHL",
            role="sub",
            fed_by="CCB-TH-E1",
            serial="SM100102",
        ),
        electricity(
            "CCB-TH-E3",
            "General light and power",
            suffixes="E1",
            step_s=900,
            measures="CCB-TH-GLP",
            role="sub",
            fed_by="CCB-TH-E0",
            serial="SM100103",
        ),
        gas("CCB-TH-G0", "Town hall gas", step_s=1800, measures=SITE, role="boundary", serial="G4021177"),
        water_meter("CCB-TH-W0", "Town hall water", measures=SITE, serial="W7755012", kind=Kind.CUMULATIVE),
    ),
    points=(
        point(
            "CCB-TH-T-OUT",
            SITE,
            "Outside air",
            Quantity.TEMPERATURE,
            step_s=900,
            brick_class="Outside_Air_Temperature_Sensor",
        ),
        point(
            "CCB-TH-T-GF",
            "CCB-TH-GF",
            "Ground floor air",
            Quantity.TEMPERATURE,
            step_s=900,
            brick_class="Zone_Air_Temperature_Sensor",
        ),
        point(
            "CCB-TH-T-L1",
            "CCB-TH-L1",
            "First floor air",
            Quantity.TEMPERATURE,
            step_s=900,
            brick_class="Zone_Air_Temperature_Sensor",
        ),
        point(
            "CCB-TH-T-CH",
            "CCB-TH-CH",
            "Chamber air",
            Quantity.TEMPERATURE,
            step_s=900,
            brick_class="Zone_Air_Temperature_Sensor",
        ),
        point(
            "CCB-TH-CO2", "CCB-TH-CH", "Chamber CO2", Quantity.CO2, step_s=900, brick_class="CO2_Level_Sensor"
        ),
        point(
            "CCB-TH-AHU-ON",
            "CCB-TH-AHU",
            "Air handlers run",
            Quantity.STATE,
            step_s=900,
            brick_class="On_Off_Status",
            kind=Kind.STATE,
        ),
        point(
            "CCB-TH-SP",
            "CCB-TH-B",
            "Heating setpoint",
            Quantity.TEMPERATURE,
            step_s=900,
            brick_class="Zone_Air_Temperature_Setpoint",
            kind=Kind.SETPOINT,
            is_writable=True,
        ),
    ),
    prices=prices(SITE, electricity_kwh="0.2450", gas_mj="0.0262", water_m3="3.6100"),
    step_s=900,
    signals=signals,
)
