"""Joining an organisation, or choosing a new password, by a code that an administrator passed on."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request, Response, status
from pydantic import Field

from aegrid_energy.api.context import Context
from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.passwords import check_password, hash_password, prove_password
from aegrid_energy.api.policy import AskingContext
from aegrid_energy.api.signed_in import SessionAnswer, record_account, start_session
from aegrid_energy.api.types import Answer, Name, Secret, StrictModel
from aegrid_energy.domain.errors import ConflictError, RefusedError
from aegrid_energy.storage.accounts import (
    Account,
    add_account,
    find_account,
    find_account_by_email,
    set_password_hash,
)
from aegrid_energy.storage.codes import Purpose, TakenCode, peek_code, take_code
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.memberships import (
    Invitation,
    account_memberships,
    enter_tenant,
    find_invitation,
    list_tenants,
    set_grants,
    take_invitation,
)
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.sessions import end_sessions

router = APIRouter(tags=["session"], responses=DECLARED)


class InvitationCode(StrictModel):
    """A code that an administrator passed on."""

    code: Secret


class SeenInvitation(Answer):
    """What a code is good for: whoever holds it is told before choosing a password."""

    tenant: str
    tenant_name: str
    name: str
    email: str
    #: Whether the person has an account here already, and enters the password they have.
    has_account: bool
    #: Whether the code chooses a new password for a member, and joins nothing.
    is_reset: bool


class AcceptInvitation(InvitationCode):
    """Joining, or choosing a new password, by a code that an administrator passed on."""

    name: Name | None = Field(
        default=None,
        description="What a new account is called; as the administrator wrote it where not given.",
    )
    password: Secret = Field(
        description="A new password; for somebody who has an account already, the one they have."
    )


@router.post("/api/energy/invitation/seen")
async def see_invitation(body: InvitationCode, context: AskingContext) -> SeenInvitation:
    """What a code is good for, without using it up."""
    async with transaction(context.pool, None) as database:
        found = await _found(database, body.code, context.now())
        tenants = await list_tenants(database)
    tenant = next((one for one in tenants if one.tenant_no == found.tenant_no), None)
    if tenant is None:
        raise RefusedError("code_refused")
    invitation, account = found.invitation, found.account
    if invitation is None:
        if account is None or account.is_disabled:
            raise RefusedError("code_refused")
        name, email = account.name, account.email
    else:
        name, email = invitation.name, invitation.email
    return SeenInvitation(
        tenant=tenant.slug,
        tenant_name=tenant.name,
        name=name,
        email=email,
        has_account=account is not None,
        is_reset=invitation is None,
    )


@router.post("/api/energy/invitation", status_code=status.HTTP_201_CREATED)
async def accept_invitation(
    body: AcceptInvitation, request: Request, response: Response, context: AskingContext
) -> SessionAnswer:
    """Join an organisation, or choose a new password, and be signed in."""
    now = context.now()
    async with transaction(context.pool, None) as database:
        found = await _found(database, body.code, now)
    invitation, account = found.invitation, found.account
    if invitation is None:
        return await _reset(context, request, response, account, body)
    if account is not None:
        # Whoever holds the code must be who the account belongs to: joining changes nothing else of theirs.
        await prove_password(context, request, account, email=account.email, password=body.password)
        hashed = None
    else:
        check_password(body.password, email=invitation.email)
        hashed = await hash_password(context, body.password)
    name = body.name or invitation.name
    async with transaction(context.pool, None) as database:
        taken = await _take_or_refuse(database, body.code, now)
        await enter_tenant(database, int(taken.detail["tenant_no"]))
        account = await _join(database, invitation, account, name, hashed, now)
        await record_account(database, context, f"account:{account.id}", "invitation_accepted")
        return await start_session(database, context, request, response, account)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What stands behind a code.

    Args:
        tenant_no: Whose administrator passed it on.
        invitation: To join; None where it chooses a new password.
        account: The person's, where there is one.
    """

    tenant_no: int
    invitation: Invitation | None
    account: Account | None


async def _found(database: Connection, code: str, now: datetime) -> _Found:
    peeked = await peek_code(database, code, Purpose.INVITATION, now=now)
    if peeked is None:
        raise RefusedError("code_refused")
    tenant_no = int(peeked.detail["tenant_no"])
    if peeked.account_id is not None:
        account = await find_account(database, peeked.account_id)
        return _Found(tenant_no=tenant_no, invitation=None, account=account)
    await enter_tenant(database, tenant_no)
    invitation = await find_invitation(database, UUID(peeked.detail["invitation_id"]), now=now)
    if invitation is None:
        raise RefusedError("code_refused")
    account = await find_account_by_email(database, invitation.email)
    return _Found(tenant_no=tenant_no, invitation=invitation, account=account)


async def _take_or_refuse(database: Connection, code: str, now: datetime) -> TakenCode:
    taken = await take_code(database, code, Purpose.INVITATION, now=now)
    if taken is None:  # somebody was faster with the same code
        raise RefusedError("code_refused")
    return taken


async def _join(
    database: Connection,
    invitation: Invitation,
    account: Account | None,
    name: str,
    hashed: str | None,
    now: datetime,
) -> Account:
    if await take_invitation(database, invitation.id) is None:
        raise RefusedError("code_refused")
    if account is None:
        account = await add_account(
            database, email=invitation.email, name=name, password_hash=hashed, now=now
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
        await record_account(database, context, f"account:{account.id}", "password_reset")
        return await start_session(database, context, request, response, account)
