"""An asset with what hangs on it: its parts, the meters that stand on it, its points, its groups."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg.rows import dict_row

from aegrid_energy.storage.connection import Connection

Row = dict[str, Any]

_ASSET: Final[LiteralString] = """select a.id, a.site_id, s.name as site_name, s.timezone, a.parent_id,
        p.name as parent_name, a.kind, a.name, a.use_type, a.floor_area_m2, a.ratings, a.external_id, a.tags,
        a.in_service_from, a.in_service_to,
        array(select g.name from asset_group_member x join asset_group g on g.id = x.group_id
              where x.asset_id = a.id order by g.name) as groups
    from assets a join site s on s.id = a.site_id left join assets p on p.id = a.parent_id
    where a.id = %(id)s"""

#: Part of the card -> its rows. Meters: those that stand there now, or will, or did.
_PARTS: Final[Mapping[str, LiteralString]] = {
    "children": """select a.id, a.kind, a.name, a.use_type, a.floor_area_m2,
            exists (select from assets c where c.parent_id = a.id) as has_children
        from assets a where a.parent_id = %(id)s order by a.name, a.id""",
    "meters": """select m.id as meter_id, m.name, m.carrier, m.nmi, m.is_virtual, x.role,
            case when isfinite(x.valid_from) then x.valid_from end as start,
            case when isfinite(x.valid_to) then x.valid_to end as "end",
            x.valid_from <= %(now)s and %(now)s < x.valid_to as is_there
        from meter_assignment x join energy_meters m on m.id = x.meter_id
        where x.asset_id = %(id)s order by is_there desc, m.carrier, m.name, x.valid_from""",
    "points": """select p.id, p.name, p.quantity, p.unit, p.kind, p.is_writable, p.brick_class, p.valid_min,
            p.valid_max, p.expected_interval_s, p.stale_after_s, p.external_id, p.tags
        from point p where p.asset_id = %(id)s order by p.name, p.id""",
}


async def find_asset_card(conn: Connection, asset_id: UUID, *, now: datetime) -> Row | None:
    """Facts of an asset and its parts by name; None where the tenant has no such asset."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_ASSET, {"id": asset_id})
        card: Row | None = await cursor.fetchone()
        if card is None:
            return None
        for name, question in _PARTS.items():
            await cursor.execute(question, {"id": asset_id, "now": now})
            card[name] = await cursor.fetchall()
    return card
