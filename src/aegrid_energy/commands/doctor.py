"""`aegrid-energy doctor`: what is set up, what is missing and what to do; never a secret."""

import argparse
import json
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of lines")
    parser.add_argument(
        "--bundle",
        type=Path,
        metavar="FILE",
        help="also write a ZIP to send with a question; it holds no secrets",
    )


def run(args: argparse.Namespace) -> int:
    """Look, and say it.

    Returns:
        0 all is well, 1 something is wrong.
    """
    from aegrid_energy.commands.doctor_findings import examine  # noqa: PLC0415  # heavy

    findings = examine()
    answer = [{"name": f.name, "text": f.text, "is_wrong": f.is_wrong, "to_do": f.to_do} for f in findings]
    if args.bundle is not None:
        from aegrid_energy.commands.doctor_bundle import write_bundle  # noqa: PLC0415

        write_bundle(args.bundle, answer)
        print(
            f"{args.bundle}: the lines below and the start and stop lines of the database's log.",
            file=sys.stderr,
        )
    if args.json:
        print(json.dumps({"findings": answer}, ensure_ascii=False, indent=2))
    else:
        width = max(len(finding.name) for finding in findings)
        for finding in findings:
            print(f"{'WRONG' if finding.is_wrong else 'ok   '} {finding.name:<{width}}  {finding.text}")
            if finding.to_do:
                print(f"      {'':<{width}}  -> {finding.to_do}")
    return 1 if any(finding.is_wrong for finding in findings) else 0
