"""Two years of the simulated portfolio, with what goes wrong and without; made once."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from aegrid_energy.simulation.history import Reported, history
from aegrid_energy.simulation.portfolio import SimulatedPortfolio, portfolio

SEED = 7
ZONE = ZoneInfo("Australia/Melbourne")
NOW_MS = round(datetime(2026, 11, 25, 11, 30, tzinfo=ZONE).timestamp() * 1000)
START_MS = round(datetime(2024, 11, 25, tzinfo=ZONE).timestamp() * 1000)


@dataclass(frozen=True)
class Years:
    portfolio: SimulatedPortfolio
    series: dict[tuple[str, str], Reported]

    def values(self, name: str, register: str = "E1") -> np.ndarray:
        return self.series[name, register].readings.floats

    def starts(self, name: str, register: str = "E1") -> np.ndarray:
        return self.series[name, register].readings.start_ms

    def total(self, name: str, register: str = "E1") -> float:
        return float(np.nansum(self.values(name, register)))

    def between(self, name: str, register: str, start_ms: int, end_ms: int) -> np.ndarray:
        starts = self.starts(name, register)
        return self.values(name, register)[(starts >= start_ms) & (starts < end_ms)]

    def per_local_day(self, name: str, register: str = "E1") -> dict[date, float]:
        """Sums of local days, by the rules of the zone itself."""
        sums: dict[date, float] = {}
        edges = [_midnight(date(2024, 11, 25) + timedelta(days=n)) for n in range(731)]
        starts, values = self.starts(name, register), self.values(name, register)
        for n in range(730):
            low, high = np.searchsorted(starts, edges[n : n + 2])
            sums[date(2024, 11, 25) + timedelta(days=n)] = float(np.nansum(values[low:high]))
        return sums


def _midnight(on: date) -> int:
    return round(datetime(on.year, on.month, on.day, tzinfo=ZONE).timestamp() * 1000)


def _years(simulated: SimulatedPortfolio) -> Years:
    series = {(one.external_id, one.register): one for one in history(simulated, START_MS, NOW_MS)}
    return Years(portfolio=simulated, series=series)


@pytest.fixture(scope="session")
def years() -> Years:
    return _years(portfolio(SEED))


@pytest.fixture(scope="session")
def clean() -> Years:
    return _years(portfolio(SEED, is_clean=True))
