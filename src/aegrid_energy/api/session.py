"""Signing in and out, the first administrator, invitations, own sessions, own password, socket tickets."""

import re
import unicodedata
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response, status
from pydantic import Field, Strict

from aegrid_energy.api.context import Context
from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.identity import address_of, clear_cookie, cookie_of, set_cookie
from aegrid_energy.api.passwords import check_password, hash_password, prove_password
from aegrid_energy.api.policy import AskingActor, AskingContext, AskingPerson
from aegrid_energy.api.types import Answer, Email, Name, Secret, StrictModel, Uuid
from aegrid_energy.domain.access import PERSON_ROLES, START_PAGES, Grant, Role, ScopeKind
from aegrid_energy.domain.errors import ConflictError, NotFoundError, RefusedError
from aegrid_energy.storage.accounts import (
    Account,
    add_account,
    find_account,
    find_account_by_email,
    is_first_run,
    set_password_hash,
)
from aegrid_energy.storage.codes import LIFETIMES, Purpose, TakenCode, issue_code, peek_code, take_code
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.demo_accounts import find_demo_account
from aegrid_energy.storage.memberships import (
    Invitation,
    Membership,
    account_memberships,
    enter_tenant,
    find_invitation,
    found_tenant,
    list_tenants,
    set_grants,
    take_invitation,
)
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.record import write_record
from aegrid_energy.storage.sessions import (
    end_session,
    end_session_of_token,
    end_sessions,
    list_sessions,
    open_session,
)

router = APIRouter(tags=["session"], responses=DECLARED)


class PasswordSignIn(StrictModel):
    """Signing in with a local account."""

    email: Email
    password: Secret


class CodeSignIn(StrictModel):
    """Signing in with the code of the demonstration's address, sent from its fragment."""

    code: Secret


class DemoSignIn(StrictModel):
    """Signing in to the demonstration in a role."""

    demo_role: Annotated[Role, Strict(strict=False)]


class SignInOptions(Answer):
    """What the sign-in page offers."""

    demo_roles: list[Role]
    first_run: bool


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


class SessionAnswer(Answer):
    """Who is signed in, and what they are where."""

    account: AccountAnswer
    memberships: list[MembershipAnswer]
    demo: bool


class SessionRowAnswer(Answer):
    """A place where the account is signed in."""

    id: UUID
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    user_agent: str
    address: str
    is_this: bool


class SessionList(Answer):
    """Everywhere the account is signed in."""

    sessions: list[SessionRowAnswer]


class FirstAdministrator(StrictModel):
    """The first administrator, by the code on the server's console."""

    code: Secret
    email: Email
    password: Secret
    tenant: Name
    name: Name | None = None


class AcceptInvitation(StrictModel):
    """Joining, or choosing a new password, by a code that an administrator passed on."""

    code: Secret
    password: Secret = Field(
        description="A new password; for somebody who has an account already, the one they have."
    )


class NewPassword(StrictModel):
    """Another password for who is signed in."""

    current: Secret
    new: Secret


class SocketTicket(Answer):
    """A ticket that opens one socket, once, within 30 s."""

    ticket: str
    expires_at: datetime


@router.get("/api/energy/session/options")
async def get_sign_in_options(context: AskingContext) -> SignInOptions:
    """What the sign-in page offers."""
    async with transaction(context.pool, None) as database:
        first_run = await is_first_run(database)
    return SignInOptions(
        demo_roles=list(PERSON_ROLES) if context.demo else [], first_run=first_run and not context.demo
    )


@router.post("/api/energy/session", status_code=status.HTTP_201_CREATED)
async def sign_in(
    body: PasswordSignIn | CodeSignIn | DemoSignIn,
    request: Request,
    response: Response,
    context: AskingContext,
) -> SessionAnswer:
    """Sign in: by password, or in the demonstration by its code or a role."""
    match body:
        case PasswordSignIn():
            account = await _by_password(context, request, body)
        case CodeSignIn():
            account = await _by_demo_code(context, body.code)
        case DemoSignIn():
            if not context.demo:
                raise RefusedError("demo_only")
            async with transaction(context.pool, None) as database:
                account = await find_demo_account(database, body.demo_role)
            if account is None:
                raise RefusedError("sign_in_failed")
    async with transaction(context.pool, None) as database:
        return await _start(database, context, request, response, account)


@router.get("/api/energy/session")
async def get_session(person: AskingPerson, context: AskingContext) -> SessionAnswer:
    """Who is signed in."""
    return _answer(person.account_id, person.name, person.email, person.memberships, demo=context.demo)


@router.delete("/api/energy/session", status_code=status.HTTP_204_NO_CONTENT)
async def sign_out(person: AskingPerson, response: Response, context: AskingContext) -> None:
    """Sign out here."""
    async with transaction(context.pool, None) as database:
        await end_session(database, person.account_id, person.session_id)
    clear_cookie(response, is_tls=context.is_tls)


@router.get("/api/energy/sessions")
async def get_sessions(person: AskingPerson, context: AskingContext) -> SessionList:
    """Everywhere the account is signed in."""
    async with transaction(context.pool, None) as database:
        rows = await list_sessions(database, person.account_id, now=context.now())
    return SessionList(
        sessions=[
            SessionRowAnswer(
                id=row.id,
                created_at=row.created_at,
                last_seen_at=row.last_seen_at,
                expires_at=row.expires_at,
                user_agent=row.user_agent,
                address=row.address,
                is_this=row.id == person.session_id,
            )
            for row in rows
        ]
    )


@router.delete("/api/energy/sessions/{session_id}", status_code=status.HTTP_204_NO_CONTENT)
async def end_own_session(
    session_id: Annotated[Uuid, Path()], person: AskingPerson, context: AskingContext
) -> None:
    """Sign out somewhere else."""
    async with transaction(context.pool, None) as database:
        if not await end_session(database, person.account_id, session_id):
            raise NotFoundError("not_found")


@router.put("/api/energy/password", status_code=status.HTTP_204_NO_CONTENT)
async def change_password(
    body: NewPassword, request: Request, person: AskingPerson, context: AskingContext
) -> None:
    """Choose another password; every other session of the account ends."""
    check_password(body.new, email=person.email)
    async with transaction(context.pool, None) as database:
        account = await find_account(database, person.account_id)
    await prove_password(context, request, account, email=person.email, password=body.current)
    hashed = await hash_password(context, body.new)
    async with transaction(context.pool, None) as database:
        await set_password_hash(database, person.account_id, hashed)
        await end_sessions(database, person.account_id, but_for=person.session_id)
        await _record(database, context, f"account:{person.account_id}", "password_changed")


@router.post("/api/energy/first-administrator", status_code=status.HTTP_201_CREATED)
async def become_first_administrator(
    body: FirstAdministrator, request: Request, response: Response, context: AskingContext
) -> SessionAnswer:
    """Use the console's code: makes the organisation and its administrator, and signs them in."""
    now = context.now()
    async with transaction(context.pool, None) as database:
        if await peek_code(database, body.code, Purpose.FIRST_ADMINISTRATOR, now=now) is None:
            raise RefusedError("code_refused")
    check_password(body.password, email=body.email, tenant=body.tenant)
    hashed = await hash_password(context, body.password)
    async with transaction(context.pool, None) as database:
        if await take_code(database, body.code, Purpose.FIRST_ADMINISTRATOR, now=now) is None:
            raise RefusedError("code_refused")
        name = body.name or body.email.partition("@")[0]
        account = await add_account(database, email=body.email, name=name, password_hash=hashed, now=now)
        taken = {tenant.slug for tenant in await list_tenants(database)}
        slug = free_slug(body.tenant, taken)
        tenant_no = await found_tenant(database, slug=slug, name=body.tenant, now=now)
        await enter_tenant(database, tenant_no)
        await set_grants(database, account.id, [Grant(role=Role.ADMINISTRATOR)], now=now)
        await write_record(
            database, now=now, actor="console", action="tenant_founded", object_kind="tenant", object_id=slug
        )
        return await _start(database, context, request, response, account)


@router.post("/api/energy/invitation", status_code=status.HTTP_201_CREATED)
async def accept_invitation(
    body: AcceptInvitation, request: Request, response: Response, context: AskingContext
) -> SessionAnswer:
    """Join an organisation, or choose a new password, and be signed in."""
    now = context.now()
    async with transaction(context.pool, None) as database:
        peeked = await peek_code(database, body.code, Purpose.INVITATION, now=now)
        if peeked is None:
            raise RefusedError("code_refused")
        if peeked.account_id is not None:
            account = await find_account(database, peeked.account_id)
            invitation = None
        else:
            await enter_tenant(database, int(peeked.detail["tenant_no"]))
            invitation = await find_invitation(database, UUID(peeked.detail["invitation_id"]), now=now)
            if invitation is None:
                raise RefusedError("code_refused")
            account = await find_account_by_email(database, invitation.email)
    if invitation is None:
        return await _reset(context, request, response, account, body)
    if account is not None:
        # Whoever holds the code must be who the account belongs to: joining changes nothing else of theirs.
        await prove_password(context, request, account, email=account.email, password=body.password)
        hashed = None
    else:
        check_password(body.password, email=invitation.email)
        hashed = await hash_password(context, body.password)
    async with transaction(context.pool, None) as database:
        taken = await _take_or_refuse(database, body.code, now)
        await enter_tenant(database, int(taken.detail["tenant_no"]))
        account = await _join(database, invitation, account, hashed, now)
        await _record(database, context, f"account:{account.id}", "invitation_accepted")
        return await _start(database, context, request, response, account)


@router.post("/api/energy/socket-ticket", status_code=status.HTTP_201_CREATED)
async def make_socket_ticket(actor: AskingActor, context: AskingContext) -> SocketTicket:
    """A ticket for a device's socket, offered as its subprotocol `ticket.<ticket>` beside `aegrid-live`."""
    if actor.kid is None:
        raise RefusedError("key_needed")
    now = context.now()
    async with transaction(context.pool, None) as database:
        ticket = await issue_code(database, Purpose.SOCKET_TICKET, now=now, detail={"kid": actor.kid})
    return SocketTicket(ticket=ticket, expires_at=now + LIFETIMES[Purpose.SOCKET_TICKET])


def free_slug(name: str, taken: set[str]) -> str:
    """A tenant's name for addresses, made of its name.

    >>> free_slug("Stadt Köln & Umland", {"stadt-koln-umland"})
    'stadt-koln-umland-2'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-") or "organisation"
    slug, number = stem, 1
    while slug in taken:
        number += 1
        slug = f"{stem}-{number}"
    return slug


async def _by_password(context: Context, request: Request, body: PasswordSignIn) -> Account:
    async with transaction(context.pool, None) as database:
        account = await find_account_by_email(database, body.email)
    try:
        return await prove_password(context, request, account, email=body.email, password=body.password)
    except RefusedError as error:
        async with transaction(context.pool, None) as database:
            who = f"account:{account.id}" if account else f"address:{address_of(request)}"
            await _record(database, context, who, error.code)
        raise


async def _by_demo_code(context: Context, code: str) -> Account:
    if not context.demo:
        raise RefusedError("demo_only")
    async with transaction(context.pool, None) as database:
        taken = await take_code(database, code, Purpose.DEMO, now=context.now())
        account = await find_account(database, taken.account_id) if taken and taken.account_id else None
    if account is None or account.is_disabled:
        raise RefusedError("code_refused")
    return account


async def _take_or_refuse(database: Connection, code: str, now: datetime) -> TakenCode:
    taken = await take_code(database, code, Purpose.INVITATION, now=now)
    if taken is None:  # somebody was faster with the same code
        raise RefusedError("code_refused")
    return taken


async def _join(
    database: Connection, invitation: Invitation, account: Account | None, hashed: str | None, now: datetime
) -> Account:
    if await take_invitation(database, invitation.id) is None:
        raise RefusedError("code_refused")
    if account is None:
        account = await add_account(
            database, email=invitation.email, name=invitation.name, password_hash=hashed, now=now
        )
    await set_grants(database, account.id, invitation.grants, now=now)
    return account


async def _reset(
    context: Context, request: Request, response: Response, account: Account | None, body: AcceptInvitation
) -> SessionAnswer:
    if account is None or account.is_disabled:
        raise RefusedError("code_refused")
    check_password(body.password, email=account.email)
    hashed = await hash_password(context, body.password)
    async with transaction(context.pool, None) as database:
        taken = await _take_or_refuse(database, body.code, context.now())
        memberships = await account_memberships(database, account.id)
        if {m.tenant_no for m in memberships} != {taken.detail["tenant_no"]}:
            # They joined another organisation since: one organisation's administrator may not open that door.
            raise ConflictError("account_shared")
        await set_password_hash(database, account.id, hashed)
        await end_sessions(database, account.id)
        await _record(database, context, f"account:{account.id}", "password_reset")
        return await _start(database, context, request, response, account)


async def _start(
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
    await _record(database, context, f"account:{account.id}", "signed_in")
    set_cookie(response, token, is_tls=context.is_tls)
    memberships = await account_memberships(database, account.id)
    return _answer(account.id, account.name, account.email, memberships, demo=context.demo)


async def _record(database: Connection, context: Context, actor: str, action: str) -> None:
    await write_record(database, now=context.now(), actor=actor, action=action, object_kind="account")


def _answer(
    account_id: UUID, name: str, email: str, memberships: tuple[Membership, ...], *, demo: bool
) -> SessionAnswer:
    return SessionAnswer(
        account=AccountAnswer(id=account_id, name=name, email=email),
        memberships=[
            MembershipAnswer(
                tenant=m.slug,
                tenant_name=m.tenant_name,
                role=m.grant.role,
                scope_kind=m.grant.scope_kind,
                scope_id=m.grant.scope_id,
                start=START_PAGES[m.grant.role],
            )
            for m in memberships
        ],
        demo=demo,
    )
