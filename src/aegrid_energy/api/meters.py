"""Meters one by one: what a set-up screen shows of a meter, and what it changes."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from aegrid_energy.analytics.freshness import Freshness
from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.frame import FramedBody, frame_of
from aegrid_energy.api.policy import AskingContext, AskingPermit, Permit
from aegrid_energy.api.types import Answer, Moment, Name, StrictModel, Text, Uuid
from aegrid_energy.domain.access import Action, allowed
from aegrid_energy.domain.errors import InvalidError, NotFoundError
from aegrid_energy.domain.meter import Role
from aegrid_energy.domain.series import Carrier, Direction, Kind, Quantity, Rhythm
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.meter_card import find_meter_card
from aegrid_energy.storage.meter_places import MeterFacts, assign_meter, change_meter, place_new_meter
from aegrid_energy.storage.nouns import list_meters
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.record import write_record
from aegrid_energy.storage.scopes import path_of_asset, path_of_meter
from aegrid_energy.storage.series import list_series
from aegrid_energy.storage.trail import carriers_of_meter
from aegrid_energy.workflows.see_newest import see_newest

router = APIRouter(tags=["register"], responses=DECLARED)


class NewestBody(Answer):
    """The newest value of a series; `value` is an exact decimal in the unit of the series."""

    at: datetime
    end: datetime
    value: str
    quality: str
    flags: list[str]
    age_s: int
    seen_at: datetime


class SeriesBody(Answer):
    """What is stored of a meter: one register at one interval length."""

    series_no: int
    register_name: Annotated[str, Field(alias="register")]
    quantity: Quantity
    direction: Direction
    kind: Kind
    unit: str
    step_s: int | None
    rhythm: Rhythm
    start: datetime | None
    end: datetime | None
    derived_from: int | None
    freshness: Freshness
    newest: NewestBody | None


class PlaceBody(Answer):
    """Where a meter stood, from when to when."""

    asset_id: UUID
    asset_name: str
    asset_kind: str
    role: Role
    start: datetime | None
    end: datetime | None


class FeedBody(Answer):
    """A meter above or below in the tree of supply, from when to when."""

    meter_id: UUID
    name: str
    start: datetime | None
    end: datetime | None


class InstallBody(Answer):
    """A device behind a meter; its reads are as it showed them, before the multiplier."""

    serial: str
    multiplier: str
    first_read: str | None
    last_read: str | None
    wraps_at: str | None
    start: datetime | None
    end: datetime | None


class TermBody(Answer):
    """An input of a formula; without id and name where the caller may not see it."""

    input_id: UUID | None
    input_name: str | None
    direction: Direction
    coefficient: str


class FormulaBody(Answer):
    """What a virtual meter is made of, from when to when; the constant is added per hour."""

    constant: str
    start: datetime | None
    end: datetime | None
    terms: list[TermBody]


class HeatingValueBody(Answer):
    """What a cubic metre of gas holds from an instant on, in MJ."""

    mj_per_m3: str
    pressure_factor: str
    start: datetime | None


class MeterRefBody(Answer):
    """A meter by name."""

    meter_id: UUID
    name: str


class MeterBody(FramedBody):
    """A meter with what hangs on it; what lies outside the caller's sight is left out."""

    id: UUID
    site_id: UUID | None
    site_name: str | None
    timezone: str
    carrier: Carrier
    name: str
    nmi: str | None
    serial: str
    external_id: str | None
    is_virtual: bool
    rhythm: Rhythm
    in_service_from: datetime | None
    in_service_to: datetime | None
    tags: list[str]
    assignments: list[PlaceBody]
    fed_by: list[FeedBody]
    feeds: list[FeedBody]
    installs: list[InstallBody]
    formula: list[FormulaBody]
    part_of: list[MeterRefBody]
    heating_values: list[HeatingValueBody]
    series: list[SeriesBody]


Tags = Annotated[list[Name], Field(max_length=50)]


class MeterForm(StrictModel):
    """What can be changed of a meter; all of it is replaced."""

    name: Name
    nmi: Name | None = None
    serial: Annotated[Text, Field(max_length=200)] = ""
    rhythm: Annotated[Rhythm, Field(strict=False)]
    in_service_from: Moment | None = None
    in_service_to: Moment | None = None
    tags: Tags = Field(default_factory=list)


class NewMeterForm(MeterForm):
    """A new meter, and since when it stands on the asset; without `start` since ever."""

    carrier: Annotated[Carrier, Field(strict=False)]
    role: Annotated[Role, Field(strict=False)]
    start: Moment | None = None
    external_id: Name | None = None
    is_virtual: bool = False
    rhythm: Annotated[Rhythm, Field(strict=False)] = Rhythm.MONTHLY_FILE


class AssignmentForm(StrictModel):
    """Where a meter stands from an instant on; where it stood until then it stands no longer."""

    asset_id: Uuid
    role: Annotated[Role, Field(strict=False)]
    start: Moment | None = None


@router.get("/api/energy/meters/{meter_id}")
async def get_meter(meter_id: UUID, permit: AskingPermit, context: AskingContext) -> MeterBody:
    """A meter: its register facts, places, feeds, devices, formula, series with their newest values."""
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        permit.on(await path_of_meter(conn, permit.actor.tenant_no, meter_id, at=context.now()))
        return await meter_body(conn, meter_id, permit, context.now())


@router.put("/api/energy/meters/{meter_id}")
async def put_meter(
    meter_id: UUID, form: MeterForm, permit: AskingPermit, context: AskingContext
) -> MeterBody:
    """Change a meter's name, numbers, rhythm, service dates and tags."""
    now = context.now()
    _check_service(form)
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        permit.on(await path_of_meter(conn, permit.actor.tenant_no, meter_id, at=now))
        (meter,) = [one for one in await list_meters(conn) if one.id == meter_id]
        await change_meter(
            conn,
            meter_id,
            MeterFacts(
                carrier=meter.carrier,
                is_virtual=meter.is_virtual,
                name=form.name,
                nmi=form.nmi,
                serial=form.serial,
                rhythm=form.rhythm,
                in_service_from=form.in_service_from,
                in_service_to=form.in_service_to,
                tags=sorted(set(form.tags)),
            ),
        )
        await _record(conn, permit, now, "meter_changed", meter_id, {"name": form.name})
        return await meter_body(conn, meter_id, permit, now)


@router.post("/api/energy/assets/{asset_id}/meters", status_code=201)
async def post_meter(
    asset_id: UUID, form: NewMeterForm, permit: AskingPermit, context: AskingContext
) -> MeterBody:
    """Make a meter that stands on an asset from an instant on."""
    now = context.now()
    _check_service(form)
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        permit.on(await path_of_asset(conn, permit.actor.tenant_no, asset_id, on=now.date()))
        facts = MeterFacts(
            carrier=form.carrier,
            name=form.name,
            nmi=form.nmi,
            serial=form.serial,
            external_id=form.external_id,
            is_virtual=form.is_virtual,
            rhythm=form.rhythm,
            in_service_from=form.in_service_from,
            in_service_to=form.in_service_to,
            tags=sorted(set(form.tags)),
        )
        meter_id = await place_new_meter(conn, asset_id, facts, form.role, start=form.start, now=now)
        await _record(conn, permit, now, "meter_added", meter_id, {"name": form.name})
        return await meter_body(conn, meter_id, permit, now)


@router.post("/api/energy/meters/{meter_id}/assignments", status_code=201)
async def post_assignment(
    meter_id: UUID, form: AssignmentForm, permit: AskingPermit, context: AskingContext
) -> MeterBody:
    """Assign a meter to an asset from an instant on; history keeps the place it had then."""
    now, tenant_no = context.now(), permit.actor.tenant_no
    async with transaction(context.pool, tenant_no) as conn:
        permit.on(await path_of_meter(conn, tenant_no, meter_id, at=now))
        permit.on(await path_of_asset(conn, tenant_no, form.asset_id, on=now.date()))
        await assign_meter(conn, meter_id, form.asset_id, form.role, start=form.start)
        detail = {"asset_id": str(form.asset_id), "role": form.role.value, "start": str(form.start or "")}
        await _record(conn, permit, now, "meter_assigned", meter_id, detail)
        return await meter_body(conn, meter_id, permit, now)


async def meter_body(conn: Connection, meter_id: UUID, permit: Permit, now: datetime) -> MeterBody:
    """A meter as the caller may see it; the caller has been held to the meter itself."""
    found = await find_meter_card(conn, meter_id)
    if found is None:
        raise NotFoundError("meter_not_found")
    path = await path_of_meter(conn, permit.actor.tenant_no, meter_id, at=now) or (permit.actor.tenant_no,)
    reach = await carriers_of_meter(conn, meter_id)
    found |= await frame_of(conn, permit.actor, path, reach, but=meter_id)
    seen = _Seen(conn, permit, now)
    found["assignments"] = [one for one in found["assignments"] if await seen.asset(one["asset_id"])]
    for part in ("fed_by", "feeds", "part_of"):
        found[part] = [one for one in found[part] if await seen.meter(one["meter_id"])]
    for version in found["formula"]:
        for term in version["terms"]:
            if not await seen.meter(term["input_id"]):
                term["input_id"] = term["input_name"] = None
    series = await list_series(conn, owners=[meter_id])
    newest = await see_newest(conn, series, now=now, service_end=found["in_service_to"])
    for one in found["series"]:
        one["newest"], one["freshness"] = newest[one["series_no"]]
    return MeterBody.model_validate(found)


class _Seen:
    """What the caller may see, asked once a thing."""

    def __init__(self, conn: Connection, permit: Permit, now: datetime) -> None:
        self._conn, self._permit, self._now = conn, permit, now
        self._known: dict[UUID, bool] = {}

    async def meter(self, meter_id: UUID) -> bool:
        if meter_id not in self._known:
            actor = self._permit.actor
            path = await path_of_meter(self._conn, actor.tenant_no, meter_id, at=self._now)
            self._known[meter_id] = path is not None and allowed(actor, Action.VIEW, path)
        return self._known[meter_id]

    async def asset(self, asset_id: UUID) -> bool:
        if asset_id not in self._known:
            actor = self._permit.actor
            path = await path_of_asset(self._conn, actor.tenant_no, asset_id, on=self._now.date())
            self._known[asset_id] = path is not None and allowed(actor, Action.VIEW, path)
        return self._known[asset_id]


async def _record(
    conn: Connection, permit: Permit, now: datetime, action: str, meter_id: UUID, detail: dict[str, str]
) -> None:
    await write_record(
        conn,
        now=now,
        actor=permit.actor.name,
        action=action,
        object_kind="meter",
        object_id=meter_id,
        detail=detail,
    )


def _check_service(form: MeterForm) -> None:
    start, end = form.in_service_from, form.in_service_to
    if start is not None and end is not None and end <= start:
        raise InvalidError("invalid_field", field="in_service_to", reason="must be after in_service_from")
