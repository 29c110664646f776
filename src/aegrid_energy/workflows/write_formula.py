"""Write what a virtual meter is made of from an instant on, if it can be evaluated."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from aegrid_energy.domain.errors import InvalidError, NotFoundError
from aegrid_energy.domain.meter import VirtualTerm
from aegrid_energy.storage import virtual_meters
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.meter_installs import lock_meter
from aegrid_energy.storage.record import write_record
from aegrid_energy.workflows.check_formulas import check_formulas


async def write_formula(
    conn: Connection,
    meter_id: UUID,
    *,
    start: datetime | None,
    constant: Decimal,
    terms: Sequence[VirtualTerm],
    actor: str,
    now: datetime,
) -> None:
    """Write a version of a formula in the caller's transaction; a refusal leaves nothing of it.

    Args:
        conn: In the tenant.
        meter_id: The virtual meter.
        start: From when; None is since ever. A version of the same instant is replaced.
        constant: Added, per hour.
        terms: Its inputs.
        actor: Who writes it.
        now: For the record.

    Raises:
        NotFoundError: `meter_not_found`.
        InvalidError: `formula_of_real_meter`, `virtual_term_twice`, and those of `check_formulas`.
    """
    # Two formulas written at once could close a circle that neither of them sees.
    await conn.execute("select pg_advisory_xact_lock(hashtext('formulas'), current_tenant_no())")
    meter = await lock_meter(conn, meter_id)
    if meter is None:
        raise NotFoundError("meter_not_found")
    if not meter.is_virtual:
        raise InvalidError("formula_of_real_meter", meter=meter.name)
    (_, count) = Counter((term.input_id, term.direction) for term in terms).most_common(1)[0]
    if count > 1:
        raise InvalidError("virtual_term_twice", meter=meter.name)
    await virtual_meters.write_formula(conn, meter_id, start=start, constant=constant, terms=terms)
    await check_formulas(conn)
    await write_record(
        conn,
        now=now,
        actor=actor,
        action="formula_written",
        object_kind="meter",
        object_id=meter_id,
        detail={"start": str(start or ""), "terms": len(terms)},
    )
