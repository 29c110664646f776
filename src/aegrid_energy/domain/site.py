"""Who owns what stands where: tenants, portfolios, sites and their assets.

One sign in the whole project: positive power and energy flow into the asset (consume, charge); at the grid
connection positive is import. Billing energies are two non-negative registers, import and export.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """One organisation; nothing of it is visible to another."""

    tenant_no: int
    id: UUID
    slug: str
    name: str
    is_demo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place with its own address, zone and currency; it may have several NMIs.

    Its root asset has the same id, so every asset route serves sites too.
    """

    id: UUID
    tenant_no: int
    name: str
    #: IANA name; local days and months of the site are cut by it.
    timezone: str
    country: str = "AU"
    #: ISO 3166-2 ("AU-VIC"); chooses the public holidays.
    region: str = ""
    #: ISO 4217.
    currency: str = "AUD"
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None
    external_id: str | None = None
    tags: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    opened_on: date | None = None
    #: First day on which the site is no longer used.
    closed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioSite:
    """A site in a portfolio, from one day to the day before another; None is open."""

    site_id: UUID
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """A dated list of sites."""

    id: UUID
    tenant_no: int
    name: str
    members: tuple[PortfolioSite, ...]
    external_id: str | None = None

    def sites_on(self, on: date) -> frozenset[UUID]:
        """The sites that belong to it on a day."""
        return frozenset(
            m.site_id
            for m in self.members
            if (m.start is None or m.start <= on) and (m.end is None or on < m.end)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A thing that uses, makes or stores energy, in a tree below its site's root asset."""

    id: UUID
    tenant_no: int
    site_id: UUID
    #: None for the root asset, whose id is the site's.
    parent_id: UUID | None
    #: site, building, floor, zone, chiller, ahu, battery, pv, charger, ...
    kind: str
    name: str
    #: Use of a building, in the words of the benchmark that is chosen ("office", "library").
    use_type: str = ""
    floor_area_m2: float | None = None
    #: Rated values, the name with its unit suffix ("cooling_kw") -> number.
    ratings: Mapping[str, float] = field(default_factory=dict)
    external_id: str | None = None
    tags: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    in_service_from: date | None = None
    in_service_to: date | None = None
