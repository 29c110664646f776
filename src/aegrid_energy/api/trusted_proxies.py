"""Whom a proxy speaks for: its forwarding headers, believed only where the server trusts the proxy."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

Network = IPv4Network | IPv6Network
_Address = IPv4Address | IPv6Address

#: Scheme that a proxy says the browser used -> scheme of a call, and of a socket.
_SCHEMES: Final = {
    "http": {"http": "http", "websocket": "ws"},
    "https": {"http": "https", "websocket": "wss"},
}


def client_of(peer: str, forwarded_for: Sequence[str], trusted: Sequence[Network]) -> str:
    """The address of the caller: the last hop that no trusted proxy vouches for.

    Whoever calls can send the header too; proxies append to it. So it is read from the end, and what stands
    before the first stranger is that stranger's word alone.

    Args:
        peer: Who is connected.
        forwarded_for: Values of `X-Forwarded-For`, in the order in which they came.
        trusted: Proxies that are believed.

    >>> from ipaddress import ip_network
    >>> client_of("10.0.0.1", ["1.1.1.1, 198.51.100.7"], [ip_network("10.0.0.0/8")])
    '198.51.100.7'
    """
    address = _address(peer)
    if address is None or not _is_in(address, trusted):
        return peer
    for hop in reversed(",".join(forwarded_for).split(",")):
        found = _address(hop)
        if found is None:
            break  # not an address: the proxy that passed it on is the last one known
        address = found
        if not _is_in(address, trusted):
            break
    return str(address)


class TrustedProxies:
    """Puts the caller's address and scheme in the place of a trusted proxy's own."""

    def __init__(self, app: ASGIApp, *, trusted: Sequence[Network]) -> None:
        self._app = app
        self._trusted = tuple(trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        peer = scope.get("client")
        if self._trusted and peer and scope["type"] in {"http", "websocket"}:
            address = _address(peer[0])
            if address is not None and _is_in(address, self._trusted):
                headers = Headers(scope=scope)
                client = client_of(peer[0], headers.getlist("x-forwarded-for"), self._trusted)
                scope = dict(scope) | {"client": (client, 0 if client != peer[0] else peer[1])}
                # The nearest proxy's word is the last one.
                told = ",".join(headers.getlist("x-forwarded-proto")).rpartition(",")[2].strip().lower()
                if told in _SCHEMES:
                    scope["scheme"] = _SCHEMES[told][scope["type"]]
        await self._app(scope, receive, send)


def _address(text: str) -> _Address | None:
    """An address as proxies write it: bare, with a port, IPv6 in brackets; None for anything else."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # A socket of both families writes 10.0.0.1 as ::ffff:10.0.0.1.
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _is_in(address: _Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
