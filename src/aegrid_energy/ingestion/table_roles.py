"""Which column of a table is the time, the meter, the quality, and which hold values."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa

from aegrid_energy.ingestion.arrow import Column
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.columns import meaning, meter_rank, role_words, words
from aegrid_energy.ingestion.table import Table
from aegrid_energy.ingestion.table_numbers import numbers, share_of_numbers
from aegrid_energy.ingestion.table_times import TimeKind, is_text, period_step_s, time_kind

ROLES: Final = ("time", "end", "clock", "meter", "register", "unit", "value", "quality", "skip")


@dataclass(slots=True, kw_only=True)
class Roles:
    """Names of columns by role; empty = none.

    Args:
        time: Start, or only, time of a reading (or its date, where `clock` or `period` holds the rest).
        end: End of the interval.
        clock: Time of day.
        period: Number of the interval within the day, from 1.
        period_s: Length of those intervals. [s]
        is_end_stamp: `time` marks the end of an interval, by its name or by a person.
        is_stamp_chosen: A person said which side the stamp marks.
        values: Columns with values, in the order of the file.
    """

    time: str = ""
    end: str = ""
    clock: str = ""
    period: str = ""
    period_s: int | None = None
    meter: str = ""
    register: str = ""
    unit: str = ""
    quality: str = ""
    is_end_stamp: bool = False
    is_start_stamp: bool = False
    is_stamp_chosen: bool = False
    values: list[str] = field(default_factory=list)

    @property
    def taken(self) -> frozenset[str]:
        """Names that have a role other than value."""
        return frozenset(
            filter(
                None,
                (
                    self.time,
                    self.end,
                    self.clock,
                    self.period,
                    self.meter,
                    self.register,
                    self.unit,
                    self.quality,
                ),
            )
        )


def chosen_roles(table: Table, choices: Choices) -> tuple[dict[str, str], list[str]]:
    """Role by column name as a person gave it, and the names given that the table has not."""
    by_folded = {name.casefold(): name for name in table.names}
    found: dict[str, str] = {}
    missing: list[str] = []
    for given, role in choices.columns:
        name = by_folded.get(" ".join(given.split()).casefold())
        if name is None or role not in ROLES:
            missing.append(given)
        else:
            found[name] = role
    return found, missing


def find_roles(table: Table, chosen: dict[str, str]) -> Roles | None:
    """Roles of a table's columns; None where it holds no times."""
    roles = Roles()
    for name, role in chosen.items():
        if role in {"time", "end", "clock", "meter", "register", "unit", "quality"}:
            setattr(roles, role, name)
    kinds = {
        name: kind
        for name, column in zip(table.names, table.columns, strict=True)
        if chosen.get(name) not in {"skip", "value", "meter", "quality"} and (kind := time_kind(name, column))
    }
    _find_times(roles, kinds)
    if not roles.time:
        return None
    roles.is_stamp_chosen = bool(chosen.get(roles.time) in {"time", "end"})
    _find_keys(roles, table, chosen, kinds)
    roles.values = [name for name in table.names if _is_value(name, table, roles, chosen, kinds)]
    return roles


def _find_times(roles: Roles, kinds: dict[str, TimeKind]) -> None:
    dated = [kind for kind in kinds.values() if kind.has_date and kind.name not in {roles.time, roles.end}]
    if roles.end and not roles.time:
        roles.time, roles.end, roles.is_end_stamp = roles.end, "", True
        return
    if not roles.time:
        ends = [
            kind for kind in dated if "end" in role_words(kind.name) and "start" not in role_words(kind.name)
        ]
        starts = [kind for kind in dated if kind not in ends]
        best = max(starts, key=_rank, default=None)
        if best is None:
            last = max(ends, key=_rank, default=None)
            if last is None:
                return
            roles.time, roles.is_end_stamp = last.name, True
        else:
            roles.time = best.name
            pair = [kind for kind in ends if kind.has_clock == best.has_clock]
            if pair and not roles.end and "start" in role_words(best.name):
                roles.end = pair[0].name
    if "start" in role_words(roles.time):
        roles.is_start_stamp = True
    kind = kinds.get(roles.time)
    if kind is not None and not kind.has_clock and not roles.clock:
        clocks = [other for other in kinds.values() if not other.has_date]
        if clocks:
            begins = [other for other in clocks if "end" not in role_words(other.name)]
            roles.clock = (begins or clocks)[0].name
            roles.is_end_stamp = not begins
            roles.is_start_stamp = "start" in role_words(roles.clock)


def _rank(kind: TimeKind) -> tuple[bool, bool, bool, bool]:
    found = words(kind.name)
    return (
        kind.is_aware or "utc" in found,
        kind.has_clock,
        "start" in role_words(kind.name),
        "time" in found,
    )


def _find_keys(roles: Roles, table: Table, chosen: dict[str, str], kinds: dict[str, TimeKind]) -> None:
    free = [
        name for name in table.names if name not in roles.taken and name not in chosen and name not in kinds
    ]
    if not roles.clock and (kind := kinds.get(roles.time)) and not kind.has_clock:
        for name in free:
            step = period_step_s(name, numbers(table.column(name)).values)
            if step:
                roles.period, roles.period_s = name, step
                free.remove(name)
                break
    if not roles.quality:
        roles.quality = next(
            (n for n in free if "quality" in role_words(n) and _is_quality(n, table.column(n))), ""
        )
    if not roles.unit:
        roles.unit = next(
            (n for n in free if words(n) in (["unit"], ["uom"], ["units"]) and is_text(table.column(n))), ""
        )
    free = [name for name in free if name not in roles.taken]
    ranked = sorted(
        (rank, place, name)
        for place, name in enumerate(free)
        if (rank := meter_rank(name)) is not None
        and meaning(name).unit is None
        and _is_key(table.column(name))
    )
    registers = [name for _, _, name in ranked if {"register", "suffix", "channel"} & set(words(name))]
    if not roles.meter and ranked:
        roles.meter = ranked[0][2]
        # "Meter Register" may be the only key there is; a second key beside it names registers.
    if not roles.register:
        roles.register = next((name for name in registers if name != roles.meter), "")


def _is_quality(name: str, column: Column) -> bool:
    # "Fan Status" with 0 and 1 is a state of the plant, not of the reading.
    return (is_text(column) and share_of_numbers(column) < 0.5) or bool(
        {"quality", "flag"} & set(words(name))
    )


def _is_key(column: Column) -> bool:
    """Text, or whole numbers: what names a thing."""
    if is_text(column) or pa.types.is_integer(column.type) or pa.types.is_boolean(column.type):
        return True
    if not pa.types.is_floating(column.type):
        return False
    head = column.slice(0, 2000).drop_null().to_numpy(zero_copy_only=False)
    return bool(len(head)) and bool((head == np.rint(head)).all())


def _is_value(
    name: str, table: Table, roles: Roles, chosen: dict[str, str], kinds: dict[str, TimeKind]
) -> bool:
    if name in chosen:
        return chosen[name] == "value"
    if "value" in chosen.values() or name in roles.taken or name in kinds or name.startswith("__index_level"):
        return False
    found = meaning(name)
    column = table.column(name)
    if pa.types.is_boolean(column.type):
        return False
    key_like = meter_rank(name) is not None and (
        is_text(column) or "skip" in role_words(name) or words(name) == ["site"]
    )
    if found.unit is None and ("skip" in role_words(name) or key_like) and not found.is_amount:
        return False
    return share_of_numbers(column) >= 0.5
