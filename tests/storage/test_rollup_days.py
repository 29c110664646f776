"""Local days of a panel against a plain loop."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.series import Kind
from aegrid_energy.storage.block import Grid
from aegrid_energy.storage.block_panel import Merged, State, all_new
from aegrid_energy.storage.block_plan import panel_over
from aegrid_energy.storage.rollup_days import day_rows
from aegrid_energy.storage.series import Layout
from readings_world import ms

ZONES = [
    "UTC",
    "Australia/Melbourne",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "America/Sao_Paulo",
    "Pacific/Apia",
]


def layouts(zone, step_s, count, phase_s=0):
    return [
        Layout(
            series_no=number, grid=Grid(step_s, phase_s), zone=zone, zone_no=1, scale_exp=3,
            kind=Kind.INTERVAL,
        )
        for number in range(count)
    ]  # fmt: skip


def naive(panel, state, touched, zone):
    """Rows by (series, local date), computed slot by slot."""
    rules = ZoneInfo(zone)
    rows = {}
    starts = panel.start_ms + np.arange(panel.shape[1]) * panel.grid.step_ms
    dates = [
        datetime.fromtimestamp(t / 1000, UTC).astimezone(rules).date().isoformat() for t in starts.tolist()
    ]
    for row in range(panel.shape[0]):
        for column, on in enumerate(dates):
            day = rows.setdefault(
                (row, on), {"n": 0, "valid": [], "est": 0, "sus": 0, "held": 0, "touched": False}
            )
            code = int(state.quality[row, column])
            day["n"] += 1
            day["touched"] |= row * len(starts) + column in touched
            day["held"] += code & 7 != q.ABSENT
            if code & 7 < q.NULL:
                day["valid"].append(int(state.micro[row, column]))
                day["est"] += code & 7 > 0
                day["sus"] += bool(code & q.SUSPECT)
    inside = set(np.datetime_as_string(panel.days).tolist())
    return {
        key: (
            sum(day["valid"]), min(day["valid"], default=0), max(day["valid"], default=0), len(day["valid"]),
            day["n"],
            day["est"], day["sus"], day["held"] == 0,
        )
        for key, day in rows.items()
        if day["touched"] and key[1] in inside
    }  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.sampled_from([1800, 3600, 14_400, 43_200, 86_400]),
    st.sampled_from(["2024-04-05T22:00", "2024-10-05T03:00", "2018-02-17T02:00", "2011-12-29T00:00"]),
    st.integers(1, 60),
    st.integers(1, 3),
    st.integers(0, 2**32 - 1),
)
def test_days_are_those_of_a_plain_loop(zone, step_s, start, count, series, seed):
    first = ms(start) // (step_s * 1000) * step_s * 1000
    panel = panel_over(layouts(zone, step_s, series), Grid(step_s), first, first + count * step_s * 1000)
    rng = np.random.default_rng(seed)
    quality = rng.choice([0, 0, 0, 1, 3, 8, 11, q.NULL, q.ABSENT], panel.shape).astype(np.uint8)
    micro = rng.integers(-(10**9), 10**9, panel.shape) * q.has_value(quality)
    # Touched are slots of the period that was sent, and so of days that the panel covers.
    offset = (first - panel.start_ms) // (step_s * 1000)
    columns = np.unique(rng.integers(offset, offset + count, 5))
    touched = np.sort((np.arange(series)[:, None] * panel.shape[1] + columns).reshape(-1)).astype(np.intp)
    state = State(micro, quality, 1)
    none = np.zeros((series, 4), dtype=np.int64)
    rows = day_rows(panel, Merged(after=state, before=None, touched=touched, counts=none), is_register=False)
    found = {
        (int(s), str(panel.days[d])): (t, lo, hi, v, n, e, u, bool(empty))
        for s, d, t, lo, hi, v, n, e, u, empty in zip(
            rows.series, rows.day, rows.total.tolist(), rows.low.tolist(), rows.high.tolist(),
            rows.n_valid.tolist(),
            rows.n_expected.tolist(), rows.n_estimated.tolist(),
            rows.n_suspect.tolist(), rows.is_empty, strict=True,
        )
    }  # fmt: skip
    assert found == naive(panel, state, set(touched.tolist()), zone)


def test_registers_have_no_sum_but_ends():
    panel = panel_over(layouts("UTC", 3600, 1), Grid(3600), ms("2024-03-01"), ms("2024-03-01T03:00"))
    state = State(np.zeros(panel.shape, dtype=np.int64), np.full(panel.shape, q.ABSENT, dtype=np.uint8), 1)
    offset = (ms("2024-03-01") - panel.start_ms) // 3_600_000
    state.micro[0, offset : offset + 2], state.quality[0, offset : offset + 2] = [5, 7], 0
    rows = day_rows(panel, all_new(state), is_register=True)
    assert (rows.total.tolist(), rows.low.tolist(), rows.high.tolist()) == ([0], [5], [7])


@pytest.mark.parametrize("zone", ZONES)
def test_a_panel_covers_its_days_with_whole_blocks(zone):
    panel = panel_over(layouts(zone, 300, 2), Grid(300), ms("2024-04-06T13:00"), ms("2024-04-06T13:05"))
    assert panel.start_ms <= panel.day_edges[0]
    assert panel.end_ms >= panel.day_edges[-1]
    assert panel.start_ms % (80 * 3_600_000) == 0
    assert len(panel.days) == 1
