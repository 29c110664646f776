"""Tenants, who belongs to them with which grants, and who has been asked to join."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from aegrid_energy.domain.access import Grant, Role, ScopeKind
from aegrid_energy.domain.errors import ConflictError
from aegrid_energy.domain.ids import new_id
from aegrid_energy.storage.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantRow:
    """A tenant, as those see it who ask across tenants."""

    tenant_no: int
    slug: str
    name: str
    is_demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """One grant of an account in one tenant."""

    tenant_no: int
    slug: str
    tenant_name: str
    is_demo: bool
    grant: Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member of a tenant with what they may do there."""

    account_id: UUID
    email: str
    name: str
    is_disabled: bool
    last_seen_at: datetime | None
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Somebody who has been asked to join and has not yet."""

    id: UUID
    email: str
    name: str
    grants: tuple[Grant, ...]
    expires_at: datetime


async def list_tenants(connection: Connection) -> list[TenantRow]:
    """Every tenant, in the order they were founded."""
    async with connection.cursor(row_factory=class_row(TenantRow)) as cursor:
        await cursor.execute("select tenant_no, slug, name, is_demo from list_tenants()")
        return await cursor.fetchall()


async def found_tenant(
    connection: Connection, *, slug: str, name: str, now: datetime, is_demo: bool = False
) -> int:
    """Make a tenant and return its number.

    Raises:
        ConflictError: `tenant_exists`: another tenant has this slug.
    """
    try:
        async with connection.transaction():
            cursor = await connection.execute(
                "select found_tenant(%s, %s, %s, %s)", (new_id(now), slug, name, is_demo)
            )
            row = await cursor.fetchone()
    except UniqueViolation as error:
        raise ConflictError("tenant_exists", slug=slug) from error
    assert row is not None  # noqa: S101  # `select f()` always has a row
    return int(row[0])


async def find_tenant_without_members(connection: Connection) -> TenantRow | None:
    """The organisation that the command line made and nobody belongs to yet; demonstrations aside."""
    async with connection.cursor(row_factory=class_row(TenantRow)) as cursor:
        await cursor.execute(
            """select tenant_no, slug, name, is_demo from list_tenants()
               where tenant_no = tenant_without_members()"""
        )
        return await cursor.fetchone()


async def adopt_tenant(connection: Connection, tenant_no: int, *, slug: str, name: str) -> None:
    """Rename an organisation that has no member yet, for the first one to join it.

    Raises:
        ConflictError: `tenant_exists`: another tenant has this slug, or this one has a member by now.
    """
    try:
        async with connection.transaction():
            cursor = await connection.execute("select adopt_tenant(%s, %s, %s)", (tenant_no, slug, name))
            row = await cursor.fetchone()
    except UniqueViolation as error:
        raise ConflictError("tenant_exists", slug=slug) from error
    if row is None or not row[0]:
        raise ConflictError("tenant_exists", slug=slug)


async def enter_tenant(connection: Connection, tenant_no: int) -> None:
    """Go on in a tenant that became known during the transaction; it ends with the transaction."""
    await connection.execute("select set_config('app.tenant_no', %s, true)", (str(tenant_no),))


async def account_memberships(connection: Connection, account_id: UUID) -> tuple[Membership, ...]:
    """Every grant of an account, in all its tenants."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute("select * from account_memberships(%s)", (account_id,))
        return tuple(membership_of(row) for row in await cursor.fetchall())


def membership_of(row: dict[str, Any]) -> Membership:
    """A row of the function `account_memberships`, as columns or as JSON."""
    return Membership(
        tenant_no=row["tenant_no"],
        slug=row["slug"],
        tenant_name=row["tenant_name"],
        is_demo=row["is_demo"],
        grant=grant_of(row),
    )


def grant_of(row: dict[str, Any]) -> Grant:
    """A grant from columns or JSON."""
    scope_id = row["scope_id"]
    return Grant(
        role=Role(row["role"]),
        scope_kind=ScopeKind(row["scope_kind"]),
        scope_id=UUID(str(scope_id)) if scope_id is not None else None,
    )


async def list_people(connection: Connection) -> list[Person]:
    """The members of the tenant of this transaction, by name."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            """select a.id, a.email, a.name, a.is_disabled,
                      (select max(s.last_seen_at) from login_session s where s.account_id = a.id)
                          as last_seen_at,
                      jsonb_agg(jsonb_build_object('role', m.role, 'scope_kind', m.scope_kind,
                                                   'scope_id', m.scope_id)
                                order by m.role, m.scope_id) as grants
               from membership m join account a on a.id = m.account_id
               group by a.id order by a.name, a.id"""
        )
        return [
            Person(
                account_id=row["id"],
                email=row["email"],
                name=row["name"],
                is_disabled=row["is_disabled"],
                last_seen_at=row["last_seen_at"],
                grants=tuple(grant_of(grant) for grant in row["grants"]),
            )
            for row in await cursor.fetchall()
        ]


async def set_grants(
    connection: Connection, account_id: UUID, grants: Iterable[Grant], *, now: datetime
) -> None:
    """Replace what an account may do in the tenant of this transaction; without grants it is no member."""
    await connection.execute("delete from membership where account_id = %s", (account_id,))
    async with connection.cursor() as cursor:
        await cursor.executemany(
            """insert into membership (account_id, role, scope_kind, scope_id, created_at)
               values (%s, %s, %s, %s, %s) on conflict do nothing""",
            [(account_id, g.role.value, g.scope_kind.value, g.scope_id, now) for g in grants],
        )


async def count_administrators(connection: Connection, *, but_for: UUID) -> int:
    """Members who may sign in and manage the whole tenant, one account left out.

    Locks the tenant's memberships for this transaction, so that two administrators cannot remove each other.
    """
    await connection.execute("lock table membership in share row exclusive mode")
    cursor = await connection.execute(
        """select count(distinct m.account_id) from membership m join account a on a.id = m.account_id
           where m.role = 'administrator' and m.scope_kind = 'tenant' and not a.is_disabled
             and m.account_id <> %s""",
        (but_for,),
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def count_missing_scopes(connection: Connection, grants: Sequence[Grant]) -> int:
    """How many of the grants name a node that this tenant does not have."""
    cursor = await connection.execute(
        """select count(*) from unnest(%s::text[], %s::uuid[]) as g (kind, id)
           where not case g.kind when 'portfolio' then exists (select from portfolio where id = g.id)
                                 when 'site' then exists (select from site where id = g.id)
                                 else exists (select from assets where id = g.id) end""",
        (
            [g.scope_kind.value for g in grants if g.scope_id is not None],
            [g.scope_id for g in grants if g.scope_id is not None],
        ),
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def put_invitation(
    connection: Connection,
    *,
    email: str,
    name: str,
    grants: Sequence[Grant],
    created_by: str,
    now: datetime,
    expires_at: datetime,
) -> Invitation:
    """Ask somebody to join the tenant of this transaction; an older invitation of theirs is replaced."""
    await connection.execute("delete from invitation where lower(email) = lower(%s)", (email,))
    invitation = Invitation(
        id=new_id(now), email=email.lower(), name=name, grants=tuple(grants), expires_at=expires_at
    )
    rows = [
        {"role": g.role, "scope_kind": g.scope_kind, "scope_id": str(g.scope_id) if g.scope_id else None}
        for g in grants
    ]
    await connection.execute(
        """insert into invitation (id, email, name, grants, created_by, created_at, expires_at)
           values (%s, %s, %s, %s, %s, %s, %s)""",
        (invitation.id, invitation.email, name, Jsonb(rows), created_by, now, expires_at),
    )
    return invitation


async def list_invitations(connection: Connection, *, now: datetime) -> list[Invitation]:
    """Who has been asked to join the tenant of this transaction and still can."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            """select id, email, name, grants, expires_at from invitation
               where expires_at > %s order by name, id""",
            (now,),
        )
        return [_invitation_of(row) for row in await cursor.fetchall()]


async def find_invitation(connection: Connection, invitation_id: UUID, *, now: datetime) -> Invitation | None:
    """An invitation to the tenant of this transaction that can still be accepted."""
    found = await list_invitations(connection, now=now)
    return next((invitation for invitation in found if invitation.id == invitation_id), None)


async def take_invitation(connection: Connection, invitation_id: UUID) -> Invitation | None:
    """Remove an invitation and return it: accepted, or withdrawn."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            "delete from invitation where id = %s returning id, email, name, grants, expires_at",
            (invitation_id,),
        )
        row = await cursor.fetchone()
    return _invitation_of(row) if row else None


def _invitation_of(row: dict[str, Any]) -> Invitation:
    return Invitation(
        id=row["id"],
        email=row["email"],
        name=row["name"],
        grants=tuple(grant_of(grant) for grant in row["grants"]),
        expires_at=row["expires_at"],
    )
