"""The file that goes with a question: findings and the database's own log, without anybody's data."""

import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from aegrid_energy.commands.export_readings import write_file
from aegrid_energy.domain.errors import EnergyError
from aegrid_energy.main import settings_now, state_dir_of
from aegrid_energy.storage.guard import LOG

#: Lines about the server's own life. Errors, their details and statements hold what people sent.
_OWN: Final = re.compile(r"^\d{4}-\d\d-\d\d [\d:.]+ UTC \[\d+\] (LOG|FATAL|PANIC|WARNING|HINT): ")
_SPOKEN: Final = re.compile(r"(statement|duration|parameters|execute)\b", re.IGNORECASE)
_MOST_LINES: Final = 2_000


def write_bundle(target: Path, findings: Sequence[Mapping[str, object]]) -> None:
    """Write the ZIP.

    Raises:
        UnavailableError: `file_not_writable`.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doctor.json", json.dumps({"findings": [*findings]}, ensure_ascii=False, indent=2))
        archive.writestr("postgres.log", "\n".join(own_lines(_log())) + "\n")
    write_file(target, out.getvalue())


def own_lines(lines: Iterable[str]) -> list[str]:
    """The lines of a database log that hold nobody's data, the last of them.

    >>> own_lines(["2026-11-25 13:09:35.875 UTC [7] LOG:  starting", "DETAIL: Key (email)=(a)"])
    ['2026-11-25 13:09:35.875 UTC [7] LOG:  starting']
    """
    return [line for line in lines if _OWN.match(line) and not _SPOKEN.search(line)][-_MOST_LINES:]


def _log() -> list[str]:
    try:
        folder = state_dir_of(settings_now())
        return (folder / LOG).read_text(encoding="utf-8", errors="replace").splitlines()
    except (EnergyError, OSError):  # the findings say what is wrong with settings or folder
        return []
