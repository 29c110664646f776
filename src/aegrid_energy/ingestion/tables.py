"""A table file becomes a proposal, and, once it is accepted, registers with readings."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.problems import Problem
from aegrid_energy.domain.series import AMOUNTS, Direction, Kind
from aegrid_energy.domain.units import unit_of
from aegrid_energy.domain.zones import zone_rules
from aegrid_energy.ingestion.arrow import Column
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.parsed import ParsedFile, Proposal, Register, ValueColumn
from aegrid_energy.ingestion.quality_words import quality_bytes
from aegrid_energy.ingestion.series_of_rows import Axis, Counted, readings, usual_step_s
from aegrid_energy.ingestion.table import Table, printable
from aegrid_energy.ingestion.table_meaning import Notes, checked_unit, side_of, value_columns
from aegrid_energy.ingestion.table_numbers import Numbers, numbers
from aegrid_energy.ingestion.table_roles import Roles, chosen_roles, find_roles
from aegrid_energy.ingestion.table_rows import Rows, as_text, read_rows, shifted

_SAMPLE_ROWS: Final = 8
_ENDINGS: Final = frozenset(
    ["gz", "zip", "csv", "txt", "tsv", "xlsx", "xlsm", "parquet", "pq", "arrow", "feather"]
)
#: Meters in one file; more is a column taken for a key by mistake.
_MOST_METERS: Final = 20_000


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
        rows = read_rows(self.table, self.choices, self.roles, self.notes, self.counted)
        figures, decimal = self._figures()
        layout, columns = value_columns(
            self.roles, self.stem, self.choices, self._in_order(figures, rows.axes), rows.step_s, self.notes
        )
        proposal = self._proposal(layout, columns, rows, decimal)
        is_open = bool(proposal.questions or proposal.assumed)
        if not rows.zone and self.choices.accept_proposed:
            text = (
                "Times have no zone, and a guess would shift every reading. Say it: --zone Australia/Sydney, "
                "--zone +10:00, --zone UTC."
            )
            return replace(_refused(self.table, "zone_needed", text), proposal=proposal)
        registers: tuple[Register, ...] = ()
        problems = self.table.problems
        if rows.zone and (self.choices.accept_proposed or not is_open):
            registers = tuple(self._registers(rows, columns, figures, layout))
            problems = (*problems, *self.counted.problems(), *self._left_out())
        return ParsedFile(
            file=self.table.file,
            format=self.table.format,
            registers=registers,
            problems=problems,
            proposal=proposal,
        )

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

    def _proposal(self, layout: str, columns: list[ValueColumn], rows: Rows, decimal: str) -> Proposal:
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
            clock_column=roles.clock,
            period_column=roles.period,
            unit_column=roles.unit,
            columns=self.table.names,
            value_columns=tuple(
                column if layout == "wide" or roles.meter else replace(column, meter=self._meter(""))
                for column in columns
            ),
            zone=rows.zone,
            stamps=rows.stamps,
            step_s=rows.step_s,
            date_order=rows.order,
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
        self, rows: Rows, columns: list[ValueColumn], figures: dict[str, Numbers], layout: str
    ) -> list[Register]:
        if len(rows.keys) > _MOST_METERS:
            self.counted.add(
                "too_many_meters",
                np.arange(1),
                f"The file names more than {_MOST_METERS} meters.",
                refused="the whole file",
            )
            return []
        quality = None
        if self.roles.quality:
            quality, unknown = quality_bytes(as_text(self.table.column(self.roles.quality)))
            self.counted.add(
                "unknown_quality", unknown, "{n} rows have a quality word we do not know: taken as suspect.",
                column=self.table.place(self.roles.quality),
            )  # fmt: skip
        made: list[Register] = []
        for stamped, (meter, register, uom) in zip(rows.axes, rows.keys, strict=True):
            line = shifted(stamped, rows.stamps, rows.step_s, rows.zone)
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
                    own_step or rows.step_s,
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
                refused=f"{len(self.unknown)} column{'' if len(self.unknown) == 1 else 's'}",
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
    return "" if value is None else printable(str(value)[:60])
