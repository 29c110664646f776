"""What every reader of a file hands on: registers with exact readings, and problems."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.problems import Problem
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import Carrier, Direction, Kind, Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """One register of one meter at one interval length, as a file gives it.

    Args:
        meter: NMI, or the name in the file.
        register: Suffix or column ("E1", "consumption").
        carrier: What flows, as far as the file says.
        quantity, direction, kind: What the register counts.
        unit: Canonical unit of the values.
        readings: The later of two sendings of an interval stands.
        update_ms: When the sender last touched each reading, ms since the epoch UTC, int64, shape (n,);
            None where the file does not say. A later one outranks an earlier of the same provider.
        serial: Serial of the device, where given.
        spreads: A reading covers a long period (a bill) and is never spread over days unasked.
    """

    meter: str
    register: str
    carrier: Carrier
    quantity: Quantity
    direction: Direction
    kind: Kind
    unit: str
    readings: Readings
    update_ms: NDArray[np.int64] | None = None
    serial: str = ""
    spreads: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFile:
    """The outcome of reading one file (or one member of an archive).

    `problems` whose `refused` is empty are notices; a file with no register and a refusal loads nothing.
    """

    file: str
    format: str
    registers: tuple[Register, ...] = ()
    problems: tuple[Problem, ...] = ()
    #: What the file did not say and a rule proposed; a person confirms before it is loaded.
    proposal: "Proposal | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a table file seems to mean; nothing is loaded from it until somebody confirms.

    Args:
        layout: "long" (one reading a row) or "wide" (one column a meter).
        time_column, end_column: Names of the columns with the start (or only) and end of intervals.
        meter_column: Column that names the meter in a long file; empty where the file is one meter.
        value_columns: Columns with values, and what each is taken for.
        zone: "UTC", a fixed offset "+10:00", or an IANA name.
        stamps: "start" or "end" of the interval.
        step_s: Interval length; None where irregular. [s]
        date_order: "ymd", "ydm", "dmy", "mdy", or "ymd_swapped" (day and month changed places where both are
            twelve or less).
        decimal: "." or ",".
        register_column: Column that names the register of a long file; empty where there is none.
        quality_column: Column that says how far each reading can be trusted; empty where there is none.
        clock_column, period_column, unit_column: Columns with the time of day, the number of the interval
            within the day, and the unit of each row; empty where there is none.
        columns: Names of all columns, in the order of the file.
        reasons: Why things are taken as they are, in words.
        assumed: What the file does not say and a rule decided, in words; a person confirms it.
        questions: What could not be decided from the file, in words; empty = the proposal is safe to accept.
        sample: First rows as read, for the eye.
    """

    layout: str
    time_column: str
    end_column: str = ""
    meter_column: str = ""
    value_columns: tuple["ValueColumn", ...] = ()
    zone: str = ""
    stamps: str = "start"
    step_s: int | None = None
    date_order: str = "ymd"
    decimal: str = "."
    register_column: str = ""
    quality_column: str = ""
    clock_column: str = ""
    period_column: str = ""
    unit_column: str = ""
    columns: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    sample: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueColumn:
    """One column of values and what it is taken for."""

    name: str
    meter: str
    register: str
    unit: str
    kind: Kind
    quantity: Quantity
    direction: Direction = Direction.IMPORT
    carrier: Carrier = Carrier.OTHER
    reasons: tuple[str, ...] = field(default=())
