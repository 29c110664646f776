"""`aegrid-energy bench NAME`: measure a published figure on this machine."""

import argparse
import contextlib
import importlib
import json
import pkgutil
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("name", choices=_names(), metavar="NAME", help=", ".join(_names()))
    parser.add_argument("--json", action="store_true", help="print JSON; words for people go to stderr")
    parser.add_argument("--full", action="store_true", help="the whole size, which takes long")


def run(args: argparse.Namespace) -> int:
    """Measure and print."""
    module = importlib.import_module(f"aegrid_energy.bench.{args.name}")
    aside = contextlib.redirect_stdout(sys.stderr) if args.json else contextlib.nullcontext()
    with aside:
        figures = module.run(full=args.full)
    if args.json:
        # Figures may be numpy's numbers.
        print(json.dumps(figures, indent=2, default=lambda value: value.item()))
    return 0


def _names() -> list[str]:
    bench = importlib.import_module("aegrid_energy.bench")  # beside this room: found by name
    return sorted(
        found.name for found in pkgutil.iter_modules(bench.__path__) if not found.name.startswith("_")
    )
