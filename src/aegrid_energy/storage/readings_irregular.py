"""Writing irregular series: the same merge, revisions, days and ends, by explicit starts."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.errors import ConflictError, InvalidError
from aegrid_energy.domain.readings import MICRO_LIMIT
from aegrid_energy.domain.zones import day_edges, local_date_of
from aegrid_energy.storage import packed
from aegrid_energy.storage.block import HOUR_S, IRREGULAR_LIMIT, IRREGULAR_SPAN_H
from aegrid_energy.storage.block_panel import State, differing, is_held, merged
from aegrid_energy.storage.block_plan import Sent, check_order
from aegrid_energy.storage.block_rows import ensure_partitions
from aegrid_energy.storage.codec import IRREGULAR
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.irregular import Irregular, packed_block, unpack
from aegrid_energy.storage.kept_out import KeptOut, write_kept_out
from aegrid_energy.storage.latest import LatestWrite, write_latest
from aegrid_energy.storage.revisions import write_irregular_revision
from aegrid_energy.storage.rollups import RollupWrite, write_days
from aegrid_energy.storage.series import Layout
from aegrid_energy.storage.sources import Outcome, standing

#: Even a block full of values of this magnitude adds up in an int64.
LARGEST_MICRO: Final = 2**63 // (IRREGULAR_LIMIT + 1)
_SPAN_MS: Final = IRREGULAR_SPAN_H * HOUR_S * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldIrregular:
    """What the database holds of an irregular series over whole blocks and local days.

    Args:
        readings: Blocks and hot rows.
        revs: Revision of each block held, by its hour.
        hot_ms: Starts of the hot rows.
    """

    readings: Irregular
    revs: dict[int, int]
    hot_ms: NDArray[np.int64]


async def fetch_irregular(conn: Connection, layout: Layout, from_ms: int, to_ms: int) -> HeldIrregular:
    """Everything held over the local days that `[from_ms, to_ms)` touches; the caller holds the lock."""
    edges = day_edges(layout.zone, from_ms, to_ms)
    low, high = int(edges[0]) // _SPAN_MS * _SPAN_MS, -(-int(edges[-1]) // _SPAN_MS) * _SPAN_MS
    async with packed.packing_cursor(conn) as cursor:
        await cursor.execute(
            """select block, rev, n, flags, sources, data from reading_block
               where series_no = %s and block >= %s::int4 and block < %s::int4""",
            (layout.series_no, low // (HOUR_S * 1000), high // (HOUR_S * 1000)),
        )
        blocks = await cursor.fetchall()
        await cursor.execute(
            """select (extract(epoch from ts) * 1000)::int8, coalesce(duration_ms, 0), micro, flag, source_no
               from reading_hot where series_no = %s
                and ts >= to_timestamp(%s::float8) and ts < to_timestamp(%s::float8) order by ts""",
            (layout.series_no, low / 1000, high / 1000),
        )
        hot = await cursor.fetchall()
    parts = [unpack(row[5], row[3], row[4], row[2]) for row in blocks]
    if hot:
        start, duration, micro, flag, source = (np.array(c, dtype=np.int64) for c in zip(*hot, strict=True))
        parts.append(Irregular(start, duration, micro, flag.astype(np.uint8), source.astype(np.int32)))
    return HeldIrregular(
        readings=Irregular.joined(parts),
        revs={row[0]: row[1] for row in blocks},
        hot_ms=np.array([row[0] for row in hot], dtype=np.int64),
    )


async def store_irregular(conn: Connection, layout: Layout, sent: Sent, *, reason: str = "") -> Outcome:
    """Store readings of an irregular series; the caller holds its lock. See `readings_store.store`."""
    readings = sent.readings
    if readings.step_s is not None:
        raise InvalidError("step_mismatch", series_no=sent.series_no, step_s=readings.step_s)
    check_order(sent)
    valid = readings.valid
    limit = MICRO_LIMIT if layout.is_register else LARGEST_MICRO
    if valid.any() and int(np.abs(readings.micro[valid]).max()) > limit:
        raise InvalidError("value_out_of_range", limit=limit // 1_000_000)
    count = len(readings)
    duration = np.zeros(count, dtype=np.int64) if readings.duration_ms is None else readings.duration_ms
    source = (
        np.full(count, sent.source_no, dtype=np.int32) if isinstance(sent.source_no, int) else sent.source_no
    )
    new = Irregular(readings.start_ms, duration, readings.micro, readings.quality, source)
    held = await fetch_irregular(conn, layout, int(new.start_ms[0]), int(new.start_ms[-1]) + 1)
    starts = np.union1d(held.readings.start_ms, new.start_ms)
    before, wide = held.readings.over(starts), new.over(starts)
    compared = _state(before)
    # Another length is another reading, though its number be the same.
    compared.micro[:, wide.duration_ms != before.duration_ms] ^= 1
    told = (await standing(conn, np.unique(new.source_no).tolist())).any_told(new.source_no)
    at = differing(compared, _state(wide), with_sources=told)
    known = await standing(
        conn, np.unique(np.concatenate([before.source_no[at], wide.source_no[at]])).tolist()
    )
    change = merged(compared, _state(wide), at, known)
    touched = np.zeros(0, dtype=np.intp) if change.touched is None else change.touched
    after = before.replaced(touched, wide)
    await write_irregular(conn, layout, held, before, after, touched, reason=reason)
    if change.kept_out is not None and len(change.kept_out):
        await write_kept_out(conn, _kept_out(layout, wide, change.kept_out))
    added, changed, unchanged, outranked = (int(n) for n in change.counts[0])
    return Outcome(added=added, changed=changed, unchanged=unchanged, outranked=outranked)


def _kept_out(layout: Layout, sent: Irregular, at: NDArray[np.intp]) -> KeptOut:
    return KeptOut(
        series_no=np.full(len(at), layout.series_no, dtype=np.int64),
        start_ms=sent.start_ms[at],
        micro=sent.micro[at],
        quality=sent.quality[at],
        source_no=sent.source_no[at],
        duration_ms=sent.duration_ms[at],
    )


def _state(readings: Irregular) -> State:
    return State(readings.micro[None, :].copy(), readings.quality[None, :], readings.source_no[None, :])


async def write_irregular(
    conn: Connection,
    layout: Layout,
    held: HeldIrregular,
    before: Irregular,
    after: Irregular,
    touched: NDArray[np.intp],
    *,
    by: int | None = None,
    reason: str = "",
) -> None:
    """Write a merge of an irregular series and all that follows from it.

    Args:
        conn: Holds the lock of the series.
        layout: The series.
        held: What was fetched.
        before: What was held, over the same starts as `after`.
        after: What is held now.
        touched: Indices of the readings that are others now.
        by: Who replaced held values; None: the new source of each.
        reason: Why, where a person did it.
    """
    if not len(touched):
        return
    hours = after.start_ms // _SPAN_MS * IRREGULAR_SPAN_H
    await ensure_partitions(conn, int(hours[touched[0]]), int(hours[touched[-1]]))
    for hour in np.unique(hours[touched]).tolist():
        in_block = hours == hour
        rev = held.revs.get(hour, 0)
        await _write_block(conn, layout, hour, rev, after[in_block & is_held(after.quality)])
        changed = np.intersect1d(touched, np.flatnonzero(in_block & is_held(before.quality)))
        replaced = after.source_no[changed] if by is None else np.full(len(changed), by, dtype=np.int32)
        for source in np.unique(replaced).tolist():
            await write_irregular_revision(
                conn, layout.series_no, hour, rev + 1, source, before[changed[replaced == source]], reason
            )
        gone = held.hot_ms[held.hot_ms // _SPAN_MS * IRREGULAR_SPAN_H == hour]
        if len(gone):
            async with packed.packing_cursor(conn) as cursor:
                await cursor.execute(
                    "delete from reading_hot where series_no = %s and ts = any(%s)",
                    (layout.series_no, packed.instants(gone)),
                )
    await write_days(conn, days_of(layout, after, touched))
    await write_latest(conn, _ends(layout, before, after, touched, hours))


async def _write_block(conn: Connection, layout: Layout, hour: int, rev: int, block: Irregular) -> None:
    if len(block) > IRREGULAR_LIMIT:
        raise InvalidError(
            "too_many_readings", series_no=layout.series_no, count=len(block), limit=IRREGULAR_LIMIT
        )
    valid = q.has_value(block.quality)
    values = block.micro[valid]
    total = 0 if layout.is_register else int(values.sum())
    data, flags, sources = packed_block(block)
    cursor = await conn.execute(
        """insert into reading_block as b (tenant_no, series_no, block, step, rev, n, n_valid, codec,
            scale_exp,
                                           vmin, vmax, vsum, vlast, t_last, sources, flags, data)
           values (current_tenant_no(), %s, %s, 0, %s, %s, %s, %s, 6, %s, %s, %s, %s, %s, %s, %s, %s)
           on conflict (series_no, block) do update set
               rev = excluded.rev, n = excluded.n, n_valid = excluded.n_valid, vmin = excluded.vmin,
               vmax = excluded.vmax, vsum = excluded.vsum, vlast = excluded.vlast, t_last = excluded.t_last,
               sources = excluded.sources, flags = excluded.flags, data = excluded.data
           where b.rev = excluded.rev - 1""",
        (
            layout.series_no,
            hour,
            rev + 1,
            len(block),
            len(values),
            IRREGULAR,
            *((int(values.min()), int(values.max()), total, int(values[-1])) if len(values) else (0,) * 4),
            int(np.flatnonzero(valid)[-1]) if len(values) else -1,
            sources,
            flags,
            data,
        ),
    )
    if cursor.rowcount != 1:
        raise ConflictError("block_moved", series_no=layout.series_no, block=hour)


def days_of(layout: Layout, after: Irregular, touched: NDArray[np.intp]) -> RollupWrite:
    """The local days of the touched readings, added up."""
    on = local_date_of(layout.zone, after.start_ms)
    rows: list[tuple[Any, ...]] = []
    for day in np.unique(on[touched]):
        of_day = after[(on == day) & is_held(after.quality)]
        valid = q.has_value(of_day.quality)
        values = of_day.micro[valid]
        total = 0 if layout.is_register else int(values.sum())
        low, high = (int(values.min()), int(values.max())) if len(values) else (0, 0)
        rows.append(
            (total, low, high, day, len(values), int(q.is_estimated(of_day.quality).sum()),
             int(q.is_suspect(of_day.quality).sum()), len(of_day) == 0)
        )  # fmt: skip
    total, low, high, days, n_valid, n_estimated, n_suspect, empty = (
        np.array(c) for c in zip(*rows, strict=True)
    )
    keep = ~empty
    number, zone = np.full(len(rows), layout.series_no), np.full(len(rows), layout.zone_no)
    months = np.unique(days.astype("datetime64[M]"))
    return RollupWrite(
        kept=(
            *(packed.int8s(c[keep]) for c in (total, low, high)),
            *(packed.int4s(c[keep]) for c in (number, zone)),
            packed.dates(days[keep]),
            *(packed.int4s(c[keep]) for c in (n_valid, np.zeros(len(rows)), n_estimated, n_suspect)),
        ),
        is_new=False,
        gone=(packed.int4s(number[empty]), packed.int4s(zone[empty]), packed.dates(days[empty]))
        if empty.any()
        else None,
        months=(
            packed.int4s(np.full(len(months), layout.series_no)),
            packed.dates(months.astype("datetime64[D]")),
        ),
    )


def _ends(
    layout: Layout,
    before: Irregular,
    after: Irregular,
    touched: NDArray[np.intp],
    hours: NDArray[np.int64],
) -> LatestWrite:
    valid = np.flatnonzero(q.has_value(after.quality))
    in_block = np.flatnonzero(is_held(after.quality) & np.isin(hours, hours[touched]))
    lost = (q.has_value(before.quality[touched]) & ~q.has_value(after.quality[touched])).any()
    last = int(valid[-1]) if len(valid) else None
    return LatestWrite(
        series_no=np.array([layout.series_no]),
        start_ms=np.array([packed.NEVER_MS if last is None else int(after.start_ms[last])]),
        micro=np.array([0 if last is None else int(after.micro[last])]),
        quality=np.array([q.NULL if last is None else int(after.quality[last])]),
        block_to_ms=np.array([int(after.start_ms[in_block[-1]]) if len(in_block) else packed.NEVER_MS]),
        lost=np.array([layout.series_no] if lost else [], dtype=np.int64),
    )
