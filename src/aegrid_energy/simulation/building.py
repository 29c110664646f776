"""The loads of an occupied building: people and the sun make heat, plant keeps it comfortable."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.simulation import noise
from aegrid_energy.simulation.faults import FaultKind
from aegrid_energy.simulation.occupancy import Hours, Profile, attendance
from aegrid_energy.simulation.scene import LEAD_DAYS, Scene
from aegrid_energy.simulation.thermal import STEP_S, Envelope, Rooms, rooms

Floats = NDArray[np.float64]

_PERSON_W: Final = 75.0
_OUTDOOR_CO2_PPM: Final = 424.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A part of a building with its own air.

    Args:
        external_id: Of its temperature point.
        share: Of the building's floor area.
        aperture: Unshaded window area per floor area, times solar transmittance.
        people_per_m2: When full.
        profile: How full.
    """

    external_id: str
    share: float
    aperture: float
    people_per_m2: float
    profile: Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """What a building is made of, per floor area.

    Args:
        site: External id of its site: the target of faults, the name of its noise.
        area_m2: Conditioned floor area. [m2]
        zones: Its parts.
        envelope: Shell and plant.
        plant: Time clock of the plant.
        lights_w_m2, equipment_w_m2: When full. [W/m2]
        base_w_m2: Day and night: standby, servers, emergency lights, refrigeration. [W/m2]
        fans_w_m2: Fans and pumps at full flow. [W/m2]
        cooling_cop: At 35 degC outside.
        heating_cop: At 7 degC outside; 0 where a boiler heats.
        boiler_efficiency: Of the gas boiler; 0 where a heat pump heats.
        crankcase_kw: Of compressors that wait, while plant is on. [kW]
        university: Follows the university's calendar and teaching weeks, not the council's.
    """

    site: str
    area_m2: float
    zones: tuple[Zone, ...]
    envelope: Envelope
    plant: Hours
    lights_w_m2: float
    equipment_w_m2: float
    base_w_m2: float
    fans_w_m2: float
    cooling_cop: float
    heating_cop: float = 0.0
    boiler_efficiency: float = 0.0
    crankcase_kw: float = 0.0
    university: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Loads:
    """Mean power of each slot, shape (n_days, slots) where not said, in kW.

    Args:
        lights_kw, equipment_kw, base_kw, fans_kw, cooling_kw: Electricity. `cooling_kw` is the chiller's.
        heating_kw: Electricity of heat pumps.
        gas_kw: Fuel of boilers, gross. [kW]
        air_c: Zone temperatures at slot starts, shape (zones, n_days, slots). [degC]
        co2_ppm: At slot starts, shape (zones, n_days, slots). [ppm]
        full: How full each zone is, shape (zones, n_days, slots).
        is_on: Whether plant runs.
    """

    lights_kw: Floats
    equipment_kw: Floats
    base_kw: Floats
    fans_kw: Floats
    cooling_kw: Floats
    heating_kw: Floats
    gas_kw: Floats
    air_c: Floats
    co2_ppm: Floats
    full: Floats
    is_on: NDArray[np.bool_]


def loads(building: Building, stage: Scene) -> Loads:
    """Runs a building through the days of a scene; its step divides a quarter hour."""
    times, sky, area = stage.times, stage.sky, building.area_m2
    full = _full(building, stage)
    occupied = np.sum([zone.share * part for zone, part in zip(building.zones, full, strict=True)], axis=0)
    is_on = _plant_on(building, stage)
    mood = 1.0 + 0.06 * noise.smooth(stage.key(building.site, "mood"), times.start_ms, 3 * STEP_S * 1000)
    # Daylight saves up to a third of the lights; corridors and the last cleaner keep some on.
    daylight = 1.0 - 0.33 * np.clip(sky.horizontal_w_m2 / 500.0, 0.0, 1.0)
    lights = building.lights_w_m2 * np.clip(occupied * 1.5, 0.0, 1.0) * daylight
    equipment = building.equipment_w_m2 * occupied * mood
    inside = _inside(
        building, stage, full=full, is_on=is_on, warm_w_m2=lights + equipment + building.base_w_m2
    )

    per_slot = STEP_S // times.step_s
    shares = np.array([zone.share for zone in building.zones])[:, None, None]
    heat_kw = _held(np.sum(inside.heat_w_m2 * shares, axis=0), per_slot) * (area / 1000.0)
    cool_kw = _held(np.sum(inside.cool_w_m2 * shares, axis=0), per_slot) * (area / 1000.0)
    outside = stage.cut(sky.temperature_c)
    on = stage.cut(is_on)
    # Compressors and burners cycle within the quarter hour.
    cycling = 1.0 + 0.07 * noise.gauss(stage.key(building.site, "cycling"), stage.days.slot)
    cooling_cop = np.clip(building.cooling_cop * (1.0 + 0.022 * (35.0 - outside)), 1.8, 7.5)
    heat_pump_cop = np.clip(building.heating_cop * (1.0 + 0.027 * (outside - 7.0)), 1.5, 6.0)
    demand = (heat_kw + cool_kw) * (1000.0 / area)
    capacity = max(building.envelope.heat_w_m2, building.envelope.cool_w_m2)
    # Variable speed: flow follows demand, power its cube over a floor of 45 %.
    flow = 0.45 + 0.55 * np.clip(demand / (0.7 * capacity), 0.0, 1.0) ** 3
    return Loads(
        lights_kw=stage.cut(lights) * (area / 1000.0),
        equipment_kw=stage.cut(equipment) * (area / 1000.0),
        base_kw=_base_kw(building, stage),
        fans_kw=np.where(on, building.fans_w_m2 * flow, 0.0) * (area / 1000.0),
        cooling_kw=cool_kw / cooling_cop * cycling + building.crankcase_kw * on,
        heating_kw=heat_kw / heat_pump_cop * cycling if building.heating_cop else np.zeros_like(heat_kw),
        gas_kw=heat_kw / building.boiler_efficiency * cycling
        if building.boiler_efficiency
        else np.zeros_like(heat_kw),
        air_c=_air_at_starts(inside, per_slot),
        co2_ppm=_co2_ppm(building, stage, full),
        full=full[:, LEAD_DAYS:],
        is_on=on,
    )


def _full(building: Building, stage: Scene) -> Floats:
    """How full each zone is, with lead, shape (zones, days, slots)."""
    times, calendar = stage.times, stage.calendar
    kinds = calendar.university if building.university else calendar.council
    usual = attendance(stage.seed, building.site, times, 0.06)
    if building.university:
        # Researchers and staff stay in the breaks; lectures do not.
        usual = usual * (0.45 + 0.55 * calendar.at(calendar.teaching, times))
    return np.stack(
        [np.clip(zone.profile.at(times, calendar, kinds) * usual, 0.0, 1.15) for zone in building.zones]
    )


def _plant_on(building: Building, stage: Scene) -> NDArray[np.bool_]:
    kinds = stage.calendar.university if building.university else stage.calendar.council
    by_clock = building.plant.at(stage.times, stage.calendar, kinds)
    return (
        by_clock
        | stage.struck(FaultKind.PLANT_LEFT_ON, building.site)
        | stage.struck(FaultKind.HOLIDAY_HEATING, building.site)
    )


def _inside(
    building: Building, stage: Scene, *, full: Floats, is_on: NDArray[np.bool_], warm_w_m2: Floats
) -> Rooms:
    per_slot = STEP_S // stage.times.step_s
    zones = building.zones
    gains = np.stack(
        [
            warm_w_m2 + zone.aperture * stage.sky.horizontal_w_m2 + _PERSON_W * zone.people_per_m2 * part
            for zone, part in zip(zones, full, strict=True)
        ]
    )
    return rooms(
        building.envelope,
        outside_c=_mean(stage.sky.temperature_c, per_slot),
        gains_w_m2=_mean(gains, per_slot),
        is_on=np.broadcast_to(is_on[:, ::per_slot], (len(zones), is_on.shape[0], is_on.shape[1] // per_slot)),
    )


def _base_kw(building: Building, stage: Scene) -> Floats:
    days = stage.days
    slow = noise.smooth(stage.key(building.site, "base"), days.start_ms, 7 * STEP_S * 1000)
    quick = noise.gauss(stage.key(building.site, "jitter"), days.slot)
    return building.base_w_m2 * building.area_m2 / 1000.0 * (1.0 + 0.035 * slow + 0.015 * quick)


def drift_kw(stage: Scene, site: str) -> Floats:
    """What a creeping base load adds, in kW: it grows evenly to its full size, until somebody finds it."""
    extra = np.zeros(stage.days.start_ms.shape)
    for fault in stage.faults_of(FaultKind.BASE_LOAD_DRIFT, site):
        grown = (stage.days.start_ms - fault.start_ms) / (fault.end_ms - fault.start_ms)
        extra += np.where((grown >= 0.0) & (grown < 1.0), fault.magnitude * grown, 0.0)
    return extra


def _co2_ppm(building: Building, stage: Scene, full: Floats) -> Floats:
    """A breath of 18 L/h against 10 L/s of fresh air a person: +500 ppm when full, half an hour late."""
    late = max(1, 1800 // stage.times.step_s)
    flat = full.reshape(len(building.zones), -1)
    lagged = np.empty_like(flat)
    lagged[:, late:], lagged[:, :late] = flat[:, :-late], 0.0
    sway = np.stack(
        [
            noise.smooth(stage.key(zone.external_id, "co2"), stage.days.start_ms, STEP_S * 1000)
            for zone in building.zones
        ]
    )
    rise = lagged.reshape(full.shape)[:, LEAD_DAYS:]
    return _OUTDOOR_CO2_PPM + 520.0 * rise * (1.0 + 0.08 * sway) + 9.0 * sway


def _mean(values: Floats, per_slot: int) -> Floats:
    """Means of groups of slots, added in a fixed order."""
    total = values[..., ::per_slot].copy()
    for offset in range(1, per_slot):
        total += values[..., offset::per_slot]
    return total / per_slot


def _held(values: Floats, per_slot: int) -> Floats:
    return np.repeat(values, per_slot, axis=-1)


def _air_at_starts(inside: Rooms, per_slot: int) -> Floats:
    """Zone temperatures at slot starts, shape (zones, n_days, slots), in degC."""
    before, after = inside.air_c[..., :-1], inside.air_c[..., 1:]
    zones, days, quarters = before.shape
    out = np.empty((zones, days, quarters * per_slot))
    for offset in range(per_slot):
        out[..., offset::per_slot] = before + (after - before) * (offset / per_slot)
    return out
