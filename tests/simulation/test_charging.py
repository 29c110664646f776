"""Charging sessions take what a car needs, and never more than the plug gives."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from aegrid_energy.simulation.charging import Charger, power_kw
from aegrid_energy.simulation.scene import LEAD_DAYS, Scene, scene
from aegrid_energy.simulation.victoria import DayKind

CHARGER = Charger(
    external_id="plug",
    power_kw=7.0,
    sessions=2,
    arrives_h=(8.0, 18.0),
    energy_kwh=(10.0, 20.0),
    working_chance=1.0,
    weekend_chance=0.0,
)


@pytest.fixture(scope="module")
def stage() -> Scene:
    return scene(7, (date(2026, 2, 1) - date(1970, 1, 1)).days, 28, 300, ())


def test_every_session_of_a_certain_day_takes_its_energy(stage: Scene) -> None:
    working = int((stage.calendar.council[-29:-1] == DayKind.WORKING).sum())
    energy = stage.cut(power_kw(CHARGER, stage)).sum() / 12
    assert 0.9 * working * 2 * 10 < energy < 1.1 * working * 2 * 20


def test_a_plug_gives_at_most_its_power(stage: Scene) -> None:
    crowded = replace(CHARGER, sessions=6, energy_kwh=(60.0, 80.0))
    power = power_kw(crowded, stage)
    assert power.min() >= 0
    assert power.max() == pytest.approx(crowded.power_kw)


def test_nobody_comes_where_no_session_can_happen(stage: Scene) -> None:
    assert power_kw(replace(CHARGER, working_chance=0.0), stage).max() == 0


def test_a_day_is_the_same_however_many_days_are_asked_for(stage: Scene) -> None:
    shorter = scene(7, stage.days.first_day + 10, 5, 300, ())
    long, short = power_kw(CHARGER, stage), power_kw(CHARGER, shorter)
    assert np.array_equal(long[LEAD_DAYS + 10 : LEAD_DAYS + 15], short[LEAD_DAYS:])
