"""Readings of the simulated portfolio: years at once, or what came in since a moment ago; the same values."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import Direction, Kind, Quantity, Rhythm
from aegrid_energy.simulation.faults import Fault, faults_between
from aegrid_energy.simulation.frame import DAY_MS, market_day, market_day_start_ms
from aegrid_energy.simulation.metering import available_ms, faults_of, metered
from aegrid_energy.simulation.portfolio import SimulatedPortfolio
from aegrid_energy.simulation.register import POINT_REGISTER, MeterRow, PointRow, RegisterRow, SiteDesign
from aegrid_energy.simulation.scene import Scene, scene
from aegrid_energy.simulation.water import INSTALLED_DAY

#: Days before the first one asked for that are made too: late readings, and sensors that stuck there.
LOOKBACK_DAYS: Final = 7


class Reported(NamedTuple):
    """Readings of one series. The unit is canonical."""

    external_id: str
    register: str
    quantity: Quantity
    direction: Direction
    kind: Kind
    unit: str
    readings: Readings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    reported: Reported
    available_ms: NDArray[np.int64]


def history(simulated: SimulatedPortfolio, start_ms: int, end_ms: int) -> Iterator[Reported]:
    """All readings that start in `[start_ms, end_ms)` and have arrived by `end_ms`, series by series.

    Args:
        simulated: The portfolio.
        start_ms: First start, ms since the epoch UTC; nothing is made before July 2019.
        end_ms: Present of the asker, ms since the epoch UTC.
    """
    for made in _made(simulated, market_day(start_ms), market_day(end_ms - 1) + 1):
        start = made.reported.readings.start_ms
        yield _only(made, (start >= start_ms) & (start < end_ms) & (made.available_ms <= end_ms))


def live(simulated: SimulatedPortfolio, from_ms: int, to_ms: int) -> Iterator[Reported]:
    """All readings that arrive in `(from_ms, to_ms]`; series without one are left out.

    `history(p, s, n)` and `live(p, n, m)` together are `history(p, s, m)`: nothing twice, nothing lost.
    """
    for made in _made(simulated, market_day(from_ms), market_day(to_ms) + 1):
        reported = _only(made, (made.available_ms > from_ms) & (made.available_ms <= to_ms))
        if len(reported.readings):
            yield reported


def values_at(simulated: SimulatedPortfolio, at_ms: int) -> Iterator[Reported]:
    """The last reading of each series that has arrived by an instant, one reading each."""
    for made in _made(simulated, market_day(at_ms), market_day(at_ms) + 1):
        arrived = np.flatnonzero(made.available_ms <= at_ms)
        if len(arrived):
            last = np.zeros(len(made.available_ms), dtype=bool)
            last[arrived[-1]] = True
            yield _only(made, last)


class Stepper:
    """Live values step by step; a market day is computed once, however often it is asked.

    Args:
        simulated: The portfolio.
        at_ms: Where to begin: what arrives after it comes out.
    """

    def __init__(self, simulated: SimulatedPortfolio, at_ms: int) -> None:
        self._simulated = simulated
        self._at_ms = at_ms
        self._made: tuple[_Made, ...] = ()
        self._made_until_ms = 0

    @property
    def at_ms(self) -> int:
        """Up to where readings have come out, ms since the epoch UTC."""
        return self._at_ms

    def advance(self, to_ms: int) -> list[Reported]:
        """What arrives until an instant; nothing where it is not later than the last one."""
        if to_ms <= self._at_ms:
            return []
        if to_ms >= self._made_until_ms:
            end = market_day(to_ms) + 1
            self._made = tuple(_made(self._simulated, market_day(self._at_ms), end))
            self._made_until_ms = market_day_start_ms(end)
        before, self._at_ms = self._at_ms, to_ms
        found = (
            _only(made, (made.available_ms > before) & (made.available_ms <= to_ms)) for made in self._made
        )
        return [reported for reported in found if len(reported.readings)]


def _made(simulated: SimulatedPortfolio, first_day: int, end_day: int) -> Iterator[_Made]:
    """Whole market days of every series, with the days before them."""
    first = max(first_day - LOOKBACK_DAYS, INSTALLED_DAY + LOOKBACK_DAYS)
    faults = _faults(simulated, end_day)
    stages: dict[int, Scene] = {}
    for design in simulated.designs:
        if design.step_s not in stages:
            stages[design.step_s] = scene(simulated.seed, first, end_day - first, design.step_s, faults)
        yield from _site(design, stages[design.step_s])


def _faults(simulated: SimulatedPortfolio, end_day: int) -> tuple[Fault, ...]:
    if simulated.is_clean:
        return ()
    # From the day the water meters were set: their registers remember every leak.
    return faults_between(
        simulated.seed, market_day_start_ms(INSTALLED_DAY), market_day_start_ms(end_day) + DAY_MS
    )


def _site(design: SiteDesign, stage: Scene) -> Iterator[_Made]:
    signals = design.signals(stage)
    for meter in design.meters:
        for register in meter.registers:
            yield _series(stage, signals[meter.external_id, register.register], meter, register, meter.rhythm)
    for point in design.points:
        yield _series(stage, signals[point.external_id, ""], point, point, Rhythm.LIVE)


def _series(
    stage: Scene,
    values: NDArray[np.float64],
    owner: MeterRow | PointRow,
    row: RegisterRow | PointRow,
    rhythm: Rhythm,
) -> _Made:
    name, faults = owner.external_id, faults_of(owner, stage.faults)
    readings = metered(values, row, stage.days, seed=stage.seed, name=name, faults=faults)
    reported = Reported(
        external_id=name,
        register=row.register if isinstance(row, RegisterRow) else POINT_REGISTER,
        quantity=row.quantity,
        # A gauge has one side: the sign says the rest.
        direction=row.direction if isinstance(row, RegisterRow) else Direction.IMPORT,
        kind=row.kind,
        unit=row.unit,
        readings=readings,
    )
    return _Made(reported=reported, available_ms=available_ms(readings, row, rhythm, faults))


def _only(made: _Made, where: NDArray[np.bool_]) -> Reported:
    readings = made.reported.readings
    cut = Readings(
        start_ms=readings.start_ms[where],
        micro=readings.micro[where],
        quality=readings.quality[where],
        step_s=readings.step_s,
    )
    return made.reported._replace(readings=cut)
