"""Outdoor temperature, cloud and sunlight of Melbourne's south-east, as a function of time alone.

Normals after the Bureau of Meteorology's climate statistics for Moorabbin Airport (mean of the year
about 14.9 degC, January 26/15, July 14/7), as harmonics; weather is smooth noise at the scales of
fronts, days and hours, and summer has spells of northerly heat that end with a cool change.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.simulation import noise
from aegrid_energy.simulation.frame import DAY_MS, HOUR_MS, MARKET_OFFSET_MS, Frame

LATITUDE_DEG: Final = -37.95
LONGITUDE_DEG: Final = 145.15
_SOLAR_CONSTANT_W_M2: Final = 1361.0
_YEAR_DAYS: Final = 365.25
#: Summer heat comes at most once in each cell of this length.
_SPELL_CELL_MS: Final = 8 * DAY_MS

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sun:
    """Where the sun stands, shape (n_days, slots) each.

    Args:
        sin_elevation: Sine of the elevation above the horizon.
        declination: [rad]
        hour_angle: Zero at solar noon, positive after. [rad]
        distance: Extraterrestrial irradiance over its mean.
    """

    sin_elevation: Floats
    declination: Floats
    hour_angle: Floats
    distance: Floats

    @property
    def elevation_deg(self) -> Floats:
        """Elevation above the horizon, in deg."""
        return np.degrees(np.arcsin(np.clip(self.sin_elevation, -1.0, 1.0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """The weather at the middle of each slot, shape (n_days, slots) each.

    Args:
        temperature_c: Dry bulb. [degC]
        horizontal_w_m2: Global horizontal irradiance. [W/m2]
        diffuse_w_m2: Its diffuse part. [W/m2]
        humidity_kpa: Vapour pressure. [kPa]
        sun: Where the sun stands.
    """

    temperature_c: Floats
    horizontal_w_m2: Floats
    diffuse_w_m2: Floats
    humidity_kpa: Floats
    sun: Sun


def sun(at_ms: NDArray[np.int64]) -> Sun:
    """The sun over the sites (Spencer 1971 for declination, equation of time and distance)."""
    day = at_ms / DAY_MS
    angle = 2.0 * np.pi * np.mod(day, _YEAR_DAYS) / _YEAR_DAYS
    c1, s1 = np.cos(angle), np.sin(angle)
    c2, s2 = c1 * c1 - s1 * s1, 2.0 * s1 * c1
    c3, s3 = c2 * c1 - s2 * s1, s2 * c1 + c2 * s1
    declination = (
        0.006918
        - 0.399912 * c1
        + 0.070257 * s1
        - 0.006758 * c2
        + 0.000907 * s2
        - 0.002697 * c3
        + 0.00148 * s3
    )
    equation_min = 229.18 * (0.000075 + 0.001868 * c1 - 0.032077 * s1 - 0.014615 * c2 - 0.04089 * s2)
    solar_h = np.mod(day, 1.0) * 24.0 + LONGITUDE_DEG / 15.0 + equation_min / 60.0
    hour_angle = (np.mod(solar_h, 24.0) - 12.0) * (np.pi / 12.0)
    latitude = np.radians(LATITUDE_DEG)
    sin_elevation = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(
        hour_angle
    )
    distance = 1.00011 + 0.034221 * c1 + 0.00128 * s1 + 0.000719 * c2 + 0.000077 * s2
    return Sun(sin_elevation=sin_elevation, declination=declination, hour_angle=hour_angle, distance=distance)


def weather(times: Frame, seed: int) -> Weather:
    """The weather of some days."""
    at = times.middle_ms
    above = sun(at)
    season = np.cos(2.0 * np.pi * (np.mod(at / DAY_MS, _YEAR_DAYS) - 22.0) / _YEAR_DAYS)  # 1 in late January
    front = noise.smooth(noise.key_of(seed, "front"), at, 4 * DAY_MS)
    cloud = _cloud(at, seed, front)
    horizontal, diffuse = _irradiance(above, cloud)
    return Weather(
        temperature_c=_temperature(at, seed, season=season, front=front, cloud=cloud),
        horizontal_w_m2=horizontal,
        diffuse_w_m2=diffuse,
        humidity_kpa=1.15 + 0.25 * season + 0.18 * noise.smooth(noise.key_of(seed, "vapour"), at, 2 * DAY_MS),
        sun=above,
    )


def saturation_kpa(temperature_c: Floats | float) -> Floats:
    """Vapour pressure over water (Magnus, WMO-No. 8 Annex 4.B), in kPa."""
    t = np.asarray(temperature_c, dtype=np.float64)
    return 0.6112 * np.exp(17.62 * t / (243.12 + t))


def _cloud(at: NDArray[np.int64], seed: int, front: Floats) -> Floats:
    """Cloud cover 0 to 1: southerlies after a front are cloudy, northerlies clear."""
    days = noise.smooth(noise.key_of(seed, "cloud-days"), at, 36 * HOUR_MS)
    hours = noise.smooth(noise.key_of(seed, "cloud-hours"), at, 2 * HOUR_MS)
    passing = noise.smooth(noise.key_of(seed, "cloud-passing"), at, HOUR_MS // 4)
    x = 0.3 + 1.1 * days + 0.55 * hours + 0.35 * passing - 0.55 * front
    return 1.0 / (1.0 + np.exp(-1.9 * x))


def _temperature(at: NDArray[np.int64], seed: int, *, season: Floats, front: Floats, cloud: Floats) -> Floats:
    hour = np.mod((at + MARKET_OFFSET_MS) / HOUR_MS, 24.0)
    # Highest at 15:00 standard time, lowest before sunrise; the second harmonic steepens the morning.
    turn = 2.0 * np.pi * (hour - 15.0) / 24.0
    shape = 0.47 * np.cos(turn) + 0.09 * np.cos(2.0 * turn + 0.6)
    spread = (9.3 + 2.0 * season) * (1.12 - 0.38 * cloud)
    short = noise.smooth(noise.key_of(seed, "temperature-days"), at, 28 * HOUR_MS)
    gust = noise.smooth(noise.key_of(seed, "temperature-hours"), at, 3 * HOUR_MS)
    # Spells of heat bring the summers up to their normals.
    mean = 14.6 + 4.6 * season
    sway = (2.1 + 0.8 * season) * front + (1.2 + 0.4 * season) * short + 0.35 * gust
    return mean + sway + spread * shape + _heat(at, seed) * (0.8 + 0.4 * shape)


def _heat(at: NDArray[np.int64], seed: int) -> Floats:
    """Excess of hot spells: hours to build, a cool change to end, in K."""
    key = noise.key_of(seed, "spell")
    cell = at // _SPELL_CELL_MS
    first = int(cell.min()) - 1
    cells = np.arange(first, int(cell.max()) + 1, dtype=np.int64)
    season = np.cos(2.0 * np.pi * (np.mod(cells * (_SPELL_CELL_MS / DAY_MS), _YEAR_DAYS) - 28.0) / _YEAR_DAYS)
    happens = noise.uniform(key, cells * 4) < 0.85 * np.maximum(season, 0.0)
    start = cells * _SPELL_CELL_MS + noise.uniform(key, cells * 4 + 1) * 4.0 * DAY_MS
    length = (1.2 + 2.3 * noise.uniform(key, cells * 4 + 2)) * DAY_MS
    height = np.where(happens, 5.0 + 8.0 * noise.uniform(key, cells * 4 + 3), 0.0)
    excess = np.zeros(at.shape)
    for back in (0, 1):  # a spell may run on into the next cell, never further
        index = np.maximum(cell - back - first, 0)
        since = at - start[index]
        x = since / length[index]
        rise = np.clip(x * 2.5, 0.0, 1.0)
        after_h = np.maximum(since - length[index], 0.0) / HOUR_MS
        excess += np.where(x > 0.0, height[index] * rise * np.exp(-after_h / 2.5), 0.0)
    return excess


def _irradiance(above: Sun, cloud: Floats) -> tuple[Floats, Floats]:
    """Global horizontal irradiance and its diffuse part, in W/m2."""
    sine = np.maximum(above.sin_elevation, 1e-4)
    # Haurwitz (1945) clear sky; Kasten and Czeplak (1980) for cloud, with cover 0 to 1 for their oktas.
    clear = 1098.0 * above.distance * sine * np.exp(-0.059 / sine)
    horizontal = np.where(above.sin_elevation > 0.0, clear * (1.0 - 0.75 * cloud**3.4), 0.0)
    kt = np.clip(horizontal / (_SOLAR_CONSTANT_W_M2 * above.distance * sine), 0.0, 1.0)
    # Erbs, Klein and Duffie (1982).
    middle = 0.9511 + kt * (-0.1604 + kt * (4.388 + kt * (-16.638 + kt * 12.336)))
    share = np.where(kt <= 0.22, 1.0 - 0.09 * kt, np.where(kt <= 0.8, middle, 0.165))
    return horizontal, horizontal * share
