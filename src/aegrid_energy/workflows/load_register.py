"""Load rows of the register by key, or say what that would do."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from psycopg import Rollback

from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.record import write_record
from aegrid_energy.storage.register import SheetOutcome, load_sheets

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
) -> RegisterReport:
    """Load rows in one transaction; a row with an error is refused, the others load.

    Args:
        pool: As the app role.
        tenant_no: Whose.
        sheets: Sheet name -> rows as text by column name.
        actor: Who loads them.
        now: For the ids of new rows.
        is_dry_run: Undo all of it at the end: the answer says what would happen.

    Raises:
        InvalidError: `unknown_sheet`.
    """
    report: RegisterReport = {}
    async with transaction(pool, tenant_no) as conn, conn.transaction() as inner:
        report = await load_sheets(conn, sheets, now=now)
        if is_dry_run:
            raise Rollback(inner)
        counts = {
            name: {"added": one.added, "changed": one.changed, "refused": len(one.refused)}
            for name, one in report.items()
        }
        await write_record(
            conn, now=now, actor=actor, action="register_loaded", object_kind="register", detail=counts
        )
    return report
