"""The database as it stands: started where it is our own, its schema left alone."""

from collections.abc import Generator
from contextlib import contextmanager

from aegrid_energy.main import state_dir_of
from aegrid_energy.settings import Settings
from aegrid_energy.storage.roles import Role, ensure_database
from aegrid_energy.storage.server import EmbeddedServer, Server, open_server


@contextmanager
def open_unmigrated(settings: Settings) -> Generator[Server, None, None]:
    """The database for commands that must not change its schema: a backup before an upgrade, say.

    Raises:
        UnavailableError: The embedded server does not start.
    """
    server = open_server(
        state_dir_of(settings),
        database_url=settings.database_url.get_secret_value() if settings.database_url else None,
        database_owner_url=settings.database_owner_url.get_secret_value()
        if settings.database_owner_url
        else None,
    )
    with server:
        if isinstance(server, EmbeddedServer):
            ensure_database(server.dsn(Role.ADMIN), server.database, server.names)
        yield server
