"""Gaps: what is missing of a series is estimated, shown first, and stored if a person says so."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import AfterValidator, Field

from aegrid_energy.analytics.gap_fill import FillMethod
from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.policy import AskingContext, AskingPermit, Permit
from aegrid_energy.api.types import Answer, FiniteFloat, Id32, Moment, StrictModel, Text
from aegrid_energy.domain.readings import MICRO
from aegrid_energy.domain.series import Series
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.scopes import path_of_asset, path_of_meter, path_of_site
from aegrid_energy.workflows.repair_gap import (
    Proposal,
    Repair,
    Repaired,
    find_series,
    propose_repair,
    repair_gap,
)

router = APIRouter(tags=["quality"], responses=DECLARED)


class RepairForm(StrictModel):
    """Where readings are missing, and how they are estimated; `total` goes with `known_total`."""

    start: Annotated[Moment, Field(alias="from")]
    end: Annotated[Moment, Field(alias="to")]
    method: Annotated[FillMethod, Field(strict=False)]
    total: FiniteFloat | None = None
    reason: Annotated[Text, Field(max_length=500), AfterValidator(str.strip)] = ""
    dry_run: bool = True


class RepairColumns(Answer):
    """Readings as columns of one length; `start` in ms since the epoch."""

    start: list[int]
    value: list[float]


class RepairBody(Answer):
    """Estimates for a gap, stored under `import_id` unless this was a dry run.

    `missing` readings were missing; those of `estimates` can be estimated. `excluded` were taken out by a
    person and stay out. `known` are readings around the gap.
    """

    series_no: int
    unit: str
    step_s: int
    method: FillMethod
    is_dry_run: bool
    import_id: UUID | None
    missing: int
    excluded: int
    total: str
    estimates: RepairColumns
    known: RepairColumns


@router.post("/api/energy/series/{series_no}/repair")
async def post_repair(
    series_no: Id32, form: RepairForm, permit: AskingPermit, context: AskingContext
) -> RepairBody:
    """Estimate what is missing of a series: `dry_run` (unless told otherwise) shows it, else it is stored.

    Only missing readings are filled. They are marked estimated, are listed as an import that can be taken
    back, and give way to whatever arrives for them later.
    """
    now, tenant_no = context.now(), permit.actor.tenant_no
    repair = Repair(period=Span(ms_of(form.start), ms_of(form.end)), method=form.method, total=form.total)
    async with transaction(context.pool, tenant_no) as conn:
        series = await find_series(conn, series_no)
        await hold_to_series(conn, series, permit, now)
        if form.dry_run:
            proposal = await propose_repair(conn, series, repair, now=now)
            return _body(Repaired(proposal=proposal, import_id=None), form.method)
    done = await repair_gap(
        context.pool, tenant_no, series, repair, reason=form.reason, actor=permit.actor.name, now=now
    )
    return _body(done, form.method)


async def hold_to_series(conn: Connection, series: Series, permit: Permit, now: datetime) -> None:
    """Hold the caller to what a series belongs to: its meter, its point's asset, or its site."""
    tenant_no = permit.actor.tenant_no
    if series.meter_id is not None:
        permit.on(await path_of_meter(conn, tenant_no, series.meter_id, at=now))
    elif series.site_id is not None:
        permit.on(await path_of_site(conn, tenant_no, series.site_id, on=now.date()))
    else:
        cursor = await conn.execute("select asset_id from point where id = %s", (series.point_id,))
        row: tuple[Any, ...] | None = await cursor.fetchone()
        permit.on(await path_of_asset(conn, tenant_no, row[0], on=now.date()) if row else None)


def _body(done: Repaired, method: FillMethod) -> RepairBody:
    proposal: Proposal = done.proposal
    return RepairBody(
        series_no=proposal.series.series_no,
        unit=proposal.series.unit,
        step_s=proposal.series.step_s or 0,
        method=method,
        is_dry_run=done.import_id is None,
        import_id=done.import_id,
        missing=proposal.missing,
        excluded=proposal.excluded,
        total=str(proposal.total),
        estimates=RepairColumns(start=proposal.start_ms.tolist(), value=(proposal.micro / MICRO).tolist()),
        known=RepairColumns(start=proposal.known.start_ms.tolist(), value=proposal.known.floats.tolist()),
    )
