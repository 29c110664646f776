"""Whether the register of a tenant has changed: what was worked out from it may be kept until it has."""

from dataclasses import dataclass

from aegrid_energy.storage.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRevision:
    """The register as a transaction sees it.

    Args:
        tenant_no: Whose.
        mark: Another one after each change that was committed, and never one again that was there before.
        is_settled: Whether the transaction has changed nothing itself; else its view may yet be rolled back.
    """

    tenant_no: int
    mark: str
    is_settled: bool


async def register_revision(conn: Connection) -> RegisterRevision:
    """The revision of the register of the transaction's tenant.

    Ask before the register is read: a change that is committed in between is then found by the next question.
    """
    cursor = await conn.execute(
        """select current_tenant_no(),
                  (select string_agg(slot || ':' || mark, ' ' order by slot) from register_revision),
                  pg_current_xact_id_if_assigned() is null"""
    )
    row = await cursor.fetchone()
    if row is None or row[0] is None:
        raise LookupError("no tenant is set")
    return RegisterRevision(tenant_no=row[0], mark=row[1] or "", is_settled=row[2])
