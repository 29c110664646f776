"""A meter with all that hangs on it: where it stood, what fed it, its devices, its formula, its series."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg.rows import dict_row

from aegrid_energy.storage.connection import Connection

Row = dict[str, Any]

_ENDS: Final[LiteralString] = """case when isfinite(x.valid_from) then x.valid_from end as start,
    case when isfinite(x.valid_to) then x.valid_to end as "end\""""

_METER: Final[
    LiteralString
] = """select m.id, m.site_id, s.name as site_name, coalesce(s.timezone, 'UTC') as timezone,
        m.carrier, m.name, m.nmi, m.serial, m.external_id, m.is_virtual, m.rhythm, m.in_service_from,
        m.in_service_to, m.tags
    from energy_meters m left join site s on s.id = m.site_id where m.id = %(id)s"""

#: Part of the card -> its rows, by date.
_PARTS: Final[Mapping[str, LiteralString]] = {
    "assignments": f"""select x.asset_id, a.name as asset_name, a.kind as asset_kind, x.role, {_ENDS}
        from meter_assignment x join assets a on a.id = x.asset_id
        where x.meter_id = %(id)s order by x.valid_from, x.asset_id""",
    "fed_by": f"""select x.fed_by as meter_id, m.name, {_ENDS}
        from meter_feed x join energy_meters m on m.id = x.fed_by
        where x.meter_id = %(id)s order by x.valid_from, m.name""",
    "feeds": f"""select x.meter_id, m.name, {_ENDS}
        from meter_feed x join energy_meters m on m.id = x.meter_id
        where x.fed_by = %(id)s order by m.name, x.valid_from""",
    "installs": f"""select x.serial, x.multiplier::text, x.first_read::text, x.last_read::text,
            x.wraps_at::text, {_ENDS}
        from meter_install x where x.meter_id = %(id)s order by x.valid_from""",
    "formula": f"""select x.constant::text, {_ENDS}
        from virtual_meter x where x.meter_id = %(id)s order by x.valid_from""",
    "part_of": """select distinct m.id as meter_id, m.name from virtual_term t
        join energy_meters m on m.id = t.meter_id where t.input_id = %(id)s order by m.name""",
    "heating_values": """select x.mj_per_m3::text, x.pressure_factor::text,
            case when isfinite(x.valid_from) then x.valid_from end as start
        from heating_value x where x.meter_id = %(id)s order by x.valid_from""",
    "series": """select s.series_no, s.register, s.quantity, s.direction, s.kind, s.unit, s.step_s, s.rhythm,
            s.valid_from as start, s.valid_to as "end", s.derived_from
        from series s where s.meter_id = %(id)s order by s.series_no""",
}
_TERMS: Final[LiteralString] = """select case when isfinite(t.valid_from) then t.valid_from end as start,
        t.input_id, m.name as input_name, t.direction, t.coefficient::text
    from virtual_term t join energy_meters m on m.id = t.input_id
    where t.meter_id = %(id)s order by m.name, t.direction"""


async def find_meter_card(conn: Connection, meter_id: UUID) -> Row | None:
    """Facts of a meter and its parts by name; None where the tenant has no such meter."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_METER, {"id": meter_id})
        card: Row | None = await cursor.fetchone()
        if card is None:
            return None
        for name, question in _PARTS.items():
            await cursor.execute(question, {"id": meter_id})
            card[name] = await cursor.fetchall()
        await cursor.execute(_TERMS, {"id": meter_id})
        terms: dict[datetime | None, list[Row]] = {}
        for term in await cursor.fetchall():
            terms.setdefault(term.pop("start"), []).append(term)
    for version in card["formula"]:
        version["terms"] = terms.get(version["start"], [])
    return card
