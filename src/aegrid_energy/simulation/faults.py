"""What goes wrong in the simulated portfolio: every calendar year, by rule, so that history and live agree.

Each kind strikes one target in even years and another in odd ones: every target has a clean year to
learn from. The application never reads this; it has to find out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.simulation import noise
from aegrid_energy.simulation.frame import HOUR_MS, local_date, local_instant_ms
from aegrid_energy.simulation.victoria import kings_birthday


class FaultKind(StrEnum):
    """What went wrong."""

    PLANT_LEFT_ON = "plant_left_on"
    HOLIDAY_HEATING = "holiday_heating"
    BASE_LOAD_DRIFT = "base_load_drift"
    WATER_LEAK = "water_leak"
    STUCK_SENSOR = "stuck_sensor"
    DATA_GAP = "data_gap"
    SPIKE = "spike"
    ESTIMATED_RUN = "estimated_run"
    METER_EXCHANGE = "meter_exchange"
    REVERSED_CT = "reversed_ct"
    LATE_DATA = "late_data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that went wrong.

    Args:
        kind: What.
        target: External id of the site, meter or point.
        start_ms, end_ms: When, ms since the epoch UTC, half-open. For late data: the readings concerned,
            all of which arrive at `end_ms`.
        magnitude: How much; what it means is said by `unit`.
        unit: "kW", "L/h", "times"; empty where the kind says it all.
    """

    kind: FaultKind
    target: str
    start_ms: int
    end_ms: int
    magnitude: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    kind: FaultKind
    first: Callable[[int], date]
    #: The start moves by up to this many whole days, by seed and year.
    jitter_days: int
    start_hour: float
    hours: float
    even: str
    odd: str
    magnitude: float = 0.0
    unit: str = ""


def _on(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


def _kings_saturday(year: int) -> date:
    return kings_birthday(year) - timedelta(days=2)


#: Faults that touch one series never overlap: a truth that hides another could not be found.
_RULES: Final = (
    _Rule(
        kind=FaultKind.PLANT_LEFT_ON,
        first=_on(7, 3),
        jitter_days=10,
        start_hour=17.0,
        hours=14 * 24 - 10,  # 14 nights: from the first evening to the fifteenth morning at 07:00
        even="CCB-TH",
        odd="CCB-LB",
    ),
    _Rule(
        kind=FaultKind.HOLIDAY_HEATING,
        first=_kings_saturday,
        jitter_days=0,
        start_hour=0.0,
        hours=72,
        even="BNU-ENG",
        odd="CCB-TH",
    ),
    _Rule(
        kind=FaultKind.BASE_LOAD_DRIFT,
        first=_on(2, 10),
        jitter_days=10,
        start_hour=0.0,
        hours=75 * 24,
        even="CCB-LB",
        odd="BNU-ENG",
        magnitude=9.0,
        unit="kW",
    ),
    _Rule(
        kind=FaultKind.WATER_LEAK,
        first=_on(9, 5),
        jitter_days=10,
        start_hour=3.0,
        hours=20 * 24,
        even="CCB-AQ",
        odd="CCB-DP",
        magnitude=420.0,
        unit="L/h",
    ),
    _Rule(
        kind=FaultKind.STUCK_SENSOR,
        first=_on(5, 4),
        jitter_days=12,
        start_hour=9.0,
        hours=6 * 24,
        even="CCB-AQ-T-HALL",
        odd="BNU-ENG-T-L2",
    ),
    _Rule(
        kind=FaultKind.DATA_GAP,
        first=_on(8, 11),
        jitter_days=9,
        start_hour=13.0,
        hours=41,
        even="CCB-TH-E0",
        odd="CCB-AQ-E0",
    ),
    _Rule(
        kind=FaultKind.DATA_GAP,
        first=_on(10, 14),
        jitter_days=9,
        start_hour=2.0,
        hours=15,
        even="CCB-TH-CO2",
        odd="CCB-LB-CO2",
    ),
    _Rule(
        kind=FaultKind.SPIKE,
        first=_on(5, 25),
        jitter_days=10,
        start_hour=14.0,
        hours=0.5,
        even="CCB-LB-E1",
        odd="CCB-TH-E3",
        magnitude=25.0,
        unit="times",
    ),
    _Rule(
        kind=FaultKind.ESTIMATED_RUN,
        first=_on(10, 20),
        jitter_days=8,
        start_hour=0.0,
        hours=9 * 24,
        even="CCB-AQ-E0",
        odd="BNU-ENG-E0",
    ),
    _Rule(
        kind=FaultKind.METER_EXCHANGE,
        first=_on(5, 20),
        jitter_days=12,
        start_hour=10.25,
        hours=1,
        even="CCB-TH-W0",
        odd="",
    ),
    _Rule(
        kind=FaultKind.REVERSED_CT,
        first=_on(8, 22),
        jitter_days=6,
        start_hour=11.0,
        hours=7 * 24,
        even="BNU-ENG-E5",
        odd="CCB-AQ-E1",
    ),
    *(
        _Rule(
            kind=FaultKind.LATE_DATA,
            first=_on(month, 11),
            jitter_days=5,
            start_hour=16.0,
            hours=26,
            even="CCB-TH-G0",
            odd="BNU-ENG-G0",
        )
        for month in range(1, 13)
    ),
)

#: Late readings arrive at most this long after they were taken. [ms]
LATEST_ARRIVAL_MS: Final = 27 * HOUR_MS


def faults_between(seed: int, start_ms: int, end_ms: int) -> tuple[Fault, ...]:
    """All faults that touch a period, by start."""
    years = range(local_date(start_ms).year, local_date(end_ms).year + 1)
    found = (_of_year(seed, number, rule, year) for year in years for number, rule in enumerate(_RULES))
    touching = (f for f in found if f is not None and f.start_ms < end_ms and f.end_ms > start_ms)
    return tuple(sorted(touching, key=lambda f: (f.start_ms, f.kind, f.target)))


def mask(fault: Fault, start_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which slots start inside a fault, of the shape of `start_ms`."""
    return (start_ms >= fault.start_ms) & (start_ms < fault.end_ms)


def _of_year(seed: int, number: int, rule: _Rule, year: int) -> Fault | None:
    target = rule.odd if year % 2 else rule.even
    if not target:
        return None
    drawn = noise.uniform(noise.key_of(seed, "fault", str(number)), np.array([year], dtype=np.int64))
    on = rule.first(year) + timedelta(days=int(drawn[0] * (rule.jitter_days + 1)))
    start = local_instant_ms(on, rule.start_hour)
    return Fault(
        kind=rule.kind,
        target=target,
        start_ms=start,
        end_ms=start + round(rule.hours * HOUR_MS),
        magnitude=rule.magnitude,
        unit=rule.unit,
    )
