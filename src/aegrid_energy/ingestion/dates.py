"""Dates and times as people write them: a whole column at once, its day and month order decided together."""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aegrid_energy.ingestion.arrow import Column
from aegrid_energy.ingestion.text_columns import Shape, shapes

_DAY_MS: Final = 86_400_000
_MINUTE_MS: Final = 60_000
#: Years that a reading can be from; anything else is a slip of the pen or of the parser.
FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2199
#: A hole as long as this between neighbouring times is what swapped days and months tear open.
_HOLE_MS: Final = 5 * _DAY_MS

_DATE: Final = (
    r"(?:(?P<ymd>0{4})(?P<s1>[-/. ]?)(?P<m1>0{1,2})(?P=s1)(?P<d1>0{1,2})"
    r"|(?P<a>0{1,2})(?P<s2>[-/. ])(?P<b>0{1,2})(?P=s2)(?P<y2>0{4}|0{2})"
    r"|(?P<dn>0{1,2})(?P<s3>[-/ .]?)(?P<mn>A{3,9})(?P=s3)(?P<yn>0{4}|0{2})"
    r"|(?P<mn2>A{3,9}) (?P<dn2>0{1,2}),? (?P<yn2>0{4}))"
)
_TIME: Final = (
    r"(?:(?P<h>0{1,2}):(?P<mi>0{2})(?::(?P<s>0{2})(?:[.,](?P<f>0{1,9}))?)?|(?P<hm>0{4})(?P<hs>0{2})?)"
    r"(?: ?(?P<ap>AA))?"
)
_ZONE: Final = r"(?: ?(?P<z>A{1,3})| ?(?P<sign>[+-])(?P<oh>0{2}):?(?P<om>0{2})?)"
_FULL: Final = re.compile(rf"(?:A{{3,9}},? )?{_DATE}(?:(?P<gap>A|,? {{1,2}}|:)?{_TIME}{_ZONE}?)?")
_CLOCK: Final = re.compile(_TIME)
_MONTHS: Final = {
    name.encode(): number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
    )
}

#: How a column's dates are written. `ymd_swapped`: year first, but day and month changed places wherever
#: both are twelve or less, which is what a spreadsheet does to dates it half understands.
ORDERS: Final = ("ymd", "ydm", "dmy", "mdy", "ymd_swapped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamps:
    """A column of times.

    Args:
        wall_ms: As written, as if it were UTC; where `offset_ms` is given, that is still to be taken off.
        is_valid: Where a time was read, shape (n,).
        offset_ms: Offset from UTC that the cell itself names, shape (n,); None where none does.
        order: How dates are written.
        question: What the column leaves open, in words; empty = nothing.
        has_clock: Whether any cell says a time of day.
    """

    wall_ms: NDArray[np.int64]
    is_valid: NDArray[np.bool_]
    offset_ms: NDArray[np.int64] | None
    order: str
    question: str = ""
    has_clock: bool = True


@dataclass(slots=True, kw_only=True)
class _Parts:
    """Fields of all rows before the order of day and month is known."""

    year: NDArray[np.int64]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    #: 0 = no date, 1 = year first, 2 = year last, 3 = month by name (first is the month)
    form: NDArray[np.int8]
    day_ms: NDArray[np.int64]
    offset_ms: NDArray[np.int64]
    has_offset: NDArray[np.bool_]
    has_clock: bool = False


def stamps(column: Column, order: str = "") -> Stamps:
    """Times of a text column.

    Args:
        column: Text, shape (n,).
        order: One of `ORDERS`, where a person decided it.
    """
    parts = _scan(column)
    if order:
        return _resolved(parts, order, "")
    return _resolved(parts, *_order_of(parts))


def clock_ms(column: Column) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Times of day of a text column ("0:15", "23:45:00", "2345", "1:00 PM"), and where there is one.

    Returns:
        ms since midnight, shape (n,), and a mask, shape (n,).
    """
    ms, valid = np.zeros(len(column), dtype=np.int64), np.zeros(len(column), dtype=bool)
    for shape in shapes(column):
        match = _CLOCK.fullmatch(shape.mask)
        if match is None:
            continue
        of_day, good = _time_of(shape, match)
        ms[shape.rows], valid[shape.rows] = of_day, good
    return ms, valid


def looks_like_time(text: str) -> bool:
    """Whether one cell reads as a date, with or without a time of day."""
    parts = _scan(pa.array([text.strip()[:80]], pa.large_string()))
    return bool(parts.form[0])


def _scan(column: Column) -> _Parts:
    count = len(column)
    parts = _Parts(
        year=np.zeros(count, np.int64),
        first=np.zeros(count, np.int64),
        second=np.zeros(count, np.int64),
        form=np.zeros(count, np.int8),
        day_ms=np.zeros(count, np.int64),
        offset_ms=np.zeros(count, np.int64),
        has_offset=np.zeros(count, bool),
    )
    for shape in shapes(column):
        match = _FULL.fullmatch(shape.mask)
        if match is not None:
            _fill(parts, shape, match)
    return parts


def _fill(parts: _Parts, shape: Shape, match: re.Match[str]) -> None:
    def number(name: str) -> NDArray[np.int64]:
        return shape.number(match.start(name), match.end(name) - match.start(name))

    rows = shape.rows
    good = np.ones(len(rows), dtype=bool)
    if match["ymd"]:
        year, first, second, form = number("ymd"), number("m1"), number("d1"), 1
    elif match["a"]:
        year, first, second, form = _full_year(number("y2"), match["y2"]), number("a"), number("b"), 2
    else:
        name, day, written = ("mn", "dn", "yn") if match["mn"] else ("mn2", "dn2", "yn2")
        first = _month_of(shape.letters(match.start(name), 3))
        good &= first > 0
        year, second, form = _full_year(number(written), match[written]), number(day), 3
    if match["gap"] == "A":
        good &= shape.letters(match.start("gap"), 1) == b"t"
    elif match["gap"] is None and (match["h"] or match["hm"]):
        good &= (match["s1"] == "") & (match["hm"] is not None)  # 201901010015: all digits or nothing
    of_day, fine = _time_of(shape, match)
    good &= fine
    parts.has_clock |= bool(match["h"] or match["hm"])
    _take_offset(parts, shape, match, good)
    parts.year[rows], parts.first[rows], parts.second[rows] = year, first, second
    parts.form[rows], parts.day_ms[rows] = np.where(good, form, 0), of_day


def _full_year(year: NDArray[np.int64], written: str) -> NDArray[np.int64]:
    return year if len(written) == 4 else year + np.where(year < 70, 2000, 1900)


def _month_of(letters: NDArray[np.bytes_]) -> NDArray[np.int64]:
    month = np.zeros(len(letters), dtype=np.int64)
    for name, number in _MONTHS.items():
        month[letters == name] = number
    return month


def _time_of(shape: Shape, match: re.Match[str]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    def number(name: str) -> NDArray[np.int64]:
        return shape.number(match.start(name), match.end(name) - match.start(name))

    zero = np.zeros(len(shape.rows), dtype=np.int64)
    fraction = zero
    if match["h"]:
        hour, minute = number("h"), number("mi")
        second = number("s") if match["s"] else zero
        if match["f"]:
            fraction = number("f") * 1000 // 10 ** len(match["f"])
    elif match["hm"]:
        packed = number("hm")
        hour, minute, second = packed // 100, packed % 100, number("hs") if match["hs"] else zero
    else:
        return zero, np.ones(len(zero), dtype=bool)
    good = (minute < 60) & (second < 60)
    if match["ap"]:
        half = shape.letters(match.start("ap"), 2)
        good &= ((half == b"am") | (half == b"pm")) & (hour >= 1) & (hour <= 12)
        hour = hour % 12 + np.where(half == b"pm", 12, 0)
    # 24:00 is how some systems name the end of the day.
    good &= (hour < 24) | ((hour == 24) & (minute == 0) & (second == 0))
    return ((hour * 60 + minute) * 60 + second) * 1000 + fraction, good


def _take_offset(parts: _Parts, shape: Shape, match: re.Match[str], good: NDArray[np.bool_]) -> None:
    if match["z"]:
        length = len(match["z"])
        letters = shape.letters(match.start("z"), length)
        good &= (letters == b"z") if length == 1 else (letters == b"utc") | (letters == b"gmt")
        parts.has_offset[shape.rows] = True
    elif match["sign"]:
        hours = shape.number(match.start("oh"), 2)
        minutes = shape.number(match.start("om"), 2) if match["om"] else 0
        good &= (hours <= 14) & (np.asarray(minutes) < 60)
        sign = -1 if match["sign"] == "-" else 1
        parts.offset_ms[shape.rows] = sign * (hours * 60 + minutes) * _MINUTE_MS
        parts.has_offset[shape.rows] = True


def _order_of(parts: _Parts) -> tuple[str, str]:
    """The order of the column and what stays open about it."""
    year_first, year_last = parts.form == 1, parts.form == 2
    if np.count_nonzero(year_first) >= np.count_nonzero(year_last):
        return _year_first(parts, year_first)
    first_is_day = int(np.count_nonzero(parts.first[year_last] > 12))
    second_is_day = int(np.count_nonzero(parts.second[year_last] > 12))
    if first_is_day != second_is_day:
        return ("dmy" if first_is_day > second_is_day else "mdy"), ""
    order = "mdy" if _holes(parts, "mdy") < _holes(parts, "dmy") else "dmy"
    if bool((parts.first[year_last] == parts.second[year_last]).all()):
        return order, ""  # 01/01, 02/02: it makes no difference
    words = {"dmy": "day/month", "mdy": "month/day"}[order]
    return order, f"No day above 12 tells day and month apart: dates are taken for {words}. Is that right?"


def _year_first(parts: _Parts, rows: NDArray[np.bool_]) -> tuple[str, str]:
    beyond = int(np.count_nonzero(parts.first[rows] > 12))
    if beyond > int(np.count_nonzero(parts.second[rows] > 12)):
        return "ydm", ""
    written = _holes(parts, "ymd")
    swapped = _holes(parts, "ymd_swapped") if written >= 3 else written
    if swapped * 4 < written:
        return "ymd_swapped", (
            f"Read as written, the times have {written} holes of more than five days; with day and month "
            f"swapped wherever both are 12 or less, {swapped}. They are taken as swapped. Is that right?"
        )
    return "ymd", ""


def _holes(parts: _Parts, order: str) -> int:
    """Long holes between the times, were dates written in an order; dates that fail count as holes."""
    resolved = _resolved(parts, order, "")
    times = resolved.wall_ms[resolved.is_valid]
    steps = np.diff(times)
    if (steps < 0).any():
        steps = np.diff(np.sort(times))
    return int(np.count_nonzero(steps > _HOLE_MS)) + int(np.count_nonzero(parts.form)) - len(times)


def _resolved(parts: _Parts, order: str, question: str) -> Stamps:
    first, second, form = parts.first, parts.second, parts.form
    day_first = (form == 1) & (order == "ydm") | (form == 2) & (order != "mdy")
    if order == "ymd_swapped":
        day_first = day_first | ((form == 1) & (first <= 12) & (second <= 12))
    month, day = np.where(day_first, second, first), np.where(day_first, first, second)
    days, good = days_of(parts.year, month, day)
    return Stamps(
        wall_ms=days * _DAY_MS + parts.day_ms,
        # A cell without an offset in a column that has them is a slip, not a local time.
        is_valid=good & (form > 0) & (parts.has_offset | ~parts.has_offset.any()),
        offset_ms=np.where(parts.has_offset, parts.offset_ms, 0) if parts.has_offset.any() else None,
        order=order,
        question=question,
        has_clock=parts.has_clock,
    )


def days_of(
    year: NDArray[np.int64], month: NDArray[np.int64], day: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Days since the epoch of calendar dates, and where the date exists, shape (n,) each.

    >>> days_of(np.array([1970, 2023]), np.array([1, 2]), np.array([2, 29]))[1].tolist()
    [True, False]
    """
    good = (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (month >= 1) & (month <= 12) & (day >= 1)
    months = np.where(good, (year - 1970) * 12 + month - 1, 0)
    start = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    length = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) - start
    good &= day <= length
    return np.where(good, start + day - 1, 0), good
