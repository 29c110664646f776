"""Who may open a socket, decided before it is accepted, and asked again while it is open."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from starlette.requests import HTTPConnection

from aegrid_energy.api.context import Context
from aegrid_energy.api.identity import TENANT_HEADER, actor_in, actor_of_key, cookie_of
from aegrid_energy.api.origin import check_origin, check_socket_origin
from aegrid_energy.domain.access import Actor
from aegrid_energy.domain.errors import RefusedError
from aegrid_energy.storage.api_keys import find_key_by_kid
from aegrid_energy.storage.codes import Purpose, take_code
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.sessions import find_session

#: The protocol that a device offers and we accept; its ticket stands beside it as `ticket.<ticket>`, because
#: an address is logged and a header is not.
PROTOCOL: Final = "aegrid-live"
_TICKET: Final = "ticket."
RECHECK_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A socket that may be accepted.

    Args:
        actor: Who opened it, as of the opening.
        subject: The session or key that its sockets are counted under.
        protocol: For `websocket.accept(subprotocol=...)`.
        context: The clock, the pool and the limiter.
        token: The session's token; None for a key.
    """

    actor: Actor
    subject: str
    protocol: str | None
    context: Context
    token: str | None

    @contextmanager
    def hold(self) -> Generator[None]:
        """Count the socket while it is open.

        Raises:
            RefusedError: `too_many_requests` where the session or key has as many as it may.
        """
        with self.context.limiter.socket(self.subject):
            yield

    async def recheck(self) -> Actor:
        """Who holds the socket now; to be asked every `RECHECK_S` seconds.

        Raises:
            RefusedError: `sign_in_needed`: signed out, disabled, revoked or expired; close with 4401.
            NotFoundError: No longer a member of the tenant; close with 4403.
        """
        now = self.context.now()
        async with transaction(self.context.pool, None) as database:
            if self.token is None:
                key = await find_key_by_kid(database, str(self.actor.kid), now=now)
                if key is None:
                    raise RefusedError("sign_in_needed")
                return actor_of_key(key)
            session = await find_session(
                database, self.token, now=now, is_demo_open=self.context.demo, is_use=False
            )
        if session is None:
            raise RefusedError("sign_in_needed")
        return actor_in(session, self.actor.slug)


async def admit(connection: HTTPConnection, context: Context) -> Admission:
    """Decide on a socket by its ticket, or by its Origin and cookie.

    Raises:
        RefusedError: `origin_refused`, `code_refused`, `sign_in_needed`.
        InvalidError: `tenant_header_missing`.
        NotFoundError: A tenant that the caller does not belong to.
    """
    offered = [part.strip() for part in connection.headers.get("sec-websocket-protocol", "").split(",")]
    ticket = next((part.removeprefix(_TICKET) for part in offered if part.startswith(_TICKET)), None)
    protocol = PROTOCOL if PROTOCOL in offered else None
    if ticket is not None:
        check_origin(connection, context.allowed_origins)  # a device has none; a foreign page has its own
        device = await _actor_of_ticket(ticket, context)
        return Admission(actor=device, subject=device.name, protocol=protocol, context=context, token=None)
    check_socket_origin(connection, context.allowed_origins)
    token = cookie_of(connection, context)
    if not token:
        raise RefusedError("sign_in_needed")
    async with transaction(context.pool, None) as database:
        session = await find_session(database, token, now=context.now(), is_demo_open=context.demo)
    if session is None:
        raise RefusedError("sign_in_needed")
    slug = connection.headers.get(TENANT_HEADER, connection.query_params.get("tenant"))
    return Admission(
        actor=actor_in(session, slug),
        subject=f"session:{session.session_id}",
        protocol=protocol,
        context=context,
        token=token,
    )


async def _actor_of_ticket(ticket: str, context: Context) -> Actor:
    now = context.now()
    async with transaction(context.pool, None) as database:
        taken = await take_code(database, ticket, Purpose.SOCKET_TICKET, now=now)
        key = await find_key_by_kid(database, str(taken.detail["kid"]), now=now) if taken else None
    if key is None:
        raise RefusedError("code_refused")
    return actor_of_key(key)
