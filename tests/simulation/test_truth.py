"""Each planted fault can be seen in the data, there and then, and only the clean years lack it."""

import re
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import aegrid_energy
from aegrid_energy.domain.quality import NULL, Quality
from aegrid_energy.domain.zones import offset_ms
from aegrid_energy.simulation.faults import FaultKind
from aegrid_energy.simulation.portfolio import portfolio
from aegrid_energy.simulation.truth import truth

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
START_MS, END_MS = 1_732_453_200_000, 1_795_566_600_000  # 25 November 2024 to 2026, Melbourne


def planted(kind):
    return [f for f in truth(portfolio(7), START_MS, END_MS) if f.kind is kind]


def hour_of(starts):
    return (starts + offset_ms("Australia/Melbourne", starts)) % DAY_MS / HOUR_MS


def test_every_kind_is_planted_in_two_years_and_none_in_a_clean_portfolio():
    assert {fault.kind for fault in truth(portfolio(7), START_MS, END_MS)} == set(FaultKind)
    assert truth(portfolio(7, is_clean=True), START_MS, END_MS) == ()


def test_each_fault_strikes_something_that_is_registered():
    simulated = portfolio(7)
    known = {row.external_id for row in (*simulated.sites, *simulated.meters, *simulated.points)}
    assert {fault.target for fault in truth(simulated, START_MS, END_MS)} <= known


def test_faults_are_the_same_whatever_period_is_asked_for():
    whole = truth(portfolio(7), START_MS, END_MS)
    july = [f for f in whole if f.start_ms < 1_785_000_000_000 and f.end_ms > 1_780_000_000_000]
    assert list(truth(portfolio(7), 1_780_000_000_000, 1_785_000_000_000)) == july
    assert truth(portfolio(8), START_MS, END_MS) != whole


def test_no_fault_hides_another_in_the_same_series():
    #: What a fault of a site acts on; others act on what they name.
    acts_on = {
        FaultKind.PLANT_LEFT_ON: "E0 E1 E2 G0 T-GF T-L1 T-CH T-N T-S AHU-ON SP",
        FaultKind.HOLIDAY_HEATING: "E0 E1 E2 G0 EC T-L0 T-L1 T-L2 T-L3 T-GF T-CH T-SUP T-CHW AHU-ON SP",
        FaultKind.BASE_LOAD_DRIFT: "E0 EC",
        FaultKind.WATER_LEAK: "W0",
    }
    for seed in range(1, 8):
        faults = truth(portfolio(seed), 1_600_000_000_000, 1_900_000_000_000)
        touched = {}
        for f in faults:
            series = (
                [f"{f.target}-{end}" for end in acts_on[f.kind].split()] if f.kind in acts_on else [f.target]
            )
            for name in series:
                touched.setdefault(name, []).append(f)
        late = FaultKind.LATE_DATA  # moves arrivals, not values
        for name, found in touched.items():
            strikes = sorted((f for f in found if f.kind is not late), key=lambda f: f.start_ms)
            for before, after in pairwise(strikes):
                assert before.end_ms <= after.start_ms, (name, before.kind, after.kind)


def test_targets_have_a_clean_year_of_each_fault():
    for kind in set(FaultKind) - {FaultKind.LATE_DATA}:
        seen = [(f.target, datetime.fromtimestamp(f.start_ms / 1000, tz=UTC).year) for f in planted(kind)]
        assert len({target for target, _ in seen}) == len(seen)


@pytest.mark.parametrize("fault", planted(FaultKind.PLANT_LEFT_ON), ids=lambda f: f.target)
def test_plant_left_on_burns_through_fourteen_july_nights(years, clean, fault):
    meter = {"CCB-TH": "CCB-TH-E1", "CCB-LB": "CCB-LB-E1"}[fault.target]
    starts, with_fault, without = years.starts(meter), years.values(meter), clean.values(meter)
    night = (hour_of(starts) >= 22) | (hour_of(starts) < 5)
    inside = night & (starts >= fault.start_ms) & (starts < fault.end_ms)
    nights = inside.sum() * years.series[meter, "E1"].readings.step_s / 3600 / 7
    assert nights == 14
    assert without[inside].max() < 0.1
    assert (with_fault[inside] > 0.5).all()
    assert (with_fault - without)[inside].sum() > 700
    after = night & (starts >= fault.end_ms) & (starts < fault.end_ms + 10 * DAY_MS)
    assert with_fault[after].max() < 0.1


@pytest.mark.parametrize("fault", planted(FaultKind.HOLIDAY_HEATING), ids=lambda f: f.target)
def test_heating_left_on_burns_gas_over_the_long_weekend(years, clean, fault):
    meter = f"{fault.target}-G0"
    burnt = years.between(meter, "GAS", fault.start_ms, fault.end_ms).sum()
    usual = clean.between(meter, "GAS", fault.start_ms, fault.end_ms).sum()
    assert burnt > usual + 5000
    assert burnt > 2 * usual


@pytest.mark.parametrize("fault", planted(FaultKind.BASE_LOAD_DRIFT), ids=lambda f: f.target)
def test_base_load_creeps_up_and_is_mended(years, clean, fault):
    meter = f"{fault.target}-E0"
    step_h = years.series[meter, "E1"].readings.step_s / 3600
    starts = years.starts(meter)
    extra_kw = (years.values(meter) - clean.values(meter)) / step_h
    night = (hour_of(starts) >= 1) & (hour_of(starts) < 4)

    def seen(low_ms, high_ms):
        # Spikes, gaps and estimates of the same meter lie outside these days, or the median passes them by.
        return np.nanmedian(extra_kw[night & (starts >= low_ms) & (starts < high_ms)])

    length = fault.end_ms - fault.start_ms
    assert seen(fault.start_ms - 5 * DAY_MS, fault.start_ms) == pytest.approx(0.0, abs=0.01)
    assert seen(
        fault.start_ms + length // 2 - DAY_MS, fault.start_ms + length // 2 + DAY_MS
    ) == pytest.approx(fault.magnitude / 2, abs=0.3)
    assert seen(fault.end_ms - 2 * DAY_MS, fault.end_ms) == pytest.approx(fault.magnitude, abs=0.4)
    assert seen(fault.end_ms, fault.end_ms + 5 * DAY_MS) == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("fault", planted(FaultKind.WATER_LEAK), ids=lambda f: f.target)
def test_a_leak_shows_in_the_lowest_flow_of_the_night(years, clean, fault):
    meter = f"{fault.target}-W0"
    starts = years.starts(meter, "VOLUME")
    night = (
        (hour_of(starts) >= 1) & (hour_of(starts) < 4) & (starts >= fault.start_ms) & (starts < fault.end_ms)
    )
    with_leak, without = years.values(meter, "VOLUME")[night], clean.values(meter, "VOLUME")[night]
    assert (with_leak - without).mean() * 4000 == pytest.approx(fault.magnitude, rel=0.02)
    assert with_leak.min() > 0.09
    assert np.median(without) < 0.5 * np.median(with_leak)
    total = (years.total(meter, "VOLUME") - clean.total(meter, "VOLUME")) * 1000
    hours = (min(fault.end_ms, END_MS) - fault.start_ms) / HOUR_MS
    assert total == pytest.approx(fault.magnitude * hours, rel=0.01)


@pytest.mark.parametrize("fault", planted(FaultKind.STUCK_SENSOR), ids=lambda f: f.target)
def test_a_stuck_sensor_says_one_thing_for_days(years, clean, fault):
    stuck = years.between(fault.target, "value", fault.start_ms, fault.end_ms)
    assert len(np.unique(stuck)) == 1
    assert stuck[0] == clean.between(fault.target, "value", fault.start_ms, fault.end_ms)[0]
    assert len(np.unique(years.between(fault.target, "value", fault.end_ms, fault.end_ms + DAY_MS))) > 20


@pytest.mark.parametrize("fault", planted(FaultKind.DATA_GAP), ids=lambda f: f.target)
def test_a_gap_is_null_in_a_market_meter_and_missing_in_a_sensor(years, fault):
    register = "E1" if fault.target.endswith("E0") else "value"
    readings = years.series[fault.target, register].readings
    inside = (readings.start_ms >= fault.start_ms) & (readings.start_ms < fault.end_ms)
    if register == "E1":
        assert (readings.quality[inside] == NULL).all()
        assert inside.sum() == 41 * 4
        assert (readings.micro[inside] == 0).all()
    else:
        assert not inside.any()


@pytest.mark.parametrize("fault", planted(FaultKind.SPIKE), ids=lambda f: f.target)
def test_a_spike_is_many_times_its_neighbours_and_says_it_is_actual(years, clean, fault):
    readings = years.series[fault.target, "E1"].readings
    inside = (readings.start_ms >= fault.start_ms) & (readings.start_ms < fault.end_ms)
    assert inside.any()
    assert (readings.quality[inside] == Quality.ACTUAL.code).all()
    true = clean.values(fault.target)[inside]
    assert (true > 0).all()
    np.testing.assert_allclose(readings.floats[inside], fault.magnitude * true, atol=0.02)
    day = years.between(fault.target, "E1", fault.start_ms - 3 * HOUR_MS, fault.start_ms)
    assert readings.floats[inside].max() > 8 * day.max()


@pytest.mark.parametrize("fault", planted(FaultKind.ESTIMATED_RUN), ids=lambda f: f.target)
def test_estimates_carry_their_quality_and_miss_the_detail_not_the_level(years, clean, fault):
    readings = years.series[fault.target, "E1"].readings
    inside = (readings.start_ms >= fault.start_ms) & (readings.start_ms < fault.end_ms)
    ranks = set(np.unique(readings.quality[inside]).tolist())
    assert ranks == {Quality.ESTIMATED.code, Quality.SUBSTITUTED.code}
    estimated, true = readings.floats[inside], clean.values(fault.target)[inside]
    assert estimated.sum() == pytest.approx(true.sum(), rel=0.1)
    assert not np.allclose(estimated, true, rtol=0.01)
    assert len(np.unique(estimated)) < 0.1 * len(estimated)
    reactive = years.series[fault.target, "Q1"].readings
    assert (reactive.quality[inside] == readings.quality[inside]).all()


@pytest.mark.parametrize("fault", planted(FaultKind.METER_EXCHANGE), ids=lambda f: f.target)
def test_a_new_meter_starts_at_zero_and_no_water_is_lost(years, clean, fault):
    starts = years.starts(fault.target, "REGISTER")
    register, true = years.values(fault.target, "REGISTER"), clean.values(fault.target, "REGISTER")
    at = int(np.searchsorted(starts, fault.start_ms))
    assert register[at - 1] > 1000
    assert register[at] == 0.0
    assert (np.diff(register[at:]) >= 0).all()
    np.testing.assert_allclose(np.diff(register[at:]), np.diff(true[at:]), atol=1e-9)
    np.testing.assert_allclose(np.diff(register[:at]), np.diff(true[:at]), atol=1e-9)


@pytest.mark.parametrize("fault", planted(FaultKind.REVERSED_CT), ids=lambda f: f.target)
def test_a_reversed_transformer_reads_negative_for_a_week(years, clean, fault):
    inside = years.between(fault.target, "E1", fault.start_ms, fault.end_ms)
    true = clean.between(fault.target, "E1", fault.start_ms, fault.end_ms)
    np.testing.assert_array_equal(inside, -true)
    assert inside.max() <= 0.0
    assert inside.sum() < -1000
    assert len(inside) == 7 * 96


def test_outside_its_faults_a_portfolio_is_the_clean_one(years, clean):
    faults = truth(portfolio(7), START_MS, END_MS)
    for key, one in years.series.items():
        touched = [f for f in faults if f.target in {key[0], "-".join(key[0].split("-")[:2])}]
        if any(f.kind is FaultKind.METER_EXCHANGE for f in touched):
            continue
        mine, other = one.readings, clean.series[key].readings
        common, a, b = np.intersect1d(mine.start_ms, other.start_ms, return_indices=True)
        free = np.ones(len(common), dtype=bool)
        for f in touched:
            # A building remembers a night of heating for some days, its model for a week and no longer.
            free &= (common < f.start_ms) | (common >= f.end_ms + 9 * DAY_MS)
        assert free.mean() > 0.5
        # A leak leaves the counting wheel of a water meter in another place: one pulse sooner or later.
        pulse = 10_000 if any(f.kind is FaultKind.WATER_LEAK for f in touched) and key[1] == "VOLUME" else 0
        assert np.abs(mine.micro[a][free] - other.micro[b][free]).max() <= pulse, key


def test_the_application_never_reads_what_was_planted():
    package = Path(aegrid_energy.__file__).parent
    outside = [path for path in package.rglob("*.py") if package / "simulation" not in path.parents]
    assert len(outside) > 20
    readers = [
        path.name for path in outside if re.search(r"simulation(\.| import )(truth|faults)", path.read_text())
    ]
    assert readers == []
