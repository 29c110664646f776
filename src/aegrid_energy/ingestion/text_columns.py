"""Text columns as bytes side by side: rows of one length and one shape are handled all at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aegrid_energy.ingestion.arrow import Column

#: Longest cell that can be a time or a number; longer ones are neither.
LONGEST: Final = 64
#: Different shapes looked at in one column before the rest is given up as unreadable.
MOST_SHAPES: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Rows of a text column whose characters are of the same classes at the same places.

    Args:
        mask: The shape: "0" for a digit, "A" for a letter, any other character for itself.
        rows: Which rows, ascending, shape (n,).
        chars: Their bytes, uint8, shape (n, len(mask)).
    """

    mask: str
    rows: NDArray[np.intp]
    chars: NDArray[np.uint8]

    def number(self, start: int, length: int) -> NDArray[np.int64]:
        """The number that the digits at one place spell, shape (n,)."""
        total = np.zeros(len(self.rows), dtype=np.int64)
        for place in range(start, start + length):
            total = total * 10 + (self.chars[:, place] - np.uint8(48))
        return total

    def letters(self, start: int, length: int) -> NDArray[np.bytes_]:
        """The letters at one place, lower case, shape (n,)."""
        part = np.ascontiguousarray(self.chars[:, start : start + length]) | np.uint8(0x20)
        return part.view(f"S{length}")[:, 0]


def _classes() -> NDArray[np.uint8]:
    table = np.arange(256, dtype=np.uint8)
    table[ord("0") : ord("9") + 1] = ord("0")
    table[ord("a") : ord("z") + 1] = ord("A")
    table[ord("A") : ord("Z") + 1] = ord("A")
    table[128:] = ord("?")
    return table


_CLASSES: Final = _classes()


def shapes(column: Column) -> Iterator[Shape]:
    """The shapes of a text column, most rows of a length first; nulls and long cells are in none.

    Args:
        column: Of Arrow's `string` or `large_string`.
    """
    data, starts, lengths = _buffers(column)
    wanted = (lengths > 0) & (lengths <= LONGEST)
    seen = 0
    for length in np.unique(lengths[wanted]).tolist():
        rows = np.flatnonzero(lengths == length)
        chars = _matrix(data, starts[rows], length)
        while len(rows) and seen < MOST_SHAPES:
            seen += 1
            classes = _CLASSES[chars[0]]
            same = np.ones(len(rows), dtype=bool)
            for place in range(length):
                same &= _CLASSES[chars[:, place]] == classes[place]
            mask = classes.tobytes().decode("latin-1")
            if same.all():
                yield Shape(mask=mask, rows=rows, chars=chars)
                break
            yield Shape(mask=mask, rows=rows[same], chars=chars[same])
            rows, chars = rows[~same], chars[~same]


def _buffers(column: Column) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """Bytes of all cells, where each starts, and its length (0 for null)."""
    wide = column.cast(pa.large_string())
    _, offsets_buffer, data_buffer = wide.buffers()
    count = len(wide)
    if offsets_buffer is None or data_buffer is None or count == 0:
        return np.zeros(0, np.uint8), np.zeros(count, np.int64), np.zeros(count, np.int64)
    offsets = np.frombuffer(offsets_buffer, dtype=np.int64)[wide.offset : wide.offset + count + 1]
    lengths = np.diff(offsets)
    if wide.null_count:
        lengths = np.where(wide.is_null().to_numpy(zero_copy_only=False), 0, lengths)
    return np.frombuffer(data_buffer, dtype=np.uint8), offsets[:-1], lengths


def _matrix(data: NDArray[np.uint8], starts: NDArray[np.int64], length: int) -> NDArray[np.uint8]:
    if len(starts) == int(starts[-1] - starts[0]) // length + 1 and bool((np.diff(starts) == length).all()):
        return data[int(starts[0]) : int(starts[-1]) + length].reshape(-1, length)
    return data[starts[:, None] + np.arange(length)]
