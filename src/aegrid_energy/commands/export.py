"""`aegrid-energy export`: readings of an asset, or the register, as files."""

import argparse
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    from aegrid_energy.commands.written_file import FORMATS  # noqa: PLC0415
    from aegrid_energy.domain.series import Carrier, Direction  # noqa: PLC0415

    add = parser.add_argument
    add("asset", nargs="?", metavar="ASSET_EXTERNAL_ID", help="site or asset whose consumption is written")
    add(
        "--from",
        dest="start",
        default="",
        metavar="DATE",
        help="first local day, or an instant with its zone",
    )
    add("--to", dest="end", default="", metavar="DATE", help="the day (or instant) it ends before")
    add(
        "--resolution",
        default="raw",
        choices=["raw", "5m", "15m", "30m", "1h", "1d", "1mo"],
        help="length of a row (default: as the meters count)",
    )
    add("--carrier", default="electricity", choices=[one.value for one in Carrier])
    add("--direction", default="import", choices=[one.value for one in Direction])
    add("--format", choices=FORMATS, help="by default from the name of --out, else csv")
    add("--out", type=Path, metavar="FILE", help="file to write; without it CSV goes to the terminal")
    add(
        "--register",
        type=Path,
        metavar="FILE.xlsx|DIR",
        help="write the register instead: a workbook, or CSV files",
    )
    add("--tenant", default="", metavar="SLUG", help="whose, where there are several organisations")


def run(args: argparse.Namespace) -> int:
    """Write what is asked for."""
    if (args.asset is None) == (args.register is None):
        return _usage("name an asset, or --register FILE.xlsx.")
    if args.asset is not None and not (args.start and args.end):
        return _usage("--from and --to say which days.")
    if args.register is not None:
        from aegrid_energy.commands.export_register import run_register  # noqa: PLC0415  # heavy

        return run_register(args)
    from aegrid_energy.commands.export_readings import run_readings  # noqa: PLC0415  # heavy

    return run_readings(args)


def _usage(text: str) -> int:
    print(f"aegrid-energy export: {text}", file=sys.stderr)
    return 2
