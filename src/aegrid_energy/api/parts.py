"""What is below an asset now: its meters, each against what is normal for it, and kVA beside kW."""

from datetime import date, datetime
from uuid import UUID

from fastapi import APIRouter

from aegrid_energy.analytics.freshness import Freshness
from aegrid_energy.analytics.newest_interval import Apparent, NewestInterval
from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.policy import AskingContext, AskingPermit
from aegrid_energy.api.types import Answer
from aegrid_energy.domain.meter import Role
from aegrid_energy.domain.series import Carrier, Direction
from aegrid_energy.domain.zones import at_of
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.scopes import path_of_asset
from aegrid_energy.workflows.see_parts import see_parts

router = APIRouter(tags=["consumption"], responses=DECLARED)


class PartNowBody(Answer):
    """The newest interval of the day, and the day up to its end.

    `rate`, `usual`, `low` and `high` are in `rate_unit`: the mean of the interval, and median, P10 and P90 of
    like days at that time of day; null says that there is not enough history. `total` is the day's sum,
    `used` the part of it that can be compared, `used_normally` the medians of the same intervals.
    """

    start: datetime
    end: datetime
    rate: float
    usual: float | None
    low: float | None
    high: float | None
    total: float
    used: float
    used_normally: float


class PartBody(Answer):
    """A meter on the asset or below it, after the meter that feeds it; `depth` counts those above."""

    meter_id: UUID
    name: str
    asset_id: UUID
    asset_name: str
    asset_kind: str
    role: Role
    direction: Direction
    fed_by: UUID | None
    depth: int
    freshness: Freshness
    now: PartNowBody | None


class ApparentBody(Answer):
    """The powers of the newest interval that has active and reactive energy."""

    start: datetime
    end: datetime
    power_kw: float
    reactive_kvar: float
    apparent_kva: float
    power_factor: float | None


class PartsBody(Answer):
    """The meters on and below an asset; `on` is the local day that the figures are of."""

    asset_id: UUID
    carrier: Carrier
    zone: str
    unit: str | None
    rate_unit: str | None
    on: date | None
    parts: list[PartBody]
    left_out: int
    apparent: ApparentBody | None


@router.get("/api/energy/parts/{asset_id}")
async def get_parts(
    asset_id: UUID,
    permit: AskingPermit,
    context: AskingContext,
    carrier: Carrier = Carrier.ELECTRICITY,
) -> PartsBody:
    """What each meter on and below an asset takes now, and what is normal for it at this time."""
    tenant_no, now = permit.actor.tenant_no, context.now()
    async with transaction(context.pool, tenant_no) as conn:
        permit.on(await path_of_asset(conn, tenant_no, asset_id, on=now.date()))
        answer = await see_parts(conn, asset_id, carrier=carrier, now=now)
    return PartsBody(
        asset_id=asset_id,
        carrier=carrier,
        zone=answer.zone,
        unit=answer.unit,
        rate_unit=answer.rate_unit,
        on=answer.on,
        parts=[
            PartBody(
                meter_id=part.meter_id,
                name=part.name,
                asset_id=part.asset_id,
                asset_name=part.asset_name,
                asset_kind=part.asset_kind,
                role=part.role,
                direction=part.direction,
                fed_by=part.fed_by,
                depth=part.depth,
                freshness=part.freshness,
                now=_now(part.now),
            )
            for part in answer.parts
        ],
        left_out=answer.left_out,
        apparent=_apparent(answer.apparent),
    )


def _now(newest: NewestInterval | None) -> PartNowBody | None:
    if newest is None:
        return None
    return PartNowBody(
        start=at_of(newest.start_ms),
        end=at_of(newest.end_ms),
        rate=round(newest.rate, 6),
        usual=_rounded(newest.usual),
        low=_rounded(newest.low),
        high=_rounded(newest.high),
        total=round(newest.total, 6),
        used=round(newest.used, 6),
        used_normally=round(newest.used_normally, 6),
    )


def _apparent(found: Apparent | None) -> ApparentBody | None:
    if found is None:
        return None
    return ApparentBody(
        start=at_of(found.start_ms),
        end=at_of(found.end_ms),
        power_kw=round(found.power_kw, 6),
        reactive_kvar=round(found.reactive_kvar, 6),
        apparent_kva=round(found.apparent_kva, 6),
        power_factor=_rounded(found.power_factor),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
