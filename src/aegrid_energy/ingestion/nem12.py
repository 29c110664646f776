"""NEM12: interval meter data of Australia's electricity market, one day of one register a record.

Records: 100 header, 200 register, 300 day of values, 400 quality of some slots, 500 manual read, 900 end.
"""

from typing import Final

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.problems import Problem
from aegrid_energy.domain.units import Unit, unit_of
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.interval_days import Day, Event, Stream, register_of
from aegrid_energy.ingestion.interval_record import BEFORE_VALUES, Misshapen, shape_of
from aegrid_energy.ingestion.mdff import (
    VARIES,
    Faults,
    MarketClock,
    fields_of,
    fixed_offset_ms,
    lines,
    name_of,
    quality_method,
    shown,
    unquoted,
    whole_file,
)
from aegrid_energy.ingestion.parsed import ParsedFile, Register
from aegrid_energy.ingestion.suffixes import suffix_of

FORMAT: Final = "nem12"
#: AEMO's are 5, 15 and 30; meters outside the market are sent in the same form at 10 and 60.
_STEPS_MIN: Final = frozenset({5, 10, 15, 30, 60})
_RECORDS: Final = frozenset({b"100", b"200", b"300", b"400", b"500", b"900"})


def read_nem12(data: bytes, file: str, choices: Choices) -> ParsedFile:
    """The registers of a NEM12 file, and what is wrong with it.

    A fault in a day refuses its NMI whole; the others load. Without a 100 or a 900 record nothing loads,
    unless `choices.lenient`: the file may have been cut off in the middle.

    Args:
        data: The whole file.
        file: Its name, for problems.
        choices: `zone` is the fixed offset of the market's clock, +10:00 where empty.
    """
    try:
        offset_ms = fixed_offset_ms(choices.zone)
    except InvalidError:
        text = f"{choices.zone} is no fixed clock, as meter data files use. Give an offset such as +10:00."
        return ParsedFile(file=file, format=FORMAT, problems=(whole_file(file, 0, "zone_not_fixed", text),))
    reader = _Reader(file, MarketClock(offset_ms), lenient=choices.lenient, unit=choices.unit)
    refusal = reader.read(data)
    if refusal is not None:
        return ParsedFile(file=file, format=FORMAT, problems=(refusal,))
    return reader.parsed(choices, offset_ms)


class _Reader:
    """Walks the records once and gathers the days of each stream."""

    def __init__(self, file: str, clock: MarketClock, *, lenient: bool, unit: str) -> None:
        self._file = file
        self._clock = clock
        self._lenient = lenient
        self._unit = unit
        self._faults = Faults(file)
        self._notices: list[Problem] = []
        self._streams: dict[tuple[str, str, int], Stream] = {}
        self._days_of: dict[str, set[bytes]] = {}
        self._created_ms: int | None = None
        self._has_header = False
        self._is_closed = False
        self._nmi = ""
        self._stream: Stream | None = None
        self._day: Day | None = None
        self._wrapped: tuple[int, bytes, Stream] | None = None

    def read(self, data: bytes) -> Problem | None:
        """Take in all records; the answer is a problem that refuses the whole file."""
        number = 0
        for number, raw in lines(data):
            line = raw if b'"' not in raw else unquoted(raw)
            record = line[:4].rstrip(b",") if line[3:4] in {b",", b""} else b""
            refusal = self._place(number, record, line)
            if refusal is not None:
                return refusal
        if self._wrapped is not None:
            self._end_wrapped(self._wrapped)
        if number == 0:
            return whole_file(self._file, 0, "file_empty", "The file holds nothing.")
        return self._check_end(number)

    def parsed(self, choices: Choices, offset_ms: int) -> ParsedFile:
        """Registers of all NMIs without a fault, and every problem."""
        self._check_lengths()
        registers: list[tuple[str, Register]] = []
        for stream in self._streams.values():
            register, notices = register_of(
                stream,
                faults=self._faults,
                choices=choices,
                created_ms=self._created_ms,
                offset_ms=offset_ms,
            )
            if register is not None:
                registers.append((stream.nmi, register))
                self._notices += notices
        extent = {
            nmi: "its one day" if len(days) == 1 else f"all {len(days)} days"
            for nmi, days in self._days_of.items()
        }
        kept = tuple(
            register
            for nmi, register in registers
            if nmi not in self._faults.by_nmi and len(register.readings)
        )
        problems = self._faults.problems(extent) + self._notices
        return ParsedFile(
            file=self._file,
            format=FORMAT,
            registers=kept,
            problems=tuple(sorted(problems, key=lambda problem: (problem.line, problem.column))),
        )

    def _place(self, number: int, record: bytes, line: bytes) -> Problem | None:
        wrapped, self._wrapped = self._wrapped, None
        if wrapped is not None:
            if record not in _RECORDS:
                self._rejoin(number, line, wrapped)
                return None
            self._end_wrapped(wrapped)
        if record == b"300" and self._stream is not None:
            self._take_day(number, line, self._stream)
            return None
        if record == b"100":
            return self._take_header(number, line)
        if not self._has_header and not self._lenient:
            text = (
                "The file does not begin with a 100 record, so it may be cut off. "
                "If it comes from a retailer's portal, load it as lenient."
            )
            return whole_file(self._file, number, "header_missing", text, 1)
        if self._is_closed and not self._lenient:
            text = (
                "Something follows the 900 record. If it comes from a retailer's portal, load it as lenient."
            )
            return whole_file(self._file, number, "text_after_end", text, 1)
        return self._take_record(number, record, line)

    def _take_record(self, number: int, record: bytes, line: bytes) -> Problem | None:
        match record:
            case b"200":
                self._take_register(number, line)
            case b"400":
                self._take_event(number, line)
            case b"900":
                self._is_closed, self._stream, self._day = True, None, None
            case b"500":
                pass  # a manual read: the counter's reading on the spot, not consumption
            case b"300":
                return self._day_without_register(number, line)
            case _:
                text = "This line begins with none of 100, 200, 300, 400, 500, 900."
                if not self._nmi:
                    return whole_file(self._file, number, "record_unknown", text, 1)
                self._faults.add(self._nmi, number, 1, "record_unknown", text)
        return None

    def _take_header(self, number: int, line: bytes) -> Problem | None:
        fields = fields_of(line)
        if len(fields) < 2 or fields[1].upper() != b"NEM12":
            text = "The 100 record does not say NEM12."
            return whole_file(self._file, number, "header_wrong", text, 2)
        if self._has_header and not self._is_closed and not self._lenient:
            text = "A second 100 record stands before the 900 record of the first: the file is cut off."
            return whole_file(self._file, number, "end_missing", text, 1)
        self._created_ms = self._clock.stamp(fields[2]) if len(fields) > 2 else None
        self._has_header, self._is_closed = True, False
        self._nmi, self._stream, self._day = "", None, None
        return None

    def _take_register(self, number: int, line: bytes) -> None:
        """200,NMI,NMIConfiguration,RegisterID,NMISuffix,MDMDataStreamID,MeterSerial,UOM,IntervalLength,..."""
        self._stream, self._day = None, None
        fields = fields_of(line)
        self._nmi = name_of(fields[1]) or ""
        if not self._nmi:
            self._refuse_block(number, 2, "nmi_missing", "This 200 record names no NMI.")
            return
        self._days_of.setdefault(self._nmi, set())
        suffix = name_of(fields[4]) or name_of(fields[3])
        if not suffix:
            text = "This 200 record names neither an NMI suffix nor a register."
            self._faults.add(self._nmi, number, 5, "suffix_missing", text)
            return
        if not fields[8].isdigit() or int(fields[8][:6]) not in _STEPS_MIN:
            text = f"The interval length is {shown(fields[8])}; it must be 5, 10, 15, 30 or 60 minutes."
            self._faults.add(self._nmi, number, 9, "interval_length_wrong", text)
            return
        try:
            unit = unit_of(name_of(fields[7]) or self._unit)
        except InvalidError:
            self._faults.add(
                self._nmi, number, 8, "unknown_unit", f"The unit {shown(fields[7])} is not known."
            )
            return
        self._open(number, suffix, int(fields[8]) * 60, unit, name_of(fields[6]) or "")

    def _open(self, number: int, suffix: str, step_s: int, unit: Unit, serial: str) -> None:
        key = (self._nmi, suffix, step_s)
        stream = self._streams.get(key)
        if stream is None:
            stream = Stream(
                nmi=self._nmi,
                suffix=suffix,
                step_s=step_s,
                quantity=unit.quantity,
                line=number,
                unit=unit,
                serial=serial,
            )
            self._streams[key] = stream
            self._remark(stream, number, unit)
        elif stream.quantity is not unit.quantity:
            text = f"{stream.title} is sent in {unit.canonical} here and in another quantity above."
            self._faults.add(self._nmi, number, 8, "unit_conflict", text)
            return
        stream.unit, stream.serial = unit, serial
        self._stream = stream

    def _remark(self, stream: Stream, number: int, unit: Unit) -> None:
        """Say where the suffix does not tell, or contradicts the unit."""
        meaning = suffix_of(stream.suffix)
        if meaning is None:
            text = f"{stream.title}: the suffix does not say import or export; it is kept as net."
            self._notice(number, 5, "direction_unknown", text)
        elif meaning.quantity is not None and meaning.quantity is not unit.quantity:
            said = meaning.quantity.value.replace("_", " ")
            text = f"{stream.title}: the suffix means {said}, the unit is {unit.code}. The unit counts."
            self._notice(number, 8, "suffix_contradicts_unit", text)

    def _take_day(self, number: int, line: bytes, stream: Stream) -> None:
        shape = shape_of(line, stream.slots)
        if isinstance(shape, Misshapen):
            self._day = None
            if shape.may_go_on:
                self._wrapped = (number, line, stream)  # a sender may have wrapped it: the next line tells
            else:
                self._refuse_day(number, line, stream, shape)
            return
        date = line[4:12]
        self._days_of[stream.nmi].add(date)
        start_ms = self._clock.day(date) if line[12:13] == b"," else None
        if start_ms is None:
            self._day = None
            text = f"{shown(fields_of(line)[1])} is no day; days are written yyyymmdd."
            self._faults.add(stream.nmi, number, 2, "date_wrong", text)
            return
        self._day = Day(
            line=number,
            start_ms=start_ms,
            # A day that is null as a whole may leave its values out.
            values=shape.values if shape.values.strip(b", ") else b"," * (stream.slots - 1),
            quality=shape.quality,
            update_ms=self._update(number, stream, shape.tail),
            unit=stream.unit,
            serial=stream.serial,
        )
        stream.days.append(self._day)

    def _update(self, number: int, stream: Stream, tail: tuple[bytes, ...]) -> int | None:
        stamp = tail[3].strip() if len(tail) > 3 else b""
        if not stamp:
            return None
        update_ms = self._clock.stamp(stamp)
        if update_ms is None:
            text = f"{shown(stamp)} is no time of update; times are written yyyymmddhhmmss."
            column = BEFORE_VALUES + stream.slots + 4
            self._faults.add(stream.nmi, number, column, "update_time_wrong", text)
        return update_ms

    def _refuse_day(self, number: int, line: bytes, stream: Stream, shape: Misshapen) -> None:
        self._days_of[stream.nmi].add(line[4:12])
        self._faults.add(stream.nmi, number, shape.column, shape.code, shape.text)

    def _rejoin(self, number: int, line: bytes, wrapped: tuple[int, bytes, Stream]) -> None:
        """Add a physical line to a wrapped record; only a break at a comma is healed without guessing."""
        start, begun, stream = wrapped
        if not begun.endswith(b",") and not line.startswith(b","):
            text = "This record is broken in the middle of a value and goes on in the next line."
            self._faults.add(stream.nmi, start, 1, "record_broken", text)
            return
        count = len(stream.days)
        self._take_day(start, begun + line, stream)
        if len(stream.days) > count:
            text = f"{stream.title}: a day is wrapped over lines {start} to {number}; it was joined again."
            self._notice(start, 1, "record_rejoined", text)

    def _end_wrapped(self, wrapped: tuple[int, bytes, Stream]) -> None:
        """A record that looked wrapped is simply short."""
        number, line, stream = wrapped
        shape = shape_of(line, stream.slots)
        if isinstance(shape, Misshapen):
            self._refuse_day(number, line, stream, shape)

    def _day_without_register(self, number: int, line: bytes) -> Problem | None:
        """A day whose 200 record was refused, or never came."""
        if not self._nmi:
            text = "This day stands before any 200 record; nobody knows whose it is."
            return whole_file(self._file, number, "register_missing", text, 1)
        self._day = None
        self._days_of.setdefault(self._nmi, set()).add(line[4:12])
        return None

    def _take_event(self, number: int, line: bytes) -> None:
        """400,StartInterval,EndInterval,QualityMethod,ReasonCode,ReasonDescription."""
        if self._day is None or self._stream is None:
            if self._nmi and self._nmi not in self._faults.by_nmi:
                text = "This 400 record follows no day."
                self._faults.add(self._nmi, number, 1, "quality_events_wrong", text)
            return  # else its day is refused already
        fields = fields_of(line)
        first = int(fields[1]) if fields[1].isdigit() and len(fields[1]) < 5 else 0
        last = int(fields[2]) if fields[2].isdigit() and len(fields[2]) < 5 else 0
        quality = quality_method(fields[3])
        if not 1 <= first <= last <= self._stream.slots:
            text = f"{shown(fields[1])} to {shown(fields[2])} are no intervals of this day."
            self._refuse_event(number, 2, "quality_events_wrong", text)
        elif quality is None or quality == VARIES:
            text = f"{shown(fields[3])} is no quality of an interval (A, E, F, S or N)."
            self._refuse_event(number, 4, "quality_wrong", text)
        else:
            self._day.events.append(Event(line=number, first=first, last=last, quality=quality))

    def _refuse_event(self, number: int, column: int, code: str, text: str) -> None:
        """Refuse the day with its event, or its uncovered slots would be told as faults of their own."""
        assert self._stream is not None  # noqa: S101 - the event has a day
        self._stream.days.pop()
        self._day = None
        self._faults.add(self._stream.nmi, number, column, code, text)

    def _refuse_block(self, number: int, column: int, code: str, text: str) -> None:
        """Refuse what follows a 200 record that names nobody."""
        self._nmi = f"(unnamed, line {number})"
        self._faults.add(self._nmi, number, column, code, text)

    def _check_end(self, number: int) -> Problem | None:
        if not self._is_closed and not self._lenient:
            text = (
                "The file ends without a 900 record, so its end may be missing. "
                "If it comes from a retailer's portal, load it as lenient."
            )
            return whole_file(self._file, number, "end_missing", text)
        if not self._faults.by_nmi and not any(stream.days for stream in self._streams.values()):
            return whole_file(self._file, number, "no_readings", "The file holds no readings.")
        return None

    def _check_lengths(self) -> None:
        """One register cannot have two interval lengths on one day."""
        seen: dict[tuple[str, str, int], Stream] = {}
        for stream in self._streams.values():
            for day in stream.days:
                other = seen.setdefault((stream.nmi, stream.suffix, day.start_ms), stream)
                if other is not stream:
                    text = (
                        f"{stream.title} has this day in intervals of {other.step_s // 60} and of "
                        f"{stream.step_s // 60} minutes. Ask the sender which is right."
                    )
                    self._faults.add(stream.nmi, day.line, 2, "interval_length_conflict", text)
        for key in [key for key, stream in self._streams.items() if not stream.days]:
            del self._streams[key]

    def _notice(self, line: int, column: int, code: str, text: str) -> None:
        self._notices.append(Problem(file=self._file, line=line, column=column, code=code, text=text))
