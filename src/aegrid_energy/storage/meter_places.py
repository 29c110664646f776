"""Where a meter stands: made on an asset, changed, moved from an instant on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aegrid_energy.domain.errors import ConflictError, NotFoundError
from aegrid_energy.domain.ids import new_id
from aegrid_energy.domain.meter import Role
from aegrid_energy.domain.series import Carrier, Rhythm
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.register_rules import hold_to_rules


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterFacts:
    """What the register says of a meter itself.

    Args:
        external_id: Key in sheets; None: its id serves.
        in_service_from, in_service_to: When readings are expected; None is open.
    """

    carrier: Carrier
    name: str
    nmi: str | None = None
    serial: str = ""
    external_id: str | None = None
    is_virtual: bool = False
    rhythm: Rhythm = Rhythm.MONTHLY_FILE
    in_service_from: datetime | None = None
    in_service_to: datetime | None = None
    tags: Sequence[str] = ()


async def place_new_meter(
    conn: Connection, asset_id: UUID, facts: MeterFacts, role: Role, *, start: datetime | None, now: datetime
) -> UUID:
    """A new meter that stands on an asset from an instant on.

    Raises:
        NotFoundError: `asset_not_found`.
        ConflictError: `external_id_taken`.
        InvalidError: Those of the rules of the sheets `meters` and `assignments`.
    """
    site_id = await _site_of(conn, asset_id)
    meter_id = new_id(now)
    key = facts.external_id or str(meter_id)
    taken = await conn.execute("select 1 from energy_meters where external_id = %s", (key,))
    if await taken.fetchone():
        raise ConflictError("external_id_taken", kind="meter", external_id=key)
    values = {
        "id": meter_id,
        "site_id": site_id,
        "carrier": facts.carrier.value,
        "carrier_before": facts.carrier.value,
        "name": facts.name,
        "nmi": facts.nmi,
        "serial": facts.serial,
        "external_id": key,
        "is_virtual": facts.is_virtual,
        "rhythm": facts.rhythm.value,
        "in_service_from": facts.in_service_from,
        "in_service_to": facts.in_service_to,
        "tags": list(facts.tags),
    }
    await conn.execute(
        """insert into energy_meters (id, site_id, carrier, name, nmi, serial, external_id, is_virtual,
                                      rhythm, in_service_from, in_service_to, tags)
           values (%(id)s, %(site_id)s, %(carrier)s, %(name)s, %(nmi)s, %(serial)s, %(external_id)s,
                   %(is_virtual)s, %(rhythm)s, %(in_service_from)s, %(in_service_to)s, %(tags)s)""",
        values,
    )
    await hold_to_rules(conn, "meters", 0, values)
    await assign_meter(conn, meter_id, asset_id, role, start=start)
    return meter_id


async def change_meter(conn: Connection, meter_id: UUID, facts: MeterFacts) -> None:
    """Name, numbers, rhythm, service dates and tags of a meter; its series take its rhythm.

    Carrier, key and whether it is virtual stay as they are: they are what its readings hang on.

    Raises:
        InvalidError: Those of the rules of the sheet `meters`.
    """
    values = {
        "id": meter_id,
        "carrier": facts.carrier.value,
        "carrier_before": facts.carrier.value,
        "is_virtual": facts.is_virtual,
        "name": facts.name,
        "nmi": facts.nmi,
        "serial": facts.serial,
        "rhythm": facts.rhythm.value,
        "in_service_from": facts.in_service_from,
        "in_service_to": facts.in_service_to,
        "tags": list(facts.tags),
    }
    await conn.execute(
        """update energy_meters set name = %(name)s, nmi = %(nmi)s, serial = %(serial)s, rhythm = %(rhythm)s,
                  in_service_from = %(in_service_from)s, in_service_to = %(in_service_to)s, tags = %(tags)s
           where id = %(id)s""",
        values,
    )
    await conn.execute(
        "update series set rhythm = %(rhythm)s where meter_id = %(id)s and rhythm <> %(rhythm)s", values
    )
    await hold_to_rules(conn, "meters", 0, values)


async def assign_meter(
    conn: Connection, meter_id: UUID, asset_id: UUID, role: Role, *, start: datetime | None
) -> None:
    """A meter stands on an asset from an instant on; where it stood until then it stands no longer.

    Raises:
        NotFoundError: `asset_not_found`.
        ConflictError: `assignment_later`: it moves again after that.
        InvalidError: Those of the rules of the sheet `assignments`.
    """
    site_id = await _site_of(conn, asset_id)
    values = {
        "meter_id": meter_id,
        "asset_id": asset_id,
        "role": role.value,
        "valid_from": start or "-infinity",
        "valid_to": "infinity",
        "site_id": site_id,
    }
    later = await conn.execute(
        """select m.name, min(x.valid_from) filter (where isfinite(x.valid_from))
           from meter_assignment x join energy_meters m on m.id = x.meter_id
           where x.meter_id = %(meter_id)s and x.valid_from >= %(valid_from)s::timestamptz group by m.name""",
        values,
    )
    if (row := await later.fetchone()) is not None:
        raise ConflictError("assignment_later", meter=row[0], since=str(row[1] or "the beginning"))
    await conn.execute(
        """update meter_assignment set valid_to = %(valid_from)s::timestamptz
           where meter_id = %(meter_id)s and valid_to > %(valid_from)s::timestamptz""",
        values,
    )
    await conn.execute(
        """insert into meter_assignment (meter_id, asset_id, role, valid_from, valid_to)
           values (%(meter_id)s, %(asset_id)s, %(role)s, %(valid_from)s::timestamptz,
                   %(valid_to)s::timestamptz)""",
        values,
    )
    await conn.execute("update energy_meters set site_id = %(site_id)s where id = %(meter_id)s", values)
    await hold_to_rules(conn, "assignments", 0, values)


async def _site_of(conn: Connection, asset_id: UUID) -> UUID:
    cursor = await conn.execute("select site_id from assets where id = %s", (asset_id,))
    row = await cursor.fetchone()
    if row is None:
        raise NotFoundError("asset_not_found")
    return row[0]
