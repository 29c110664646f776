"""Long CSV files of the portfolio, read back by the standard library and by the house's own reader."""

import csv
import io
from datetime import datetime
from decimal import Decimal

import numpy as np
import pytest

from aegrid_energy.domain.quality import parsed
from aegrid_energy.domain.readings import as_decimal
from aegrid_energy.domain.series import Kind, Quantity
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.read_file import read_file
from aegrid_energy.simulation.history import history
from aegrid_energy.simulation.long_csv import as_csv
from aegrid_energy.simulation.portfolio import portfolio

DAY_MS = 86_400_000
END_MS = 1_795_528_800_000


@pytest.fixture(scope="module")
def three_days():
    # Over the meter exchange and the stuck sensor of 2026 would be another test; these are plain days.
    return list(history(portfolio(7), END_MS - 3 * DAY_MS, END_MS))


def test_every_row_says_exactly_what_the_reading_is(three_days):
    rows = list(csv.DictReader(io.StringIO(as_csv(three_days).decode())))
    index = 0
    for one in three_days:
        for at, micro, quality in zip(
            one.readings.start_ms.tolist(),
            one.readings.micro.tolist(),
            one.readings.quality.tolist(),
            strict=True,
        ):
            row = rows[index]
            index += 1
            unit = "%rh" if one.quantity is Quantity.HUMIDITY else one.unit
            assert (row["meter"], row["register"], row["unit"]) == (one.external_id, one.register, unit)
            assert round(datetime.fromisoformat(row["time"]).timestamp() * 1000) == at
            assert Decimal(row["value"]) == as_decimal(micro)
            assert parsed(row["quality"]) == quality
    assert index == len(rows) > 20_000


def test_what_is_null_has_no_value():
    gap = 1_786_590_000_000  # amid the gap of August 2026
    simulated = portfolio(7)
    null = [
        one
        for one in history(simulated, gap - 30 * DAY_MS, gap + 30 * DAY_MS)
        if one.external_id == "CCB-TH-E0"
    ]
    rows = list(csv.DictReader(io.StringIO(as_csv(null).decode())))
    empty = [row for row in rows if row["value"] == ""]
    assert len(empty) == 2 * 41 * 4  # E1 and Q1
    assert {row["quality"] for row in empty} == {"null"}


@pytest.mark.parametrize(
    ("kind", "unit"),
    [
        pytest.param(Kind.INTERVAL, "MJ", id="gas"),
        pytest.param(Kind.INTERVAL, "m3", id="water"),
        pytest.param(Kind.CUMULATIVE, "m3", id="counter"),
        pytest.param(Kind.INTERVAL, "kWh", id="sub-meters"),
        pytest.param(Kind.INSTANT, "Cel", id="temperatures"),
        pytest.param(Kind.INSTANT, "[ppm]", id="carbon-dioxide"),
        pytest.param(Kind.INSTANT, "%", id="humidity-and-charge"),
    ],
)
def test_the_house_reads_its_own_files_back(three_days, kind, unit):
    chosen = [one for one in three_days if one.kind is kind and one.unit == unit]
    assert chosen
    (file,) = read_file(
        as_csv(chosen),
        "simulated.csv",
        Choices(now_ms=END_MS + DAY_MS, kind=kind, zone="UTC", accept_proposed=True),
    )
    assert [problem for problem in file.problems if problem.refused] == []
    read = {(register.meter, register.register): register for register in file.registers}
    for one in chosen:
        register = read[one.external_id, one.register]
        assert (register.kind, register.unit, register.quantity) == (one.kind, one.unit, one.quantity)
        np.testing.assert_array_equal(register.readings.start_ms, one.readings.start_ms)
        np.testing.assert_array_equal(register.readings.micro, one.readings.micro)
