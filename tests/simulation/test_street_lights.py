"""Street lights burn while the sun is down."""

from datetime import date

import pytest

from aegrid_energy.simulation.climate import sun
from aegrid_energy.simulation.frame import frame
from aegrid_energy.simulation.street_lights import Lamps, power_kw

TIMES = frame((date(2026, 1, 1) - date(1970, 1, 1)).days, 365, 900)
SUN = sun(TIMES.middle_ms)


def _power(**changes: float):
    return power_kw((Lamps(external_id="x", name="LED", count=100, watts=50.0, **changes),), TIMES, SUN)


def test_lamps_burn_at_night_and_not_by_day() -> None:
    power = _power()
    assert power.max() == pytest.approx(5.0)
    assert (power[SUN.elevation_deg > 0] == 0).all()
    assert power[SUN.elevation_deg < -3] == pytest.approx(5.0)


def test_lamps_burn_for_a_little_less_than_half_of_the_year() -> None:
    """Half of 8,760 hours, less refraction and twilight, which is day twice a day."""
    hours = _power().sum() / 4 / 5.0
    assert 4100 < hours < 4450


def test_dimming_holds_between_eleven_and_five() -> None:
    full, dimmed = _power(), _power(dimmed=0.5)
    late = (TIMES.local_hour >= 23) | (TIMES.local_hour < 5)
    assert dimmed[late] == pytest.approx(full[late] / 2)
    assert dimmed[~late] == pytest.approx(full[~late])
