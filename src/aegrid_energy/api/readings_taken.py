"""Taking readings: who may send which, the way they take into the store, and what is answered."""

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any, Final
from uuid import UUID

import orjson
from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from aegrid_energy.api.context import Context
from aegrid_energy.api.policy import Permit, refusal
from aegrid_energy.api.readings_body import SeriesForm, form_of, of_readings, of_series
from aegrid_energy.api.types import Answer, Name, Text
from aegrid_energy.domain.access import Action, allowed
from aegrid_energy.domain.errors import InvalidError, NotFoundError
from aegrid_energy.domain.ids import new_id
from aegrid_energy.domain.problems import Problem
from aegrid_energy.domain.series import AMOUNTS, Direction
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.parsed import ParsedFile
from aegrid_energy.storage.jobs import open_job
from aegrid_energy.storage.owners import find_meter_owner, find_point_owner
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.retention import oldest_kept_ms
from aegrid_energy.storage.scopes import path_of_asset, path_of_meter
from aegrid_energy.storage.uploads import Upload, keep_upload
from aegrid_energy.workflows.load_readings import File, LoadReport, Target, load_readings
from aegrid_energy.workflows.parse_upload import parse_upload
from aegrid_energy.workflows.take_live import LiveReport

#: Problems told in one answer; the rest is in the import's list.
_TOLD: Final = 100
#: Messages up to this many readings take the live path.
_SMALL: Final = 5_000


class ProblemBody(Answer):
    """What was not taken, or noticed, and where."""

    file: str
    line: int
    column: int
    code: str
    text: str
    refused: str


class LoadBody(Answer):
    """What became of a load; sending the same again changes nothing."""

    import_id: UUID
    status: str
    added: int
    changed: int
    unchanged: int
    outranked: int
    problems: list[ProblemBody]
    more_problems: int


class Asked(BaseModel):
    """What a sender says about what is sent, beside it."""

    model_config = ConfigDict(frozen=True)

    name: Name | None = None
    zone: Annotated[Text, Field(max_length=64)] = ""
    unit: Annotated[Text, Field(max_length=32)] = ""
    meter: Annotated[Text, Field(max_length=200)] = ""
    accept_proposed: bool = False
    site: UUID | None = None
    job: bool = False


async def take(request: Request, permit: Permit, context: Context, asked: Asked) -> Response:
    """Take what a request carries: small messages by the live path, all else as one load."""
    now = context.now()
    body = await request.body()
    media = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if asked.job:
        return await _in_background(body, media, asked, permit, context)
    name, zone, unit, meter, site = asked.name, asked.zone, asked.unit, asked.meter, asked.site
    form = form_of(body) if media == "application/json" else None
    if isinstance(form, SeriesForm):
        named = await _named(form, permit.actor.tenant_no, context)
        parsed, file = [of_series(form, *named)], File(name="api")
    elif form is not None:
        parsed, file = [of_readings(form)], File(name="api")
    else:
        file_name = name or "upload"
        async with transaction(context.pool, permit.actor.tenant_no) as conn:
            oldest_ms = await oldest_kept_ms(conn, now=now)
        choices = Choices(
            now_ms=ms_of(now),
            oldest_ms=oldest_ms,
            zone=zone,
            unit=unit,
            meter=meter,
            accept_proposed=asked.accept_proposed,
        )
        parsed = await parse_upload(body, file_name, choices)
        file = File(name=file_name, sha256=hashlib.sha256(body).digest(), size_bytes=len(body))
    await _permit_all(parsed, site, permit, context)
    if form is not None and sum(len(r.readings) for one in parsed for r in one.registers) <= _SMALL:
        taken = await request.app.state.live_taker.take(
            permit.actor.tenant_no,
            parsed[0],
            actor=permit.actor.name,
            target=Target(makes_missing=site is not None, site_of=lambda _: site),
            now=now,
        )
        status = 200 if taken.outcomes or not taken.problems else 422
        return Response(orjson.dumps(_taken_body(taken)), status, media_type="application/json")
    report = await load_readings(
        context.pool,
        permit.actor.tenant_no,
        parsed,
        file=file,
        target=Target(makes_missing=site is not None, site_of=lambda _: site),
        kind="api" if form is not None else "file",
        actor=permit.actor.name,
        now=now,
        provider=permit.actor.name if form is not None else "",
    )
    status = 200 if report.outcomes or not report.problems else 422
    return Response(orjson.dumps(_load_body(report)), status, media_type="application/json")


async def _in_background(body: bytes, media: str, asked: Asked, permit: Permit, context: Context) -> Response:
    """Keep the file and start a job.

    What meters it names is not known yet, so only who may load files anywhere in the tenant may do this.
    """
    if media == "application/json":
        raise InvalidError("invalid_field", field="job", reason="is for files; send JSON without it")
    if not body:
        raise InvalidError("invalid_body")
    actor, now = permit.actor, context.now()
    if not allowed(actor, Action.IMPORT_FILES, (actor.tenant_no,)):
        raise refusal(Action.IMPORT_FILES)
    upload_id, job_id = new_id(now), new_id(now)
    upload = Upload(name=asked.name or "upload", sha256=hashlib.sha256(body).digest(), content=body)
    args = asked.model_dump(mode="json", exclude={"name", "job"}) | {
        "upload_id": str(upload_id),
        "name": upload.name,
    }
    async with transaction(context.pool, actor.tenant_no) as conn:
        if asked.site is not None:
            permit.on(
                await path_of_asset(conn, actor.tenant_no, asked.site, on=now.date()), Action.IMPORT_FILES
            )
        await keep_upload(conn, upload_id, upload)
        await open_job(
            conn, job_id, tenant_no=actor.tenant_no, kind="load_upload", args=args, actor=actor.name
        )
    return Response(orjson.dumps({"job_id": job_id}), 202, media_type="application/json")


async def _named(form: SeriesForm, tenant_no: int, context: Context) -> tuple[str, str, Direction]:
    """Meter, register and direction: as said, or those of the series that is named by number."""
    if form.series is None:
        if form.meter is None:
            raise InvalidError("invalid_field", field="series", reason="give series, or meter and register")
        return form.meter, form.register_name, form.direction
    async with transaction(context.pool, tenant_no) as conn:
        cursor = await conn.execute(
            """select coalesce(m.external_id, m.nmi, m.name, p.external_id, p.name), s.register, s.direction
               from series s left join energy_meters m on m.id = s.meter_id
               left join point p on p.id = s.point_id
               where s.series_no = %s and s.tenant_no = current_tenant_no()""",
            (form.series,),
        )
        row = await cursor.fetchone()
    if row is None or row[0] is None:
        raise NotFoundError("series_not_found")
    return row[0], row[1], Direction(row[2])


async def _permit_all(parsed: list[ParsedFile], site: UUID | None, permit: Permit, context: Context) -> None:
    """Hold the sender to every meter named: outside the scope it is as unknown as one that does not exist."""
    now = context.now()
    tenant_no = permit.actor.tenant_no
    async with transaction(context.pool, tenant_no) as conn:
        if site is not None:
            permit.on(await path_of_asset(conn, tenant_no, site, on=now.date()), Action.IMPORT_FILES)
        if allowed(permit.actor, permit.action, (tenant_no,)):
            return  # the whole tenant is the sender's, every meter in it
        named = {(r.meter, r.carrier, r.quantity) for one in parsed for r in one.registers}
        for name, carrier, quantity in named:
            owner = await find_meter_owner(conn, name, carrier)
            if owner is not None and owner.meter_id is not None:
                permit.on(await path_of_meter(conn, tenant_no, owner.meter_id, at=now))
                continue
            point = None if quantity in AMOUNTS else await find_point_owner(conn, name, quantity)
            if point is not None:
                cursor = await conn.execute("select asset_id from point where id = %s", (point.point_id,))
                row = await cursor.fetchone()
                permit.on(await path_of_asset(conn, tenant_no, row[0], on=now.date()) if row else None)


def _taken_body(taken: LiveReport) -> dict[str, Any]:
    outcomes = taken.outcomes.values()
    return {
        "import_id": taken.import_id,
        "status": "done" if not taken.problems else "partial" if taken.outcomes else "refused",
        "added": sum(o.added for o in outcomes),
        "changed": sum(o.changed for o in outcomes),
        "unchanged": sum(o.unchanged for o in outcomes),
        "outranked": sum(o.outranked for o in outcomes),
        **_problems(taken.problems),
    }


def _load_body(report: LoadReport) -> dict[str, Any]:
    return {
        "import_id": report.import_id,
        "status": report.status,
        "added": report.added,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "outranked": report.outranked,
        **_problems(report.problems),
    }


def _problems(problems: Sequence[Problem]) -> dict[str, Any]:
    return {
        "problems": [
            {
                "file": p.file, "line": p.line, "column": p.column, "code": p.code, "text": p.text,
                "refused": p.refused,
            }
            for p in problems[:_TOLD]
        ],
        "more_problems": max(len(problems) - _TOLD, 0),
    }  # fmt: skip
