"""Where the published data sets lie that some tests read; they are no part of the project."""

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"


def data_dir(name: str) -> Path:
    """The folder of one data set, or a skip with the reason."""
    root = Path(os.environ.get("AEGRID_TEST_DATA", _BESIDE))
    folder = root / name
    if not folder.is_dir():
        pytest.skip(f"data set {name} is not there; set AEGRID_TEST_DATA to the folder that holds it")
    return folder
