"""History in bulk, live, and step by step: one set of values."""

from itertools import pairwise

import numpy as np
import pytest

from aegrid_energy.domain.series import Kind
from aegrid_energy.simulation.faults import FaultKind
from aegrid_energy.simulation.history import Stepper, history, live, values_at
from aegrid_energy.simulation.portfolio import portfolio
from aegrid_energy.simulation.truth import truth

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
#: Wednesday 25 November 2026, 11:30 in Melbourne.
NOW_MS = 1_795_653_000_000 - 1_795_653_000_000 % 1_800_000


def rows(reported):
    """Every reading as (series, start) -> (value, quality); a start twice is an error."""
    found = {}
    for one in reported:
        readings = one.readings
        for at, micro, quality in zip(
            readings.start_ms.tolist(), readings.micro.tolist(), readings.quality.tolist(), strict=True
        ):
            key = (one.external_id, one.register, at)
            assert key not in found
            found[key] = (micro, quality)
    return found


def test_the_same_seed_gives_the_same_readings_and_another_does_not():
    window = (NOW_MS - 2 * DAY_MS, NOW_MS)
    first = rows(history(portfolio(7), *window))
    assert first == rows(history(portfolio(7), *window))
    other = rows(history(portfolio(8), *window))
    assert other.keys() == first.keys()
    assert sum(other[key] != first[key] for key in first) > 0.5 * len(first)


def test_days_come_out_the_same_however_many_are_asked_for():
    long = rows(history(portfolio(7), NOW_MS - 60 * DAY_MS, NOW_MS))
    short = rows(history(portfolio(7), NOW_MS - 3 * DAY_MS, NOW_MS))
    assert short.keys() <= long.keys()
    assert all(long[key] == value for key, value in short.items())


def _moments(kind, offset_ms):
    """An instant inside (or at the end of) each planted fault of a kind over two years."""
    return [
        f.start_ms + offset_ms for f in truth(portfolio(7), NOW_MS - 730 * DAY_MS, NOW_MS) if f.kind is kind
    ]


@pytest.mark.parametrize(
    "at",
    [
        pytest.param(NOW_MS, id="an-ordinary-noon"),
        pytest.param(NOW_MS - 11 * HOUR_MS, id="over-local-midnight"),
        pytest.param(1_775_314_800_000, id="while-the-clock-goes-back"),
        pytest.param(_moments(FaultKind.STUCK_SENSOR, 5 * DAY_MS)[0], id="a-sensor-stuck-for-days"),
        pytest.param(_moments(FaultKind.METER_EXCHANGE, -HOUR_MS)[0], id="a-meter-exchanged"),
        pytest.param(_moments(FaultKind.ESTIMATED_RUN, 3 * DAY_MS)[0], id="amid-estimates"),
        pytest.param(_moments(FaultKind.LATE_DATA, 25 * HOUR_MS)[0], id="late-readings-come"),
        pytest.param(_moments(FaultKind.WATER_LEAK, 9 * DAY_MS)[0], id="a-leak-runs"),
        pytest.param(_moments(FaultKind.DATA_GAP, 0)[0], id="a-gap-begins"),
    ],
)
def test_live_adds_to_history_what_longer_history_holds(at):
    simulated, start, end = portfolio(7), at - 2 * DAY_MS, at + 3 * HOUR_MS
    together = rows(history(simulated, start, at))
    edges = [at, at + 5 * 60_000, at + 61 * 60_000, end]
    for before, after in pairwise(edges):
        new = rows(live(simulated, before, after))
        assert not new.keys() & together.keys()
        together |= new
    assert together == rows(history(simulated, start, end))


def test_a_stepper_gives_what_live_gives_and_goes_on_over_midnight():
    simulated = portfolio(7)
    begin = NOW_MS + 2 * HOUR_MS
    stepper = Stepper(simulated, begin)
    stepped = {}
    for minute in range(10, 181, 10):
        stepped |= rows(stepper.advance(begin + minute * 60_000))
    assert stepped == rows(live(simulated, begin, begin + 180 * 60_000))
    assert stepper.advance(begin) == []
    assert stepper.at_ms == begin + 180 * 60_000


def test_nothing_comes_before_its_interval_is_over():
    for one in live(portfolio(7), NOW_MS - HOUR_MS, NOW_MS):
        if one.kind is Kind.INTERVAL and one.external_id != "CCB-SL-E0":
            assert (one.readings.start_ms + one.readings.step_s * 1000 <= NOW_MS).all()
            assert (one.readings.start_ms + one.readings.step_s * 1000 > NOW_MS - HOUR_MS).all()


def test_street_lights_come_as_a_file_of_yesterday_in_the_morning():
    six = (NOW_MS // DAY_MS) * DAY_MS - 4 * HOUR_MS  # 06:00 at UTC+10
    inside = [one for one in live(portfolio(7), six - 1, six) if one.external_id == "CCB-SL-E0"]
    assert [len(one.readings) for one in inside] == [48]
    assert not [one for one in live(portfolio(7), six, six + DAY_MS - 1) if one.external_id == "CCB-SL-E0"]


def test_late_readings_are_missing_until_they_all_come_at_once():
    fault = next(
        f for f in truth(portfolio(7), NOW_MS - 90 * DAY_MS, NOW_MS) if f.kind is FaultKind.LATE_DATA
    )
    simulated = portfolio(7)

    def count(end_ms):
        for one in history(simulated, fault.start_ms - DAY_MS, end_ms):
            if one.external_id == fault.target:
                return int(
                    ((one.readings.start_ms >= fault.start_ms) & (one.readings.start_ms < fault.end_ms)).sum()
                )
        return 0

    expected = (fault.end_ms - fault.start_ms) // 1_800_000
    assert count(fault.end_ms - 1) == 0
    assert count(fault.end_ms) == expected
    came = [
        one for one in live(simulated, fault.end_ms - 60_000, fault.end_ms) if one.external_id == fault.target
    ]
    assert len(came[0].readings) >= expected


def test_the_last_values_are_the_last_of_history():
    simulated = portfolio(7)
    last = {(one.external_id, one.register): one.readings for one in values_at(simulated, NOW_MS)}
    assert len(last) == 74
    for one in history(simulated, NOW_MS - 2 * DAY_MS, NOW_MS):
        if one.kind is Kind.INTERVAL:
            mine = last[one.external_id, one.register]
            assert (mine.start_ms[0], mine.micro[0]) == (one.readings.start_ms[-1], one.readings.micro[-1])


def test_two_years_hold_every_slot_of_every_series_but_those_gone(years):
    for (name, register), one in years.series.items():
        starts, step_ms = one.readings.start_ms, one.readings.step_s * 1000
        assert (np.diff(starts) > 0).all(), name
        assert (starts % step_ms == 0).all()
        missing = (starts[-1] - starts[0]) // step_ms + 1 - len(starts)
        assert missing == 0 or name.endswith("CO2"), (name, register)
        assert missing * step_ms <= 16 * HOUR_MS
