"""What sites are gathered by: portfolios on a day, and groups of assets."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from aegrid_energy.storage.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    """A portfolio or a group, with the sites in it."""

    id: UUID
    name: str
    site_ids: frozenset[UUID]


async def portfolios_on(conn: Connection, on: date) -> list[Gathering]:
    """The portfolios of the tenant by name, as they are on a day."""
    return await _gathered(
        conn,
        """select p.id, p.name, array(
               select x.site_id from portfolio_site x
               where x.portfolio_id = p.id and x.valid_from <= %(on)s and %(on)s < x.valid_to)
           from portfolio p order by p.name, p.id""",
        {"on": on},
    )


async def site_groups(conn: Connection) -> list[Gathering]:
    """The groups of the tenant by name; a site is in a group when anything of it is."""
    return await _gathered(
        conn,
        """select g.id, g.name, array(
               select distinct a.site_id from asset_group_member x join assets a on a.id = x.asset_id
               where x.group_id = g.id)
           from asset_group g order by g.name""",
        {},
    )


async def _gathered(conn: Connection, query: str, params: dict[str, object]) -> list[Gathering]:
    cursor = await conn.execute(query.encode(), params)
    return [
        Gathering(id=key, name=name, site_ids=frozenset(site_ids))
        for key, name, site_ids in await cursor.fetchall()
    ]


def reached(gatherings: Collection[Gathering], site_ids: Collection[UUID]) -> list[Gathering]:
    """Those that hold any of the sites: others are nobody's business."""
    return [of for of in gatherings if not of.site_ids.isdisjoint(site_ids)]
