"""When each of several series of one register counts: history keeps the one it had.

Only registers that several series belong to are looked at; a series that is alone counts always.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.zones import at_of, ms_of
from aegrid_energy.storage.block import HOUR_S, span_hours
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.readings import read
from aegrid_energy.storage.series import layouts

#: Ends before every reading: of a series that has none while others of its register have.
_NEVER: Final = datetime(1900, 1, 1, tzinfo=UTC)

#: A computed series belongs to the register of its counter, and stands for it: such a counter has no rivals.
_RIVALS: Final = """
    with said as (
        select s.series_no, s.quantity, s.direction, coalesce(c.register, s.register) as of_register,
               coalesce(s.meter_id, s.point_id, s.site_id) as owner,
               case when s.kind = 'cumulative' then 'interval' else s.kind end as of_kind
        from series s left join series c on c.series_no = s.derived_from
        where s.tenant_no = current_tenant_no()
          and (s.kind <> 'cumulative'
               or not exists (select from series d where d.derived_from = s.series_no))),
    asked as (select distinct owner, quantity, direction, of_register, of_kind from said
              where series_no = any(%(series)s))
    select array_agg(series_no order by series_no)
    from said join asked using (owner, quantity, direction, of_register, of_kind)
    group by owner, quantity, direction, of_register, of_kind having count(*) > 1"""

#: Where the first known reading lies at the latest, and the start of the last.
_ENDS: Final = """
    select (select min(block) from reading_block where series_no = %(series)s and n_valid > 0),
           (select min(ts) from reading_hot where series_no = %(series)s and flag & 7 < %(null)s),
           (select ts from series_latest where series_no = %(series)s and isfinite(ts))"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """From the first known reading of a series to the end of its last, in ms since the epoch."""

    series_no: int
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """When a series counts; None is open; ms since the epoch."""

    series_no: int
    start_ms: int | None
    end_ms: int | None


def validities(stretches: Sequence[Stretch]) -> list[Validity]:
    """When the series of one register count.

    Each counts where it has readings. Between two of them the earlier goes on, so that a hole is a hole of
    somebody; before the first and after the last nobody else could count.

    Args:
        stretches: One a series; at least one.
    """
    ordered = sorted(stretches, key=lambda one: (one.start_ms, one.series_no))
    newest = max(one.end_ms for one in ordered)
    ends: dict[int, int | None] = {one.series_no: one.end_ms for one in ordered}
    covering = ordered[0]
    for one in ordered[1:]:
        if one.start_ms > covering.end_ms:
            ends[covering.series_no] = one.start_ms
        if one.end_ms >= covering.end_ms:
            covering = one
    return [
        Validity(
            series_no=one.series_no,
            start_ms=None if one is ordered[0] else one.start_ms,
            end_ms=None if one.end_ms == newest else ends[one.series_no],
        )
        for one in ordered
    ]


async def settle_validity(conn: Connection, series_nos: Iterable[int]) -> None:
    """Say anew when series count whose register has others; after readings came or went.

    A series without a known reading counts never, until one comes.
    """
    cursor = await conn.execute(_RIVALS, {"series": sorted(set(series_nos))})
    for (numbers,) in await cursor.fetchall():
        found = [await _stretch(conn, number) for number in numbers]
        held = [one for one in found if one is not None]
        empty = [number for number, one in zip(numbers, found, strict=True) if one is None]
        wanted: list[tuple[datetime | None, datetime | None, int]] = [
            (_at(one.start_ms), _at(one.end_ms), one.series_no) for one in (validities(held) if held else ())
        ]
        wanted += [(None, _NEVER if held else None, number) for number in empty]
        for start, end, number in wanted:
            await conn.execute(
                """update series set valid_from = %(start)s, valid_to = %(end)s
                   where series_no = %(series)s and tenant_no = current_tenant_no()
                     and (valid_from, valid_to)
                         is distinct from (%(start)s::timestamptz, %(end)s::timestamptz)""",
                {"start": start, "end": end, "series": number},
            )


async def _stretch(conn: Connection, series_no: int) -> Stretch | None:
    cursor = await conn.execute(_ENDS, {"series": series_no, "null": q.NULL})
    block, hot, newest = await cursor.fetchone() or (None, None, None)
    starts = [] if hot is None else [ms_of(hot)]
    if block is not None:
        grid = (await layouts(conn, [series_no]))[series_no].grid
        from_ms = block * HOUR_S * 1000
        block_s = span_hours(grid.step_s if grid else None) * HOUR_S + (grid.phase_s if grid else 0)
        first = await read(conn, series_no, from_ms, from_ms + block_s * 1000)
        starts += [int(first.start_ms[first.valid][0])] if first.valid.any() else []
    if not starts or newest is None:
        return None
    start_ms, last_ms = min(starts), ms_of(newest)
    last = await read(conn, series_no, last_ms, last_ms + 1)
    if last.step_s is not None:
        end_ms = last_ms + last.step_s * 1000
    else:
        end_ms = last_ms + (int(last.duration_ms[-1]) if last.duration_ms is not None and len(last) else 0)
    return Stretch(series_no=series_no, start_ms=start_ms, end_ms=max(end_ms, start_ms + 1))


def _at(ms: int | None) -> datetime | None:
    return None if ms is None else at_of(ms)
