"""Readings that a person's correction kept out: remembered, so that withdrawing it lets them stand."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.storage import packed
from aegrid_energy.storage.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOut:
    """Readings of any series that do not stand, as columns of shape (n,).

    Args:
        series_no: Whose.
        start_ms: Start of the interval, or the instant. [ms]
        micro, quality, source_no: What was sent, and by which source.
        duration_ms: Lengths of irregular intervals, else 0. [ms]
    """

    series_no: NDArray[np.int64]
    start_ms: NDArray[np.int64]
    micro: NDArray[np.int64]
    quality: NDArray[np.uint8]
    source_no: NDArray[np.int32]
    duration_ms: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.series_no)

    def __getitem__(self, at: NDArray[Any] | slice) -> Self:
        return type(self)(
            series_no=self.series_no[at],
            start_ms=self.start_ms[at],
            micro=self.micro[at],
            quality=self.quality[at],
            source_no=self.source_no[at],
            duration_ms=self.duration_ms[at],
        )


async def write_kept_out(conn: Connection, kept: KeptOut) -> None:
    """Remember readings; of two that one source sends for a slot the later."""
    async with packed.packing_cursor(conn) as cursor:
        await cursor.execute(
            """insert into reading_kept_out as k
                   (series_no, ts, source_no, micro, flag, duration_ms)
               select * from unnest(%s, %s, %s, %s, %s, %s)
               on conflict (series_no, ts, source_no) do update set
                   micro = excluded.micro, flag = excluded.flag, duration_ms = excluded.duration_ms,
                   received_at = excluded.received_at""",
            (
                packed.int4s(kept.series_no),
                packed.instants(kept.start_ms),
                packed.int4s(kept.source_no),
                packed.int8s(kept.micro),
                packed.int2s(kept.quality),
                packed.int8s(kept.duration_ms),
            ),
        )


async def fetch_kept_out(conn: Connection, series_no: int, from_ms: int, to_ms: int) -> list[KeptOut]:
    """What is kept out of `[from_ms, to_ms)`, as it came: each part of one source, its starts ascending."""
    rows = await conn.execute(
        """select (extract(epoch from ts) * 1000)::int8, micro, flag, source_no, duration_ms
           from reading_kept_out
           where series_no = %s and ts >= to_timestamp(%s::float8) and ts < to_timestamp(%s::float8)
           order by received_at, source_no, ts""",
        (series_no, from_ms / 1000, to_ms / 1000),
    )
    held = await rows.fetchall()
    if not held:
        return []
    start, micro, flag, source, duration = (np.array(c, dtype=np.int64) for c in zip(*held, strict=True))
    whole = KeptOut(
        series_no=np.full(len(held), series_no, dtype=np.int64),
        start_ms=start,
        micro=micro,
        quality=flag.astype(np.uint8),
        source_no=source.astype(np.int32),
        duration_ms=duration,
    )
    edges = np.flatnonzero((np.diff(source) != 0) | (np.diff(start) <= 0)) + 1
    return [whole[part] for part in np.split(np.arange(len(held)), edges)]


async def forget_kept_out(conn: Connection, series_no: int, start_ms: NDArray[np.int64]) -> None:
    """Forget what is kept out of some slots: they are free again."""
    async with packed.packing_cursor(conn) as cursor:
        await cursor.execute(
            "delete from reading_kept_out where series_no = %s and ts = any(%s)",
            (series_no, packed.instants(start_ms)),
        )


async def forget_kept_out_of(conn: Connection, series_nos: list[int], source_nos: NDArray[np.int32]) -> None:
    """Forget what some sources sent: their load is taken back."""
    await conn.execute(
        "delete from reading_kept_out where series_no = any(%s) and source_no = any(%s)",
        (series_nos, source_nos.tolist()),
    )
