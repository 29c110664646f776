"""The sockets that a server listens on, taken before anything else is started: a taken port costs nothing."""

import errno
import socket
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Any

from aegrid_energy.domain.errors import ConflictError, InvalidError


@contextmanager
def listening(host: str, port: int) -> Generator[list[socket.socket]]:
    """Sockets bound to every address of a host, closed at the end.

    Raises:
        ConflictError: `port_taken`.
        InvalidError: `port_refused`: the host is not this machine, or the port is not for this account.
    """
    with ExitStack() as stack:
        try:
            found = socket.getaddrinfo(
                host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
            bound = [
                stack.enter_context(_bound(family, address))
                for family, address in dict.fromkeys((one[0], one[4]) for one in found)
            ]
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise ConflictError("port_taken", host=host, port=port) from error
            why = (error.strerror or str(error)).lower()
            raise InvalidError("port_refused", host=host, port=port, why=why) from error
        yield bound


def _bound(family: int, address: tuple[Any, ...]) -> socket.socket:
    one = socket.socket(family, socket.SOCK_STREAM)
    try:
        # What a stopped server leaves behind for a minute does not keep the next one out.
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind(address)
        one.listen(2048)
    except OSError:
        one.close()
        raise
    return one
