"""`aegrid-energy register PATH...`: sheets of the register from CSV and XLSX, looked at or loaded."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add = parser.add_argument
    add("paths", nargs="+", metavar="PATH", help="a workbook, CSV files named after their sheet, or a folder")
    add("--sheet", default="", help="which sheet a CSV holds, where its name does not say")
    add("--tenant", default="", metavar="SLUG", help="whose, where there are several organisations")
    add("--dry-run", action="store_true", help="say what would change, change nothing")
    add("--json", action="store_true", help="print JSON instead of a table")


def run(args: argparse.Namespace) -> int:
    """Load the sheets, or say what that would do.

    Returns:
        0 all loaded, 1 some refused, 2 wrong usage.
    """
    from aegrid_energy.commands.register_run import run_register  # noqa: PLC0415  # heavy

    return run_register(args)
