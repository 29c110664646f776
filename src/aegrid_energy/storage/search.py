"""Find sites, assets, meters and points by what people call them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from psycopg.rows import class_row

from aegrid_energy.storage.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One thing that was found, and the asset whose page shows it."""

    kind: Literal["site", "asset", "meter", "point"]
    id: UUID
    name: str
    detail: str
    asset_id: UUID | None


async def search_register(
    conn: Connection, text: str, assets: Collection[UUID] | None, *, limit: int
) -> list[Hit]:
    """Sites, assets, meters and points whose name, NMI, serial, address or external id holds a text.

    The same name comes first, then names that begin with it; capitals make no difference.

    Args:
        conn: In a transaction of the tenant.
        text: What to look for, not empty.
        assets: Only things that hang on these; None means all.
        limit: How many at most.
    """
    async with conn.cursor(row_factory=class_row(Hit)) as cursor:
        await cursor.execute(
            """with found as (
                   select case when a.id = a.site_id then 'site' else 'asset' end as kind, a.id, a.name,
                          a.kind || ' ' || coalesce(a.external_id, '') as detail, a.id as asset_id
                   from assets a
                   union all
                   select 'meter', m.id, m.name, concat_ws(' ', m.carrier, m.nmi, m.serial, m.external_id),
                          coalesce((select x.asset_id from meter_assignment x where x.meter_id = m.id
                                    order by x.valid_from desc limit 1), m.site_id)
                   from energy_meters m
                   union all
                   select 'point', p.id, p.name, concat_ws(' ', p.quantity, p.external_id, p.address),
                          p.asset_id
                   from point p)
               select kind, id, name, detail, asset_id from found
               where (%(all)s or asset_id = any(%(assets)s))
                 and (strpos(lower(name), lower(%(text)s)) > 0 or strpos(lower(detail), lower(%(text)s)) > 0)
               order by lower(name) <> lower(%(text)s), strpos(lower(name), lower(%(text)s)) <> 1, name, id
               limit %(limit)s""",
            {"all": assets is None, "assets": list(assets or ()), "text": text, "limit": limit},
        )
        return await cursor.fetchall()
