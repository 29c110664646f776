"""Load rows of the register by key, or say what that would do."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from psycopg import Rollback

from aegrid_energy.domain.register_sheet import SHEETS
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.record import write_record
from aegrid_energy.storage.register import SheetOutcome, load_sheets
from aegrid_energy.workflows.apply_multiplier import schedule_recomputation
from aegrid_energy.workflows.load_formulas import FORMULA_SHEETS, load_formulas

#: Sheet name -> what loading it did.
RegisterReport = dict[str, SheetOutcome]


async def load_register(
    pool: Pool,
    tenant_no: int,
    sheets: Mapping[str, Sequence[Mapping[str, str]]],
    *,
    actor: str,
    now: datetime,
    is_dry_run: bool = False,
    lines: Mapping[str, Sequence[int]] | None = None,
) -> RegisterReport:
    """Load rows in one transaction; a row with an error is refused, the others load.

    Args:
        pool: As the app role.
        tenant_no: Whose.
        sheets: Sheet name -> rows as text by column name.
        actor: Who loads them.
        now: For the ids of new rows.
        is_dry_run: Undo all of it at the end: the answer says what would happen.
        lines: Sheet name -> where each row stands in its file; without it line 1 is the header.

    Raises:
        InvalidError: `unknown_sheet`.
    """
    at = {name: (lines or {}).get(name, range(2, len(rows) + 2)) for name, rows in sheets.items()}
    formulas = {name: rows for name, rows in sheets.items() if name in FORMULA_SHEETS}
    others = {name: rows for name, rows in sheets.items() if name not in FORMULA_SHEETS}
    report: RegisterReport = {}
    async with transaction(pool, tenant_no) as conn, conn.transaction() as inner:
        found = await load_sheets(conn, others, now=now, actor=actor, lines=at)
        if formulas:
            found |= await load_formulas(conn, formulas, now=now, lines=at)
        report = {name: found[name] for name in SHEETS if name in found}
        if is_dry_run:
            raise Rollback(inner)
        counts = {
            name: {"added": one.added, "changed": one.changed, "refused": len(one.refused)}
            for name, one in report.items()
        }
        await schedule_recomputation(conn, tenant_no, sheets, report, actor=actor, now=now)
        await write_record(
            conn, now=now, actor=actor, action="register_loaded", object_kind="register", detail=counts
        )
    return report
