"""Assets one by one: facts, parts, meters, and points with their newest values."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from fastapi import APIRouter

from aegrid_energy.analytics.freshness import Freshness
from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.frame import FramedBody, frame_of
from aegrid_energy.api.meters import NewestBody
from aegrid_energy.api.policy import AskingContext, AskingPermit
from aegrid_energy.api.types import Answer
from aegrid_energy.domain.access import Action, allowed
from aegrid_energy.domain.errors import NotFoundError
from aegrid_energy.domain.meter import Role
from aegrid_energy.domain.series import Carrier, Kind, Quantity
from aegrid_energy.storage.asset_card import find_asset_card
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.scopes import path_of_asset
from aegrid_energy.storage.series import list_series
from aegrid_energy.storage.trail import carriers_of_asset
from aegrid_energy.workflows.see_newest import Newest, see_newest

router = APIRouter(tags=["register"], responses=DECLARED)


class ChildBody(Answer):
    """A part of an asset."""

    id: UUID
    kind: str
    name: str
    use_type: str
    floor_area_m2: float | None
    has_children: bool


class StandingMeterBody(Answer):
    """A meter that stands on the asset, will, or did."""

    meter_id: UUID
    name: str
    carrier: Carrier
    nmi: str | None
    is_virtual: bool
    role: Role
    start: datetime | None
    end: datetime | None
    is_there: bool


class PointBody(Answer):
    """A point with its newest value; `freshness` is measured by the point's own patience."""

    id: UUID
    name: str
    quantity: Quantity
    unit: str
    kind: Kind
    is_writable: bool
    brick_class: str
    valid_min: float | None
    valid_max: float | None
    expected_interval_s: int | None
    stale_after_s: int | None
    external_id: str | None
    tags: list[str]
    series_no: int | None
    newest: NewestBody | None
    freshness: Freshness


class AssetBody(FramedBody):
    """An asset with what hangs on it; a site is its root asset."""

    id: UUID
    site_id: UUID
    site_name: str
    timezone: str
    parent_id: UUID | None
    parent_name: str | None
    kind: str
    name: str
    use_type: str
    floor_area_m2: float | None
    ratings: dict[str, float]
    external_id: str | None
    tags: list[str]
    groups: list[str]
    in_service_from: date | None
    in_service_to: date | None
    children: list[ChildBody]
    meters: list[StandingMeterBody]
    points: list[PointBody]


@router.get("/api/energy/assets/{asset_id}")
async def get_asset(asset_id: UUID, permit: AskingPermit, context: AskingContext) -> AssetBody:
    """An asset: what stands above it, its facts, its parts, its meters, its points with value and age."""
    now, actor = context.now(), permit.actor
    async with transaction(context.pool, actor.tenant_no) as conn:
        path = await path_of_asset(conn, actor.tenant_no, asset_id, on=now.date())
        permit.on(path)
        card = await find_asset_card(conn, asset_id, now=now)
        if card is None or path is None:
            raise NotFoundError("asset_not_found")
        card |= await frame_of(conn, actor, path, await carriers_of_asset(conn, asset_id), but=asset_id)
        if card["parent_id"] is not None:
            above = await path_of_asset(conn, actor.tenant_no, card["parent_id"], on=now.date())
            if above is None or not allowed(actor, Action.VIEW, above):
                card["parent_id"] = card["parent_name"] = None
        series = await list_series(conn, owners=[point["id"] for point in card["points"]])
        for point in card["points"]:
            own = [one for one in series if one.point_id == point["id"]]
            seen = await see_newest(conn, own, now=now, stale_after_s=point["stale_after_s"])
            number, newest, state = _last(seen)
            point.update(series_no=number, newest=newest, freshness=state)
    return AssetBody.model_validate(card)


def _last(
    seen: Mapping[int, tuple[Newest | None, Freshness]],
) -> tuple[int | None, Newest | None, Freshness]:
    """The series of a point that was heard of last: a change of interval opens another."""
    best: tuple[int | None, Newest | None, Freshness] = (None, None, Freshness.STALE)
    for number, (newest, state) in sorted(seen.items()):
        if best[1] is None or (newest is not None and newest.at >= best[1].at):
            best = (number, newest, state)
    return best
