"""Public holidays as people and calendars enter them: events of kind `holiday`."""

from datetime import date
from uuid import UUID

import numpy as np

from aegrid_energy.domain.zones import local_date_of, ms_of
from aegrid_energy.storage.connection import Connection

_DAY = np.timedelta64(1, "D")


async def holidays_of(conn: Connection, site_id: UUID, zone: str, first: date, end: date) -> frozenset[date]:
    """Local days `[first, end)` that are holidays at a site, of its portfolios, or of the whole tenant."""
    cursor = await conn.execute(
        """select starts_at, ends_at from event
           where kind = 'holiday' and starts_at < %(end)s::date + 1
             and coalesce(ends_at, starts_at) >= %(first)s::date - 1
             and (scope_id is null or scope_id = %(site)s
                  or scope_id in (select portfolio_id from portfolio_site where site_id = %(site)s))""",
        {"first": first, "end": end, "site": site_id},
    )
    days: set[date] = set()
    for starts_at, ends_at in await cursor.fetchall():
        start_ms = ms_of(starts_at)
        last_ms = start_ms if ends_at is None else max(ms_of(ends_at) - 1, start_ms)
        from_day, to_day = local_date_of(zone, np.array([start_ms, last_ms], dtype=np.int64))
        days.update(np.arange(from_day, to_day + _DAY).astype("datetime64[D]").tolist())
    return frozenset(day for day in days if first <= day < end)
