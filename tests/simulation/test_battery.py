"""The battery keeps its limits and the books of energy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aegrid_energy.simulation.battery import Battery, operate
from aegrid_energy.simulation.frame import frame
from aegrid_energy.simulation.scene import LEAD_DAYS
from aegrid_energy.simulation.sites.depot import BATTERY


@given(
    net=st.lists(st.floats(-300, 300), min_size=24, max_size=24),
    capacity=st.floats(5, 500),
    power=st.floats(1, 300),
)
@settings(deadline=None, max_examples=40)
def test_any_load_leaves_charge_within_limits_and_energy_conserved(net, capacity, power):
    battery = Battery(capacity_kwh=capacity, power_kw=power)
    times = frame(20_000, LEAD_DAYS + 2, 3600)
    run = operate(battery, times, np.tile(np.array(net), (LEAD_DAYS + 2, 1)))
    low, high = 0.10 * capacity, 0.95 * capacity
    assert run.stored_kwh.min() >= low - 1e-9
    assert run.stored_kwh.max() <= high + 1e-9
    assert max(run.charge_kw.max(), run.discharge_kw.max()) <= power + 1e-9
    change = np.diff(run.stored_kwh, axis=1)
    np.testing.assert_allclose(change, run.charge_kw * 0.95 - run.discharge_kw / 0.95, atol=1e-8)
    assert not ((run.charge_kw > 0) & (run.discharge_kw > 0)).any()


def test_it_only_takes_surplus_and_only_gives_what_is_used():
    times = frame(20_000, LEAD_DAYS + 1, 3600)
    net = np.where((times.local_hour >= 10) & (times.local_hour < 15), -50.0, 12.0)
    run = operate(Battery(capacity_kwh=100, power_kw=30), times, net)
    assert (run.charge_kw <= np.maximum(-net[LEAD_DAYS:], 0.0)).all()
    assert (run.discharge_kw <= np.maximum(net[LEAD_DAYS:], 0.0)).all()
    assert run.charge_kw.sum() > 80
    assert run.discharge_kw.sum() > 60


def test_over_two_years_the_depots_battery_loses_what_its_efficiency_says(clean):
    charge, discharge = clean.values("CCB-DP-BT"), clean.values("CCB-DP-BT", "B1")
    stored = clean.values("CCB-DP-SOC", "value") * BATTERY.capacity_kwh / 100
    assert stored.min() >= 0.10 * 200 - 0.02
    assert stored.max() <= 0.95 * 200 + 0.02
    # Over market midnights too: each day begins where the one before ended.
    expected = charge * 0.95 - discharge / 0.95
    np.testing.assert_allclose(np.diff(stored), expected[: len(stored) - 1], atol=0.025)
    assert discharge.sum() / charge.sum() == pytest.approx(0.95**2, abs=0.005)
    assert 100 < charge.sum() / 730 < 170  # most of a cycle on most days
