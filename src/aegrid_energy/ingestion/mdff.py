"""What NEM12 and NEM13 share: lines, the market's clock, quality methods, names and faults.

The Meter Data File Format is AEMO's (Meter Data File Format Specification NEM12 & NEM13).
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Final

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.problems import Problem
from aegrid_energy.domain.quality import Quality

_BOM: Final = b"\xef\xbb\xbf"
#: AEMO's market runs on Eastern Standard Time all year: UTC+10, no daylight saving.
MARKET_OFFSET: Final = "+10:00"
#: A source's clock may be this far ahead of ours before a reading counts as from the future. [ms]
FUTURE_MS: Final = 5 * 60_000

_OFFSET: Final = re.compile(r"([+-])(\d{2}):?(\d{2})")
_METHOD: Final = re.compile(rb"[AEFNSV][0-9]{0,2}")
_QUALITIES: Final[dict[bytes, int]] = {
    b"A": Quality.ACTUAL.code,
    b"F": Quality.FINAL_SUBSTITUTED.code,
    b"S": Quality.SUBSTITUTED.code,
    b"E": Quality.ESTIMATED.code,
    b"N": Quality.NULL.code,
}
#: Stands in the place of a quality for a day whose 400 records say it slot by slot.
VARIES: Final = 255


def looks_like_mdff(head: bytes) -> str | None:
    """Whether bytes begin like a meter data file: "nem12", "nem13" or None.

    A file that lost its 100 record still looks like one, so that its reader can say what is missing.

    Args:
        head: The first kilobyte or so of the file.

    >>> looks_like_mdff(b"100,NEM12,200405011135,MDA1,Ret1")
    'nem12'
    """
    for _, line in lines(head):
        fields = [part.strip(b' "') for part in line[:400].split(b",")]
        if fields[0] == b"100":
            name = fields[1].lower() if len(fields) > 1 else b""
            return name.decode() if name in {b"nem12", b"nem13"} else None
        if fields[0] == b"200" and len(fields) >= 9:
            return "nem12"
        return "nem13" if fields[0] == b"250" and len(fields) >= 15 else None
    return None


def lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Lines with content and their numbers from 1, without byte order mark, line end and outer blanks."""
    data = data.removeprefix(_BOM)
    if b"\n" not in data and b"\r" in data:
        data = data.replace(b"\r", b"\n")
    for number, line in enumerate(BytesIO(data), 1):
        bare = line.strip(b" \t\r\n")
        # Spreadsheets write an empty row as a row of commas.
        if bare and bare.strip(b","):
            yield number, bare


def fixed_offset_ms(zone: str) -> int:
    """Milliseconds that a fixed clock is ahead of UTC.

    Args:
        zone: "+10:00", "UTC", or empty for the market's clock.

    Raises:
        InvalidError: `zone_not_fixed` for anything else, a daylight-saving zone above all.

    >>> fixed_offset_ms("") == fixed_offset_ms("+10:00") == 36_000_000
    True
    """
    if zone.upper() in {"UTC", "Z"}:
        return 0
    match = _OFFSET.fullmatch(zone or MARKET_OFFSET)
    if match is None or int(match[2]) > 14 or int(match[3]) > 59:
        raise InvalidError("zone_not_fixed", zone=zone)
    minutes = int(match[2]) * 60 + int(match[3])
    return (-minutes if match[1] == "-" else minutes) * 60_000


class MarketClock:
    """Turns the file's stamps into ms since the epoch UTC; days repeat, so it remembers them."""

    def __init__(self, offset_ms: int) -> None:
        self._offset_ms = offset_ms
        self._days: dict[bytes, int | None] = {}

    def day(self, text: bytes) -> int | None:
        """Start of a day `yyyymmdd`; None where there is no such day."""
        if text not in self._days:
            self._days[text] = self._read(text, b"%Y%m%d", 8)
        return self._days[text]

    def stamp(self, text: bytes) -> int | None:
        """An instant `yyyymmddhhmmss`, or shorter as some senders write it; None where it is none."""
        day = self.day(text[:8])
        rest = text[8:].ljust(6, b"0")
        if day is None or len(text) not in {8, 12, 14} or not rest.isdigit():
            return None
        hour, minute, second = int(rest[:2]), int(rest[2:4]), int(rest[4:])
        if hour > 23 or minute > 59 or second > 59:
            return None
        return day + ((hour * 60 + minute) * 60 + second) * 1000

    def _read(self, text: bytes, form: bytes, length: int) -> int | None:
        if len(text) != length or not text.isdigit():
            return None
        try:
            at = datetime.strptime(text.decode(), form.decode()).replace(tzinfo=UTC)
        except ValueError:
            return None
        return int(at.timestamp()) * 1000 - self._offset_ms


def quality_method(text: bytes) -> int | None:
    """Quality byte of a method such as `A`, `S52`, `V` (then `VARIES`); None where it is none.

    >>> quality_method(b"S52"), quality_method(b"V") == VARIES, quality_method(b"1.5")
    (2, True, None)
    """
    if _METHOD.fullmatch(text) is None:
        return None
    return VARIES if text[:1] == b"V" else _QUALITIES[text[:1]]


def name_of(text: bytes, longest: int = 40) -> str | None:
    """A name from the file (NMI, suffix, serial), or None where it holds what no name holds."""
    try:
        name = text.decode("ascii").strip()
    except UnicodeDecodeError:
        return None
    return name if len(name) <= longest and name.isprintable() else None


def shown(text: bytes) -> str:
    """What stands in the file, fit for a sentence."""
    return "'" + "".join(char if char.isprintable() else "?" for char in text[:30].decode("latin-1")) + "'"


def unquoted(line: bytes) -> bytes:
    """A line without quotes; a comma inside quotes is text and becomes a blank."""
    try:
        fields = next(csv.reader([line.decode("latin-1")], strict=True))
    except (csv.Error, StopIteration):
        return line
    return ",".join(part.replace(",", " ") for part in fields).encode("latin-1")


def fields_of(line: bytes) -> list[bytes]:
    """The fields of a record, padded with empty ones so that every optional field can be asked for."""
    return [*(part.strip(b" \t") for part in line.split(b",", 40)), *[b""] * 30]


def day_name(start_ms: int, offset_ms: int) -> str:
    """A day of the market's clock as a person reads it."""
    return f"{datetime.fromtimestamp((start_ms + offset_ms) / 1000, UTC):%Y-%m-%d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why an NMI cannot be loaded, and where that stands."""

    line: int
    column: int
    code: str
    text: str


@dataclass(slots=True)
class Faults:
    """The first fault of each NMI and how many it has: one bad day refuses its NMI whole, the others load.

    The sum of an NMI with a hole that nobody saw is worse than no sum.
    """

    file: str
    by_nmi: dict[str, tuple[Fault, int]] = field(default_factory=dict)

    def add(self, nmi: str, line: int, column: int, code: str, text: str) -> None:
        """Refuse an NMI."""
        fault = Fault(line=line, column=column, code=code, text=text)
        first, count = self.by_nmi.get(nmi, (fault, 0))
        is_earlier = (line, column) < (first.line, first.column)
        self.by_nmi[nmi] = (fault if is_earlier else first, count + 1)

    def problems(self, extent: dict[str, str]) -> list[Problem]:
        """One problem an NMI, at its first fault.

        Args:
            extent: NMI -> how much of it is left out, in words.
        """
        found: list[Problem] = []
        for nmi, (first, count) in self.by_nmi.items():
            more = {1: "", 2: " (One more fault in this NMI.)"}.get(
                count, f" ({count - 1} more faults in this NMI.)"
            )
            found.append(
                Problem(
                    file=self.file,
                    line=first.line,
                    column=first.column,
                    code=first.code,
                    text=first.text + more,
                    refused=f"NMI {nmi}, {extent.get(nmi, 'all of it')}",
                )
            )
        return found


def whole_file(file: str, line: int, code: str, text: str, column: int = 0) -> Problem:
    """The problem of a file from which nothing is taken."""
    return Problem(file=file, line=line, column=column, code=code, text=text, refused="the whole file")
