"""Days of interval values, as NEM12 sends them, become the readings of a register."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.problems import Problem
from aegrid_energy.domain.readings import MICRO, MICRO_LIMIT, Readings
from aegrid_energy.domain.series import AMOUNTS, Carrier, Direction, Kind, Quantity
from aegrid_energy.domain.units import Unit, to_canonical
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.decimals import decimals
from aegrid_energy.ingestion.interval_record import BEFORE_VALUES
from aegrid_energy.ingestion.mdff import FUTURE_MS, VARIES, Faults, day_name
from aegrid_energy.ingestion.parsed import Register
from aegrid_energy.ingestion.suffixes import suffix_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One 400 record: the quality of slots `first` to `last`, from 1, both inside."""

    line: int
    first: int
    last: int
    quality: int


@dataclass(slots=True, kw_only=True)
class Day:
    """One 300 record; `values` is its value fields as text, already counted."""

    line: int
    start_ms: int
    values: bytes
    quality: int
    update_ms: int | None
    unit: Unit
    serial: str
    events: list[Event] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Stream:
    """The days of one NMI suffix at one interval length, in the order of the file."""

    nmi: str
    suffix: str
    step_s: int
    quantity: Quantity
    line: int
    #: As the 200 record read last says.
    unit: Unit
    serial: str
    days: list[Day] = field(default_factory=list)

    @property
    def slots(self) -> int:
        """Intervals in a day."""
        return 86_400 // self.step_s

    @property
    def title(self) -> str:
        """How sentences name it."""
        return f"NMI {self.nmi} {self.suffix}"


def register_of(
    stream: Stream, *, faults: Faults, choices: Choices, created_ms: int | None, offset_ms: int
) -> tuple[Register | None, list[Problem]]:
    """The register of a stream, and notices; faults go to `faults` and leave no register.

    Args:
        stream: At least one day.
        faults: Where a bad day refuses the NMI.
        choices: For the oldest and the latest instant taken.
        created_ms: When the file was made: stands where a day does not say when it was updated.
        offset_ms: Of the market's clock, to name days.
    """
    micro, quality, notices = _checked(stream, faults)
    if stream.nmi in faults.by_nmi:
        return None, []
    rows, resent = _standing(stream.days)
    if resent:
        notices.append(
            _notice(
                faults.file,
                resent,
                "day_sent_again",
                f"{stream.title}: {len(stream.days) - len(rows)} days stand more than once in this file. "
                "The later update stands.",
            )
        )
    step_ms = stream.step_s * 1000
    days_ms = np.array([stream.days[row].start_ms for row in rows], dtype=np.int64)
    start_ms = (days_ms[:, None] + np.arange(stream.slots, dtype=np.int64) * step_ms).ravel()
    taken, refusals = _in_time(start_ms, stream, choices, faults.file, offset_ms)
    notices += refusals
    serials = list(dict.fromkeys(stream.days[row].serial for row in rows))
    if len(serials) > 1:
        names = ", then ".join(name or "(unnamed)" for name in serials)
        text = f"{stream.title} was measured by meters {names}."
        notices.append(_notice(faults.file, stream.line, "meter_exchanged", text))
    meaning = suffix_of(stream.suffix)
    updates = _updates([stream.days[row] for row in rows], created_ms)
    every = slice(None) if taken.all() else taken
    return Register(
        meter=stream.nmi,
        register=stream.suffix,
        carrier=_carrier(stream.quantity),
        quantity=stream.quantity,
        direction=meaning.direction if meaning else Direction.NET,
        kind=Kind.INTERVAL if stream.quantity in AMOUNTS else Kind.INSTANT,
        unit=stream.days[0].unit.canonical,
        readings=Readings(
            start_ms=start_ms[every],
            micro=micro[rows].ravel()[every],
            quality=quality[rows].ravel()[every],
            step_s=stream.step_s,
        ),
        update_ms=None if updates is None else np.repeat(updates, stream.slots)[every],
        serial=serials[-1],
    ), notices


def _checked(stream: Stream, faults: Faults) -> tuple[NDArray[np.int64], NDArray[np.uint8], list[Problem]]:
    """Values in micro and qualities, each of shape (days, slots), every field looked at."""
    shape = (len(stream.days), stream.slots)
    read = decimals(b",".join(day.values for day in stream.days))
    quality = _qualities(stream, faults)
    values = read.values.reshape(shape)
    is_null = quality == q.NULL
    missing = np.flatnonzero(read.is_empty.reshape(shape) & ~is_null)
    for codes, text, where in (
        ("value_not_a_number", "is no number", read.bad),
        ("value_missing", "has no value, and its quality is not null", missing),
    ):
        for index in where.tolist():
            _fault(stream, faults, index, codes, text)
    micro = np.zeros(shape, dtype=np.int64)
    for unit in {day.unit.code: day.unit for day in stream.days}.values():
        rows = np.flatnonzero([day.unit.code == unit.code for day in stream.days])
        part = values[rows]
        far = np.abs(part) > MICRO_LIMIT / float(unit.factor * MICRO)
        for place in np.flatnonzero(far).tolist():
            index = int(rows[place // stream.slots]) * stream.slots + place % stream.slots
            _fault(stream, faults, index, "value_out_of_range", "is too large to be a reading")
        micro[rows] = to_canonical(np.where(far, 0.0, part).ravel(), unit).reshape(part.shape)
    notices: list[Problem] = []
    odd = is_null & (micro != 0)
    if odd.any():
        text = f"{stream.title}: {odd.sum()} intervals have quality null and a value; they stay null."
        notices.append(_notice(faults.file, _line(stream, odd), "null_with_value", text))
        micro[odd] = 0
    negative = micro < 0
    if stream.quantity in AMOUNTS and negative.any():
        quality[negative] |= q.SUSPECT
        text = f"{stream.title}: {negative.sum()} negative intervals are kept and marked suspect."
        notices.append(_notice(faults.file, _line(stream, negative), "negative_interval", text))
    return micro, quality, notices


def _qualities(stream: Stream, faults: Faults) -> NDArray[np.uint8]:
    """The quality of every slot; a day that varies must be covered by its 400 records, once each slot."""
    codes = np.array([day.quality for day in stream.days], dtype=np.uint8)
    quality = np.repeat(codes, stream.slots).reshape(len(codes), stream.slots)
    for row, day in enumerate(stream.days):
        if not day.events:
            if day.quality == VARIES:
                text = "This day's quality varies (V), and no 400 record says how."
                faults.add(
                    stream.nmi, day.line, BEFORE_VALUES + stream.slots + 1, "quality_events_missing", text
                )
            continue
        covered = np.zeros(stream.slots, dtype=bool)
        for event in day.events:
            span = slice(event.first - 1, event.last)
            if covered[span].any():
                text = f"Intervals {event.first} to {event.last} stand in more than one 400 record."
                faults.add(stream.nmi, event.line, 2, "quality_events_overlap", text)
            covered[span] = True
            quality[row, span] = event.quality
        if day.quality == VARIES and not covered.all():
            gap = int(np.flatnonzero(~covered)[0]) + 1
            text = (
                f"The 400 records say nothing of interval {gap}; a day of varying quality needs all of them."
            )
            faults.add(stream.nmi, day.events[-1].line, 3, "quality_events_gap", text)
    return quality


def _standing(days: list[Day]) -> tuple[list[int], int]:
    """Rows that stand, by time, and the line of the first day sent again (0 if none).

    Of two sendings the later update stands; equal or unknown, the later in the file.
    """
    standing: dict[int, int] = {}
    resent = 0
    for row, day in enumerate(days):
        held = standing.get(day.start_ms)
        if held is not None:
            resent = resent or day.line
            before, after = days[held].update_ms, day.update_ms
            if before is not None and after is not None and after < before:
                continue
        standing[day.start_ms] = row
    return [standing[start] for start in sorted(standing)], resent


def _in_time(
    start_ms: NDArray[np.int64], stream: Stream, choices: Choices, file: str, offset_ms: int
) -> tuple[NDArray[np.bool_], list[Problem]]:
    """Which readings are neither older than retention nor from the future, and what was refused."""
    old, future = start_ms < choices.oldest_ms, start_ms > choices.now_ms + FUTURE_MS
    problems: list[Problem] = []
    for mask, code, why in (
        (old, "reading_too_old", "are older than what this system keeps"),
        (future, "reading_in_future", "lie in the future; check the dates or the clock's offset"),
    ):
        if mask.any():
            first, last = int(start_ms[mask][0]), int(start_ms[mask][-1])
            span = f"{day_name(first, offset_ms)} to {day_name(last, offset_ms)}"
            problems.append(
                Problem(
                    file=file,
                    line=min(day.line for day in stream.days if first - 86_400_000 < day.start_ms <= last),
                    column=2,
                    code=code,
                    text=f"{stream.title}: {mask.sum()} readings of {span} {why}.",
                    refused=f"{stream.title}, {mask.sum()} readings",
                )
            )
    return ~(old | future), problems


def _updates(days: list[Day], created_ms: int | None) -> NDArray[np.int64] | None:
    """When each day was last touched; the file's own date where a day is silent, else long ago."""
    if created_ms is None and all(day.update_ms is None for day in days):
        return None
    spare = created_ms or 0
    return np.array([spare if day.update_ms is None else day.update_ms for day in days], dtype=np.int64)


def _carrier(quantity: Quantity) -> Carrier:
    if quantity is Quantity.FUEL_ENERGY:
        return Carrier.GAS
    # A volume may be gas or water; the file does not say.
    return Carrier.OTHER if quantity is Quantity.VOLUME else Carrier.ELECTRICITY


def _fault(stream: Stream, faults: Faults, index: int, code: str, text: str) -> None:
    row, slot = divmod(index, stream.slots)
    column = BEFORE_VALUES + slot + 1
    faults.add(stream.nmi, stream.days[row].line, column, code, f"Interval {slot + 1} of this day {text}.")


def _line(stream: Stream, mask: NDArray[np.bool_]) -> int:
    return stream.days[int(np.flatnonzero(mask.any(axis=1))[0])].line


def _notice(file: str, line: int, code: str, text: str) -> Problem:
    return Problem(file=file, line=line, column=0, code=code, text=text)
