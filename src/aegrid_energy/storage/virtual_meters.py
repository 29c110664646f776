"""Formulas of virtual meters by their dates, and what their inputs are stored as."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from aegrid_energy.domain.meter import VirtualMeter, VirtualTerm, VirtualVersion
from aegrid_energy.domain.series import Direction
from aegrid_energy.storage.connection import Connection


async def list_virtual_meters(conn: Connection) -> list[VirtualMeter]:
    """Every formula of the tenant, versions by date."""
    cursor = await conn.execute(
        """select v.meter_id, v.constant, case when isfinite(v.valid_from) then v.valid_from end,
                  case when isfinite(v.valid_to) then v.valid_to end,
                  array_remove(array_agg(t.input_id order by t.input_id, t.direction), null),
                  array_remove(array_agg(t.direction order by t.input_id, t.direction), null),
                  array_remove(array_agg(t.coefficient order by t.input_id, t.direction), null)
           from virtual_meter v left join virtual_term t using (meter_id, valid_from)
           group by v.meter_id, v.valid_from, v.valid_to, v.constant order by v.meter_id, v.valid_from"""
    )
    versions: dict[UUID, list[VirtualVersion]] = {}
    for meter_id, constant, start, end, inputs, directions, coefficients in await cursor.fetchall():
        version = _version(constant, start, end, zip(inputs, directions, coefficients, strict=True))
        versions.setdefault(meter_id, []).append(version)
    return [VirtualMeter(meter_id=meter_id, versions=tuple(held)) for meter_id, held in versions.items()]


def _version(
    constant: Decimal,
    start: datetime | None,
    end: datetime | None,
    terms: Iterable[tuple[UUID, str, Decimal]],
) -> VirtualVersion:
    return VirtualVersion(
        terms=tuple(
            VirtualTerm(input_id=input_id, direction=Direction(direction), coefficient=coefficient)
            for input_id, direction, coefficient in terms
        ),
        constant=constant,
        start=start,
        end=end,
    )


async def write_formula(
    conn: Connection,
    meter_id: UUID,
    *,
    start: datetime | None,
    constant: Decimal,
    terms: Sequence[VirtualTerm],
) -> None:
    """What a virtual meter is made of from an instant on, until its next version begins.

    The version before ends there; one that begins at the same instant is replaced.

    Args:
        conn: In the tenant.
        meter_id: The virtual meter.
        start: From when; None is since ever.
        constant: Added, per hour.
        terms: Its inputs.
    """
    asked = {"meter": meter_id, "from": start or "-infinity", "constant": constant}
    await conn.execute(
        "delete from virtual_meter where meter_id = %(meter)s and valid_from = %(from)s::timestamptz", asked
    )
    await conn.execute(
        """update virtual_meter set valid_to = %(from)s::timestamptz
           where meter_id = %(meter)s and valid_from < %(from)s::timestamptz
             and valid_to > %(from)s::timestamptz""",
        asked,
    )
    await conn.execute(
        """insert into virtual_meter (meter_id, constant, valid_from, valid_to)
           select %(meter)s, %(constant)s, %(from)s::timestamptz, coalesce(min(valid_from), 'infinity')
           from virtual_meter where meter_id = %(meter)s and valid_from > %(from)s::timestamptz""",
        asked,
    )
    for term in terms:
        await conn.execute(
            """insert into virtual_term (meter_id, valid_from, input_id, direction, coefficient)
               values (%(meter)s, %(from)s::timestamptz, %(input)s, %(direction)s, %(coefficient)s)""",
            asked
            | {
                "input": term.input_id,
                "direction": term.direction.value,
                "coefficient": term.coefficient,
            },
        )
