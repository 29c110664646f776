"""The headers that stand on every answer, errors included."""

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aegrid_energy import __version__

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)

_ALWAYS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "Aegrid-Version": __version__,  # the web app sees that it is older than the server and offers to reload
}
#: Parts that only a page loads: what a document is told means nothing to them, and bytes count on a phone.
_PARTS: Final = ("text/javascript", "text/css", "font/")
_OF_PARTS: Final = frozenset({"X-Content-Type-Options", "Strict-Transport-Security"})


class SecurityHeaders:
    """Puts the headers on whatever the app answers; on the parts of a page only those that concern them."""

    def __init__(self, app: ASGIApp, *, is_tls: bool) -> None:
        self._app = app
        self._headers = dict(_ALWAYS)
        if is_tls:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] in {"http.response.start", "websocket.http.response.start"}:
                headers = MutableHeaders(scope=message)
                is_part = scope["path"].startswith("/assets/") and headers.get("content-type", "").startswith(
                    _PARTS
                )
                for name, value in self._headers.items():
                    if not is_part or name in _OF_PARTS:
                        headers[name] = value
                if scope["path"].startswith("/api/") and "cache-control" not in headers:
                    # A handler that gives an ETag says "private, no-cache" itself.
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, dressed)
