"""Consumption: what an asset used, and what comes in."""

import hashlib
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from aegrid_energy.analytics.buckets import MAX_POINTS, Resolution
from aegrid_energy.api.consumption_answer import ConsumptionBody, rendered
from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.idempotent import answered_once
from aegrid_energy.api.policy import AskingContext, AskingPermit
from aegrid_energy.api.readings_taken import Asked, LoadBody, take
from aegrid_energy.api.types import Moment, StartedBody
from aegrid_energy.domain.series import Carrier, Direction, Quantity
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.scopes import path_of_asset
from aegrid_energy.storage.state import refuse_full_disk
from aegrid_energy.workflows.answer_consumption import Question, answer_consumption

router = APIRouter(tags=["consumption"], responses=DECLARED)


@router.get("/api/energy/consumption/{asset_id}", response_model=ConsumptionBody)
async def get_consumption(
    asset_id: UUID,
    permit: AskingPermit,
    context: AskingContext,
    request: Request,
    start: Annotated[Moment, Query(alias="from")],
    end: Annotated[Moment, Query(alias="to")],
    carrier: Carrier = Carrier.ELECTRICITY,
    direction: Direction = Direction.IMPORT,
    quantity: Quantity | None = None,
    points: Annotated[int, Query(ge=1, le=MAX_POINTS)] = 1000,
    resolution: Resolution | None = None,
    meter: UUID | None = None,
) -> Response:
    """What an asset used over a period, by its boundary meters or else its children's."""
    question = Question(
        asset_id=asset_id,
        period=Span(ms_of(start), ms_of(end)),
        carrier=carrier,
        direction=direction,
        quantity=quantity,
        points=points,
        resolution=resolution,
        meter_id=meter,
    )
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        permit.on(await path_of_asset(conn, permit.actor.tenant_no, asset_id, on=context.now().date()))
        answer = await answer_consumption(conn, question)
    accept = request.headers.get("accept", "")
    body, media = rendered(answer, accept)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Accept, Aegrid-Tenant, Cookie"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media, headers=headers)


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
    return await answered_once(request, permit, context, lambda: take(request, permit, context, asked))
