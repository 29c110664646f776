"""Which series, and which loads, lie within the assets that somebody may see."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from aegrid_energy.storage.connection import Connection

#: Where the owner of a series stands: its assignment now or else its last one, else its site, else nowhere.
_PLACE: Final = """
    coalesce((select p.asset_id from point p where p.id = s.point_id),
             (select x.asset_id from meter_assignment x where x.meter_id = s.meter_id
              order by (x.valid_from <= now() and now() < x.valid_to) desc, x.valid_from desc limit 1),
             (select m.site_id from energy_meters m where m.id = s.meter_id), s.site_id)"""


async def series_within(
    conn: Connection, assets: frozenset[UUID] | None, *, series_nos: Iterable[int] | None = None
) -> frozenset[int] | None:
    """The series whose owner stands on one of these assets.

    Args:
        conn: In the tenant.
        assets: Result of `reached_assets`; None means all of the tenant.
        series_nos: Only these are asked about.

    Returns:
        Their numbers; None means all of the tenant.
    """
    if assets is None:
        return None
    cursor = await conn.execute(
        f"""select s.series_no from series s
            where s.tenant_no = current_tenant_no() and {_PLACE} = any(%(assets)s)
              and (%(numbers)s::int[] is null or s.series_no = any(%(numbers)s))""",
        {"assets": list(assets), "numbers": None if series_nos is None else list(series_nos)},
    )
    return frozenset(int(row[0]) for row in await cursor.fetchall())


async def places_of_import(conn: Connection, import_id: UUID) -> frozenset[UUID | None]:
    """The assets on which the series stand that a load touched; None among them: one stands nowhere."""
    cursor = await conn.execute(
        f"""select distinct {_PLACE} from import_series i join series s using (series_no)
            where i.import_id = %s""",
        (import_id,),
    )
    return frozenset(row[0] for row in await cursor.fetchall())
