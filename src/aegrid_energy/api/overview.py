"""The portfolio at a glance: one call for the whole table."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.policy import AskingContext, AskingPermit
from aegrid_energy.api.types import Answer, Limit
from aegrid_energy.domain.access import reach
from aegrid_energy.domain.series import Carrier
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.scopes import reached_assets, reached_sites
from aegrid_energy.workflows.see_overview import SiteNow, plan_sites, see_overview

router = APIRouter(tags=["overview"], responses=DECLARED)


class LatestPower(Answer):
    """The newest value of a site."""

    at: datetime
    power_kw: float
    quality: str
    freshness: str


class OverviewSite(Answer):
    """One row; energies are of `day` (the newest local day with readings), the day before and its month."""

    id: UUID
    name: str
    zone: str
    latest: LatestPower | None
    day: str | None
    today_kwh: float | None
    yesterday_kwh: float | None
    month_kwh: float | None
    carriers: list[Carrier]
    coverage: float | None


class OverviewTotals(Answer):
    """Sums over the sites shown."""

    sites: int
    power_kw: float
    live_sites: int
    today_kwh: float


class OverviewBody(Answer):
    """All sites of the caller's scope."""

    as_of: datetime
    sites: list[OverviewSite]
    totals: OverviewTotals


@router.get("/api/energy/overview")
async def get_overview(permit: AskingPermit, context: AskingContext) -> OverviewBody:
    """What every site in scope uses now, today and this month."""
    now = context.now()
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        sites = await reached_sites(conn, reach(permit.actor, permit.action), on=now.date())
        plans = await plan_sites(conn, sites, now=now)
        rows = await see_overview(conn, plans, now=now)
    shown = [_site(row) for row in rows]
    return OverviewBody(
        as_of=now,
        sites=shown,
        totals=OverviewTotals(
            sites=len(shown),
            power_kw=sum(s.latest.power_kw for s in shown if s.latest and s.latest.freshness == "live"),
            live_sites=sum(bool(s.latest and s.latest.freshness == "live") for s in shown),
            today_kwh=sum(s.today_kwh or 0.0 for s in shown),
        ),
    )


def _site(row: SiteNow) -> OverviewSite:
    value = row.latest
    return OverviewSite(
        id=row.site.id,
        name=row.site.name,
        zone=row.site.timezone,
        latest=LatestPower(
            at=value.at, power_kw=round(value.value, 3), quality=value.quality, freshness=row.freshness
        )
        if value
        else None,
        day=row.newest_day.isoformat() if row.newest_day else None,
        today_kwh=_rounded(row.today_kwh),
        yesterday_kwh=_rounded(row.yesterday_kwh),
        month_kwh=_rounded(row.month_kwh),
        carriers=list(row.carriers),
        coverage=row.coverage,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


class Found(Answer):
    """One hit of a search."""

    kind: str
    id: UUID
    name: str
    detail: str
    asset_id: UUID | None


class SearchBody(Answer):
    """Hits, best first."""

    results: list[Found]


@router.get("/api/energy/search")
async def search(
    permit: AskingPermit,
    context: AskingContext,
    text: Annotated[str, Query(alias="q", min_length=1, max_length=100, pattern=r"^[^\x00]*$")],
    limit: Limit = 20,
) -> SearchBody:
    """Sites, assets, meters and points by name, NMI, serial or external id."""
    now = context.now()
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        assets = await reached_assets(conn, reach(permit.actor, permit.action), on=now.date())
        cursor = await conn.execute(
            """with found as (
                   select case when a.id = a.site_id then 'site' else 'asset' end as kind, a.id, a.name,
                          a.kind || ' ' || coalesce(a.external_id, '') as detail, a.id as asset_id
                   from assets a
                   union all
                   select 'meter', m.id, m.name, concat_ws(' ', m.carrier, m.nmi, m.serial, m.external_id),
                          coalesce((select x.asset_id from meter_assignment x where x.meter_id = m.id
                                    order by x.valid_from desc limit 1), m.site_id)
                   from energy_meters m
                   union all
                   select 'point', p.id, p.name, concat_ws(' ', p.quantity, p.external_id, p.address),
                          p.asset_id
                   from point p)
               select kind, id, name, detail, asset_id from found
               where (%(all)s or asset_id = any(%(assets)s))
                 and (strpos(lower(name), lower(%(text)s)) > 0 or strpos(lower(detail), lower(%(text)s)) > 0)
               order by lower(name) <> lower(%(text)s), strpos(lower(name), lower(%(text)s)) <> 1, name, id
               limit %(limit)s""",
            {"all": assets is None, "assets": list(assets or ()), "text": text, "limit": limit},
        )
        rows = await cursor.fetchall()
    return SearchBody(
        results=[Found(kind=r[0], id=r[1], name=r[2], detail=r[3], asset_id=r[4]) for r in rows]
    )
