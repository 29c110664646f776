"""Load a file of the register (a workbook, or one sheet as CSV), or say what that would do."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.problems import Problem
from aegrid_energy.domain.sentences import sentence
from aegrid_energy.ingestion.register_file import RegisterFile, read_register_file
from aegrid_energy.storage.pool import Pool
from aegrid_energy.workflows.load_register import RegisterReport, load_register


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """What loading files did, or would do.

    Args:
        report: By sheet.
        problems: What was not taken and where, in the order of the files.
    """

    report: RegisterReport
    problems: tuple[Problem, ...]

    @property
    def is_refused(self) -> bool:
        """Whether anything was not taken."""
        return any(problem.refused for problem in self.problems)


async def load_register_files(
    pool: Pool,
    tenant_no: int,
    files: Sequence[tuple[str, bytes]],
    *,
    actor: str,
    now: datetime,
    sheet: str = "",
    is_dry_run: bool = False,
) -> FileReport:
    """Load files in one transaction; rows with an error are refused, the others load.

    Args:
        pool: As the app role.
        tenant_no: Whose.
        files: Name and bytes of each.
        actor: Who loads them.
        now: For the ids of new rows.
        sheet: Which sheet a CSV holds, where its name does not say.
        is_dry_run: Undo all of it at the end.
    """
    read = [await asyncio.to_thread(read_register_file, data, name, sheet) for name, data in files]
    rows: dict[str, list[dict[str, str]]] = {}
    places: dict[str, list[tuple[RegisterFile, int]]] = {}
    for file in read:
        for name, held in file.rows.items():
            rows.setdefault(name, []).extend(held)
            places.setdefault(name, []).extend((file, line) for line in file.lines[name])
    # A sheet may come in several files, so a refusal names the row's place among all of them.
    numbers = {name: range(len(held)) for name, held in rows.items()}
    report = await load_register(
        pool, tenant_no, rows, actor=actor, now=now, is_dry_run=is_dry_run, lines=numbers
    )
    problems = [problem for file in read for problem in file.problems]
    for name, outcome in report.items():
        problems += [_problem(name, error, places[name]) for error in outcome.refused]
    return FileReport(report=report, problems=tuple(problems))


def _problem(sheet: str, error: InvalidError, places: Sequence[tuple[RegisterFile, int]]) -> Problem:
    file, line = places[int(str(error.params.get("line", 0)))]
    column = str(error.params.get("column", ""))
    names = file.columns[sheet]
    return Problem(
        file=f"{file.file}!{sheet}",
        line=line,
        column=names.index(column) + 1 if column in names else 0,
        code=error.code,
        text=sentence(error.code, {**error.params, "line": line}),
        refused="the row",
    )
