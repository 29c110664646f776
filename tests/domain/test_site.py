"""Portfolios are dated lists."""

from datetime import date
from uuid import uuid4

from aegrid_energy.domain.site import Portfolio, PortfolioSite


def test_a_portfolio_holds_the_sites_of_its_day() -> None:
    early, late, always = uuid4(), uuid4(), uuid4()
    portfolio = Portfolio(
        id=uuid4(),
        tenant_no=1,
        name="Libraries",
        members=(
            PortfolioSite(site_id=early, end=date(2026, 7, 1)),
            PortfolioSite(site_id=late, start=date(2026, 7, 1)),
            PortfolioSite(site_id=always),
        ),
    )
    assert portfolio.sites_on(date(2026, 6, 30)) == {early, always}
    assert portfolio.sites_on(date(2026, 7, 1)) == {late, always}
