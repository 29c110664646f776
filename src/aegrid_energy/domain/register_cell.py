"""Cells of the register: text to value and back, each refusal a reason that can follow a column's name."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import available_timezones

Value = str | float | int | bool | date | datetime | Decimal | list[str] | Mapping[str, float] | None


def text(cell: str) -> str:
    """A name, a key, an address: at most 500 characters."""
    return _clean(cell, 500)


def prose(cell: str) -> str:
    """What somebody wrote: at most 2,000 characters, as over HTTP."""
    return _clean(cell, 2000)


def _clean(cell: str, longest: int) -> str:
    if "\0" in cell:
        raise ValueError("has a NUL character")
    if any("\ud800" <= char <= "\udfff" for char in cell):
        raise ValueError("has half a surrogate pair")
    if len(cell) > longest:
        raise ValueError(f"is longer than {longest} characters")
    return cell


def number(low: float, high: float) -> Callable[[str], float]:
    """A finite number between two others."""

    def read(cell: str) -> float:
        try:
            value = float(cell)
        except ValueError:
            raise ValueError("is not a number") from None
        if not math.isfinite(value) or not low <= value <= high:
            raise ValueError(f"must lie between {low:g} and {high:g}")
        return value

    return read


def decimal(low: Decimal = Decimal(-(10**12)), high: Decimal = Decimal(10**12)) -> Callable[[str], Decimal]:
    """An exact number between two others, with at most 20 places."""

    def read(cell: str) -> Decimal:
        try:
            value = Decimal(cell)
        except InvalidOperation:
            raise ValueError("is not a number") from None
        if not value.is_finite() or not low <= value <= high:
            raise ValueError(f"must lie between {low:f} and {high:f}")
        # Long before the database's own limit, so that a hostile exponent costs nothing.
        if int(value.as_tuple().exponent) < -20:
            raise ValueError("has more than 20 decimal places")
        return value

    return read


def whole(cell: str) -> int:
    """A whole number above 0 that fits 32 bits."""
    if not cell.isascii() or not cell.isdigit() or len(cell) > 10 or not 0 < int(cell) < 2**31:
        raise ValueError("must be a whole number above 0")
    return int(cell)


def day(cell: str) -> date:
    """A calendar day."""
    try:
        return date.fromisoformat(cell)
    except ValueError:
        raise ValueError("is not a day, like 2024-07-01") from None


def instant(cell: str) -> datetime:
    """An instant with its zone, UTC inside."""
    try:
        value = datetime.fromisoformat(cell)
    except ValueError:
        raise ValueError("is not a time, like 2024-07-01T00:00:00+10:00") from None
    if value.tzinfo is None:
        raise ValueError("has no zone; write it like 2024-07-01T00:00:00+10:00")
    return value.astimezone(UTC)


def truth(cell: str) -> bool:
    """Yes or no."""
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if cell.casefold() not in words:
        raise ValueError("must be yes or no")
    return words[cell.casefold()]


def tags(cell: str) -> list[str]:
    """Words between semicolons, in order and none twice."""
    return sorted({text(tag.strip()) for tag in cell.split(";") if tag.strip()})


def ratings(cell: str) -> Mapping[str, float]:
    """Names and numbers."""
    try:
        value = json.loads(cell)
    except ValueError:
        value = None
    if not isinstance(value, dict) or not all(
        isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) for v in value.values()
    ):
        raise ValueError('must be names and numbers, like {"cooling_kw": 350}')
    return {text(str(k)): float(v) for k, v in sorted(value.items())}


def one_of(words: Sequence[str]) -> Callable[[str], str]:
    """One of a few words."""

    def read(cell: str) -> str:
        if cell not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return cell

    return read


def zone(cell: str) -> str:
    """The IANA name of a time zone."""
    if cell not in available_timezones():
        raise ValueError("is not the name of a time zone, like Australia/Melbourne")
    return cell


def letters(length: int, what: str) -> Callable[[str], str]:
    """So many capital letters."""

    def read(cell: str) -> str:
        if len(cell) != length or not cell.isascii() or not cell.isalpha() or not cell.isupper():
            raise ValueError(f"must be {what}")
        return cell

    return read


def spell(value: Value) -> str:
    """A value as the text of a cell; reading it gives the value back."""
    match value:
        case None:
            cell = ""
        case bool():
            cell = "yes" if value else "no"
        case datetime():
            cell = value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            cell = value.isoformat()
        case list():
            cell = ";".join(value)
        case Mapping():
            cell = json.dumps(dict(value), sort_keys=True) if value else ""
        case float():
            cell = repr(int(value)) if value.is_integer() else repr(value)
        case Decimal():
            cell = format(value, "f")
        case _:
            cell = str(value)
    return cell
