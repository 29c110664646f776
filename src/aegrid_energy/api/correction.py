"""One reading: what is believed of it, what was before, and a person's correction."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import numpy as np
from fastapi import APIRouter, Header, Response
from pydantic import AfterValidator, Field

from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.policy import AskingContext, AskingPermit, Permit
from aegrid_energy.api.types import Answer, FiniteFloat, Name, StrictModel, Text
from aegrid_energy.domain import quality as q
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.reading_id import parse_reading_id, reading_id
from aegrid_energy.domain.readings import as_decimal
from aegrid_energy.domain.series import Series
from aegrid_energy.domain.units import to_canonical, unit_of
from aegrid_energy.domain.zones import at_of
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.readings_history import Version
from aegrid_energy.storage.scopes import path_of_asset, path_of_meter, path_of_site
from aegrid_energy.workflows.correct_reading import ReadingHistory, correct_reading, see_reading

router = APIRouter(tags=["consumption"], responses=DECLARED)


class VersionBody(Answer):
    """What a reading held for a time; `until` is null for what stands. A value is an exact decimal."""

    value: str | None
    quality: str
    source_no: int
    kind: str
    provider: str
    actor: str
    file: str
    received_at: datetime
    until: datetime | None
    replaced_by: str | None
    reason: str


class ReadingBody(Answer):
    """One reading, with everything that was ever believed of it, the newest first."""

    id: UUID
    series_no: int
    meter_id: UUID | None
    point_id: UUID | None
    register_name: str
    start: datetime
    duration_s: float
    unit: str
    value: str | None
    quality: str
    etag: str
    history: list[VersionBody]


class CorrectionForm(StrictModel):
    """A value that a person puts in the place of a reading; null takes the reading out."""

    value: FiniteFloat | None
    unit: Name
    reason: Annotated[Text, Field(min_length=3), AfterValidator(str.strip)]


@router.get("/api/energy/readings/{reading_id}")
async def get_reading(
    reading_id: UUID, permit: AskingPermit, context: AskingContext, response: Response
) -> ReadingBody:
    """One reading and its history; its ETag is what a correction names."""
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        seen = await _seen(conn, reading_id, permit, context)
    response.headers["ETag"] = seen.etag
    response.headers["Cache-Control"] = "private, no-cache"
    return _body(seen)


@router.put("/api/energy/consumption/{reading_id}")
async def put_reading(
    reading_id: UUID,
    form: CorrectionForm,
    permit: AskingPermit,
    context: AskingContext,
    response: Response,
    if_match: Annotated[str | None, Header(max_length=1000)] = None,
) -> ReadingBody:
    """Correct one reading. `If-Match` names the value that the caller saw; another one by now is a 409."""
    actor = permit.actor
    async with transaction(context.pool, actor.tenant_no) as conn:
        seen = await _seen(conn, reading_id, permit, context)
    if if_match is None:
        raise InvalidError("if_match_missing")
    named = {tag.strip().removeprefix("W/") for tag in if_match.split(",")}
    corrected = await correct_reading(
        context.pool,
        actor.tenant_no,
        seen,
        micro=_micro(form, seen.series),
        reason=form.reason,
        is_expected=lambda etag: bool(named & {etag, "*"}),
        actor=actor.name,
        now=context.now(),
    )
    response.headers["ETag"] = corrected.etag
    return _body(corrected)


def _micro(form: CorrectionForm, series: Series) -> int | None:
    unit = unit_of(form.unit)
    if unit.quantity is not series.quantity and unit.canonical != series.unit:
        raise InvalidError("unit_of_another_quantity", unit=form.unit, expected=series.unit)
    if form.value is None:
        return None
    return int(to_canonical(np.array([form.value], dtype=np.float64), unit)[0])


async def _seen(conn: Connection, of: UUID, permit: Permit, context: AskingContext) -> ReadingHistory:
    series_no, start_ms = parse_reading_id(of)
    seen = await see_reading(conn, series_no, start_ms)
    tenant_no, now = permit.actor.tenant_no, context.now()
    if seen.series.meter_id is not None:
        permit.on(await path_of_meter(conn, tenant_no, seen.series.meter_id, at=now))
    elif seen.series.site_id is not None:
        permit.on(await path_of_site(conn, tenant_no, seen.series.site_id, on=now.date()))
    else:
        row = await (
            await conn.execute("select asset_id from point where id = %s", (seen.series.point_id,))
        ).fetchone()
        permit.on(await path_of_asset(conn, tenant_no, row[0], on=now.date()) if row else None)
    return seen


def _body(seen: ReadingHistory) -> ReadingBody:
    now = seen.versions[0]
    return ReadingBody(
        id=reading_id(seen.series.series_no, seen.start_ms),
        series_no=seen.series.series_no,
        meter_id=seen.series.meter_id,
        point_id=seen.series.point_id,
        register_name=seen.series.register,
        start=at_of(seen.start_ms),
        duration_s=seen.duration_ms / 1000,
        unit=seen.series.unit,
        value=_value(now),
        quality=q.spelled(now.quality),
        etag=seen.etag,
        history=[_version(one, seen) for one in seen.versions],
    )


def _version(one: Version, seen: ReadingHistory) -> VersionBody:
    said = seen.said.get(one.source_no)
    by = None if one.replaced_by is None else seen.said.get(one.replaced_by)
    return VersionBody(
        value=_value(one),
        quality=q.spelled(one.quality),
        source_no=one.source_no,
        kind=said.kind if said else "",
        provider=said.provider if said else "",
        actor=said.actor if said else "",
        file=said.file if said else "",
        received_at=said.received_at if said else at_of(0),
        until=None if one.until_ms is None else at_of(one.until_ms),
        replaced_by=by.actor if by else None,
        reason=one.reason,
    )


def _value(version: Version) -> str | None:
    return None if version.micro is None else str(as_decimal(version.micro))
