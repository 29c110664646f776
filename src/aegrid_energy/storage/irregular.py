"""Irregular readings: explicit starts and durations, packed a day a block (codec 3). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain import quality as q
from aegrid_energy.storage.codec import SOURCE_RUN, decode_quality, decode_sources, encode_quality_runs
from aegrid_energy.storage.runs import encode_runs


@dataclass(frozen=True, slots=True)
class Irregular:
    """Readings of one irregular series, ascending, no start twice.

    Args:
        start_ms: shape (n,). [ms]
        duration_ms: 0 for instants, shape (n,). [ms]
        micro: shape (n,); 0 where there is no value.
        quality: shape (n,).
        source_no: shape (n,).
    """

    start_ms: NDArray[np.int64]
    duration_ms: NDArray[np.int64]
    micro: NDArray[np.int64]
    quality: NDArray[np.uint8]
    source_no: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.start_ms)

    def __getitem__(self, at: NDArray[np.bool_] | NDArray[np.intp] | slice) -> "Irregular":
        return Irregular(
            self.start_ms[at], self.duration_ms[at], self.micro[at], self.quality[at], self.source_no[at]
        )

    def replaced(self, at: NDArray[np.intp], by: "Irregular") -> "Irregular":
        """The same with some readings taken from another over the same starts."""
        columns = []
        for mine, other in (
            (self.duration_ms, by.duration_ms),
            (self.micro, by.micro),
            (self.quality, by.quality),
            (self.source_no, by.source_no),
        ):
            column = mine.copy()
            column[at] = other[at]
            columns.append(column)
        return Irregular(self.start_ms, *columns)

    @staticmethod
    def joined(parts: Sequence["Irregular"]) -> "Irregular":
        """Several, sorted into one; none gives an empty one."""
        if not parts:
            none = np.zeros(0, dtype=np.int64)
            return Irregular(none, none, none, none.astype(np.uint8), none.astype(np.int32))
        start = np.concatenate([part.start_ms for part in parts])
        order = np.argsort(start, kind="stable")
        return Irregular(
            start[order],
            np.concatenate([part.duration_ms for part in parts])[order],
            np.concatenate([part.micro for part in parts])[order],
            np.concatenate([part.quality for part in parts])[order],
            np.concatenate([part.source_no for part in parts])[order],
        )

    def over(self, starts: NDArray[np.int64]) -> "Irregular":
        """The same readings among given starts (ascending, all of ours included); the others are absent."""
        at = np.searchsorted(starts, self.start_ms)
        wide = Irregular(
            starts,
            np.zeros(len(starts), dtype=np.int64),
            np.zeros(len(starts), dtype=np.int64),
            np.full(len(starts), q.ABSENT, dtype=np.uint8),
            np.zeros(len(starts), dtype=np.int32),
        )
        wide.duration_ms[at] = self.duration_ms
        wide.micro[at] = self.micro * q.has_value(self.quality)
        wide.quality[at] = self.quality
        wide.source_no[at] = self.source_no
        return wide


def unpack(data: bytes, flags: bytes, sources: bytes, n: int) -> Irregular:
    """Decode one block."""
    if not n:
        return Irregular.joined([])
    columns = np.frombuffer(data, dtype="<i8").reshape(3, n).astype(np.int64)
    quality = decode_quality([flags], n, None)
    return Irregular(
        columns[0],
        columns[1],
        columns[2],
        np.zeros(n, dtype=np.uint8) if quality is None else quality[0],
        decode_sources([sources], n)[0],
    )


def packed_block(readings: Irregular) -> tuple[bytes, bytes, bytes]:
    """Encode one block: data, flags, sources."""
    if not len(readings):
        return b"", b"", b""
    data = np.stack([readings.start_ms, readings.duration_ms, readings.micro]).astype("<i8").tobytes()
    sources = encode_runs(readings.source_no[None, :], SOURCE_RUN).buffer
    return data, encode_quality_runs(readings.quality), sources
