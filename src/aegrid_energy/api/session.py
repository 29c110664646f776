"""Signing in and out here."""

from typing import Annotated

from fastapi import APIRouter, Request, Response, status
from pydantic import Strict

from aegrid_energy.api.context import Context
from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.identity import address_of, clear_cookie, is_secure
from aegrid_energy.api.passwords import prove_password
from aegrid_energy.api.policy import AskingContext, AskingPerson
from aegrid_energy.api.signed_in import SessionAnswer, record_account, session_answer, start_session
from aegrid_energy.api.types import Answer, Email, Secret, StrictModel
from aegrid_energy.domain.access import PERSON_ROLES, Role
from aegrid_energy.domain.errors import RefusedError
from aegrid_energy.storage.accounts import (
    Account,
    find_account,
    find_account_by_email,
    is_first_run,
)
from aegrid_energy.storage.codes import Purpose, take_code
from aegrid_energy.storage.demo_accounts import find_demo_account
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.sessions import (
    end_session,
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


@router.get("/api/energy/session/options")
async def get_sign_in_options(context: AskingContext) -> SignInOptions:
    """What the sign-in page offers."""
    async with transaction(context.pool, None) as database:
        first_run = await is_first_run(database)
        # Its people go with a demonstration that is removed.
        is_there = context.demo and await find_demo_account(database, Role.ADMINISTRATOR) is not None
    return SignInOptions(
        demo_roles=list(PERSON_ROLES) if is_there else [], first_run=first_run and not context.demo
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
        return await start_session(database, context, request, response, account)


@router.get("/api/energy/session")
async def get_session(person: AskingPerson, context: AskingContext) -> SessionAnswer:
    """Who is signed in."""
    async with transaction(context.pool, None) as database:
        return await session_answer(database, person, demo=context.demo)


@router.delete("/api/energy/session", status_code=status.HTTP_204_NO_CONTENT)
async def sign_out(
    person: AskingPerson, request: Request, response: Response, context: AskingContext
) -> None:
    """Sign out here."""
    async with transaction(context.pool, None) as database:
        await end_session(database, person.account_id, person.session_id)
    clear_cookie(response, is_tls=is_secure(request, context))


async def _by_password(context: Context, request: Request, body: PasswordSignIn) -> Account:
    async with transaction(context.pool, None) as database:
        account = await find_account_by_email(database, body.email)
    try:
        return await prove_password(context, request, account, email=body.email, password=body.password)
    except RefusedError as error:
        async with transaction(context.pool, None) as database:
            who = f"account:{account.id}" if account else f"address:{address_of(request)}"
            await record_account(database, context, who, error.code)
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
