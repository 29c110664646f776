"""API keys of the tenant: list, make, revoke."""

from datetime import datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path, status
from pydantic import Field, Strict, StringConstraints

from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.policy import AskingActor, AskingContext
from aegrid_energy.api.types import Answer, Moment, Name, StrictModel, Uuid
from aegrid_energy.domain.access import KeyScope
from aegrid_energy.domain.errors import InvalidError, NotFoundError
from aegrid_energy.storage.api_keys import add_key, list_keys, revoke_key
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.record import write_record
from aegrid_energy.storage.scopes import path_of_site

router = APIRouter(tags=["keys"], responses=DECLARED)

_LONGEST: Final = timedelta(days=2 * 366)
_USUAL: Final = timedelta(days=365)


class NewKey(StrictModel):
    """A key to make."""

    name: Name
    scopes: Annotated[
        list[Annotated[KeyScope, Strict(strict=False)]], Field(min_length=1, max_length=len(KeyScope))
    ]
    site_id: Uuid | None = None
    expires_at: Moment | None = Field(default=None, description="A year from now if not given.")


class KeyAnswer(Answer):
    """A key, without its secret."""

    kid: str
    name: str
    scopes: list[KeyScope]
    site_id: UUID | None
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class MadeKey(Answer):
    """A key that was just made; the key itself is shown this once."""

    key: str
    row: KeyAnswer


class KeyList(Answer):
    """The keys of the tenant."""

    keys: list[KeyAnswer]


@router.get("/api/energy/keys")
async def get_keys(actor: AskingActor, context: AskingContext) -> KeyList:
    """The keys of the tenant, newest first."""
    async with transaction(context.pool, actor.tenant_no) as database:
        rows = await list_keys(database)
    return KeyList(keys=[KeyAnswer.model_validate(row) for row in rows])


@router.post("/api/energy/keys", status_code=status.HTTP_201_CREATED)
async def make_key(body: NewKey, actor: AskingActor, context: AskingContext) -> MadeKey:
    """Make a key."""
    now = context.now()
    expires_at = body.expires_at or now + _USUAL
    if not now < expires_at <= now + _LONGEST:
        raise InvalidError("expiry_invalid", latest=(now + _LONGEST).isoformat())
    async with transaction(context.pool, actor.tenant_no) as database:
        if body.site_id is not None:
            site = await path_of_site(database, actor.tenant_no, body.site_id, on=now.date())
            if site is None:
                raise InvalidError("scope_not_found")
        text, row = await add_key(
            database,
            pepper=context.pepper,
            name=body.name,
            scopes=body.scopes,
            site_id=body.site_id,
            created_by=actor.account_id,
            now=now,
            expires_at=expires_at,
        )
        await write_record(
            database,
            now=now,
            actor=actor.name,
            action="key_made",
            object_kind="key",
            object_id=row.kid,
            detail={"name": row.name, "scopes": row.scopes},
        )
    return MadeKey(key=text, row=KeyAnswer.model_validate(row))


@router.delete("/api/energy/keys/{kid}", status_code=status.HTTP_204_NO_CONTENT)
async def end_key(
    kid: Annotated[str, StringConstraints(pattern="^[0-9a-f]{12}$"), Path()],
    actor: AskingActor,
    context: AskingContext,
) -> None:
    """Revoke a key, at once and for good."""
    now = context.now()
    async with transaction(context.pool, actor.tenant_no) as database:
        if not await revoke_key(database, kid, now=now):
            raise NotFoundError("not_found")
        await write_record(
            database, now=now, actor=actor.name, action="key_revoked", object_kind="key", object_id=kid
        )
