"""The manifest of a backup: what the dump beside it holds."""

import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.storage.fingerprint import Fingerprint
from aegrid_energy.storage.roles import RoleNames

FORMAT: Final = 1
MANIFEST, DUMP = "manifest.json", "database.dump"
#: A manifest has a line per table; anything longer is none.
_LIMIT_BYTES: Final = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup holds and how to check it."""

    format: int
    created_at: datetime
    database: str
    roles: RoleNames
    #: Applied migrations: name and hash.
    schema: Mapping[str, str]
    content: Fingerprint
    dump_bytes: int
    dump_sha256: str

    def text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self), indent=1, default=datetime.isoformat)


_ADAPTER: Final = TypeAdapter(Manifest)


def read_manifest(source: Path) -> Manifest:
    """The manifest of a backup file.

    Raises:
        InvalidError: `not_a_backup`, or `backup_of_another_format`.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            if archive.getinfo(MANIFEST).file_size > _LIMIT_BYTES or DUMP not in archive.namelist():
                raise InvalidError("not_a_backup", file=str(source))
            manifest = _ADAPTER.validate_json(archive.read(MANIFEST))
    except (OSError, KeyError, ValidationError, zipfile.BadZipFile, RuntimeError) as error:
        raise InvalidError("not_a_backup", file=str(source), why=type(error).__name__) from error
    if manifest.format != FORMAT:
        raise InvalidError("backup_of_another_format", found=manifest.format, needed=FORMAT)
    return manifest
