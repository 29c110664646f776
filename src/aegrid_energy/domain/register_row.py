"""Rows of the register: the columns of a sheet, and one row of text as values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.register_cell import Value

#: Columns that say from when to when; the second must lie after the first.
_SPANS: Final = (
    ("valid_from", "valid_to"),
    ("in_service_from", "in_service_to"),
    ("opened_on", "closed_on"),
    ("starts_at", "ends_at"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a sheet.

    Args:
        name: As in the file and in the table.
        read: Text to value; raises ValueError with the reason in words.
        refers_to: Sheet whose key stands here; the stored column is then `<name>_id`.
        refers_by: Column of this sheet that says in which other one the key is looked up.
        is_key: Part of what identifies the row.
        is_needed: Must not be empty.
        default: What an empty cell means.
    """

    name: str
    read: Callable[[str], Value]
    refers_to: str = ""
    refers_by: str = ""
    is_key: bool = False
    is_needed: bool = False
    default: Value = None

    @property
    def stored_name(self) -> str:
        """The column's name in the table."""
        if not (self.refers_to or self.refers_by) or self.name == "fed_by":
            return self.name
        return f"{self.name}_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One table of the register as rows by key.

    Args:
        name: In workbooks, file names and addresses.
        table: In the database.
        columns: In the order of the file.
        has_id: The table has an id of its own, found by `found_by`.
        found_by: The column by which other sheets name its rows.
        is_found_by_id: A row that was never given a key is exported under its id.
    """

    name: str
    table: str
    columns: tuple[Column, ...]
    has_id: bool = True
    found_by: str = "external_id"
    is_found_by_id: bool = False

    @property
    def keys(self) -> tuple[Column, ...]:
        """The columns that identify a row."""
        return tuple(c for c in self.columns if c.is_key)


def read_row(sheet: Sheet, row: Mapping[str, str], *, line: int) -> dict[str, Value]:
    """One row of text as values, empty cells as their defaults; references stay keys.

    Raises:
        InvalidError: `unknown_column`, `cell_missing`, `cell_invalid` with sheet, line, column and reason.
    """
    known = {c.name: c for c in sheet.columns}
    for name in row:
        if name not in known:
            raise InvalidError(
                "unknown_column", sheet=sheet.name, line=line, column=name[:80], known=", ".join(known)
            )
    values: dict[str, Value] = {}
    for name, column in known.items():
        cell = (row.get(name) or "").strip()
        if not cell:
            if column.is_needed:
                raise InvalidError("cell_missing", sheet=sheet.name, line=line, column=name)
            values[name] = column.default
            continue
        try:
            values[name] = column.read(cell)
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise _invalid(sheet, line, name, cell, str(error)) from error
    for start, end in _SPANS:
        begins, ends = values.get(start), values.get(end)
        if isinstance(begins, date | datetime) and isinstance(ends, date | datetime) and ends <= begins:
            raise _invalid(sheet, line, end, row[end].strip(), f"must be later than {start}")
    return values


def _invalid(sheet: Sheet, line: int, column: str, cell: str, reason: str) -> InvalidError:
    return InvalidError(
        "cell_invalid", sheet=sheet.name, line=line, column=column, value=cell[:80], reason=reason[:200]
    )
