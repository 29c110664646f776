"""A panel: some series of one grid and zone over the same blocks, as arrays; merging happens here. Pure."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.precedence import Slots, decide
from aegrid_energy.storage.block import Grid
from aegrid_energy.storage.series import Layout
from aegrid_energy.storage.sources import Standing

#: Source of slots whose source does not matter.
NO_SOURCE: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Which slots an array stands for: row = series, column = slot from the start of the first block.

    Args:
        layouts: The series, all of one grid and zone, all registers or none, ascending by number.
        first_slot: Slot of column 0; a multiple of the grid's slots.
        blocks: Blocks across.
        day_edges: Edges of the local days that are rolled up, shape (days + 1,); the blocks cover them. [ms]
        days: Their dates, datetime64[D], shape (days,).
    """

    layouts: tuple[Layout, ...]
    grid: Grid
    first_slot: int
    blocks: int
    day_edges: NDArray[np.int64]
    days: NDArray[np.datetime64]

    @property
    def shape(self) -> tuple[int, int]:
        """(series, slots)."""
        return len(self.layouts), self.blocks * self.grid.slots

    @property
    def hours(self) -> NDArray[np.int64]:
        """Start of each block in whole hours since the epoch, shape (blocks,)."""
        return (
            self.first_slot // self.grid.slots + np.arange(self.blocks, dtype=np.int64)
        ) * self.grid.span_h

    @property
    def series_nos(self) -> NDArray[np.int64]:
        """Numbers of the series, shape (series,)."""
        return np.array([layout.series_no for layout in self.layouts], dtype=np.int64)

    @property
    def start_ms(self) -> int:
        """Start of column 0 in ms since the epoch."""
        return int(self.grid.start_of(np.array([self.first_slot]))[0])

    @property
    def end_ms(self) -> int:
        """End of the last column in ms since the epoch."""
        return self.start_ms + self.shape[1] * self.grid.step_ms

    @property
    def day_slots(self) -> NDArray[np.int64]:
        """First column of each day, and the end of the last, shape (days + 1,)."""
        shifted = self.day_edges - self.start_ms
        return -(-shifted // self.grid.step_ms)


@dataclass(slots=True)
class State:
    """What the slots of a panel hold; 0 in `micro` where there is no value.

    Args:
        micro: int64, shape of the panel.
        quality: uint8, shape of the panel; `ABSENT` where nothing is held.
        source: int32, shape of the panel, or one number for all.
    """

    micro: NDArray[np.int64]
    quality: NDArray[np.uint8]
    source: NDArray[np.int32] | int

    def sources(self) -> NDArray[np.int32]:
        """The source of each slot, spelled out."""
        if isinstance(self.source, int):
            return np.full(self.micro.shape, self.source, dtype=np.int32)
        return self.source


def empty_state(shape: tuple[int, int]) -> State:
    """A panel that holds nothing."""
    return State(
        np.zeros(shape, dtype=np.int64),
        np.full(shape, q.ABSENT, dtype=np.uint8),
        np.zeros(shape, dtype=np.int32),
    )


def is_held(quality: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where something was received, be it a null."""
    return (quality & q.RANK_MASK) != q.ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What a panel holds after something was sent.

    Args:
        after: The new state.
        before: The old one; None where nothing was held.
        touched: Flat indices of slots whose value, quality or source is another now, ascending; None: all
            slots that `after` holds.
        counts: added, changed, unchanged, outranked for each series, shape (series, 4).
        kept_out: Flat indices of slots at which a person's correction kept out what was sent; None: nowhere.
    """

    after: State
    before: State | None
    touched: NDArray[np.intp] | None
    counts: NDArray[np.int64]
    kept_out: NDArray[np.intp] | None = None


def differing(before: State, sent: State, *, with_sources: bool) -> NDArray[np.intp]:
    """Flat indices of the slots sent that are not held just so; only these need a decision.

    Args:
        before: What is held.
        sent: What was sent.
        with_sources: Take slots of equal content from another source too: its later update may confirm them.
    """
    same = (before.quality == sent.quality) & (before.micro == sent.micro)
    if with_sources:
        same &= before.sources() == sent.sources()
    return np.flatnonzero(is_held(sent.quality) & ~same)


def merged(before: State, sent: State, at: NDArray[np.intp], standing: Standing) -> Merged:
    """Merge by precedence.

    Args:
        before: What is held; its arrays are reused for the new state's only where nothing changes.
        sent: What was sent.
        at: Result of `differing`.
        standing: Of every source of both at these slots.
    """
    held_source, sent_source = before.sources().reshape(-1)[at], sent.sources().reshape(-1)[at]
    decision = decide(_slots(before, at, held_source, standing), _slots(sent, at, sent_source, standing))
    taken = decision.taken | decision.confirmed
    touched = at[taken]
    after = State(before.micro.copy(), before.quality.copy(), before.sources().copy())
    after.micro.reshape(-1)[touched] = sent.micro.reshape(-1)[touched]
    after.quality.reshape(-1)[touched] = sent.quality.reshape(-1)[touched]
    after.sources().reshape(-1)[touched] = sent_source[taken]
    rows, slots = before.micro.shape
    counts = np.zeros((rows, 4), dtype=np.int64)
    for column, chosen in ((0, decision.added), (1, decision.changed), (3, decision.outranked)):
        counts[:, column] = np.bincount(at[chosen] // slots, minlength=rows)
    counts[:, 2] = np.count_nonzero(is_held(sent.quality), axis=1) - counts.sum(axis=1)
    by_hand = (before.quality.reshape(-1)[at] & q.CORRECTED) != 0
    said = (sent.quality.reshape(-1)[at] & q.CORRECTED) == 0
    kept_out = at[decision.outranked & by_hand & said]
    return Merged(after=after, before=before, touched=touched, counts=counts, kept_out=kept_out)


def _slots(state: State, at: NDArray[np.intp], source: NDArray[np.int32], standing: Standing) -> Slots:
    return Slots(
        micro=state.micro.reshape(-1)[at],
        quality=state.quality.reshape(-1)[at],
        provider=standing.provider(source),
        update_ms=standing.update_ms(source),
    )


def all_new(sent: State) -> Merged:
    """What a panel holds after something was sent where nothing was held."""
    counts = np.zeros((len(sent.micro), 4), dtype=np.int64)
    counts[:, 0] = np.count_nonzero(is_held(sent.quality), axis=1)
    return Merged(after=sent, before=None, touched=None, counts=counts)


def touched_blocks(panel: Panel, merged: Merged) -> NDArray[np.bool_]:
    """Which blocks of which series have to be written, shape (series, blocks)."""
    shape = (len(panel.layouts), panel.blocks)
    if merged.touched is None:
        held = is_held(merged.after.quality).reshape(*shape, panel.grid.slots)
        return np.asarray(held.any(axis=2))
    out = np.zeros(shape[0] * shape[1], dtype=np.bool_)
    out[merged.touched // panel.grid.slots] = True
    return out.reshape(shape)
