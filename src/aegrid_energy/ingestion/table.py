"""A table as read from a file, before anybody says what it means."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.problems import Problem
from aegrid_energy.ingestion.arrow import Column

MOST_COLUMNS: Final = 5_000
MOST_CELLS: Final = 60_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Columns of one length.

    Args:
        file: Name as shown.
        format: "csv", "xlsx", "parquet" or "arrow".
        names: Names of the columns, unique.
        columns: Arrow arrays, each of shape (n,).
        first_line: Line of the file that the first row stands on, from 1.
        skipped: Lines after it that are no row, ascending.
        problems: What was already wrong.
    """

    file: str
    format: str
    names: tuple[str, ...]
    columns: tuple[Column, ...]
    first_line: int = 1
    skipped: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    problems: tuple[Problem, ...] = ()

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    def line(self, row: int) -> int:
        """The line of the file that a row stands on."""
        line = self.first_line + row
        for skipped in self.skipped.tolist():
            if skipped > line:
                break
            line += 1
        return line

    def column(self, name: str) -> Column:
        """The column of a name."""
        return self.columns[self.names.index(name)]

    def place(self, name: str) -> int:
        """Number of a column, from 1; 0 where there is none of that name."""
        return self.names.index(name) + 1 if name in self.names else 0


def printable(text: str) -> str:
    r"""Text from outside as it can be stored and shown: no NUL, no half characters, no line ends.

    >>> printable("a\x00b")
    'a?b'
    """
    return text if text.isprintable() else "".join(char if char.isprintable() else "?" for char in text)


def unique_names(names: list[str]) -> tuple[str, ...]:
    """Names without outer blanks, each different: empty ones get their number, repeated ones a count."""
    seen: dict[str, int] = {}
    unique: list[str] = []
    for number, raw in enumerate(names, start=1):
        name = printable(" ".join(raw.split()))[:120] or f"column {number}"
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(unique)


def header_at(rows: list[list[str]], is_time: "list[list[bool]]", is_number: "list[list[bool]]") -> int:
    """Which of the first rows names the columns; -1 where the data starts without names.

    It is the row above the first row of data, a row of data being one with both a time and a number or with
    at least half of its filled cells numbers.
    """
    for index, row in enumerate(rows):
        filled = sum(1 for cell in row if cell.strip())
        times, numbers = sum(is_time[index]), sum(is_number[index])
        if filled and ((times and (numbers or filled == times)) or numbers * 2 > filled):
            above = index - 1
            while above >= 0 and not any(cell.strip() for cell in rows[above]):
                above -= 1
            if above >= 0 and sum(1 for cell in rows[above] if cell.strip()) * 2 >= filled:
                return above
            return -1 if index == 0 else above
    return 0
