"""Units: one canonical unit per quantity, exact factors inside a family, one door in.

No family is crossed here: MJ to kWh and m3 to MJ need dated heating values and happen on reading.
Codes are UCUM where UCUM has one.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.readings import MICRO, MICRO_LIMIT
from aegrid_energy.domain.series import Quantity

#: The one unit of each quantity, as stored, computed and sent.
CANONICAL: Final[dict[Quantity, str]] = {
    Quantity.ENERGY: "kWh",
    Quantity.REACTIVE_ENERGY: "kvarh",
    Quantity.APPARENT_ENERGY: "kVAh",
    Quantity.FUEL_ENERGY: "MJ",
    Quantity.VOLUME: "m3",
    Quantity.POWER: "kW",
    Quantity.REACTIVE_POWER: "kvar",
    Quantity.APPARENT_POWER: "kVA",
    Quantity.POWER_FACTOR: "1",
    Quantity.VOLTAGE: "V",
    Quantity.CURRENT: "A",
    Quantity.FREQUENCY: "Hz",
    Quantity.FLOW: "m3/h",
    Quantity.TEMPERATURE: "Cel",
    Quantity.HUMIDITY: "%",
    Quantity.IRRADIANCE: "W/m2",
    Quantity.CO2: "[ppm]",
    Quantity.PRESSURE: "Pa",
    Quantity.SPEED: "m/s",
    Quantity.ILLUMINANCE: "lx",
    Quantity.OCCUPANCY: "1",
    Quantity.PRICE: "/kWh",
    Quantity.CARBON_INTENSITY: "kg/kWh",
    Quantity.SHARE: "%",
    Quantity.STATE: "1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit somebody may send.

    canonical value = value * factor + offset (the offset applies to points on a scale, not to differences).
    """

    code: str
    quantity: Quantity
    factor: Fraction
    offset: Fraction = Fraction(0)

    @property
    def canonical(self) -> str:
        """Code of the unit that values end up in."""
        return CANONICAL[self.quantity]


def _units() -> dict[str, Unit]:
    kilo, one = Fraction(1, 1000), Fraction(1)
    btu_mj = Fraction("0.00105505585262")  # International Table Btu, ISO 31-4
    foot3_m3 = Fraction("0.028316846592")  # exact, (0.3048 m)^3
    rows: list[tuple[Quantity, Fraction, Fraction, str]] = [
        # quantity, factor, offset, code and aliases; compared without case, blanks and dashes
        (Quantity.ENERGY, kilo, Fraction(0), "Wh watthour watthours"),
        (Quantity.ENERGY, one, Fraction(0), "kWh kwhr kilowatthour kilowatthours kw*h"),
        (Quantity.ENERGY, Fraction(1000), Fraction(0), "MWh"),
        (Quantity.ENERGY, Fraction(10**6), Fraction(0), "GWh"),
        (Quantity.REACTIVE_ENERGY, kilo, Fraction(0), "varh"),
        (Quantity.REACTIVE_ENERGY, one, Fraction(0), "kvarh"),
        (Quantity.REACTIVE_ENERGY, Fraction(1000), Fraction(0), "Mvarh"),
        (Quantity.APPARENT_ENERGY, kilo, Fraction(0), "VAh"),
        (Quantity.APPARENT_ENERGY, one, Fraction(0), "kVAh"),
        (Quantity.APPARENT_ENERGY, Fraction(1000), Fraction(0), "MVAh"),
        (Quantity.FUEL_ENERGY, Fraction(1, 10**6), Fraction(0), "J joule joules"),
        (Quantity.FUEL_ENERGY, kilo, Fraction(0), "kJ"),
        (Quantity.FUEL_ENERGY, one, Fraction(0), "MJ megajoule megajoules"),
        (Quantity.FUEL_ENERGY, Fraction(1000), Fraction(0), "GJ"),
        (Quantity.FUEL_ENERGY, Fraction(10**6), Fraction(0), "TJ"),
        (Quantity.FUEL_ENERGY, btu_mj, Fraction(0), "[Btu_IT] btu"),
        (Quantity.FUEL_ENERGY, btu_mj * 1000, Fraction(0), "kBtu"),
        (Quantity.FUEL_ENERGY, btu_mj * 10**6, Fraction(0), "MMBtu mbtu"),
        (Quantity.FUEL_ENERGY, btu_mj * 10**5, Fraction(0), "therm therms thm"),
        (Quantity.VOLUME, kilo, Fraction(0), "L l litre litres liter liters"),
        (Quantity.VOLUME, one, Fraction(0), "m3 m^3 m³ cubicmetre cubicmetres kl kilolitre kilolitres"),
        (Quantity.VOLUME, Fraction(1000), Fraction(0), "ML megalitre megalitres"),
        (Quantity.VOLUME, foot3_m3, Fraction(0), "[cft_i] ft3 ft³ cf cubicfeet"),
        (Quantity.VOLUME, foot3_m3 * 100, Fraction(0), "ccf"),
        (Quantity.VOLUME, foot3_m3 * 1000, Fraction(0), "mcf kcf"),
        (Quantity.VOLUME, Fraction("0.003785411784"), Fraction(0), "[gal_us] usgal gal(us) gal"),
        (Quantity.VOLUME, Fraction("0.00454609"), Fraction(0), "[gal_br] impgal gal(uk)"),
        (Quantity.POWER, kilo, Fraction(0), "W watt watts"),
        (Quantity.POWER, one, Fraction(0), "kW"),
        (Quantity.POWER, Fraction(1000), Fraction(0), "MW"),
        (Quantity.REACTIVE_POWER, kilo, Fraction(0), "var"),
        (Quantity.REACTIVE_POWER, one, Fraction(0), "kvar"),
        (Quantity.APPARENT_POWER, kilo, Fraction(0), "VA"),
        (Quantity.APPARENT_POWER, one, Fraction(0), "kVA"),
        (Quantity.APPARENT_POWER, Fraction(1000), Fraction(0), "MVA"),
        (Quantity.POWER_FACTOR, one, Fraction(0), "pf"),
        (Quantity.VOLTAGE, one, Fraction(0), "V volt volts"),
        (Quantity.VOLTAGE, Fraction(1000), Fraction(0), "kV"),
        (Quantity.CURRENT, one, Fraction(0), "A amp amps ampere"),
        (Quantity.CURRENT, kilo, Fraction(0), "mA"),
        (Quantity.FREQUENCY, one, Fraction(0), "Hz"),
        (Quantity.FLOW, one, Fraction(0), "m3/h m³/h"),
        (Quantity.FLOW, Fraction("3.6"), Fraction(0), "L/s"),
        (Quantity.FLOW, Fraction("0.06"), Fraction(0), "L/min"),
        (Quantity.FLOW, foot3_m3 * 60, Fraction(0), "[cft_i]/min cfm"),
        (Quantity.TEMPERATURE, one, Fraction(0), "Cel degC °C celsius"),
        (Quantity.TEMPERATURE, Fraction(5, 9), Fraction(-160, 9), "[degF] degF °F fahrenheit"),
        (Quantity.TEMPERATURE, one, Fraction("-273.15"), "K kelvin"),
        (Quantity.HUMIDITY, one, Fraction(0), "%rh rh%"),
        (Quantity.SHARE, one, Fraction(0), "% percent"),
        (Quantity.IRRADIANCE, one, Fraction(0), "W/m2 W/m² w/m^2"),
        (Quantity.CO2, one, Fraction(0), "[ppm] ppm"),
        (Quantity.PRESSURE, one, Fraction(0), "Pa"),
        (Quantity.PRESSURE, Fraction(1000), Fraction(0), "kPa"),
        (Quantity.PRESSURE, Fraction(10**5), Fraction(0), "bar"),
        (Quantity.PRESSURE, Fraction("249.08891"), Fraction(0), "[in_i'H2O] inH2O"),
        (Quantity.SPEED, one, Fraction(0), "m/s"),
        (Quantity.SPEED, Fraction(1, 36) * 10, Fraction(0), "km/h"),
        (Quantity.ILLUMINANCE, one, Fraction(0), "lx lux"),
        (Quantity.STATE, one, Fraction(0), "1 state on/off"),
        (Quantity.PRICE, one, Fraction(0), "/kWh $/kwh"),
        (Quantity.PRICE, kilo, Fraction(0), "/MWh $/mwh"),
        (Quantity.CARBON_INTENSITY, one, Fraction(0), "kg/kWh"),
        (Quantity.CARBON_INTENSITY, kilo, Fraction(0), "g/kWh kg/MWh"),
    ]
    table: dict[str, Unit] = {}
    for quantity, factor, offset, names in rows:
        code, *aliases = names.split(" ")
        unit = Unit(code=code, quantity=quantity, factor=factor, offset=offset)
        for name in (code, *aliases):
            table.setdefault(name, unit)
            table.setdefault(_folded(name), unit)
    return table


def _folded(text: str) -> str:
    return text.casefold().replace(" ", "").replace("-", "").replace("_", "")


UNITS: Final = _units()


def unit_of(text: str) -> Unit:
    """The unit somebody wrote, whatever its case; the exact spelling goes first (mW is not MW).

    Raises:
        InvalidError: `unknown_unit`.

    >>> unit_of("KWH").code, unit_of("kW-hr").code, unit_of("kVArh").canonical
    ('kWh', 'kWh', 'kvarh')
    """
    unit = UNITS.get(text) or UNITS.get(_folded(text))
    if unit is None:
        raise InvalidError("unknown_unit", unit=text)
    return unit


def to_canonical(
    values: NDArray[np.float64], unit: Unit, *, is_difference: bool = False
) -> NDArray[np.int64]:
    """Values of a unit as micro of its canonical unit, rounded half to even at six decimals.

    Decimals of at most six places (after conversion) come out exact: the range keeps them below 2**53.

    Args:
        values: Finite values, shape (n,). [unit]
        unit: What they are in.
        is_difference: The values are differences, so the scale's offset does not apply (9 degF is 5 K).

    Raises:
        InvalidError: `value_out_of_range`, or `value_not_finite`.
    """
    factor = unit.factor * MICRO
    # One rounding where the factor is whole, which it is for every power of ten down to a millionth.
    scaled = values * float(factor.numerator) if factor.denominator == 1 else values * float(factor)
    if unit.offset and not is_difference:
        scaled = scaled + float(unit.offset * MICRO)
    if not np.isfinite(scaled).all():
        raise InvalidError("value_not_finite", unit=unit.code)
    if len(scaled) and np.abs(scaled).max() > MICRO_LIMIT:
        raise InvalidError("value_out_of_range", unit=unit.code, limit=MICRO_LIMIT // MICRO)
    return np.rint(scaled).astype(np.int64)
