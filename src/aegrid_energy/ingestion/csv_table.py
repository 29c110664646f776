"""CSV and its cousins as a table: encoding, separator, quotes and the row of names found from the text."""

import csv
import re
from typing import Final

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from aegrid_energy.domain.problems import Problem
from aegrid_energy.ingestion.arrow import Column
from aegrid_energy.ingestion.dates import looks_like_time
from aegrid_energy.ingestion.sniff import decoded
from aegrid_energy.ingestion.table import MOST_CELLS, MOST_COLUMNS, Table, header_at, unique_names
from aegrid_energy.ingestion.table_numbers import NO_VALUE
from aegrid_energy.ingestion.unreadable import UnreadableError

_SEPARATORS: Final = ",;\t|"
#: Lines looked at to find separator and names; reports put this many lines of preamble above their table.
_SAMPLE_LINES: Final = 60
_BLOCK: Final = 1 << 22
#: Looks like a number, however large: enough to tell a row of data from a row of names.
_NUMERIC: Final = re.compile(r"[+-]?[0-9][0-9.,]{0,2000}(?:[eE][+-]?[0-9]{1,9})?")


def csv_table(data: bytes, file: str) -> Table:
    """The table in a text file.

    Raises:
        UnreadableError: it is no text, or no table.
    """
    text = decoded(data)
    if text is None:
        raise UnreadableError("not_text", "The file holds bytes that are no text.")
    sample = _sample(text)
    separator = _separator(sample)
    rows = [_split(line, separator) for line in sample]
    header = header_at(rows, [[_is_time(c) for c in row] for row in rows], [_numeric(row) for row in rows])
    width = _width(rows[header + 1 :], len(rows[header]) if header >= 0 else 0)
    if width > MOST_COLUMNS:
        raise UnreadableError("too_many_columns", f"The table has more than {MOST_COLUMNS} columns.")
    names = rows[header] if header >= 0 else [f"column {number}" for number in range(1, width + 1)]
    names = (names + [""] * (width - len(names)))[:width]
    return _parsed(text, file, separator, unique_names(names), header + 1)


def _parsed(text: str, file: str, separator: str, names: tuple[str, ...], skip: int) -> Table:
    skipped: list[int] = []
    wrong: list[tuple[int, int]] = []

    def on_invalid(row: Column) -> str:
        line = row.number if row.number is not None else 0
        skipped.append(line)
        if row.text.strip(separator + " \r\n\t"):
            wrong.append((line, row.actual_columns))
        return "skip"

    try:
        read = arrow_csv.read_csv(
            pa.py_buffer(text.encode("utf-8", errors="replace")),
            read_options=arrow_csv.ReadOptions(
                use_threads=False, column_names=list(names), skip_rows=skip, block_size=_BLOCK
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=separator,
                newlines_in_values=_has_broken_lines(text),
                ignore_empty_lines=False,
                invalid_row_handler=on_invalid,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[*NO_VALUE, "NaN", "N/A", "NA", "NULL", "None"],
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid as error:
        raise UnreadableError(
            "not_a_table", f"The file cannot be read as a table: {str(error)[:160]}"
        ) from None
    if read.num_rows * len(names) > MOST_CELLS:
        raise UnreadableError(
            "table_too_large", f"The table has more than {MOST_CELLS:,} cells. Send it in parts."
        )
    problems: list[Problem] = []
    if wrong:
        line, found = wrong[0]
        problems.append(
            Problem(
                file=file,
                line=line,
                column=0,
                code="wrong_width",
                text=f"{len(wrong)} rows have another number of cells than the {len(names)} of the table "
                f"(the first has {found}).",
                refused=f"{len(wrong)} rows",
            )
        )
    return Table(
        file=file,
        format="csv",
        names=names,
        columns=tuple(column.combine_chunks() for column in read.columns),
        first_line=skip + 1,
        skipped=np.array(sorted(skipped), dtype=np.int64),
        problems=tuple(problems),
    )


def _width(rows: list[list[str]], named: int) -> int:
    """The number of cells most rows have; where two are as common, the one that has names."""
    widths = [len(row) for row in rows if any(cell.strip() for cell in row)]
    return max(set(widths), key=lambda width: (widths.count(width), width == named), default=named)


def _sample(text: str) -> list[str]:
    lines: list[str] = []
    start = 0
    while start < len(text) and len(lines) < _SAMPLE_LINES:
        end = text.find("\n", start, start + 200_000)
        if end < 0:
            end = min(len(text), start + 200_000)
        lines.append(text[start:end].rstrip("\r"))
        start = end + 1
    if not any(line.strip() for line in lines):
        raise UnreadableError("empty_file", "The file is empty.")
    return lines


def _separator(lines: list[str]) -> str:
    """The separator that cuts most lines into the same number (> 1) of cells."""
    best, best_score = ",", 0.0
    for mark in _SEPARATORS:
        widths = [len(_split(line, mark)) for line in lines if line.strip()]
        common = max(set(widths), key=lambda width: (width > 1, widths.count(width)), default=1)
        if common < 2:
            continue
        score = widths.count(common) / len(widths) * (1 + min(common, 50) / 1000)
        if score > best_score:
            best, best_score = mark, score
    return best


def _split(line: str, separator: str) -> list[str]:
    if '"' not in line:
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator))
    except (csv.Error, StopIteration):
        return line.split(separator)


def _numeric(row: list[str]) -> list[bool]:
    return [_NUMERIC.fullmatch(cell.strip()) is not None for cell in row]


def _is_time(cell: str) -> bool:
    return len(cell) <= 64 and looks_like_time(cell) and not cell.strip().isdigit()


def _has_broken_lines(text: str) -> bool:
    return any(line.count('"') % 2 for line in text[:200_000].split("\n")[:2000])
