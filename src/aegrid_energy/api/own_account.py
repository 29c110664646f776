"""What people decide about their own account: where they are signed in, their password, their choices."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, status

from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.passwords import check_password, hash_password, prove_password
from aegrid_energy.api.person_preferences import PersonPreferences, preferences_of
from aegrid_energy.api.policy import AskingContext, AskingPerson
from aegrid_energy.api.signed_in import record_account
from aegrid_energy.api.types import Answer, Secret, StrictModel, Uuid
from aegrid_energy.domain.errors import NotFoundError
from aegrid_energy.storage.accounts import choose_preferences, find_account, set_password_hash
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.sessions import end_session, end_sessions, list_sessions

router = APIRouter(tags=["session"], responses=DECLARED)


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


class NewPassword(StrictModel):
    """Another password for who is signed in."""

    current: Secret
    new: Secret


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
        await record_account(database, context, f"account:{person.account_id}", "password_changed")


@router.get("/api/energy/session/preferences")
async def get_own_preferences(person: AskingPerson) -> PersonPreferences:
    """How this person likes their screens, on every device and in every organisation."""
    return preferences_of(person.preferences)


@router.put("/api/energy/session/preferences")
async def put_own_preferences(
    form: PersonPreferences, person: AskingPerson, context: AskingContext
) -> PersonPreferences:
    """Choose; what is left out stays as it is."""
    values = form.model_dump(mode="json", exclude_unset=True)
    async with transaction(context.pool, None) as database:
        return preferences_of(await choose_preferences(database, person.account_id, values))
