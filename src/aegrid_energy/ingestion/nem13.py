"""NEM13: accumulated meter data of Australia's electricity market, one period between two reads a record.

Records: 100 header, 250 period with its reads and quantity, 550 what the read was for, 900 end.
A period is one irregular reading: it is never spread over days here, because nobody measured the days.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Final

import numpy as np

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.problems import Problem
from aegrid_energy.domain.readings import MICRO_LIMIT, Readings
from aegrid_energy.domain.series import AMOUNTS, Carrier, Direction, Kind
from aegrid_energy.domain.units import Unit, to_canonical, unit_of
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.decimals import exact
from aegrid_energy.ingestion.mdff import (
    FUTURE_MS,
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

FORMAT: Final = "nem13"
#: AEMO speaks from the grid: its export is what the site takes.
_DIRECTIONS: Final = {b"E": Direction.IMPORT, b"I": Direction.EXPORT}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Period:
    """One 250 record: `quantity` between two reads of a register, in `unit`."""

    line: int
    suffix: str
    direction: Direction
    serial: str
    unit: Unit
    start_ms: int
    end_ms: int
    micro: int
    quality: int
    update_ms: int | None
    before: Decimal | None
    after: Decimal | None


def read_nem13(data: bytes, file: str, choices: Choices) -> ParsedFile:
    """The registers of a NEM13 file, each with its periods, and what is wrong with it.

    A fault in a period refuses its NMI whole; the others load. Without a 100 or a 900 record nothing
    loads, unless `choices.lenient`.

    Args:
        data: The whole file.
        file: Its name, for problems.
        choices: `zone` is the fixed offset of the market's clock, +10:00 where empty.
    """
    try:
        clock = MarketClock(fixed_offset_ms(choices.zone))
    except InvalidError:
        text = f"{choices.zone} is no fixed clock, as meter data files use. Give an offset such as +10:00."
        return ParsedFile(file=file, format=FORMAT, problems=(whole_file(file, 0, "zone_not_fixed", text),))
    reader = _Reader(file, clock, lenient=choices.lenient)
    refusal = reader.read(data)
    if refusal is not None:
        return ParsedFile(file=file, format=FORMAT, problems=(refusal,))
    return reader.parsed(choices)


class _Reader:
    """Walks the records once and gathers the periods of each register."""

    def __init__(self, file: str, clock: MarketClock, *, lenient: bool) -> None:
        self._file = file
        self._clock = clock
        self._lenient = lenient
        self._faults = Faults(file)
        self._notices: list[Problem] = []
        self._periods: dict[tuple[str, str], list[_Period]] = {}
        self._count_of: dict[str, int] = {}
        self._created_ms: int | None = None
        self._has_header = False
        self._is_closed = False
        self._nmi = ""

    def read(self, data: bytes) -> Problem | None:
        """Take in all records; the answer is a problem that refuses the whole file."""
        number = 0
        for number, raw in lines(data):
            refusal = self._place(number, fields_of(raw if b'"' not in raw else unquoted(raw)))
            if refusal is not None:
                return refusal
        if number == 0:
            return whole_file(self._file, 0, "file_empty", "The file holds nothing.")
        if not self._is_closed and not self._lenient:
            text = "The file ends without a 900 record, so its end may be missing."
            return whole_file(self._file, number, "end_missing", text)
        if not self._periods and not self._faults.by_nmi:
            return whole_file(self._file, number, "no_readings", "The file holds no readings.")
        return None

    def parsed(self, choices: Choices) -> ParsedFile:
        """Registers of all NMIs without a fault, and every problem."""
        sorted_out = {key: self._standing(*key, periods) for key, periods in self._periods.items()}
        registers = [
            self._register(nmi, suffix, periods, choices)
            for (nmi, suffix), periods in sorted_out.items()
            if nmi not in self._faults.by_nmi
        ]
        extent = {
            nmi: "its one period" if count == 1 else f"all {count} periods"
            for nmi, count in self._count_of.items()
        }
        problems = self._faults.problems(extent) + self._notices
        return ParsedFile(
            file=self._file,
            format=FORMAT,
            registers=tuple(register for register in registers if register is not None),
            problems=tuple(sorted(problems, key=lambda problem: (problem.line, problem.column))),
        )

    def _place(self, number: int, fields: Sequence[bytes]) -> Problem | None:
        record = fields[0]
        if record == b"100":
            if fields[1].upper() != b"NEM13":
                return whole_file(self._file, number, "header_wrong", "The 100 record does not say NEM13.", 2)
            self._created_ms = self._clock.stamp(fields[2])
            self._has_header, self._is_closed = True, False
            return None
        if not self._has_header and not self._lenient:
            text = "The file does not begin with a 100 record, so it may be cut off."
            return whole_file(self._file, number, "header_missing", text, 1)
        if self._is_closed and not self._lenient:
            return whole_file(self._file, number, "text_after_end", "Something follows the 900 record.", 1)
        match record:
            case b"250":
                self._take_period(number, fields)
            case b"550":
                pass  # why the meter was read: no consumption
            case b"900":
                self._is_closed = True
            case _:
                text = "This line begins with none of 100, 250, 550, 900."
                if not self._nmi:
                    return whole_file(self._file, number, "record_unknown", text, 1)
                self._faults.add(self._nmi, number, 1, "record_unknown", text)
        return None

    def _take_period(self, number: int, fields: Sequence[bytes]) -> None:
        """250,NMI,Configuration,RegisterID,Suffix,MDMStream,Serial,Direction, then the two reads.

        Fields from 1: 9 previous register read, 10 its time, 11 its quality, 14 current read, 15 its time,
        16 its quality, 19 quantity, 20 unit, 21 next scheduled read, 22 update, 23 MSATS load.
        """
        self._nmi = name_of(fields[1]) or f"(unnamed, line {number})"
        self._count_of[self._nmi] = self._count_of.get(self._nmi, 0) + 1
        suffix = name_of(fields[4]) or name_of(fields[3])
        direction = _DIRECTIONS.get(fields[7].upper())
        start_ms, end_ms = self._clock.stamp(fields[9]), self._clock.stamp(fields[14])
        method = quality_method(fields[15])
        update_ms = self._clock.stamp(fields[21]) if fields[21] else None
        unit = _unit(fields[19])
        wrong = [
            (2, "nmi_missing", "This record names no NMI.", not name_of(fields[1])),
            (5, "suffix_missing", "This record names neither an NMI suffix nor a register.", not suffix),
            (8, "direction_wrong", f"{shown(fields[7])} is no direction (E or I).", direction is None),
            (10, "read_time_wrong", f"{shown(fields[9])} is no time of a read.", start_ms is None),
            (15, "read_time_wrong", f"{shown(fields[14])} is no time of a read.", end_ms is None),
            (16, "quality_wrong", f"{shown(fields[15])} is no quality of a read.", method in {None, VARIES}),
            (20, "unknown_unit", f"The unit {shown(fields[19])} is not known.", unit is None),
            (
                22,
                "update_time_wrong",
                f"{shown(fields[21])} is no time.",
                bool(fields[21]) and update_ms is None,
            ),
        ]
        for column, code, text, holds in wrong:
            if holds:
                self._faults.add(self._nmi, number, column, code, text)
                return
        assert suffix and direction and start_ms is not None  # noqa: S101, PT018 - just checked
        assert end_ms is not None and method is not None and unit  # noqa: S101, PT018 - just checked
        if end_ms <= start_ms:
            text = "The current read is not later than the previous one."
            self._faults.add(self._nmi, number, 15, "read_time_wrong", text)
            return
        micro, quality = self._amount(number, fields, unit, method)
        if micro is None:
            return
        self._periods.setdefault((self._nmi, suffix), []).append(
            _Period(
                line=number,
                suffix=suffix,
                direction=direction,
                serial=name_of(fields[6]) or "",
                unit=unit,
                start_ms=start_ms,
                end_ms=end_ms,
                micro=micro,
                quality=quality,
                update_ms=update_ms,
                before=exact(fields[8]),
                after=exact(fields[13]),
            )
        )

    def _amount(
        self, number: int, fields: Sequence[bytes], unit: Unit, method: int
    ) -> tuple[int | None, int]:
        """The quantity in micro and its quality; None where it is at fault, which is told.

        The sender's quantity counts: it knows the multiplier and whether the counter wrapped.
        """
        if not fields[18]:
            if method == q.NULL:
                return 0, q.NULL
            self._faults.add(self._nmi, number, 19, "value_missing", "This period has no quantity.")
            return None, method
        quantity = exact(fields[18])
        if quantity is None:
            text = f"{shown(fields[18])} is no number."
            self._faults.add(self._nmi, number, 19, "value_not_a_number", text)
            return None, method
        if abs(quantity) * Decimal(float(unit.factor)) > MICRO_LIMIT // 10**6:
            text = f"{shown(fields[18])} is too large to be a reading."
            self._faults.add(self._nmi, number, 19, "value_out_of_range", text)
            return None, method
        if method == q.NULL:
            return 0, q.NULL
        micro = int(to_canonical(np.array([float(quantity)]), unit)[0])
        quality = method
        if micro < 0 and unit.quantity in AMOUNTS:
            quality |= q.SUSPECT
            text = f"NMI {self._nmi}: a negative period is kept and marked suspect."
            self._notice(number, 19, "negative_period", text)
        self._compare(number, fields, quantity)
        return micro, quality

    def _compare(self, number: int, fields: Sequence[bytes], quantity: Decimal) -> None:
        """Notice a quantity that is not the difference of the reads: a wrap, a multiplier, or an exchange."""
        before, after = exact(fields[8]), exact(fields[13])
        if before is None or after is None or abs(after - before - quantity) <= Decimal(1):
            return
        digits = len(fields[8].split(b".")[0].lstrip(b"+-"))
        if after < before and abs(after + Decimal(10) ** digits - before - quantity) <= Decimal(1):
            text = f"NMI {self._nmi}: the counter of {digits} digits began again at 0; the quantity agrees."
            self._notice(number, 14, "counter_wrapped", text)
            return
        text = (
            f"NMI {self._nmi}: the reads differ by {after - before:f}, the quantity says {quantity:f}. "
            "The quantity counts; a multiplier or a meter exchange may explain it."
        )
        self._notice(number, 19, "quantity_differs", text)

    def _standing(self, nmi: str, suffix: str, periods: list[_Period]) -> list[_Period]:
        """Periods by time, none over another.

        A later update takes the place of what it covers whole. Two that overlap otherwise cannot both be
        summed, and nobody knows which to cut: a fault.
        """
        first = periods[0]
        for period in periods:
            if period.unit.quantity is not first.unit.quantity or period.direction is not first.direction:
                text = f"NMI {nmi} {suffix} changes its quantity or direction within the file."
                self._faults.add(nmi, period.line, 8, "register_conflict", text)
        periods = self._chained(nmi, suffix, periods)
        # Where one of them is silent about its update, the order of the file tells.
        if all(period.update_ms is not None for period in periods):
            periods = sorted(periods, key=lambda period: period.update_ms or 0)
        standing: list[_Period] = []
        for period in periods:
            # What stands never overlaps, so it is sorted by start and by end alike.
            low = bisect_right(standing, period.start_ms, key=lambda held: held.end_ms)
            high = bisect_left(standing, period.end_ms, key=lambda held: held.start_ms)
            over = standing[low:high]
            if over and (over[0].start_ms < period.start_ms or over[-1].end_ms > period.end_ms):
                text = f"NMI {nmi} {suffix}: this period overlaps that of line {over[0].line}."
                self._faults.add(nmi, period.line, 10, "periods_overlap", text)
            standing[low:high] = [period]
        if len(standing) < len(periods):
            text = f"NMI {nmi} {suffix}: {len(periods) - len(standing)} periods are replaced by later ones."
            self._notice(first.line, 0, "period_sent_again", text)
        return standing

    def _chained(self, nmi: str, suffix: str, periods: list[_Period]) -> list[_Period]:
        """Periods whose reads follow one another although their times overlap: the later one begins later.

        Some senders state the start of the month as the time of the previous read.
        """
        moved: dict[int, int] = {}
        ordered = sorted(periods, key=lambda period: (period.start_ms, period.end_ms))
        for earlier, later in pairwise(ordered):
            overlaps = earlier.start_ms < later.start_ms < earlier.end_ms < later.end_ms
            if overlaps and later.before is not None and later.before == earlier.after:
                moved[later.line] = earlier.end_ms
                text = (
                    f"NMI {nmi} {suffix}: by its times this period begins before that of line {earlier.line} "
                    "ends, by its reads it follows it. It is taken to begin there."
                )
                self._notice(later.line, 10, "period_start_moved", text)
        return [replace(period, start_ms=moved.get(period.line, period.start_ms)) for period in periods]

    def _register(self, nmi: str, suffix: str, periods: list[_Period], choices: Choices) -> Register | None:
        taken = [period for period in periods if self._in_time(nmi, period, choices)]
        if not taken:
            return None
        updates = [self._created_ms if period.update_ms is None else period.update_ms for period in taken]
        return Register(
            meter=nmi,
            register=suffix,
            carrier=Carrier.ELECTRICITY,
            quantity=taken[-1].unit.quantity,
            direction=taken[-1].direction,
            kind=Kind.INTERVAL,
            unit=taken[-1].unit.canonical,
            readings=Readings(
                start_ms=np.array([period.start_ms for period in taken], dtype=np.int64),
                micro=np.array([period.micro for period in taken], dtype=np.int64),
                quality=np.array([period.quality for period in taken], dtype=np.uint8),
                step_s=None,
                duration_ms=np.array([period.end_ms - period.start_ms for period in taken], dtype=np.int64),
            ),
            update_ms=None
            if all(update is None for update in updates)
            else np.array([update or 0 for update in updates], dtype=np.int64),
            serial=taken[-1].serial,
            spreads=True,
        )

    def _in_time(self, nmi: str, period: _Period, choices: Choices) -> bool:
        """A period counts by its end for the future, by its start for retention."""
        is_old, is_future = period.start_ms < choices.oldest_ms, period.end_ms > choices.now_ms + FUTURE_MS
        if is_old or is_future:
            why = "begins before what this system keeps" if is_old else "ends in the future"
            self._notices.append(
                Problem(
                    file=self._file,
                    line=period.line,
                    column=10 if is_old else 15,
                    code="reading_too_old" if is_old else "reading_in_future",
                    text=f"NMI {nmi} {period.suffix}: this period {why}.",
                    refused=f"NMI {nmi} {period.suffix}, 1 period",
                )
            )
        return not (is_old or is_future)

    def _notice(self, line: int, column: int, code: str, text: str) -> None:
        self._notices.append(Problem(file=self._file, line=line, column=column, code=code, text=text))


def _unit(text: bytes) -> Unit | None:
    try:
        return unit_of(name_of(text) or "")
    except InvalidError:
        return None
