"""People of the tenant: who belongs, what they may do and where, who was asked."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, status
from pydantic import AfterValidator, Field, Strict

from aegrid_energy.api.context import Context
from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.policy import AskingActor, AskingContext
from aegrid_energy.api.types import Answer, Email, Name, StrictModel, Uuid
from aegrid_energy.domain.access import Actor, Grant, Role, ScopeKind
from aegrid_energy.domain.errors import ConflictError, InvalidError, NotFoundError
from aegrid_energy.storage.accounts import set_account
from aegrid_energy.storage.codes import LIFETIMES, Purpose, issue_code
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.memberships import (
    Person,
    account_memberships,
    count_administrators,
    count_missing_scopes,
    list_invitations,
    list_people,
    put_invitation,
    set_grants,
    take_invitation,
)
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.record import write_record
from aegrid_energy.storage.scopes import list_places

router = APIRouter(tags=["people"], responses=DECLARED)


def _of_people(role: Role) -> Role:
    if role is Role.DEVICE:
        raise ValueError("is for API keys, not for people")
    return role


class GrantBody(StrictModel):
    """A role, and where it holds."""

    role: Annotated[Role, Strict(strict=False), AfterValidator(_of_people)]
    scope_kind: Annotated[ScopeKind, Strict(strict=False)] = ScopeKind.TENANT
    scope_id: Uuid | None = None


Grants = Annotated[list[GrantBody], Field(min_length=1, max_length=50)]
AccountId = Annotated[Uuid, Path()]


class NewPerson(StrictModel):
    """Somebody to invite."""

    email: Email
    name: Name
    grants: Grants


class ChangedPerson(StrictModel):
    """What a member is called and may do from now on."""

    name: Name
    is_disabled: bool = False
    grants: Grants


class GrantAnswer(Answer):
    """A role, and where it holds."""

    role: Role
    scope_kind: ScopeKind
    scope_id: UUID | None


class PersonAnswer(Answer):
    """A member."""

    account_id: UUID
    email: str
    name: str
    is_disabled: bool
    last_seen_at: datetime | None
    grants: list[GrantAnswer]


class InvitationAnswer(Answer):
    """Somebody who was asked and has not answered."""

    id: UUID
    email: str
    name: str
    grants: list[GrantAnswer]
    expires_at: datetime


class PlaceAnswer(Answer):
    """A portfolio, a site or a part of one, where a grant can hold."""

    kind: ScopeKind
    id: UUID
    name: str


class PeopleList(Answer):
    """Members, and who was asked."""

    people: list[PersonAnswer]
    invitations: list[InvitationAnswer]
    #: Every portfolio, and the sites and parts that grants name.
    places: list[PlaceAnswer]


class MadeInvitation(Answer):
    """An invitation that was just made; its code is shown this once, to be passed on."""

    code: str
    invitation: InvitationAnswer


class ResetCode(Answer):
    """A code to choose a new password with, shown this once, to be passed on."""

    code: str
    expires_at: datetime


@router.get("/api/energy/people")
async def get_people(actor: AskingActor, context: AskingContext) -> PeopleList:
    """Members and invitations."""
    async with transaction(context.pool, actor.tenant_no) as database:
        people = await list_people(database)
        invitations = await list_invitations(database, now=context.now())
        held = [grant for one in (*people, *invitations) for grant in one.grants]
        places = await list_places(database, [grant.scope_id for grant in held if grant.scope_id])
    return PeopleList(
        people=[PersonAnswer.model_validate(person) for person in people],
        invitations=[InvitationAnswer.model_validate(invitation) for invitation in invitations],
        places=[PlaceAnswer.model_validate(place) for place in places],
    )


@router.post("/api/energy/people", status_code=status.HTTP_201_CREATED)
async def invite_person(body: NewPerson, actor: AskingActor, context: AskingContext) -> MadeInvitation:
    """Ask somebody to join. Nothing is sent: the code is for the administrator to pass on."""
    now = context.now()
    async with transaction(context.pool, actor.tenant_no) as database:
        grants = await _checked_grants(database, body.grants)
        if any(person.email == body.email for person in await list_people(database)):
            raise ConflictError("already_member")
        invitation = await put_invitation(
            database,
            email=body.email,
            name=body.name,
            grants=grants,
            created_by=actor.name,
            now=now,
            expires_at=now + LIFETIMES[Purpose.INVITATION],
        )
        code = await issue_code(
            database,
            Purpose.INVITATION,
            now=now,
            detail={"tenant_no": actor.tenant_no, "invitation_id": str(invitation.id)},
        )
        detail = {"name": body.name, "email": body.email, "roles": _said(grants)}
        await _record(database, context, actor, "person_invited", invitation.id, detail)
    return MadeInvitation(code=code, invitation=InvitationAnswer.model_validate(invitation))


@router.delete("/api/energy/people/invitations/{invitation_id}", status_code=status.HTTP_204_NO_CONTENT)
async def withdraw_invitation(
    invitation_id: Annotated[Uuid, Path()], actor: AskingActor, context: AskingContext
) -> None:
    """Withdraw an invitation; its code is then good for nothing."""
    async with transaction(context.pool, actor.tenant_no) as database:
        invitation = await take_invitation(database, invitation_id)
        if invitation is None:
            raise NotFoundError("not_found")
        detail = {"name": invitation.name, "email": invitation.email}
        await _record(database, context, actor, "invitation_withdrawn", invitation_id, detail)


@router.put("/api/energy/people/{account_id}")
async def change_person(
    account_id: AccountId, body: ChangedPerson, actor: AskingActor, context: AskingContext
) -> PersonAnswer:
    """Change what a member may do, from their next call on."""
    async with transaction(context.pool, actor.tenant_no) as database:
        grants = await _checked_grants(database, body.grants)
        person = await _member(database, account_id)
        stays_administrator = Grant(role=Role.ADMINISTRATOR) in grants and not body.is_disabled
        if not stays_administrator:
            await _keep_an_administrator(database, account_id)
        if (person.name, person.is_disabled) != (body.name, body.is_disabled):
            await _only_here(database, account_id)
            await set_account(database, account_id, name=body.name, is_disabled=body.is_disabled)
        await set_grants(database, account_id, grants, now=context.now())
        detail: dict[str, object] = {"roles": _said(grants)}
        if person.name != body.name:
            detail |= {"name": body.name, "name_before": person.name}
        if person.is_disabled != body.is_disabled:
            detail["is_disabled"] = body.is_disabled
        if set(grants) != set(person.grants):
            detail["roles_before"] = _said(person.grants)
        await _record(database, context, actor, "person_changed", account_id, detail)
        return PersonAnswer.model_validate(await _member(database, account_id))


@router.delete("/api/energy/people/{account_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_person(account_id: AccountId, actor: AskingActor, context: AskingContext) -> None:
    """End a membership, at once. An account that belongs nowhere any more is disabled."""
    async with transaction(context.pool, actor.tenant_no) as database:
        person = await _member(database, account_id)
        await _keep_an_administrator(database, account_id)
        await set_grants(database, account_id, [], now=context.now())
        if not await account_memberships(database, account_id):
            await set_account(database, account_id, name=person.name, is_disabled=True)
        detail = {"name": person.name, "email": person.email, "roles_before": _said(person.grants)}
        await _record(database, context, actor, "person_removed", account_id, detail)


@router.post("/api/energy/people/{account_id}/reset", status_code=status.HTTP_201_CREATED)
async def reset_password(account_id: AccountId, actor: AskingActor, context: AskingContext) -> ResetCode:
    """A code with which a member chooses a new password; only for who belongs to no other organisation."""
    now = context.now()
    async with transaction(context.pool, actor.tenant_no) as database:
        await _member(database, account_id)
        await _only_here(database, account_id)
        detail = {"tenant_no": actor.tenant_no}
        code = await issue_code(database, Purpose.INVITATION, now=now, account_id=account_id, detail=detail)
        await _record(database, context, actor, "password_reset_offered", account_id)
    return ResetCode(code=code, expires_at=now + LIFETIMES[Purpose.INVITATION])


async def _checked_grants(database: Connection, bodies: Sequence[GrantBody]) -> tuple[Grant, ...]:
    if any((body.scope_kind is ScopeKind.TENANT) != (body.scope_id is None) for body in bodies):
        raise InvalidError("scope_invalid")
    grants = tuple(
        Grant(role=body.role, scope_kind=body.scope_kind, scope_id=body.scope_id) for body in bodies
    )
    if await count_missing_scopes(database, grants):
        raise InvalidError("scope_not_found")
    return grants


async def _member(database: Connection, account_id: UUID) -> Person:
    for person in await list_people(database):
        if person.account_id == account_id:
            return person
    raise NotFoundError("not_found")


async def _only_here(database: Connection, account_id: UUID) -> None:
    if len({membership.tenant_no for membership in await account_memberships(database, account_id)}) > 1:
        raise ConflictError("account_shared")


async def _keep_an_administrator(database: Connection, account_id: UUID) -> None:
    if not await count_administrators(database, but_for=account_id):
        raise ConflictError("last_administrator")


def _said(grants: Sequence[Grant]) -> list[str]:
    """Grants as the record keeps them: `technician`, or `technician in site <uuid>`."""
    return sorted(
        grant.role.value + (f" in {grant.scope_kind.value} {grant.scope_id}" if grant.scope_id else "")
        for grant in grants
    )


async def _record(
    database: Connection,
    context: Context,
    actor: Actor,
    action: str,
    object_id: UUID,
    detail: Mapping[str, object] | None = None,
) -> None:
    await write_record(
        database,
        now=context.now(),
        actor=actor.name,
        action=action,
        object_kind="person",
        object_id=object_id,
        detail=detail,
    )
