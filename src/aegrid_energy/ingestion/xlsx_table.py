"""XLSX sheets as tables: midnights that come as dates, the 1904 calendar, formulas that stay text."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Final

import numpy as np
import pyarrow as pa
import python_calamine

from aegrid_energy.ingestion.archive import BombError, check_workbook
from aegrid_energy.ingestion.arrow import Column, compute
from aegrid_energy.ingestion.dates import looks_like_time
from aegrid_energy.ingestion.table import MOST_CELLS, Table, header_at, unique_names
from aegrid_energy.ingestion.table_numbers import numbers
from aegrid_energy.ingestion.unreadable import UnreadableError

_SAMPLE: Final = 60
#: A sheet is laid out as a full rectangle in memory; one emptier than this is a trap.
_MOST_EMPTY: Final = 200
_SMALL: Final = 2_000_000
_CELL: Final = re.compile(rb'<(?:\w+:)?c [^>]{0,200}?r="([A-Z]{1,3})([0-9]{1,7})"')
#: The row of any reference, of a row or of a cell.
_ROW: Final = re.compile(rb'<(?:\w+:)?row [^>]{0,200}?r="([0-9]{1,7})"')
_ANY_ROW: Final = re.compile(rb"<(?:\w+:)?row[ >]")
_TWO_LETTERS: Final = re.compile(rb'r="[A-Z]{2}[0-9]')
_THREE_LETTERS: Final = re.compile(rb'r="[A-Z]{3}[0-9]')

Cell = int | float | str | bool | time | date | datetime | timedelta


def xlsx_tables(data: bytes, file: str) -> Iterator[Table]:
    """The tables in a workbook, one a sheet that holds anything.

    Raises:
        UnreadableError: it is damaged, or breaks a cap.
    """
    some = filled_sheets(data)
    for name, sheet in some:
        shown = file if len(some) == 1 else f"{file}!{name[:60]}"
        rows = sheet.to_python(skip_empty_area=True)
        top = (sheet.start or (0, 0))[0]
        yield _table(rows, shown, top)


def filled_sheets(data: bytes) -> list[tuple[str, python_calamine.CalamineSheet]]:
    """The sheets of a workbook that hold anything, by name, after its parts have been held to the caps.

    Raises:
        UnreadableError: it is damaged, or breaks a cap.
    """
    try:
        parts = check_workbook(data)
        for name, part in parts.items():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                _check_area(part)
        book = python_calamine.load_workbook(BytesIO(data))
        sheets = [name for name in book.sheet_names if name]
        filled = [(name, book.get_sheet_by_name(name)) for name in sheets]
    except BombError as bomb:
        raise UnreadableError(bomb.code, bomb.text) from None
    except (python_calamine.CalamineError, OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableError("damaged", f"The workbook cannot be read: {str(error)[:160]}") from None
    return [(name, sheet) for name, sheet in filled if sheet.height]


def _check_area(sheet: bytes) -> None:
    rows = _ROW.findall(sheet)
    # Rows that do not say their number leave it to their cells.
    high = (
        max((int(row) for row in rows), default=0) if len(rows) == len(_ANY_ROW.findall(sheet)) else 1 << 20
    )
    # By the length of the widest name of a column; exactly only where that alone would refuse the sheet.
    wide = 16_384 if _THREE_LETTERS.search(sheet) else 702 if _TWO_LETTERS.search(sheet) else 26
    if not _is_trap(wide * high, sheet.count(b"<c ")):
        return
    cells = _CELL.findall(sheet)
    wide = max((_column_number(letters) for letters in {letters for letters, _ in cells}), default=0)
    high = max((int(row) for row in {row for _, row in cells}), default=0)
    if _is_trap(wide * high, len(cells)):
        raise UnreadableError(
            "sheet_too_large", f"A sheet spans {wide:,} columns and {high:,} rows. Cut it down."
        )


def _is_trap(area: int, cells: int) -> bool:
    return area > MOST_CELLS or area > max(_SMALL, cells * _MOST_EMPTY)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _table(rows: list[list[Cell]], file: str, top: int) -> Table:
    head = rows[:_SAMPLE]
    header = header_at(
        [[str(cell) for cell in row] for row in head],
        [[_is_time(cell) for cell in row] for row in head],
        [[_is_number(cell) for cell in row] for row in head],
    )
    width = len(rows[0]) if rows else 0
    names = [_name(cell) for cell in rows[header]] if header >= 0 else [""] * width
    body = rows[header + 1 :]
    columns = tuple(_column(list(cells)) for cells in zip(*body, strict=True)) if body else ()
    return Table(
        file=file,
        format="xlsx",
        names=unique_names(names) if columns else (),
        columns=columns,
        first_line=top + header + 2,
    )


def _name(cell: Cell) -> str:
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


def _column(cells: list[Cell]) -> Column:
    kinds = {type(cell) for cell in cells if cell != ""}
    if kinds <= {int, float, bool}:
        return pa.array([np.nan if isinstance(cell, str) else float(cell) for cell in cells], pa.float64())  # pyright: ignore[reportArgumentType]
    if kinds <= {datetime, date}:
        return _stamps(cells, has_dates=date in kinds)
    return pa.array([_text(cell) for cell in cells], pa.string())


def _stamps(cells: list[Cell], *, has_dates: bool) -> Column:
    if has_dates:  # the reader hands midnight over as a bare date
        cells = [_midnight(cell) if type(cell) is date else cell for cell in cells]
    at = pa.array([cell or None for cell in cells], pa.timestamp("us"))
    # A sheet counts days in floats: 00:15 comes as 00:14:59.999.
    micro = at.cast(pa.int64())
    return compute.divide(compute.add(micro, 500), 1000).cast(pa.timestamp("ms"))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  wall clock


def _text(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="milliseconds")
    if isinstance(cell, date):
        return f"{cell.isoformat()} 00:00:00.000"
    if isinstance(cell, time):
        return cell.isoformat(timespec="milliseconds")
    if isinstance(cell, timedelta):
        seconds = round(cell.total_seconds())
        return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"
    return repr(float(cell)) if isinstance(cell, float) else str(int(cell))


def _is_time(cell: Cell) -> bool:
    if isinstance(cell, str):
        return looks_like_time(cell) and not cell.strip().isdigit()
    return isinstance(cell, date | time)


def _is_number(cell: Cell) -> bool:
    if isinstance(cell, str):
        return bool(cell.strip()) and bool(np.isfinite(numbers(pa.array([cell], pa.string())).values[0]))
    return isinstance(cell, int | float) and not isinstance(cell, bool)
