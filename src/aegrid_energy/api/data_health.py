"""Data health: whether sites and meters are talking, for whoever stands before them."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from aegrid_energy.analytics.freshness import Freshness
from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.policy import AskingContext, AskingPermit
from aegrid_energy.api.types import Answer
from aegrid_energy.domain.access import reach
from aegrid_energy.domain.errors import NotFoundError
from aegrid_energy.domain.series import Carrier, Direction, Kind, Quantity, Rhythm
from aegrid_energy.storage.meter_card import find_meter_card
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.scopes import path_of_meter, reached_sites
from aegrid_energy.workflows.see_data_health import SilentMeter, SiteHealth, see_data_health
from aegrid_energy.workflows.see_recent import Recent, see_recent

router = APIRouter(tags=["quality"], responses=DECLARED)

_MOST_SITES = 50


class SilentMeterBody(Answer):
    """A meter that does not say what it should; `newest_end` is null where it never said anything."""

    meter_id: UUID
    name: str
    carrier: Carrier
    rhythm: Rhythm
    freshness: Freshness
    newest_end: datetime | None


class SiteHealthBody(Answer):
    """A site: its silent meters, and its last eight local days, today the last.

    `completeness` is null for a day of which nothing is due; `missing_hours` adds up over series.
    """

    site_id: UUID
    name: str
    zone: str
    meters: int
    silent: list[SilentMeterBody]
    dates: list[date]
    completeness: list[float | None]
    missing_hours: float


class DataHealthBody(Answer):
    """The sites that were asked for and may be seen, by name."""

    sites: list[SiteHealthBody]


class RecentReadingBody(Answer):
    """A reading; `value` is an exact decimal in the unit of the series, null where unknown."""

    at: datetime
    end: datetime
    value: str | None
    quality: str
    flags: list[str]


class RecentSeriesBody(Answer):
    """A series of the meter with its last readings, newest first."""

    series_no: int
    register_name: Annotated[str, Field(alias="register")]
    quantity: Quantity
    direction: Direction
    kind: Kind
    unit: str
    step_s: int | None
    rhythm: Rhythm
    is_derived: bool
    freshness: Freshness
    seen_at: datetime | None
    readings: list[RecentReadingBody]


class RecentBody(Answer):
    """What a meter said last. `asset_id` is the asset whose live values tell that it said more."""

    meter_id: UUID
    name: str
    nmi: str | None
    serial: str
    carrier: Carrier
    timezone: str
    is_virtual: bool
    site_id: UUID | None
    site_name: str | None
    asset_id: UUID | None
    as_of: datetime
    series: list[RecentSeriesBody]


@router.get("/api/energy/data-health")
async def get_data_health(
    permit: AskingPermit,
    context: AskingContext,
    site: Annotated[list[UUID], Query(min_length=1, max_length=_MOST_SITES)],
) -> DataHealthBody:
    """Which meters of some sites are late, and how much of their last days is missing."""
    now = context.now()
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        within = await reached_sites(conn, reach(permit.actor, permit.action), on=now.date())
        wanted = set(site) if within is None else within & set(site)
        rows = await see_data_health(conn, wanted, now=now)
    return DataHealthBody(sites=[_site(row) for row in rows])


@router.get("/api/energy/meters/{meter_id}/recent")
async def get_recent(
    meter_id: UUID,
    permit: AskingPermit,
    context: AskingContext,
    count: Annotated[int, Query(ge=1, le=50)] = 10,
) -> RecentBody:
    """The last readings of a meter, to tell whether it is talking."""
    now, tenant_no = context.now(), permit.actor.tenant_no
    async with transaction(context.pool, tenant_no) as conn:
        path = await path_of_meter(conn, tenant_no, meter_id, at=now)
        permit.on(path)
        card = await find_meter_card(conn, meter_id)
        if card is None:
            raise NotFoundError("not_found")
        rows = await see_recent(conn, meter_id, count=count, now=now)
    places = [node for node in path or () if isinstance(node, UUID)]
    return RecentBody(
        meter_id=meter_id,
        name=card["name"],
        nmi=card["nmi"],
        serial=card["serial"],
        carrier=card["carrier"],
        timezone=card["timezone"],
        is_virtual=card["is_virtual"],
        site_id=card["site_id"],
        site_name=card["site_name"],
        asset_id=places[-1] if places else None,
        as_of=now,
        series=[_series(row) for row in rows],
    )


def _site(row: SiteHealth) -> SiteHealthBody:
    return SiteHealthBody(
        site_id=row.site.id,
        name=row.site.name,
        zone=row.site.timezone,
        meters=row.meters,
        silent=[_silent(one) for one in row.silent],
        dates=list(row.dates),
        completeness=list(row.completeness),
        missing_hours=round(row.missing_hours, 2),
    )


def _silent(one: SilentMeter) -> SilentMeterBody:
    return SilentMeterBody(
        meter_id=one.meter.id,
        name=one.meter.name,
        carrier=one.meter.carrier,
        rhythm=one.rhythm,
        freshness=one.freshness,
        newest_end=one.newest_end,
    )


def _series(row: Recent) -> RecentSeriesBody:
    one = row.series
    return RecentSeriesBody.model_validate(
        {
            "series_no": one.series_no,
            "register": one.register,
            "quantity": one.quantity,
            "direction": one.direction,
            "kind": one.kind,
            "unit": one.unit,
            "step_s": one.step_s,
            "rhythm": one.rhythm,
            "is_derived": one.derived_from is not None,
            "freshness": row.freshness,
            "seen_at": row.seen_at,
            "readings": [RecentReadingBody.model_validate(reading) for reading in row.readings],
        }
    )
