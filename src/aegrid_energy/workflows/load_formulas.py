"""Load the formulas of virtual meters by key: a formula is taken whole or not at all."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from psycopg import Rollback

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.register import SheetOutcome, load_sheets
from aegrid_energy.workflows.check_formulas import check_formulas

#: Rows of these together are what a virtual meter is made of.
FORMULA_SHEETS: Final = ("virtual_meters", "virtual_terms")

Rows = Mapping[str, Sequence[Mapping[str, str]]]
Lines = Mapping[str, Sequence[int]]


async def load_formulas(
    conn: Connection, sheets: Rows, *, now: datetime, lines: Lines
) -> dict[str, SheetOutcome]:
    """Load formulas within the caller's transaction.

    A row that is refused takes all rows of its meter with it: half a formula would add up to a wrong figure.

    Args:
        conn: In a transaction of one tenant.
        sheets: Rows of `FORMULA_SHEETS`.
        now: For `load_sheets`.
        lines: Where the rows stand, for each sheet that is given.
    """
    together = await _tried(conn, sheets, now=now, lines=lines)
    if not any(outcome.refused for outcome in together.values()):
        return together
    outcomes = {name: SheetOutcome() for name in sheets}
    meters = dict.fromkeys(_meter(row) for rows in sheets.values() for row in rows)
    for meter in meters:
        own = {
            name: [(line, row) for line, row in zip(lines[name], rows, strict=True) if _meter(row) == meter]
            for name, rows in sheets.items()
        }
        part = await _tried(
            conn,
            {name: [row for _, row in rows] for name, rows in own.items()},
            now=now,
            lines={name: [line for line, _ in rows] for name, rows in own.items()},
        )
        for name, outcome in part.items():
            outcomes[name].added += outcome.added
            outcomes[name].changed += outcome.changed
            outcomes[name].unchanged += outcome.unchanged
            outcomes[name].refused += outcome.refused
    return outcomes


async def _tried(conn: Connection, sheets: Rows, *, now: datetime, lines: Lines) -> dict[str, SheetOutcome]:
    """All of these rows, or none of them and why."""
    outcomes: dict[str, SheetOutcome] = {}
    wrong: InvalidError | None = None
    async with conn.transaction() as point:
        outcomes = await load_sheets(conn, sheets, now=now, lines=lines)
        is_refused = any(outcome.refused for outcome in outcomes.values())
        wrong = None if is_refused else await _wrong(conn)
        if is_refused or wrong is not None:
            raise Rollback(point)
    told = {name: outcome.refused for name, outcome in outcomes.items()}
    if wrong is not None:
        name = next(name for name in reversed(FORMULA_SHEETS) if sheets.get(name))
        place = {"sheet": name, "line": lines[name][0], "column": "meter"}
        told = {name: [InvalidError(wrong.code, **{**wrong.params, **place})]}
    if not any(told.values()):
        return outcomes
    return {name: SheetOutcome(refused=_with_rest(name, lines[name], told.get(name, []))) for name in sheets}


async def _wrong(conn: Connection) -> InvalidError | None:
    try:
        await check_formulas(conn)
    except InvalidError as error:
        return error
    return None


def _with_rest(sheet: str, lines: Sequence[int], told: Sequence[InvalidError]) -> list[InvalidError]:
    """A refusal for each row: its own, or that another row of the formula is refused."""
    own = {error.params.get("line"): error for error in told}
    return [
        own.get(line) or InvalidError("formula_refused_whole", sheet=sheet, line=line, column="meter")
        for line in lines
    ]


def _meter(row: Mapping[str, str]) -> str:
    return (row.get("meter") or "").strip()
