"""Parsed files as bytes and back: how a child process hands its result to its parent.

A line of JSON says what there is; the arrays follow as they lie in memory, little-endian. Unlike pickle,
nothing in it can be run.
"""

import json
import struct
from dataclasses import asdict, fields
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.problems import Problem
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import Carrier, Direction, Kind, Quantity
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.parsed import ParsedFile, Proposal, Register, ValueColumn

_MAGIC: Final = b"AEGRID1\n"
_LENGTH: Final = struct.Struct("<Q")

Facts = dict[str, Any]


def packed_files(files: list[ParsedFile]) -> bytes:
    """Parsed files as bytes."""
    arrays: list[bytes] = []
    about = [_facts(file, arrays) for file in files]
    head = json.dumps(about, allow_nan=False, ensure_ascii=False, default=str).encode("utf-8", "replace")
    return b"".join((_MAGIC, _LENGTH.pack(len(head)), head, *arrays))


def unpacked_files(data: bytes) -> list[ParsedFile]:
    """Parsed files out of bytes.

    Raises:
        InvalidError: `handover_damaged`.
    """
    start = len(_MAGIC) + _LENGTH.size
    if len(data) < start or not data.startswith(_MAGIC):
        raise InvalidError("handover_damaged", bytes=len(data))
    (length,) = _LENGTH.unpack_from(data, len(_MAGIC))
    try:
        about = cast("list[Facts]", json.loads(data[start : start + length]))
        arrays = _Arrays(data, start + length)
        files = [_file(facts, arrays) for facts in about]
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        raise InvalidError("handover_damaged", bytes=len(data)) from None
    if arrays.at != len(data):
        raise InvalidError("handover_damaged", bytes=len(data))
    return files


def packed_choices(choices: Choices) -> Facts:
    """Choices as plain facts."""
    return asdict(choices)


def unpacked_choices(facts: Facts) -> Choices:
    """Choices out of plain facts."""
    kind = facts.get("kind")
    columns = tuple((str(name), str(role)) for name, role in facts.get("columns", ()))
    known: Facts = {**facts, "kind": Kind(kind) if kind else None, "columns": columns}
    return Choices(**known)


def _facts(file: ParsedFile, arrays: list[bytes]) -> Facts:
    return {
        "file": file.file,
        "format": file.format,
        "problems": [asdict(problem) for problem in file.problems],
        "proposal": asdict(file.proposal) if file.proposal else None,
        "registers": [_register_facts(register, arrays) for register in file.registers],
    }


def _register_facts(register: Register, arrays: list[bytes]) -> Facts:
    readings = register.readings
    arrays.append(readings.start_ms.astype("<i8").tobytes())
    arrays.append(readings.micro.astype("<i8").tobytes())
    arrays.append(readings.quality.astype("u1").tobytes())
    arrays.extend(
        array.astype("<i8").tobytes()
        for array in (readings.duration_ms, register.update_ms)
        if array is not None
    )
    kept = {
        one.name: getattr(register, one.name)
        for one in fields(register)
        if one.name not in {"readings", "update_ms"}
    }
    return {
        **kept,
        "count": len(readings),
        "step_s": readings.step_s,
        "has_duration": readings.duration_ms is not None,
        "has_update": register.update_ms is not None,
    }


class _Arrays:
    """The arrays behind the head, one after the other."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data = data
        self.at = at

    def take(self, count: int, kind: str) -> NDArray[Any]:
        found = np.frombuffer(self.data, dtype=kind, count=count, offset=self.at)
        self.at += found.nbytes
        return found


def _file(facts: Facts, arrays: _Arrays) -> ParsedFile:
    proposal = facts["proposal"]
    return ParsedFile(
        file=facts["file"],
        format=facts["format"],
        problems=tuple(Problem(**problem) for problem in facts["problems"]),
        proposal=_proposal(proposal) if proposal else None,
        registers=tuple(_register(register, arrays) for register in facts["registers"]),
    )


def _register(facts: Facts, arrays: _Arrays) -> Register:
    count = int(facts["count"])
    if count < 0:
        raise ValueError(count)
    start, micro, quality = arrays.take(count, "<i8"), arrays.take(count, "<i8"), arrays.take(count, "u1")
    duration = arrays.take(count, "<i8") if facts["has_duration"] else None
    update = arrays.take(count, "<i8") if facts["has_update"] else None
    return Register(
        meter=facts["meter"],
        register=facts["register"],
        carrier=Carrier(facts["carrier"]),
        quantity=Quantity(facts["quantity"]),
        direction=Direction(facts["direction"]),
        kind=Kind(facts["kind"]),
        unit=facts["unit"],
        serial=facts["serial"],
        spreads=bool(facts["spreads"]),
        update_ms=update,
        readings=Readings(
            start_ms=start, micro=micro, quality=quality, step_s=facts["step_s"], duration_ms=duration
        ),
    )


def _proposal(facts: Facts) -> Proposal:
    columns = tuple(_value_column(column) for column in facts["value_columns"])
    lists = {key: tuple(facts[key]) for key in ("columns", "reasons", "assumed", "questions")}
    sample = tuple(tuple(row) for row in facts["sample"])
    known: Facts = {**facts, **lists, "value_columns": columns, "sample": sample}
    return Proposal(**known)


def _value_column(facts: Facts) -> ValueColumn:
    known: Facts = {
        **facts,
        "kind": Kind(facts["kind"]),
        "quantity": Quantity(facts["quantity"]),
        "direction": Direction(facts["direction"]),
        "carrier": Carrier(facts["carrier"]),
        "reasons": tuple(facts["reasons"]),
    }
    return ValueColumn(**known)
