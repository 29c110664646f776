"""What `import` prints: the same shape for a look and for a load, as JSON or as tables for people."""

import argparse
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from aegrid_energy.domain.problems import Problem
    from aegrid_energy.ingestion.parsed import ParsedFile, Register
    from aegrid_energy.workflows.load_readings import LoadReport

Entry = dict[str, Any]

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
#: Code of the refusal of a table whose meaning nobody has confirmed.
NOT_CONFIRMED: Final = "not_confirmed"


def has_refusal(file: "ParsedFile", args: argparse.Namespace) -> bool:
    """Whether something of the file is not taken, or waits for a confirmation."""
    return any(problem.refused for problem in file.problems) or bool(open_points(file, args))


def open_points(file: "ParsedFile", args: argparse.Namespace) -> list[str]:
    """What a person has to confirm before the file is loaded."""
    if file.proposal is None or args.accept_proposed:
        return []
    return [*file.proposal.questions, *file.proposal.assumed]


def entry_of(file: "ParsedFile", args: argparse.Namespace) -> Entry:
    """One file as it was read."""
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


def loaded_entries(
    files: "Sequence[ParsedFile]", report: "LoadReport", args: argparse.Namespace
) -> list[Entry]:
    """The entries of what was loaded as one import: with its id, and what the database refused besides."""
    known = {problem for file in files for problem in file.problems}
    entries: list[Entry] = [{**entry_of(file, args), "import_id": str(report.import_id)} for file in files]
    for entry in entries:
        # What waits for a confirmation is told point by point already.
        entry["problems"] += [
            _problem(problem)
            for problem in report.problems
            if problem.file == entry["file"] and problem not in known and problem.code != NOT_CONFIRMED
        ]
    return entries


def import_of(path: str, report: "LoadReport") -> Entry:
    """What became of one path."""
    return {
        "file": path,
        "import_id": str(report.import_id),
        "status": report.status,
        "added": report.added,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "outranked": report.outranked,
        "refused": sum(bool(problem.refused) for problem in report.problems),
    }


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


def print_answer(entries: list[Entry], imports: list[Entry], *, as_json: bool) -> None:
    """Print what was read and, where something was loaded, what became of it."""
    if as_json:
        answer = {"files": entries, "imports": imports} if imports else {"files": entries}
        print(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console()
    # Piped, a console is 80 wide: figures cut off with dots would help nobody.
    console.width = max(console.width, _NARROWEST)
    last = {entry.get("import_id"): n for n, entry in enumerate(entries)}
    became = {last[one["import_id"]]: one for one in imports if one["import_id"] in last}
    for n, entry in enumerate(entries):
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
        if n in became:
            console.print(Text(f"  {_fate(became[n])}", style="green"))


def _fate(one: Entry) -> str:
    counts = ", ".join(f"{name} {one[name]:,}" for name in ("added", "changed", "unchanged"))
    outranked = f", outranked {one['outranked']:,}" if one["outranked"] else ""
    return f"readings {counts}{outranked}; refused {one['refused']}; import {one['import_id']}"


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
