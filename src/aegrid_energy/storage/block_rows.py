"""Rows of `reading_block`: fetched for a panel, written under the guard of `rev`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from psycopg import AsyncCursor

from aegrid_energy.domain.errors import ConflictError
from aegrid_energy.storage import packed
from aegrid_energy.storage.block import check_hours
from aegrid_energy.storage.block_panel import Panel, State, empty_state
from aegrid_energy.storage.codec import FIXED, decode_quality, decode_sources, decode_values, encode
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.runs import Ragged

#: The database starts with partitions from 2010; what is older shares one.
_FIRST_YEAR: Final = 2010

_COLUMNS: Final = """vmin, vmax, vsum, vlast, t_last, series_no, block, step, rev, n, n_valid, codec,
    scale_exp,
    sources, flags, data"""
_INSERT: Final = f"""insert into reading_block as b (tenant_no, {_COLUMNS})
    select (select current_tenant_no()), k.* from unnest(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,
        %s, %s, %s, %s, %s)
        as k({_COLUMNS})"""
_UPSERT: Final = (
    _INSERT
    + """ on conflict (series_no, block) do update set
        vmin = excluded.vmin, vmax = excluded.vmax, vsum = excluded.vsum, vlast = excluded.vlast,
        t_last = excluded.t_last, rev = excluded.rev, n = excluded.n, n_valid = excluded.n_valid,
        codec = excluded.codec, scale_exp = excluded.scale_exp, sources = excluded.sources,
        flags = excluded.flags, data = excluded.data
      where b.rev = excluded.rev - 1"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the database holds for a panel.

    Args:
        state: Blocks and hot rows; None where it holds nothing.
        revs: Revision of each block, 0 where there is none, shape (series, blocks).
        hot: Flat indices of the slots that lie in `reading_hot`, ascending, shape (k,).
        hot_revs: Revision of each of those rows, shape (k,).
    """

    state: State | None
    revs: NDArray[np.int64]
    hot: NDArray[np.intp]
    hot_revs: NDArray[np.int64]


async def fetch_held(conn: Connection, panel: Panel, *, partitions: bool = False) -> Held:
    """Blocks and hot rows of a panel; the caller holds the locks of its series.

    Args:
        conn: In a transaction of the tenant.
        panel: Which slots.
        partitions: Make the yearly partitions that are missing first.

    Raises:
        InvalidError: `time_out_of_range`.
    """
    numbers = panel.series_nos
    hours = panel.hours
    in_blocks, in_hot = packed.packing_cursor(conn), packed.packing_cursor(conn)
    async with conn.pipeline():
        if partitions:
            await ensure_partitions(conn, int(hours[0]), int(hours[-1]))
        await in_blocks.execute(
            """select series_no, block, rev, n_valid, scale_exp, vmin, flags, sources, data from reading_block
               where series_no = any(%s) and block between %s::int4 and %s::int4""",
            (packed.int4s(numbers), int(hours[0]), int(hours[-1])),
        )
        await in_hot.execute(
            """select series_no, (extract(epoch from ts) * 1000)::int8, micro, flag, source_no, rev
               from reading_hot where series_no = any(%s) and ts >= to_timestamp(%s::float8)
                   and ts < to_timestamp(%s::float8)""",
            (packed.int4s(numbers), panel.start_ms / 1000, panel.end_ms / 1000),
        )
    blocks, hot = await in_blocks.fetchall(), await in_hot.fetchall()
    revs = np.zeros((len(numbers), panel.blocks), dtype=np.int64)
    if not blocks and not hot:
        none = np.zeros(0, dtype=np.int64)
        return Held(state=None, revs=revs, hot=none.astype(np.intp), hot_revs=none)
    state = empty_state(panel.shape)
    if blocks:
        _overlay_blocks(panel, state, revs, blocks)
    at, hot_revs = _overlay_hot(panel, state, hot)
    return Held(state=state, revs=revs, hot=at, hot_revs=hot_revs)


def _overlay_blocks(
    panel: Panel, state: State, revs: NDArray[np.int64], rows: Sequence[tuple[Any, ...]]
) -> None:
    slots = panel.grid.slots
    columns = list(zip(*rows, strict=True))
    series_no, block, rev, n_valid, scale_exp, vmin = (np.array(c, dtype=np.int64) for c in columns[:6])
    at = (
        np.searchsorted(panel.series_nos, series_no) * panel.blocks
        + (block - panel.hours[0]) // panel.grid.span_h
    )
    micro, valid = decode_values(columns[8], slots, vmin=vmin, scale_exp=scale_exp, n_valid=n_valid)
    quality = decode_quality(columns[6], slots, valid)
    state.micro.reshape(-1, slots)[at] = micro
    state.quality.reshape(-1, slots)[at] = 0 if quality is None else quality
    state.sources().reshape(-1, slots)[at] = decode_sources(columns[7], slots)
    revs.reshape(-1)[at] = rev


def _overlay_hot(
    panel: Panel, state: State, rows: Sequence[tuple[Any, ...]]
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    if not rows:
        return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.int64)
    columns = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    series_no, start_ms, micro, flag, source_no, rev = columns
    slot = panel.grid.slot_of(start_ms) - panel.first_slot
    at = np.searchsorted(panel.series_nos, series_no) * panel.shape[1] + slot
    state.micro.reshape(-1)[at] = micro
    state.quality.reshape(-1)[at] = flag.astype(np.uint8)
    state.sources().reshape(-1)[at] = source_no.astype(np.int32)
    order = np.argsort(at)
    return at[order].astype(np.intp), rev[order]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockWrite:
    """Encoded blocks on their way; made in a thread, sent by `write_blocks`.

    Args:
        params: Parameters of one statement for each group of decimals preferred.
        counts: Rows of each.
        is_new: No block of these was held.
    """

    params: tuple[tuple[Any, ...], ...]
    counts: tuple[int, ...]
    is_new: bool


def encode_blocks(
    panel: Panel, state: State, chosen: NDArray[np.bool_], revs: NDArray[np.int64]
) -> BlockWrite:
    """Encode the chosen blocks of a panel.

    Args:
        panel: Which slots these are.
        state: What they hold; slots in `reading_hot` outside the chosen blocks do not matter.
        chosen: shape (series, blocks).
        revs: Revision held of each block, shape (series, blocks).
    """
    slots = panel.grid.slots
    quality = state.quality.reshape(-1, slots)
    # A block that holds nothing any more stays, empty: its revision goes on counting.
    rows = np.flatnonzero(chosen)
    numbers = np.repeat(panel.series_nos, panel.blocks)
    hours = np.tile(panel.hours, len(panel.layouts))
    rev = revs.reshape(-1)
    preferred = np.repeat(np.array([layout.scale_exp for layout in panel.layouts]), panel.blocks)
    params: list[tuple[Any, ...]] = []
    counts: list[int] = []
    for exp in np.unique(preferred[rows]):
        group = rows[preferred[rows] == exp]
        whole = len(group) == len(quality)
        encoded = encode(
            state.micro.reshape(-1, slots) if whole else state.micro.reshape(-1, slots)[group],
            quality if whole else quality[group],
            state.source if isinstance(state.source, int) else state.source.reshape(-1, slots)[group],
            preferred_exp=int(exp),
        )
        order = np.concatenate([payload.rows for payload in encoded.payloads])
        placed = group[order]
        size = len(order)
        params.append(
            (
                packed.int8s(encoded.vmin[order]),
                packed.int8s(encoded.vmax[order]),
                packed.int8s(encoded.vsum[order]),
                packed.int8s(encoded.vlast[order]),
                packed.int4s(encoded.t_last[order]),
                packed.int4s(numbers[placed]),
                packed.int4s(hours[placed]),
                packed.int4s(np.full(size, panel.grid.step_s)),
                packed.int4s(rev[placed] + 1),
                packed.int2s(np.full(size, slots)),
                packed.int2s(encoded.n_valid[order]),
                packed.int2s(np.full(size, FIXED)),
                packed.int2s(encoded.scale_exp[order]),
                packed.bytes_of(_ordered(encoded.sources, order)),
                packed.bytes_of(_ordered(encoded.flags, order)),
                packed.bytes_of_groups([payload.data for payload in encoded.payloads]),
            )
        )
        counts.append(size)
    return BlockWrite(
        params=tuple(params),
        counts=tuple(counts),
        is_new=not rev[rows].any(),
    )


def _ordered(rows: Ragged, order: NDArray[np.intp]) -> Ragged:
    if (order[1:] > order[:-1]).all():
        return rows
    parts = [rows[int(i)] for i in order]
    return Ragged(
        b"".join(parts), np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
    )


@dataclass(frozen=True, slots=True)
class Expected:
    """A statement and how many rows it must have touched."""

    cursor: AsyncCursor[tuple[Any, ...]]
    count: int
    code: str

    def check(self) -> None:
        """Look at the answer.

        Raises:
            ConflictError: `code`: somebody wrote beside the locks.
        """
        if self.cursor.rowcount != self.count:
            raise ConflictError(self.code, expected=self.count, touched=self.cursor.rowcount)


async def write_blocks(conn: Connection, write: BlockWrite) -> list[Expected]:
    """Send encoded blocks; inside a pipeline the answer comes later, so the caller checks it then."""
    sent: list[Expected] = []
    for params, count in zip(write.params, write.counts, strict=True):
        cursor = packed.packing_cursor(conn)
        # Without the conflict clause new blocks go in faster; who writes beside the lock is caught too.
        await cursor.execute(_INSERT if write.is_new else _UPSERT, params)
        sent.append(Expected(cursor, count, "block_moved"))
    return sent


async def ensure_partitions(conn: Connection, first_hour: int, last_hour: int) -> None:
    """Make the yearly partitions that blocks of these hours need.

    Raises:
        InvalidError: `time_out_of_range` outside 1970 to 2199.
    """
    check_hours(first_hour, last_hour)
    years = [year for year in range(_year(first_hour), _year(last_hour) + 1) if year >= _FIRST_YEAR]
    if years:
        await conn.execute(
            """select create_block_partition(y) from unnest(%s::int[]) y
               where to_regclass(format('public.reading_block_%%s', y)) is null""",
            (years,),
        )


def _year(hour: int) -> int:
    return int(np.datetime64(hour, "h").astype("datetime64[Y]").astype(int)) + 1970
