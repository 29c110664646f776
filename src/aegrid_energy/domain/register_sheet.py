"""The register as sheets of rows, keyed by external ids: what is imported, exported and compared.

A sheet is data: its columns, which of them are the key, and which name a row of another sheet. Everything
that reads or writes the register by key (CSV, XLSX, JSON, the demo) goes through these definitions.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final
from zoneinfo import available_timezones

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.meter import Role
from aegrid_energy.domain.series import Carrier, Kind, Quantity, Rhythm

Value = str | float | int | bool | date | datetime | Decimal | list[str] | Mapping[str, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a sheet.

    Args:
        name: As in the file and in the table.
        read: Text to value; raises ValueError with the reason in words.
        refers_to: Sheet whose external id stands here; the stored column is then `<name>_id`.
        is_key: Part of what identifies the row.
        is_needed: Must not be empty.
        default: What an empty cell means.
    """

    name: str
    read: Callable[[str], Value]
    refers_to: str = ""
    is_key: bool = False
    is_needed: bool = False
    default: Value = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One table of the register as rows by key."""

    name: str
    table: str
    columns: tuple[Column, ...]
    #: The table has an id of its own, found by `external_id`.
    has_id: bool = True

    @property
    def keys(self) -> tuple[Column, ...]:
        """The columns that identify a row."""
        return tuple(c for c in self.columns if c.is_key)


def _text(text: str) -> str:
    if "\0" in text:
        raise ValueError("has a NUL character")
    if len(text) > 500:
        raise ValueError("is longer than 500 characters")
    return text


def _number(low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        value = float(text)
        if not math.isfinite(value) or not low <= value <= high:
            raise ValueError(f"must lie between {low:g} and {high:g}")
        return value

    return read


def _decimal(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise ValueError("is not a number") from error
    if not value.is_finite() or abs(value) >= 10**12:
        raise ValueError("is not a finite number of sensible size")
    return value


def _whole(text: str) -> int:
    value = int(text)
    if not 0 < value < 2**31:
        raise ValueError("must be a whole number above 0")
    return value


def _instant(text: str) -> datetime:
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError("has no zone; write it like 2024-07-01T00:00:00+10:00")
    return value.astimezone(UTC)


def _truth(text: str) -> bool:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if text.casefold() not in words:
        raise ValueError("must be yes or no")
    return words[text.casefold()]


def _tags(text: str) -> list[str]:
    return sorted({_text(tag.strip()) for tag in text.split(";") if tag.strip()})


def _ratings(text: str) -> Mapping[str, float]:
    value = json.loads(text)
    if not isinstance(value, dict) or not all(
        isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) for v in value.values()
    ):
        raise ValueError('must be names and numbers, like {"cooling_kw": 350}')
    return {str(k): float(v) for k, v in sorted(value.items())}


def _one_of(words: Sequence[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return text

    return read


def _zone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError("is not the name of a time zone, like Australia/Melbourne")
    return text


def _matching(length: int, what: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if len(text) != length or not text.isascii() or not text.isalpha() or not text.isupper():
            raise ValueError(f"must be {what}")
        return text

    return read


def _key(name: str = "external_id") -> Column:
    return Column(name=name, read=_text, is_key=True, is_needed=True)


def _from(read: Callable[[str], Value] = _instant) -> tuple[Column, Column]:
    return (
        Column(name="valid_from", read=read, is_key=True),
        Column(name="valid_to", read=read),
    )


_name: Final = Column(name="name", read=_text, is_needed=True)
_tags_column: Final = Column(name="tags", read=_tags, default=[])
_carrier: Final = Column(name="carrier", read=_one_of([*Carrier]), is_needed=True)
_day: Final = date.fromisoformat

#: In the order in which they are loaded: what is referred to comes first.
SHEETS: Final[dict[str, Sheet]] = {
    sheet.name: sheet
    for sheet in (
        Sheet(name="portfolios", table="portfolio", columns=(_key(), _name)),
        Sheet(
            name="sites",
            table="site",
            columns=(
                _key(),
                _name,
                Column(name="timezone", read=_zone, is_needed=True),
                Column(name="country", read=_matching(2, "two capital letters, like AU"), default="AU"),
                Column(name="region", read=_text, default=""),
                Column(name="currency", read=_matching(3, "three capital letters, like AUD"), default="AUD"),
                Column(name="address", read=_text, default=""),
                Column(name="latitude", read=_number(-90, 90)),
                Column(name="longitude", read=_number(-180, 180)),
                Column(name="opened_on", read=_day),
                Column(name="closed_on", read=_day),
                _tags_column,
            ),
        ),
        Sheet(
            name="portfolio_sites",
            table="portfolio_site",
            has_id=False,
            columns=(
                Column(name="portfolio", read=_text, refers_to="portfolios", is_key=True, is_needed=True),
                Column(name="site", read=_text, refers_to="sites", is_key=True, is_needed=True),
                *_from(_day),
            ),
        ),
        Sheet(
            name="assets",
            table="assets",
            columns=(
                _key(),
                Column(name="site", read=_text, refers_to="sites", is_needed=True),
                Column(name="parent", read=_text, refers_to="assets"),
                Column(name="kind", read=_text, is_needed=True),
                _name,
                Column(name="use_type", read=_text, default=""),
                Column(name="floor_area_m2", read=_number(0.01, 1e8)),
                Column(name="ratings", read=_ratings, default={}),
                Column(name="in_service_from", read=_day),
                Column(name="in_service_to", read=_day),
                _tags_column,
            ),
        ),
        Sheet(
            name="meters",
            table="energy_meters",
            columns=(
                _key(),
                Column(name="site", read=_text, refers_to="sites"),
                _carrier,
                _name,
                Column(name="nmi", read=_text),
                Column(name="serial", read=_text, default=""),
                Column(name="is_virtual", read=_truth, default=False),
                Column(name="rhythm", read=_one_of([*Rhythm]), default=Rhythm.MONTHLY_FILE.value),
                Column(name="in_service_from", read=_instant),
                Column(name="in_service_to", read=_instant),
                _tags_column,
            ),
        ),
        Sheet(
            name="assignments",
            table="meter_assignment",
            has_id=False,
            columns=(
                Column(name="meter", read=_text, refers_to="meters", is_key=True, is_needed=True),
                Column(name="asset", read=_text, refers_to="assets", is_key=True, is_needed=True),
                Column(name="role", read=_one_of([*Role]), is_needed=True),
                *_from(),
            ),
        ),
        Sheet(
            name="feeds",
            table="meter_feed",
            has_id=False,
            columns=(
                Column(name="meter", read=_text, refers_to="meters", is_key=True, is_needed=True),
                Column(name="fed_by", read=_text, refers_to="meters", is_key=True, is_needed=True),
                *_from(),
            ),
        ),
        Sheet(
            name="installs",
            table="meter_install",
            has_id=False,
            columns=(
                Column(name="meter", read=_text, refers_to="meters", is_key=True, is_needed=True),
                Column(name="serial", read=_text, is_needed=True),
                Column(name="multiplier", read=_decimal, default=Decimal(1)),
                Column(name="first_read", read=_decimal),
                Column(name="last_read", read=_decimal),
                *_from(),
            ),
        ),
        Sheet(
            name="points",
            table="point",
            columns=(
                _key(),
                Column(name="asset", read=_text, refers_to="assets", is_needed=True),
                _name,
                Column(name="quantity", read=_one_of([*Quantity]), is_needed=True),
                Column(name="unit", read=_text, is_needed=True),
                Column(name="kind", read=_one_of([*Kind]), is_needed=True),
                Column(name="is_writable", read=_truth, default=False),
                Column(name="address", read=_text, default=""),
                Column(name="brick_class", read=_text, default=""),
                Column(name="valid_min", read=_number(-1e12, 1e12)),
                Column(name="valid_max", read=_number(-1e12, 1e12)),
                Column(name="max_rate", read=_number(0, 1e12)),
                Column(name="expected_interval_s", read=_whole),
                Column(name="stale_after_s", read=_whole),
                _tags_column,
            ),
        ),
        Sheet(
            name="prices",
            table="flat_price",
            has_id=False,
            columns=(
                Column(name="site", read=_text, refers_to="sites", is_key=True, is_needed=True),
                Column(name="carrier", read=_one_of([*Carrier]), is_key=True, is_needed=True),
                Column(name="price_per_unit", read=_decimal, is_needed=True),
                Column(name="unit", read=_text, is_needed=True),
                Column(name="valid_from", read=_day, is_key=True),
            ),
        ),
    )
}


def read_row(sheet: Sheet, row: Mapping[str, str], *, line: int) -> dict[str, Value]:
    """One row of text as values, empty cells as their defaults; references stay external ids.

    Raises:
        InvalidError: `unknown_column`, `cell_missing`, `cell_invalid` with sheet, line, column and reason.
    """
    known = {c.name: c for c in sheet.columns}
    for name in row:
        if name not in known:
            raise InvalidError(
                "unknown_column", sheet=sheet.name, line=line, column=name, known=", ".join(known)
            )
    values: dict[str, Value] = {}
    for name, column in known.items():
        text = (row.get(name) or "").strip()
        if not text:
            if column.is_needed:
                raise InvalidError("cell_missing", sheet=sheet.name, line=line, column=name)
            values[name] = column.default
            continue
        try:
            values[name] = column.read(text)
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise InvalidError(
                "cell_invalid",
                sheet=sheet.name,
                line=line,
                column=name,
                value=text[:80],
                reason=str(error)[:200],
            ) from error
    return values


def spell(value: Value) -> str:
    """A value as the text of a cell; reading it gives the value back."""
    match value:
        case None:
            text = ""
        case bool():
            text = "yes" if value else "no"
        case datetime():
            text = value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            text = value.isoformat()
        case list():
            text = ";".join(value)
        case Mapping():
            text = json.dumps(dict(value), sort_keys=True) if value else ""
        case float():
            text = repr(int(value)) if value.is_integer() else repr(value)
        case Decimal():
            text = format(value, "f")
        case _:
            text = str(value)
    return text
