"""The portfolio over a period: what every site used beside what it was before, and the months of all."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from aegrid_energy.analytics.portfolio_use import Month
from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.etag import tagged
from aegrid_energy.api.policy import AskingContext, AskingPermit
from aegrid_energy.api.types import Answer, Text
from aegrid_energy.domain.access import reach
from aegrid_energy.domain.readings import MICRO
from aegrid_energy.domain.series import Carrier
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.preferences import read_preferences
from aegrid_energy.storage.scopes import reached_sites
from aegrid_energy.storage.site_groups import Gathering, portfolios_on, reached, site_groups
from aegrid_energy.workflows.plan_uses import SiteUses
from aegrid_energy.workflows.see_normal import SiteNormal, see_normal
from aegrid_energy.workflows.see_portfolio import (
    Beside,
    Cost,
    PortfolioAnswer,
    PortfolioQuestion,
    SiteOfPortfolio,
    see_portfolio,
)

router = APIRouter(tags=["portfolio"], responses=DECLARED)

_Choice = Annotated[Text, Field(max_length=200)] | None


class PortfolioQuery(BaseModel):
    """What is asked; `from` and `to` are local days of each site, the last one is no part of it."""

    model_config = ConfigDict(frozen=True)

    start: Annotated[date, Field(alias="from", ge=date(1990, 1, 1), le=date(2100, 1, 1))]
    end: Annotated[date, Field(alias="to", ge=date(1990, 1, 1), le=date(2100, 1, 1))]
    carrier: Carrier = Carrier.ELECTRICITY
    comparison: Beside = Beside.SAME_PERIOD_LAST_YEAR
    portfolio: UUID | None = None
    group: UUID | None = None
    tag: _Choice = None
    use_type: _Choice = None


class ComparedBody(Answer):
    """This against that over the days both hold; `change_share` is null where `reason` says why."""

    this: float
    that: float
    change_share: float | None
    reason: str | None


class CostBody(Answer):
    """About what it cost: energy by flat price, without tax; a decimal as text."""

    currency: str
    amount: str
    sites: int


class PortfolioSiteBody(Answer):
    """One site; null where nothing is known."""

    id: UUID
    name: str
    zone: str
    floor_area_m2: float | None
    use_type: str
    tags: list[str]
    unit: str
    sum: float | None
    per_m2: float | None
    compared: ComparedBody
    elapsed_days: int
    common_days: int
    coverage: float | None
    estimated_share: float | None
    cost: CostBody | None


class PortfolioTotalsBody(Answer):
    """All sites of one unit; `compared` is of those `compared_sites` that can be compared."""

    sites: int
    sites_with_data: int
    sites_of_other_units: int
    compared_sites: int
    sum: float | None
    unit: str
    compared: ComparedBody
    coverage: float | None
    estimated_share: float | None
    costs: list[CostBody]


class PortfolioMonthBody(Answer):
    """A month of the whole, up to `as_of`, beside the same days a year before."""

    start: date
    sum: float | None
    coverage: float | None
    last_year_sum: float | None
    last_year_coverage: float | None
    is_running: bool


class NamedBody(Answer):
    """Something to choose sites by."""

    id: UUID
    name: str


class PortfolioChoicesBody(Answer):
    """What the sites of the caller's scope can be chosen by."""

    portfolios: list[NamedBody]
    groups: list[NamedBody]
    tags: list[str]
    use_types: list[str]
    carriers: list[Carrier]


class PortfolioBody(Answer):
    """The sites of the caller's scope that were chosen, over the period."""

    start: date
    end: date
    as_of: date | None
    carrier: Carrier
    comparison: Beside
    sites: list[PortfolioSiteBody]
    totals: PortfolioTotalsBody
    months: list[PortfolioMonthBody]
    choices: PortfolioChoicesBody


@router.get("/api/energy/portfolio/consumption", response_model=PortfolioBody)
async def get_portfolio_consumption(
    permit: AskingPermit,
    context: AskingContext,
    request: Request,
    asked: Annotated[PortfolioQuery, Query()],
) -> Response:
    """What every site in scope used over a period, and the months of the whole beside last year's.

    Days are compared with like days, as many as have passed and both sides hold; below 95 % of them
    `change_share` is null and `reason` says why. `sum` counts what is taken in.
    """
    now = context.now()
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        ids = await reached_sites(conn, reach(permit.actor, permit.action), on=now.date())
        mine = [of for of in await context.uses.of(conn) if ids is None or of.site.id in ids]
        own = {of.site.id for of in mine}
        portfolios = reached(await portfolios_on(conn, now.date()), own)
        groups = reached(await site_groups(conn), own)
        answer = await see_portfolio(
            conn,
            PortfolioQuestion(
                first=asked.start,
                end=asked.end,
                carrier=asked.carrier,
                beside=asked.comparison,
                preferred_unit=_preferred(await read_preferences(conn), asked.carrier),
            ),
            _chosen(mine, asked, portfolios, groups),
            now=now,
        )
    body = PortfolioBody(
        start=asked.start,
        end=asked.end,
        as_of=answer.as_of,
        carrier=asked.carrier,
        comparison=asked.comparison,
        sites=[_site(site) for site in answer.sites],
        totals=_totals(answer),
        months=[_month(month) for month in answer.months],
        choices=_choices(mine, portfolios, groups),
    )
    return tagged(request, body.model_dump_json().encode(), "application/json")


class SiteNormalBody(Answer):
    """One site on its newest day against the usual of that kind of day; null where `reason` says why.

    `low_kw`, `usual_kw` and `high_kw` are P10, median and P90 at the time of its newest reading; `excess_kwh`
    is what lay above P90 on that day so far. `pending`: it is worked out with one of the next calls.
    """

    site_id: UUID
    on: date | None
    low_kw: float | None
    usual_kw: float | None
    high_kw: float | None
    used_kwh: float | None
    expected_kwh: float | None
    excess_kwh: float | None
    reason: str | None


class PortfolioNormalBody(Answer):
    """Every site of the caller's scope; `pending` of them have to be asked for again."""

    sites: list[SiteNormalBody]
    pending: int


@router.get("/api/energy/portfolio/normal", response_model=PortfolioNormalBody)
async def get_portfolio_normal(permit: AskingPermit, context: AskingContext, request: Request) -> Response:
    """Which sites use more than usual on their newest day; electricity that is taken in."""
    now = context.now()
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        ids = await reached_sites(conn, reach(permit.actor, permit.action), on=now.date())
        plan = await context.plans.of(conn, ids, now=now)
        rows = await see_normal(conn, plan, context.bands, tenant_no=permit.actor.tenant_no, now=now)
    body = PortfolioNormalBody(
        sites=[SiteNormalBody.model_validate(_places(row)) for row in rows],
        pending=sum(row.reason == "pending" for row in rows),
    )
    return tagged(request, body.model_dump_json().encode(), "application/json")


def _places(row: SiteNormal) -> dict[str, object]:
    """Its figures to the watt."""
    held = {name: getattr(row, name) for name in SiteNormal.__dataclass_fields__}
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in held.items()}


def _preferred(held: dict[str, Any], carrier: Carrier) -> str | None:
    units = held.get("display_units")
    unit = units.get(carrier.value) if isinstance(units, dict) else None
    return unit if isinstance(unit, str) else None


def _chosen(
    mine: Sequence[SiteUses],
    asked: PortfolioQuery,
    portfolios: Iterable[Gathering],
    groups: Iterable[Gathering],
) -> list[SiteUses]:
    """The sites that all choices leave; a choice that is not there leaves none."""
    held: list[Collection[UUID]] = []
    if asked.portfolio is not None:
        held.append(next((of.site_ids for of in portfolios if of.id == asked.portfolio), ()))
    if asked.group is not None:
        held.append(next((of.site_ids for of in groups if of.id == asked.group), ()))
    return [
        of
        for of in mine
        if all(of.site.id in ids for ids in held)
        and (asked.tag is None or asked.tag in of.site.tags)
        and (asked.use_type is None or asked.use_type in of.use_types)
    ]


def _site(row: SiteOfPortfolio) -> PortfolioSiteBody:
    site = row.of.site
    return PortfolioSiteBody(
        id=site.id,
        name=site.name,
        zone=site.timezone,
        floor_area_m2=None if row.of.floor_area_m2 is None else float(row.of.floor_area_m2),
        use_type=row.of.use_types[0] if row.of.use_types else "",
        tags=sorted(site.tags),
        unit=row.unit,
        sum=_rounded(row.total),
        per_m2=_rounded(row.per_m2),
        compared=_compared(row.this, row.that, row.change, row.reason),
        elapsed_days=row.elapsed_days,
        common_days=row.common_days,
        coverage=row.coverage,
        estimated_share=row.estimated_share,
        cost=None if row.cost is None else _cost(row.cost),
    )


def _totals(answer: PortfolioAnswer) -> PortfolioTotalsBody:
    return PortfolioTotalsBody(
        sites=len(answer.sites),
        sites_with_data=sum(site.total is not None for site in answer.sites),
        sites_of_other_units=answer.left_out,
        compared_sites=answer.compared_sites,
        sum=_rounded(answer.total),
        unit=answer.unit,
        compared=_compared(answer.this, answer.that, answer.change, answer.reason),
        coverage=answer.coverage,
        estimated_share=answer.estimated_share,
        costs=[_cost(cost) for cost in answer.costs],
    )


def _compared(this: Decimal, that: Decimal, change: float | None, reason: str | None) -> ComparedBody:
    return ComparedBody(
        this=_rounded(this) or 0.0, that=_rounded(that) or 0.0, change_share=change, reason=reason
    )


def _cost(cost: Cost) -> CostBody:
    return CostBody(currency=cost.currency, amount=str(cost.amount), sites=cost.sites)


def _month(month: Month) -> PortfolioMonthBody:
    return PortfolioMonthBody(
        start=month.start,
        sum=None if month.total is None else month.total / MICRO,
        coverage=month.coverage,
        last_year_sum=None if month.last_year is None else month.last_year / MICRO,
        last_year_coverage=month.last_year_coverage,
        is_running=month.is_running,
    )


def _choices(
    mine: Sequence[SiteUses], portfolios: Iterable[Gathering], groups: Iterable[Gathering]
) -> PortfolioChoicesBody:
    return PortfolioChoicesBody(
        portfolios=[NamedBody(id=of.id, name=of.name) for of in portfolios],
        groups=[NamedBody(id=of.id, name=of.name) for of in groups],
        tags=sorted({tag for of in mine for tag in of.site.tags}),
        use_types=sorted({use for of in mine for use in of.use_types}),
        carriers=[carrier for carrier in Carrier if any(carrier in of.carriers for of in mine)],
    )


def _rounded(value: Decimal | None) -> float | None:
    return None if value is None else round(float(value), 6)
