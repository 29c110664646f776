"""Time columns of a table as wall clock times, whatever their type; and which columns hold times."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aegrid_energy.ingestion.arrow import Column, compute
from aegrid_energy.ingestion.columns import is_time_name, words
from aegrid_energy.ingestion.dates import Stamps, clock_ms, stamps

_DAY_MS: Final = 86_400_000
#: Times from the year 2200 on are taken for something else. [ms]
_BEYOND_MS: Final = round(230 * 365.25) * _DAY_MS
_HEAD: Final = 500
#: Seconds and milliseconds since 1970 of the years 2000 to 2100.
_EPOCH_S: Final = (946_684_800, 4_102_444_800)
#: Days since 30 December 1899, as spreadsheets count, of the years 2000 to 2100.
_SHEET_DAYS: Final = (36_526, 73_050)
_SHEET_EPOCH_DAYS: Final = 25_569
_PERIODS: Final = frozenset({24, 25, 46, 48, 50, 92, 96, 100, 288})


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeKind:
    """What times a column holds.

    Args:
        name: Name of the column.
        has_date: Cells name a day.
        has_clock: Cells name a time of day.
        is_aware: Cells name their zone or offset.
    """

    name: str
    has_date: bool
    has_clock: bool
    is_aware: bool


def time_kind(name: str, column: Column) -> TimeKind | None:
    """What times a column holds; None where it holds none."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        return TimeKind(name=name, has_date=True, has_clock=True, is_aware=kind.tz is not None)
    if pa.types.is_date(kind):
        return TimeKind(name=name, has_date=True, has_clock=False, is_aware=False)
    if pa.types.is_time(kind):
        return TimeKind(name=name, has_date=False, has_clock=True, is_aware=False)
    if is_text(column):
        return _text_kind(name, column)
    if is_time_name(name) and (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        head = column.slice(0, _HEAD).drop_null()
        unit = _counted_in(head)
        if unit:
            return TimeKind(name=name, has_date=True, has_clock=True, is_aware=unit != "days")
    return None


def is_text(column: Column) -> bool:
    """Whether a column holds text."""
    return pa.types.is_string(column.type) or pa.types.is_large_string(column.type)


def _text_kind(name: str, column: Column) -> TimeKind | None:
    head = column.slice(0, _HEAD).drop_null()
    if not len(head):
        return None
    head = compute.utf8_trim_whitespace(head)
    found = stamps(head)
    share = np.count_nonzero(found.is_valid) / len(head)
    digits = bool(compute.all(compute.match_substring_regex(head, "^[0-9]+$")).as_py())
    if share >= 0.5 and (not digits or is_time_name(name)):
        return TimeKind(
            name=name, has_date=True, has_clock=found.has_clock, is_aware=found.offset_ms is not None
        )
    if digits and is_time_name(name) and _counted_in(head.cast(pa.float64())):
        return TimeKind(name=name, has_date=True, has_clock=True, is_aware=True)
    _, is_clock = clock_ms(_first_of_range(head))
    if np.count_nonzero(is_clock) >= 0.9 * len(head) and (not digits or {"time", "hhmm"} & set(words(name))):
        return TimeKind(name=name, has_date=False, has_clock=True, is_aware=False)
    return None


def wall_times(column: Column, order: str = "") -> Stamps:
    """Times of a column with dates.

    Args:
        column: Of a kind that `time_kind` found times in.
        order: How dates are written, where a person decided it.
    """
    kind = column.type
    if is_text(column):
        text = compute.utf8_trim_whitespace(column)
        head = text.slice(0, _HEAD).drop_null()
        if len(head) and bool(
            compute.all(compute.match_substring_regex(head, "^[0-9]{9,10}$|^[0-9]{13}$")).as_py()
        ):
            return _counted(
                compute.if_else(compute.match_substring_regex(text, "^[0-9]{1,15}$"), text, None).cast(
                    pa.float64()
                )
            )
        return stamps(text, order)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        is_aware = pa.types.is_timestamp(kind) and kind.tz is not None
        if pa.types.is_timestamp(kind) and kind.unit == "s":
            # Seconds beyond every date would wrap around into milliseconds that look like one.
            seconds = column.cast(pa.int64())
            is_date = compute.and_(
                compute.greater_equal(seconds, 0), compute.less(seconds, _BEYOND_MS // 1000)
            )
            column = compute.if_else(is_date, column, pa.scalar(None, kind))
        ms = column.cast(pa.timestamp("ms", kind.tz if is_aware else None), safe=False).cast(pa.int64())
        valid = ms.is_valid().to_numpy(zero_copy_only=False)
        filled = compute.fill_null(ms, 0).to_numpy(zero_copy_only=False)
        valid = valid & (filled >= 0) & (filled < _BEYOND_MS)
        return Stamps(
            wall_ms=np.where(valid, filled, 0),
            is_valid=valid,
            offset_ms=np.zeros(len(filled), np.int64) if is_aware else None,
            order="ymd",
            has_clock=pa.types.is_timestamp(kind),
        )
    return _counted(column.cast(pa.float64(), safe=False))


def clock_times(column: Column) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Times of day, in ms since midnight, and where there is one, shape (n,) each."""
    if pa.types.is_time(column.type):
        ms = column.cast(pa.time64("us")).cast(pa.int64())
        filled = compute.fill_null(ms, 0).to_numpy(zero_copy_only=False) // 1000
        return filled, ms.is_valid().to_numpy(zero_copy_only=False)
    return clock_ms(_first_of_range(compute.utf8_trim_whitespace(column)))


def period_step_s(name: str, values: NDArray[np.float64]) -> int | None:
    """Length of the periods that a column numbers within the day (1 to 48: half hours); None if none."""
    if not {"period", "interval", "slot", "hh"} & set(words(name)):
        return None
    filled = values[np.isfinite(values)]
    if not len(filled) or (filled != np.rint(filled)).any() or filled.min() < 1:
        return None
    most = int(filled.max())
    if most not in _PERIODS:
        return None
    # 46 and 50 are the days on which clocks change.
    return 86_400 // {25: 24, 46: 48, 50: 48, 92: 96, 100: 96}.get(most, most)


def _first_of_range(text: Column) -> Column:
    """`00:00 - 00:30` -> `00:00`."""
    return compute.replace_substring_regex(
        text, r"^([0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?) ?(?:-|\x{2013}|to) ?[0-9:]{4,8}$", r"\1"
    )


def _counted_in(head: Column) -> str:
    if not len(head):
        return ""
    low, high = float(compute.min(head).as_py()), float(compute.max(head).as_py())
    for name, scale, (first, last) in (("s", 1, _EPOCH_S), ("ms", 1000, _EPOCH_S), ("days", 1, _SHEET_DAYS)):
        if first * scale <= low and high <= last * scale:
            return name
    return ""


def _counted(column: Column) -> Stamps:
    unit = _counted_in(column.slice(0, _HEAD).drop_null())
    values = column.to_numpy(zero_copy_only=False).astype(np.float64)
    valid = np.isfinite(values)
    values = np.where(valid, values, 0.0)
    if unit == "days":
        # Floats of days: a quarter of an hour comes out a few ms off.
        wall = np.rint((values - _SHEET_EPOCH_DAYS) * 86_400).astype(np.int64) * 1000
    else:
        wall = np.rint(np.clip(values, 0, 1e13) * (1 if unit == "ms" else 1000)).astype(np.int64)
    valid &= (wall >= 0) & (wall < _BEYOND_MS) & (unit != "")
    return Stamps(
        wall_ms=np.where(valid, wall, 0),
        is_valid=valid,
        offset_ms=None if unit == "days" else np.zeros(len(wall), np.int64),
        order="ymd",
    )
