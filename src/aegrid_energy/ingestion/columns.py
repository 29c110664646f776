"""What the name of a column says: role, unit, carrier, direction. Words only; figures are asked elsewhere."""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.series import AMOUNTS, Carrier, Direction, Kind, Quantity
from aegrid_energy.domain.units import Unit, unit_of

_WORDS: Final = re.compile(
    r"[0-9]*[A-Za-z]+[0-9]*(?:/[A-Za-z0-9]+)?|[%°$€£]+[A-Za-z]*(?:/[A-Za-z0-9]+)?|[0-9]+"
)
_CAMEL: Final = re.compile(r"(?<=[a-z]{2})(?=[A-Z])")
_BRACKETS: Final = re.compile(r"[(\[]([^)\]]{1,20})[)\]]")

#: Words in headers -> the unit they mean, where no context is needed.
_UNIT_WORDS: Final[dict[str, str]] = {
    **{word: word for word in ("kwh", "mwh", "gwh", "wh", "kvah", "mvah", "vah", "kvarh", "mvarh", "varh")},
    **{word: word for word in ("kw", "kva", "mva", "kvar", "gj", "mj", "tj", "kj", "therm", "therms")},
    **{
        word: word
        for word in ("m3", "kl", "litre", "litres", "liter", "liters", "ft3", "ccf", "mcf", "mmbtu", "kbtu")
    },
    **{
        word: word
        for word in ("degc", "degf", "celsius", "fahrenheit", "ppm", "kpa", "pa", "hz", "lux", "cfm")
    },
    **{
        word: word for word in ("watt", "watts", "volt", "volts", "amp", "amps", "l/s", "m3/h", "w/m2", "m/s")
    },
    "wm2": "W/m2",
    "gal": "gal",
    "watthours": "Wh",
    "kilowatthours": "kWh",
}
#: Short words that mean a unit only beside the right noun.
_IN_CONTEXT: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "c": (("temperature", "Cel"),),
    "f": (("temperature", "[degF]"),),
    "ms": (("speed", "m/s"),),
    "kmh": (("speed", "km/h"),),
    "pct": (("humidity", "%rh"), ("share", "%")),
    "percent": (("humidity", "%rh"), ("share", "%")),
    "%": (("humidity", "%rh"), ("share", "%")),
    "w": (("power", "W"),),
    "mw": (("power", "MW"),),
    "v": (("voltage", "V"),),
    "a": (("current", "A"),),
    "l": (("water", "L"),),
    "ml": (("water", "ML"),),
}
_NOUNS: Final[dict[str, str]] = {
    **dict.fromkeys(("temp", "temperature", "drybulb", "dewpoint", "dew"), "temperature"),
    **dict.fromkeys(("rh", "humidity", "humid"), "humidity"),
    **dict.fromkeys(("soc", "valve", "damper", "opening"), "share"),
    **dict.fromkeys(("wind", "speed"), "speed"),
    **dict.fromkeys(("power", "demand", "load"), "power"),
    **dict.fromkeys(("voltage",), "voltage"),
    **dict.fromkeys(("current",), "current"),
    **dict.fromkeys(("water",), "water"),
    **dict.fromkeys(("price", "rrp", "tariff", "spot"), "price"),
    **dict.fromkeys(
        ("carbon", "kgco2", "gco2", "kgco2e", "gco2e", "co2e", "emission", "emissions"), "carbon"
    ),
}
_CARRIERS: Final[dict[str, Carrier]] = {
    **dict.fromkeys(("electricity", "electric", "elec", "power", "nmi", "mpan"), Carrier.ELECTRICITY),
    **dict.fromkeys(("solar", "pv", "grid"), Carrier.ELECTRICITY),
    **dict.fromkeys(("gas", "mprn", "mirn"), Carrier.GAS),
    **dict.fromkeys(("water",), Carrier.WATER),
    **dict.fromkeys(("heat", "heating", "hhw"), Carrier.HEAT),
    **dict.fromkeys(("cooling", "chilled", "chw"), Carrier.COOLING),
    **dict.fromkeys(("steam",), Carrier.STEAM),
}  # fmt: skip
_EXPORT: Final = frozenset(
    {"export", "exported", "feedin", "generation", "generated", "solar", "pv", "reverse", "exp"}
)
_NET: Final = frozenset({"net"})
_REGISTER: Final = frozenset(
    {"register", "cumulative", "totaliser", "totalizer", "index", "counter", "cum", "odometer"}
)
_AMOUNT: Final = frozenset(
    {"consumption", "usage", "used", "energy", "use", "e1", "import", "export", "kwh", "volume"}
)
_TIME: Final = frozenset(
    {
        "time", "timestamp", "datetime", "date", "ts", "settlementdate", "interval", "period", "when", "hour",
        "readtime", "read", "localtime", "dt", "startdate", "enddate", "start", "end", "from", "to", "utc",
    }
)  # fmt: skip
_START: Final = frozenset({"start", "from", "begin", "starting", "beginning", "startdate", "starttime"})
_END: Final = frozenset({"end", "to", "ending", "enddate", "endtime", "until", "settlementdate"})
_QUALITY: Final = frozenset(
    {"quality", "flag", "status", "qualityflag", "qc", "qualitymethod", "estimated", "validity"}
)
_SKIPPED: Final = frozenset(
    {
        "year", "month", "day", "weekday", "dow", "holiday", "week", "row", "rowid", "index", "level",
        "latitude", "longitude", "lat", "lon", "postcode", "label", "outlier", "id", "code", "version",
        "periodtype", "unnamed",
    }
)  # fmt: skip
#: Words for what a row is about, the most telling first.
_METERS: Final = (
    "nmi", "mpan", "mprn", "mirn", "icp", "esiid", "meter", "meterid", "meterno", "serial", "device",
    "sensor", "channel", "point", "circuit", "register", "suffix", "building", "site", "asset", "location",
    "name", "campus", "region", "account", "id",
)  # fmt: skip
#: Zones that a header can name.
_ZONES: Final[dict[str, str]] = {
    "utc": "UTC", "gmt": "UTC", "zulu": "UTC", "aest": "+10:00", "acst": "+09:30", "awst": "+08:00",
    "nem": "+10:00", "settlementdate": "+10:00", "nzst": "+12:00",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What the words of one name say about values.

    Args:
        unit: The unit named; None where none is.
        nouns: What is measured ("temperature", "power", "price"), as far as words tell.
        carrier: None where no word names one.
        is_export: A word says that it flows out.
        is_net: A word says that both directions are in it.
        is_register: A word says that it is a counter's reading.
        is_amount: A word says that it is an amount over time.
        unknown_unit: A compound unit is named that none of ours is ("w_per_kw").
        rest: The name without the words of its unit.
    """

    unit: Unit | None
    nouns: frozenset[str]
    carrier: Carrier | None
    is_export: bool
    is_net: bool
    is_register: bool
    is_amount: bool
    unknown_unit: str = ""
    rest: str = ""


def words(name: str) -> list[str]:
    """The words of a name, lower case; camel case is cut where a capital follows two small letters.

    >>> words("Demand_kW"), words("startTime (UTC)")
    (['demand', 'kw'], ['start', 'time', 'utc'])
    """
    return [
        word.casefold() for word in _WORDS.findall(_CAMEL.sub(" ", name.replace("³", "3").replace("²", "2")))
    ]


def meaning(name: str) -> Meaning:
    """What a column's (or a file's) name says about its values."""
    found = words(name)
    nouns = frozenset(noun for word in found if (noun := _NOUNS.get(word)))
    unit, used, unknown = _unit(name, found, nouns)
    plain = [word.rstrip("0123456789") for word in found]
    carriers = [
        carrier for word in plain if (carrier := _CARRIERS.get(word)) and not (word == "power" and unit)
    ]
    marks = frozenset(found) | frozenset(plain)
    feed_in = any(pair in {("feed", "in"), ("to", "grid")} for pair in pairwise(found))
    return Meaning(
        unit=unit,
        nouns=nouns,
        carrier=carriers[0] if carriers else None,
        is_export=bool(marks & _EXPORT) or feed_in,
        is_net=bool(marks & _NET),
        is_register=bool(marks & _REGISTER),
        is_amount=bool(marks & _AMOUNT),
        unknown_unit=unknown,
        rest=_without(name, used),
    )


def _unit(  # noqa: PLR0911  one return a way of naming a unit
    name: str, found: list[str], nouns: frozenset[str]
) -> tuple[Unit | None, tuple[str, ...], str]:
    if "carbon" in nouns and {"kwh", "mwh"} & set(found):
        gram = any(word in {"gco2", "gco2e", "g"} for word in found)
        code = "g/kWh" if gram or "mwh" in found else "kg/kWh"
        return unit_of(code), tuple(found), ""
    if "price" in nouns or any(word[0] in "$€£" for word in found):
        mega = "mwh" in found or "rrp" in found or any(word.endswith("/mwh") for word in found)
        kilo = "kwh" in found or any(word.endswith("/kwh") for word in found)
        return (unit_of("/MWh" if mega else "/kWh"), tuple(found), "") if mega or kilo else (None, (), "")
    if "co2" in found and "ppm" in found:
        return unit_of("ppm"), ("ppm",), ""
    for inside in _BRACKETS.findall(name):
        unit = _named(inside.strip(), nouns)
        if unit is not None:
            return unit, tuple(words(inside)), ""
    at_per = next((i for i, word in enumerate(found) if word == "per"), -1)
    if at_per > 0 or any("/" in word and _UNIT_WORDS.get(word) is None for word in found):
        return None, (), " ".join(found[max(at_per - 1, 0) :])
    if {"j", "cm2"} <= set(found):
        return None, (), "J/cm2"
    for word in reversed(found):
        unit = _named(word, nouns)
        if unit is not None:
            return unit, (word,), ""
    return None, (), ""


def _named(text: str, nouns: frozenset[str]) -> Unit | None:
    word = text.casefold()
    for noun, code in _IN_CONTEXT.get(word, ()):
        if noun in nouns:
            return unit_of(code)
    code = _UNIT_WORDS.get(word)
    # A lone letter or "mw" is more often a part of a name than a unit; in brackets it is one.
    if code is None and text == word and len(text) < 2:
        return None
    if code is None and (text.isalpha() and text == word):
        return None
    try:
        return unit_of(code or text)
    except InvalidError:
        return None


def _without(name: str, used: tuple[str, ...]) -> str:
    rest = _BRACKETS.sub(lambda hit: " " if set(words(hit[1])) <= set(used) else hit[0], name)
    for word in used:
        rest = re.sub(rf"(?i)(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", " ", rest)
    return " ".join(rest.replace("_", " ").split()).strip(" -,:;")


def role_words(name: str) -> frozenset[str]:
    """Which roles the words of a name fit: any of time, start, end, meter, quality, skip."""
    found = words(name)
    marks = set(found)
    fits: set[str] = set()
    if marks & _TIME:
        fits.add("time")
    if marks & _START:
        fits.add("start")
    if marks & _END:
        fits.add("end")
    if marks & _QUALITY:
        fits.add("quality")
    if marks & _SKIPPED:
        fits.add("skip")
    if meter_rank(name) is not None:
        fits.add("meter")
    return frozenset(fits)


def meter_rank(name: str) -> int | None:
    """How telling a name is as the key of a meter, 0 best; None where it is none."""
    marks = set(words(name))
    if marks & {"set", "setpoint"}:
        return None
    return next((rank for rank, word in enumerate(_METERS) if word in marks), None)


def is_time_name(name: str) -> bool:
    """Whether a name is one people give to a column of times."""
    return bool(set(words(name)) & _TIME)


def zone_in(name: str) -> str:
    """The zone that a name says, else an empty text.

    >>> zone_in("time_utc"), zone_in("interval_end_aest"), zone_in("when")
    ('UTC', '+10:00', '')
    """
    return next((_ZONES[word] for word in words(name) if word in _ZONES), "")


def guessed_unit(found: Meaning, about: Meaning) -> str:
    """The likeliest unit of a column that names none, by its own words and its file's; empty = no idea."""
    nouns = found.nouns or about.nouns
    if found.unknown_unit:
        return ""
    if "temperature" in found.nouns:
        return "Cel"
    if "humidity" in found.nouns:
        return "%rh"
    carrier = found.carrier or about.carrier
    if "power" in found.nouns and not found.is_amount:
        return "kW"
    if carrier is Carrier.WATER or carrier is Carrier.GAS:
        return "m3"
    return "kWh" if found.is_amount or about.is_amount or (carrier and not nouns - {"power", "water"}) else ""


def carrier_of(quantity: Quantity, found: Meaning, about: Meaning) -> Carrier:
    """What flows, by the words of the column, then of the file, then by the quantity itself."""
    if quantity not in _FLOWS:
        return Carrier.OTHER
    if found.carrier or about.carrier:
        return found.carrier or about.carrier or Carrier.OTHER
    return Carrier.ELECTRICITY if quantity in _ELECTRIC else Carrier.OTHER


_ELECTRIC: Final = frozenset(
    {
        Quantity.ENERGY, Quantity.REACTIVE_ENERGY, Quantity.APPARENT_ENERGY, Quantity.POWER,
        Quantity.REACTIVE_POWER, Quantity.APPARENT_POWER, Quantity.POWER_FACTOR, Quantity.VOLTAGE,
        Quantity.CURRENT, Quantity.FREQUENCY,
    }
)  # fmt: skip
_FLOWS: Final = _ELECTRIC | AMOUNTS | {Quantity.FLOW}


def direction_of(found: Meaning, about: Meaning) -> Direction:
    """The side a column counts, by its words and its file's."""
    if found.is_net:
        return Direction.NET
    return Direction.EXPORT if found.is_export or about.is_export else Direction.IMPORT


def kind_of(quantity: Quantity, name: str) -> Kind:
    """What a value of a quantity is, before its figures are looked at."""
    if "setpoint" in words(name) or "set point" in name.casefold():
        return Kind.SETPOINT
    if quantity in {Quantity.STATE, Quantity.OCCUPANCY}:
        return Kind.STATE
    return Kind.INTERVAL if quantity in AMOUNTS else Kind.INSTANT
