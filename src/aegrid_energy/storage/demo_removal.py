"""A demonstration goes as it came: with everything that its organisation holds, and nothing of another."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg import sql

from aegrid_energy.domain.errors import ConflictError, InvalidError
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.record import write_record

#: Tables by series, the first to go.
_OF_SERIES: Final = (
    "series_latest", "reading_kept_out", "reading_revision", "reading_hot", "reading_block",
    "rollup_local_day", "rollup_stale", "import_series",
)  # fmt: skip
#: The others, what refers before what is referred to. Placing meters marks months, and the register marks its
#: revision: these two go after what marks them.
_OF_TENANT: Final = (
    "import_refusal", "multiplier_applied", "multiplier_change", "series", "source", "import",
    "virtual_term", "virtual_meter", "heating_value", "meter_install", "meter_feed", "meter_assignment",
    "flat_price", "point", "carbon_emission", "efficiency_metric", "asset_group_member", "asset_group",
    "api_key", "energy_meters", "assets", "portfolio_site", "site", "portfolio", "event", "idempotency",
    "invitation", "job", "staged_upload", "upload", "remembered_mapping", "preference", "membership",
    "rollup_site_month", "register_revision",
)  # fmt: skip
#: What a demonstration leaves nothing in.
GOES: Final = frozenset({*_OF_SERIES, *_OF_TENANT, "site_month_dirty", "tenant"})
#: The record outlives the organisation that it tells of.
STAYS: Final = frozenset({"record"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedDemo:
    """How much went."""

    sites: int
    meters: int
    series: int
    accounts: int


async def remove_demo(conn: Connection, *, name: str, now: datetime, actor: str) -> RemovedDemo:
    """Remove the demonstration of this transaction with all of its data and its people.

    The policies of the database hold every statement to the tenant of the transaction.

    Args:
        conn: In a transaction of the tenant that all of it belongs to.
        name: What the organisation is called, typed by whoever removes it.
        now: The clock, for the record.
        actor: Who removes it.

    Raises:
        ConflictError: `not_a_demonstration`.
        InvalidError: `name_differs`.
    """
    cursor = await conn.execute(
        # Nothing that refers to it is written any more until this is over, and then nothing can be.
        "select tenant_no, slug, name, is_demo from tenant where tenant_no = current_tenant_no() for update"
    )
    tenant = await cursor.fetchone()
    if tenant is None or not tenant[3]:
        raise ConflictError("not_a_demonstration")
    if name.strip().casefold() != str(tenant[2]).casefold():
        raise InvalidError("name_differs", name=tenant[2])
    gone = await _count(conn)
    members = await conn.execute("select distinct account_id from membership")
    accounts = [row[0] for row in await members.fetchall()]
    for table in _OF_SERIES:
        await conn.execute(
            sql.SQL("delete from {} where series_no > 0 and tenant_no = current_tenant_no()").format(
                sql.Identifier(table)
            )
        )
    for table in _OF_TENANT:
        await conn.execute(
            sql.SQL("delete from {} where tenant_no = current_tenant_no()").format(sql.Identifier(table))
        )
    await conn.execute("delete from site_month_dirty where series_no > 0 and tenant_no = current_tenant_no()")
    await conn.execute("delete from tenant where tenant_no = current_tenant_no() and is_demo")
    # The demonstration's own people go with it. Others keep their account where they belong elsewhere too.
    await conn.execute("delete from account where is_demo and id = any(%s)", (accounts,))
    await conn.execute(
        """update account a set is_disabled = true
           where a.id = any(%s) and not exists (select from account_memberships(a.id))""",
        (accounts,),
    )
    await write_record(
        conn,
        now=now,
        actor=actor,
        action="demonstration_removed",
        object_kind="tenant",
        object_id=tenant[0],
        detail={"name": tenant[2], "sites": gone.sites, "meters": gone.meters, "series": gone.series},
    )
    return gone


async def _count(conn: Connection) -> RemovedDemo:
    cursor = await conn.execute(
        """select (select count(*) from site), (select count(*) from energy_meters),
                  (select count(*) from series where tenant_no = current_tenant_no()),
                  (select count(distinct account_id) from membership)"""
    )
    row = await cursor.fetchone()
    sites, meters, series, accounts = row or (0, 0, 0, 0)
    return RemovedDemo(sites=sites, meters=meters, series=series, accounts=accounts)
