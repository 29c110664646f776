"""See the last readings of a meter, to tell whether it is talking."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from aegrid_energy.analytics.freshness import Freshness, freshness
from aegrid_energy.domain import quality as q
from aegrid_energy.domain.readings import Readings, as_decimal
from aegrid_energy.domain.series import Kind, Series
from aegrid_energy.domain.zones import at_of, ms_of
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.latest import latest
from aegrid_energy.storage.readings import read
from aegrid_energy.storage.series import list_series

_DAY_MS: Final = 86_400_000
#: How far back an irregular series is searched, in steps: few read every reading of years. [ms]
_LOOKS_BACK_MS: Final = (2 * _DAY_MS, 60 * _DAY_MS, 800 * _DAY_MS)
#: A gap may lie between the last readings: so many times their steps are read.
_SPARE: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentReading:
    """A reading.

    Args:
        at: Start of its interval, or its instant.
        end: End of that; the instant itself where there is no interval.
        value: Exact decimal, in the unit of the series; None where it is known to be unknown.
        quality: Its rank.
        flags: suspect, derived, corrected, split_of_gap.
    """

    at: datetime
    end: datetime
    value: str | None
    quality: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """A series and its last readings, newest first.

    Args:
        series: Which.
        freshness: How it stands against its rhythm.
        seen_at: When something of it was last received; None: never.
        readings: The last ones.
    """

    series: Series
    freshness: Freshness
    seen_at: datetime | None
    readings: tuple[RecentReading, ...]


async def see_recent(conn: Connection, meter_id: UUID, *, count: int, now: datetime) -> list[Recent]:
    """The last readings of each series of a meter, the series that was heard last first.

    Args:
        conn: In the tenant.
        meter_id: The meter.
        count: How many readings a series, at most.
        now: For freshness.
    """
    series = await list_series(conn, owners=[meter_id])
    held = await latest(conn, [one.series_no for one in series])
    rows: list[tuple[int, Recent]] = []
    for one in series:
        last = held.get(one.series_no)
        readings = () if last is None else await _last(conn, one, last.start_ms, count)
        end_ms = None if last is None else last.start_ms + _length_ms(one)
        row = Recent(
            series=one,
            freshness=freshness(one.rhythm, end_ms, ms_of(now), step_s=one.step_s),
            seen_at=None if last is None else at_of(last.seen_ms),
            readings=readings,
        )
        rows.append((0 if last is None else last.start_ms, row))
    return [row for _, row in sorted(rows, key=lambda one: -one[0])]


async def _last(conn: Connection, series: Series, newest_ms: int, count: int) -> tuple[RecentReading, ...]:
    looks = [_SPARE * count * series.step_s * 1000] if series.step_s else list(_LOOKS_BACK_MS)
    found = await read(conn, series.series_no, newest_ms - looks[0], newest_ms + 1)
    for back_ms in looks[1:]:
        if len(found) >= count:
            break
        found = await read(conn, series.series_no, newest_ms - back_ms, newest_ms + 1)
    return tuple(
        _reading(found, at, series) for at in range(len(found) - 1, max(-1, len(found) - 1 - count), -1)
    )


def _reading(readings: Readings, at: int, series: Series) -> RecentReading:
    start_ms, code = int(readings.start_ms[at]), int(readings.quality[at])
    length_ms = _length_ms(series)
    if readings.duration_ms is not None:
        length_ms = int(readings.duration_ms[at])
    is_known = bool(q.has_value(readings.quality[at : at + 1])[0])
    return RecentReading(
        at=at_of(start_ms),
        end=at_of(start_ms + length_ms),
        value=format(as_decimal(int(readings.micro[at])), "f") if is_known else None,
        quality=q.quality_of(code).value,
        flags=q.flags_of(code),
    )


def _length_ms(series: Series) -> int:
    return (series.step_s or 0) * 1000 if series.kind is Kind.INTERVAL else 0
