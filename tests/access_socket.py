"""A socket client at the level of ASGI: what the server says to an opening, headers and all."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp


@dataclass
class Opening:
    """What came of trying to open a socket."""

    accepted: bool = False
    protocol: str | None = None
    status: int | None = None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    close_code: int | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)


async def open_socket(
    app: ASGIApp,
    target: str,
    *,
    headers: dict[str, str] | None = None,
    protocols: tuple[str, ...] = (),
    until: asyncio.Event | None = None,
    accepted: asyncio.Event | None = None,
    can_deny: bool = True,
    says: Sequence[str] = (),
    hears: Callable[[str], None] = lambda _: None,
) -> Opening:
    """Open a socket, leave at once (or when `until` is set), and say what happened.

    `accepted` is set once the server has accepted it. `says` is sent as soon as it is open; `hears` is told
    each text that the server sends.
    """
    parts = urlsplit(target)
    given = {"host": "127.0.0.1:8470"} | {name.lower(): value for name, value in (headers or {}).items()}
    if protocols:
        given["sec-websocket-protocol"] = ", ".join(protocols)
    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "subprotocols": list(protocols),
        "client": ("10.5.0.1", 4000),
        "server": ("127.0.0.1", 8470),
        "extensions": {"websocket.http.response": {}} if can_deny else {},
    }
    opening = Opening()
    incoming = [
        {"type": "websocket.connect"},
        *({"type": "websocket.receive", "text": text} for text in says),
    ]

    async def receive() -> dict[str, Any]:
        if incoming:
            return incoming.pop(0)
        if until is not None:
            await until.wait()
        return {"type": "websocket.disconnect", "code": 1001}

    async def send(message: Any) -> None:
        opening.messages.append(message)
        match message["type"]:
            case "websocket.accept":
                opening.accepted, opening.protocol = True, message.get("subprotocol")
                if accepted is not None:
                    accepted.set()
            case "websocket.send":
                hears(message["text"])
            case "websocket.http.response.start":
                opening.status = message["status"]
                opening.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            case "websocket.http.response.body":
                opening.body += message["body"]
            case "websocket.close":
                opening.close_code = message.get("code", 1000)

    await app(scope, receive, send)
    return opening
