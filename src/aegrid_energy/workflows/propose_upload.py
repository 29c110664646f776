"""What an upload holds and where it would go: read, matched with the register, checked, kept to be shown.

Nothing is loaded here. What a person confirms is the proposal as it was kept, by its revision.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from aegrid_energy.domain.errors import NotFoundError
from aegrid_energy.domain.problems import Problem
from aegrid_energy.domain.series import AMOUNTS, CARRIER_OF, Carrier, Kind
from aegrid_energy.domain.zones import at_of, ms_of
from aegrid_energy.ingestion.archive import fingerprints, shown
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.parsed import ParsedFile, Proposal, Register
from aegrid_energy.ingestion.table import printable
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.staged_uploads import (
    RememberedMapping,
    content_of,
    find_staged,
    keep_proposal,
    recall_mappings,
)
from aegrid_energy.storage.upload_targets import zones_in_use
from aegrid_energy.workflows.match_registers import Match, match_registers, proposed_sites
from aegrid_energy.workflows.parse_upload import parse_upload
from aegrid_energy.workflows.run_jobs import Work

Facts = dict[str, Any]
#: SHA-256 and size.
Print = tuple[bytes, int]

_FLAG: Final = re.compile(r" Say it: --.*$", re.DOTALL)
#: Problems shown of each file; the rest is counted.
_TOLD: Final = 100
#: Registers shown of an upload; a file with more is sent in parts.
MOST_REGISTERS: Final = 5_000


async def propose_upload(
    pool: Pool, tenant_no: int, upload_id: UUID, *, choices: Mapping[str, Facts], now: datetime
) -> None:
    """Read an upload and keep what is proposed.

    Args:
        pool: As the app role.
        tenant_no: Whose.
        upload_id: The upload.
        choices: File -> what a person said about it; other files are understood as tables of their shape
            were understood last time.
        now: For the rule against readings from the future.

    Raises:
        NotFoundError: `upload_gone`.
    """
    async with transaction(pool, tenant_no) as conn:
        upload = await find_staged(conn, upload_id)
        content = await content_of(conn, upload_id)
    if upload is None or content is None:
        raise NotFoundError("upload_gone")
    read_at_ms = ms_of(now)
    parsed = await read_upload(content, upload.name, choices, read_at_ms)
    shapes = {one.file: shape_of(one) for one in parsed}
    async with transaction(pool, tenant_no) as conn:
        known = await recall_mappings(conn, [shape for shape in shapes.values() if shape])
    # A shape is of the file, not of what was said about it, so that it holds for the second reading too.
    remembered = {
        file: known[shape] for file, shape in shapes.items() if shape in known and file not in choices
    }
    used = dict(choices) | {file: mapping.choices for file, mapping in remembered.items()}
    if remembered:
        parsed = await read_upload(content, upload.name, used, read_at_ms)
    packed = await asyncio.to_thread(fingerprints, content, shown(upload.name))
    prints = {one.file: _print_of(one.file, packed, (upload.sha256, upload.size_bytes)) for one in parsed}
    async with transaction(pool, tenant_no) as conn:
        proposal = await _proposal(conn, parsed, used, remembered, read_at_ms)
        for file in proposal["files"]:
            sha256, file["size_bytes"] = prints[file["file"]]
            file["sha256"] = sha256.hex()
        await keep_proposal(conn, upload_id, choices=dict(choices), proposal=_storable(proposal))


def _print_of(file: str, packed: Mapping[str, Print], whole: Print) -> Print:
    """Of the packed file that it is, or is a part of; of the whole upload where that is no package."""
    return next((of for name, of in packed.items() if file == name or file.startswith(f"{name}!")), whole)


async def propose_upload_job(work: Work) -> Facts:
    """The same as a job; running it again makes the proposal anew."""
    args = work.job.args
    await work.progress("reading", 0, 1)
    await propose_upload(
        work.pool, work.tenant_no, UUID(args["upload_id"]), choices=args["choices"], now=work.now()
    )
    await work.progress("proposed", 1, 1)
    return {"upload_id": args["upload_id"]}


async def read_upload(
    content: bytes, name: str, choices: Mapping[str, Facts], read_at_ms: int
) -> list[ParsedFile]:
    """Read an upload as it was, or will be, shown: the same bytes, choices and time read the same."""
    parsed = await parse_upload(
        content,
        name,
        choices_of({}, read_at_ms),
        by_file={file: choices_of(facts, read_at_ms) for file, facts in choices.items()},
    )
    return [
        replace(one, registers=tuple(_named_plainly(register) for register in one.registers))
        for one in parsed
    ]


def _named_plainly(register: Register) -> Register:
    """A register whose names can be asked for and stored; readers of text formats let any character in."""
    return replace(
        register,
        meter=printable(register.meter),
        register=printable(register.register),
        serial=printable(register.serial),
    )


def _storable(value: Any) -> Any:  # noqa: ANN401  # any JSON
    """JSON without what the database cannot hold in text: NUL and halves of characters."""
    match value:
        case str():
            return "".join("?" if char == "\0" or "\ud800" <= char <= "\udfff" else char for char in value)
        case dict():
            facts = cast("Facts", value)
            return {_storable(name): _storable(one) for name, one in facts.items()}
        case list():
            items = cast("list[Any]", value)
            return [_storable(one) for one in items]
        case _:
            return value


def choices_of(facts: Facts, read_at_ms: int) -> Choices:
    """What was said about a file; all that is proposed is taken, for it is shown and not loaded."""
    kind = facts.get("kind")
    columns: Mapping[str, str] = facts.get("columns") or {}
    return Choices(
        meter=facts.get("meter") or "",
        zone=facts.get("zone") or "",
        unit=facts.get("unit") or "",
        interval_s=facts.get("interval_s"),
        kind=Kind(kind) if kind else None,
        layout=facts.get("layout") or "",
        columns=tuple((name, role) for name, role in columns.items()),
        lenient=bool(facts.get("lenient")),
        accept_proposed=True,
        now_ms=read_at_ms,
    )


def shape_of(file: ParsedFile) -> bytes:
    """What tables of one kind have in common: format and names of columns; empty for other files."""
    if file.proposal is None:
        return b""
    names = [name.casefold() for name in file.proposal.columns]
    return hashlib.sha256(json.dumps([file.format, names]).encode("utf-8", "replace")).digest()


def keyed(parsed: Sequence[ParsedFile]) -> dict[str, tuple[ParsedFile, Register]]:
    """Every register by the key that a proposal gives it."""
    return {
        f"{n}.{m}": (one, register)
        for n, one in enumerate(parsed)
        for m, register in enumerate(one.registers)
    }


def carrier_of(register: Register) -> Carrier:
    """What flows through the meter of a register, as far as file and quantity say."""
    if register.carrier is Carrier.OTHER and register.quantity in AMOUNTS:
        return CARRIER_OF[register.quantity]
    return register.carrier


async def _proposal(
    conn: Connection,
    parsed: Sequence[ParsedFile],
    choices: Mapping[str, Facts],
    remembered: Mapping[str, RememberedMapping],
    read_at_ms: int,
) -> Facts:
    registers = keyed(parsed)
    zones = await zones_in_use(conn)
    zone_by_key = {
        key: one.proposal.zone if one.proposal is not None else "" for key, (one, _) in registers.items()
    }
    matches: dict[str, Match] = {}
    if len(registers) <= MOST_REGISTERS:
        matches = await match_registers(conn, registers, zone_by_key)
    files = [
        _file(n, one, matches, choices.get(one.file, {}), remembered.get(one.file), zones)
        for n, one in enumerate(parsed)
    ]
    if len(registers) > MOST_REGISTERS:
        files[0]["problems"].insert(0, _too_many(parsed[0].file, len(registers)))
    return {
        "read_at_ms": read_at_ms,
        "used": dict(choices),
        "files": files,
        "sites": proposed_sites(registers, matches, zones) if matches else [],
    }


def _too_many(file: str, count: int) -> Facts:
    return {
        "file": file, "line": 0, "column": 0, "code": "too_many_meters", "refused": "the whole upload",
        "text": f"The upload names {count:,} registers, more than {MOST_REGISTERS:,}. Send it in parts.",
    }  # fmt: skip


def _file(
    n: int,
    one: ParsedFile,
    matches: Mapping[str, Match],
    choices: Facts,
    remembered: RememberedMapping | None,
    zones: Sequence[str],
) -> Facts:
    # That a zone is missing is a question here; the reader's own refusal speaks of the command line.
    problems = [problem for problem in one.problems if problem.code != "zone_needed"]
    proposal = one.proposal
    accepted: Iterable[str] = remembered.choices.get("accepted", []) if remembered is not None else []
    return {
        "file": one.file,
        "format": one.format,
        "shape": shape_of(one).hex(),
        "choices": {name: value for name, value in choices.items() if name != "accepted"},
        "remembered_at": remembered.confirmed_at.isoformat() if remembered is not None else None,
        "accepted": [text for text in accepted if proposal is not None and text in proposal.questions],
        "needs_zone": proposal is not None and not proposal.zone,
        "suggested_zone": zones[0] if zones and proposal is not None and not proposal.zone else None,
        "proposal": _table_facts(proposal, remembered) if proposal is not None else None,
        "meters": [
            _meter(f"{n}.{m}", register, matches[f"{n}.{m}"])
            for m, register in enumerate(one.registers)
            if f"{n}.{m}" in matches
        ],
        "problems": [asdict(_without_flags(problem)) for problem in problems[:_TOLD]],
        "more_problems": max(len(problems) - _TOLD, 0),
    }


def _without_flags(problem: Problem) -> Problem:
    """A problem whose remedy is an option of the command line, without it: here a person is asked instead.

    >>> one = Problem(file="a", line=0, column=0, code="c", text="No unit. Say it: --unit therm.", refused="")
    >>> _without_flags(one).text
    'No unit.'
    """
    return replace(problem, text=_FLAG.sub("", problem.text))


def _table_facts(proposal: Proposal, remembered: RememberedMapping | None) -> Facts:
    reasons = list(proposal.reasons)
    if remembered is not None:
        reasons.insert(0, f"As you confirmed on {remembered.confirmed_at:%d/%m/%Y}.")
    return {
        "layout": proposal.layout,
        "columns": _columns(proposal),
        "zone": proposal.zone,
        "stamps": proposal.stamps,
        "step_s": proposal.step_s,
        "date_order": proposal.date_order,
        "decimal": proposal.decimal,
        "reasons": reasons,
        "assumed": list(proposal.assumed),
        "questions": list(proposal.questions),
        "sample": [list(row) for row in proposal.sample],
    }


def _columns(proposal: Proposal) -> list[Facts]:
    """Every column with its role; value columns with what they are taken for."""
    roles = {
        proposal.time_column: "time" if proposal.stamps == "start" or proposal.end_column else "end",
        proposal.end_column: "end",
        proposal.clock_column: "clock",
        proposal.period_column: "period",
        proposal.meter_column: "meter",
        proposal.register_column: "register",
        proposal.unit_column: "unit",
        proposal.quality_column: "quality",
    }
    values = {column.name: column for column in proposal.value_columns}
    shown: list[Facts] = []
    for name in proposal.columns:
        value = values.get(name)
        facts: Facts = {"name": name, "role": "value" if value else roles.get(name, "skip")}
        facts["value"] = None if value is None else {**asdict(value), "register_name": value.register}
        shown.append(facts)
    return shown


def _meter(key: str, register: Register, match: Match) -> Facts:
    facts = match.facts
    return {
        "key": key,
        "meter": register.meter,
        "register_name": register.register,
        "serial": register.serial,
        "carrier": carrier_of(register).value,
        "direction": register.direction.value,
        "quantity": register.quantity.value,
        "unit": register.unit,
        "kind": register.kind.value,
        "step_s": register.readings.step_s,
        "readings": facts.readings,
        "start": at_of(facts.start_ms).isoformat() if facts.start_ms is not None else None,
        "end": at_of(facts.end_ms).isoformat() if facts.end_ms is not None else None,
        "total": facts.total,
        "quality": dict(facts.quality),
        "gaps": {"count": facts.gaps, "hours": round(facts.gap_ms / 3_600_000, 2)},
        "clock_days": None
        if facts.clock_days is None
        else {"zone": match.zone, "days": facts.clock_days, "wrong": list(facts.wrong_clock_days)},
        "match": match.target,
        "plausibility": match.plausibility,
    }
