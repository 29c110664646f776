"""`aegrid-energy import PATH...`: files and folders of meter data, looked at or loaded.

Nothing heavy is imported before there is work: the command line starts in a fraction of a second.
"""

import argparse
import csv
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aegrid_energy.domain.series import Kind

if TYPE_CHECKING:
    from aegrid_energy.domain.problems import Problem
    from aegrid_energy.ingestion.choices import Choices
    from aegrid_energy.ingestion.parsed import ParsedFile, Register

LOADED, SOME_REFUSED, USAGE = 0, 1, 2
#: Files that stand beside data and hold none.
_BESIDE: Final = re.compile(r"(?i)(readme|licen[cs]e|copying|notice)(\..*)?")
#: Larger files are sent in parts; the same cap as for unpacked archives. [bytes]
_MOST_BYTES: Final = 200 * 1024 * 1024
_SPAN: Final = re.compile(r"(?i)(?:pt)?(\d{1,5})\s*(s|sec|m|min|h|d)?")
_SECONDS: Final = {"": 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}


_COLUMNS: Final = (
    "meter",
    "register",
    "kind",
    "interval",
    "readings",
    "start",
    "end",
    "total",
    "unit",
    "quality",
)
_NARROWEST: Final = 132


class UsageError(Exception):
    """The command line was called wrongly; its words go to the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """One file of the command line, read.

    Args:
        path: Where it lies.
        data: Its bytes.
        files: What it (or each member of the archive it is) holds.
    """

    path: Path
    data: bytes
    files: "list[ParsedFile]"


#: Puts one file into the database and says what was refused on the way; built where the database is known.
Load = Callable[[FoundFile, argparse.Namespace], "list[Problem]"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Give a parser the arguments of `import`."""
    add = parser.add_argument
    add(
        "paths",
        nargs="+",
        metavar="PATH",
        help="file or folder; folders are walked, README and LICENSE skipped",
    )
    add("--meter", default="", help="name or NMI, for files of one meter that do not name it")
    add("--site", default="", help="site the meters belong to, by name or external id")
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


def run(args: argparse.Namespace, *, now_ms: int, load: Load | None = None) -> int:
    """Run `import`.

    Args:
        args: Parsed arguments of `configure`.
        now_ms: The present. [ms since the epoch]
        load: Puts a file into the database; None where there is none, which leaves `--dry-run`.

    Returns:
        0 all loaded, 1 some refused, 2 wrong usage.
    """
    try:
        _check_store(load, args)
        choices = _choices(args, now_ms)
        paths = list(_walk([Path(path) for path in args.paths]))
    except UsageError as error:
        print(f"aegrid-energy import: {error}", file=sys.stderr)
        return USAGE
    entries: list[dict[str, Any]] = []
    is_refused = False
    for path in paths:
        found = _read(path, choices)
        refused = load(found, args) if load is not None and not args.dry_run else []
        for file in found.files:
            entries.append(_entry(file, args))
            is_refused = is_refused or _has_refusal(file, args)
        if refused:
            is_refused = True
            entries.append(_refusals(str(path), refused))
    _print(entries, as_json=args.json)
    return SOME_REFUSED if is_refused else LOADED


def _check_store(load: Load | None, args: argparse.Namespace) -> None:
    if load is None and not args.dry_run:
        raise UsageError("There is no database here: add --dry-run to look at the files.")


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


def _walk(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            inside = sorted(one for one in path.rglob("*") if one.is_file())
            yield from (one for one in inside if _is_data(one.relative_to(path)))
        elif path.is_file():
            yield path
        else:
            raise UsageError(f"{path}: there is no such file or folder.")


def _is_data(path: Path) -> bool:
    return not _BESIDE.fullmatch(path.name) and not any(part.startswith(".") for part in path.parts)


def _read(path: Path, choices: "Choices") -> FoundFile:
    from aegrid_energy.domain.problems import Problem  # noqa: PLC0415
    from aegrid_energy.ingestion.parsed import ParsedFile  # noqa: PLC0415
    from aegrid_energy.ingestion.read_file import read_file  # noqa: PLC0415

    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        text = (
            f"The file is larger than {_MOST_BYTES >> 20} MiB. Split it." if len(data) > _MOST_BYTES else ""
        )
    except OSError as error:
        data, text = b"", f"The file cannot be read: {error.strerror or error}."
    if text:
        problem = Problem(
            file=str(path), line=0, column=0, code="unreadable", text=text, refused="the whole file"
        )
        return FoundFile(
            path=path, data=b"", files=[ParsedFile(file=str(path), format="unknown", problems=(problem,))]
        )
    return FoundFile(path=path, data=data, files=read_file(data, str(path), choices))


def _has_refusal(file: "ParsedFile", args: argparse.Namespace) -> bool:
    return any(problem.refused for problem in file.problems) or bool(_open_points(file, args))


def _open_points(file: "ParsedFile", args: argparse.Namespace) -> list[str]:
    """What a person has to confirm before the file is loaded."""
    if file.proposal is None or args.accept_proposed:
        return []
    return [*file.proposal.questions, *file.proposal.assumed]


def _entry(file: "ParsedFile", args: argparse.Namespace) -> dict[str, Any]:
    problems = [_problem(problem) for problem in file.problems]
    if file.proposal is not None and not args.accept_proposed:
        problems += [_open(file, f"Open: {text}") for text in file.proposal.questions]
        problems += [_open(file, f"Proposed: {text}") for text in file.proposal.assumed]
    return {
        "file": file.file,
        "format": file.format,
        "meters": [_meter(register) for register in file.registers],
        "problems": problems,
    }


def _open(file: "ParsedFile", text: str) -> dict[str, Any]:
    return {"file": file.file, "line": 0, "column": 0, "text": f"{text} (--accept-proposed takes it)"}


def _refusals(path: str, refused: "list[Problem]") -> dict[str, Any]:
    return {"file": path, "format": "", "meters": [], "problems": [_problem(problem) for problem in refused]}


def _problem(problem: "Problem") -> dict[str, Any]:
    text = f"{problem.text} Not taken: {problem.refused}." if problem.refused else problem.text
    return {"file": problem.file, "line": problem.line, "column": problem.column, "text": text}


def _meter(register: "Register") -> dict[str, Any]:
    import numpy as np  # noqa: PLC0415

    from aegrid_energy.domain.quality import quality_of  # noqa: PLC0415

    readings = register.readings
    counts: dict[str, int] = {}
    for code, count in zip(*np.unique(readings.quality, return_counts=True), strict=True):
        name = quality_of(int(code)).value
        counts[name] = counts.get(name, 0) + int(count)
    last = len(readings) - 1
    length = (readings.step_s or 0) * 1000
    if readings.duration_ms is not None and len(readings):
        length = int(readings.duration_ms[last])
    return {
        "meter": register.meter,
        "register": register.register,
        "unit": register.unit,
        "kind": register.kind.value,
        "interval_s": readings.step_s,
        "readings": int(np.count_nonzero(readings.valid)),
        "start": _time(int(readings.start_ms[0])) if len(readings) else None,
        "end": _time(int(readings.start_ms[last]) + length) if len(readings) else None,
        "total": format(readings.total, "f"),
        "quality": counts,
    }


def _time(ms: int) -> str:
    from aegrid_energy.domain.zones import at_of  # noqa: PLC0415

    at = at_of(ms)
    return at.isoformat(timespec="milliseconds" if ms % 1000 else "seconds").replace("+00:00", "Z")


def _print(entries: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"files": entries}, ensure_ascii=False, indent=2))
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console()
    # Piped, a console is 80 wide: figures cut off with dots would help nobody.
    console.width = max(console.width, _NARROWEST)
    for entry in entries:
        # Names come from files: they are text, never markup.
        console.print(Text(f"{entry['file']}  ", style="bold"), Text(entry["format"], style="dim"))
        if entry["meters"]:
            table = Table(box=None, pad_edge=False, header_style="dim")
            for name in _COLUMNS:
                right = name in {"interval", "readings", "total"}
                table.add_column(name, justify="right" if right else "left", overflow="fold", no_wrap=right)
            for meter in entry["meters"]:
                table.add_row(*(Text(cell) for cell in _cells(meter)))
            console.print(table)
        for problem in entry["problems"]:
            place = ":".join(str(problem[key]) for key in ("line", "column") if problem[key])
            console.print(Text(f"  {place + '  ' if place else ''}{problem['text']}", style="yellow"))


def _cells(meter: dict[str, Any]) -> list[str]:
    interval = "irregular" if meter["interval_s"] is None else f"{meter['interval_s']} s"
    quality = ", ".join(f"{name} {count:,}" for name, count in meter["quality"].items())
    return [
        meter["meter"],
        meter["register"],
        meter["kind"],
        interval,
        f"{meter['readings']:,}",
        (meter["start"] or "")[:10],
        (meter["end"] or "")[:10],
        meter["total"],
        meter["unit"],
        quality,
    ]
