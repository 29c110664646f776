"""Rows of a column as readings of a series: order, repeats, grid, gaps, limits; everything counted."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.problems import Problem
from aegrid_energy.domain.quality import SUSPECT
from aegrid_energy.domain.readings import MICRO, MICRO_LIMIT, Readings, micro_from_float32
from aegrid_energy.domain.series import Kind
from aegrid_energy.domain.units import Unit, to_canonical

_DAY_S: Final = 86_400
#: Rows off the grid up to this share are slips, and left out; above it the series has no grid.
_SLIPS: Final = 0.01
#: Share of differences between neighbouring times that must be equal before they make a step.
_MODE: Final = 0.5
#: A gap longer than this many usual intervals is a hole, not a long interval.
_HOLE: Final = 1.5


@dataclass(slots=True, kw_only=True)
class Counted:
    """Problems that concern many rows, one of each kind, with the first row it was seen on.

    Args:
        file: Name as shown.
        line: Line of a row.
    """

    file: str
    line: Callable[[int], int]
    found: dict[tuple[str, int], tuple[int, int, str, str]] = field(default_factory=dict)

    def add(
        self, code: str, rows: NDArray[np.intp], text: str, *, column: int = 0, refused: str = ""
    ) -> None:
        """Count rows under a code and column; `{n}` in the words becomes their number."""
        if not len(rows):
            return
        count, first, _, _ = self.found.get((code, column), (0, int(rows[0]), text, refused))
        self.found[code, column] = (count + len(rows), min(first, int(rows.min())), text, refused)

    def problems(self) -> tuple[Problem, ...]:
        """One problem a code and column."""
        return tuple(
            Problem(
                file=self.file,
                line=self.line(first),
                column=column,
                code=code,
                text=text.replace("{n}", f"{count:,}"),
                refused=refused.replace("{n}", f"{count:,}"),
            )
            for (code, column), (count, first, text, refused) in self.found.items()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """Rows of one series in order of time; equal times stand in the order of the file.

    Args:
        rows: Row numbers in the table, shape (n,).
        start_ms: Start of each, ascending, int64, shape (n,). [ms since the epoch]
        duration_ms: Length of each where the file says both ends, shape (n,); None where it does not. [ms]
        has_repeats: Some times come more than once.
    """

    rows: NDArray[np.intp]
    start_ms: NDArray[np.int64]
    duration_ms: NDArray[np.int64] | None
    has_repeats: bool


def axis(rows: NDArray[np.intp], start_ms: NDArray[np.int64], duration_ms: NDArray[np.int64] | None) -> Axis:
    """Rows in order of time.

    Args:
        rows: Row numbers of the series, in the order of the file, shape (k,).
        start_ms: Start of every row of the table, shape (n,).
        duration_ms: The same for lengths, or None.
    """
    own = start_ms[rows]
    steps = np.diff(own)
    if (steps < 0).any():
        order = np.argsort(own, kind="stable")
        rows, own = rows[order], own[order]
        steps = np.diff(own)
    return Axis(
        rows=rows,
        start_ms=own,
        duration_ms=None if duration_ms is None else duration_ms[rows],
        has_repeats=bool((steps == 0).any()),
    )


def usual_step_s(start_ms: NDArray[np.int64]) -> int | None:
    """The seconds that most neighbouring times are apart; None where no step prevails.

    Args:
        start_ms: Ascending, repeats allowed, shape (n,).
    """
    steps = np.diff(start_ms)
    steps = steps[steps > 0]
    if not len(steps):
        return None
    kinds, counts = np.unique(steps, return_counts=True)
    best = int(counts.argmax())
    step = int(kinds[best])
    return step // 1000 if counts[best] >= _MODE * len(steps) and step % 1000 == 0 else None


def readings(
    line: Axis,
    values: NDArray[np.float64],
    unit: Unit,
    kind: Kind,
    step_s: int | None,
    quality: NDArray[np.uint8] | None,
    counted: Counted,
    *,
    column: int,
    is_float32: bool,
    is_import: bool,
) -> Readings | None:
    """Readings of one column over one axis; None where nothing is left.

    Args:
        line: The rows.
        values: Figures of the whole table, NaN where there is none, shape (all rows,). [unit]
        unit: What they are in.
        kind: What they are.
        step_s: Length of the intervals, where one prevails. [s]
        quality: Quality bytes of the whole table, shape (all rows,); None = all actual.
        counted: Problems are added here.
        column: Number of the column, for problems.
        is_float32: Figures came as float32.
        is_import: The register cannot run backwards, so a value below zero is suspect.
    """
    own = values[line.rows]
    held = np.isfinite(own)
    too_large = held & (np.abs(own) * float(unit.factor) > MICRO_LIMIT / MICRO)
    if too_large.any():
        counted.add(
            "value_out_of_range", line.rows[too_large], "{n} values are larger than any meter counts.",
            column=column, refused="{n} values",
        )  # fmt: skip
        held &= ~too_large
    kept = np.flatnonzero(held)
    if line.has_repeats:
        kept = _last_of_each(line, own, kept, counted, column)
    duration = None if line.duration_ms is None else line.duration_ms[kept]
    grid_s = step_s
    if step_s is not None and kind is Kind.INTERVAL and duration is None:
        kept = _without_slips(line, kept, step_s, counted, column)
    if not len(kept):
        return None
    start = line.start_ms[kept]
    if grid_s is not None and not _on_grid(start, duration, grid_s):
        grid_s = None
    micro = _micro(own[kept], unit, is_float32=is_float32)
    marks = np.zeros(len(kept), np.uint8) if quality is None else quality[line.rows[kept]]
    if is_import and kind is Kind.INTERVAL and bool((micro < 0).any()):
        below = micro < 0
        marks = marks | np.where(below, SUSPECT, 0).astype(np.uint8)
        counted.add(
            "negative_values", line.rows[kept[below]], "{n} values are below zero: kept, and marked suspect.",
            column=column,
        )  # fmt: skip
    if grid_s is None and kind is Kind.INTERVAL and duration is None:
        duration = _to_next(start, step_s)
    return Readings(
        start_ms=start,
        micro=micro,
        quality=marks,
        step_s=grid_s,
        duration_ms=duration if grid_s is None and kind is Kind.INTERVAL else None,
    )


def _last_of_each(
    line: Axis, own: NDArray[np.float64], kept: NDArray[np.intp], counted: Counted, column: int
) -> NDArray[np.intp]:
    start = line.start_ms[kept]
    again = start[1:] == start[:-1]
    if not again.any():
        return kept
    before, after = kept[:-1][again], kept[1:][again]
    differs = own[before] != own[after]
    counted.add(
        "repeated_times",
        line.rows[before],
        "{n} rows repeat a time that comes again later in the file: the later row stands.",
        column=column,
    )
    counted.add(
        "repeats_differ",
        line.rows[before[differs]],
        "{n} of the repeated rows had another value than the later one.",
        column=column,
    )
    return kept[np.append(~again, True)]


def _without_slips(
    line: Axis, kept: NDArray[np.intp], step_s: int, counted: Counted, column: int
) -> NDArray[np.intp]:
    phase = line.start_ms[kept] % (step_s * 1000)
    phases, counts = np.unique(phase, return_counts=True)
    if len(phases) < 2:
        return kept
    usual = phase == phases[counts.argmax()]
    slips = np.count_nonzero(~usual)
    if slips > _SLIPS * len(kept) or step_s >= _DAY_S:
        return kept
    counted.add(
        "off_grid",
        line.rows[kept[~usual]],
        f"{{n}} rows lie between the {step_s // 60}-minute intervals of their series.",
        column=column,
        refused="{n} rows",
    )
    return kept[usual]


def _on_grid(start_ms: NDArray[np.int64], duration_ms: NDArray[np.int64] | None, step_s: int) -> bool:
    """Whether a series can be stored by slots: a step that divides the day, from midnight UTC."""
    if step_s <= 0 or _DAY_S % step_s:
        return False
    if duration_ms is not None and bool((duration_ms != step_s * 1000).any()):
        return False
    return bool((start_ms % (step_s * 1000) == 0).all())


def _to_next(start_ms: NDArray[np.int64], step_s: int | None) -> NDArray[np.int64]:
    """Lengths of irregular intervals: to the next start, unless a hole lies between."""
    gaps = np.diff(start_ms)
    usual = step_s * 1000 if step_s else int(np.median(gaps)) if len(gaps) else _DAY_S * 1000
    return np.append(np.where(gaps > _HOLE * usual, usual, gaps), usual)


def _micro(values: NDArray[np.float64], unit: Unit, *, is_float32: bool) -> NDArray[np.int64]:
    if not is_float32:
        return to_canonical(values, unit)
    micro = micro_from_float32(values)
    return micro if unit.factor == 1 and not unit.offset else to_canonical(micro / MICRO, unit)
