"""`aegrid-energy import PATH...`: files and folders of meter data, looked at or loaded.

Nothing heavy is imported before there is work: the command line starts in a fraction of a second.
"""

import argparse
import contextlib
import csv
import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aegrid_energy.commands.found_files import FoundFile, UsageError, read, walk
from aegrid_energy.commands.import_answer import (
    entry_of,
    has_refusal,
    import_of,
    loaded_entries,
    print_answer,
)
from aegrid_energy.domain.series import Kind

if TYPE_CHECKING:
    from aegrid_energy.ingestion.choices import Choices
    from aegrid_energy.workflows.load_readings import LoadReport

LOADED, SOME_REFUSED, USAGE = 0, 1, 2
_SPAN: Final = re.compile(r"(?i)(?:pt)?(\d{1,5})\s*(s|sec|m|min|h|d)?")
_SECONDS: Final = {"": 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}


#: Puts one file into the database.
Load = Callable[[FoundFile], "LoadReport"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add = parser.add_argument
    add(
        "paths",
        nargs="+",
        metavar="PATH",
        help="file or folder; folders are walked, README and LICENSE skipped",
    )
    add("--meter", default="", help="name or NMI, for files of one meter that do not name it")
    add("--tenant", default="", metavar="SLUG", help="whose they are, where there are several organisations")
    add(
        "--site",
        default="",
        help="site (name or external id) where unknown meters are made; it is made if missing",
    )
    add("--zone", default="", help="UTC, +10:00 or Australia/Sydney, for times without a zone")
    add("--unit", default="", help="unit of the values where the file does not say (kWh, m3, ...)")
    add("--interval", default="", help="length of the intervals where the file does not say (900, 15m, 1h)")
    add("--kind", choices=[kind.value for kind in Kind], help="what a value is where the file does not say")
    add("--layout", choices=["long", "wide"], help="one reading a row, or one column a meter")
    add(
        "--map",
        metavar="FILE",
        help="JSON or CSV of column -> role (time, end, meter, register, value, quality, skip)",
    )
    add("--accept-proposed", action="store_true", help="take what is proposed without asking")
    add("--lenient", action="store_true", help="take NEM12 files whose 100 or 900 record is missing")
    add("--dry-run", action="store_true", help="read and show, store nothing; needs no database")
    add("--json", action="store_true", help="print JSON instead of a table")


def run(args: argparse.Namespace) -> int:
    """Look at the files, or load them.

    Returns:
        0 all loaded, 1 some refused, 2 wrong usage.
    """
    now_ms = time.time_ns() // 1_000_000
    try:
        choices = _choices(args, now_ms)
        paths = list(walk([Path(path) for path in args.paths]))
    except UsageError as error:
        print(f"aegrid-energy import: {error}", file=sys.stderr)
        return USAGE
    entries: list[dict[str, Any]] = []
    imports: list[dict[str, Any]] = []
    is_refused = False
    with contextlib.ExitStack() as stack:
        load: Load | None = None
        if not args.dry_run and paths:
            from aegrid_energy.commands.import_load import open_loader  # noqa: PLC0415  # the database is heavy

            load = stack.enter_context(open_loader(args, now_ms))
        for path in paths:
            found = read(path, choices)
            is_refused = is_refused or any(has_refusal(file, args) for file in found.files)
            if load is None:
                entries += [entry_of(file, args) for file in found.files]
                continue
            report = load(found)
            is_refused = is_refused or any(problem.refused for problem in report.problems)
            entries += loaded_entries(found.files, report, args)
            imports.append(import_of(str(path), report))
    print_answer(entries, imports, as_json=args.json)
    return SOME_REFUSED if is_refused else LOADED


def _choices(args: argparse.Namespace, now_ms: int) -> "Choices":
    from aegrid_energy.ingestion.choices import Choices  # noqa: PLC0415

    return Choices(
        meter=args.meter,
        zone=args.zone,
        unit=args.unit,
        interval_s=_seconds(args.interval),
        kind=Kind(args.kind) if args.kind else None,
        layout=args.layout or "",
        columns=_map(args.map),
        # A dry run shows what the proposal would load, and its questions beside it.
        accept_proposed=args.accept_proposed or args.dry_run,
        lenient=args.lenient,
        now_ms=now_ms,
    )


def _seconds(text: str) -> int | None:
    if not text:
        return None
    match = _SPAN.fullmatch(text.strip())
    if match is None or int(match[1]) == 0:
        raise UsageError(f"--interval {text}: say seconds, or 15m, 1h, 1d.")
    return int(match[1]) * _SECONDS[(match[2] or "").casefold()]


def _map(file: str | None) -> tuple[tuple[str, str], ...]:
    if not file:
        return ()
    try:
        text = Path(file).read_text(encoding="utf-8-sig")
        if text.lstrip().startswith("{"):
            given = json.loads(text)
            pairs = list((given.get("columns") if isinstance(given.get("columns"), dict) else given).items())
        else:
            pairs = [(row[0], row[1]) for row in csv.reader(text.splitlines()) if len(row) >= 2]
    except (OSError, ValueError, csv.Error) as error:
        raise UsageError(f"--map {file}: {error}") from None
    return tuple((str(name), str(role).strip().casefold()) for name, role in pairs)
