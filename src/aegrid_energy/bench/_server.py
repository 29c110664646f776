"""A fresh database for a bench, with the settings that users get."""

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from aegrid_energy.storage.migrate import migrate
from aegrid_energy.storage.roles import Role, ensure_database
from aegrid_energy.storage.server import EmbeddedServer, start


@contextmanager
def fresh_server() -> Generator[EmbeddedServer]:
    """A server in a folder of its own, at this version's schema; all of it is gone afterwards."""
    state = Path(tempfile.mkdtemp(prefix="aegrid-bench-"))
    # As root the server runs under an account of its own, which has to pass through.
    state.chmod(0o755 if os.getuid() == 0 else 0o700)
    try:
        with start(state) as server:
            ensure_database(server.dsn(Role.ADMIN), server.database, server.names)
            migrate(server.dsn(Role.OWNER), server.names)
            yield server
    finally:
        shutil.rmtree(state, ignore_errors=True)
