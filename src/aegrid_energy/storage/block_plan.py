"""From what was sent to panels: which series, which blocks, which local days. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.readings import MICRO_LIMIT, Readings
from aegrid_energy.domain.zones import day_edges, local_date_of
from aegrid_energy.storage.block import Grid
from aegrid_energy.storage.block_panel import Panel, State, empty_state
from aegrid_energy.storage.series import Layout

#: Slots of a panel: few enough that its arrays stay near the processor and work overlaps with the database.
_PANEL_SLOTS: Final = 1_500_000
#: A hole this long splits what was sent for one series, so that the blocks in it are not read for nothing.
_HOLE_MS: Final = 4 * 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Readings sent for one series.

    Args:
        series_no: The series.
        readings: What was sent.
        source_no: Its source, or the source of each reading, shape (n,).
    """

    series_no: int
    readings: Readings
    source_no: int | NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMatrix:
    """Readings sent for m series of one step over the same n slots.

    Args:
        series_nos: shape (m,), no series twice.
        start_ms: Start of the first slot. [ms]
        step_s: Length of a slot. [s]
        micro: Values, shape (m, n).
        quality: Quality bytes, shape (m, n); None: all actual. `ABSENT` where nothing was sent.
        source_no: Their source.
    """

    series_nos: NDArray[np.int64]
    start_ms: int
    step_s: int
    micro: NDArray[np.int64]
    quality: NDArray[np.uint8] | None
    source_no: int


@dataclass(frozen=True, slots=True)
class _Run:
    """Consecutive readings `[first, end)` of one series, with the blocks that cover their days."""

    layout: Layout
    sent: Sent
    slots: NDArray[np.int64]
    first: int
    end: int

    @property
    def source(self) -> NDArray[np.int32] | int:
        source = self.sent.source_no
        return source if isinstance(source, int) else source[self.first : self.end]


class _Key(NamedTuple):
    """What series of one panel have in common."""

    grid: Grid
    zone_no: int
    is_register: bool
    first_slot: int
    blocks: int


def panel_over(layouts: Sequence[Layout], grid: Grid, first_ms: int, end_ms: int) -> Panel:
    """The panel whose blocks cover the local days that `[first_ms, end_ms)` touches."""
    zone = layouts[0].zone
    edges = day_edges(zone, first_ms, end_ms)
    per_block = grid.slots
    first = min(grid.floor_slot(first_ms), grid.ceil_slot(int(edges[0]))) // per_block
    end = -(-max(grid.ceil_slot(end_ms), grid.ceil_slot(int(edges[-1]))) // per_block)
    return Panel(
        layouts=tuple(layouts),
        grid=grid,
        first_slot=first * per_block,
        blocks=end - first,
        day_edges=edges,
        days=local_date_of(zone, edges[:-1]),
    )


def stretches(grid: Grid, first_ms: int, end_ms: int) -> Iterator[tuple[int, int]]:
    """Cut a long period into parts that fit into memory; one after the other they may share days."""
    length = _PANEL_SLOTS * grid.step_ms
    for start_ms in range(first_ms, end_ms, length):
        yield start_ms, min(start_ms + length, end_ms)


def panels_of_matrix(matrix: SentMatrix, layouts: Mapping[int, Layout]) -> Iterator[tuple[Panel, State]]:
    """Panels of a matrix, a few series each."""
    order = np.argsort(matrix.series_nos)
    grid = _one_grid(matrix, layouts)
    step_ms = matrix.step_s * 1000
    slots = matrix.micro.shape[1]
    end_ms = matrix.start_ms + slots * step_ms
    for alike in _alike(order, matrix, layouts):
        per_panel = max(1, _PANEL_SLOTS // slots)
        for at in range(0, len(alike), per_panel):
            rows = alike[at : at + per_panel]
            panel = panel_over(
                [layouts[int(matrix.series_nos[row])] for row in rows], grid, matrix.start_ms, end_ms
            )
            yield panel, _matrix_state(panel, matrix, rows)


def _one_grid(matrix: SentMatrix, layouts: Mapping[int, Layout]) -> Grid:
    grids = {layouts[int(number)].grid for number in matrix.series_nos}
    grid = next(iter(grids))
    if len(grids) != 1 or grid is None or grid.step_s != matrix.step_s:
        raise InvalidError("step_mismatch", step_s=matrix.step_s)
    grid.slot_of(np.array([matrix.start_ms]))
    if len(np.unique(matrix.series_nos)) != len(matrix.series_nos):
        raise InvalidError("series_twice")
    return grid


def _alike(
    order: NDArray[np.intp], matrix: SentMatrix, layouts: Mapping[int, Layout]
) -> Iterator[NDArray[np.intp]]:
    of = [layouts[int(number)] for number in matrix.series_nos]
    kinds = np.array([2 * layout.zone_no + layout.is_register for layout in of])
    for kind in np.unique(kinds):
        yield order[kinds[order] == kind]


def _matrix_state(panel: Panel, matrix: SentMatrix, rows: NDArray[np.intp]) -> State:
    state = empty_state(panel.shape)
    first = int(panel.grid.slot_of(np.array([matrix.start_ms]))[0]) - panel.first_slot
    columns = slice(first, first + matrix.micro.shape[1])
    # A few consecutive rows of a matrix are a view: no copy but the one into the panel.
    chosen: slice | NDArray[np.intp] = rows
    if (np.diff(rows) == 1).all():
        chosen = slice(int(rows[0]), int(rows[-1]) + 1)
    state.micro[:, columns] = matrix.micro[chosen]
    state.quality[:, columns] = 0 if matrix.quality is None else matrix.quality[chosen]
    state.source = matrix.source_no
    return _checked(state, panel)


def panels_of(sent: Sequence[Sent], layouts: Mapping[int, Layout]) -> Iterator[tuple[Panel, State]]:
    """Panels of what was sent for regular series; series over the same blocks share one.

    Raises:
        InvalidError: `off_grid`, `step_mismatch`, `readings_not_sorted`, `value_out_of_range`.
    """
    groups: dict[_Key, list[_Run]] = {}
    covers: dict[_Key, tuple[int, int]] = {}
    for one in sent:
        layout = layouts[one.series_no]
        for run in _runs(layout, one):
            start = one.readings.start_ms
            grid = _grid_of(layout)
            first_ms, end_ms = int(start[run.first]), int(start[run.end - 1]) + grid.step_ms
            panel = panel_over([layout], grid, first_ms, end_ms)
            key = _Key(grid, layout.zone_no, layout.is_register, panel.first_slot, panel.blocks)
            groups.setdefault(key, []).append(run)
            low, high = covers.get(key, (first_ms, end_ms))
            covers[key] = min(low, first_ms), max(high, end_ms)
    for key, runs in groups.items():
        runs.sort(key=lambda run: run.layout.series_no)
        per_panel = max(1, _PANEL_SLOTS // (key.blocks * key.grid.slots))
        for at in range(0, len(runs), per_panel):
            part = runs[at : at + per_panel]
            panel = panel_over([run.layout for run in part], key.grid, *covers[key])
            yield panel, _runs_state(panel, part)


def _grid_of(layout: Layout) -> Grid:
    if layout.grid is None:
        raise InvalidError("step_mismatch", series_no=layout.series_no, step_s=None)
    return layout.grid


def _runs(layout: Layout, sent: Sent) -> Iterator[_Run]:
    readings = sent.readings
    if not len(readings):
        return
    grid = _grid_of(layout)
    if readings.step_s != grid.step_s:
        raise InvalidError("step_mismatch", series_no=sent.series_no, step_s=readings.step_s)
    check_order(sent)
    slots = grid.slot_of(readings.start_ms)
    # A hole must outlast two blocks and the local days on both sides, so that no two runs share one.
    hole = max(2 * grid.slots, _HOLE_MS // grid.step_ms)
    edges = [0, *(np.flatnonzero(np.diff(slots) > hole) + 1).tolist(), len(slots)]
    for first, end in pairwise(edges):
        yield _Run(layout, sent, slots, first, end)


def check_order(sent: Sent) -> None:
    """Refuse readings that are not strictly ascending.

    Raises:
        InvalidError: `readings_not_sorted`.
    """
    start = sent.readings.start_ms
    if len(start) > 1 and not (start[1:] > start[:-1]).all():
        raise InvalidError("readings_not_sorted", series_no=sent.series_no)


def _runs_state(panel: Panel, runs: Sequence[_Run]) -> State:
    state = empty_state(panel.shape)
    only = {run.source for run in runs if isinstance(run.source, int)}
    same = len(only) == 1 and all(isinstance(run.source, int) for run in runs)
    for row, run in enumerate(runs):
        at = run.slots[run.first : run.end] - panel.first_slot
        state.micro[row, at] = run.sent.readings.micro[run.first : run.end]
        state.quality[row, at] = run.sent.readings.quality[run.first : run.end]
        if not same:
            state.sources()[row, at] = run.source
    if same:
        state.source = only.pop()
    return _checked(state, panel)


def _checked(state: State, panel: Panel) -> State:
    """Zero what stands where there is no value, and refuse values whose sums would overflow."""
    if np.bitwise_or.reduce(state.quality, axis=None) & q.NULL:
        state.micro *= q.has_value(state.quality)
    limit = largest_micro(panel.grid, is_register=panel.layouts[0].is_register)
    if state.micro.size and (int(state.micro.max()) > limit or int(state.micro.min()) < -limit):
        raise InvalidError("value_out_of_range", limit=limit // 1_000_000)
    return state


def largest_micro(grid: Grid, *, is_register: bool) -> int:
    """The largest magnitude of a value whose sums over a block and over a day of 25 hours fit into an int64.

    Args:
        grid: The slots.
        is_register: Values are readings of a register, whose days are not summed.
    """
    day = 0 if is_register else 90_000_000 // grid.step_ms + 1
    return min(MICRO_LIMIT, int(np.iinfo(np.int64).max) // max(grid.slots, day))
