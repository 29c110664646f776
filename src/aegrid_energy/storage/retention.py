"""What goes: years past their keeping, and series, ranges and tenants that somebody deletes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from psycopg import sql

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.storage.block import Grid
from aegrid_energy.storage.block_panel import Merged, State, is_held
from aegrid_energy.storage.block_plan import panel_over, stretches
from aegrid_energy.storage.block_rows import fetch_held
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.memberships import enter_tenant
from aegrid_energy.storage.readings_irregular import fetch_irregular, write_irregular
from aegrid_energy.storage.readings_store import lock_series, write, writing_of
from aegrid_energy.storage.record import write_record
from aegrid_energy.storage.revisions import fetch_revisions, replace_revision
from aegrid_energy.storage.series import Layout, layouts

#: Preference of a tenant: for how many years readings are kept. Not chosen: for ever.
KEPT_YEARS: Final = "readings_kept_years"
#: How long a choice to keep less can be taken back before anything goes.
CHANGE_OF_MIND: Final = timedelta(days=1)
#: Tables that hold something of a series, in the order in which they are emptied.
_TABLES: Final = (
    "reading_block",
    "reading_hot",
    "reading_revision",
    "reading_kept_out",
    "series_latest",
    "rollup_local_day",
    "site_month_dirty",
    "import_series",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """Readings of a tenant in one partition that are past their keeping.

    Args:
        tenant_no: Whose.
        partition: Where they lay.
        first, last: First and last block. [h]
        readings: How many.
    """

    tenant_no: int
    partition: str
    first: int
    last: int
    readings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """How much went."""

    series: int
    blocks: int
    readings: int


async def kept_from(conn: Connection, *, now: datetime) -> datetime | None:
    """Start of what the tenant of this transaction keeps; None: everything.

    Args:
        conn: In the tenant.
        now: The clock.
    """
    cursor = await conn.execute("select value from preference where key = %s", (KEPT_YEARS,))
    row = await cursor.fetchone()
    return None if row is None else years_before(now, row[0])


async def oldest_kept_ms(conn: Connection, *, now: datetime) -> int:
    """The same in ms, for readers of files that refuse by line; 0 where everything is kept."""
    keep_from = await kept_from(conn, now=now)
    return 0 if keep_from is None else ms_of(keep_from)


def years_before(now: datetime, years: object) -> datetime | None:
    """Midnight (UTC) so many years ago; None where that is no whole number of years.

    >>> from datetime import UTC
    >>> years_before(datetime(2024, 2, 29, 12, tzinfo=UTC), 3)
    datetime.datetime(2021, 2, 28, 0, 0, tzinfo=datetime.timezone.utc)
    """
    if not isinstance(years, int) or isinstance(years, bool) or not 0 < years < now.year:
        return None
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if (day.month, day.day) == (2, 29):
        day = day.replace(day=28)
    return day.replace(year=day.year - years)


async def tenants_keeping(owner: Connection, *, now: datetime) -> dict[int, datetime]:
    """Start of what each tenant keeps that does not keep everything.

    Args:
        owner: Past the tenant policies.
        now: The clock. What was chosen within the last day does not count yet: a slip can be taken back.
    """
    rows = await owner.execute(
        "select tenant_no, value from preference where key = %s and updated_at <= %s",
        (KEPT_YEARS, now - CHANGE_OF_MIND),
    )
    found = {int(row[0]): years_before(now, row[1]) for row in await rows.fetchall()}
    return {tenant_no: keep_from for tenant_no, keep_from in found.items() if keep_from is not None}


async def drop_expired(
    owner: Connection, keep_from: Mapping[int, datetime], *, now: datetime, actor: str
) -> list[Expired]:
    """Drop the years of tenants whose last block ends before what the tenant keeps; rollups stay.

    A partition goes whole where all that is in it has expired; of one that others still need, only the
    blocks of those tenants go.

    Args:
        owner: A connection of the owner role, in a transaction, past the tenant policies.
        keep_from: Start of what is kept, for each tenant that does not keep everything.
        now: The clock, for the record.
        actor: Who asks for it.
    """
    if not keep_from:
        return []
    # Readers of years that stay are not kept waiting behind one that we wait for.
    await owner.execute("set local lock_timeout = '5s'")
    rows = await owner.execute(
        """select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
           where i.inhparent = 'public.reading_block'::regclass order by 1"""
    )
    expired: list[Expired] = []
    for (name,) in await rows.fetchall():
        year = str(name).removeprefix("reading_block_")
        if year.isdecimal() and int(year) > max(at.year for at in keep_from.values()):
            continue
        held = await _years_of(owner, str(name))
        gone = [
            one
            for one, end_h in held
            if (at := keep_from.get(one.tenant_no)) and end_h * 3_600_000 <= ms_of(at)
        ]
        for one in gone:
            await _forget_year(owner, one, keep_from[one.tenant_no])
        if gone and len(gone) == len(held):
            part = _name(str(name))
            await owner.execute(sql.SQL("alter table public.reading_block detach partition {}").format(part))
            await owner.execute(sql.SQL("drop table {}").format(part))
        elif gone:
            await owner.execute(
                sql.SQL("delete from {} where series_no > 0 and tenant_no = any(%s)").format(
                    _name(str(name))
                ),
                ([one.tenant_no for one in gone],),
            )
        expired += gone
    for tenant_no in sorted({one.tenant_no for one in expired}):
        of_tenant = [one for one in expired if one.tenant_no == tenant_no]
        await enter_tenant(owner, tenant_no)
        await write_record(
            owner,
            now=now,
            actor=actor,
            action="readings_expired",
            object_kind="tenant",
            object_id=tenant_no,
            detail={
                "partitions": [one.partition for one in of_tenant],
                "readings": sum(one.readings for one in of_tenant),
                "keep_from": keep_from[tenant_no].isoformat(),
            },
        )
    return expired


async def _years_of(owner: Connection, partition: str) -> list[tuple[Expired, int]]:
    """What each tenant has in a partition, and the hour in which the last of it ends."""
    rows = await owner.execute(
        sql.SQL(
            """select tenant_no, max(block + block_span_h(step)), min(block), max(block),
                      sum(n_valid)::int8, max(series_no)
               from {} group by tenant_no order by tenant_no"""
        ).format(_name(partition))
    )
    return [
        (Expired(tenant_no=row[0], partition=partition, first=row[2], last=row[3], readings=row[4]), row[1])
        for row in await rows.fetchall()
    ]


async def _forget_year(owner: Connection, one: Expired, keep_from: datetime) -> None:
    """Revisions and forgotten hot rows of that year, which explain readings that are gone."""
    await owner.execute(
        "delete from reading_revision where series_no > 0 and tenant_no = %s and block between %s and %s",
        (one.tenant_no, one.first, one.last),
    )
    for table in ("reading_hot", "reading_kept_out"):
        await owner.execute(
            sql.SQL("delete from {} where series_no > 0 and tenant_no = %s and ts < %s").format(
                sql.Identifier(table)
            ),
            (one.tenant_no, keep_from),
        )


def _name(partition: str) -> sql.Identifier:
    return sql.Identifier("public", partition)


async def delete_series(
    conn: Connection, series_nos: Sequence[int], *, now: datetime, actor: str, reason: str
) -> Deleted:
    """Delete series with everything held of them, and write it into the record.

    Args:
        conn: In the transaction that all of it belongs to; its tenant is set.
        series_nos: Which: those of a meter, of a site, of a tenant.
        now: The clock, for the record.
        actor: Who deletes.
        reason: Why.

    Raises:
        NotFoundError: `series_not_found`.
    """
    wanted = sorted(set(series_nos))
    await layouts(conn, wanted)
    await lock_series(conn, wanted)
    row = await (
        await conn.execute(
            """select count(*), coalesce(sum(n_valid), 0)::int8
               from reading_block where series_no = any(%s)""",
            (wanted,),
        )
    ).fetchone()
    hot = await (
        await conn.execute("select count(*) from reading_hot where series_no = any(%s)", (wanted,))
    ).fetchone()
    for table in _TABLES:
        await conn.execute(
            sql.SQL("delete from {} where series_no = any(%s)").format(sql.Identifier(table)), (wanted,)
        )
    await conn.execute(
        """update series set derived_from = null
           where derived_from = any(%s) and tenant_no = current_tenant_no()""",
        (wanted,),
    )
    await conn.execute(
        "delete from series where series_no = any(%s) and tenant_no = current_tenant_no()", (wanted,)
    )
    blocks, values = row or (0, 0)
    gone = Deleted(series=len(wanted), blocks=blocks, readings=values + (hot[0] if hot else 0))
    await write_record(
        conn,
        now=now,
        actor=actor,
        action="series_deleted",
        object_kind="series",
        object_id=",".join(str(number) for number in wanted[:100]),
        detail={"reason": reason, "series": gone.series, "blocks": gone.blocks, "readings": gone.readings},
    )
    return gone


async def delete_range(
    conn: Connection,
    series_no: int,
    from_ms: int,
    to_ms: int,
    *,
    source_no: int,
    now: datetime,
    actor: str,
    reason: str,
) -> int:
    """Delete the readings of a series that start in `[from_ms, to_ms)`, with what they were before.

    Args:
        conn: In the transaction that all of it belongs to; its tenant is set.
        series_no: The series.
        from_ms: Start of the range. [ms]
        to_ms: End of the range. [ms]
        source_no: A source that names who deletes.
        now: The clock, for the record.
        actor: Who deletes.
        reason: Why.

    Returns:
        How many readings went.

    Raises:
        NotFoundError: `series_not_found`.
        InvalidError: `empty_period`, `date_out_of_range`.
    """
    layout = (await layouts(conn, [series_no]))[series_no]
    await lock_series(conn, [series_no])
    count = await _empty(conn, layout, from_ms, to_ms, source_no)
    await _forget(conn, layout, from_ms, to_ms)
    # What holds nothing and has nothing to tell any more goes whole.
    await conn.execute(
        """delete from reading_block b where b.series_no = %(series)s and b.n_valid = 0 and b.flags = ''
             and b.block between %(low)s::int4 and %(high)s::int4 and not exists (
               select from reading_revision r where r.series_no = b.series_no and r.block = b.block)""",
        {"series": series_no, "low": from_ms // 3_600_000 - layout.span_h - 24, "high": to_ms // 3_600_000},
    )
    await write_record(
        conn,
        now=now,
        actor=actor,
        action="readings_deleted",
        object_kind="series",
        object_id=series_no,
        detail={"reason": reason, "from_ms": from_ms, "to_ms": to_ms, "readings": count},
    )
    return count


async def _empty(conn: Connection, layout: Layout, from_ms: int, to_ms: int, source_no: int) -> int:
    grid = layout.grid
    if grid is None:
        from_ms, to_ms = await _extent(conn, layout, from_ms, to_ms)
        if to_ms <= from_ms:
            return 0
        held = await fetch_irregular(conn, layout, from_ms, to_ms)
        before = held.readings
        inside = np.flatnonzero((before.start_ms >= from_ms) & (before.start_ms < to_ms))
        nothing = before[np.zeros(len(before), dtype=np.bool_)].over(before.start_ms)
        await write_irregular(
            conn, layout, held, before, before.replaced(inside, nothing), inside, by=source_no
        )
        return len(inside)
    low, high = await _extent(conn, layout, from_ms, to_ms)
    return sum(
        [await _empty_regular(conn, layout, grid, *part, source_no) for part in stretches(grid, low, high)]
    )


async def _extent(conn: Connection, layout: Layout, from_ms: int, to_ms: int) -> tuple[int, int]:
    """The part of a period in which anything of a series can be held."""
    row = await (
        await conn.execute(
            """select least((select min(block)::int8 * 3600000 from reading_block
                where series_no = %(series)s),
                            (select min(extract(epoch from ts) * 1000)::int8 from reading_hot
                             where series_no = %(series)s)),
                      greatest((select (max(block) + %(reach)s)::int8 * 3600000 from reading_block
                                where series_no = %(series)s),
                               (select max(extract(epoch from ts) * 1000)::int8 + 1 from reading_hot
                                where series_no = %(series)s))""",
            {"series": layout.series_no, "reach": layout.span_h + 24},
        )
    ).fetchone()
    if row is None or row[0] is None:
        return from_ms, from_ms
    return max(from_ms, row[0]), min(to_ms, row[1])


async def _empty_regular(
    conn: Connection, layout: Layout, grid: Grid, from_ms: int, to_ms: int, source_no: int
) -> int:
    panel = panel_over([layout], grid, from_ms, to_ms)
    fetched = await fetch_held(conn, panel)
    state = fetched.state
    if state is None:
        return 0
    first, end = grid.ceil_slot(from_ms) - panel.first_slot, grid.ceil_slot(to_ms) - panel.first_slot
    inside = np.flatnonzero(is_held(state.quality[0, first:end])) + first
    after = State(state.micro.copy(), state.quality.copy(), state.sources())
    after.micro[0, inside], after.quality[0, inside] = 0, q.ABSENT
    if len(inside):
        counts = np.zeros((1, 4), dtype=np.int64)
        change = Merged(after=after, before=state, touched=inside, counts=counts)
        await write(conn, writing_of(panel, fetched, change, by=source_no))
    return len(inside)


async def _forget(conn: Connection, layout: Layout, from_ms: int, to_ms: int) -> None:
    """Take the slots of a range out of the revisions, those of the deletion itself included."""
    await conn.execute(
        """delete from reading_kept_out where series_no = %s
             and ts >= to_timestamp(%s::float8) and ts < to_timestamp(%s::float8)""",
        (layout.series_no, from_ms / 1000, to_ms / 1000),
    )
    grid = layout.grid
    low, high = max(from_ms // 3_600_000 - layout.span_h - 24, -1), to_ms // 3_600_000
    for revision in await fetch_revisions(conn, layout.series_no, low, high):
        starts = revision.slots
        if grid is not None:
            starts = grid.start_of(revision.block // grid.span_h * grid.slots + revision.slots)
        await replace_revision(conn, revision, keep=(starts < from_ms) | (starts >= to_ms))
