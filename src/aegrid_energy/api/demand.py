"""Demand: the highest intervals of an asset, and its duration curve."""

from typing import Annotated
from uuid import UUID

import numpy as np
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from aegrid_energy.analytics.consumption_answer import Question
from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.etag import tagged
from aegrid_energy.api.policy import AskingContext, AskingPermit
from aegrid_energy.api.types import Answer, Moment
from aegrid_energy.domain import quality as q
from aegrid_energy.domain.series import Carrier, Direction, Quantity
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.zones import at_of, ms_of, zone_rules
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.scopes import path_of_asset
from aegrid_energy.workflows.find_demand import find_duration, find_peaks

router = APIRouter(tags=["consumption"], responses=DECLARED)


class PeakBody(Answer):
    """One interval of high demand; `rate` is its mean in `rate_unit`, kW for electricity.

    `share_of_day` is the interval's part of what its local day holds.
    """

    start: int
    start_local: str
    rate: float
    apparent_kva: float | None
    power_factor: float | None
    share_of_day: float | None
    quality: str


class PeaksBody(Answer):
    """The highest intervals, highest first."""

    asset_id: UUID
    carrier: Carrier
    direction: Direction
    quantity: Quantity
    rate_unit: str
    step_s: int
    zone: str
    peaks: list[PeakBody]


class DurationBody(Answer):
    """`rate[i]` is reached or exceeded for `share[i]` of the known time; `load_factor` is mean / highest."""

    asset_id: UUID
    carrier: Carrier
    direction: Direction
    quantity: Quantity
    rate_unit: str
    step_s: int
    zone: str
    intervals: int
    known_hours: float
    mean_rate: float | None
    load_factor: float | None
    share: list[float]
    rate: list[float]


@router.get("/api/energy/consumption/{asset_id}/peaks", response_model=PeaksBody)
async def get_peaks(
    asset_id: UUID,
    permit: AskingPermit,
    context: AskingContext,
    request: Request,
    start: Annotated[Moment, Query(alias="from")],
    end: Annotated[Moment, Query(alias="to")],
    n: Annotated[int, Query(ge=1, le=100)] = 10,
    carrier: Carrier = Carrier.ELECTRICITY,
    direction: Direction = Direction.IMPORT,
    meter: UUID | None = None,
) -> Response:
    """The highest native intervals of a period, with kVA and power factor where kvarh is metered."""
    question = _question(asset_id, start, end, carrier, direction, meter)
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        permit.on(await path_of_asset(conn, permit.actor.tenant_no, asset_id, on=context.now().date()))
        found = await find_peaks(conn, question, n=n)
    zone = zone_rules(found.site.timezone)
    body = PeaksBody(
        asset_id=asset_id,
        carrier=carrier,
        direction=direction,
        quantity=found.quantity,
        rate_unit=found.rate_unit,
        step_s=found.step_s,
        zone=found.site.timezone,
        peaks=[
            PeakBody(
                start=peak.start_ms,
                start_local=at_of(peak.start_ms).astimezone(zone).isoformat(),
                rate=round(peak.rate, 6),
                apparent_kva=_rounded(peak.apparent_kva),
                power_factor=_rounded(peak.power_factor, 4),
                share_of_day=_rounded(peak.share_of_day, 4),
                quality=q.spelled(peak.quality),
            )
            for peak in found.peaks
        ],
    )
    return tagged(request, body.model_dump_json().encode(), "application/json")


@router.get("/api/energy/consumption/{asset_id}/duration", response_model=DurationBody)
async def get_duration(
    asset_id: UUID,
    permit: AskingPermit,
    context: AskingContext,
    request: Request,
    start: Annotated[Moment, Query(alias="from")],
    end: Annotated[Moment, Query(alias="to")],
    points: Annotated[int, Query(ge=2, le=2000)] = 200,
    carrier: Carrier = Carrier.ELECTRICITY,
    direction: Direction = Direction.IMPORT,
    meter: UUID | None = None,
) -> Response:
    """The duration curve of a period, by its native intervals."""
    question = _question(asset_id, start, end, carrier, direction, meter)
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        permit.on(await path_of_asset(conn, permit.actor.tenant_no, asset_id, on=context.now().date()))
        found = await find_duration(conn, question, points=points)
    curve = found.curve
    body = DurationBody(
        asset_id=asset_id,
        carrier=carrier,
        direction=direction,
        quantity=found.quantity,
        rate_unit=found.rate_unit,
        step_s=found.step_s,
        zone=found.site.timezone,
        intervals=curve.intervals,
        known_hours=curve.intervals * found.step_s / 3_600,
        mean_rate=_rounded(curve.mean_rate),
        load_factor=_rounded(curve.load_factor, 4),
        share=np.round(curve.share, 6).tolist(),
        rate=np.round(curve.rate, 6).tolist(),
    )
    return tagged(request, body.model_dump_json().encode(), "application/json")


def _question(
    asset_id: UUID, start: Moment, end: Moment, carrier: Carrier, direction: Direction, meter: UUID | None
) -> Question:
    return Question(
        asset_id=asset_id,
        period=Span(ms_of(start), ms_of(end)),
        carrier=carrier,
        direction=direction,
        meter_id=meter,
    )


def _rounded(value: float | None, places: int = 6) -> float | None:
    return round(value, places) if value is not None and np.isfinite(value) else None
