"""The simulated portfolio: a council with five sites and a university with one building."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from aegrid_energy.simulation.register import (
    AssetRow,
    EventRow,
    MeterRow,
    PointRow,
    PortfolioRow,
    PriceRow,
    SiteDesign,
    SiteRow,
)
from aegrid_energy.simulation.sites import SITES
from aegrid_energy.simulation.victoria import council_closure, public_holidays, university_closure

COUNCIL: Final = PortfolioRow(external_id="CCB", name="City of Banksia")
UNIVERSITY: Final = PortfolioRow(external_id="BNU", name="Banksia National University")


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedPortfolio:
    """What is simulated: sites as registered and as they behave.

    Args:
        seed: Everything random follows from it.
        is_clean: Nothing goes wrong; for comparison in tests.
        portfolios: The two organisations.
        designs: The sites.
    """

    seed: int
    is_clean: bool
    portfolios: tuple[PortfolioRow, ...]
    designs: tuple[SiteDesign, ...]

    @property
    def sites(self) -> tuple[SiteRow, ...]:
        """All sites."""
        return tuple(design.site for design in self.designs)

    @property
    def assets(self) -> tuple[AssetRow, ...]:
        """All assets, parents before children."""
        return tuple(row for design in self.designs for row in design.assets)

    @property
    def meters(self) -> tuple[MeterRow, ...]:
        """All meters, feeders before what they feed."""
        return tuple(row for design in self.designs for row in design.meters)

    @property
    def points(self) -> tuple[PointRow, ...]:
        """All points."""
        return tuple(row for design in self.designs for row in design.points)

    @property
    def prices(self) -> tuple[PriceRow, ...]:
        """All flat prices."""
        return tuple(row for design in self.designs for row in design.prices)


def portfolio(seed: int, *, is_clean: bool = False) -> SimulatedPortfolio:
    """The portfolio of a seed.

    >>> len(portfolio(1).sites)
    6
    """
    return SimulatedPortfolio(seed=seed, is_clean=is_clean, portfolios=(COUNCIL, UNIVERSITY), designs=SITES)


def events(simulated: SimulatedPortfolio, first: date, end: date) -> tuple[EventRow, ...]:
    """Holidays and closures that begin on `[first, end)`, by portfolio."""
    found: list[EventRow] = []
    for row in simulated.portfolios:
        for year in range(first.year, end.year + 1):
            found.extend(
                _event(row, "holiday", on, on + timedelta(days=1), text)
                for on, text in public_holidays(year).items()
            )
            found.append(_closure(row, year))
    return tuple(event for event in found if first <= event.start_on < end)


def _closure(row: PortfolioRow, year: int) -> EventRow:
    closed = university_closure if row is UNIVERSITY else council_closure
    start = date(year, 12, 24)
    while not closed(start):
        start += timedelta(days=1)
    end = start
    while closed(end):
        end += timedelta(days=1)
    return _event(row, "closure", start, end, "Closed between Christmas and New Year")


def _event(row: PortfolioRow, kind: str, start: date, end: date, text: str) -> EventRow:
    return EventRow(
        scope_kind="portfolio", scope=row.external_id, kind=kind, start_on=start, end_on=end, text=text
    )
