"""The register as sheets of rows by key: read, loaded, exported, and what stands alone in it."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from pydantic import Field, TypeAdapter, ValidationError
from starlette.responses import Response

from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.policy import AskingContext, AskingPermit, Permit
from aegrid_energy.api.types import Answer, Name, Text
from aegrid_energy.domain.access import reach
from aegrid_energy.domain.errors import InvalidError, NotFoundError
from aegrid_energy.domain.problems import Problem
from aegrid_energy.domain.register_sheet import SHEETS
from aegrid_energy.domain.sentences import sentence
from aegrid_energy.ingestion.register_file import MOST_ROWS
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.register_orphans import orphans
from aegrid_energy.storage.register_reach import Rows, reached_sheets
from aegrid_energy.storage.scopes import reached_assets
from aegrid_energy.workflows.load_register import RegisterReport, load_register
from aegrid_energy.workflows.load_register_file import load_register_files
from aegrid_energy.workflows.spell_register import csv_text, workbook

router = APIRouter(tags=["register"], responses=DECLARED)

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Keys told in one answer.
_TOLD: Final = 1000


class SheetBody(Answer):
    """One sheet: cells are text, as in a file; an empty cell is an empty text."""

    sheet: str
    columns: list[str]
    keys: list[str]
    rows: list[dict[str, str]]


class OrphansBody(Answer):
    """What stands alone in the register: by kind, the external ids (or names) concerned."""

    orphans: dict[str, list[str]]


class RowProblem(Answer):
    """A row that was refused; line 1 is the header, so the first row has line 2.

    `place` is the number of the column in the file, from 1; 0 where there is none.
    """

    sheet: str
    line: int
    column: str
    place: int
    code: str
    text: str


class SheetOutcomeBody(Answer):
    """What loading one sheet did, or would do."""

    added: int
    changed: int
    unchanged: int
    refused: int
    #: Keys that the register has and the sheet has not, at most 1,000.
    only_here: list[str]


class RegisterLoadBody(Answer):
    """What loading did, or would do; `errors` names every refused row."""

    is_dry_run: bool
    sheets: dict[str, SheetOutcomeBody]
    errors: list[RowProblem]


#: A cell as text; numbers and truths of JSON are written as they would be in a file.
Cell = Annotated[Text | int | float | bool | None, Field(union_mode="left_to_right")]
_FORM: Final = TypeAdapter(dict[Name, list[dict[Name, Cell]]])


@router.get("/api/energy/register/{sheet}", response_model=SheetBody)
async def get_sheet(sheet: str, permit: AskingPermit, context: AskingContext, request: Request) -> Response:
    """One sheet of the register, cut down to what the caller may see; as CSV where that is accepted."""
    if sheet not in SHEETS:
        raise NotFoundError("sheet_not_found")
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        rows = await _rows(conn, permit, context.now())
    if "text/csv" in request.headers.get("accept", ""):
        return Response(
            csv_text(sheet, rows[sheet]),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{sheet}.csv"', "Vary": "Accept"},
        )
    body = SheetBody(
        sheet=sheet,
        columns=[column.name for column in SHEETS[sheet].columns],
        keys=[column.name for column in SHEETS[sheet].keys],
        rows=rows[sheet],
    )
    return Response(body.model_dump_json(), media_type="application/json", headers={"Vary": "Accept"})


@router.get("/api/energy/register.xlsx", response_class=Response)
async def get_workbook(permit: AskingPermit, context: AskingContext) -> Response:
    """The register as a workbook, one sheet a table; loading it again changes nothing."""
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        rows = await _rows(conn, permit, context.now())
    return Response(
        workbook(rows),
        media_type=_XLSX,
        headers={"Content-Disposition": 'attachment; filename="register.xlsx"'},
    )


@router.get("/api/energy/register-orphans")
async def get_orphans(permit: AskingPermit, context: AskingContext) -> OrphansBody:
    """Meters without a site, sites without a meter, and the like."""
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        return OrphansBody(orphans=await orphans(conn))


@router.post(
    "/api/energy/register",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": _FORM.json_schema()},
                _XLSX: {"schema": {"type": "string", "format": "binary"}},
                "text/csv": {"schema": {"type": "string"}},
            },
        }
    },
)
async def post_register(
    request: Request,
    permit: AskingPermit,
    context: AskingContext,
    dry_run: Annotated[bool, Query()] = False,
    sheet: Annotated[Text, Query()] = "",
    name: Annotated[Text, Query()] = "",
) -> RegisterLoadBody:
    """Load rows by key: JSON `{sheet: rows}`, a workbook, or one CSV with `sheet`.

    A row with an error is refused, the others load; `dry_run` says what would happen.
    """
    body = await request.body()
    if request.headers.get("content-type", "").split(";")[0].strip().lower() == "application/json":
        form = _form_of(body)
        report = await load_register(
            context.pool,
            permit.actor.tenant_no,
            {
                one: [{c: _text(cell) for c, cell in row.items()} for row in rows]
                for one, rows in form.items()
            },
            actor=permit.actor.name,
            now=context.now(),
            is_dry_run=dry_run,
        )
        refused = [(one, error) for one, outcome in report.items() for error in outcome.refused]
        return _body(report, [_problem(one, error) for one, error in refused], is_dry_run=dry_run)
    loaded = await load_register_files(
        context.pool,
        permit.actor.tenant_no,
        [(name or f"{sheet or 'register'}", body)],
        actor=permit.actor.name,
        now=context.now(),
        sheet=sheet,
        is_dry_run=dry_run,
    )
    return _body(loaded.report, [_of_file(problem) for problem in loaded.problems], is_dry_run=dry_run)


def _form_of(body: bytes) -> dict[str, list[dict[str, object]]]:
    try:
        form = _FORM.validate_python(json.loads(body))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise InvalidError("invalid_field", field=where[:200], reason=first["msg"]) from error
    except (ValueError, RecursionError) as error:
        raise InvalidError("invalid_body", reason=str(error)[:200]) from error
    if sum(map(len, form.values())) > MOST_ROWS:
        raise InvalidError("too_many_rows", limit=MOST_ROWS)
    return {sheet: [dict(row) for row in rows] for sheet, rows in form.items()}


async def _rows(conn: Connection, permit: Permit, now: datetime) -> Rows:
    assets = await reached_assets(conn, reach(permit.actor, permit.action), on=now.date())
    return await reached_sheets(conn, assets)


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return cell if isinstance(cell, str) else repr(cell)


def _body(report: RegisterReport, errors: list[RowProblem], *, is_dry_run: bool) -> RegisterLoadBody:
    return RegisterLoadBody(
        is_dry_run=is_dry_run,
        sheets={
            name: SheetOutcomeBody(
                added=one.added,
                changed=one.changed,
                unchanged=one.unchanged,
                refused=len(one.refused),
                only_here=one.only_here[:_TOLD],
            )
            for name, one in report.items()
        },
        errors=errors,
    )


def _problem(sheet: str, error: InvalidError) -> RowProblem:
    facts: Mapping[str, Any] = error.params
    return RowProblem(
        sheet=sheet,
        line=int(facts.get("line", 0)),
        column=str(facts.get("column", "")),
        place=0,
        code=error.code,
        text=sentence(error.code, error.params),
    )


def _of_file(problem: Problem) -> RowProblem:
    _, _, sheet = problem.file.rpartition("!")
    return RowProblem(
        sheet=sheet if sheet in SHEETS else "",
        line=problem.line,
        column="",
        place=problem.column,
        code=problem.code,
        text=problem.text,
    )
