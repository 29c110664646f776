"""The command line: one file per command, imported only when it is called."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import Final

from aegrid_energy import __version__

#: Command -> (module of this folder, what it is for). Each has `add_arguments(parser)` and `run(args)`.
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "demo": ("demo", "start everything on this machine with a simulated portfolio, or with your own files"),
    "serve": ("serve", "start the server"),
    "worker": ("worker", "work off jobs beside the server"),
    "migrate": ("migrate", "bring the database to this version's schema"),
    "import": (
        "import_files",
        "load meter files: NEM12, NEM13, Green Button, CSV, XLSX, Parquet, Arrow, JSON",
    ),
    "register": ("register", "load sites, assets, meters and the rest of the register: CSV, XLSX"),
    "export": ("export", "write readings of an asset or the register to a file"),
    "doctor": ("doctor", "say what is set up, what is missing and what to do; never a secret"),
    "backup": ("backup", "write the whole database into one file while it runs"),
    "restore": ("restore", "read a backup into an empty database and compare"),
    "bench": ("bench", "measure a published figure on this machine"),
}


def parser_of(words: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of a command line; only the command that it names is imported.

    Args:
        words: What stands behind `aegrid-energy`.
    """
    parser = argparse.ArgumentParser(prog="aegrid-energy", description=__doc__ and "Aegrid Energy")
    parser.add_argument("--version", action="version", version=f"aegrid-energy {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    called = next((word for word in words if not word.startswith("-")), "")
    for name, (module, purpose) in COMMANDS.items():
        sub = commands.add_parser(name, help=purpose, description=purpose)
        if name == called:
            importlib.import_module(f"{__name__}.{module}").add_arguments(sub)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 done, 1 refused or partly refused, 2 wrong usage.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    args = parser_of(words).parse_args(words)
    module, _ = COMMANDS[args.command]
    from aegrid_energy.domain.errors import EnergyError, InvalidError  # noqa: PLC0415  # --help needs none of it

    try:
        return int(importlib.import_module(f"{__name__}.{module}").run(args))
    except KeyboardInterrupt:
        return 130
    except EnergyError as error:
        from aegrid_energy.domain.sentences import sentence  # noqa: PLC0415  # only for an error

        print(f"aegrid-energy {args.command}: {sentence(error.code, error.params)}", file=sys.stderr)
        return 2 if isinstance(error, InvalidError) else 1
