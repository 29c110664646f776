"""Files that an export writes."""

from pathlib import Path
from typing import Final

from aegrid_energy.domain.errors import UnavailableError

#: Formats of readings, by the ending of the file's name.
FORMATS: Final = ("csv", "arrow", "parquet")


def write_file(path: Path, content: bytes) -> None:
    """Write a file.

    Raises:
        UnavailableError: `file_not_writable`.
    """
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UnavailableError(
            "file_not_writable", file=str(path), why=error.strerror or str(error)
        ) from error
