"""`aegrid-energy restore FILE`: a backup into an empty database, compared row by row."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="a file that `backup` wrote, and that you trust"
    )
    parser.add_argument(
        "--replace", action="store_true", help="drop what the database holds now; stop the server first"
    )


def run(args: argparse.Namespace) -> int:
    """Restore, compare, and bring the schema to this version's."""
    from aegrid_energy.commands.unmigrated import open_unmigrated  # noqa: PLC0415  # heavy
    from aegrid_energy.main import settings_now  # noqa: PLC0415
    from aegrid_energy.storage.manifest import read_manifest  # noqa: PLC0415
    from aegrid_energy.storage.migrate import migrate  # noqa: PLC0415
    from aegrid_energy.storage.restore import restore  # noqa: PLC0415
    from aegrid_energy.storage.roles import Role  # noqa: PLC0415

    read_manifest(args.file)  # a wrong file is told before a server is started
    with open_unmigrated(settings_now()) as server:
        owner = server.dsn(Role.OWNER)
        manifest = restore(args.file, owner, names=server.names, may_replace=args.replace)
        applied = migrate(owner, server.names)
    tables = manifest.content.tables
    rows = sum(table.rows for table in tables.values())
    at = f"{manifest.created_at:%Y-%m-%d %H:%M} UTC"
    print(f"Restored the backup of {at}: {len(tables)} tables, {rows:,} rows.")
    print("Each table was compared with the backup and is equal.")
    if applied:
        print(f"{len(applied)} migrations applied: the backup was of an earlier version.")
    return 0
