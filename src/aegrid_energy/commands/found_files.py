"""The files that a command line names, found and read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aegrid_energy.ingestion.choices import Choices
    from aegrid_energy.ingestion.parsed import ParsedFile

#: Files that stand beside data and hold none.
_BESIDE: Final = re.compile(r"(?i)(readme|licen[cs]e|copying|notice)(\..*)?")
#: Larger files are sent in parts; the same cap as for unpacked archives. [bytes]
_MOST_BYTES: Final = 200 * 1024 * 1024


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


def walk(paths: list[Path]) -> Iterator[Path]:
    """The files of the command line; folders with all that lies in them.

    Raises:
        UsageError: There is no such file.
    """
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


def read(path: Path, choices: "Choices") -> FoundFile:
    """One file, read; what cannot be read is a problem."""
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
