"""Files of the register: a workbook with a sheet a noun, or one sheet as CSV; cells stay text."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from aegrid_energy.domain.formula_cells import as_typed
from aegrid_energy.domain.problems import Problem
from aegrid_energy.domain.register_sheet import SHEETS
from aegrid_energy.ingestion.archive import is_zip, shown
from aegrid_energy.ingestion.sniff import decoded
from aegrid_energy.ingestion.unreadable import UnreadableError
from aegrid_energy.ingestion.xlsx_table import filled_sheets

#: Rows of one file; a larger register goes sheet by sheet.
MOST_ROWS: Final = 50_000
_SEPARATORS: Final = ",;\t|"
_TOLD: Final = 100

#: A row with the line it begins on.
_Line = tuple[int, Sequence[str]]


@dataclass(slots=True, kw_only=True)
class RegisterFile:
    """What a file of the register holds.

    Args:
        file: Its name.
        rows: Sheet -> rows as text by column name.
        lines: Sheet -> the line each row begins on.
        columns: Sheet -> names of its columns, in the order of the file.
        problems: What was not taken, or noticed.
    """

    file: str
    rows: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    lines: dict[str, list[int]] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Rows of all sheets."""
        return sum(map(len, self.rows.values()))

    def problem(self, sheet: str, line: int, column: int, code: str, text: str, refused: str = "") -> None:
        """Note a problem; a file says at most so many."""
        file = f"{self.file}!{sheet}" if sheet else self.file
        if len(self.problems) < _TOLD:
            self.problems.append(
                Problem(file=file, line=line, column=column, code=code, text=text, refused=refused)
            )


def read_register_file(data: bytes, file: str, sheet: str = "") -> RegisterFile:
    """The rows of a file of the register.

    Args:
        data: Its bytes.
        file: Its name; a CSV called `meters.csv` holds the sheet `meters`.
        sheet: Which sheet a CSV holds, where its name does not say.
    """
    found = RegisterFile(file=shown(file))
    try:
        if is_zip(data):
            _of_workbook(data, found)
        else:
            _of_csv(data, sheet or _stem(file), found)
    except UnreadableError as error:
        found.problem("", error.line, 0, error.code, error.text, "the whole file")
    if found.count > MOST_ROWS:
        found.rows.clear()
        text = f"The file has more than {MOST_ROWS:,} rows. Send its sheets one after the other."
        found.problem("", 0, 0, "too_many_rows", text, "the whole file")
    return found


def _stem(file: str) -> str:
    name = file.replace("\\", "/").rsplit("/", maxsplit=1)[-1]
    return name.rsplit(".", maxsplit=1)[0].strip().casefold()


def _of_workbook(data: bytes, found: RegisterFile) -> None:
    for name, sheet in filled_sheets(data):
        key = name.strip().casefold().replace(" ", "_")
        if key not in SHEETS:
            text = f"There is no sheet {name[:60]} in the register. There are: {', '.join(SHEETS)}."
            found.problem(name[:60], 0, 0, "unknown_sheet", text, f"the sheet {name[:60]}")
            continue
        top, left = sheet.start or (0, 0)
        rows = sheet.to_python(skip_empty_area=True)
        # Cells left of the first filled column are empty: they only move the numbers of columns.
        lines = ((top + n + 1, [_spelled(cell) for cell in row]) for n, row in enumerate(rows))
        _take(key, lines, found, left=left)


def _of_csv(data: bytes, sheet: str, found: RegisterFile) -> None:
    if sheet not in SHEETS:
        text = f"Which sheet is this? Name the file after it, or say which. There are: {', '.join(SHEETS)}."
        raise UnreadableError("unknown_sheet", text)
    text = decoded(data)
    if text is None:
        raise UnreadableError("not_text", "The file holds bytes that are no text.")
    try:
        _take(sheet, _csv_lines(text, sheet), found, left=0)
    except csv.Error as error:
        raise UnreadableError("not_a_table", f"The file cannot be read as CSV: {error}.") from None


def _csv_lines(text: str, sheet: str) -> Iterator[_Line]:
    head = text.lstrip("\r\n").split("\n", maxsplit=1)[0]
    known = {column.name for column in SHEETS[sheet].columns}
    separator = max(
        _SEPARATORS, key=lambda mark: len(known & {cell.strip(' "\r') for cell in head.split(mark)})
    )
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    begins = 1
    for row in reader:
        yield begins, [as_typed(cell) for cell in row]
        begins = reader.line_num + 1


def _take(sheet: str, lines: Iterable[_Line], found: RegisterFile, *, left: int) -> None:
    filled = ((line, cells) for line, cells in lines if any(cell.strip() for cell in cells))
    at, head = next(filled, (0, ()))
    names = [cell.strip().casefold() for cell in head]
    while names and not names[-1]:
        names.pop()
    if not names:
        found.problem(sheet, 0, 0, "empty_file", "The sheet is empty.")
        return
    if not _is_header(sheet, names, at, found, left=left):
        return
    found.columns[sheet] = [""] * left + names
    rows, numbers = found.rows.setdefault(sheet, []), found.lines.setdefault(sheet, [])
    for line, cells in filled:
        extra = next((n for n, cell in enumerate(cells) if n >= len(names) and cell.strip()), None)
        if extra is not None:
            text = f"There is a cell without a column: the header has {len(names)} names."
            found.problem(sheet, line, left + extra + 1, "cell_without_column", text, "the row")
            continue
        rows.append({name: cell for name, cell in zip(names, cells, strict=False) if name})
        numbers.append(line)
        if len(rows) > MOST_ROWS:
            return


def _is_header(sheet: str, names: Sequence[str], line: int, found: RegisterFile, *, left: int) -> bool:
    known = {column.name: column for column in SHEETS[sheet].columns}
    before = len(found.problems)
    for n, name in enumerate(names):
        place = left + n + 1
        if not name:
            text = "The column has no name."
            found.problem(sheet, line, place, "column_without_name", text, "the whole sheet")
        elif name not in known:
            text = f"There is no column {name[:60]}. There are: {', '.join(known)}."
            found.problem(sheet, line, place, "unknown_column", text, "the whole sheet")
        elif name in names[:n]:
            text = f"The column {name} is there twice. Take one of them out."
            found.problem(sheet, line, place, "column_twice", text, "the whole sheet")
    for name, column in known.items():
        if column.is_needed and name not in names:
            text = f"The column {name} is needed."
            found.problem(sheet, line, 0, "column_missing", text, "the whole sheet")
    return len(found.problems) == before


def _spelled(cell: float | str | bool | time | date | datetime | timedelta) -> str:
    """A cell as it would be typed: a sheet keeps numbers and dates as such."""
    match cell:
        case str():
            return cell
        case bool():
            return "yes" if cell else "no"
        case float():
            return str(int(cell)) if cell.is_integer() else repr(cell)
        case datetime():
            is_day = cell.time() == time()
            return cell.date().isoformat() if is_day else cell.isoformat()
        case _:
            return cell.isoformat() if isinstance(cell, date | time) else str(cell)
