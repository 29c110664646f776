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
from aegrid_energy.ingestion.arrow import Column
from aegrid_energy.ingestion.dates import looks_like_time
from aegrid_energy.ingestion.table import MOST_CELLS, Table, header_at, unique_names
from aegrid_energy.ingestion.table_numbers import numbers
from aegrid_energy.ingestion.unreadable import UnreadableError

_SAMPLE: Final = 60
#: A sheet is laid out as a full rectangle in memory; one emptier than this is a trap.
_MOST_EMPTY: Final = 200
_SMALL: Final = 2_000_000
_CELL: Final = re.compile(rb'<(?:\w+:)?c [^>]{0,200}?r="([A-Z]{1,3})([0-9]{1,7})"')
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  wall clock
_MS: Final = timedelta(milliseconds=1)

Cell = int | float | str | bool | time | date | datetime | timedelta


def xlsx_tables(data: bytes, file: str) -> Iterator[Table]:
    """The tables in a workbook, one a sheet that holds anything.

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
    some = [(name, sheet) for name, sheet in filled if sheet.height]
    for name, sheet in some:
        shown = file if len(some) == 1 else f"{file}!{name[:60]}"
        rows = sheet.to_python(skip_empty_area=True)
        top = (sheet.start or (0, 0))[0]
        yield _table(rows, shown, top)


def _check_area(sheet: bytes) -> None:
    found = _CELL.findall(sheet)
    if not found:
        return
    columns = {letters for letters, _ in found}
    wide = max(_column_number(letters) for letters in columns)
    high = max(int(row) for _, row in found[:: max(len(found) // 100_000, 1)] + found[-1000:])
    high = max(high, max(map(int, {row for _, row in found})) if len(found) <= 100_000 else high)
    if wide * high > MOST_CELLS or (wide * high > _SMALL and wide * high > len(found) * _MOST_EMPTY):
        raise UnreadableError(
            "sheet_too_large", f"A sheet spans {wide:,} columns and {high:,} rows. Cut it down."
        )


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
        return pa.array([_wall_ms(cell) for cell in cells], pa.int64()).cast(pa.timestamp("ms"))
    return pa.array([_text(cell) for cell in cells], pa.string())


def _wall_ms(cell: Cell) -> int | None:
    if isinstance(cell, datetime):
        at = cell.replace(tzinfo=None)
        # A sheet counts days in floats: 00:15 comes as 00:14:59.999.
        return (
            (at - _EPOCH + timedelta(microseconds=500)) // _MS
            if at.microsecond % 1000
            else (at - _EPOCH) // _MS
        )
    # The reader hands midnight over as a bare date.
    return (datetime(cell.year, cell.month, cell.day) - _EPOCH) // _MS if isinstance(cell, date) else None  # noqa: DTZ001


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
