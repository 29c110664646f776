"""Whole numpy columns as parameters of one statement, in PostgreSQL's binary array format.

`insert ... select from unnest(...)` of such arrays costs no Python per row, needs no temporary table, and is
allowed where COPY is not: the application's role may not COPY into a table with policies.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from psycopg import AsyncCursor
from psycopg.adapt import Buffer, Dumper
from psycopg.pq import Format

from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.runs import Ragged


class PackedArray:
    """One parameter: the bytes of a binary array."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data


class Int2Array(PackedArray):
    """`int2[]`."""


class Int4Array(PackedArray):
    """`int4[]`."""


class Int8Array(PackedArray):
    """`int8[]`."""


class DateArray(PackedArray):
    """`date[]`."""


class InstantArray(PackedArray):
    """`timestamptz[]`."""


class BytesArray(PackedArray):
    """`bytea[]`."""


class _PackedDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: PackedArray) -> Buffer | None:
        return obj.data


_ELEMENTS: Final[dict[type[PackedArray], tuple[int, int, str]]] = {
    # class: oid of the element, oid of the array, element on the wire
    Int2Array: (21, 1005, ">i2"),
    Int4Array: (23, 1007, ">i4"),
    Int8Array: (20, 1016, ">i8"),
    DateArray: (1082, 1182, ">i4"),
    InstantArray: (1184, 1185, ">i8"),
    BytesArray: (17, 1001, ""),
}
_DUMPERS: Final = {
    cls: type(f"{cls.__name__}Dumper", (_PackedDumper,), {"oid": oids[1]}) for cls, oids in _ELEMENTS.items()
}

#: PostgreSQL counts days and microseconds from 2000-01-01.
_EPOCH_DAYS: Final = 10_957
_EPOCH_MS: Final = _EPOCH_DAYS * 86_400_000
#: Stands for `-infinity` among ms since the epoch.
NEVER_MS: Final = -(2**62)


def packing_cursor(conn: Connection) -> AsyncCursor[tuple[Any, ...]]:
    """A cursor that takes the arrays of this file, and answers in binary."""
    cursor = conn.cursor(binary=True)
    for cls, dumper in _DUMPERS.items():
        cursor.adapters.register_dumper(cls, dumper)
    return cursor


def _header(cls: type[PackedArray], count: int) -> bytes:
    if not count:
        return np.array([0, 0, _ELEMENTS[cls][0]], dtype=">i4").tobytes()
    return np.array([1, 0, _ELEMENTS[cls][0], count, 1], dtype=">i4").tobytes()


def _numbers(cls: type[PackedArray], values: NDArray[Any]) -> bytes:
    wire = np.dtype(_ELEMENTS[cls][2])
    element = np.dtype([("length", ">i4"), ("value", wire)])
    out = np.empty(values.size, dtype=element)
    out["length"] = wire.itemsize
    out["value"] = values.reshape(-1)
    return _header(cls, values.size) + out.tobytes()


def int2s(values: NDArray[Any]) -> Int2Array:
    """An `int2[]` parameter."""
    return Int2Array(_numbers(Int2Array, values))


def int4s(values: NDArray[Any]) -> Int4Array:
    """An `int4[]` parameter."""
    return Int4Array(_numbers(Int4Array, values))


def int8s(values: NDArray[Any]) -> Int8Array:
    """An `int8[]` parameter."""
    return Int8Array(_numbers(Int8Array, values))


def dates(values: NDArray[np.datetime64]) -> DateArray:
    """A `date[]` parameter of datetime64[D]."""
    return DateArray(_numbers(DateArray, values.astype("datetime64[D]").astype(np.int64) - _EPOCH_DAYS))


def instants(ms: NDArray[np.int64]) -> InstantArray:
    """A `timestamptz[]` parameter of ms since the epoch."""
    us = np.where(ms == NEVER_MS, np.iinfo(np.int64).min, (np.maximum(ms, -(2**52)) - _EPOCH_MS) * 1000)
    return InstantArray(_numbers(InstantArray, us))


def ms_of_wire(us: NDArray[np.int64]) -> NDArray[np.int64]:
    """Ms since the epoch of PostgreSQL's binary timestamps."""
    return us // 1000 + _EPOCH_MS


def int4s_of_wire(raw: bytes) -> NDArray[np.int64]:
    """The numbers of an `int4[]` without nulls in binary, as `array_send` gives it."""
    element = np.dtype([("length", ">i4"), ("value", ">i4")])
    return np.frombuffer(raw, dtype=element, offset=20)["value"].astype(np.int64)


def int8s_of_wire(raw: bytes) -> NDArray[np.int64]:
    """The numbers of an `int8[]` without nulls in binary, as `array_send` gives it."""
    element = np.dtype([("length", ">i4"), ("value", ">i8")])
    return np.frombuffer(raw, dtype=element, offset=20)["value"].astype(np.int64)


def bytes_of(rows: Ragged) -> BytesArray:
    """A `bytea[]` parameter of rows of any length."""
    lengths = rows.lengths
    words = rows.offsets[:-1] + 4 * np.arange(len(rows), dtype=np.int64)
    out = np.empty(len(rows.buffer) + 4 * len(rows), dtype=np.uint8)
    is_data = np.ones(len(out), dtype=np.bool_)
    at = words[:, None] + np.arange(4)
    is_data[at] = False
    out[at] = lengths.astype(">i4").view(np.uint8).reshape(-1, 4)
    out[is_data] = np.frombuffer(rows.buffer, dtype=np.uint8)
    return BytesArray(_header(BytesArray, len(rows)) + out.tobytes())


def bytes_of_groups(groups: Sequence[NDArray[np.uint8]]) -> BytesArray:
    """A `bytea[]` parameter of groups of rows, each group uint8 of shape (k, length)."""
    parts = [_header(BytesArray, sum(len(group) for group in groups))]
    for group in groups:
        element = np.dtype([("length", ">i4"), ("data", "u1", (group.shape[1],))])
        out = np.empty(len(group), dtype=element)
        out["length"] = group.shape[1]
        out["data"] = group
        parts.append(out.tobytes())
    return BytesArray(b"".join(parts))


def packed_bytes(rows: Sequence[bytes]) -> BytesArray:
    """A `bytea[]` parameter of a few byte strings."""
    offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows], dtype=np.int64)])
    return bytes_of(Ragged(b"".join(rows), offsets.astype(np.int64)))
