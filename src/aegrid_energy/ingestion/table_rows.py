"""When the rows of a table were, and of which series each is: the half of a table that is not figures."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aegrid_energy.domain.zones import offset_ms
from aegrid_energy.ingestion.arrow import Column, compute
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.columns import zone_in
from aegrid_energy.ingestion.series_of_rows import Axis, Counted, axis, usual_step_s
from aegrid_energy.ingestion.table import Table, printable
from aegrid_energy.ingestion.table_meaning import Notes
from aegrid_energy.ingestion.table_numbers import numbers
from aegrid_energy.ingestion.table_roles import Roles
from aegrid_energy.ingestion.table_times import clock_times, is_text, time_kind, wall_times
from aegrid_energy.ingestion.wall_clock import instants

_DAY_MS: Final = 86_400_000
#: A source's clock may be this far ahead of ours before a reading counts as from the future. [ms]
_FUTURE_MS: Final = 5 * 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows by series, in order of time.

    Args:
        axes: One a series; times as stamped.
        keys: (meter, register, unit) of each series, as the file's key columns say; empty texts where none.
        zone: Zone of the times; empty where nobody said.
        stamps: Which side of its interval a time marks: "start" or "end".
        step_s: Length of most intervals; None where none prevails. [s]
        order: How dates are written.
    """

    axes: list[Axis]
    keys: list[tuple[str, str, str]]
    zone: str
    stamps: str
    step_s: int | None
    order: str


@dataclass(slots=True, kw_only=True)
class _Times:
    """Times of all rows.

    Args:
        wall_ms: Wall clock as written, shape (n,).
        is_valid: Where there is one, shape (n,).
        offset_ms: Offset that a cell names, shape (n,); None where none does.
        end_ms: Wall clock of the interval's end, shape (n,); None where the file has no such column.
        order: How dates are written.
    """

    wall_ms: NDArray[np.int64]
    is_valid: NDArray[np.bool_]
    offset_ms: NDArray[np.int64] | None
    end_ms: NDArray[np.int64] | None
    order: str


def read_rows(table: Table, choices: Choices, roles: Roles, notes: Notes, counted: Counted) -> Rows:
    """The rows of a table; reasons and questions go to `notes`, problems to `counted`."""
    return _RowReader(table, choices, roles, notes, counted).read()


class _RowReader:
    """The rows of one table on their way."""

    def __init__(self, table: Table, choices: Choices, roles: Roles, notes: Notes, counted: Counted) -> None:
        self.table = table
        self.choices = choices
        self.roles = roles
        self.notes = notes
        self.counted = counted

    def read(self) -> Rows:
        times = self._times()
        zone = self._zone()
        codes, keys = self._keys()
        at, valid = self._instants(times, zone, codes)
        axes = self._axes(at, times, valid, codes, len(keys))
        step_s = self._step_s(axes)
        stamps = self._stamps(times, step_s, zone)
        return Rows(axes=axes, keys=keys, zone=zone, stamps=stamps, step_s=step_s, order=times.order)

    def _times(self) -> _Times:
        roles, table = self.roles, self.table
        order = ""
        found = wall_times(table.column(roles.time), order)
        wall, valid = found.wall_ms, found.is_valid
        if found.question:
            self.notes.questions.append(f"'{roles.time}': {found.question}")
        if roles.clock:
            clock, is_clock = clock_times(table.column(roles.clock))
            wall, valid = wall + clock, valid & is_clock
        elif roles.period and roles.period_s:
            period = numbers(table.column(roles.period)).values
            is_period = np.isfinite(period) & (period >= 1)
            wall = wall + (np.where(is_period, period, 1).astype(np.int64) - 1) * roles.period_s * 1000
            valid = valid & is_period
        end = None
        if roles.end:
            until = wall_times(table.column(roles.end), found.order if found.order in {"dmy", "mdy"} else "")
            end, valid = until.wall_ms - _or_zero(until.offset_ms), valid & until.is_valid
        filled = np.flatnonzero(~valid & self._is_filled())
        self.counted.add(
            "bad_time", filled, "{n} rows have no time that can be read.",
            column=table.place(roles.time), refused="{n} rows",
        )  # fmt: skip
        return _Times(wall_ms=wall, is_valid=valid, offset_ms=found.offset_ms, end_ms=end, order=found.order)

    def _is_filled(self) -> NDArray[np.bool_]:
        """Rows in which any cell of the wanted columns is filled."""
        filled = np.zeros(len(self.table), dtype=bool)
        for name in (*self.roles.values[:20], self.roles.time):
            filled |= self.table.column(name).is_valid().to_numpy(zero_copy_only=False)
        return filled

    def _zone(self) -> str:
        kind = time_kind(self.roles.time, self.table.column(self.roles.time))
        if kind is not None and kind.is_aware:
            self.notes.reasons.append(f"Times in '{self.roles.time}' say their own offset.")
            return "UTC"
        named = zone_in(self.roles.time) or zone_in(self.roles.clock)
        if named:
            self.notes.reasons.append(f"The name '{self.roles.time}' says the zone: {named}.")
            return named
        if self.choices.zone:
            return self.choices.zone
        self.notes.questions.append(
            f"Times in '{self.roles.time}' have no zone: is it the site's own clock, a fixed offset, or UTC?"
        )
        return ""

    def _instants(
        self, times: _Times, zone: str, codes: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Instants as stamped (start or end is decided later), and where they can be used."""
        if times.offset_ms is not None:
            return times.wall_ms - times.offset_ms, times.is_valid
        if not zone or zone == "UTC":
            return times.wall_ms, times.is_valid
        valid = times.is_valid.copy()
        rows = np.flatnonzero(valid)
        at = times.wall_ms.copy()
        found = instants(at[rows], zone, codes[rows] if codes is not None else None)
        at[rows] = found.ms
        valid[rows[found.is_missing]] = False
        self.counted.add(
            "skipped_hour", rows[found.is_missing],
            f"{{n}} rows stand in an hour that clocks of {zone} skip. Is it a fixed offset, like +10:00?",
            refused="{n} rows",
        )  # fmt: skip
        self.counted.add(
            "doubled_hour", rows[found.is_guessed],
            f"{{n}} rows stand in an hour that clocks of {zone} run twice, and the file has it once: "
            "taken for the first.",
        )  # fmt: skip
        if times.end_ms is not None:
            ends = instants(times.end_ms[rows], zone, codes[rows] if codes is not None else None)
            times.end_ms[rows] = ends.ms
        return at, valid

    def _keys(self) -> tuple[NDArray[np.int64] | None, list[tuple[str, str, str]]]:
        """Which series each row is of, and (meter, register, unit) of each; None = all rows are one."""
        roles = self.roles
        names = [name for name in (roles.meter, roles.register, roles.unit) if name]
        if not names:
            return None, [("", "", "")]
        parts = [as_text(self.table.column(name)) for name in names]
        codes = np.zeros(len(self.table), np.int64)
        words: list[list[str]] = []
        for part in parts:
            coded = part.dictionary_encode()
            words.append([printable(str(word)[:80]) for word in coded.dictionary.to_pylist()])
            codes = codes * max(len(words[-1]), 1) + compute.fill_null(coded.indices, 0).to_numpy(
                zero_copy_only=False
            )
        unique, codes = np.unique(codes, return_inverse=True)
        keys: list[tuple[str, str, str]] = []
        for code in unique.tolist():
            spelled: dict[str, str] = {}
            for name, vocabulary in zip(reversed(names), reversed(words), strict=True):
                spelled[name] = vocabulary[code % max(len(vocabulary), 1)] if vocabulary else ""
                code //= max(len(vocabulary), 1)  # noqa: PLW2901
            keys.append(
                (spelled.get(roles.meter, ""), spelled.get(roles.register, ""), spelled.get(roles.unit, ""))
            )
        return codes.astype(np.int64), keys

    def _axes(
        self,
        at: NDArray[np.int64],
        times: _Times,
        valid: NDArray[np.bool_],
        codes: NDArray[np.int64] | None,
        count: int,
    ) -> list[Axis]:
        valid = self._in_time(at, valid)
        duration = None
        if times.end_ms is not None:
            duration = times.end_ms - at
            backward = valid & (duration <= 0)
            self.counted.add(
                "ends_before_start", np.flatnonzero(backward), "{n} intervals end before they start.",
                column=self.table.place(self.roles.end), refused="{n} rows",
            )  # fmt: skip
            valid = valid & ~backward
        rows = np.flatnonzero(valid)
        if codes is None:
            return [axis(rows, at, duration)]
        order = rows[np.argsort(codes[rows], kind="stable")]
        edges = np.searchsorted(codes[order], np.arange(count + 1))
        return [axis(order[low:high], at, duration) for low, high in pairwise(edges)]

    def _in_time(self, at: NDArray[np.int64], valid: NDArray[np.bool_]) -> NDArray[np.bool_]:
        future = valid & (at > self.choices.now_ms + _FUTURE_MS)
        old = valid & (at < self.choices.oldest_ms)
        self.counted.add(
            "in_the_future", np.flatnonzero(future), "{n} rows are from the future.", refused="{n} rows",
        )  # fmt: skip
        self.counted.add(
            "too_old", np.flatnonzero(old), "{n} rows are older than readings are kept.", refused="{n} rows"
        )
        return valid & ~future & ~old

    def _step_s(self, axes: list[Axis]) -> int | None:
        if self.choices.interval_s:
            return self.choices.interval_s
        durations = [line.duration_ms for line in axes if line.duration_ms is not None and len(line.rows)]
        if durations:
            kinds, counts = np.unique(np.concatenate(durations), return_counts=True)
            best = int(kinds[counts.argmax()])
            return best // 1000 if best % 1000 == 0 and counts.max() > 0.5 * counts.sum() else None
        steps = [step for line in axes[:200] if (step := usual_step_s(line.start_ms)) is not None]
        if not steps:
            self.notes.questions.append(
                "No interval length prevails: readings are taken as irregular. Is that right?"
            )
            return None
        kinds, counts = np.unique(steps, return_counts=True)
        step = int(kinds[counts.argmax()])
        self.notes.reasons.append(f"Most rows are {_span(step)} apart.")
        return step

    def _stamps(  # noqa: PLR0911  one return a piece of evidence
        self, times: _Times, step_s: int | None, zone: str
    ) -> str:
        """Which side of its interval a stamp marks."""
        roles, notes = self.roles, self.notes
        if roles.end or roles.period:
            return "start"
        if roles.is_end_stamp:
            if not roles.is_stamp_chosen:
                notes.reasons.append(f"The name '{roles.time}' says that times mark the end of the interval.")
            return "end"
        if roles.is_start_stamp or roles.is_stamp_chosen:
            notes.reasons.append(f"'{roles.time}' marks the start of the interval.")
            return "start"
        if step_s is None or step_s >= 86_400 or not times.is_valid.any() or zone == "UTC":
            notes.assumed.append("Times are taken for the start of the interval.")
            return "start"
        wall = times.wall_ms[times.is_valid]
        first, last, step = int(wall.min()) % _DAY_MS, int(wall.max()) % _DAY_MS, step_s * 1000
        for_end = (first == step) + (last == 0)
        for_start = (first == 0) + (last == _DAY_MS - step)
        if for_end > for_start:
            notes.assumed.append(
                f"Times run from {_clock(first)} to {_clock(last)}: taken for the end of the interval."
            )
            return "end"
        if first == step and for_end == for_start:
            notes.questions.append(
                f"Times run from {_clock(first)}, which speaks for the end of the interval, "
                f"to {_clock(last)}, which speaks for its start: they are taken for the start. Is that right?"
            )
            return "start"
        notes.assumed.append(
            f"Times run from {_clock(first)} to {_clock(last)}: taken for the start of the interval."
        )
        return "start"


def shifted(line: Axis, stamps: str, step_s: int | None, zone: str) -> Axis:
    """An axis of end stamps as starts."""
    if stamps != "end" or step_s is None:
        return line
    if step_s < 86_400:
        return replace(line, start_ms=line.start_ms - step_s * 1000)
    # A day ends where the clock says so, and may have had 23 or 25 hours.
    wall = line.start_ms + (offset_ms(zone, line.start_ms) if zone != "UTC" else 0) - step_s * 1000
    return replace(line, start_ms=instants(wall, zone).ms if zone != "UTC" else wall)


def _or_zero(offset_ms: NDArray[np.int64] | None) -> NDArray[np.int64] | int:
    return 0 if offset_ms is None else offset_ms


def as_text(column: Column) -> Column:
    """A column of keys as text: trimmed, whole numbers without a point, empty for null."""
    if is_text(column):
        return compute.fill_null(compute.utf8_trim_whitespace(column), "")
    if pa.types.is_floating(column.type):
        column = column.cast(pa.int64(), safe=False)
    return compute.fill_null(column.cast(pa.string()), "")


def _span(step_s: int) -> str:
    if step_s % 86_400 == 0:
        return f"{step_s // 86_400} days" if step_s > 86_400 else "a day"
    return f"{step_s // 60} minutes" if step_s % 60 == 0 else f"{step_s} seconds"


def _clock(ms: int) -> str:
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}"
