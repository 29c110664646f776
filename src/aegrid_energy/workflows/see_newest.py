"""See the newest value of some series: its interval, its quality, its age, whether it comes as it should."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from aegrid_energy.analytics.freshness import Freshness, freshness
from aegrid_energy.domain import quality as q
from aegrid_energy.domain.readings import as_decimal
from aegrid_energy.domain.series import Kind, Series
from aegrid_energy.domain.zones import at_of, ms_of
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.latest import latest


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """The newest value of a series.

    Args:
        at: Start of its interval, or its instant.
        end: End of that; the instant itself where there is no interval.
        value: Exact decimal, in the unit of the series.
        quality: Its rank.
        flags: suspect, derived, corrected, split_of_gap.
        age_s: Since `end`; 0 where that lies ahead. [s]
        seen_at: When something of the series was last received.
    """

    at: datetime
    end: datetime
    value: str
    quality: str
    flags: tuple[str, ...]
    age_s: int
    seen_at: datetime


async def see_newest(
    conn: Connection,
    series: Iterable[Series],
    *,
    now: datetime,
    stale_after_s: int | None = None,
    service_end: datetime | None = None,
) -> dict[int, tuple[Newest | None, Freshness]]:
    """The newest value and the freshness of each series, by number.

    Args:
        conn: In the tenant.
        series: Which.
        now: For ages.
        stale_after_s: A point's own patience. [s]
        service_end: When the meter goes out of service.
    """
    wanted = list(series)
    held = await latest(conn, [one.series_no for one in wanted])
    now_ms = ms_of(now)
    out: dict[int, tuple[Newest | None, Freshness]] = {}
    for one in wanted:
        last = held.get(one.series_no)
        length_ms = (one.step_s or 0) * 1000 if one.kind is Kind.INTERVAL else 0
        end_ms = None if last is None else last.start_ms + length_ms
        state = freshness(
            one.rhythm,
            end_ms,
            now_ms,
            step_s=one.step_s,
            stale_after_s=stale_after_s,
            service_end_ms=None if service_end is None else ms_of(service_end),
        )
        newest = None
        if last is not None and end_ms is not None:
            newest = Newest(
                at=at_of(last.start_ms),
                end=at_of(end_ms),
                value=format(as_decimal(last.micro), "f"),
                quality=q.quality_of(last.quality).value,
                flags=q.flags_of(last.quality),
                age_s=max(0, (now_ms - end_ms) // 1000),
                seen_at=at_of(last.seen_ms),
            )
        out[one.series_no] = (newest, state)
    return out
