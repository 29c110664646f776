"""What can be measured: carriers, quantities, directions, kinds, and the identity of a stored series."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID


class Carrier(StrEnum):
    """What flows through a meter."""

    ELECTRICITY = "electricity"
    GAS = "gas"
    WATER = "water"
    HEAT = "heat"
    COOLING = "cooling"
    STEAM = "steam"
    OTHER = "other"


class Quantity(StrEnum):
    """What a series counts or gauges; each has one canonical unit, see `domain.units`."""

    ENERGY = "energy"  # kWh: electricity, heat, cooling; gas that is billed in kWh
    REACTIVE_ENERGY = "reactive_energy"  # kvarh
    APPARENT_ENERGY = "apparent_energy"  # kVAh
    FUEL_ENERGY = "fuel_energy"  # MJ: gas, steam
    VOLUME = "volume"  # m3: water, gas
    POWER = "power"  # kW
    REACTIVE_POWER = "reactive_power"  # kvar
    APPARENT_POWER = "apparent_power"  # kVA
    POWER_FACTOR = "power_factor"  # 1
    VOLTAGE = "voltage"  # V
    CURRENT = "current"  # A
    FREQUENCY = "frequency"  # Hz
    FLOW = "flow"  # m3/h
    TEMPERATURE = "temperature"  # Cel
    HUMIDITY = "humidity"  # %
    IRRADIANCE = "irradiance"  # W/m2
    CO2 = "co2"  # [ppm]
    PRESSURE = "pressure"  # Pa
    SPEED = "speed"  # m/s
    ILLUMINANCE = "illuminance"  # lx
    OCCUPANCY = "occupancy"  # 1
    PRICE = "price"  # currency/kWh
    CARBON_INTENSITY = "carbon_intensity"  # kg/kWh
    SHARE = "share"  # %: state of charge, valve position
    STATE = "state"  # 1


#: Quantities that are amounts over an interval: they add up over time.
AMOUNTS: Final = frozenset(
    {
        Quantity.ENERGY,
        Quantity.REACTIVE_ENERGY,
        Quantity.APPARENT_ENERGY,
        Quantity.FUEL_ENERGY,
        Quantity.VOLUME,
    }
)

#: Where a file does not say what flows, the quantity does.
CARRIER_OF: Final[Mapping[Quantity, Carrier]] = MappingProxyType(
    {
        Quantity.ENERGY: Carrier.ELECTRICITY,
        Quantity.REACTIVE_ENERGY: Carrier.ELECTRICITY,
        Quantity.APPARENT_ENERGY: Carrier.ELECTRICITY,
        Quantity.FUEL_ENERGY: Carrier.GAS,
        Quantity.VOLUME: Carrier.WATER,
    }
)


class Direction(StrEnum):
    """The side a register counts; in the whole project import is what the site takes from the grid."""

    IMPORT = "import"
    EXPORT = "export"
    NET = "net"


class Kind(StrEnum):
    """How a reading relates to time; never mixed in one series."""

    INTERVAL = "interval"  # amount over [start, start + step)
    CUMULATIVE = "cumulative"  # register reading at an instant
    INSTANT = "instant"  # gauge at an instant
    STATE = "state"  # holds until the next reading
    SETPOINT = "setpoint"  # a wish, holds until the next reading


class Rhythm(StrEnum):
    """How often data of a series is expected to arrive; freshness is measured against it."""

    LIVE = "live"
    DAILY_FILE = "daily_file"
    MONTHLY_FILE = "monthly_file"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The identity of what is stored; every reading key starts with `series_no`.

    An NMI suffix at one interval length is one series; a change of interval opens a new one.
    """

    series_no: int
    tenant_no: int
    #: Exactly one of the three is set: a meter's register, a point's readings, or a site's weather.
    meter_id: UUID | None
    point_id: UUID | None
    site_id: UUID | None
    #: Name of the register in its source: NMI suffix, column, channel.
    register: str
    quantity: Quantity
    direction: Direction
    kind: Kind
    unit: str
    #: Length of an interval; None where readings are irregular. [s]
    step_s: int | None
    valid_from: datetime | None
    valid_to: datetime | None
    derived_from: int | None
    rhythm: Rhythm
    #: Zone whose local days the series is added up by.
    zone: str
    #: Offset of the intervals from the epoch's grid: 1800 for hourly readings of a half-hour zone. [s]
    phase_s: int = 0
