"""Golden cases: a folder with `input.csv` and `expected.json`.

`AEGRID_UPDATE_GOLDEN=1` rewrites what is expected; the difference is then read by a person.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from tests.ingestion.nem12_text import CHOICES

from aegrid_energy.domain.quality import spelled
from aegrid_energy.domain.readings import as_decimal
from aegrid_energy.ingestion.mdff import looks_like_mdff
from aegrid_energy.ingestion.nem12 import read_nem12
from aegrid_energy.ingestion.nem13 import read_nem13

CASES = Path(__file__).parent / "cases"


def told(parsed):
    return {
        "registers": [
            {
                "meter": r.meter,
                "register": r.register,
                "serial": r.serial,
                "direction": r.direction,
                "unit": r.unit,
                "step_s": r.readings.step_s,
                "start": f"{datetime.fromtimestamp(r.readings.start_ms[0] / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}",
                "slots": len(r.readings),
                "total": str(r.readings.total),
                "first": [str(as_decimal(int(micro))) for micro in r.readings.micro[:3]],
                "quality": {
                    spelled(int(code)): int(count)
                    for code, count in zip(*np.unique(r.readings.quality, return_counts=True), strict=True)
                },
            }
            for r in parsed.registers
        ],
        "problems": [[p.line, p.column, p.code, p.text, p.refused] for p in parsed.problems],
    }


@pytest.mark.parametrize(
    "folder",
    [pytest.param(path.parent, id=path.parent.name) for path in sorted(CASES.glob("nem1*/*/input.csv"))],
)
def test_a_recorded_file_reads_as_expected(folder):
    data = (folder / "input.csv").read_bytes()
    read = {"nem12": read_nem12, "nem13": read_nem13}[looks_like_mdff(data)]
    found = told(read(data, "input.csv", CHOICES))
    expected = folder / "expected.json"
    if os.environ.get("AEGRID_UPDATE_GOLDEN"):
        expected.write_text(json.dumps(found, indent=1) + "\n")
    assert found == json.loads(expected.read_text())
