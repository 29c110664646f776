"""Parquet files of the portfolio, read back by pyarrow and by the house's own reader."""

import io

import numpy as np
import pytest
from pyarrow import parquet

from aegrid_energy.domain.quality import SUSPECT
from aegrid_energy.domain.series import Kind
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.read_file import read_file
from aegrid_energy.simulation.history import history
from aegrid_energy.simulation.long_csv import as_csv
from aegrid_energy.simulation.long_parquet import as_parquet
from aegrid_energy.simulation.portfolio import portfolio

DAY_MS = 86_400_000
END_MS = 1_795_528_800_000


@pytest.fixture(scope="module")
def readings():
    # Long enough for the reversed transformer, the gap and the estimates of 2026.
    return list(history(portfolio(7), END_MS - 110 * DAY_MS, END_MS))


def test_rows_are_those_of_the_csv(readings):
    chosen = [one for one in readings if one.unit in {"MJ", "%"}]
    table = parquet.read_table(io.BytesIO(as_parquet(chosen)))
    lines = as_csv(chosen).decode().splitlines()
    assert lines[0].split(",") == table.column_names
    assert table.num_rows == len(lines) - 1
    for index in range(0, table.num_rows, 997):
        row = {name: table[name][index].as_py() for name in table.column_names}
        time, meter, register, value, unit, quality = lines[index + 1].split(",")
        assert f"{row['time']:%Y-%m-%dT%H:%M:%SZ}" == time
        assert (row["meter"], row["register"], row["unit"], row["quality"]) == (
            meter,
            register,
            unit,
            quality,
        )
        assert row["value"] == float(value)


@pytest.mark.parametrize("kind", [Kind.INTERVAL, Kind.CUMULATIVE, Kind.INSTANT, Kind.STATE])
def test_the_house_reads_every_series_back_exactly(readings, kind):
    chosen = [one for one in readings if one.kind is kind]
    (file,) = read_file(
        as_parquet(chosen),
        "simulated.parquet",
        Choices(now_ms=END_MS + DAY_MS, kind=kind, zone="UTC", accept_proposed=True),
    )
    assert [problem for problem in file.problems if problem.refused] == []
    read = {(register.meter, register.register): register for register in file.registers}
    assert len(read) == len(chosen)
    for one in chosen:
        register = read[one.external_id, one.register]
        assert (register.kind, register.quantity, register.direction) == (
            one.kind,
            one.quantity,
            one.direction,
        )
        there = one.readings.valid  # tables have no row for a null; market meters send theirs as NEM12
        np.testing.assert_array_equal(register.readings.start_ms, one.readings.start_ms[there])
        np.testing.assert_array_equal(register.readings.micro, one.readings.micro[there])
        # A rule of the reader may doubt a value (the reversed transformer); it keeps its rank.
        kept = register.readings.quality & ~np.uint8(SUSPECT)
        np.testing.assert_array_equal(kept, one.readings.quality[there])
