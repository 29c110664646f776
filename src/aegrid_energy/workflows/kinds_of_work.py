"""The kinds of work that jobs do: one line each."""

from collections.abc import Mapping
from typing import Final

from aegrid_energy.workflows.load_upload import load_upload
from aegrid_energy.workflows.run_jobs import Kind
from aegrid_energy.workflows.undo_import import undo_import_job

KINDS: Final[Mapping[str, Kind]] = {
    "load_upload": load_upload,
    "undo_import": undo_import_job,
}
