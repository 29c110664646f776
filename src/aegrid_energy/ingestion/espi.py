"""Codes of ESPI, the format of Green Button: units, flow, accumulation, quality, commodity.

Source: NAESB REQ.21 ESPI 1.1 schema, enumerations UnitSymbolKind, FlowDirectionKind, AccumulationKind,
QualityOfReading, CommodityKind, ServiceKind.
"""

from typing import Final

from aegrid_energy.domain.quality import DERIVED, SUSPECT, Quality
from aegrid_energy.domain.series import Carrier, Direction, Kind

#: UnitSymbolKind -> our code. Volumes "compensated" for temperature and pressure are volumes like the others.
UNITS: Final[dict[int, str]] = {
    5: "A",
    6: "K",
    23: "Cel",
    29: "V",
    31: "J",
    33: "Hz",
    34: "lx",
    38: "W",
    39: "Pa",
    42: "m3",
    43: "m/s",
    61: "VA",
    63: "var",
    65: "pf",
    71: "VAh",
    72: "Wh",
    73: "varh",
    82: "L/s",
    119: "[cft_i]",
    120: "[cft_i]",
    125: "m3/h",
    126: "m3/h",
    127: "m3/h",
    128: "[gal_us]",
    130: "[gal_br]",
    132: "[Btu_IT]",
    134: "L",
    156: "L",
    157: "L",
    166: "m3",
    167: "m3",
    169: "therm",
}

#: FlowDirectionKind: 1 forward (to the customer), 19 reverse, 4 net, 20 and 21 total of both.
DIRECTIONS: Final[dict[int, Direction]] = {
    1: Direction.IMPORT,
    4: Direction.NET,
    19: Direction.EXPORT,
    20: Direction.NET,
    21: Direction.NET,
}

#: AccumulationKind: 1, 2 and 3 are registers that run on, 4 and 9 amounts of an interval, 6 and 12 gauges.
KINDS: Final[dict[int, Kind]] = {
    1: Kind.CUMULATIVE,
    2: Kind.CUMULATIVE,
    3: Kind.CUMULATIVE,
    4: Kind.INTERVAL,
    6: Kind.INSTANT,
    9: Kind.INTERVAL,
    12: Kind.INSTANT,
}

#: QualityOfReading, as ReadingQuality of a reading says it.
QUALITIES: Final[dict[int, int]] = {
    0: Quality.ACTUAL.code,  # valid
    7: Quality.SUBSTITUTED.code,  # manually edited
    8: Quality.ESTIMATED.code,  # estimated using reference day
    9: Quality.ESTIMATED.code,  # estimated using linear interpolation
    10: Quality.ACTUAL.code | SUSPECT,  # questionable
    11: Quality.ACTUAL.code | DERIVED,  # derived
    12: Quality.ESTIMATED.code,  # projected (forecast)
    13: Quality.ACTUAL.code,  # mixed
    14: Quality.ACTUAL.code,  # raw
    15: Quality.ESTIMATED.code,  # normalised for weather: not what the meter saw
    16: Quality.ACTUAL.code,  # other
    17: Quality.ACTUAL.code,  # validated
    18: Quality.ACTUAL.code,  # verified
    19: Quality.ACTUAL.code,  # revenue quality
}

#: CommodityKind -> what flows.
COMMODITIES: Final[dict[int, Carrier]] = {
    1: Carrier.ELECTRICITY,
    2: Carrier.ELECTRICITY,
    7: Carrier.GAS,
    8: Carrier.GAS,
    9: Carrier.WATER,
    10: Carrier.STEAM,
    11: Carrier.WATER,
    12: Carrier.HEAT,
    13: Carrier.COOLING,
    14: Carrier.WATER,
}

#: ServiceKind of a UsagePoint -> what flows.
SERVICES: Final[dict[int, Carrier]] = {
    0: Carrier.ELECTRICITY,
    1: Carrier.GAS,
    2: Carrier.WATER,
    4: Carrier.HEAT,
}
