"""Ending when told: the polite signal of a service manager ends a command as Ctrl-C does, blocks and all."""

import signal
from typing import NoReturn


def end_when_told() -> None:
    """Let SIGTERM leave every `with` on its way out; by default it would end the process on the spot.

    The web server takes it while it serves, and hands it on when it has stopped.
    """
    signal.signal(signal.SIGTERM, _end)


def _end(number: int, frame: object) -> NoReturn:  # noqa: ARG001  # the shape of a signal handler
    raise SystemExit(0)
