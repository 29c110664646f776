"""`aegrid-energy backup FILE`: the whole database in one file, while everything runs."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("file", type=Path, metavar="FILE", help="file to write; it must not exist")


def run(args: argparse.Namespace) -> int:
    """Write the backup and say what it holds."""
    from aegrid_energy.commands.unmigrated import open_unmigrated  # noqa: PLC0415  # heavy
    from aegrid_energy.main import clock, settings_now, state_dir_of  # noqa: PLC0415
    from aegrid_energy.storage.backup import backup  # noqa: PLC0415
    from aegrid_energy.storage.roles import Role  # noqa: PLC0415

    settings = settings_now()
    target = args.file.absolute()
    with open_unmigrated(settings) as server:
        manifest = backup(server.dsn(Role.BACKUP), target, names=server.names, created_at=clock())
    tables = manifest.content.tables
    rows = sum(table.rows for table in tables.values())
    print(f"{target}: {len(tables)} tables, {rows:,} rows, {target.stat().st_size:,} bytes.")
    pepper = state_dir_of(settings) / "key-pepper"
    if settings.key_pepper is None and pepper.exists():
        print(f"Keep {pepper} with it, as safe as the backup: device keys are checked with it.")
    return 0
