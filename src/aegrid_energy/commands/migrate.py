"""`aegrid-energy migrate`: bring the database to this version's schema."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:  # every command has the same doors
    """Arguments of the command: none; the settings say which database."""


def run(args: argparse.Namespace) -> int:  # noqa: ARG001
    """Apply what is missing, and say what it was."""
    from aegrid_energy.commands.unmigrated import open_unmigrated  # noqa: PLC0415  # heavy
    from aegrid_energy.main import settings_now  # noqa: PLC0415
    from aegrid_energy.storage.migrate import migrate  # noqa: PLC0415
    from aegrid_energy.storage.roles import Role  # noqa: PLC0415

    with open_unmigrated(settings_now()) as server:
        applied = migrate(server.dsn(Role.OWNER), server.names, progress=print)
    print(
        f"{len(applied)} migrations applied." if applied else "The schema is this version's; nothing to do."
    )
    return 0
