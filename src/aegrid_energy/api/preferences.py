"""Preferences that hold for everybody in a tenant: the financial year, currency, carriers, units."""

import calendar
import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Header, Response
from pydantic import AfterValidator, Field, StringConstraints, ValidationError

from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.policy import AskingContext, AskingPermit
from aegrid_energy.api.types import StrictModel
from aegrid_energy.domain.errors import ConflictError, EnergyError, InvalidError
from aegrid_energy.domain.series import Carrier
from aegrid_energy.domain.units import unit_of
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.preferences import hold_preferences, read_preferences, write_preferences
from aegrid_energy.storage.record import write_record

router = APIRouter(tags=["preferences"], responses=DECLARED)


def _day_of_every_year(text: str) -> str:
    month, day = int(text[:2]), int(text[3:])
    if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(2023, month)[1]:
        raise ValueError("must be a month and a day of every year, like 07-01")
    return text


def _unit(text: str) -> str:
    try:
        return unit_of(text).code
    except EnergyError as error:
        raise ValueError("is not a unit that we know") from error


_Carrier = Annotated[Carrier, Field(strict=False)]


class Preferences(StrictModel):
    """What holds for everybody; each has a value from the start."""

    #: First day of the financial year.
    financial_year_start: Annotated[
        str, StringConstraints(pattern=r"^\d{2}-\d{2}$"), AfterValidator(_day_of_every_year)
    ] = "07-01"
    #: Of new sites that name none. Amounts in it are written with its own sign, others with their code.
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "AUD"
    #: Carriers that screens offer, in this order; where none of them flows, what does.
    carriers: Annotated[list[_Carrier], Field(min_length=1, max_length=len(Carrier))] = Field(
        default_factory=lambda: list(Carrier)
    )
    #: Unit in which a carrier is shown, where it is not the stored one.
    display_units: dict[_Carrier, Annotated[str, StringConstraints(max_length=20), AfterValidator(_unit)]] = (
        Field(default_factory=dict)
    )
    #: For how many years readings are kept; None: for ever. Days and months that were added up stay. A choice
    #: takes effect on what is sent at once, and on what is held after a day.
    readings_kept_years: Annotated[int, Field(ge=1, le=200)] | None = None
    #: Whether phones may keep the last days of chosen sites.
    is_offline_allowed: bool = True


@router.get("/api/energy/preferences")
async def get_preferences(permit: AskingPermit, context: AskingContext, response: Response) -> Preferences:
    """What the tenant has chosen, and the usual where it has not; its ETag is what a change names."""
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        return _tagged(response, chosen(await read_preferences(conn)))


@router.put("/api/energy/preferences")
async def put_preferences(
    form: Preferences,
    permit: AskingPermit,
    context: AskingContext,
    response: Response,
    if_match: Annotated[str | None, Header(max_length=1000)] = None,
) -> Preferences:
    """Choose; what is left out stays. `If-Match` names what the caller saw; a 409 where it has changed."""
    now = context.now()
    values = form.model_dump(mode="json", exclude_unset=True)
    if if_match is None:
        raise InvalidError("if_match_missing")
    named = {tag.strip().removeprefix("W/") for tag in if_match.split(",")}
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        await hold_preferences(conn)
        if not named & {_tag_of(chosen(await read_preferences(conn))), "*"}:
            raise ConflictError("preferences_changed")
        await write_preferences(conn, values, now=now)
        await write_record(
            conn,
            now=now,
            actor=permit.actor.name,
            action="preferences_changed",
            object_kind="tenant",
            object_id=permit.actor.tenant_no,
            detail=values,
        )
        return _tagged(response, chosen(await read_preferences(conn)))


def _tag_of(held: Preferences) -> str:
    return f'"{hashlib.sha256(held.model_dump_json().encode()).hexdigest()[:32]}"'


def _tagged(response: Response, held: Preferences) -> Preferences:
    response.headers["ETag"] = _tag_of(held)
    response.headers["Cache-Control"] = "private, no-cache"
    return held


def chosen(held: dict[str, Any]) -> Preferences:
    """The preferences of what is kept: the usual where nothing was chosen."""
    known = {name: value for name, value in held.items() if name in Preferences.model_fields}
    try:
        return Preferences.model_validate(known)
    except ValidationError as error:
        # A value of an older version that is no longer valid: the usual stands in for it.
        wrong = {problem["loc"][0] for problem in error.errors()}
        return Preferences.model_validate({n: v for n, v in known.items() if n not in wrong})
