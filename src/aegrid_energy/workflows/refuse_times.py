"""Refuse readings that are older than readings are kept or too far in the future. Pure.

Readers of files refuse by line; this is the last door, which every way in passes.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

import numpy as np

from aegrid_energy.domain.problems import Problem
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.ingestion.parsed import ParsedFile, Register

#: How far ahead of the clock a reading may start. [ms]
FUTURE_MS: Final = 300_000


def without_wrong_times(one: ParsedFile, *, now: datetime, keep_from: datetime | None) -> ParsedFile:
    """What of a file or message may be stored; each register that had more is told among the problems.

    Args:
        one: As read.
        now: The clock.
        keep_from: Start of what is kept; None: everything is.
    """
    last_ms = ms_of(now) + FUTURE_MS
    first_ms = None if keep_from is None else ms_of(keep_from)
    kept: list[Register] = []
    problems: list[Problem] = []
    for register in one.registers:
        start_ms = register.readings.start_ms
        low = 0 if first_ms is None else int(np.searchsorted(start_ms, first_ms))
        high = int(np.searchsorted(start_ms, last_ms, side="right"))
        if low:
            text = "are older than readings are kept here. Ask an administrator if they should be."
            problems.append(_refused(one, register, low, "reading_past_retention", text))
        if high < len(start_ms):
            text = "start more than 5 minutes from now. Check the clock and the zone of the sender."
            problems.append(_refused(one, register, len(start_ms) - high, "reading_in_future", text))
        if low < high or not len(start_ms):
            kept.append(_cut(register, slice(low, high)))
    if not problems:
        return one
    return replace(one, registers=tuple(kept), problems=(*one.problems, *problems))


def _refused(one: ParsedFile, register: Register, count: int, code: str, text: str) -> Problem:
    name = f"{register.meter} {register.register}".strip()
    readings = "1 reading" if count == 1 else f"{count:,} readings"
    return Problem(
        file=one.file,
        line=0,
        column=0,
        code=code,
        text=f"{readings} of {name} {text}",
        refused=f"{name}, {readings}",
    )


def _cut(register: Register, part: slice) -> Register:
    r = register.readings
    if part == slice(0, len(r)):
        return register
    return replace(
        register,
        readings=Readings(
            start_ms=r.start_ms[part],
            micro=r.micro[part],
            quality=r.quality[part],
            step_s=r.step_s,
            duration_ms=None if r.duration_ms is None else r.duration_ms[part],
        ),
        update_ms=None if register.update_ms is None else register.update_ms[part],
    )
