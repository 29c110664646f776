"""Green Button (NAESB ESPI) XML: energy, gas and water intervals of a utility's customer.

Starts are seconds since the epoch in UTC, so the feed's LocalTimeParameters change nothing here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.problems import Problem
from aegrid_energy.domain.quality import RANK_MASK
from aegrid_energy.domain.readings import MICRO, MICRO_LIMIT, Readings
from aegrid_energy.domain.series import AMOUNTS, Carrier, Direction, Kind
from aegrid_energy.domain.units import Unit, unit_of
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.espi import COMMODITIES, DIRECTIONS, KINDS, QUALITIES, SERVICES, UNITS
from aegrid_energy.ingestion.espi_feed import (
    Thing,
    blocks_by_meter,
    number_of,
    read_feed,
    reading_type_of,
    usage_point_of,
)
from aegrid_energy.ingestion.parsed import ParsedFile, Register

_DAY_S: Final = 86_400
_FUTURE_MS: Final = 5 * 60_000
#: Powers of ten that a ReadingType may carry (atto to exa would be 18; meters use milli to mega).
_POWERS: Final = range(-12, 13)
#: A reading longer than this covers a bill, not an interval. [s]
_BILL_S: Final = 25 * 3600


@dataclass(slots=True)
class _Rows:
    """Readings of one register, as read."""

    start_ms: list[int] = field(default_factory=list)
    duration_ms: list[int] = field(default_factory=list)
    values: list[Fraction] = field(default_factory=list)
    quality: list[int] = field(default_factory=list)


def read_green_button(data: bytes, file: str, choices: Choices) -> ParsedFile:
    """Registers of a Green Button feed, nested or linked.

    Raises:
        UnreadableError: it is no XML that can be read; the caller makes a problem of it.
    """
    things = read_feed(data)
    reader = _Reader(file, choices, things)
    registers = tuple(reader.registers())
    if not registers and not reader.problems:
        reader.note("no_readings", "The feed holds no interval readings.", "the whole file")
    return ParsedFile(file=file, format="green_button", registers=registers, problems=tuple(reader.problems))


class _Reader:
    """One feed on its way."""

    def __init__(self, file: str, choices: Choices, things: list[Thing]) -> None:
        self.file = file
        self.choices = choices
        self.things = things
        self.problems: list[Problem] = []
        self.names: set[tuple[str, str]] = set()

    def note(self, code: str, text: str, refused: str = "") -> None:
        """Add a problem of the whole file."""
        self.problems.append(Problem(file=self.file, line=0, column=0, code=code, text=text, refused=refused))

    def registers(self) -> Iterator[Register]:
        """One register a MeterReading."""
        for meter, blocks in blocks_by_meter(self.things):
            found = self.register(meter, blocks)
            if found is not None:
                yield found

    def register(self, reading: Thing | None, blocks: list[Thing]) -> Register | None:
        """The register of one MeterReading; None where it cannot be read."""
        point = usage_point_of(reading, self.things)
        kind_of = reading_type_of(reading, self.things)
        texts = kind_of.texts if kind_of else {}
        meter, register = self.meter_name(point), self.register_name(reading)
        about = f"'{meter}' {register}".strip()
        unit = self.unit(texts, about)
        power = _whole(texts.get("powerOfTenMultiplier", "")) or 0
        if unit is None:
            return None
        if power not in _POWERS:
            self.note("bad_multiplier", f"{about}: powerOfTenMultiplier {power} is out of range.", about)
            return None
        rows = self.rows(blocks, texts, about)
        kind = KINDS.get(_whole(texts.get("accumulationBehaviour", "")) or 0)
        if unit.quantity not in AMOUNTS:
            kind = Kind.INSTANT
        readings = self.readings(rows, unit, power, kind or Kind.INTERVAL, about)
        if readings is None:
            return None
        duration = readings.duration_ms
        return Register(
            meter=meter,
            register=register or f"{unit.quantity.value}",
            carrier=self.carrier(texts, point, unit),
            quantity=unit.quantity,
            direction=DIRECTIONS.get(_whole(texts.get("flowDirection", "")) or 1, Direction.IMPORT),
            kind=kind or Kind.INTERVAL,
            unit=unit.canonical,
            readings=readings,
            spreads=duration is not None and float(np.median(duration)) > _BILL_S * 1000,
        )

    def meter_name(self, point: Thing | None) -> str:
        """The title of the UsagePoint, else the end of its address, else what the person said."""
        if point is not None:
            title = _clean(point.links.title)
            same = [
                one for one in self.things if one.name == "UsagePoint" and _clean(one.links.title) == title
            ]
            if title and len(same) == 1:
                return title
            last = _clean(point.links.own.rstrip("/").rpartition("/")[2])
            if last:
                return f"{title} {last}".strip()
        stem = self.file.rpartition("!")[2].rpartition("/")[2]
        return self.choices.meter or stem.partition(".xml")[0] or "meter"

    def register_name(self, meter: Thing | None) -> str:
        """The title of the MeterReading, made different from its neighbours of the same title."""
        if meter is None:
            return ""
        title = _clean(meter.links.title)
        same = [one for one in self.things if one.name == "MeterReading" and _clean(one.links.title) == title]
        if len(same) == 1:
            return title
        last = _clean(meter.links.own.rstrip("/").rpartition("/")[2]) or str(same.index(meter) + 1)
        return f"{title} {last}".strip()

    def unit(self, texts: dict[str, str], about: str) -> Unit | None:
        """The unit that the ReadingType names, else the one the person said."""
        code = _whole(texts.get("uom", ""))
        named = UNITS.get(code) if code is not None else None
        spelled = named or (self.choices.unit if code is None else "")
        try:
            return unit_of(spelled)
        except InvalidError:
            what = "no unit" if code is None else f"unit code {code}, which is none of a meter"
            self.note("unit_unknown", f"{about}: its ReadingType says {what}. Say it: --unit therm.", about)
            return None

    def carrier(self, texts: dict[str, str], point: Thing | None, unit: Unit) -> Carrier:
        """What flows, by commodity, by service, by unit."""
        commodity = COMMODITIES.get(_whole(texts.get("commodity", "")) or 0)
        if commodity is not None:
            return commodity
        # The code of a therm is a gas unit even where a feed leaves its service at electricity.
        if unit.code == "therm":
            return Carrier.GAS
        service = _whole(point.texts.get("ServiceCategory.kind", "")) if point else None
        return SERVICES.get(service, Carrier.OTHER) if service is not None else Carrier.OTHER

    def rows(self, blocks: list[Thing], texts: dict[str, str], about: str) -> _Rows:
        """Readings of all blocks; what cannot be read is counted."""
        rows = _Rows()
        bad: dict[str, int] = {}
        length = _whole(texts.get("intervalLength", ""))
        usual = QUALITIES.get(_whole(texts.get("defaultQuality", "")) or 0, 0)
        for block in blocks:
            at = number_of(block.texts.get("interval.start", ""))
            for index, (start, duration, value, quality) in enumerate(block.readings):
                begins, lasts = number_of(start), _whole(duration)
                lasts = length if lasts is None else lasts
                if not start and at is not None and lasts is not None:
                    begins = str(Fraction(at) + index * lasts) if "/" not in at else None
                why = self.take(rows, begins, lasts, value, quality, usual)
                if why:
                    bad[why] = bad.get(why, 0) + 1
        words = {
            "bad_time": "have no time or length that can be read",
            "bad_value": "have no value that can be read",
            "in_the_future": "are from the future",
            "too_old": "are older than readings are kept",
        }
        for why, count in bad.items():
            self.note(why, f"{about}: {count:,} readings {words[why]}.", f"{count:,} readings")
        return rows

    def take(
        self, rows: _Rows, start: str | None, duration_s: int | None, value: str, quality: str, usual: int
    ) -> str:
        """Take in one reading; the code of what is wrong with it, empty = nothing."""
        number = number_of(value)
        if number is None:
            return "bad_value"
        if start is None or duration_s is None or not 0 <= duration_s <= 400 * _DAY_S:
            return "bad_time"
        at = round(Fraction(start) * 1000)
        if at < 0 or at > 7_258_118_400_000:  # the year 2200
            return "bad_time"
        if at > self.choices.now_ms + _FUTURE_MS:
            return "in_the_future"
        if at < self.choices.oldest_ms:
            return "too_old"
        rows.start_ms.append(at)
        rows.duration_ms.append(duration_s * 1000)
        rows.values.append(Fraction(number))
        rows.quality.append(_worst(quality, usual))
        return ""

    def readings(self, rows: _Rows, unit: Unit, power: int, kind: Kind, about: str) -> Readings | None:
        """Rows in order of time, the later in the file standing where a start comes twice."""
        if not rows.start_ms:
            return None
        factor = unit.factor * Fraction(10) ** power
        exact = [(value * factor + unit.offset) * MICRO for value in rows.values]
        if any(abs(value) > MICRO_LIMIT for value in exact):
            self.note("value_out_of_range", f"{about}: values are larger than any meter counts.", about)
            return None
        start = np.array(rows.start_ms, dtype=np.int64)
        order = np.argsort(start, kind="stable")
        micro = np.array([round(value) for value in exact], dtype=np.int64)
        start, micro = start[order], micro[order]
        duration = np.array(rows.duration_ms, dtype=np.int64)[order]
        quality = np.array(rows.quality, dtype=np.uint8)[order]
        last = np.append(start[1:] != start[:-1], True)
        self.count_repeats(micro, last, about)
        start, micro, duration, quality = start[last], micro[last], duration[last], quality[last]
        step_s = _step_s(start, duration)
        return Readings(
            start_ms=start,
            micro=micro,
            quality=quality,
            step_s=step_s,
            duration_ms=None if step_s is not None or kind is not Kind.INTERVAL else duration,
        )

    def count_repeats(self, micro: NDArray[np.int64], last: NDArray[np.bool_], about: str) -> None:
        """Say how many readings share a start with a later one, and how many of them differ."""
        again = np.flatnonzero(~last)
        if not len(again):
            return
        differ = int(np.count_nonzero(micro[again] != micro[again + 1]))
        also = f", {differ:,} of them with another value" if differ else ""
        self.note(
            "repeated_times",
            f"{about}: {len(again):,} readings start when a later one does{also}: the later stands.",
        )


def _step_s(start_ms: NDArray[np.int64], duration_ms: NDArray[np.int64]) -> int | None:
    """The one length of all intervals, where they lie on its grid from midnight UTC."""
    step = int(duration_ms[0])
    if step <= 0 or step % 1000 or _DAY_S * 1000 % step or bool((duration_ms != step).any()):
        return None
    return step // 1000 if bool((start_ms % step == 0).all()) else None


def _whole(text: str) -> int | None:
    plain = text.strip()
    digits = plain.removeprefix("-")
    return int(plain) if digits.isascii() and digits.isdigit() and len(digits) <= 12 else None


def _worst(codes: str, usual: int) -> int:
    """The quality byte of a reading: of several, the one that ranks lowest; flags of all."""
    bytes_ = [QUALITIES.get(code, usual) for part in codes.split() if (code := _whole(part)) is not None]
    if not bytes_:
        return usual
    flags = 0
    for byte in bytes_:
        flags |= byte & ~RANK_MASK
    return max(byte & RANK_MASK for byte in bytes_) | flags


def _clean(text: str) -> str:
    """A name from the feed: one line, printable, without the comma some senders leave at its end."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable()).strip(" ,;")[:80]
