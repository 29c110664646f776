"""Yield of a north-facing photovoltaic array behind an inverter."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.simulation.climate import LATITUDE_DEG, Weather

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Array:
    """Panels and inverter.

    Args:
        peak_kw: At standard test conditions, DC. [kW]
        inverter_kw: Largest AC output. [kW]
        tilt_deg: Towards north. [deg]
        per_kelvin: Loss of power per kelvin of cell temperature above 25 degC.
        system_losses: Wiring, soiling, mismatch, inverter.
    """

    peak_kw: float
    inverter_kw: float
    tilt_deg: float
    per_kelvin: float = 0.0037
    system_losses: float = 0.14


def plane_irradiance_w_m2(sky: Weather, tilt_deg: float) -> Floats:
    """Irradiance on a plane to the north, isotropic sky (Duffie, Beckman 2013, 1.6.7, 2.15.1), in W/m2."""
    tilt = np.radians(tilt_deg)
    turned = np.radians(LATITUDE_DEG) + tilt
    above = sky.sun
    incidence = np.sin(turned) * np.sin(above.declination) + np.cos(turned) * np.cos(
        above.declination
    ) * np.cos(above.hour_angle)
    # Near the horizon the ratio of the two cosines runs away; the beam there is nothing.
    ratio = np.maximum(incidence, 0.0) / np.maximum(above.sin_elevation, 0.087)
    beam = (sky.horizontal_w_m2 - sky.diffuse_w_m2) * ratio
    ground = 0.2 * sky.horizontal_w_m2 * (1.0 - np.cos(tilt)) / 2.0
    return beam + sky.diffuse_w_m2 * (1.0 + np.cos(tilt)) / 2.0 + ground


def yield_kw(array: Array, sky: Weather) -> Floats:
    """AC power, shape of the weather: cells at NOCT 45 degC, then the inverter's limit, in kW."""
    plane = plane_irradiance_w_m2(sky, array.tilt_deg)
    cell_c = sky.temperature_c + plane * (25.0 / 800.0)
    heat = 1.0 - array.per_kelvin * (cell_c - 25.0)
    raw = array.peak_kw * plane / 1000.0 * heat * (1.0 - array.system_losses)
    # Inverters wake at about half a percent of their rating.
    return np.where(raw < 0.005 * array.inverter_kw, 0.0, np.minimum(raw, array.inverter_kw))
