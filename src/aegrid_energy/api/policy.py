"""The route table, and the dependencies that hold every route to it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Depends, FastAPI
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket

from aegrid_energy.api.context import Context, context_of
from aegrid_energy.api.identity import Identity, actor_of, identity_of
from aegrid_energy.api.origin import check_content_type, check_origin, is_key_call, is_state_changing
from aegrid_energy.api.sockets import Admission, admit
from aegrid_energy.domain.access import Action, Actor, NodePath, allowed, reach, roles_that_may
from aegrid_energy.domain.errors import NotFoundError, RefusedError
from aegrid_energy.storage.api_keys import FoundKey
from aegrid_energy.storage.sessions import OpenSession

MIB: Final = 1024 * 1024


class Reaches(StrEnum):
    """What a route's rule asks before its handler runs."""

    PUBLIC = "public"  # nobody needs to be signed in
    ACCOUNT = "account"  # a signed-in person; no tenant is chosen
    TENANT = "tenant"  # the action, over the whole tenant
    ANYWHERE = "anywhere"  # the action, somewhere: the handler cuts its list down to `reach`
    NODE = "node"  # the handler asks `permit.on(path)` for the object it found


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a route asks of its caller.

    Args:
        action: What the caller must be allowed to do; None for public and account routes.
        reaches: Where.
        takes_files: Whether the body may be something else than JSON. Forms stay refused.
        body_bytes: The largest body. [B]
    """

    action: Action | None = None
    reaches: Reaches
    takes_files: bool = False
    body_bytes: int = MIB


_PUBLIC: Final = Rule(reaches=Reaches.PUBLIC)
_ACCOUNT: Final = Rule(reaches=Reaches.ACCOUNT)
_PEOPLE: Final = Rule(action=Action.MANAGE_PEOPLE, reaches=Reaches.TENANT)
_SEEN: Final = Rule(action=Action.VIEW, reaches=Reaches.NODE)
_LISTED: Final = Rule(action=Action.VIEW, reaches=Reaches.ANYWHERE)
_KEYS: Final = Rule(action=Action.MANAGE_KEYS, reaches=Reaches.TENANT)

#: (method, path template) -> rule, for every route of the product; `WEBSOCKET` is the method of a socket.
#: The app does not start with a route that is not here.
ROUTES: Final[dict[tuple[str, str], Rule]] = {
    ("GET", "/api/energy/openapi.json"): _PUBLIC,
    # session.py
    ("GET", "/api/energy/session/options"): _PUBLIC,
    ("POST", "/api/energy/session"): _PUBLIC,
    ("GET", "/api/energy/session"): _ACCOUNT,
    ("DELETE", "/api/energy/session"): _ACCOUNT,
    # own_account.py
    ("GET", "/api/energy/sessions"): _ACCOUNT,
    ("DELETE", "/api/energy/sessions/{session_id}"): _ACCOUNT,
    ("PUT", "/api/energy/password"): _ACCOUNT,
    ("GET", "/api/energy/session/preferences"): _ACCOUNT,
    ("PUT", "/api/energy/session/preferences"): _ACCOUNT,
    # first_administrator.py, invitation.py, socket_tickets.py
    ("POST", "/api/energy/first-administrator"): _PUBLIC,
    ("POST", "/api/energy/invitation"): _PUBLIC,
    ("POST", "/api/energy/invitation/seen"): _PUBLIC,
    ("POST", "/api/energy/socket-ticket"): Rule(action=Action.VIEW, reaches=Reaches.ANYWHERE),
    # people.py
    ("GET", "/api/energy/people"): _PEOPLE,
    ("POST", "/api/energy/people"): _PEOPLE,
    ("PUT", "/api/energy/people/{account_id}"): _PEOPLE,
    ("DELETE", "/api/energy/people/{account_id}"): _PEOPLE,
    ("POST", "/api/energy/people/{account_id}/reset"): _PEOPLE,
    ("DELETE", "/api/energy/people/invitations/{invitation_id}"): _PEOPLE,
    # record.py
    ("GET", "/api/energy/record"): Rule(action=Action.READ_RECORD, reaches=Reaches.TENANT),
    # demonstration.py
    ("DELETE", "/api/energy/demonstration"): Rule(action=Action.EDIT_TENANT, reaches=Reaches.TENANT),
    # consumption.py
    ("GET", "/api/energy/consumption/{asset_id}"): _SEEN,
    # demand.py
    ("GET", "/api/energy/consumption/{asset_id}/peaks"): _SEEN,
    ("GET", "/api/energy/consumption/{asset_id}/duration"): _SEEN,
    ("POST", "/api/energy/consumption"): Rule(
        action=Action.SEND_READINGS, reaches=Reaches.ANYWHERE, takes_files=True, body_bytes=16 * MIB
    ),
    # correction.py
    ("PUT", "/api/energy/consumption/{reading_id}"): Rule(
        action=Action.CORRECT_READINGS, reaches=Reaches.NODE
    ),
    ("GET", "/api/energy/readings/{reading_id}"): _SEEN,
    # imports.py
    ("GET", "/api/energy/imports"): _LISTED,
    ("GET", "/api/energy/imports/{import_id}"): _SEEN,
    ("GET", "/api/energy/imports/{import_id}/refused"): _SEEN,
    ("DELETE", "/api/energy/imports/{import_id}"): Rule(action=Action.IMPORT_FILES, reaches=Reaches.NODE),
    ("POST", "/api/energy/imports/{import_id}/reassign"): Rule(
        action=Action.IMPORT_FILES, reaches=Reaches.NODE
    ),
    # uploads.py
    ("POST", "/api/energy/uploads"): Rule(
        action=Action.IMPORT_FILES, reaches=Reaches.ANYWHERE, takes_files=True, body_bytes=16 * MIB
    ),
    ("GET", "/api/energy/uploads"): Rule(action=Action.IMPORT_FILES, reaches=Reaches.ANYWHERE),
    ("GET", "/api/energy/uploads/{upload_id}"): Rule(action=Action.IMPORT_FILES, reaches=Reaches.NODE),
    ("DELETE", "/api/energy/uploads/{upload_id}"): Rule(action=Action.IMPORT_FILES, reaches=Reaches.NODE),
    ("POST", "/api/energy/uploads/{upload_id}/proposal"): Rule(
        action=Action.IMPORT_FILES, reaches=Reaches.NODE
    ),
    ("POST", "/api/energy/uploads/{upload_id}/load"): Rule(action=Action.IMPORT_FILES, reaches=Reaches.NODE),
    # register.py
    ("GET", "/api/energy/register/{sheet}"): _LISTED,
    ("GET", "/api/energy/register.xlsx"): Rule(action=Action.EXPORT, reaches=Reaches.ANYWHERE),
    ("GET", "/api/energy/register-orphans"): Rule(action=Action.VIEW, reaches=Reaches.TENANT),
    ("POST", "/api/energy/register"): Rule(
        action=Action.EDIT_REGISTER, reaches=Reaches.TENANT, takes_files=True, body_bytes=16 * MIB
    ),
    # meters.py, meter_acts.py, assets.py
    ("GET", "/api/energy/meters/{meter_id}"): _SEEN,
    ("PUT", "/api/energy/meters/{meter_id}"): Rule(action=Action.EDIT_REGISTER, reaches=Reaches.NODE),
    ("POST", "/api/energy/assets/{asset_id}/meters"): Rule(action=Action.EDIT_REGISTER, reaches=Reaches.NODE),
    ("POST", "/api/energy/meters/{meter_id}/assignments"): Rule(
        action=Action.EDIT_REGISTER, reaches=Reaches.NODE
    ),
    # Who stands before the meter exchanges it; what that leaves is an event.
    ("POST", "/api/energy/meters/{meter_id}/exchange"): Rule(
        action=Action.WRITE_EVENTS, reaches=Reaches.NODE
    ),
    ("PUT", "/api/energy/meters/{meter_id}/formula"): Rule(action=Action.EDIT_REGISTER, reaches=Reaches.NODE),
    ("GET", "/api/energy/assets/{asset_id}"): _SEEN,
    # events.py
    ("GET", "/api/energy/events"): _LISTED,
    ("POST", "/api/energy/events"): Rule(action=Action.WRITE_EVENTS, reaches=Reaches.ANYWHERE),
    ("DELETE", "/api/energy/events/{event_id}"): Rule(action=Action.WRITE_EVENTS, reaches=Reaches.NODE),
    # jobs.py
    ("GET", "/api/energy/jobs"): _LISTED,
    ("GET", "/api/energy/jobs/{job_id}"): _SEEN,
    ("DELETE", "/api/energy/jobs/{job_id}"): Rule(action=Action.RUN_JOBS, reaches=Reaches.NODE),
    # preferences.py
    ("GET", "/api/energy/preferences"): _LISTED,
    ("PUT", "/api/energy/preferences"): Rule(action=Action.EDIT_TENANT, reaches=Reaches.TENANT),
    # quality.py
    ("GET", "/api/energy/quality"): _SEEN,
    # data_health.py
    ("GET", "/api/energy/data-health"): _LISTED,
    ("GET", "/api/energy/meters/{meter_id}/recent"): _SEEN,
    # repair.py, series_readings.py
    ("GET", "/api/energy/series/{series_no}/readings"): _SEEN,
    ("POST", "/api/energy/series/{series_no}/repair"): Rule(
        action=Action.CORRECT_READINGS, reaches=Reaches.NODE
    ),
    # balance.py
    ("GET", "/api/energy/balance/{asset_id}"): _SEEN,
    # parts.py
    ("GET", "/api/energy/parts/{asset_id}"): _SEEN,
    # trends.py
    ("GET", "/api/energy/trends/{asset_id}"): _SEEN,
    ("GET", "/api/energy/trends/{asset_id}/choices"): _SEEN,
    # overview.py
    ("GET", "/api/energy/overview"): _LISTED,
    ("GET", "/api/energy/search"): _LISTED,
    # portfolio.py
    ("GET", "/api/energy/portfolio/consumption"): _LISTED,
    ("GET", "/api/energy/portfolio/normal"): _LISTED,
    # live.py
    ("WEBSOCKET", "/ws/energy/live"): _LISTED,
    ("WEBSOCKET", "/ws/energy/consumption/{asset_id}"): _LISTED,
    # health.py
    ("GET", "/api/energy/health/live"): _PUBLIC,
    ("GET", "/api/energy/health/ready"): _PUBLIC,
    # static_files.py
    ("GET", "/"): _PUBLIC,
    ("GET", "/sign-in"): _PUBLIC,
    ("GET", "/t/{rest:path}"): _PUBLIC,
    ("GET", "/assets/{name:path}"): _PUBLIC,
    # A phone fetches these before anybody is signed in, and without a cookie.
    **{
        ("GET", f"/{name}"): _PUBLIC
        for name in (
            "apple-touch-icon.png",
            "favicon.svg",
            "icon-192.png",
            "icon-512.png",
            "icon-maskable-512.png",
            "manifest.webmanifest",
            "sw.js",
        )
    },
    # keys.py
    ("GET", "/api/energy/keys"): _KEYS,
    ("POST", "/api/energy/keys"): _KEYS,
    ("DELETE", "/api/energy/keys/{kid}"): _KEYS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """What the caller of this route may do, for handlers that find the object first."""

    actor: Actor
    action: Action

    def on(self, path: NodePath | None, action: Action | None = None) -> None:
        """Hold the caller to the object it asked about.

        Args:
            path: From the tenant down to the object; None where there is no such object.
            action: What is done to it; the route's own action where not given.

        Raises:
            NotFoundError: There is no such object, or the caller may not see it.
            RefusedError: `not_permitted`: the caller sees it, and may not do this.
        """
        asked = action or self.action
        if path is None:
            raise NotFoundError("not_found")
        if allowed(self.actor, asked, path):
            return
        if not allowed(self.actor, Action.VIEW, path):
            raise NotFoundError("not_found")
        raise refusal(asked)


def refusal(action: Action) -> RefusedError:
    """The refusal of an action, naming who may do it."""
    return RefusedError("not_permitted", action=action.value, roles=[r.value for r in roles_that_may(action)])


def rule_of(connection: HTTPConnection) -> Rule:
    """The rule of the route that answers.

    The route that matched is asked, never the path of the request: a path can be spelled in several ways.
    """
    route = connection.scope.get("route")
    method = "WEBSOCKET" if connection.scope["type"] == "websocket" else str(connection.scope["method"])
    path = str(getattr(route, "path", ""))
    rule = ROUTES.get(("GET" if method == "HEAD" else method, path))
    if rule is None:
        raise LookupError(f"no policy row for {method} {path}")
    return rule


async def guard(connection: HTTPConnection) -> None:
    """Before every route of the app: origin, content type, rate, and the row of the table.

    A socket is refused here too, before it is accepted.
    """
    rule = rule_of(connection)
    context = context_of(connection)
    if connection.scope["type"] == "websocket":
        admitted = await admit(connection, context)
        hold(admitted.actor, rule)
        connection.state.admission = admitted
        return
    if is_state_changing(connection) and not is_key_call(connection):
        check_origin(connection, context.allowed_origins)
        check_content_type(connection, takes_files=rule.takes_files)
    identity = await _counted_identity(connection, context, rule)
    if rule.reaches is Reaches.PUBLIC:
        return
    if identity is None:
        raise RefusedError("sign_in_needed")
    if rule.reaches is Reaches.ACCOUNT:
        if not isinstance(identity, OpenSession):
            raise RefusedError("account_needed")
        return
    hold(actor_of(connection, identity), rule)


def hold(asker: Actor, rule: Rule) -> None:
    """Hold an actor to a rule, as far as that goes without an object.

    Raises:
        RefusedError: `not_permitted`.
    """
    if rule.action is None or rule.reaches in {Reaches.PUBLIC, Reaches.ACCOUNT}:
        return
    if rule.reaches is Reaches.TENANT and not allowed(asker, rule.action, (asker.tenant_no,)):
        raise refusal(rule.action)
    if rule.reaches is Reaches.ANYWHERE and reach(asker, rule.action).is_nowhere:
        raise refusal(rule.action)


async def actor(connection: HTTPConnection) -> Actor:
    """Who asks, in the tenant that is asked about.

    Raises:
        RefusedError: `sign_in_needed`.
        InvalidError: `tenant_header_missing`.
        NotFoundError: A tenant that the caller does not belong to.
    """
    identity = await identity_of(connection)
    if identity is None:
        raise RefusedError("sign_in_needed")
    return actor_of(connection, identity)


async def permit(connection: HTTPConnection) -> Permit:
    """What the caller may do on this route; only for routes whose rule names an action."""
    rule = rule_of(connection)
    if rule.action is None:
        raise LookupError("this route's rule names no action")
    return Permit(actor=await actor(connection), action=rule.action)


def admission(websocket: WebSocket) -> Admission:
    """The admission that the guard gave to this socket."""
    return cast("Admission", websocket.state.admission)


async def signed_in(connection: HTTPConnection) -> OpenSession:
    """The person who asks, whatever the tenant."""
    identity = await identity_of(connection)
    if not isinstance(identity, OpenSession):
        raise RefusedError("sign_in_needed" if identity is None else "account_needed")
    return identity


AskingActor = Annotated[Actor, Depends(actor)]
AskingPermit = Annotated[Permit, Depends(permit)]
AskingPerson = Annotated[OpenSession, Depends(signed_in)]
SocketAdmission = Annotated[Admission, Depends(admission)]
AskingContext = Annotated[Context, Depends(context_of)]


def routes_of(app: FastAPI | APIRouter) -> list[tuple[str, str]]:
    """(method, path template) of every route that the app has, sockets and mounts included."""
    return sorted(_walk(app.routes))


def check_routes(app: FastAPI) -> None:
    """Refuse to start with a route that has no row in the table.

    Raises:
        LookupError: Names the routes.
    """
    missing = [route for route in routes_of(app) if route not in ROUTES]
    if missing:
        raise LookupError(f"no policy row for {missing}")


def body_caps() -> Mapping[tuple[str, str], int]:
    """Largest body, in bytes, of the routes that may have a larger one than most."""
    return {route: rule.body_bytes for route, rule in ROUTES.items() if rule.body_bytes != MIB}


async def _counted_identity(connection: HTTPConnection, context: Context, rule: Rule) -> Identity | None:
    """Find out who calls, counting the call for the one it belongs to."""
    address = connection.client.host if connection.client else "unknown"
    if rule.reaches is Reaches.PUBLIC:
        context.limiter.count("address", address)
        return None  # whoever it is, it makes no difference
    try:
        identity = await identity_of(connection)
    except RefusedError:
        context.limiter.count("address", address)  # guessing keys is not free
        raise
    match identity:
        case OpenSession():
            context.limiter.count("session", str(identity.session_id))
        case FoundKey():
            context.limiter.count("key", identity.kid)
        case None:
            context.limiter.count("address", address)
    return identity


def _walk(routes: Iterable[Any]) -> Iterable[tuple[str, str]]:
    for route in routes:
        inner = getattr(route, "original_router", None)  # FastAPI keeps an included router as one entry
        if inner is not None:
            yield from _walk(cast("Iterable[Any]", inner.routes))
            continue
        methods: set[str] | None = getattr(route, "methods", None)
        kind = type(route).__name__
        names = methods or ({"WEBSOCKET"} if "WebSocket" in kind else {"GET"})
        yield from ((name, str(route.path)) for name in names if name not in {"HEAD", "OPTIONS"})
