"""Consumption: what an asset used, what comes in, and what a person corrects."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import numpy as np
import orjson
import pyarrow as pa
from fastapi import APIRouter, Query, Request
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.responses import Response

from aegrid_energy.analytics.buckets import MAX_POINTS, Resolution
from aegrid_energy.api.context import Context
from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.idempotent import answered_once
from aegrid_energy.api.policy import AskingContext, AskingPermit, Permit, refusal
from aegrid_energy.api.types import Answer, Id32, Moment, Name, StrictModel, Text
from aegrid_energy.domain import quality as q
from aegrid_energy.domain.access import Action, allowed
from aegrid_energy.domain.errors import InvalidError, NotFoundError
from aegrid_energy.domain.ids import new_id
from aegrid_energy.domain.problems import Problem
from aegrid_energy.domain.readings import Readings, as_decimal
from aegrid_energy.domain.series import AMOUNTS, Carrier, Direction, Kind, Quantity
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.units import to_canonical, unit_of
from aegrid_energy.domain.zones import at_of, ms_of
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.parsed import ParsedFile, Register
from aegrid_energy.storage.jobs import open_job
from aegrid_energy.storage.owners import find_meter_owner, find_point_owner
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.scopes import path_of_asset, path_of_meter
from aegrid_energy.storage.state import refuse_full_disk
from aegrid_energy.storage.uploads import Upload, keep_upload
from aegrid_energy.workflows.answer_consumption import ConsumptionAnswer, Question, answer_consumption
from aegrid_energy.workflows.load_readings import File, LoadReport, Target, load_readings
from aegrid_energy.workflows.parse_upload import parse_upload
from aegrid_energy.workflows.take_live import LiveReport

router = APIRouter(tags=["consumption"], responses=DECLARED)

MIB: Final = 1024 * 1024
#: Readings from further ahead than this are refused. [ms]
_FUTURE_MS: Final = 300_000
#: Problems told in one answer; the rest is in the import's list.
_TOLD: Final = 100
#: Messages up to this many readings take the live path.
_SMALL: Final = 5_000


class UsedMeter(Answer):
    """A meter that counts, and when."""

    meter_id: UUID
    series_no: int | None
    start: datetime | None
    end: datetime | None


class LeftOutMeter(Answer):
    """A meter that does not count, and why."""

    meter_id: UUID
    reason: str


class ConsumptionBody(Answer):
    """Buckets as columns; a gap is null. `mean`, `min`, `max` are rates per hour (kW for kWh)."""

    asset_id: UUID
    carrier: Carrier
    direction: Direction
    quantity: Quantity
    resolution: Resolution
    step_s: int
    unit: str
    rate_unit: str
    zone: str
    carriers: list[Carrier]
    start: list[int]
    mean: list[float | None]
    min: list[float | None]
    max: list[float | None]
    sum: list[float | None]
    coverage: list[float | None]
    estimated_share: list[float | None]
    total: str
    meters_used: list[UsedMeter]
    left_out: list[LeftOutMeter]


_RATE_UNIT: Final = {"kWh": "kW", "kvarh": "kvar", "kVAh": "kVA", "MJ": "MJ/h", "m3": "m3/h"}


@router.get("/api/energy/consumption/{asset_id}", response_model=ConsumptionBody)
async def get_consumption(
    asset_id: UUID,
    permit: AskingPermit,
    context: AskingContext,
    request: Request,
    start: Annotated[Moment, Query(alias="from")],
    end: Annotated[Moment, Query(alias="to")],
    carrier: Carrier = Carrier.ELECTRICITY,
    direction: Direction = Direction.IMPORT,
    quantity: Quantity | None = None,
    points: Annotated[int, Query(ge=1, le=MAX_POINTS)] = 1000,
    resolution: Resolution | None = None,
    meter: UUID | None = None,
) -> Response:
    """What an asset used over a period, by its boundary meters or else its children's."""
    question = Question(
        asset_id=asset_id,
        period=Span(ms_of(start), ms_of(end)),
        carrier=carrier,
        direction=direction,
        quantity=quantity,
        points=points,
        resolution=resolution,
        meter_id=meter,
    )
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        permit.on(await path_of_asset(conn, permit.actor.tenant_no, asset_id, on=context.now().date()))
        answer = await answer_consumption(conn, question)
    accept = request.headers.get("accept", "")
    body, media = _rendered(answer, accept)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Accept, Aegrid-Tenant, Cookie"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media, headers=headers)


def _rendered(answer: ConsumptionAnswer, accept: str) -> tuple[bytes, str]:
    if "arrow" in accept:
        return _arrow(answer), "application/vnd.apache.arrow.stream"
    if "text/csv" in accept:
        return _csv(answer), "text/csv; charset=utf-8"
    return _json(answer), "application/json"


def _json(answer: ConsumptionAnswer) -> bytes:
    b = answer.buckets
    body = {
        "asset_id": answer.question.asset_id,
        "carrier": answer.question.carrier,
        "direction": answer.question.direction,
        "quantity": answer.quantity,
        "resolution": answer.resolution,
        "step_s": answer.step_s,
        "unit": answer.unit,
        "rate_unit": _RATE_UNIT.get(answer.unit, answer.unit),
        "zone": answer.site.timezone,
        "carriers": answer.carriers,
        "start": b.start_ms.tolist(),
        "mean": _rounded(b.mean),
        "min": _rounded(b.min),
        "max": _rounded(b.max),
        "sum": _rounded(b.sum),
        "coverage": _rounded(b.coverage, 4),
        "estimated_share": _rounded(b.estimated_share, 4),
        "total": str(as_decimal(int(b.sum_micro.sum()))),
        "meters_used": [
            {"meter_id": use.meter_id, "series_no": use.series_no, **_span(use.span)} for use in answer.used
        ],
        "left_out": [
            {"meter_id": meter_id, "reason": reason}
            for meter_id, reason in dict.fromkeys((o.meter_id, o.reason.value) for o in answer.left_out)
        ],
    }
    return orjson.dumps(body)


def _rounded(values: NDArray[np.float64], places: int = 6) -> list[float | None]:
    known = np.isfinite(values)
    rounded = np.round(np.where(known, values, 0.0), places).tolist()
    return [value if there else None for value, there in zip(rounded, known.tolist(), strict=True)]


def _span(span: Span) -> dict[str, str | None]:
    far = 2**61
    return {
        "start": at_of(span.start_ms).isoformat() if span.start_ms > -far else None,
        "end": at_of(span.end_ms).isoformat() if span.end_ms < far else None,
    }


def _columns(answer: ConsumptionAnswer) -> dict[str, NDArray[Any]]:
    b = answer.buckets
    return {
        "start": b.start_ms.astype("datetime64[ms]"),
        "mean": b.mean,
        "min": b.min,
        "max": b.max,
        "sum": b.sum,
        "coverage": b.coverage,
        "estimated_share": b.estimated_share,
    }


def _arrow(answer: ConsumptionAnswer) -> bytes:
    table = pa.table(
        {
            name: pa.array(column, type=pa.timestamp("ms", "UTC"))
            if name == "start"
            else pa.array(column, from_pandas=True)
            for name, column in _columns(answer).items()
        },
        metadata={"unit": answer.unit, "zone": answer.site.timezone, "resolution": answer.resolution.value},
    )
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _csv(answer: ConsumptionAnswer) -> bytes:
    rate = _RATE_UNIT.get(answer.unit, answer.unit)
    head = f"start_utc,mean_{rate},min_{rate},max_{rate},sum_{answer.unit},coverage,estimated_share\r\n"
    columns = _columns(answer)
    starts = [at_of(int(ms)).isoformat().replace("+00:00", "Z") for ms in answer.buckets.start_ms]
    numbers = [
        _rounded(columns[name]) for name in ("mean", "min", "max", "sum", "coverage", "estimated_share")
    ]
    rows = (
        ",".join([start, *("" if value is None else repr(value) for value in row)])
        for start, *row in zip(starts, *numbers, strict=True)
    )
    return (head + "\r\n".join(rows) + "\r\n").encode()


class SeriesForm(StrictModel):
    """Regular readings of one series: by its number, or by meter and register."""

    series: Id32 | None = None
    meter: Name | None = None
    register_name: Name = Field(default="E1", alias="register")
    direction: Direction = Field(default=Direction.IMPORT, strict=False)
    start: Moment
    step_s: Annotated[int, Field(ge=1, le=86_400)]
    unit: Name
    values: Annotated[list[float | None], Field(min_length=1, max_length=1_100_000)]
    quality: Annotated[list[str], Field(max_length=1_100_000)] | None = None


class ReadingForm(StrictModel):
    """One reading of a meter or point."""

    meter: Name
    register_name: Name = Field(default="", alias="register")
    at: Moment
    value: float | None
    unit: Name
    kind: Kind = Field(default=Kind.INSTANT, strict=False)
    step_s: Annotated[int, Field(ge=1, le=86_400)] | None = None
    quality: Name | None = None


class ReadingsForm(StrictModel):
    """Readings one by one, of any meters and points."""

    readings: Annotated[list[ReadingForm], Field(min_length=1, max_length=100_000)]


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


_SERIES: Final = TypeAdapter(SeriesForm)
_READINGS: Final = TypeAdapter(ReadingsForm)


class StartedBody(Answer):
    """A job that loads a file."""

    job_id: UUID


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


@router.post(
    "/api/energy/consumption",
    response_model=LoadBody,
    status_code=200,
    responses={202: {"model": StartedBody}},
)
async def post_consumption(
    request: Request, permit: AskingPermit, context: AskingContext, asked: Annotated[Asked, Query()]
) -> Response:
    """Take readings: the `series` form, the `readings` form, or a file as its own body.

    A file (CSV, XML, Arrow, Parquet, XLSX, NEM12, zip) is recognised by its content. With `site`, meters
    that the register does not have are made in that site; with `job`, a file is loaded in the background.
    The same call with the same `Idempotency-Key` is done once.
    """
    if context.disk is not None:
        refuse_full_disk(context.disk)
    return await answered_once(request, permit, context, lambda: _take(request, permit, context, asked))


async def _take(request: Request, permit: Permit, context: Context, asked: Asked) -> Response:
    now = context.now()
    body = await request.body()
    media = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if asked.job:
        return await _in_background(body, media, asked, permit, context)
    name, zone, unit, meter, site = asked.name, asked.zone, asked.unit, asked.meter, asked.site
    form = _form(body) if media == "application/json" else None
    if isinstance(form, SeriesForm):
        parsed, file = [await _of_series(form, permit.actor.tenant_no, context)], File(name="api")
    elif form is not None:
        parsed, file = [_of_readings(form)], File(name="api")
    else:
        file_name = name or "upload"
        choices = Choices(
            now_ms=ms_of(now), zone=zone, unit=unit, meter=meter, accept_proposed=asked.accept_proposed
        )
        parsed = await parse_upload(body, file_name, choices)
        file = File(name=file_name, sha256=hashlib.sha256(body).digest(), size_bytes=len(body))
    parsed = [_without_future(one, ms_of(now)) for one in parsed]
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
    args = asked.model_dump(mode="json", exclude={"name", "job"}) | {"upload_id": str(upload_id)}
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


def _form(body: bytes) -> SeriesForm | ReadingsForm | None:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidError("invalid_body", line=error.lineno, column=error.colno, reason=error.msg) from error
    if not isinstance(content, dict):
        raise InvalidError("invalid_body", line=1, column=1, reason="an object is expected")
    adapter = _READINGS if "readings" in content else _SERIES
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidError("invalid_field", field=where, reason=first["msg"]) from error


async def _of_series(form: SeriesForm, tenant_no: int, context: Context) -> ParsedFile:
    unit = unit_of(form.unit)
    values = np.array([np.nan if v is None else v for v in form.values], dtype=np.float64)
    quality = _qualities(form.quality, values)
    micro = to_canonical(np.where(np.isnan(values), 0.0, values), unit)
    start = ms_of(form.start) + np.arange(len(values), dtype=np.int64) * (form.step_s * 1000)
    regular = 86_400 % form.step_s == 0
    readings = Readings(
        start_ms=start,
        micro=np.where(q.has_value(quality), micro, 0),
        quality=quality,
        step_s=form.step_s if regular else None,
        duration_ms=None if regular else np.full(len(start), form.step_s * 1000, dtype=np.int64),
    )
    meter, register, direction = form.meter, form.register_name, form.direction
    if form.series is not None:
        meter, register, direction = await _names_of(form.series, tenant_no, context)
    if meter is None:
        raise InvalidError("invalid_field", field="series", reason="give series, or meter and register")
    is_amount = unit.canonical in _RATE_UNIT
    return ParsedFile(
        file="api",
        format="json",
        registers=(
            Register(
                meter=meter,
                register=register,
                carrier=Carrier.OTHER,
                quantity=unit.quantity,
                direction=direction,
                kind=Kind.INTERVAL if is_amount else Kind.INSTANT,
                unit=unit.canonical,
                readings=readings,
            ),
        ),
    )


async def _names_of(series_no: int, tenant_no: int, context: Context) -> tuple[str, str, Direction]:
    async with transaction(context.pool, tenant_no) as conn:
        cursor = await conn.execute(
            """select coalesce(m.external_id, m.nmi, m.name, p.external_id, p.name), s.register, s.direction
               from series s left join energy_meters m on m.id = s.meter_id
               left join point p on p.id = s.point_id
               where s.series_no = %s and s.tenant_no = current_tenant_no()""",
            (series_no,),
        )
        row = await cursor.fetchone()
    if row is None or row[0] is None:
        raise NotFoundError("series_not_found")
    return row[0], row[1], Direction(row[2])


def _qualities(spelled: list[str] | None, values: NDArray[np.float64]) -> NDArray[np.uint8]:
    if spelled is not None and len(spelled) != len(values):
        raise InvalidError("invalid_field", field="quality", reason="needs one word for each value")
    try:
        told = np.array([q.parsed(word) for word in spelled], dtype=np.uint8) if spelled else None
    except KeyError as error:
        raise InvalidError(
            "invalid_field", field="quality", reason=f"{error.args[0]!r} is no quality"
        ) from error
    quality = told if told is not None else np.zeros(len(values), dtype=np.uint8)
    return np.where(np.isnan(values), q.NULL, quality).astype(np.uint8)


def _of_readings(form: ReadingsForm) -> ParsedFile:
    grouped: dict[tuple[Any, ...], list[tuple[int, float | None, str | None]]] = {}
    for one in form.readings:
        key = (one.meter, one.register_name, one.unit, one.kind, one.step_s)
        grouped.setdefault(key, []).append((ms_of(one.at), one.value, one.quality))
    registers: list[Register] = []
    for (meter, register, unit_name, said_kind, step_s), rows in grouped.items():
        unit = unit_of(unit_name)
        latest = {at: (value, word) for at, value, word in rows}  # of two for one instant the later stands
        starts = np.array(sorted(latest), dtype=np.int64)
        values = np.array(
            [np.nan if latest[at][0] is None else latest[at][0] for at in starts.tolist()], dtype=np.float64
        )
        words = [latest[at][1] or "actual" for at in starts.tolist()]
        quality = _qualities(words, values)
        micro = to_canonical(np.where(np.isnan(values), 0.0, values), unit)
        is_amount = unit.canonical in _RATE_UNIT
        kind = said_kind
        if is_amount and kind is Kind.INSTANT:
            kind = Kind.INTERVAL if step_s else Kind.CUMULATIVE
        if step_s is not None and (86_400 % step_s or (np.diff(starts) % (step_s * 1000)).any()):
            raise InvalidError("invalid_field", field="step_s", reason="readings do not lie on one grid")
        registers.append(
            Register(
                meter=meter,
                register=register or ("E1" if is_amount else ""),
                carrier=Carrier.OTHER,
                quantity=unit.quantity,
                direction=Direction.IMPORT,
                kind=kind,
                unit=unit.canonical,
                readings=Readings(
                    start_ms=starts,
                    micro=np.where(q.has_value(quality), micro, 0),
                    quality=quality,
                    step_s=step_s,
                    duration_ms=None if step_s else np.zeros(len(starts), dtype=np.int64),
                ),
            )
        )
    return ParsedFile(file="api", format="json", registers=tuple(registers))


def _without_future(one: ParsedFile, now_ms: int) -> ParsedFile:
    """Without readings from more than five minutes ahead; each register that had some is told."""
    kept: list[Register] = []
    problems = list(one.problems)
    for register in one.registers:
        r = register.readings
        end = int(np.searchsorted(r.start_ms, now_ms + _FUTURE_MS, side="right"))
        if end == len(r):
            kept.append(register)
            continue
        problems.append(
            Problem(
                file=one.file,
                line=0,
                column=0,
                code="reading_in_future",
                text=f"{len(r) - end:,} readings of {register.meter} {register.register} start more than "
                "5 minutes from now. Check the clock and the zone of the sender.",
                refused=f"{register.meter} {register.register}, {len(r) - end:,} readings",
            )
        )
        if end:
            kept.append(_cut(register, end))
    return ParsedFile(
        file=one.file,
        format=one.format,
        registers=tuple(kept),
        problems=tuple(problems),
        proposal=one.proposal,
    )


def _cut(register: Register, end: int) -> Register:
    r = register.readings
    return replace(
        register,
        readings=Readings(
            start_ms=r.start_ms[:end],
            micro=r.micro[:end],
            quality=r.quality[:end],
            step_s=r.step_s,
            duration_ms=None if r.duration_ms is None else r.duration_ms[:end],
        ),
        update_ms=None if register.update_ms is None else register.update_ms[:end],
    )


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
