"""What is done at a meter as one act: its device is exchanged, its formula is written."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.meters import InstallBody, MeterBody, meter_body
from aegrid_energy.api.policy import AskingContext, AskingPermit
from aegrid_energy.api.types import Answer, Moment, Name, StrictModel, Text, Uuid
from aegrid_energy.domain.access import Action, allowed
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.meter import VirtualTerm
from aegrid_energy.domain.series import Direction
from aegrid_energy.storage.meter_installs import Install
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.scopes import path_of_meter
from aegrid_energy.workflows.exchange_meter import Exchange, exchange_meter
from aegrid_energy.workflows.write_formula import write_formula

router = APIRouter(tags=["register"], responses=DECLARED)

#: An exact number, as text or as a number of JSON.
Exact = Annotated[
    Decimal,
    Field(strict=False, allow_inf_nan=False, max_digits=30, decimal_places=12, lt=10**12, gt=-(10**12)),
]
#: What a register shows.
Read = Annotated[
    Decimal, Field(strict=False, allow_inf_nan=False, max_digits=24, decimal_places=9, ge=0, lt=10**12)
]
Multiplier = Annotated[
    Decimal, Field(strict=False, allow_inf_nan=False, max_digits=20, decimal_places=9, gt=0, le=10**6)
]


class ExchangeForm(StrictModel):
    """A device taken out and another put in; reads are as the devices show them."""

    at: Moment
    last_read: Read | None = None
    first_read: Read = Decimal(0)
    serial: Name
    multiplier: Multiplier | None = None
    reason: Annotated[Text, Field(min_length=1, max_length=500)]


class ExchangeBody(Answer):
    """What became of the exchange; the job brings readings that came before it was told to the new device."""

    meter_id: UUID
    closed: InstallBody
    opened: InstallBody
    event_id: UUID
    job_id: UUID | None


class TermForm(StrictModel):
    """An input: a direction of a meter, times a coefficient."""

    input_id: Uuid
    coefficient: Exact = Decimal(1)
    direction: Annotated[Direction, Field(strict=False)] = Direction.IMPORT


class FormulaForm(StrictModel):
    """What a virtual meter is made of from `start` on (since ever without), until its next version."""

    start: Moment | None = None
    constant: Exact = Decimal(0)
    terms: Annotated[list[TermForm], Field(min_length=1, max_length=500)]


@router.post("/api/energy/meters/{meter_id}/exchange", status_code=201)
async def post_exchange(
    meter_id: UUID, form: ExchangeForm, permit: AskingPermit, context: AskingContext
) -> ExchangeBody:
    """Exchange a meter: the old device ends, the new one begins, and every chart of it says so."""
    now = context.now()
    if not form.reason.strip():
        raise InvalidError("reason_missing")
    exchange = Exchange(
        at=form.at,
        last_read=form.last_read,
        first_read=form.first_read,
        serial=form.serial.strip(),
        multiplier=form.multiplier,
        reason=form.reason.strip(),
    )
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        permit.on(await path_of_meter(conn, permit.actor.tenant_no, meter_id, at=now))
        done = await exchange_meter(
            conn, permit.actor.tenant_no, meter_id, exchange, actor=permit.actor.name, now=now
        )
    return ExchangeBody(
        meter_id=meter_id,
        closed=_install(done.closed),
        opened=_install(done.opened),
        event_id=done.event_id,
        job_id=done.job_id,
    )


@router.put("/api/energy/meters/{meter_id}/formula")
async def put_formula(
    meter_id: UUID, form: FormulaForm, permit: AskingPermit, context: AskingContext
) -> MeterBody:
    """Write a version of a virtual meter's formula; it is evaluated when it is read."""
    now, actor = context.now(), permit.actor
    async with transaction(context.pool, actor.tenant_no) as conn:
        permit.on(await path_of_meter(conn, actor.tenant_no, meter_id, at=now))
        for term in form.terms:
            path = await path_of_meter(conn, actor.tenant_no, term.input_id, at=now)
            if path is None or not allowed(actor, Action.VIEW, path):
                raise InvalidError("unknown_input", meter_id=str(term.input_id))
        terms = [
            VirtualTerm(input_id=t.input_id, coefficient=t.coefficient, direction=t.direction)
            for t in form.terms
        ]
        await write_formula(
            conn, meter_id, start=form.start, constant=form.constant, terms=terms, actor=actor.name, now=now
        )
        return await meter_body(conn, meter_id, permit, now)


def _install(install: Install) -> InstallBody:
    def text(read: Decimal | None) -> str | None:
        return None if read is None else format(read, "f")

    return InstallBody(
        serial=install.serial,
        multiplier=format(install.multiplier, "f"),
        first_read=text(install.first_read),
        last_read=text(install.last_read),
        wraps_at=text(install.wraps_at),
        start=install.start,
        end=install.end,
    )
