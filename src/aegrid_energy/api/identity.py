"""Who calls: an API key in the Authorization header, or else a signed-in browser by its cookie."""

from typing import cast

from starlette.requests import HTTPConnection
from starlette.responses import Response

from aegrid_energy.api.context import Context, context_of
from aegrid_energy.domain.access import Actor, Grant, Role, ScopeKind
from aegrid_energy.domain.errors import InvalidError, NotFoundError, RefusedError
from aegrid_energy.storage.api_keys import FoundKey, find_key, note_use
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.sessions import ABSOLUTE, OpenSession, find_session

TENANT_HEADER = "aegrid-tenant"

Identity = OpenSession | FoundKey


async def identity_of(connection: HTTPConnection) -> Identity | None:
    """Who calls, looked up once for each request; None for nobody.

    Raises:
        RefusedError: `key_refused`: an Authorization header without a key that may act.
    """
    state = connection.state
    if not hasattr(state, "identity"):
        state.identity = await _look_up(connection, context_of(connection))
    return cast("Identity | None", state.identity)


def actor_of(connection: HTTPConnection, identity: Identity) -> Actor:
    """The caller in the tenant that is asked about: by header, for a socket by the `tenant` parameter.

    Raises:
        InvalidError: `tenant_header_missing`: the caller belongs to several.
        NotFoundError: The caller does not belong to it, or to none.
    """
    asked = connection.headers.get(TENANT_HEADER)
    if asked is None and connection.scope["type"] == "websocket":
        asked = connection.query_params.get("tenant")  # a browser cannot give a socket headers
    return actor_in(identity, asked)


def actor_in(identity: Identity, slug: str | None) -> Actor:
    """The caller in a tenant; see `actor_of`."""
    if isinstance(identity, FoundKey):
        if slug is not None and slug != identity.slug:
            raise NotFoundError("not_found")
        return actor_of_key(identity)
    slugs = {membership.slug for membership in identity.memberships}
    if slug is None and len(slugs) > 1:
        raise InvalidError("tenant_header_missing")
    mine = [m for m in identity.memberships if slug is None or m.slug == slug]
    if not mine:
        raise NotFoundError("not_found")
    return Actor(
        name=f"account:{identity.account_id}",
        account_id=identity.account_id,
        tenant_no=mine[0].tenant_no,
        slug=mine[0].slug,
        grants=tuple(membership.grant for membership in mine),
    )


def actor_of_key(key: FoundKey) -> Actor:
    """An API key as an actor; it carries its tenant, and its site if it is bound to one."""
    grant = (
        Grant(role=Role.DEVICE)
        if key.site_id is None
        else Grant(role=Role.DEVICE, scope_kind=ScopeKind.SITE, scope_id=key.site_id)
    )
    return Actor(
        name=f"key:{key.kid}",
        kid=key.kid,
        tenant_no=key.tenant_no,
        slug=key.slug,
        grants=(grant,),
        key_scopes=key.scopes,
    )


def address_of(connection: HTTPConnection) -> str:
    """The network address of the caller; behind a trusted proxy `TrustedProxies` has put it there."""
    return connection.client.host if connection.client else "unknown"


def cookie_name(*, is_tls: bool) -> str:
    """`__Host-` ties a cookie to this host by TLS; plain HTTP exists on the loopback only."""
    return "__Host-aegrid" if is_tls else "aegrid"


def is_secure(connection: HTTPConnection, context: Context) -> bool:
    """Whether the cookie of this connection is for TLS only: as set up, or as a trusted proxy says."""
    return context.is_tls or connection.scope.get("scheme") in {"https", "wss"}


def cookie_of(connection: HTTPConnection, context: Context) -> str | None:
    """The session token that the browser sent."""
    return connection.cookies.get(cookie_name(is_tls=is_secure(connection, context)))


def set_cookie(response: Response, token: str, *, is_tls: bool) -> None:
    """Hand a browser its session."""
    response.set_cookie(
        cookie_name(is_tls=is_tls),
        token,
        max_age=int(ABSOLUTE.total_seconds()),
        path="/",
        secure=is_tls,
        httponly=True,
        samesite="lax",
    )


def clear_cookie(response: Response, *, is_tls: bool) -> None:
    """Take a browser's session away, and what it cached with it.

    Not "storage": it would wipe forms that were filled in offline and wait to be sent.
    """
    response.delete_cookie(cookie_name(is_tls=is_tls), path="/", secure=is_tls, httponly=True, samesite="lax")
    response.headers["Clear-Site-Data"] = '"cache"'


async def _look_up(connection: HTTPConnection, context: Context) -> Identity | None:
    now = context.now()
    authorization = connection.headers.get("authorization")
    if authorization is not None:
        scheme, _, text = authorization.partition(" ")
        async with transaction(context.pool, None) as database:
            key = await find_key(database, text.strip(), pepper=context.pepper, now=now)
        if key is None or scheme.lower() != "bearer":
            raise RefusedError("key_refused")
        if key.is_use_to_note:
            async with transaction(context.pool, key.tenant_no) as database:
                await note_use(database, key.kid, now=now)
        return key
    token = cookie_of(connection, context)
    if not token:
        return None
    async with transaction(context.pool, None) as database:
        return await find_session(database, token, now=now, is_demo_open=context.demo)
