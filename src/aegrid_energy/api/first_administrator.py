"""The first administrator of an installation, by the code on the console."""

import re
import unicodedata
from datetime import datetime

from fastapi import APIRouter, Request, Response, status

from aegrid_energy.api.errors import DECLARED
from aegrid_energy.api.passwords import check_password, hash_password
from aegrid_energy.api.policy import AskingContext
from aegrid_energy.api.signed_in import SessionAnswer, start_session
from aegrid_energy.api.types import Email, Name, Secret, StrictModel
from aegrid_energy.domain.access import Grant, Role
from aegrid_energy.domain.errors import RefusedError
from aegrid_energy.storage.accounts import add_account
from aegrid_energy.storage.codes import Purpose, peek_code, take_code
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.memberships import (
    adopt_tenant,
    enter_tenant,
    find_tenant_without_members,
    found_tenant,
    list_tenants,
    set_grants,
)
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.record import write_record

router = APIRouter(tags=["session"], responses=DECLARED)


class FirstAdministrator(StrictModel):
    """The first administrator, by the code on the server's console."""

    code: Secret
    email: Email
    password: Secret
    tenant: Name
    name: Name | None = None


@router.post("/api/energy/first-administrator", status_code=status.HTTP_201_CREATED)
async def become_first_administrator(
    body: FirstAdministrator, request: Request, response: Response, context: AskingContext
) -> SessionAnswer:
    """Use the console's code: makes the organisation and its administrator, and signs them in.

    What the command line loaded before anybody had an account becomes that organisation.
    """
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
        await _enter_organisation(database, body.tenant, now)
        await set_grants(database, account.id, [Grant(role=Role.ADMINISTRATOR)], now=now)
        return await start_session(database, context, request, response, account)


async def _enter_organisation(database: Connection, name: str, now: datetime) -> None:
    """Go on in the organisation that the command line made, under its new name, or in a new one."""
    made = await find_tenant_without_members(database)
    slug = free_slug(name, {t.slug for t in await list_tenants(database) if t != made})
    if made is None:
        tenant_no, action = await found_tenant(database, slug=slug, name=name, now=now), "tenant_founded"
    else:
        await adopt_tenant(database, made.tenant_no, slug=slug, name=name)
        tenant_no, action = made.tenant_no, "tenant_adopted"
    await enter_tenant(database, tenant_no)
    await write_record(
        database, now=now, actor="console", action=action, object_kind="tenant", object_id=slug
    )


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
