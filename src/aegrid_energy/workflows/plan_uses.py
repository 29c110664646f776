"""Plan what has counted at each site at any time, and keep it until the register of the tenant changes."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, TypeVar
from uuid import UUID

import numpy as np

from aegrid_energy.analytics.consumption import MAIN_QUANTITY, Register, Use, plan_consumption
from aegrid_energy.domain.meter import Meter, MeterAssignment
from aegrid_energy.domain.series import Carrier, Direction, Kind, Quantity, Series
from aegrid_energy.domain.site import Asset, Site
from aegrid_energy.domain.spans import FIRST_MS, LAST_MS, Span
from aegrid_energy.domain.zones import day_start, local_date_of
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.nouns import list_assets, list_assignments, list_meters, list_sites
from aegrid_energy.storage.register_revision import register_revision
from aegrid_energy.storage.series import list_series
from aegrid_energy.storage.zones import zone_numbers

#: Sites that plans are kept of, over all tenants; about 5 kB each.
_SITES_AT_MOST: Final = 20_000
#: Stand for "since ever" and "until further notice" among days since the epoch.
FIRST_DAY: Final = -(10**6)
LAST_DAY: Final = 10**6
_EPOCH: Final = date(1970, 1, 1).toordinal()

_Placed = TypeVar("_Placed", Asset, Meter)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedDays:
    """A series that counts at a site over some of its local days, in days since the epoch, half-open."""

    series_no: int
    zone_no: int
    step_s: int
    first: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteUse:
    """What makes up one carrier of a site.

    Args:
        quantity: What is counted.
        counted: Series whose days add up to it.
        inexact: Days that stored days cannot answer: readings do. A virtual meter, a counter, a bill, another
            zone, a meter that was moved at noon.
        holes: Days on which something was not metered.
    """

    quantity: Quantity
    counted: tuple[CountedDays, ...]
    inexact: tuple[tuple[int, int], ...]
    holes: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteUses:
    """A site, what it is like, and what makes up its consumption.

    Args:
        floor_area_m2: Its own, or else of what stands in it; None where nobody knows. [m2]
        use_types: Its own use and those of its buildings, the largest first.
        carriers: What it has meters for.
        uses: By carrier; import.
    """

    site: Site
    floor_area_m2: Decimal | None
    use_types: tuple[str, ...]
    carriers: tuple[Carrier, ...]
    uses: Mapping[Carrier, SiteUse]


@dataclass(frozen=True, slots=True)
class _Kept:
    mark: str
    sites: tuple[SiteUses, ...]


class UsePlans:
    """Plans of whole tenants, kept between calls; the tenants that were asked for longest ago go first."""

    def __init__(self, *, sites_at_most: int = _SITES_AT_MOST) -> None:
        self._kept: OrderedDict[int, _Kept] = OrderedDict()
        self._sites_at_most = sites_at_most

    async def of(self, conn: Connection) -> tuple[SiteUses, ...]:
        """All sites of the transaction's tenant, by name."""
        revision = await register_revision(conn)
        kept = self._kept.get(revision.tenant_no)
        if kept is None or kept.mark != revision.mark or not revision.is_settled:
            kept = _Kept(revision.mark, await plan_uses(conn))
            # What a transaction changed itself may be rolled back: nobody else may see a plan of it.
            if revision.is_settled and len(kept.sites) <= self._sites_at_most:
                self._kept[revision.tenant_no] = kept
        if revision.tenant_no in self._kept:
            self._kept.move_to_end(revision.tenant_no)
        while sum(len(held.sites) for held in self._kept.values()) > self._sites_at_most:
            self._kept.popitem(last=False)
        return kept.sites


async def plan_uses(conn: Connection) -> tuple[SiteUses, ...]:
    """All sites of the tenant, worked out anew."""
    sites = await list_sites(conn)
    ids = [site.id for site in sites]
    meters = await list_meters(conn, ids)
    own_assets, own_meters = _by_site(await list_assets(conn, ids)), _by_site(meters)
    every = await list_series(conn, owners=[meter.id for meter in meters]) if meters else []
    zones = await zone_numbers(conn, {series.zone for series in every}) if every else {}
    series: dict[UUID | None, list[Series]] = {}
    for one in every:
        series.setdefault(one.meter_id, []).append(one)
    stood: dict[UUID, list[MeterAssignment]] = {}
    for assignment in await list_assignments(conn, ids):
        stood.setdefault(assignment.meter_id, []).append(assignment)
    return tuple(
        _site_uses(
            site,
            Register(
                assets=own_assets.get(site.id, []),
                meters=own_meters.get(site.id, []),
                assignments=[a for m in own_meters.get(site.id, []) for a in stood.get(m.id, ())],
                series=[s for m in own_meters.get(site.id, []) for s in series.get(m.id, ())],
            ),
            zones,
        )
        for site in sites
    )


def _by_site(rows: Iterable[_Placed]) -> dict[UUID | None, list[_Placed]]:
    held: dict[UUID | None, list[_Placed]] = {}
    for row in rows:
        held.setdefault(row.site_id, []).append(row)
    return held


def _site_uses(site: Site, register: Register, zones: Mapping[str, int]) -> SiteUses:
    carriers = tuple(c for c in Carrier if any(m.carrier is c for m in register.meters))
    plan = plan_consumption(
        site.id, register, Span(FIRST_MS, LAST_MS), directions=frozenset({Direction.IMPORT})
    )
    by_no = {one.series_no: one for one in register.series}
    uses: dict[Carrier, SiteUse] = {}
    for carrier in carriers:
        every = [use for use in plan.used if use.carrier is carrier]
        if not every:
            continue
        main = MAIN_QUANTITY[carrier]
        quantity = main if any(use.quantity is main for use in every) else every[0].quantity
        own = [use for use in every if use.quantity is quantity]
        exact = [use for use in own if _is_by_day(use, by_no, site.timezone)]
        uses[carrier] = SiteUse(
            quantity=quantity,
            counted=tuple(_counted(site, use, by_no, zones) for use in exact),
            inexact=(
                *(_days(site, use.span) for use in own if use not in exact),
                *(day for use in exact for day in _broken_days(site, use.span)),
            ),
            holes=tuple(_days(site, hole.span) for hole in plan.holes if hole.carrier is carrier),
        )
    built = [asset for asset in register.assets if asset.id == site.id or asset.kind == "building"]
    buildings = sorted(built, key=lambda asset: (asset.id != site.id, -(asset.floor_area_m2 or 0)))
    return SiteUses(
        site=site,
        floor_area_m2=_area(site.id, register.assets),
        use_types=tuple(dict.fromkeys(a.use_type for a in buildings if a.use_type)),
        carriers=carriers,
        uses=uses,
    )


def _is_by_day(use: Use, by_no: Mapping[int, Series], zone: str) -> bool:
    series = None if use.series_no is None else by_no[use.series_no]
    return series is not None and series.kind is Kind.INTERVAL and bool(series.step_s) and series.zone == zone


def _counted(site: Site, use: Use, by_no: Mapping[int, Series], zones: Mapping[str, int]) -> CountedDays:
    series = by_no[use.series_no or 0]
    first, end = _days(site, use.span)
    return CountedDays(
        series_no=series.series_no,
        zone_no=zones[series.zone],
        step_s=series.step_s or 86_400,
        first=first,
        end=end,
    )


def _days(site: Site, span: Span) -> tuple[int, int]:
    """The local days that a span touches."""
    first = FIRST_DAY if span.start_ms <= 0 else _day(site, span.start_ms)
    end = LAST_DAY if span.end_ms >= LAST_MS else _day(site, span.end_ms - 1) + 1
    return first, end


def _broken_days(site: Site, span: Span) -> list[tuple[int, int]]:
    """Days that a span covers in part: it starts or ends within them."""
    edges = [at for at in (span.start_ms, span.end_ms) if 0 < at < LAST_MS]
    days = [(at, _day(site, at)) for at in edges]
    return [(day, day + 1) for at, day in days if day_start(site.timezone, _date(day)) != at]


def _day(site: Site, at_ms: int) -> int:
    return int(local_date_of(site.timezone, np.array([at_ms], dtype=np.int64))[0].astype(np.int64))


def _date(day: int) -> date:
    return date.fromordinal(_EPOCH + day)


def _area(site_id: UUID, assets: Sequence[Asset]) -> Decimal | None:
    below: dict[UUID | None, list[Asset]] = {}
    for asset in assets:
        below.setdefault(asset.parent_id, []).append(asset)

    def area(asset: Asset) -> Decimal:
        if asset.floor_area_m2:
            return Decimal(str(asset.floor_area_m2))
        return sum((area(child) for child in below.get(asset.id, [])), Decimal(0))

    whole = sum((area(asset) for asset in below.get(None, []) if asset.id == site_id), Decimal(0))
    return whole if whole > 0 else None
