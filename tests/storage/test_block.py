"""Spans, blocks and slots."""

import numpy as np
import pytest

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.storage.block import Grid, check_hours, span_hours

REGULAR = [s for s in range(1, 86_401) if 86_400 % s == 0]


@pytest.mark.parametrize("step_s", REGULAR)
def test_every_regular_step_has_whole_slots_in_whole_hours(step_s):
    grid = Grid(step_s)
    assert grid.slots * step_s == grid.span_h * 3600
    assert grid.slots <= 3600
    assert span_hours(step_s) * 3600 % step_s == 0


def test_steps_that_do_not_divide_the_day_are_refused():
    with pytest.raises(InvalidError, match="step_not_regular"):
        span_hours(7 * 60)


def test_slots_of_a_shifted_grid_start_at_their_phase():
    grid = Grid(3600, 1800)  # hourly readings of a half-hour zone
    starts = np.array([1_800_000, 5_400_000], dtype=np.int64)
    assert grid.slot_of(starts).tolist() == [0, 1]
    assert (grid.start_of(np.array([0, 1])) == starts).all()
    assert (grid.floor_slot(1_799_999), grid.ceil_slot(1_799_999), grid.ceil_slot(1_800_000)) == (-1, 0, 0)


def test_an_instant_off_the_grid_is_named():
    with pytest.raises(InvalidError, match="off_grid") as caught:
        Grid(300).slot_of(np.array([0, 300_001]))
    assert caught.value.params["start_ms"] == 300_001


@pytest.mark.parametrize(("first", "last"), [(-1, 5), (5, 2_016_144)])
def test_blocks_outside_1970_to_2199_are_refused(first, last):
    with pytest.raises(InvalidError, match="time_out_of_range"):
        check_hours(first, last)
