"""Find sites, assets, meters and points by what people call them."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from psycopg.rows import class_row

from aegrid_energy.storage.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One thing that was found, the asset whose page shows it, and where that lies.

    Args:
        kind: What it is.
        id: Of the thing.
        name: Of the thing.
        detail: Kind or carrier, and the numbers it goes by.
        asset_id: The asset it is, stands on, or belongs to; None for a meter without a place.
        site_id: The site of that.
        site_name: Its name.
        asset_name: Name of the asset, where that is neither the thing itself nor the site.
    """

    kind: Literal["site", "asset", "meter", "point"]
    id: UUID
    name: str
    detail: str
    asset_id: UUID | None
    site_id: UUID | None
    site_name: str | None
    asset_name: str | None


#: An NMI as it stands on a bill: ten characters and, often, the eleventh that checks them.
_NMI_WITH_CHECK: Final = re.compile(r"([0-9A-HJ-NP-Z]{10})[0-9]", re.IGNORECASE)


async def search_register(
    conn: Connection, text: str, assets: Collection[UUID] | None, *, limit: int
) -> list[Hit]:
    """Sites, assets, meters and points whose name, NMI, serial, address or external id holds a text.

    The same name comes first, then names that begin with it; capitals make no difference. Numbers are found
    with the spaces that people write into them, and an NMI with the eleventh character that checks it.

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
               select f.kind, f.id, f.name, f.detail, f.asset_id, s.id as site_id, s.name as site_name,
                      case when a.id not in (f.id, s.id) then a.name end as asset_name
               from found f left join assets a on a.id = f.asset_id left join site s on s.id = a.site_id
               where (%(all)s or f.asset_id = any(%(assets)s))
                 and exists (select from unnest(%(texts)s::text[]) as t (text)
                             where strpos(lower(f.name), t.text) > 0 or strpos(lower(f.detail), t.text) > 0)
               order by lower(f.name) <> lower(%(text)s), strpos(lower(f.name), lower(%(text)s)) <> 1,
                        f.name, f.id
               limit %(limit)s""",
            {
                "all": assets is None,
                "assets": list(assets or ()),
                "text": text,
                "texts": _ways(text),
                "limit": limit,
            },
        )
        return await cursor.fetchall()


def _ways(text: str) -> list[str]:
    """The text as it is, as a number without its spaces, as an NMI without its check."""
    ways = [text.lower()]
    close = re.sub(r"\s", "", text.lower())
    if any(char.isdigit() for char in close):
        ways.append(close)
    if nmi := _NMI_WITH_CHECK.fullmatch(close):
        ways.append(nmi[1])
    return ways
