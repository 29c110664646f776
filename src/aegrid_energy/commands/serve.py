"""`aegrid-energy serve`: the server, for this machine or for a network."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command; what is not given comes from the settings."""
    add = parser.add_argument
    add("--host", help="address to listen on (default: this machine only)")
    add("--port", type=port_number, help="port to listen on (default 8400)")
    add("--tls-cert", type=Path, metavar="FILE", help="certificate chain, PEM")
    add("--tls-key", type=Path, metavar="FILE", help="its private key, PEM")
    add("--lan", action="store_true", help="serve this network with a certificate of a local authority")
    add("--no-worker", action="store_true", help="leave jobs to `aegrid-energy worker`")


def run(args: argparse.Namespace) -> int:
    """Serve until a signal says stop."""
    from aegrid_energy.commands.serve_run import run_serve  # noqa: PLC0415  # heavy

    return run_serve(args)


def port_number(text: str) -> int:
    """A port as an argument."""
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"{text} is no port; it lies between 1 and 65535")
    return int(text)
