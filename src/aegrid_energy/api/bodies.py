"""How large and how slow a body may be: counted as it streams in, before anything reads it whole."""

import asyncio
from collections.abc import Mapping
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aegrid_energy.api.errors import BodyRefusedError, problem_of, trace_id_of

_READ_TIMEOUT_S: Final = 30.0


class BodyCaps:
    """Stops a body at its cap.

    Args:
        app: The app behind.
        caps: (method, path) -> largest body, for paths without parameters. [B]
        otherwise: The largest body of every other call. [B]
        read_timeout_s: The longest wait for the next piece. [s]
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        caps: Mapping[tuple[str, str], int],
        otherwise: int = 1024 * 1024,
        read_timeout_s: float = _READ_TIMEOUT_S,
    ) -> None:
        self._app = app
        self._caps = caps
        self._otherwise = otherwise
        self._read_timeout_s = read_timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        cap = self._caps.get((scope["method"], scope["path"]), self._otherwise)
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isascii() and declared.isdigit() and int(declared[:20]) > cap:
            error = BodyRefusedError("body_too_large", limit_bytes=cap).error
            await problem_of(error, trace_id_of(HTTPConnection(scope)))(scope, receive, send)
            return
        seen = 0
        is_complete = False

        async def counted() -> Message:
            nonlocal seen, is_complete
            if is_complete:
                return await receive()  # only the news that the client has gone: it may take for ever
            try:
                async with asyncio.timeout(self._read_timeout_s):
                    message = await receive()
            except TimeoutError as error:
                raise BodyRefusedError("body_too_slow") from error
            seen += len(message.get("body", b""))
            is_complete = message["type"] != "http.request" or not message.get("more_body", False)
            if seen > cap:
                raise BodyRefusedError("body_too_large", limit_bytes=cap)
            return message

        await self._app(scope, counted, send)
