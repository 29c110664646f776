"""Run-length coding of many rows at once."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Ragged:
    """Byte strings of K rows in one buffer.

    Args:
        buffer: All of them, one after the other.
        offsets: Where each starts, and the end, shape (K + 1,).
    """

    buffer: bytes
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> bytes:
        return self.buffer[int(self.offsets[row]) : int(self.offsets[row + 1])]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Bytes of each row, shape (K,)."""
        return np.diff(self.offsets)

    def rows(self, rows: NDArray[np.intp], length: int) -> NDArray[np.uint8]:
        """The bytes of rows that all have one length, shape (k, length)."""
        flat = np.frombuffer(self.buffer, dtype=np.uint8)
        return flat[self.offsets[rows, None] + np.arange(length)]


def encode_runs(
    values: NDArray[np.generic], record: np.dtype[Any], *, skip: NDArray[np.bool_] | None = None
) -> Ragged:
    """Runs of equal values in each row.

    Args:
        values: shape (K, S).
        record: Fields `n` (length of a run) and `v` (its value).
        skip: Rows that stay empty, shape (K,).
    """
    kept = np.arange(len(values)) if skip is None else np.flatnonzero(~skip)
    lengths = np.zeros(len(values), dtype=np.int64)
    part = values if len(kept) == len(values) else values[kept]
    slots = values.shape[1]
    breaks = np.ones(part.shape, dtype=np.bool_)
    np.not_equal(part[:, 1:], part[:, :-1], out=breaks[:, 1:])
    at = np.flatnonzero(breaks)
    runs = np.empty(len(at), dtype=record)
    runs["n"] = np.diff(np.append(at, part.size))
    runs["v"] = part.reshape(-1)[at]
    lengths[kept] = np.bincount(at // slots, minlength=len(kept)) * record.itemsize
    return Ragged(runs.tobytes(), np.concatenate([[0], np.cumsum(lengths)]))
