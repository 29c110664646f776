"""The portfolio at a glance: one call for the whole table."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import TypeAdapter

from aegrid_energy.analytics.freshness import Freshness
from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.policy import AskingContext, AskingPermit
from aegrid_energy.api.types import Answer, Limit
from aegrid_energy.domain.access import reach
from aegrid_energy.domain.series import Carrier
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.scopes import reached_assets, reached_sites
from aegrid_energy.storage.search import search_register
from aegrid_energy.workflows.see_overview import SiteNow, see_overview

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


_SITES: Final = TypeAdapter(list[OverviewSite])
_MOMENT: Final = TypeAdapter(datetime)


@router.get("/api/energy/overview", response_model=OverviewBody)
async def get_overview(permit: AskingPermit, context: AskingContext, request: Request) -> Response:
    """What every site in scope uses now, today and this month."""
    now = context.now()
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        sites = await reached_sites(conn, reach(permit.actor, permit.action), on=now.date())
        plan = await context.plans.of(conn, sites, now=now)
        rows = await see_overview(conn, plan, now=now)
    body, etag = render_overview(rows, as_of=now)
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Aegrid-Tenant, Cookie"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def render_overview(rows: Sequence[SiteNow], *, as_of: datetime) -> tuple[bytes, str]:
    """The JSON of an `OverviewBody`, and its weak ETag: two answers of one tag differ in `as_of` alone."""
    live = [row.latest.power_kw for row in rows if row.latest and row.freshness is Freshness.LIVE]
    totals = OverviewTotals(
        sites=len(rows),
        power_kw=_rounded(sum(live)) or 0.0,
        live_sites=len(live),
        today_kwh=_rounded(sum(row.today_kwh or 0.0 for row in rows)) or 0.0,
    )
    shown = (
        b'"sites":'
        + _SITES.dump_json([_site(row) for row in rows])
        + b',"totals":'
        + totals.model_dump_json().encode()
    )
    etag = f'W/"{hashlib.sha256(shown).hexdigest()[:32]}"'
    return b'{"as_of":' + _MOMENT.dump_json(as_of) + b"," + shown + b"}", etag


def _site(row: SiteNow) -> OverviewSite:
    value = row.latest
    return OverviewSite(
        id=row.site.id,
        name=row.site.name,
        zone=row.site.timezone,
        latest=LatestPower(
            at=value.at, power_kw=round(value.power_kw, 3), quality=value.quality, freshness=row.freshness
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
    """One hit of a search, and where it lies; `asset_id` is what its page is about, `site_id` of a site."""

    kind: Literal["site", "asset", "meter", "point"]
    id: UUID
    name: str
    detail: str
    asset_id: UUID | None
    site_id: UUID | None
    site_name: str | None
    asset_name: str | None


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
        hits = await search_register(conn, text, assets, limit=limit)
    return SearchBody(results=[Found.model_validate(hit) for hit in hits])
