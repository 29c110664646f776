"""The register as sheets of rows by key: read, loaded, exported, and what stands alone in it."""

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

import xlsxwriter
from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.policy import AskingContext, AskingPermit, Permit
from aegrid_energy.api.types import Answer, Name, Text
from aegrid_energy.domain.access import reach
from aegrid_energy.domain.errors import InvalidError, NotFoundError
from aegrid_energy.domain.register_sheet import SHEETS
from aegrid_energy.domain.sentences import sentence
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.register_orphans import orphans
from aegrid_energy.storage.register_reach import Rows, reached_sheets
from aegrid_energy.storage.scopes import reached_assets
from aegrid_energy.workflows.load_register import RegisterReport, load_register

router = APIRouter(tags=["register"], responses=DECLARED)

#: Rows in one call; a larger register goes sheet by sheet.
_MOST_ROWS: Final = 50_000


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
    """A row that was refused; line 1 is the header, so the first row has line 2."""

    sheet: str
    line: int
    column: str
    code: str
    text: str


class SheetOutcomeBody(Answer):
    """What loading one sheet did, or would do."""

    added: int
    changed: int
    unchanged: int
    refused: int


class RegisterLoadBody(Answer):
    """What loading did, or would do; `errors` names every refused row."""

    is_dry_run: bool
    sheets: dict[str, SheetOutcomeBody]
    errors: list[RowProblem]


#: A cell as text; numbers and truths of JSON are written as they would be in a file.
Cell = Annotated[Text | int | float | bool | None, Field(union_mode="left_to_right")]


@router.get("/api/energy/register/{sheet}")
async def get_sheet(sheet: str, permit: AskingPermit, context: AskingContext) -> SheetBody:
    """One sheet of the register, cut down to what the caller may see."""
    if sheet not in SHEETS:
        raise NotFoundError("sheet_not_found")
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        rows = await _rows(conn, permit, context.now())
    return SheetBody(
        sheet=sheet,
        columns=[column.name for column in SHEETS[sheet].columns],
        keys=[column.name for column in SHEETS[sheet].keys],
        rows=rows[sheet],
    )


@router.get("/api/energy/register.xlsx", response_class=Response)
async def get_workbook(permit: AskingPermit, context: AskingContext) -> Response:
    """The register as a workbook, one sheet a table; loading it again changes nothing."""
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        rows = await _rows(conn, permit, context.now())
    return Response(
        workbook(rows),
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": 'attachment; filename="register.xlsx"'},
    )


@router.get("/api/energy/register-orphans")
async def get_orphans(permit: AskingPermit, context: AskingContext) -> OrphansBody:
    """Meters without a site, sites without a meter, and the like."""
    async with transaction(context.pool, permit.actor.tenant_no) as conn:
        return OrphansBody(orphans=await orphans(conn))


@router.post("/api/energy/register")
async def post_register(
    form: dict[Name, list[dict[Name, Cell]]],
    permit: AskingPermit,
    context: AskingContext,
    dry_run: Annotated[bool, Query()] = False,
) -> RegisterLoadBody:
    """Load rows by key, `{sheet: rows}`. A row with an error is refused, the others load."""
    if sum(map(len, form.values())) > _MOST_ROWS:
        raise InvalidError("too_many_rows", limit=_MOST_ROWS)
    report = await load_register(
        context.pool,
        permit.actor.tenant_no,
        {name: [{c: _text(cell) for c, cell in row.items()} for row in rows] for name, rows in form.items()},
        actor=permit.actor.name,
        now=context.now(),
        is_dry_run=dry_run,
    )
    return _body(report, is_dry_run=dry_run)


async def _rows(conn: Connection, permit: Permit, now: datetime) -> Rows:
    assets = await reached_assets(conn, reach(permit.actor, permit.action), on=now.date())
    return await reached_sheets(conn, assets)


def workbook(sheets: Mapping[str, list[dict[str, str]]]) -> bytes:
    """Rows as a workbook; every cell is text, so that none is computed when it is opened."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name[:31])
        columns = [column.name for column in SHEETS[name].columns]
        for at, column in enumerate(columns):
            sheet.write_string(0, at, column)
        for line, row in enumerate(rows, start=1):
            for at, column in enumerate(columns):
                if row[column]:
                    sheet.write_string(line, at, row[column])
    book.close()
    return out.getvalue()


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return cell if isinstance(cell, str) else repr(cell)


def _body(report: RegisterReport, *, is_dry_run: bool) -> RegisterLoadBody:
    return RegisterLoadBody(
        is_dry_run=is_dry_run,
        sheets={
            name: SheetOutcomeBody(
                added=one.added, changed=one.changed, unchanged=one.unchanged, refused=len(one.refused)
            )
            for name, one in report.items()
        },
        errors=[_problem(name, error) for name, one in report.items() for error in one.refused],
    )


def _problem(sheet: str, error: InvalidError) -> RowProblem:
    facts: Mapping[str, Any] = error.params
    return RowProblem(
        sheet=sheet,
        line=int(facts.get("line", 0)),
        column=str(facts.get("column", "")),
        code=error.code,
        text=sentence(error.code, error.params),
    )
