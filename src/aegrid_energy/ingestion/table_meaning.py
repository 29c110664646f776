"""What the values of a table are: layout, and for each column its unit, kind, carrier and direction."""

import re
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.series import AMOUNTS, Carrier, Direction, Kind, Quantity
from aegrid_energy.domain.units import Unit, unit_of
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.columns import (
    Meaning,
    carrier_of,
    direction_of,
    guessed_unit,
    kind_of,
    meaning,
    words,
)
from aegrid_energy.ingestion.parsed import ValueColumn
from aegrid_energy.ingestion.suffixes import suffix_of
from aegrid_energy.ingestion.table_roles import Roles

#: Names of registers of one meter; columns named by anything else are taken for meters.
_REGISTER_WORDS: Final = frozenset(
    [
        "import",
        "export",
        "consumption",
        "usage",
        "use",
        "used",
        "demand",
        "peak",
        "offpeak",
        "off",
        "shoulder",
        "total",
        "energy",
        "power",
        "value",
        "reading",
        "read",
        "e1",
        "e2",
        "b1",
        "b2",
        "q1",
        "q2",
        "k1",
        "active",
        "reactive",
        "apparent",
        "delivered",
        "received",
        "generation",
        "generated",
        "solar",
        "feed",
        "in",
        "net",
        "controlled",
        "load",
        "volume",
        "flow",
        "kwh",
        "register",
        "cumulative",
        "day",
        "night",
        "max",
        "min",
        "mean",
        "avg",
        "average",
        "interval",
        "gas",
        "water",
        "electricity",
        "elec",
        "heat",
        "temperature",
        "temp",
        "humidity",
        "pressure",
        "price",
        "cost",
        "rate",
        "tariff",
        "anytime",
        "general",
        "main",
        "check",
        "supply",
        "quantity",
    ]
)
#: Share of rows whose ratio must agree before one column proves another's unit.
_SUFFIX: Final = re.compile(r"[EBQKTU][0-9]")
_PROOF: Final = 0.9
_CLOSE: Final = 0.02


@dataclass(slots=True, kw_only=True)
class Notes:
    """What the proposal says for itself."""

    reasons: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)


def layout_of(roles: Roles, found: dict[str, Meaning], choices: Choices, notes: Notes) -> str:
    """The layout, "long" or "wide"."""
    if choices.layout in {"long", "wide"}:
        return choices.layout
    if roles.meter or roles.register or len(roles.values) < 2:
        return "long"
    units = {one.unit.code if one.unit else one.unknown_unit for one in found.values()}
    rests = {frozenset(words(one.rest)) for one in found.values()}
    has_nouns = any(one.nouns for one in found.values())
    if len(units) == 1 and not has_nouns and not any(rest <= _REGISTER_WORDS for rest in rests):
        notes.assumed.append(
            f"The table is wide: each of the {len(roles.values)} columns is a meter of its own."
        )
        return "wide"
    notes.reasons.append(
        "The columns have different units or names of registers: they are registers of one meter."
    )
    return "long"


def value_columns(
    roles: Roles,
    file_stem: str,
    choices: Choices,
    values: dict[str, NDArray[np.float64]],
    step_s: int | None,
    notes: Notes,
) -> tuple[str, list[ValueColumn]]:
    """The layout, and what each column with values is taken for; unit "" where nothing tells.

    Args:
        roles: Roles of the columns.
        file_stem: Name of the file without its ending: it may name unit and carrier.
        choices: What a person decided.
        values: Figures by column, each of shape (n,), in the order of time of each series.
        step_s: Length of the intervals, as far as known. [s]
        notes: Reasons, assumptions and questions are added here.
    """
    found = {name: meaning(name) for name in roles.values}
    about = meaning(file_stem)
    layout = layout_of(roles, found, choices, notes)
    units = _units(found, about, choices, values, step_s, notes)
    columns: list[ValueColumn] = []
    for name in roles.values:
        unit, why = units[name]
        quantity = unit.quantity if unit else Quantity.STATE
        one = found[name]
        carrier = carrier_of(quantity, one, about)
        direction = direction_of(one, about)
        is_flow = quantity in AMOUNTS or quantity is Quantity.POWER
        columns.append(
            ValueColumn(
                name=name,
                meter=(one.rest or name) if layout == "wide" else "",
                register=_wide_register(carrier, quantity, unit, direction) if layout == "wide" else name,
                unit=unit.code if unit else "",
                kind=_kind(name, quantity, one, choices, values[name], notes),
                quantity=quantity,
                direction=side_of(one.rest, direction)
                if layout == "long" and is_flow
                else direction
                if is_flow
                else Direction.IMPORT,
                carrier=carrier,
                reasons=why,
            )
        )
    if about.is_export and any(column.direction is Direction.EXPORT for column in columns):
        notes.assumed.append("The file's name speaks of generation: values are taken for export.")
    return layout, [_signed(column, values[column.name], notes) for column in columns]


def _units(
    found: dict[str, Meaning],
    about: Meaning,
    choices: Choices,
    values: dict[str, NDArray[np.float64]],
    step_s: int | None,
    notes: Notes,
) -> dict[str, tuple[Unit | None, tuple[str, ...]]]:
    chosen = _chosen_unit(choices)
    named = {name: one.unit for name, one in found.items() if one.unit}
    units: dict[str, tuple[Unit | None, tuple[str, ...]]] = {}
    guessed: dict[str, list[str]] = {}
    for name, one in found.items():
        proof = _proved(name, named, values, step_s) if one.unit is None and not one.unknown_unit else None
        if chosen and (one.unit is None or len(found) == 1) and not one.unknown_unit:
            units[name] = chosen, ("unit as chosen",)
            _ask_if_odd(name, chosen, one, about, notes)
        elif one.unit is not None:
            units[name] = one.unit, (f"unit {one.unit.code} is in the name of the column",)
        elif proof is not None:
            units[name] = proof
            notes.reasons.extend(proof[1])
        elif about.unit is not None and not one.unknown_unit and not one.nouns:
            units[name] = about.unit, (f"unit {about.unit.code} is in the name of the file",)
            guessed.setdefault("", []).append(name)
        else:
            guess = guessed_unit(one, about)
            units[name] = (unit_of(guess) if guess else None), (f"unit guessed from the words of '{name}'",)
            guessed.setdefault(guess or "?", []).append(name)
    _say_guessed(guessed, about, notes)
    _ask_about_conflicts(units, found, values, step_s, notes)
    return units


def _chosen_unit(choices: Choices) -> Unit | None:
    if not choices.unit:
        return None
    return unit_of(choices.unit)


def _say_guessed(guessed: dict[str, list[str]], about: Meaning, notes: Notes) -> None:
    for guess, names in guessed.items():
        which = _listed(names)
        if not guess and about.unit:
            notes.assumed.append(f"The name of the file gives the unit of {which}: {about.unit.code}.")
        elif guess == "?":
            notes.questions.append(
                f"Nothing says the unit of {which}: which is it? Without it they are left out."
            )
        else:
            notes.questions.append(f"The unit of {which} is not said: is it {guess}?")


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more columns"


def _ask_if_odd(name: str, unit: Unit, one: Meaning, about: Meaning, notes: Notes) -> None:
    carrier = one.carrier or about.carrier
    if carrier is Carrier.WATER and unit.quantity not in {Quantity.VOLUME, Quantity.FLOW}:
        notes.questions.append(f"'{name}' speaks of water, and {unit.code} is no unit of water: is it right?")


def _ratio(energy: NDArray[np.float64], power: NDArray[np.float64]) -> float | None:
    """The ratio of two columns where nearly all rows agree on one; else None."""
    both = np.isfinite(energy) & np.isfinite(power) & (np.abs(power) > 1e-9)
    if np.count_nonzero(both) < 8:
        return None
    ratios = energy[both] / power[both]
    middle = float(np.median(ratios))
    if middle <= 0 or np.count_nonzero(np.abs(ratios - middle) <= _CLOSE * middle) < _PROOF * len(ratios):
        return None
    return middle


def _near(ratio: float | None, wanted: float) -> bool:
    return ratio is not None and abs(ratio - wanted) <= _CLOSE * wanted


def _proved(
    name: str, named: dict[str, Unit], values: dict[str, NDArray[np.float64]], step_s: int | None
) -> tuple[Unit, tuple[str, ...]] | None:
    """The unit of a nameless column by its ratio to a power column beside it."""
    if step_s is None:
        return None
    for other, unit in named.items():
        if unit.quantity is not Quantity.POWER or unit.code != "kW":
            continue
        ratio = _ratio(values[name], values[other])
        if _near(ratio, step_s / 3600):
            return unit_of("kWh"), (f"'{name}' is '{other}' times {step_s // 60} minutes, so it is kWh.",)
        if _near(ratio, 1.0):
            return unit_of("kW"), (f"'{name}' has the same figures as '{other}', so it is kW.",)
    return None


def _ask_about_conflicts(
    units: dict[str, tuple[Unit | None, tuple[str, ...]]],
    found: dict[str, Meaning],
    values: dict[str, NDArray[np.float64]],
    step_s: int | None,
    notes: Notes,
) -> None:
    """KW in a head above kWh figures: found by another register, or by words that contradict each other."""
    powers = [name for name, (unit, _) in units.items() if unit and unit.code == "kW" and found[name].unit]
    energies = [name for name, (unit, _) in units.items() if unit and unit.code == "kWh" and found[name].unit]
    for power in powers:
        if found[power].is_amount and not found[power].nouns:
            notes.questions.append(
                f"'{power}' names an amount and the unit kW: is it kWh per interval, or mean kW?"
            )
        if step_s is None or step_s == 3600:
            continue
        for energy in energies:
            amounts = values[energy]
            direct, stepped = _ratio(amounts, values[power]), _ratio(np.diff(amounts), values[power][1:])
            if _near(direct, 1.0) or _near(stepped, 1.0):
                kwh = unit_of("kWh")
                reason = (
                    f"its figures are those of '{energy}' ({step_s // 60} minutes), so they are kWh, not kW"
                )
                units[power] = kwh, (reason,)
                notes.questions.append(f"'{power}' says kW, but {reason}: take it as kWh?")
            elif _near(direct, step_s / 3600) or _near(stepped, step_s / 3600):
                notes.reasons.append(
                    f"'{energy}' is '{power}' times {step_s // 60} minutes: both units are right."
                )


def side_of(name: str, direction: Direction) -> Direction:
    """The side a register counts: by its NMI suffix where it has one."""
    suffix = suffix_of(name) if _SUFFIX.fullmatch(name) else None
    return suffix.direction if suffix else direction


def _wide_register(carrier: Carrier, quantity: Quantity, unit: Unit | None, direction: Direction) -> str:
    if quantity not in AMOUNTS:
        return quantity.value
    about = carrier.value if carrier is not Carrier.OTHER else quantity.value
    side = "" if direction is Direction.IMPORT else f"_{direction.value}"
    return f"{about}_{unit.canonical.casefold()}{side}" if unit else about


def _kind(
    name: str,
    quantity: Quantity,
    one: Meaning,
    choices: Choices,
    values: NDArray[np.float64],
    notes: Notes,
) -> Kind:
    kind = kind_of(quantity, name)
    if kind is not Kind.INTERVAL:
        return kind
    if choices.kind is not None:
        return choices.kind
    if one.is_register:
        notes.assumed.append(f"'{name}' is taken for a counter's readings, by its name.")
        return Kind.CUMULATIVE
    if _climbs(values):
        notes.questions.append(
            f"The figures of '{name}' only climb: they are taken for a counter's readings, not amounts. "
            "Is that right?"
        )
        return Kind.CUMULATIVE
    return Kind.INTERVAL


def _climbs(values: NDArray[np.float64]) -> bool:
    """Whether figures behave as a counter: hardly ever falling, and far above their own steps."""
    filled = values[np.isfinite(values)]
    if len(filled) < 24:
        return False
    steps = np.diff(filled)
    rises, falls = int(np.count_nonzero(steps > 0)), int(np.count_nonzero(steps < 0))
    if rises < 10 or falls > 0.01 * len(steps):
        return False
    return float(np.median(np.abs(filled))) > 5 * float(np.median(steps[steps > 0])) and filled.min() >= 0


def _signed(column: ValueColumn, values: NDArray[np.float64], notes: Notes) -> ValueColumn:
    if column.quantity not in AMOUNTS and column.quantity is not Quantity.POWER:
        return column
    if column.kind is Kind.CUMULATIVE or column.direction is Direction.NET:
        return column
    filled = values[np.isfinite(values)]
    below = int(np.count_nonzero(filled < 0))
    if below > 0.02 * len(filled):
        notes.assumed.append(
            f"'{column.name}' has {below} values below zero: it is taken for net (import less export)."
        )
        return replace(column, direction=Direction.NET)
    return column


def checked_unit(choices: Choices) -> str:
    """Why the chosen unit cannot be used, in words; empty = it can.

    >>> checked_unit(Choices(unit="furlong", now_ms=0))
    "The unit 'furlong' is not known."
    """
    try:
        _chosen_unit(choices)
    except InvalidError:
        return f"The unit '{choices.unit[:30]}' is not known."
    return ""
