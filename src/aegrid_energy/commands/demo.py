"""`aegrid-energy demo`: everything on this machine, with a simulated portfolio or with your own files."""

import argparse
import sys
import time
from pathlib import Path

from aegrid_energy.commands.serve import port_number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="your own meter files instead of the simulated portfolio"
    )
    parser.add_argument(
        "--port", type=port_number, help="port to listen on (default 8400, or the next free one)"
    )
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.add_argument(
        "--remove", action="store_true", help="remove what an earlier demo left in the database, and end"
    )
    parser.add_argument(
        "--zone", default="", help="zone of times without one in --data, like Europe/London or +10:00"
    )


def run(args: argparse.Namespace) -> int:
    """Set up, serve, and print where to look."""
    from aegrid_energy.commands.demo_run import run_demo  # noqa: PLC0415  # heavy

    if args.remove:
        from aegrid_energy.commands.demo_remove import run_removal  # noqa: PLC0415  # heavy

        return run_removal()
    began = time.monotonic()
    if args.data is not None and not args.data.is_dir():
        print(f"aegrid-energy demo: {args.data} is no folder", file=sys.stderr)
        return 2
    return run_demo(args, began)
