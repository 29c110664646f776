"""NEM12 files of the portfolio, read back by a reader that knows only the format and by the house's own."""

from decimal import Decimal

import numpy as np
import pytest

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.quality import Quality
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.read_file import read_file
from aegrid_energy.simulation.history import history
from aegrid_energy.simulation.nem12 import as_nem12, market_meters
from aegrid_energy.simulation.portfolio import portfolio

DAY_MS = 86_400_000
#: Midnight of 25 November 2026, market time.
END_MS = 1_795_528_800_000


def market(simulated, start_ms, end_ms):
    names = market_meters(simulated)
    return [one for one in history(simulated, start_ms, end_ms) if one.external_id in names]


def totals_of(text):
    """Sums of all values by NMI and suffix, with nothing but the format's own field order."""
    sums, days, here, count = {}, {}, None, 0
    for line in text.splitlines():
        fields = line.split(",")
        if fields[0] == "200":
            here, count = (fields[1], fields[4]), 1440 // int(fields[8])
        if fields[0] == "300":
            sums[here] = sums.get(here, Decimal(0)) + sum(map(Decimal, fields[2 : 2 + count]))
            days.setdefault(here, []).append(fields[1])
    return sums, days


def test_totals_of_the_file_are_the_exact_totals_of_the_readings(years):
    simulated, names = years.portfolio, market_meters(years.portfolio)
    start, end = END_MS - 400 * DAY_MS, END_MS
    reported = market(simulated, start, end)
    sums, days = totals_of(as_nem12(simulated, reported, created_ms=end + DAY_MS).decode())
    nmis = {meter.external_id: meter.nmi for meter in simulated.meters}
    assert len(names) == 7
    assert len(sums) == 14
    for one in reported:
        key = (nmis[one.external_id], one.register)
        if one.external_id == "CCB-SL-E0":
            assert len(days[key]) == 399  # yesterday's file comes at six
        else:
            assert sums[key] == one.readings.total
            assert len(days[key]) == len(set(days[key])) == 400


def test_the_house_reads_its_own_file_back_to_the_last_reading_and_quality():
    simulated = portfolio(7)
    reported = market(simulated, END_MS - 120 * DAY_MS, END_MS)
    content = as_nem12(simulated, reported, created_ms=END_MS + DAY_MS)
    (parsed,) = read_file(content, "simulated.csv", Choices(now_ms=END_MS + 2 * DAY_MS))
    assert parsed.problems == ()
    nmis = {meter.nmi: meter for meter in simulated.meters if meter.nmi}
    mine = {(one.external_id, one.register): one for one in reported}
    assert len(parsed.registers) == len(reported) == 14
    for register in parsed.registers:
        meter = nmis[register.meter]
        one = mine[meter.external_id, register.register]
        assert (register.unit, register.quantity, register.direction) == (
            one.unit,
            one.quantity,
            one.direction,
        )
        assert register.serial == (meter.serial or "UNMETERED")
        n = len(register.readings)
        assert n >= 119 * 48
        np.testing.assert_array_equal(register.readings.start_ms, one.readings.start_ms[:n])
        np.testing.assert_array_equal(register.readings.micro, one.readings.micro[:n])
        np.testing.assert_array_equal(register.readings.quality, one.readings.quality[:n])
    ranks = {int(rank) for register in parsed.registers for rank in np.unique(register.readings.quality)}
    # The gap of August and the estimates of October.
    assert ranks == {Quality.ACTUAL.code, Quality.SUBSTITUTED.code, Quality.ESTIMATED.code, Quality.NULL.code}


def test_days_that_are_not_whole_are_left_out():
    simulated = portfolio(7)
    reported = market(simulated, END_MS - 2 * DAY_MS + 3_600_000, END_MS + 5 * 3_600_000)
    _, days = totals_of(as_nem12(simulated, reported, created_ms=END_MS + DAY_MS).decode())
    assert days["ZZ10000011", "E1"] == ["20261124"]


def test_lines_are_those_of_the_format():
    simulated = portfolio(7)
    reported = market(simulated, END_MS - DAY_MS, END_MS)
    text = as_nem12(simulated, reported, created_ms=END_MS + 3_600_000).decode()
    lines = text.split("\r\n")
    assert lines[0] == "100,NEM12,202611250100,SIMMDP,BANKSIA"
    assert lines[-2:] == ["900", ""]
    depot = next(
        line for line in lines if line.startswith("200,ZZ10000044,") and ",K" in line and ",Q1," in line
    )
    assert depot == "200,ZZ10000044,E1B1Q1,Q1,Q1,N1,EM310044,KVARH,5,20261225"
    after = lines[lines.index(depot) + 1].split(",")
    assert after[:2] == ["300", "20261124"]
    assert len(after) == 2 + 288 + 5
    assert after[-5:] == ["A", "", "", "20261125010000", "20261125010000"]


def test_a_meter_without_an_nmi_is_refused():
    simulated = portfolio(7)
    reported = [one for one in history(simulated, END_MS - DAY_MS, END_MS) if one.external_id == "CCB-TH-E1"]
    with pytest.raises(InvalidError) as caught:
        as_nem12(simulated, reported, created_ms=END_MS)
    assert caught.value.code == "no_nmi"
