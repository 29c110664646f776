"""The kinds of work that jobs do: one line each."""

from collections.abc import Mapping
from typing import Final

from aegrid_energy.workflows.apply_multiplier import JOB, apply_multipliers_job
from aegrid_energy.workflows.load_confirmed import load_confirmed
from aegrid_energy.workflows.load_upload import load_upload
from aegrid_energy.workflows.propose_upload import propose_upload_job
from aegrid_energy.workflows.run_jobs import Kind
from aegrid_energy.workflows.undo_import import undo_import_job

KINDS: Final[Mapping[str, Kind]] = {
    JOB: apply_multipliers_job,
    "load_confirmed": load_confirmed,
    "load_upload": load_upload,
    "propose_upload": propose_upload_job,
    "undo_import": undo_import_job,
}
