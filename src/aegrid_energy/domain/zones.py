"""Local days, months and wall clocks of a zone, as arrays of ms since the epoch.

Rules come from the `tzdata` wheel only, so that every machine cuts the same days whatever its
operating system ships. A zone is an IANA name, or a fixed offset such as `+10:00`.
"""

import re
from bisect import bisect_left
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from importlib.resources import files
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.errors import InvalidError

#: First year and the year after the last one whose days can be asked for.
FIRST_YEAR: Final = 1970
END_YEAR: Final = 2200

_T = TypeVar("_T", bound=np.generic)

_DAY_MS: Final = 86_400_000
_FIXED: Final = re.compile(r"([+-])(\d{2}):?(\d{2})")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")
#: Zones reach from UTC-12 to UTC+14; two days on either side cover any of them.
_REACH_MS: Final = 2 * _DAY_MS


@lru_cache(maxsize=1024)
def zone_rules(zone: str) -> tzinfo:
    """The rules of a zone.

    Args:
        zone: IANA name ("Australia/Adelaide"), or fixed offset ("+10:00").

    Raises:
        InvalidError: `unknown_zone`.
    """
    fixed = _FIXED.fullmatch(zone)
    if fixed:
        offset = timedelta(hours=int(fixed[2]), minutes=int(fixed[3]))
        if offset > timedelta(hours=14) or int(fixed[3]) > 59:
            raise InvalidError("unknown_zone", zone=zone)
        return timezone(-offset if fixed[1] == "-" else offset)
    if not _NAME.fullmatch(zone):
        raise InvalidError("unknown_zone", zone=zone[:64])
    resource = files("tzdata").joinpath("zoneinfo", *zone.split("/"))
    if not resource.is_file():
        raise InvalidError("unknown_zone", zone=zone)
    with resource.open("rb") as rules:
        try:
            return ZoneInfo.from_file(rules, key=zone)
        except ValueError:  # a table beside the zones (tzdata.zi, zone.tab), not a zone
            raise InvalidError("unknown_zone", zone=zone) from None


def ms_of(at: datetime) -> int:
    """An aware instant as ms since the epoch.

    Raises:
        InvalidError: `naive_time`.
    """
    if at.tzinfo is None:
        raise InvalidError("naive_time", at=at.isoformat())
    return (at - _EPOCH) // _MS


def at_of(ms: int) -> datetime:
    """Ms since the epoch as an instant in UTC."""
    return _EPOCH + ms * _MS


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)


def day_edges(zone: str, first_ms: int, last_ms: int) -> NDArray[np.int64]:
    """Edges of the local days that cover `[first_ms, last_ms)`.

    A local day starts at the first instant from which the local date never falls behind it again: the
    transition where midnight does not exist, the first midnight where the hour after it is doubled. A day
    that the zone skipped (Apia, 30 December 2011) has no edge of its own.

    Returns:
        Strictly ascending, shape (days + 1,); the first is <= `first_ms`, the last >= `last_ms`. [ms]

    Raises:
        InvalidError: `unknown_zone`, `empty_period`, `date_out_of_range`.
    """
    return _covering(_day_starts(zone, *_years(first_ms, last_ms)), first_ms, last_ms)


def month_edges(zone: str, first_ms: int, last_ms: int) -> NDArray[np.int64]:
    """Edges of the local months that cover `[first_ms, last_ms)`; see `day_edges`."""
    return _covering(_month_starts(zone, *_years(first_ms, last_ms)), first_ms, last_ms)


def local_date_of(zone: str, ms: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """The local day each instant belongs to, by `day_edges`.

    Args:
        zone: Zone of the site.
        ms: Instants, any order, shape (n,). [ms]

    Returns:
        datetime64[D], shape (n,).
    """
    if not len(ms):
        return np.zeros(0, dtype="datetime64[D]")
    first, end = _years(int(ms.min()), int(ms.max()) + 1)
    starts, dates = _day_starts(zone, first, end), _day_dates(zone, first, end)
    return dates[np.searchsorted(starts, ms, side="right") - 1]


def day_start(zone: str, on: date) -> int:
    """The instant a local day starts (for a skipped day: the start of the next one), in ms."""
    year = _checked_year(on.year)
    return int(_year_starts(zone, year)[(on - date(year, 1, 1)).days])


def offset_ms(zone: str, ms: NDArray[np.int64]) -> NDArray[np.int64]:
    """What to add to UTC for the wall clock, at each instant, shape (n,), in ms."""
    if not len(ms):
        return np.zeros(0, dtype=np.int64)
    at, offsets = _offsets(zone, *_years(int(ms.min()), int(ms.max()) + 1))
    return offsets[np.searchsorted(at, ms, side="right") - 1]


def offset_changes(zone: str, first_ms: int, last_ms: int) -> NDArray[np.int64]:
    """The instants in `(first_ms, last_ms)` at which the wall clock jumps, ascending, in ms."""
    at, _ = _offsets(zone, *_years(first_ms, last_ms))
    return at[(at > first_ms) & (at < last_ms)]


def _covering(starts: NDArray[np.int64], first_ms: int, last_ms: int) -> NDArray[np.int64]:
    low = int(np.searchsorted(starts, first_ms, side="right")) - 1
    high = int(np.searchsorted(starts, last_ms, side="left"))
    return starts[low : high + 1]


def _years(first_ms: int, last_ms: int) -> tuple[int, int]:
    if last_ms <= first_ms:
        raise InvalidError("empty_period", first_ms=first_ms, last_ms=last_ms)
    limit = (date(END_YEAR, 1, 1) - date(1970, 1, 1)).days * _DAY_MS
    if first_ms < 0 or last_ms > limit:
        raise InvalidError("date_out_of_range", first_year=FIRST_YEAR, end_year=END_YEAR)
    return at_of(max(first_ms - _REACH_MS, 0)).year, at_of(last_ms + _REACH_MS).year


def _checked_year(year: int) -> int:
    if not FIRST_YEAR - 1 <= year <= END_YEAR:
        raise InvalidError("date_out_of_range", first_year=FIRST_YEAR, end_year=END_YEAR)
    return year


@lru_cache(maxsize=512)
def _day_starts(zone: str, first_year: int, last_year: int) -> NDArray[np.int64]:
    return _all_days(zone, first_year, last_year)[0]


@lru_cache(maxsize=512)
def _day_dates(zone: str, first_year: int, last_year: int) -> NDArray[np.datetime64]:
    return _all_days(zone, first_year, last_year)[1]


@lru_cache(maxsize=512)
def _month_starts(zone: str, first_year: int, last_year: int) -> NDArray[np.int64]:
    # One year more on each side: the zone's own first day may lie in the neighbour year.
    years = range(first_year - 1, last_year + 2)
    firsts = [[(date(y, m, 1) - date(y, 1, 1)).days for m in range(1, 13)] for y in years]
    return _locked(np.concatenate([_year_starts(zone, y)[d] for y, d in zip(years, firsts, strict=True)]))


def _all_days(zone: str, first_year: int, last_year: int) -> tuple[NDArray[np.int64], NDArray[np.datetime64]]:
    years = range(first_year - 1, last_year + 2)
    starts = np.concatenate([_year_starts(zone, year) for year in years])
    dates = np.arange(f"{years[0]}-01-01", f"{years[-1] + 1}-01-01", dtype="datetime64[D]")
    # A skipped day starts where the next one does; it keeps no edge.
    kept = np.append(np.diff(starts) > 0, True)
    return _locked(starts[kept]), _locked(dates[kept])


@lru_cache(maxsize=4096)
def _year_starts(zone: str, year: int) -> NDArray[np.int64]:
    rules = zone_rules(zone)
    days = (date(year + 1, 1, 1) - date(year, 1, 1)).days
    midnights = [datetime(year, 1, 1) + timedelta(days=n) for n in range(days)]  # noqa: DTZ001  wall clock
    return _locked(np.array([_start_of(rules, midnight) for midnight in midnights], dtype=np.int64))


def _start_of(rules: tzinfo, midnight: datetime) -> int:
    early = ms_of(midnight.replace(tzinfo=rules))
    late = ms_of(midnight.replace(tzinfo=rules, fold=1))
    if early == late:
        return early
    day = midnight.date()
    if late > early:  # midnight comes twice; the first counts unless the clock falls back over it
        return late if at_of(late - 1).astimezone(rules).date() < day else early
    # Midnight does not exist: find the jump that passed it.
    return _first_second(late, early, lambda at: at.astimezone(rules).date() >= day)


def _first_second(low_ms: int, high_ms: int, holds: Callable[[datetime], bool]) -> int:
    seconds = range(low_ms // 1000, high_ms // 1000 + 1)
    return seconds[bisect_left(seconds, 1, key=lambda s: int(holds(at_of(s * 1000))))] * 1000


@lru_cache(maxsize=512)
def _offsets(zone: str, first_year: int, last_year: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Instants from which an offset holds, and that offset, both in ms."""
    rules = zone_rules(zone)
    days = _day_starts(zone, first_year, last_year).tolist()
    held = [_offset_at(rules, ms) for ms in days]
    at, offsets = [days[0]], [held[0]]
    for low, high, before, after in zip(days[:-1], days[1:], held[:-1], held[1:], strict=True):
        if before != after:
            at.append(
                _first_second(low, high, lambda t, b=before: t.astimezone(rules).utcoffset() != b * _MS)
            )
            offsets.append(after)
    return _locked(np.array(at, dtype=np.int64)), _locked(np.array(offsets, dtype=np.int64))


def _offset_at(rules: tzinfo, ms: int) -> int:
    return (at_of(ms).astimezone(rules).utcoffset() or timedelta(0)) // _MS


def _locked(array: NDArray[_T]) -> NDArray[_T]:
    array.flags.writeable = False  # cached arrays are shared by all callers
    return array
