"""Reactive power follows from the kind of load."""

import numpy as np
import pytest

from aegrid_energy.simulation.reactive import PowerFactor, reactive_kvar


@pytest.mark.parametrize("kind", [*PowerFactor])
def test_active_and_reactive_power_make_the_power_factor(kind: PowerFactor) -> None:
    kvar = reactive_kvar([(np.array([100.0]), kind)])
    assert 100 / np.hypot(100, kvar[0]) == pytest.approx(kind.value)


def test_loads_add_up() -> None:
    motors, lights = np.array([10.0, 20.0]), np.array([5.0, 0.0])
    both = reactive_kvar([(motors, PowerFactor.MOTORS), (lights, PowerFactor.LIGHTS)])
    alone = [reactive_kvar([(motors, PowerFactor.MOTORS)]), reactive_kvar([(lights, PowerFactor.LIGHTS)])]
    assert both == pytest.approx(sum(alone))


def test_a_capacitor_bank_never_overcompensates() -> None:
    load = [(np.array([0.0, 1.0, 100.0]), PowerFactor.MOTORS)]
    without, with_bank = reactive_kvar(load), reactive_kvar(load, capacitors_kvar=50.0)
    assert (with_bank >= 0).all()
    assert with_bank[2] == pytest.approx(without[2] - 50)
    assert with_bank[1] == pytest.approx(0.05 * without[1])
