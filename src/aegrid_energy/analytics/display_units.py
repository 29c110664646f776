"""Stored units into the unit a person wants to see; gas volumes become energy by dated heating values."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.errors import InsufficientDataError, InvalidError
from aegrid_energy.domain.meter import HeatingValue
from aegrid_energy.domain.spans import FIRST_MS
from aegrid_energy.domain.zones import at_of, ms_of

#: MJ in one of each; exact, ISO 80000-5 (1 W h = 3.6 kJ).
_ENERGY_MJ: Final[dict[str, Decimal]] = {
    "kWh": Decimal("3.6"),
    "MWh": Decimal(3_600),
    "GWh": Decimal(3_600_000),
    "MJ": Decimal(1),
    "GJ": Decimal(1_000),
    "TJ": Decimal(1_000_000),
}
#: m3 in one of each.
_VOLUME_M3: Final[dict[str, Decimal]] = {
    "m3": Decimal(1),
    "kL": Decimal(1),
    "ML": Decimal(1_000),
    "L": Decimal("0.001"),
}
#: kW in one of each.
_POWER_KW: Final[dict[str, Decimal]] = {"kW": Decimal(1), "MW": Decimal(1_000), "W": Decimal("0.001")}
#: What an amount per hour is called; `MJ/h` and the like where it has no name of its own.
_RATES: Final = {"kWh": "kW", "MWh": "MW", "GWh": "GW", "kvarh": "kvar", "kVAh": "kVA"}

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How figures are shown.

    Args:
        unit: Unit of sums, and of gauges.
        rate_unit: Unit of `mean`, `min` and `max`.
        scale: What stored figures are multiplied with.
        places: Decimals that a shown figure needs.
    """

    unit: str
    rate_unit: str
    scale: Decimal = Decimal(1)
    places: int = 6


def display_units(unit: str, *, has_heating_value: bool) -> tuple[str, ...]:
    """The units a stored unit can be shown in.

    >>> display_units("m3", has_heating_value=False)
    ('m3', 'kL', 'ML', 'L')
    """
    if unit in _VOLUME_M3:
        return (*_VOLUME_M3, *(_ENERGY_MJ if has_heating_value else ()))
    return next((tuple(family) for family in (_ENERGY_MJ, _POWER_KW) if unit in family), (unit,))


def crosses_kinds(unit: str, to: str) -> bool:
    """Whether heating values are needed: a volume that is shown as energy."""
    return unit in _VOLUME_M3 and to in _ENERGY_MJ


def rate_unit(unit: str) -> str:
    """The unit of an amount per hour.

    >>> rate_unit("kWh"), rate_unit("GJ")
    ('kW', 'GJ/h')
    """
    return _RATES.get(unit, f"{unit}/h")


def shown(unit: str, to: str, *, is_amount: bool = True, area_m2: Decimal | None = None) -> Shown:
    """How figures of a unit are shown in another.

    Args:
        unit: Unit of the figures.
        to: Unit wanted, of the same family.
        is_amount: Whether they add up over time; gauges have no rate.
        area_m2: Shown by this floor area, if any. [m2]

    Raises:
        InvalidError: `units_differ_in_kind`.

    >>> shown("kWh", "MWh").rate_unit, shown("kWh", "MWh").places
    ('MW', 9)
    """
    scale = factor(unit, to)
    rate = rate_unit(to) if is_amount else to
    if area_m2 is not None:
        scale, to, rate = scale / area_m2, f"{to}/m2", f"{rate}/m2"
    return Shown(unit=to, rate_unit=rate, scale=scale, places=6 + max(-scale.adjusted(), 0))


def factor(unit: str, to: str) -> Decimal:
    """What to multiply with, exactly, within energy, volume or power.

    Raises:
        InvalidError: `units_differ_in_kind`.

    >>> factor("MJ", "kWh") * 36, factor("kWh", "GJ")
    (Decimal('10.00000000000000000000000000'), Decimal('0.0036'))
    """
    if unit == to:
        return Decimal(1)
    for family in (_ENERGY_MJ, _VOLUME_M3, _POWER_KW):
        if unit in family and to in family:
            return family[unit] / family[to]
    raise InvalidError("units_differ_in_kind", unit=unit, to=to)


def shown_in(
    values: Floats, unit: str, to: str, *, start_ms: NDArray[np.int64], heating: Sequence[HeatingValue] = ()
) -> Floats:
    """Amounts in another unit.

    Args:
        values: NaN stays NaN, shape (n,). [unit]
        unit: Canonical unit of the series.
        to: Unit wanted.
        start_ms: Start of each amount; a heating value holds from its own start. [ms]
        heating: Heating values of the meter, any order.

    Returns:
        Shape (n,). [to]

    Raises:
        InvalidError: `units_differ_in_kind`, `heating_value_not_positive`.
        InsufficientDataError: `no_heating_value`, with the first instant that has none.
    """
    if unit in _VOLUME_M3 and to in _ENERGY_MJ:
        mj_per_m3 = _mj_per_m3(start_ms, heating, values)
        return values * float(factor(unit, "m3")) * mj_per_m3 * float(factor("MJ", to))
    number = factor(unit, to)
    # A division keeps 3.6 kWh = 12.96 MJ = 3.6 kWh exact where a rounded reciprocal would not.
    whole = 1 / number if number < 1 else number
    return values / float(whole) if number < 1 else values * float(whole)


def _mj_per_m3(start_ms: NDArray[np.int64], heating: Sequence[HeatingValue], values: Floats) -> Floats:
    known = np.isfinite(values)
    dated = sorted(((FIRST_MS if h.start is None else ms_of(h.start), h) for h in heating), key=itemgetter(0))
    starts = np.array([at for at, _ in dated], dtype=np.int64)
    held = np.searchsorted(starts, start_ms, side="right") - 1
    missing = np.flatnonzero(known & (held < 0))
    if len(missing):
        raise InsufficientDataError("no_heating_value", at=at_of(int(start_ms[missing[0]])).isoformat())
    if any(h.mj_per_m3 <= 0 or h.pressure_factor <= 0 for h in heating):
        raise InvalidError("heating_value_not_positive")
    each = np.array([float(h.mj_per_m3 * h.pressure_factor) for _, h in dated])
    return each[held] if len(each) else np.full(len(values), np.nan)
