"""The people of the demonstration: one for each role, without a password."""

from datetime import datetime
from typing import Final
from uuid import UUID

from aegrid_energy.domain.access import PERSON_ROLES, Grant, Role
from aegrid_energy.storage.accounts import Account, add_account, find_account_by_email
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.memberships import set_grants

_DOMAIN: Final = "demo.invalid"  # RFC 2606: nobody can own it


async def ensure_demo_accounts(connection: Connection, *, now: datetime) -> dict[Role, UUID]:
    """Make the demonstration's people, members of the tenant of this transaction, where they are missing."""
    ids: dict[Role, UUID] = {}
    for role in PERSON_ROLES:
        account = await find_demo_account(connection, role)
        if account is None:
            name = f"Demo {role.value.replace('_', ' ')}"
            account = await add_account(
                connection, email=_email(role), name=name, password_hash=None, now=now, is_demo=True
            )
        await set_grants(connection, account.id, [Grant(role=role)], now=now)
        ids[role] = account.id
    return ids


async def find_demo_account(connection: Connection, role: Role) -> Account | None:
    """The demonstration's person of a role."""
    account = await find_account_by_email(connection, _email(role))
    return account if account is not None and account.is_demo else None


def _email(role: Role) -> str:
    return f"{role.value}@{_DOMAIN}"
