"""A table file becomes a proposal, and, once it is accepted, registers with readings."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.problems import Problem
from aegrid_energy.domain.series import AMOUNTS, Direction, Kind
from aegrid_energy.domain.units import unit_of
from aegrid_energy.domain.zones import zone_rules
from aegrid_energy.ingestion.arrow import Column, compute
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.columns import zone_in
from aegrid_energy.ingestion.parsed import ParsedFile, Proposal, Register, ValueColumn
from aegrid_energy.ingestion.quality_words import quality_bytes
from aegrid_energy.ingestion.series_of_rows import Axis, Counted, axis, readings, usual_step_s
from aegrid_energy.ingestion.table import Table
from aegrid_energy.ingestion.table_meaning import Notes, checked_unit, side_of, value_columns
from aegrid_energy.ingestion.table_numbers import Numbers, numbers
from aegrid_energy.ingestion.table_roles import Roles, chosen_roles, find_roles
from aegrid_energy.ingestion.table_times import clock_times, is_text, time_kind, wall_times
from aegrid_energy.ingestion.wall_clock import instants

_DAY_MS: Final = 86_400_000
#: A source's clock may be this far ahead of ours before a reading counts as from the future. [ms]
_FUTURE_MS: Final = 5 * 60_000
_SAMPLE_ROWS: Final = 8
_ENDINGS: Final = frozenset(
    ["gz", "zip", "csv", "txt", "tsv", "xlsx", "xlsm", "parquet", "pq", "arrow", "feather"]
)
#: Meters in one file; more is a column taken for a key by mistake.
_MOST_METERS: Final = 20_000


@dataclass(slots=True, kw_only=True)
class _Times:
    """Times of all rows.

    Args:
        wall_ms: Wall clock as written, shape (n,).
        is_valid: Where there is one, shape (n,).
        offset_ms: Offset that a cell names, shape (n,); None where none does.
        end_ms: Wall clock of the interval's end, shape (n,); None where the file has no such column.
        order: How dates are written.
    """

    wall_ms: NDArray[np.int64]
    is_valid: NDArray[np.bool_]
    offset_ms: NDArray[np.int64] | None
    end_ms: NDArray[np.int64] | None
    order: str


def read_table(table: Table, choices: Choices) -> ParsedFile:
    """What a table seems to mean; with registers where that is accepted or nothing is open.

    Problems, never errors, come out, whatever the table holds.
    """
    chosen, missing = chosen_roles(table, choices)
    wrong = checked_unit(choices) or _checked_zone(choices.zone)
    if missing:
        wrong = f"The map names columns or roles that the table has not: {', '.join(missing)[:120]}."
    if wrong:
        return _refused(table, "bad_choice", wrong)
    roles = find_roles(table, chosen) if len(table) else None
    if roles is None or not roles.values:
        lacks = "no column of times" if roles is None else "no column of figures"
        notice = Problem(
            file=table.file,
            line=0,
            column=0,
            code="not_readings",
            text=f"Not readings: the table has {lacks}.",
        )
        return ParsedFile(file=table.file, format=table.format, problems=(notice,))
    return _Reader(table, choices, roles).read()


def _checked_zone(zone: str) -> str:
    try:
        if zone and zone != "UTC":
            zone_rules(zone)
    except InvalidError:
        return f"The zone '{zone[:40]}' is not known: use UTC, +10:00, or a name like Australia/Sydney."
    return ""


def _refused(table: Table, code: str, text: str) -> ParsedFile:
    problem = Problem(file=table.file, line=0, column=0, code=code, text=text, refused="the whole file")
    return ParsedFile(file=table.file, format=table.format, problems=(*table.problems, problem))


class _Reader:
    """One table on its way."""

    def __init__(self, table: Table, choices: Choices, roles: Roles) -> None:
        self.table = table
        self.choices = choices
        self.roles = roles
        self.notes = Notes()
        self.counted = Counted(file=table.file, line=table.line)
        self.stem = _stem(table.file)
        self.unknown: dict[str, str] = {}

    def read(self) -> ParsedFile:
        """The proposal, and the registers where they may be made."""
        times = self._times()
        figures, decimal = self._figures()
        zone = self._zone()
        at, valid = self._instants(times, zone)
        codes, keys = self._keys()
        axes = self._axes(at, times, valid, codes, len(keys))
        step_s = self._step_s(axes)
        stamps = self._stamps(times, step_s, zone)
        layout, columns = value_columns(
            self.roles,
            self.stem,
            self.choices,
            self._in_order(figures, axes),
            step_s,
            self.notes,
        )
        proposal = self._proposal(layout, columns, zone, stamps, step_s, times.order, decimal)
        is_open = bool(proposal.questions or proposal.assumed)
        registers: tuple[Register, ...] = ()
        problems: tuple[Problem, ...] = ()
        if zone and (self.choices.accept_proposed or not is_open):
            shifted = [_shifted(line, stamps, step_s, zone) for line in axes]
            registers = tuple(self._registers(shifted, keys, columns, figures, step_s, layout))
            problems = (*self.counted.problems(), *self._left_out())
        elif not zone and self.choices.accept_proposed:
            text = "Times have no zone, and a guess would shift every reading. Say it: --zone Australia/Sydney, --zone +10:00, --zone UTC."  # noqa: E501
            return replace(_refused(self.table, "zone_needed", text), proposal=proposal)
        return ParsedFile(
            file=self.table.file,
            format=self.table.format,
            registers=registers,
            problems=(*self.table.problems, *problems),
            proposal=proposal,
        )

    # What the columns hold

    def _times(self) -> _Times:
        roles, table = self.roles, self.table
        order = ""
        found = wall_times(table.column(roles.time), order)
        wall, valid = found.wall_ms, found.is_valid
        if found.question:
            self.notes.questions.append(f"'{roles.time}': {found.question}")
        if roles.clock:
            clock, is_clock = clock_times(table.column(roles.clock))
            wall, valid = wall + clock, valid & is_clock
        elif roles.period and roles.period_s:
            period = numbers(table.column(roles.period)).values
            is_period = np.isfinite(period) & (period >= 1)
            wall = wall + (np.where(is_period, period, 1).astype(np.int64) - 1) * roles.period_s * 1000
            valid = valid & is_period
        end = None
        if roles.end:
            until = wall_times(table.column(roles.end), found.order if found.order in {"dmy", "mdy"} else "")
            end, valid = until.wall_ms - _or_zero(until.offset_ms), valid & until.is_valid
        filled = np.flatnonzero(~valid & self._is_filled())
        self.counted.add(
            "bad_time", filled, "{n} rows have no time that can be read.",
            column=table.place(roles.time), refused="{n} rows",
        )  # fmt: skip
        return _Times(wall_ms=wall, is_valid=valid, offset_ms=found.offset_ms, end_ms=end, order=found.order)

    def _is_filled(self) -> NDArray[np.bool_]:
        """Rows in which any cell of the wanted columns is filled."""
        filled = np.zeros(len(self.table), dtype=bool)
        for name in (*self.roles.values[:20], self.roles.time):
            filled |= self.table.column(name).is_valid().to_numpy(zero_copy_only=False)
        return filled

    def _figures(self) -> tuple[dict[str, Numbers], str]:
        found = {name: numbers(self.table.column(name)) for name in self.roles.values}
        sure = {one.decimal for one in found.values() if one.decimal and not one.question}
        if len(sure) == 1:
            decimal = sure.pop()
            for name, one in found.items():
                if one.question:
                    found[name] = numbers(self.table.column(name), decimal)
        else:
            decimal = max(sure, default=".")
        for name, one in found.items():
            if one.question:
                self.notes.questions.append(f"'{name}': {one.question}")
            place = self.table.place(name)
            self.counted.add(
                "bad_value", one.bad, "{n} cells are no number.", column=place, refused="{n} values"
            )
            self.counted.add(
                "formula_text", one.formulas, "{n} cells hold a formula as text: never a value.",
                column=place, refused="{n} values",
            )  # fmt: skip
        return found, decimal

    def _in_order(self, figures: dict[str, Numbers], axes: list[Axis]) -> dict[str, NDArray[np.float64]]:
        rows = np.concatenate([line.rows for line in axes]) if axes else np.zeros(0, np.intp)
        if len(rows) == len(self.table) and bool((np.diff(rows) == 1).all()):
            return {name: figure.values for name, figure in figures.items()}
        return {name: figure.values[rows] for name, figure in figures.items()}

    def _zone(self) -> str:
        kind = time_kind(self.roles.time, self.table.column(self.roles.time))
        if kind is not None and kind.is_aware:
            self.notes.reasons.append(f"Times in '{self.roles.time}' say their own offset.")
            return "UTC"
        named = zone_in(self.roles.time) or zone_in(self.roles.clock)
        if named:
            self.notes.reasons.append(f"The name '{self.roles.time}' says the zone: {named}.")
            return named
        if self.choices.zone:
            return self.choices.zone
        self.notes.questions.append(
            f"Times in '{self.roles.time}' have no zone: is it the site's own clock, a fixed offset, or UTC?"
        )
        return ""

    def _instants(self, times: _Times, zone: str) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Instants as stamped (start or end is decided later), and where they can be used."""
        if times.offset_ms is not None:
            return times.wall_ms - times.offset_ms, times.is_valid
        if not zone or zone == "UTC":
            return times.wall_ms, times.is_valid
        valid = times.is_valid.copy()
        rows = np.flatnonzero(valid)
        at = times.wall_ms.copy()
        codes, _ = self._keys()
        found = instants(at[rows], zone, codes[rows] if codes is not None else None)
        at[rows] = found.ms
        valid[rows[found.is_missing]] = False
        self.counted.add(
            "skipped_hour", rows[found.is_missing],
            f"{{n}} rows stand in an hour that clocks of {zone} skip. Is it a fixed offset, like +10:00?",
            refused="{n} rows",
        )  # fmt: skip
        self.counted.add(
            "doubled_hour", rows[found.is_guessed],
            f"{{n}} rows stand in an hour that clocks of {zone} run twice, and the file has it once: "
            "taken for the first.",
        )  # fmt: skip
        if times.end_ms is not None:
            ends = instants(times.end_ms[rows], zone, codes[rows] if codes is not None else None)
            times.end_ms[rows] = ends.ms
        return at, valid

    def _keys(self) -> tuple[NDArray[np.int64] | None, list[tuple[str, str, str]]]:
        """Which series each row is of, and (meter, register, unit) of each; None = all rows are one."""
        roles = self.roles
        names = [name for name in (roles.meter, roles.register, roles.unit) if name]
        if not names:
            return None, [("", "", "")]
        parts = [_as_text(self.table.column(name)) for name in names]
        codes = np.zeros(len(self.table), np.int64)
        words: list[list[str]] = []
        for part in parts:
            coded = part.dictionary_encode()
            words.append([str(word)[:80] for word in coded.dictionary.to_pylist()])
            codes = codes * max(len(words[-1]), 1) + compute.fill_null(coded.indices, 0).to_numpy(
                zero_copy_only=False
            )
        unique, codes = np.unique(codes, return_inverse=True)
        keys: list[tuple[str, str, str]] = []
        for code in unique.tolist():
            spelled: dict[str, str] = {}
            for name, vocabulary in zip(reversed(names), reversed(words), strict=True):
                spelled[name] = vocabulary[code % max(len(vocabulary), 1)] if vocabulary else ""
                code //= max(len(vocabulary), 1)  # noqa: PLW2901
            keys.append(
                (spelled.get(roles.meter, ""), spelled.get(roles.register, ""), spelled.get(roles.unit, ""))
            )
        return codes.astype(np.int64), keys

    def _axes(
        self,
        at: NDArray[np.int64],
        times: _Times,
        valid: NDArray[np.bool_],
        codes: NDArray[np.int64] | None,
        count: int,
    ) -> list[Axis]:
        valid = self._in_time(at, valid)
        duration = None
        if times.end_ms is not None:
            duration = times.end_ms - at
            backward = valid & (duration <= 0)
            self.counted.add(
                "ends_before_start", np.flatnonzero(backward), "{n} intervals end before they start.",
                column=self.table.place(self.roles.end), refused="{n} rows",
            )  # fmt: skip
            valid = valid & ~backward
        rows = np.flatnonzero(valid)
        if codes is None:
            return [axis(rows, at, duration)]
        order = rows[np.argsort(codes[rows], kind="stable")]
        edges = np.searchsorted(codes[order], np.arange(count + 1))
        return [axis(order[low:high], at, duration) for low, high in pairwise(edges)]

    def _in_time(self, at: NDArray[np.int64], valid: NDArray[np.bool_]) -> NDArray[np.bool_]:
        future = valid & (at > self.choices.now_ms + _FUTURE_MS)
        old = valid & (at < self.choices.oldest_ms)
        self.counted.add(
            "in_the_future", np.flatnonzero(future), "{n} rows are from the future.", refused="{n} rows",
        )  # fmt: skip
        self.counted.add(
            "too_old", np.flatnonzero(old), "{n} rows are older than readings are kept.", refused="{n} rows"
        )
        return valid & ~future & ~old

    def _step_s(self, axes: list[Axis]) -> int | None:
        if self.choices.interval_s:
            return self.choices.interval_s
        durations = [line.duration_ms for line in axes if line.duration_ms is not None and len(line.rows)]
        if durations:
            kinds, counts = np.unique(np.concatenate(durations), return_counts=True)
            best = int(kinds[counts.argmax()])
            return best // 1000 if best % 1000 == 0 and counts.max() > 0.5 * counts.sum() else None
        steps = [step for line in axes[:200] if (step := usual_step_s(line.start_ms)) is not None]
        if not steps:
            self.notes.questions.append(
                "No interval length prevails: readings are taken as irregular. Is that right?"
            )
            return None
        kinds, counts = np.unique(steps, return_counts=True)
        step = int(kinds[counts.argmax()])
        self.notes.reasons.append(f"Most rows are {_span(step)} apart.")
        return step

    def _stamps(  # noqa: PLR0911  one return a piece of evidence
        self, times: _Times, step_s: int | None, zone: str
    ) -> str:
        """Which side of its interval a stamp marks."""
        roles, notes = self.roles, self.notes
        if roles.end or roles.period:
            return "start"
        if roles.is_end_stamp:
            if not roles.is_stamp_chosen:
                notes.reasons.append(f"The name '{roles.time}' says that times mark the end of the interval.")
            return "end"
        if roles.is_start_stamp or roles.is_stamp_chosen:
            notes.reasons.append(f"'{roles.time}' marks the start of the interval.")
            return "start"
        if step_s is None or step_s >= 86_400 or not times.is_valid.any() or zone == "UTC":
            notes.assumed.append("Times are taken for the start of the interval.")
            return "start"
        wall = times.wall_ms[times.is_valid]
        first, last, step = int(wall.min()) % _DAY_MS, int(wall.max()) % _DAY_MS, step_s * 1000
        for_end = (first == step) + (last == 0)
        for_start = (first == 0) + (last == _DAY_MS - step)
        if for_end > for_start:
            notes.assumed.append(
                f"Times run from {_clock(first)} to {_clock(last)}: taken for the end of the interval."
            )
            return "end"
        if first == step and for_end == for_start:
            notes.questions.append(
                f"Times run from {_clock(first)}, which speaks for the end of the interval, to {_clock(last)}, "
                "which speaks for its start: they are taken for the start. Is that right?"
            )
            return "start"
        notes.assumed.append(
            f"Times run from {_clock(first)} to {_clock(last)}: taken for the start of the interval."
        )
        return "start"

    # What comes out

    def _proposal(
        self,
        layout: str,
        columns: list[ValueColumn],
        zone: str,
        stamps: str,
        step_s: int | None,
        order: str,
        decimal: str,
    ) -> Proposal:
        roles = self.roles
        if not roles.meter and layout == "long" and not self.choices.meter:
            self.notes.assumed.append(
                f"The file does not name its meter: it is called '{self.stem}' after the file."
            )
        head = self.table
        return Proposal(
            layout=layout,
            time_column=roles.time,
            end_column=roles.end,
            meter_column=roles.meter,
            register_column=roles.register,
            quality_column=roles.quality,
            value_columns=tuple(
                column if layout == "wide" or roles.meter else replace(column, meter=self._meter(""))
                for column in columns
            ),
            zone=zone,
            stamps=stamps,
            step_s=step_s,
            date_order=order,
            decimal=decimal,
            reasons=tuple(self.notes.reasons),
            assumed=tuple(self.notes.assumed),
            questions=tuple(self.notes.questions),
            sample=tuple(
                tuple(_shown(column[row]) for column in head.columns[:40])
                for row in range(min(_SAMPLE_ROWS, len(head)))
            ),
        )

    def _meter(self, key: str) -> str:
        return key or self.choices.meter or self.stem

    def _registers(
        self,
        axes: list[Axis],
        keys: list[tuple[str, str, str]],
        columns: list[ValueColumn],
        figures: dict[str, Numbers],
        step_s: int | None,
        layout: str,
    ) -> list[Register]:
        if len(keys) > _MOST_METERS:
            self.counted.add(
                "too_many_meters",
                np.arange(1),
                f"The file names more than {_MOST_METERS} meters.",
                refused="the whole file",
            )
            return []
        quality = None
        if self.roles.quality:
            quality, unknown = quality_bytes(_as_text(self.table.column(self.roles.quality)))
            self.counted.add(
                "unknown_quality", unknown, "{n} rows have a quality word we do not know: taken as suspect.",
                column=self.table.place(self.roles.quality),
            )  # fmt: skip
        made: list[Register] = []
        for line, (meter, register, uom) in zip(axes, keys, strict=True):
            own_step = None
            if self.choices.interval_s is None and line.duration_ms is None:
                own_step = usual_step_s(line.start_ms)
            for column in columns:
                one = self._register(
                    line,
                    meter,
                    register,
                    uom,
                    column,
                    figures[column.name],
                    own_step or step_s,
                    quality,
                    layout,
                )
                if one is not None:
                    made.append(one)
        return made

    def _left_out(self) -> list[Problem]:
        """Columns whose unit nobody knows."""
        if not self.unknown:
            return []
        names = ", ".join(f"'{name}'" for name in list(self.unknown)[:6])
        more = f" and {len(self.unknown) - 6} more" if len(self.unknown) > 6 else ""
        return [
            Problem(
                file=self.table.file,
                line=self.table.first_line - 1 or 1,
                column=self.table.place(next(iter(self.unknown))),
                code="unit_unknown",
                text=f"The unit of {names}{more} is not known: choose it, or put it into the column's name.",
                refused=f"{len(self.unknown)} columns",
            )
        ]

    def _register(
        self,
        line: Axis,
        meter: str,
        register: str,
        uom: str,
        column: ValueColumn,
        figure: Numbers,
        step_s: int | None,
        quality: NDArray[np.uint8] | None,
        layout: str,
    ) -> Register | None:
        place = self.table.place(column.name)
        try:
            unit = unit_of(uom or column.unit)
        except InvalidError:
            self.unknown.setdefault(column.name, uom or column.unit)
            return None
        direction = side_of(register, column.direction) if register else column.direction
        is_other = unit.quantity is not column.quantity
        kind = column.kind
        if is_other:  # the row's own unit says what it is
            kind = (self.choices.kind or Kind.INTERVAL) if unit.quantity in AMOUNTS else Kind.INSTANT
        found = readings(
            line,
            figure.values,
            unit,
            kind,
            step_s,
            quality,
            self.counted,
            column=place,
            is_float32=figure.is_float32,
            is_import=direction is not Direction.NET and unit.quantity in AMOUNTS,
        )
        if found is None:
            return None
        named = (
            register if len(self.roles.values) == 1 and register else f"{register} {column.register}".strip()
        )
        length = found.duration_ms
        return Register(
            meter=column.meter if layout == "wide" else self._meter(meter),
            register=named,
            carrier=column.carrier,
            quantity=unit.quantity,
            direction=direction,
            kind=kind,
            unit=unit.canonical,
            readings=found,
            spreads=length is not None and float(np.median(length)) > 25 * 3_600_000,
        )


def _shifted(line: Axis, stamps: str, step_s: int | None, zone: str) -> Axis:
    """An axis of end stamps as starts."""
    if stamps != "end" or step_s is None:
        return line
    if step_s < 86_400:
        return replace(line, start_ms=line.start_ms - step_s * 1000)
    # A day ends where the clock says so, and may have had 23 or 25 hours.
    from aegrid_energy.domain.zones import offset_ms  # noqa: PLC0415

    wall = line.start_ms + (offset_ms(zone, line.start_ms) if zone != "UTC" else 0) - step_s * 1000
    return replace(line, start_ms=instants(wall, zone).ms if zone != "UTC" else wall)


def _or_zero(offset_ms: NDArray[np.int64] | None) -> NDArray[np.int64] | int:
    return 0 if offset_ms is None else offset_ms


def _as_text(column: Column) -> Column:
    if is_text(column):
        return compute.fill_null(compute.utf8_trim_whitespace(column), "")
    if pa.types.is_floating(column.type):
        column = column.cast(pa.int64(), safe=False)
    return compute.fill_null(column.cast(pa.string()), "")


def _stem(file: str) -> str:
    """`outer.zip!folder/Town Hall.csv!Sheet 1` -> `Town Hall Sheet 1`; what a file calls its meter."""
    own = file.split("!")
    inner = own[-1] if len(own) == 1 or "." in own[-1] else f"{own[-2]} {own[-1]}"
    name = inner.replace("\\", "/").rsplit("/", 1)[-1]
    while (parts := name.rpartition("."))[2].casefold() in _ENDINGS and parts[0]:
        name = parts[0]
    return name.strip()[:80] or "meter"


def _shown(cell: Column) -> str:
    value = cell.as_py()
    return "" if value is None else str(value)[:60]


def _span(step_s: int) -> str:
    if step_s % 86_400 == 0:
        return f"{step_s // 86_400} days" if step_s > 86_400 else "a day"
    return f"{step_s // 60} minutes" if step_s % 60 == 0 else f"{step_s} seconds"


def _clock(ms: int) -> str:
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}"
