"""Notes and happenings of a scope, shown on every chart of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from aegrid_energy.domain.access import Reach
from aegrid_energy.storage.connection import Connection

_COLUMNS = "id, scope_kind, scope_id, starts_at, ends_at, kind, text, author, created_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, or will, from an instant to another.

    Args:
        scope_kind: tenant, portfolio, site, asset or meter.
        scope_id: Which; None for the tenant.
        ends_at: None: an instant, or still going on.
        kind: holiday, closure, retrofit, works, meter_change or note.
        author: Who wrote it, as the record names people.
    """

    id: UUID
    scope_kind: str
    scope_id: UUID | None
    starts_at: datetime
    ends_at: datetime | None
    kind: str
    text: str
    author: str
    created_at: datetime


async def add_event(conn: Connection, event: Event) -> bool:
    """A new event; False where it is there already."""
    cursor = await conn.execute(
        f"""insert into event ({_COLUMNS}) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
            on conflict (id) do nothing""",
        (
            event.id,
            event.scope_kind,
            event.scope_id,
            event.starts_at,
            event.ends_at,
            event.kind,
            event.text,
            event.author,
            event.created_at,
        ),
    )
    return cursor.rowcount > 0


async def find_event(conn: Connection, event_id: UUID) -> Event | None:
    """An event of the tenant of this transaction."""
    async with conn.cursor(row_factory=class_row(Event)) as cursor:
        await cursor.execute(f"select {_COLUMNS} from event where id = %s", (event_id,))
        return await cursor.fetchone()


async def drop_event(conn: Connection, event_id: UUID) -> None:
    """Remove an event."""
    await conn.execute("delete from event where id = %s", (event_id,))


async def list_events(
    conn: Connection,
    scopes: Iterable[UUID] | None,
    *,
    start: datetime | None,
    end: datetime | None,
    limit: int,
) -> list[Event]:
    """Events of some scopes and of the whole tenant, newest first.

    Args:
        conn: In the tenant.
        scopes: Portfolios, sites, assets and meters; None means all of the tenant.
        start: Only what was not over by then.
        end: Only what began before.
        limit: How many at most.
    """
    async with conn.cursor(row_factory=class_row(Event)) as cursor:
        await cursor.execute(
            f"""select {_COLUMNS} from event
                where (%(scopes)s::uuid[] is null or scope_id is null or scope_id = any(%(scopes)s))
                  and (%(start)s::timestamptz is null or coalesce(ends_at, starts_at) >= %(start)s)
                  and (%(end)s::timestamptz is null or starts_at < %(end)s)
                order by starts_at desc, id limit %(limit)s""",
            {
                "scopes": None if scopes is None else list(scopes),
                "start": start,
                "end": end,
                "limit": limit,
            },
        )
        return await cursor.fetchall()


async def scopes_of_asset(conn: Connection, asset_id: UUID) -> frozenset[UUID]:
    """What hangs below an asset, itself included: assets, and the meters that stood on them."""
    cursor = await conn.execute(
        """with recursive down as (
               select id from assets where id = %s
               union select a.id from assets a join down on a.parent_id = down.id)
           select id from down
           union select x.meter_id from meter_assignment x join down on down.id = x.asset_id""",
        (asset_id,),
    )
    return frozenset(row[0] for row in await cursor.fetchall())


async def scopes_within(
    conn: Connection, reach: Reach, assets: frozenset[UUID] | None
) -> frozenset[UUID] | None:
    """The scopes that a reach sees: its assets with their meters, what those belong to; None means all.

    Args:
        conn: In the tenant.
        reach: Where the caller may see events.
        assets: Its `reached_assets`.
    """
    if assets is None:
        return None
    cursor = await conn.execute(
        """with recursive up as (
               select id, parent_id, site_id from assets where id = any(%(assets)s)
               union select a.id, a.parent_id, a.site_id from assets a join up on a.id = up.parent_id)
           select id from up
           union select portfolio_id from portfolio_site where site_id in (select site_id from up)
                 and valid_from <= current_date and current_date < valid_to
           union select x.meter_id from meter_assignment x where x.asset_id = any(%(assets)s)""",
        {"assets": list(assets)},
    )
    return frozenset(row[0] for row in await cursor.fetchall()) | reach.portfolios
