"""Where a thing hangs in the tree tenant > portfolio > site > asset, and what hangs below a grant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from aegrid_energy.domain.access import NodePath, Reach, ScopeKind
from aegrid_energy.storage.connection import Connection

_PORTFOLIOS = """array(select p.portfolio_id from portfolio_site p
                       where p.site_id = %(site)s and p.valid_from <= %(on)s and %(on)s < p.valid_to)"""


async def path_of_site(connection: Connection, tenant_no: int, site_id: UUID, *, on: date) -> NodePath | None:
    """The path of a site; None where the tenant of this transaction has none of this id."""
    cursor = await connection.execute(
        f"select {_PORTFOLIOS} from site where id = %(site)s", {"site": site_id, "on": on}
    )
    row = await cursor.fetchone()
    return (tenant_no, *row[0], site_id) if row else None


async def path_of_asset(
    connection: Connection, tenant_no: int, asset_id: UUID, *, on: date
) -> NodePath | None:
    """The path of an asset (or site, whose root asset has its id); None where there is none.

    Args:
        connection: In the tenant.
        tenant_no: The tenant.
        asset_id: The asset.
        on: The day whose portfolios count: today.
    """
    cursor = await connection.execute(
        """with recursive up as (
               select id, parent_id, site_id, 0 as height from assets where id = %(asset)s
               union all
               select a.id, a.parent_id, a.site_id, up.height + 1
               from assets a join up on a.id = up.parent_id where up.height < 100
           )
           select site_id, array_agg(id order by height desc) from up group by site_id""",
        {"asset": asset_id},
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    above = await path_of_site(connection, tenant_no, row[0], on=on)
    return (*above, *row[1]) if above is not None else None


async def path_of_meter(
    connection: Connection, tenant_no: int, meter_id: UUID, *, at: datetime
) -> NodePath | None:
    """The path of the place of a meter, by its assignment now or else its last one, or else its site.

    A meter that has not been placed hangs under the tenant alone.
    """
    cursor = await connection.execute(
        """select m.site_id, (select a.asset_id from meter_assignment a where a.meter_id = m.id
                              order by (a.valid_from <= %(at)s and %(at)s < a.valid_to) desc,
                                       a.valid_from desc limit 1)
           from energy_meters m where m.id = %(meter)s""",
        {"meter": meter_id, "at": at},
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    site_id, asset_id = row
    if asset_id is not None:
        return await path_of_asset(connection, tenant_no, asset_id, on=at.date())
    if site_id is not None:
        return await path_of_site(connection, tenant_no, site_id, on=at.date())
    return (tenant_no,)


async def reached_sites(connection: Connection, reach: Reach, *, on: date) -> frozenset[UUID] | None:
    """The sites wholly within reach; None means all of the tenant."""
    if reach.is_everywhere:
        return None
    cursor = await connection.execute(
        """select id from site where id = any(%(sites)s) or id = any(%(assets)s)
           union select site_id from portfolio_site
           where portfolio_id = any(%(portfolios)s) and valid_from <= %(on)s and %(on)s < valid_to""",
        _params(reach, on),
    )
    return frozenset(row[0] for row in await cursor.fetchall())


async def reached_assets(connection: Connection, reach: Reach, *, on: date) -> frozenset[UUID] | None:
    """The assets within reach, root assets of sites among them; None means all of the tenant."""
    if reach.is_everywhere:
        return None
    cursor = await connection.execute(
        """with recursive down as (
               select id from assets
               where site_id = any(%(sites)s) or id = any(%(assets)s)
                  or site_id in (select site_id from portfolio_site where portfolio_id = any(%(portfolios)s)
                                 and valid_from <= %(on)s and %(on)s < valid_to)
               union
               select a.id from assets a join down on a.parent_id = down.id
           )
           select id from down""",
        _params(reach, on),
    )
    return frozenset(row[0] for row in await cursor.fetchall())


def _params(reach: Reach, on: date) -> dict[str, object]:
    return {
        "sites": list(reach.sites),
        "assets": list(reach.assets),
        "portfolios": list(reach.portfolios),
        "on": on,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A node of the tree by its name; of a part of a site with the site's."""

    kind: ScopeKind
    id: UUID
    name: str


async def list_places(connection: Connection, ids: Sequence[UUID]) -> list[Place]:
    """Every portfolio of the tenant, and those sites and assets, by name.

    Args:
        connection: In the tenant.
        ids: Sites and assets that are asked about; others are left out.
    """
    cursor = await connection.execute(
        """select 'portfolio', id, name from portfolio
           union all select 'site', id, name from site where id = any(%(ids)s)
           union all select 'asset', a.id, a.name || ', ' || s.name
                     from assets a join site s on s.id = a.site_id
                     where a.id = any(%(ids)s) and a.id <> a.site_id
           order by name, id""",
        {"ids": list(ids)},
    )
    return [
        Place(kind=ScopeKind(kind), id=place_id, name=name)
        for kind, place_id, name in await cursor.fetchall()
    ]
