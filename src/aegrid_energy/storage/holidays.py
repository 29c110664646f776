"""Public holidays as people and calendars enter them: events of kind `holiday`."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
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
    return _days(await cursor.fetchall(), zone, first, end)


async def holidays_of_sites(
    conn: Connection, zones: Mapping[UUID, str], first: date, end: date
) -> dict[UUID, frozenset[date]]:
    """The same for many sites, given with their zones; sites of like holidays share one set."""
    cursor = await conn.execute(
        """select e.starts_at, e.ends_at,
                  case when e.scope_id is null then null
                       else array_append(array(select p.site_id from portfolio_site p
                                               where p.portfolio_id = e.scope_id), e.scope_id) end
           from event e
           where e.kind = 'holiday' and e.starts_at < %(end)s::date + 1
             and coalesce(e.ends_at, e.starts_at) >= %(first)s::date - 1""",
        {"first": first, "end": end},
    )
    held = await cursor.fetchall()
    of_site: dict[UUID, list[int]] = {site_id: [] for site_id in zones}
    for place, (_, _, site_ids) in enumerate(held):
        for site_id in zones if site_ids is None else site_ids:
            if site_id in of_site:
                of_site[site_id].append(place)
    known: dict[tuple[str, tuple[int, ...]], frozenset[date]] = {}
    out: dict[UUID, frozenset[date]] = {}
    for site_id, places in of_site.items():
        key = (zones[site_id], tuple(places))
        if key not in known:
            known[key] = _days([held[place][:2] for place in places], key[0], first, end)
        out[site_id] = known[key]
    return out


def _days(
    held: Iterable[tuple[datetime, datetime | None]], zone: str, first: date, end: date
) -> frozenset[date]:
    days: set[date] = set()
    for starts_at, ends_at in held:
        start_ms = ms_of(starts_at)
        last_ms = start_ms if ends_at is None else max(ms_of(ends_at) - 1, start_ms)
        from_day, to_day = local_date_of(zone, np.array([start_ms, last_ms], dtype=np.int64))
        days.update(np.arange(from_day, to_day + _DAY).astype("datetime64[D]").tolist())
    return frozenset(day for day in days if first <= day < end)
