"""Is it our own page that calls? Origin, Sec-Fetch-Site, Host and Content-Type against forged calls."""

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from aegrid_energy.api.context import Context
from aegrid_energy.api.errors import problem_of, trace_id_of
from aegrid_energy.domain.errors import RefusedError

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
#: What a foreign page can send without asking first (a "simple request").
_FORM_TYPES: Final = frozenset({"multipart/form-data", "application/x-www-form-urlencoded", "text/plain"})


def is_state_changing(connection: HTTPConnection) -> bool:
    """Whether the method can change something."""
    return connection.scope.get("method") not in _READING


def is_key_call(connection: HTTPConnection) -> bool:
    """Whether the caller names itself by an Authorization header, which a foreign page cannot send.

    The cookie of such a call is not looked at.
    """
    return "authorization" in connection.headers


def check_origin(connection: HTTPConnection, allowed_origins: frozenset[str]) -> None:
    """Refuse what another site's page sends with our visitor's cookie.

    A client that sends neither header is no browser: browsers send Origin with every POST.

    Raises:
        RefusedError: `origin_refused`.
    """
    site = connection.headers.get("sec-fetch-site")
    origin = connection.headers.get("origin")
    if site is not None and site not in {"same-origin", "none"}:
        raise RefusedError("origin_refused")
    if origin is not None and origin not in allowed_origins:
        raise RefusedError("origin_refused")


def check_socket_origin(connection: HTTPConnection, allowed_origins: frozenset[str]) -> None:
    """Refuse a socket that our own page did not open; sockets know no same-origin rule.

    Raises:
        RefusedError: `origin_refused`: foreign, `null`, or missing.
    """
    if connection.headers.get("origin") not in allowed_origins:
        raise RefusedError("origin_refused")


def check_content_type(connection: HTTPConnection, *, takes_files: bool) -> None:
    """Refuse a body that is not JSON; where files are taken, refuse only what a form can send.

    Raises:
        RefusedError: `content_type_refused`.
    """
    headers = connection.headers
    has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    if not has_body or kind == "application/json":
        return
    if not takes_files or not kind or kind in _FORM_TYPES:
        expected = "application/json, or the type of a file" if takes_files else "application/json"
        raise RefusedError("content_type_refused", expected=expected)


class HostGuard:
    """Answers only to our own host names: a foreign name that resolves to us is a rebinding attack."""

    def __init__(self, app: ASGIApp, context: Context) -> None:
        self._app = app
        self._hosts = frozenset(
            host for origin in context.allowed_origins if (host := urlsplit(origin).hostname)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] in {"http", "websocket"} and not self._is_ours(Headers(scope=scope).get("host", "")):
            trace_id = trace_id_of(HTTPConnection(scope))
            if scope["type"] == "websocket":
                await receive()
                await send({"type": "websocket.close", "code": 1008})
                return
            await problem_of(RefusedError("host_refused"), trace_id)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_ours(self, host: str) -> bool:
        try:
            return urlsplit(f"//{host}").hostname in self._hosts
        except ValueError:  # an unclosed bracket
            return False
