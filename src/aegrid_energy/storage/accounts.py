"""People who can sign in. An account belongs to no tenant; its memberships do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from aegrid_energy.domain.errors import ConflictError
from aegrid_energy.domain.ids import new_id
from aegrid_energy.storage.connection import Connection

_COLUMNS = "id, email, name, password_hash, is_disabled, is_demo, preferences"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person.

    Args:
        id: Their id.
        email: In lower case.
        name: As they are called.
        password_hash: argon2id; None where nobody can sign in by password.
        is_disabled: Cannot sign in at all.
        is_demo: Signs in only where the demonstration runs.
        preferences: Their own choices for screens, by name; what was never chosen is left out.
    """

    id: UUID
    email: str
    name: str
    password_hash: str | None
    is_disabled: bool
    is_demo: bool
    preferences: dict[str, Any]


async def find_account(connection: Connection, account_id: UUID) -> Account | None:
    """The account of an id."""
    return await _one(connection, f"select {_COLUMNS} from account where id = %(id)s", {"id": account_id})


async def find_account_by_email(connection: Connection, email: str) -> Account | None:
    """The account of an e-mail address."""
    query = f"select {_COLUMNS} from account where lower(email) = lower(%(email)s)"
    return await _one(connection, query, {"email": email})


async def add_account(
    connection: Connection,
    *,
    email: str,
    name: str,
    password_hash: str | None,
    now: datetime,
    is_demo: bool = False,
) -> Account:
    """Store a new account.

    Raises:
        ConflictError: `account_exists`.
    """
    account = Account(
        id=new_id(now),
        email=email.lower(),
        name=name,
        password_hash=password_hash,
        is_disabled=False,
        is_demo=is_demo,
        preferences={},
    )
    try:
        async with connection.transaction():
            await connection.execute(
                """insert into account (id, email, name, password_hash, is_demo, created_at)
                   values (%s, %s, %s, %s, %s, %s)""",
                (account.id, account.email, name, password_hash, is_demo, now),
            )
    except UniqueViolation as error:
        raise ConflictError("account_exists") from error
    return account


async def set_password_hash(connection: Connection, account_id: UUID, password_hash: str) -> None:
    """Store another password."""
    await connection.execute(
        "update account set password_hash = %s where id = %s", (password_hash, account_id)
    )


async def set_account(connection: Connection, account_id: UUID, *, name: str, is_disabled: bool) -> None:
    """Change a person's name and whether they may sign in; disabling ends every session of theirs."""
    await connection.execute(
        "update account set name = %s, is_disabled = %s where id = %s", (name, is_disabled, account_id)
    )
    if is_disabled:
        await connection.execute("delete from login_session where account_id = %s", (account_id,))


async def choose_preferences(
    connection: Connection, account_id: UUID, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Keep a person's own choices, by name; the others stay. Returns all of them."""
    cursor = await connection.execute(
        "update account set preferences = preferences || %s where id = %s returning preferences",
        (Jsonb(dict(values)), account_id),
    )
    row = await cursor.fetchone()
    return dict(row[0]) if row else {}


async def is_first_run(connection: Connection) -> bool:
    """Whether nobody has an account yet, but for the demonstration's."""
    cursor = await connection.execute("select not exists (select from account where not is_demo)")
    row = await cursor.fetchone()
    return bool(row and row[0])


async def _one(connection: Connection, query: LiteralString, params: Mapping[str, object]) -> Account | None:
    async with connection.cursor(row_factory=class_row(Account)) as cursor:
        await cursor.execute(query, params)
        return await cursor.fetchone()
