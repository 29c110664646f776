"""Consumption: what an asset used, and what comes in."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from aegrid_energy.analytics.buckets import MAX_POINTS, Resolution
from aegrid_energy.analytics.consumption_answer import Against, Question
from aegrid_energy.api.consumption_answer import rendered
from aegrid_energy.api.consumption_body import ConsumptionBody
from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.etag import tagged
from aegrid_energy.api.idempotent import answered_once
from aegrid_energy.api.policy import AskingContext, AskingPermit
from aegrid_energy.api.readings_taken import Asked, LoadBody, take
from aegrid_energy.api.types import Moment, StartedBody, Text
from aegrid_energy.domain.series import Carrier, Direction, Quantity
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.preferences import read_preferences
from aegrid_energy.storage.scopes import path_of_asset
from aegrid_energy.storage.state import refuse_full_disk
from aegrid_energy.workflows.answer_consumption import answer_consumption
from aegrid_energy.workflows.compare_consumption import compare_consumption

router = APIRouter(tags=["consumption"], responses=DECLARED)


class ConsumptionQuery(BaseModel):
    """What is asked of an asset; see `analytics.consumption_answer.Question`."""

    model_config = ConfigDict(frozen=True)

    start: Annotated[Moment, Field(alias="from")]
    end: Annotated[Moment, Field(alias="to")]
    carrier: Carrier = Carrier.ELECTRICITY
    direction: Direction = Direction.IMPORT
    quantity: Quantity | None = None
    points: Annotated[int, Field(ge=1, le=MAX_POINTS)] = 1000
    resolution: Resolution | None = None
    meter: UUID | None = None
    point: UUID | None = None
    unit: Annotated[Text, Field(max_length=32)] | None = None
    comparison: Against | None = None
    other_asset: UUID | None = None
    per_m2: bool = False


@router.get("/api/energy/consumption/{asset_id}", response_model=ConsumptionBody)
async def get_consumption(
    asset_id: UUID,
    permit: AskingPermit,
    context: AskingContext,
    request: Request,
    asked: Annotated[ConsumptionQuery, Query()],
) -> Response:
    """What an asset used over a period, by its boundary meters or else its children's.

    `meter` asks for one meter, virtual ones too; `point` for one point. `quantity` may be a power (`power`,
    `reactive_power`, `apparent_power`, `power_factor`) or `temperature`, the air outside of the site.
    `comparison` adds the same columns of another time, of the normal band, or of `other_asset`; `per_m2`
    divides by floor area. `unit` shows energy in kWh, MWh, MJ or GJ and volumes in m3 or kL; gas volumes as
    energy by the heating values of their dates. The tenant's preference stands where none is given.
    """
    tenant_no, on = permit.actor.tenant_no, context.now().date()
    async with transaction(context.pool, tenant_no) as conn:
        permit.on(await path_of_asset(conn, tenant_no, asset_id, on=on))
        if asked.other_asset is not None:
            permit.on(await path_of_asset(conn, tenant_no, asked.other_asset, on=on))
        preferred = None if asked.unit else await _preferred_unit(conn, asked)
        question = _question(asset_id, asked, preferred)
        if asked.comparison is None:
            answer = await answer_consumption(conn, question)
        else:
            answer = await compare_consumption(
                conn, question, asked.comparison, other_asset_id=asked.other_asset, now=context.now()
            )
    return tagged(request, *rendered(answer, request.headers.get("accept", "")))


def _question(asset_id: UUID, asked: ConsumptionQuery, preferred_unit: str | None) -> Question:
    return Question(
        asset_id=asset_id,
        period=Span(ms_of(asked.start), ms_of(asked.end)),
        carrier=asked.carrier,
        direction=asked.direction,
        quantity=asked.quantity,
        points=asked.points,
        resolution=asked.resolution,
        meter_id=asked.meter,
        point_id=asked.point,
        unit=asked.unit,
        preferred_unit=preferred_unit,
        per_m2=asked.per_m2,
    )


async def _preferred_unit(conn: Connection, asked: ConsumptionQuery) -> str | None:
    """The tenant's unit of the carrier; a point is no carrier's."""
    if asked.point is not None:
        return None
    units = (await read_preferences(conn)).get("display_units")
    unit = units.get(asked.carrier.value) if isinstance(units, dict) else None
    return unit if isinstance(unit, str) else None


@router.post(
    "/api/energy/consumption",
    response_model=LoadBody,
    status_code=200,
    responses={202: {"model": StartedBody}},
)
async def post_consumption(
    request: Request, permit: AskingPermit, context: AskingContext, asked: Annotated[Asked, Query()]
) -> Response:
    """Take readings: the `series` form, the `readings` form, or a file as its own body.

    A file (CSV, XML, Arrow, Parquet, XLSX, NEM12, zip) is recognised by its content. With `site`, meters
    that the register does not have are made in that site; with `job`, a file is loaded in the background.
    The same call with the same `Idempotency-Key` is done once.
    """
    if context.disk is not None:
        refuse_full_disk(context.disk)
    return await answered_once(request, permit, context, lambda _: take(request, permit, context, asked))
