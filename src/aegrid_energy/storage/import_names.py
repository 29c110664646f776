"""What loads are shown with: the names of people and keys, and of the meters and points they touched."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from aegrid_energy.storage.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """A meter or point with the site it stands in; an empty name: nothing there has one."""

    name: str
    site_id: UUID | None
    site: str


async def actor_names(conn: Connection, actors: Iterable[str]) -> dict[str, str]:
    """Names of those who acted; one that is neither a person nor a key of the tenant is not among them.

    Args:
        conn: In the tenant.
        actors: `account:<uuid>`, `key:<kid>` and others, as loads keep them.
    """
    cursor = await conn.execute(
        """select 'account:' || a.id, a.name from account a
           where 'account:' || a.id = any(%(actors)s)
           union all
           select 'key:' || k.kid, k.name from api_key k
           where k.tenant_no = current_tenant_no() and 'key:' || k.kid = any(%(actors)s)""",
        {"actors": list(set(actors))},
    )
    return {row[0]: row[1] for row in await cursor.fetchall()}


async def owners_of(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, Owned]:
    """Meters and points by their id, with where they stand."""
    cursor = await conn.execute(
        """select m.id, m.name, s.id, coalesce(s.name, '')
           from energy_meters m left join site s on s.id = m.site_id where m.id = any(%(ids)s)
           union all
           select p.id, p.name, s.id, coalesce(s.name, '')
           from point p left join assets a on a.id = p.asset_id left join site s on s.id = a.site_id
           where p.id = any(%(ids)s)""",
        {"ids": list(set(ids))},
    )
    return {row[0]: Owned(name=row[1], site_id=row[2], site=row[3]) for row in await cursor.fetchall()}


async def series_of_owners(
    conn: Connection, *, site_id: UUID | None = None, meter_id: UUID | None = None
) -> frozenset[int]:
    """The series of a meter, or of all that stands in a site."""
    cursor = await conn.execute(
        """select s.series_no from series s
           left join energy_meters m on m.id = s.meter_id
           left join point p on p.id = s.point_id left join assets a on a.id = p.asset_id
           where s.tenant_no = current_tenant_no()
             and (%(meter)s::uuid is null or s.meter_id = %(meter)s)
             and (%(site)s::uuid is null or coalesce(m.site_id, a.site_id, s.site_id) = %(site)s)""",
        {"meter": meter_id, "site": site_id},
    )
    return frozenset(int(row[0]) for row in await cursor.fetchall())
