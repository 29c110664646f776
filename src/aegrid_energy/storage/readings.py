"""Read path: blocks and hot rows in one statement, decoded in numpy."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.readings import MICRO, Readings, TimeSeries
from aegrid_energy.storage import packed
from aegrid_energy.storage.block import HOUR_S, Grid
from aegrid_energy.storage.codec import decode_quality, decode_sources, decode_values
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.irregular import Irregular, unpack
from aegrid_energy.storage.offload import offloaded
from aegrid_energy.storage.series import Layout, layouts

#: One row a block, and one row for all hot rows of a series: block -1, columns packed big-endian.
_SELECT: Final = """
    select b.series_no, b.block, b.n, b.n_valid, b.scale_exp, b.vmin, b.flags, b.sources, b.data
    from reading_block b
    where b.series_no = any(%(series)s) and b.block > %(low)s::int4 and b.block < %(high)s::int4
    union all
    select h.series_no, -1, 0::int2, 0::int2, 0::int2, 0, string_agg(int2send(h.flag), '' order by h.ts),
           string_agg(int4send(h.source_no), '' order by h.ts),
           string_agg(int8send((extract(epoch from h.ts) * 1000)::int8) || int8send(h.micro)
                      || int8send(coalesce(h.duration_ms, 0)), '' order by h.ts)
    from reading_hot h
    where h.series_no = any(%(series)s)
      and h.ts >= to_timestamp(%(from_s)s::float8) and h.ts < to_timestamp(%(to_s)s::float8)
    group by h.series_no"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Readings with the source of each.

    Args:
        readings: What is held, nulls included, slots never received left out.
        source_no: Source of each, int32, shape (n,).
    """

    readings: Readings
    source_no: NDArray[np.int32]

    @property
    def revision(self) -> str:
        """Hash of every start, value, quality and source: the same whether they lie in blocks or are hot."""
        digest = hashlib.blake2b(digest_size=16)
        readings = self.readings
        for column in (readings.start_ms, readings.micro, readings.quality, self.source_no):
            digest.update(np.ascontiguousarray(column).tobytes())
        if readings.duration_ms is not None:
            digest.update(readings.duration_ms.tobytes())
        return digest.hexdigest()


async def read(conn: Connection, series_no: int, from_ms: int, to_ms: int) -> Readings:
    """Readings of a series that start in `[from_ms, to_ms)`.

    Raises:
        NotFoundError: `series_not_found`.
    """
    return (await read_held(conn, [series_no], from_ms, to_ms))[series_no].readings


async def read_many(
    conn: Connection, series_nos: Iterable[int], from_ms: int, to_ms: int
) -> dict[int, Readings]:
    """Readings of several series, by number; see `read`."""
    held = await read_held(conn, series_nos, from_ms, to_ms)
    return {number: one.readings for number, one in held.items()}


async def read_held(conn: Connection, series_nos: Iterable[int], from_ms: int, to_ms: int) -> dict[int, Held]:
    """Readings of several series with their sources, by number; see `read`."""
    shelf = await layouts(conn, series_nos)
    longest = max((layout.span_h for layout in shelf.values()), default=1)
    async with packed.packing_cursor(conn) as cursor:
        await cursor.execute(
            _SELECT,
            {
                "series": packed.int4s(np.array(sorted(shelf), dtype=np.int64)),
                # A block that starts a span before still reaches in; a phase reaches out by less than a step.
                "low": max(from_ms // (HOUR_S * 1000) - longest - 24, -1),
                "high": min(-(-to_ms // (HOUR_S * 1000)), 2**31 - 1),
                "from_s": from_ms / 1000,
                "to_s": to_ms / 1000,
            },
        )
        rows = await cursor.fetchall()
    grouped: dict[int, list[tuple[Any, ...]]] = {number: [] for number in shelf}
    for row in rows:
        grouped[row[0]].append(row)

    def decoded() -> dict[int, Held]:
        return {number: _held(shelf[number], of, from_ms, to_ms) for number, of in grouped.items()}

    return await offloaded(sum(row[2] for row in rows), decoded)


def _held(layout: Layout, rows: list[tuple[Any, ...]], from_ms: int, to_ms: int) -> Held:
    blocks = sorted((row for row in rows if row[1] >= 0), key=lambda row: row[1])
    hot = [row for row in rows if row[1] < 0]
    parts = [_regular(layout.grid, blocks) if layout.grid else _irregular(blocks)] if blocks else []
    parts += [_hot(row) for row in hot]
    step_s = layout.grid.step_s if layout.grid else None
    if not parts:
        parts = [_Part.empty()]
    whole = parts[0] if len(parts) == 1 else _joined(parts)
    return _cut(whole, step_s, from_ms, to_ms)


@dataclass(frozen=True, slots=True)
class _Part:
    start_ms: NDArray[np.int64]
    micro: NDArray[np.int64]
    quality: NDArray[np.uint8]
    source_no: NDArray[np.int32]
    duration_ms: NDArray[np.int64] | None

    @staticmethod
    def empty() -> "_Part":
        none = np.zeros(0, dtype=np.int64)
        return _Part(none, none, none.astype(np.uint8), none.astype(np.int32), None)


def _regular(grid: Grid, rows: list[tuple[Any, ...]]) -> _Part:
    _, block, _, n_valid, scale_exp, vmin, flags, sources, data = zip(*rows, strict=True)
    slots = grid.slots
    micro, valid = decode_values(
        data,
        slots,
        vmin=np.array(vmin, dtype=np.int64),
        scale_exp=np.array(scale_exp, dtype=np.int64),
        n_valid=np.array(n_valid, dtype=np.int64),
    )
    quality = decode_quality(flags, slots, valid)
    first = np.array(block, dtype=np.int64) * (HOUR_S * 1000) + grid.phase_s * 1000
    start = (first[:, None] + np.arange(slots, dtype=np.int64) * grid.step_ms).reshape(-1)
    source = decode_sources(sources, slots).reshape(-1)
    if quality is None:
        return _Part(start, micro.reshape(-1), np.zeros(len(start), dtype=np.uint8), source, None)
    flat = quality.reshape(-1)
    there = (flat & q.RANK_MASK) != q.ABSENT
    if there.all():
        return _Part(start, micro.reshape(-1), flat, source, None)
    return _Part(start[there], micro.reshape(-1)[there], flat[there], source[there], None)


def _irregular(rows: list[tuple[Any, ...]]) -> _Part:
    held = Irregular.joined([unpack(row[8], row[6], row[7], row[2]) for row in rows])
    return _Part(
        held.start_ms,
        held.micro,
        held.quality,
        held.source_no,
        held.duration_ms if held.duration_ms.any() else None,
    )


def _hot(row: tuple[Any, ...]) -> _Part:
    columns = np.frombuffer(row[8], dtype=">i8").reshape(-1, 3).astype(np.int64)
    duration = columns[:, 2]
    return _Part(
        columns[:, 0],
        columns[:, 1],
        np.frombuffer(row[6], dtype=">i2").astype(np.uint8),
        np.frombuffer(row[7], dtype=">i4").astype(np.int32),
        duration if duration.any() else None,
    )


def _joined(parts: list[_Part]) -> _Part:
    start = np.concatenate([part.start_ms for part in parts])
    order = np.argsort(start, kind="stable")
    with_durations = any(part.duration_ms is not None for part in parts)
    durations = [
        np.zeros(len(part.start_ms), dtype=np.int64) if part.duration_ms is None else part.duration_ms
        for part in parts
    ]
    return _Part(
        start[order],
        np.concatenate([part.micro for part in parts])[order],
        np.concatenate([part.quality for part in parts])[order],
        np.concatenate([part.source_no for part in parts])[order],
        np.concatenate(durations)[order] if with_durations else None,
    )


def _cut(part: _Part, step_s: int | None, from_ms: int, to_ms: int) -> Held:
    cut = slice(int(np.searchsorted(part.start_ms, from_ms)), int(np.searchsorted(part.start_ms, to_ms)))
    return Held(
        readings=Readings(
            start_ms=part.start_ms[cut],
            micro=part.micro[cut],
            quality=part.quality[cut],
            step_s=step_s,
            duration_ms=None if step_s or part.duration_ms is None else part.duration_ms[cut],
        ),
        source_no=part.source_no[cut],
    )


def as_arrow(readings: Readings) -> pa.Table:  # pyright: ignore[reportUnknownParameterType]
    """Readings as an Arrow table: `start` (UTC, ms), `value` (float64 or null), `quality` (uint8)."""
    missing = ~readings.valid
    mask = missing if missing.any() else None
    return pa.table(
        {
            "start": pa.array(readings.start_ms, type=pa.timestamp("ms", tz="UTC")),
            "value": pa.array(readings.micro / MICRO, mask=mask),
            "quality": pa.array(readings.quality),
        }
    )


async def read_arrow(  # pyright: ignore[reportUnknownParameterType]
    conn: Connection, series_no: int, from_ms: int, to_ms: int
) -> pa.Table:
    """Readings of a series as an Arrow table; see `as_arrow`."""
    return as_arrow(await read(conn, series_no, from_ms, to_ms))


async def read_series(
    conn: Connection, units: Mapping[int, str], from_ms: int, to_ms: int
) -> dict[int, TimeSeries]:
    """Regular series as engines read them: every slot of `[from_ms, to_ms)`, NaN where there is no value.

    Args:
        conn: In a transaction of the tenant.
        units: Series and the unit its values are in.
        from_ms: Start of the period. [ms]
        to_ms: End of the period. [ms]

    Raises:
        NotFoundError: `series_not_found`.
    """
    shelf = await layouts(conn, units)
    held = await read_held(conn, units, from_ms, to_ms)
    return {
        number: _time_series(grid, held[number].readings, unit, from_ms, to_ms)
        for number, unit in units.items()
        if (grid := shelf[number].grid) is not None
    }


def _time_series(grid: Grid, readings: Readings, unit: str, from_ms: int, to_ms: int) -> TimeSeries:
    first, end = grid.ceil_slot(from_ms), grid.ceil_slot(to_ms)
    values = np.full(max(end - first, 0), np.nan)
    quality = np.full(len(values), q.NULL, dtype=np.uint8)
    at = grid.slot_of(readings.start_ms) - first
    values[at] = readings.floats
    quality[at] = readings.quality
    return TimeSeries(
        start_ms=int(grid.start_of(np.array([first]))[0]),
        step_s=grid.step_s,
        unit=unit,
        values=values,
        quality=quality,
    )
