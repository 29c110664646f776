"""The one door for files: unpack, look what it is, give it to its reader."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from aegrid_energy.domain.problems import Problem
from aegrid_energy.ingestion.archive import Member, members, shown
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.parsed import ParsedFile
from aegrid_energy.ingestion.sniff import ACCEPTED, Format, sniff
from aegrid_energy.ingestion.unreadable import UnreadableError

_NOTHING: Final[Mapping[str, Choices]] = MappingProxyType({})


def read_file(
    data: bytes, name: str, choices: Choices, by_file: Mapping[str, Choices] = _NOTHING
) -> list[ParsedFile]:
    """Everything a file (or the archive it is) holds.

    Args:
        data: Its bytes.
        name: Its name, for messages; never opened, and never asked what the file is.
        choices: What the person who loads it says about it.
        by_file: What is said about single members or sheets instead, by their name as shown.

    Returns:
        One entry for each plain file, in order. Hostile input ends in problems, never in an error.
    """
    found: list[ParsedFile] = []
    for member in members(data, shown(name)):
        if isinstance(member, Problem):
            found.append(ParsedFile(file=member.file, format="archive", problems=(member,)))
        else:
            found.extend(_read(member, choices, by_file))
    return found


def _read(member: Member, choices: Choices, by_file: Mapping[str, Choices]) -> list[ParsedFile]:
    kind = sniff(member.data)
    if kind is None:
        return [_unknown(member)]
    try:
        if kind is Format.XLSX:
            return _sheets(member, choices, by_file)
        return _by_format(kind, member, by_file.get(member.name, choices))
    except UnreadableError as error:
        problem = Problem(
            file=member.name,
            line=error.line,
            column=0,
            code=error.code,
            text=error.text,
            refused="the whole file",
        )
        return [ParsedFile(file=member.name, format=kind.value, problems=(problem,))]


def _by_format(kind: Format, member: Member, choices: Choices) -> list[ParsedFile]:
    # Readers are imported where they are needed: a command that loads one kind of file starts sooner.
    data, name = member.data, member.name
    match kind:
        case Format.NEM12:
            from aegrid_energy.ingestion.nem12 import read_nem12  # noqa: PLC0415

            return [read_nem12(data, name, choices)]
        case Format.NEM13:
            from aegrid_energy.ingestion.nem13 import read_nem13  # noqa: PLC0415

            return [read_nem13(data, name, choices)]
        case Format.GREEN_BUTTON:
            from aegrid_energy.ingestion.green_button import read_green_button  # noqa: PLC0415

            return [read_green_button(data, name, choices)]
        case Format.JSON | Format.NDJSON:
            from aegrid_energy.ingestion.json_readings import read_json  # noqa: PLC0415

            return [read_json(data, name, choices)]
        case _:
            return _tables(kind, data, name, choices)


def _sheets(member: Member, choices: Choices, by_file: Mapping[str, Choices]) -> list[ParsedFile]:
    from aegrid_energy.ingestion.tables import read_table  # noqa: PLC0415
    from aegrid_energy.ingestion.xlsx_table import xlsx_tables  # noqa: PLC0415

    tables = xlsx_tables(member.data, member.name)
    sheets = [read_table(table, by_file.get(table.file, choices)) for table in tables]
    # Cover sheets and notes beside the readings are no news.
    with_readings = [sheet for sheet in sheets if sheet.proposal or sheet.registers]
    if not sheets:
        raise UnreadableError("empty_file", "The workbook is empty.")
    return with_readings or sheets


def _tables(kind: Format, data: bytes, name: str, choices: Choices) -> list[ParsedFile]:
    from aegrid_energy.ingestion.tables import read_table  # noqa: PLC0415

    if kind is Format.CSV:
        from aegrid_energy.ingestion.csv_table import csv_table  # noqa: PLC0415

        return [read_table(csv_table(data, name), choices)]
    from aegrid_energy.ingestion.arrow_table import arrow_table, parquet_table  # noqa: PLC0415

    read = parquet_table if kind is Format.PARQUET else arrow_table
    return [read_table(read(data, name), choices)]


def _unknown(member: Member) -> ParsedFile:
    if not member.data.strip():
        code, text = "empty_file", "The file is empty."
    else:
        code, text = "unknown_format", f"The file is none of the formats that can be read: {ACCEPTED}."
    problem = Problem(file=member.name, line=0, column=0, code=code, text=text, refused="the whole file")
    return ParsedFile(file=member.name, format="unknown", problems=(problem,))
