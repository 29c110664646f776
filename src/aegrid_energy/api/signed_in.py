"""Who is signed in: the answer that says it, and the opening of a session."""

from uuid import UUID

from fastapi import Request, Response

from aegrid_energy.api.context import Context
from aegrid_energy.api.identity import address_of, cookie_of, is_secure, set_cookie
from aegrid_energy.api.person_preferences import PersonPreferences, preferences_of
from aegrid_energy.api.preferences import Preferences, chosen
from aegrid_energy.api.types import Answer
from aegrid_energy.domain.access import POLICY, START_PAGES, Action, Role, ScopeKind, roles_that_may
from aegrid_energy.storage.accounts import Account
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.memberships import Membership, account_memberships, enter_tenant
from aegrid_energy.storage.preferences import read_preferences
from aegrid_energy.storage.record import write_record
from aegrid_energy.storage.sessions import OpenSession, end_session_of_token, open_session


class AccountAnswer(Answer):
    """Who is signed in."""

    id: UUID
    name: str
    email: str


class MembershipAnswer(Answer):
    """One grant of who is signed in."""

    tenant: str
    tenant_name: str
    role: Role
    scope_kind: ScopeKind
    scope_id: UUID | None
    start: str
    #: What the role may do to the node and to everything below it.
    actions: list[Action]


class WhoMay(Answer):
    """The roles of people who may do something: named where a control is disabled."""

    action: Action
    roles: list[Role]


class TenantAnswer(Answer):
    """An organisation of who is signed in, and what holds for everybody there."""

    tenant: str
    name: str
    is_demo: bool
    preferences: Preferences


class SessionAnswer(Answer):
    """Who is signed in, what they are where, and how they like their screens."""

    account: AccountAnswer
    memberships: list[MembershipAnswer]
    #: One row for each organisation in `memberships`.
    tenants: list[TenantAnswer]
    who_may: list[WhoMay]
    preferences: PersonPreferences
    demo: bool


async def start_session(
    database: Connection, context: Context, request: Request, response: Response, account: Account
) -> SessionAnswer:
    """Open a session in this transaction and answer with it."""
    before = cookie_of(request, context)
    if before:
        await end_session_of_token(database, before)
    token = await open_session(
        database,
        account.id,
        now=context.now(),
        user_agent=request.headers.get("user-agent", ""),
        address=address_of(request),
    )
    await record_account(database, context, f"account:{account.id}", "signed_in")
    set_cookie(response, token, is_tls=is_secure(request, context))
    memberships = await account_memberships(database, account.id)
    return await _answer(database, account, account.id, memberships, demo=context.demo)


async def session_answer(database: Connection, person: OpenSession, *, demo: bool) -> SessionAnswer:
    """The answer about a session that is open already; the transaction may be of any tenant afterwards."""
    return await _answer(database, person, person.account_id, person.memberships, demo=demo)


async def record_account(database: Connection, context: Context, actor: str, action: str) -> None:
    """Put on the record what somebody did to their own account."""
    await write_record(database, now=context.now(), actor=actor, action=action, object_kind="account")


async def _answer(
    database: Connection,
    person: Account | OpenSession,
    account_id: UUID,
    memberships: tuple[Membership, ...],
    *,
    demo: bool,
) -> SessionAnswer:
    return SessionAnswer(
        account=AccountAnswer(id=account_id, name=person.name, email=person.email),
        memberships=[
            MembershipAnswer(
                tenant=m.slug,
                tenant_name=m.tenant_name,
                role=m.grant.role,
                scope_kind=m.grant.scope_kind,
                scope_id=m.grant.scope_id,
                start=START_PAGES[m.grant.role],
                actions=sorted(POLICY[m.grant.role]),
            )
            for m in memberships
        ],
        tenants=[await _tenant(database, m) for m in {m.tenant_no: m for m in memberships}.values()],
        who_may=[WhoMay(action=action, roles=list(roles_that_may(action))) for action in Action],
        preferences=preferences_of(person.preferences),
        demo=demo,
    )


async def _tenant(database: Connection, membership: Membership) -> TenantAnswer:
    await enter_tenant(database, membership.tenant_no)
    return TenantAnswer(
        tenant=membership.slug,
        name=membership.tenant_name,
        is_demo=membership.is_demo,
        preferences=chosen(await read_preferences(database)),
    )
