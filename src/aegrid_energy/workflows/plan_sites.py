"""Plan which series make up each site now, and keep the plans of a tenant until its register changes."""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final, TypeVar
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.analytics.consumption import Register, plan_consumption
from aegrid_energy.domain.meter import Meter, MeterAssignment
from aegrid_energy.domain.readings import MICRO
from aegrid_energy.domain.series import Carrier, Direction, Kind, Quantity, Rhythm, Series
from aegrid_energy.domain.site import Asset, Site
from aegrid_energy.domain.spans import FIRST_MS, LAST_MS, Span
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.nouns import list_assets, list_assignments, list_meters, list_sites
from aegrid_energy.storage.register_revision import RegisterRevision, register_revision
from aegrid_energy.storage.series import list_series
from aegrid_energy.storage.zones import zone_numbers

#: A meter that was taken away within the last day still shows: what is newest may be an hour old.
_LOOK_BACK_MS: Final = 86_400_000
#: Sites that plans are kept of, over all tenants; about 3 kB each.
_SITES_AT_MOST: Final = 20_000

_Placed = TypeVar("_Placed", Asset, Meter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A series that a site's power or energy is added up from.

    Args:
        series_no: Its number.
        zone_no: The zone of its local days; 0 for a gauge, which has no energy.
        step_s: Length of an interval; 0 where irregular, which says nothing of now. [s]
        kw_per_micro: What makes its readings powers.
    """

    series_no: int
    zone_no: int
    step_s: int
    kw_per_micro: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePlan:
    """What makes up a site now.

    Args:
        site: The site.
        counted: Its electricity import, interval by interval.
        gauged: Its power meter, where it has one.
        carriers: What it has meters for.
        rhythm: How its intervals arrive; the liveliest of them.
        step_s: The longest of its intervals; None where it has no regular ones. [s]
    """

    site: Site
    counted: tuple[Part, ...]
    gauged: tuple[Part, ...]
    carriers: tuple[Carrier, ...]
    rhythm: Rhythm
    step_s: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of many sites as columns of shape (parts,); `site` is the row of the site."""

    site: NDArray[np.int64]
    series_no: NDArray[np.int64]
    zone_no: NDArray[np.int64]
    step_s: NDArray[np.int64]
    kw_per_micro: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class PortfolioPlan:
    """The plans of some sites by name, and their parts as columns."""

    sites: tuple[SitePlan, ...]

    @cached_property
    def counted(self) -> Parts:
        """What is counted at the sites."""
        return columns_of([site.counted for site in self.sites])

    @cached_property
    def gauged(self) -> Parts:
        """What is gauged at the sites."""
        return columns_of([site.gauged for site in self.sites])

    @cached_property
    def by_zone(self) -> Mapping[str, NDArray[np.int64]]:
        """Rows of the sites of each zone."""
        rows: dict[str, list[int]] = {}
        for row, of in enumerate(self.sites):
            rows.setdefault(of.site.timezone, []).append(row)
        return {zone: np.array(held, dtype=np.int64) for zone, held in rows.items()}

    def within(self, site_ids: Collection[UUID] | None) -> "PortfolioPlan":
        """Only these sites; None means all."""
        if site_ids is None:
            return self
        return PortfolioPlan(sites=tuple(of for of in self.sites if of.site.id in site_ids))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A plan of a whole tenant: of this revision, and as long as no date of the register is passed."""

    revision: RegisterRevision
    plan: PortfolioPlan
    from_ms: int
    until_ms: int


class SitePlans:
    """Plans of whole tenants, kept between calls; the tenants that were asked for longest ago go first."""

    def __init__(self, *, sites_at_most: int = _SITES_AT_MOST) -> None:
        self._kept: OrderedDict[int, _Kept] = OrderedDict()
        self._sites_at_most = sites_at_most

    @property
    def sites(self) -> int:
        """How many sites have a plan here."""
        return sum(len(kept.plan.sites) for kept in self._kept.values())

    async def of(
        self, conn: Connection, site_ids: Collection[UUID] | None, *, now: datetime
    ) -> PortfolioPlan:
        """The plan of some sites of the transaction's tenant; None means all."""
        revision, at_ms = await register_revision(conn), ms_of(now)
        kept = self._kept.get(revision.tenant_no)
        if kept is None or kept.revision != revision or not kept.from_ms <= at_ms < kept.until_ms:
            kept = await _plan_tenant(conn, revision, at_ms)
            self._keep(kept)
        else:
            self._kept.move_to_end(revision.tenant_no)
        return kept.plan.within(site_ids)

    def _keep(self, kept: _Kept) -> None:
        # What a transaction changed itself may be rolled back: nobody else may see a plan of it.
        if not kept.revision.is_settled or len(kept.plan.sites) > self._sites_at_most:
            return
        self._kept[kept.revision.tenant_no] = kept
        self._kept.move_to_end(kept.revision.tenant_no)
        while self.sites > self._sites_at_most:
            self._kept.popitem(last=False)


async def plan_sites(conn: Connection, site_ids: Collection[UUID] | None, *, now: datetime) -> PortfolioPlan:
    """Which series make up each site now, worked out anew; None means all sites."""
    kept = await _plan_tenant(conn, await register_revision(conn), ms_of(now))
    return kept.plan.within(site_ids)


async def _plan_tenant(conn: Connection, revision: RegisterRevision, at_ms: int) -> _Kept:
    sites = await list_sites(conn)
    ids = [site.id for site in sites]
    meters = await list_meters(conn, ids)
    series = await list_series(conn, owners=[meter.id for meter in meters]) if meters else []
    assignments = await list_assignments(conn, ids)
    power = await _power_meters(conn, ids)
    zones = await zone_numbers(conn, {s.zone for s in series}) if series else {}
    by_site = _registers(ids, await list_assets(conn, ids), meters, assignments, series)
    plan = PortfolioPlan(
        sites=tuple(_plan(site, by_site[site.id], power.get(site.id, ()), zones, at_ms) for site in sites)
    )
    edges = sorted(_edges(meters, assignments, series))
    after = bisect_right(edges, at_ms)
    return _Kept(
        revision=revision,
        plan=plan,
        from_ms=edges[after - 1] if after else FIRST_MS,
        until_ms=edges[after] if after < len(edges) else LAST_MS,
    )


def _edges(
    meters: Iterable[Meter], assignments: Iterable[MeterAssignment], series: Iterable[Series]
) -> set[int]:
    """Instants at which a plan of now becomes another one: something starts, or ended a day ago. [ms]."""
    starts = [m.in_service_from for m in meters] + [a.start for a in assignments]
    ends = [m.in_service_to for m in meters] + [a.end for a in assignments]
    starts += [s.valid_from for s in series]
    ends += [s.valid_to for s in series]
    return {ms_of(at) for at in starts if at} | {ms_of(at) + _LOOK_BACK_MS for at in ends if at}


def _registers(
    ids: Sequence[UUID],
    assets: Iterable[Asset],
    meters: Iterable[Meter],
    assignments: Iterable[MeterAssignment],
    series: Iterable[Series],
) -> dict[UUID, Register]:
    own_assets, own_meters = _by_site(ids, assets), _by_site(ids, meters)
    series_of: dict[UUID, list[Series]] = {}
    for one in series:
        if one.meter_id is not None:
            series_of.setdefault(one.meter_id, []).append(one)
    stood: dict[UUID, list[MeterAssignment]] = {}
    for assignment in assignments:
        stood.setdefault(assignment.meter_id, []).append(assignment)
    return {
        site_id: Register(
            assets=own_assets[site_id],
            meters=own_meters[site_id],
            assignments=[a for m in own_meters[site_id] for a in stood.get(m.id, ())],
            series=[s for m in own_meters[site_id] for s in series_of.get(m.id, ())],
        )
        for site_id in ids
    }


def _plan(
    site: Site, register: Register, gauged: tuple[Part, ...], zones: Mapping[str, int], at_ms: int
) -> SitePlan:
    plan = plan_consumption(
        site.id,
        register,
        Span(at_ms - _LOOK_BACK_MS, at_ms + 1),
        carriers=frozenset({Carrier.ELECTRICITY}),
        directions=frozenset({Direction.IMPORT}),
        quantities=frozenset({Quantity.ENERGY}),
    )
    numbers = {use.series_no for use in plan.used}
    # A register's readings are no amounts: its power and energy are in the intervals derived from it.
    used = [s for s in register.series if s.series_no in numbers and s.kind is Kind.INTERVAL]
    rhythms = {s.rhythm for s in used}
    return SitePlan(
        site=site,
        counted=tuple(
            Part(
                series_no=s.series_no,
                zone_no=zones[s.zone],
                step_s=s.step_s or 0,
                kw_per_micro=3600 / s.step_s / MICRO if s.step_s else 0.0,
            )
            for s in used
        ),
        gauged=gauged,
        carriers=tuple(c for c in Carrier if any(m.carrier is c for m in register.meters)),
        rhythm=next((r for r in Rhythm if r in rhythms), Rhythm.MONTHLY_FILE),
        step_s=max((s.step_s for s in used if s.step_s), default=None),
    )


async def _power_meters(conn: Connection, site_ids: list[UUID]) -> dict[UUID, tuple[Part, ...]]:
    """Power meters of whole sites: points of the root asset that gauge power."""
    cursor = await conn.execute(
        """select distinct on (p.asset_id) p.asset_id, s.series_no, coalesce(s.step_s, 60)
           from point p join series s on s.point_id = p.id
           where p.asset_id = any(%s) and s.quantity = 'power' and s.kind = 'instant'
           order by p.asset_id, s.series_no desc""",
        (site_ids,),
    )
    return {
        site_id: (Part(series_no=number, zone_no=0, step_s=step, kw_per_micro=1 / MICRO),)
        for site_id, number, step in await cursor.fetchall()
    }


def columns_of(of_sites: Sequence[tuple[Part, ...]]) -> Parts:
    """The parts of sites, one tuple a site, as columns."""
    rows = [(row, part) for row, parts in enumerate(of_sites) for part in parts]
    return Parts(
        site=np.array([row for row, _ in rows], dtype=np.int64),
        series_no=np.array([part.series_no for _, part in rows], dtype=np.int64),
        zone_no=np.array([part.zone_no for _, part in rows], dtype=np.int64),
        step_s=np.array([part.step_s for _, part in rows], dtype=np.int64),
        kw_per_micro=np.array([part.kw_per_micro for _, part in rows], dtype=np.float64),
    )


def _by_site(ids: Iterable[UUID], rows: Iterable[_Placed]) -> dict[UUID, list[_Placed]]:
    held: dict[UUID, list[_Placed]] = {site_id: [] for site_id in ids}
    for row in rows:
        if row.site_id is not None and row.site_id in held:
            held[row.site_id].append(row)
    return held
