"""Trends: several series of an asset over one period, and which there are."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import numpy as np
from fastapi import APIRouter, Query
from numpy.typing import NDArray
from pydantic import Field

from aegrid_energy.analytics.buckets import Resolution
from aegrid_energy.analytics.consumption import MAIN_QUANTITY
from aegrid_energy.analytics.display_units import rate_unit
from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.policy import AskingContext, AskingPermit
from aegrid_energy.api.types import Answer, Moment
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.series import Carrier, Direction, Quantity
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.units import CANONICAL
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.scopes import path_of_asset
from aegrid_energy.storage.trend_choices import TrendChoice, list_trend_choices
from aegrid_energy.workflows.see_trends import Trend, see_trends

router = APIRouter(tags=["consumption"], responses=DECLARED)

#: More than these are no picture; beyond six the page draws a small one for each.
MOST_SERIES = 24
_KEY = r"^(point|meter):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


class ChoiceBody(Answer):
    """A series that can be drawn: a point, or a meter by its rate; `carrier` only of meters."""

    key: str
    id: UUID
    name: str
    asset_id: UUID
    asset_name: str
    quantity: Quantity | None
    unit: str
    carrier: Carrier | None
    direction: Direction
    newest: datetime | None


class ChoicesBody(Answer):
    """What can be drawn of an asset."""

    asset_id: UUID
    choices: list[ChoiceBody]


class TrendBody(Answer):
    """One series in buckets; a gap is null. `problem` says why there are none."""

    key: str
    name: str
    asset_id: UUID
    asset_name: str
    unit: str
    resolution: Resolution | None
    step_s: int
    start: list[int]
    mean: list[float | None]
    min: list[float | None]
    max: list[float | None]
    coverage: list[float | None]
    problem: str | None


class TrendsBody(Answer):
    """Several series over one period, in the order they were asked for."""

    asset_id: UUID
    zone: str
    series: list[TrendBody]


@router.get("/api/energy/trends/{asset_id}/choices")
async def get_trend_choices(asset_id: UUID, permit: AskingPermit, context: AskingContext) -> ChoicesBody:
    """The points and meters on an asset and below it, each with the start of its newest interval."""
    tenant_no, now = permit.actor.tenant_no, context.now()
    async with transaction(context.pool, tenant_no) as conn:
        permit.on(await path_of_asset(conn, tenant_no, asset_id, on=now.date()))
        choices = await list_trend_choices(conn, asset_id, now=now)
    return ChoicesBody(asset_id=asset_id, choices=[_choice(choice) for choice in choices])


@router.get("/api/energy/trends/{asset_id}")
async def get_trends(
    asset_id: UUID,
    permit: AskingPermit,
    context: AskingContext,
    start: Annotated[Moment, Query(alias="from")],
    end: Annotated[Moment, Query(alias="to")],
    series: Annotated[list[Annotated[str, Field(pattern=_KEY)]], Query(min_length=1, max_length=MOST_SERIES)],
    points: Annotated[int, Query(ge=1, le=2_000)] = 800,
) -> TrendsBody:
    """Several series of an asset and of what is below it, each in the finest buckets that fit `points`."""
    tenant_no, now = permit.actor.tenant_no, context.now()
    period = Span(ms_of(start), ms_of(end))
    if period.end_ms <= period.start_ms:
        raise InvalidError("empty_period")
    async with transaction(context.pool, tenant_no) as conn:
        permit.on(await path_of_asset(conn, tenant_no, asset_id, on=now.date()))
        zone, found = await see_trends(conn, asset_id, series, period, points=points, now=now)
    return TrendsBody(asset_id=asset_id, zone=zone, series=[_trend(one) for one in found])


def _choice(choice: TrendChoice) -> ChoiceBody:
    carrier = None if choice.carrier is None else Carrier(choice.carrier)
    quantity = None if choice.quantity is None else Quantity(choice.quantity)
    unit = choice.unit
    if unit is None and carrier is not None:
        unit = rate_unit(CANONICAL[quantity or MAIN_QUANTITY[carrier]])
    return ChoiceBody(
        key=choice.key,
        id=choice.id,
        name=choice.name,
        asset_id=choice.asset_id,
        asset_name=choice.asset_name,
        quantity=quantity,
        unit=unit or "",
        carrier=carrier,
        direction=Direction(choice.direction),
        newest=choice.newest,
    )


def _trend(one: Trend) -> TrendBody:
    return TrendBody(
        key=one.choice.key,
        name=one.choice.name,
        asset_id=one.choice.asset_id,
        asset_name=one.choice.asset_name,
        unit=one.unit,
        resolution=one.resolution,
        step_s=one.step_s,
        start=one.start_ms.tolist(),
        mean=_figures(one.mean),
        min=_figures(one.low),
        max=_figures(one.high),
        coverage=_figures(one.coverage),
        problem=one.problem,
    )


def _figures(column: NDArray[np.float64]) -> list[float | None]:
    return [None if np.isnan(value) else round(value, 6) for value in column.tolist()]
