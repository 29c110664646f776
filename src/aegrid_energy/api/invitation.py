"""Joining an organisation, or choosing a new password, by a code that an administrator passed on."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request, Response, status
from pydantic import Field

from aegrid_energy.api.context import Context
from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.passwords import check_password, hash_password, prove_password
from aegrid_energy.api.policy import AskingContext
from aegrid_energy.api.signed_in import SessionAnswer, record_account, start_session
from aegrid_energy.api.types import Secret, StrictModel
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
    set_grants,
    take_invitation,
)
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.sessions import (
    end_sessions,
)

router = APIRouter(tags=["session"], responses=DECLARED)


class AcceptInvitation(StrictModel):
    """Joining, or choosing a new password, by a code that an administrator passed on."""

    code: Secret
    password: Secret = Field(
        description="A new password; for somebody who has an account already, the one they have."
    )


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
        await record_account(database, context, f"account:{account.id}", "invitation_accepted")
        return await start_session(database, context, request, response, account)


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
        await record_account(database, context, f"account:{account.id}", "password_reset")
        return await start_session(database, context, request, response, account)
