"""The sites behave like such sites do: levels, seasons, nights, holidays, sums."""

from datetime import date

import numpy as np
import pytest

from aegrid_energy.domain.zones import offset_ms
from aegrid_energy.simulation.victoria import public_holidays

HOUR_MS = 3_600_000
NIGHTS = slice(4, 16)  # 01:00 to 04:00 in quarter hours


def _local(years, name, register="E1"):
    """Local hour, weekday and month of each reading."""
    starts = years.starts(name, register)
    local = starts + offset_ms("Australia/Melbourne", starts)
    day = local // 86_400_000
    month = local.astype("datetime64[ms]").astype("datetime64[M]").astype(int) % 12 + 1
    return (local % 86_400_000) / HOUR_MS, (day + 3) % 7, month


@pytest.mark.parametrize(
    ("meter", "area_m2", "low", "high"),
    [
        # Ranges of Australian benchmarking (NABERS Energy, CBD, council aquatic audits), electricity a year.
        pytest.param("CCB-TH-E0", 5200, 80, 180, id="town-hall"),
        pytest.param("CCB-AQ-E0", 6800, 180, 400, id="aquatic-centre"),
        pytest.param("BNU-ENG-E0", 9800, 110, 280, id="engineering"),
    ],
)
def test_electricity_per_floor_area_is_of_its_kind(clean, meter, area_m2, low, high):
    assert low < clean.total(meter) / 2 / area_m2 < high


def test_the_library_with_its_own_sun_uses_what_libraries_use(clean):
    used = clean.total("CCB-LB-E0") + clean.total("CCB-LB-PV", "B1") - clean.total("CCB-LB-E0", "B1")
    assert 60 < used / 2 / 2400 < 150


@pytest.mark.parametrize(
    ("meter", "area_m2", "low", "high"),
    [
        pytest.param("CCB-TH-G0", 5200, 80, 350, id="town-hall"),
        pytest.param("CCB-AQ-G0", 6800, 700, 2500, id="aquatic-centre"),
        pytest.param("BNU-ENG-G0", 9800, 60, 300, id="engineering"),
    ],
)
def test_gas_per_floor_area_is_of_its_kind(clean, meter, area_m2, low, high):
    assert low < clean.total(meter, "GAS") / 2 / area_m2 < high


def test_street_lights_burn_about_4300_hours(clean):
    connected_kw = (1640 * 17.6 + 385 * 48.2 + 228 * 171.0 + 142 * 95.8) / 1000
    # The smart ones are dimmed for six hours: 7.4 of 100 kW for 2,190 hours.
    hours = (clean.total("CCB-SL-E0") / 2 + 0.4 * 385 * 48.2 / 1000 * 2190) / connected_kw
    assert 4050 < hours < 4450


def test_street_lights_never_burn_at_noon_and_always_at_midnight(clean):
    hour, _, _ = _local(clean, "CCB-SL-E0")
    power = clean.values("CCB-SL-E0")
    assert (power[(hour >= 9) & (hour < 16)] == 0.0).all()
    assert (power[hour < 3] > 40.0).all()


def test_street_lights_burn_longer_in_winter(clean):
    _, _, month = _local(clean, "CCB-SL-E0")
    power = clean.values("CCB-SL-E0")
    assert power[month == 6].mean() > 1.4 * power[month == 12].mean()


@pytest.mark.parametrize(("meter", "low", "high"), [("CCB-TH-E0", 0.1, 0.5), ("BNU-ENG-E0", 0.3, 0.75)])
def test_nights_use_a_share_of_working_noons(clean, meter, low, high):
    hour, weekday, _ = _local(clean, meter)
    power = clean.values(meter)
    night = power[(hour >= 1) & (hour < 4)].mean()
    noon = power[(weekday < 5) & (hour >= 11) & (hour < 15)].mean()
    assert low < night / noon < high


def test_gas_heats_in_winter_and_the_chiller_cools_in_summer(clean):
    _, _, month = _local(clean, "CCB-TH-G0", "GAS")
    gas = clean.values("CCB-TH-G0", "GAS")
    assert gas[month == 7].mean() > 8 * gas[month == 1].mean()
    _, _, month = _local(clean, "CCB-TH-E2")
    chiller = clean.values("CCB-TH-E2")
    assert chiller[month == 1].mean() > 8 * chiller[month == 7].mean()


def test_gas_of_the_pools_never_stops_for_a_season(clean):
    _, _, month = _local(clean, "CCB-AQ-G0", "GAS")
    gas = clean.values("CCB-AQ-G0", "GAS")
    assert 0.15 < gas[month == 1].mean() / gas[month == 7].mean() < 0.7


def test_hot_days_use_more_than_mild_ones(clean):
    hottest = clean.series["BNU-ENG-T-OUT", "value"].readings
    hour, weekday, _ = _local(clean, "BNU-ENG-E0")
    power, air = clean.values("BNU-ENG-E0"), hottest.floats
    assert (hottest.start_ms[: len(power)] == clean.starts("BNU-ENG-E0")).all()
    noon = (weekday < 5) & (hour >= 12) & (hour < 16)
    air = air[: len(power)]
    assert power[noon & (air > 32)].mean() > 1.35 * power[noon & (air > 18) & (air < 22)].mean()


@pytest.mark.parametrize("meter", ["CCB-TH-E0", "BNU-ENG-E0", "CCB-LB-E1", "CCB-DP-E1"])
def test_public_holidays_on_weekdays_are_like_sundays_not_like_working_days(clean, meter):
    per_day = clean.per_local_day(meter)
    holidays = {on for year in (2024, 2025, 2026) for on in public_holidays(year)}
    off = [
        value
        for on, value in per_day.items()
        if on in holidays and on.weekday() < 5 and on.month not in (1, 12)
    ]
    working = [
        value
        for on, value in per_day.items()
        if on not in holidays and on.weekday() < 5 and on.month not in (1, 12)
    ]
    assert len(off) == 13  # seven in 2025, six in 2026: Anzac Day was a Saturday
    assert max(off) < np.median(working)
    assert np.mean(off) < 0.75 * np.mean(working)


def test_the_university_is_quieter_between_semesters(clean):
    general = clean.per_local_day("BNU-ENG-E5")
    teaching = [general[date(2026, 5, day)] for day in range(4, 9)]
    summer = [general[date(2026, 1, day)] for day in range(12, 17)]
    assert np.mean(summer) < 0.85 * np.mean(teaching)


def test_plant_starts_by_the_local_clock_in_summer_and_winter(clean):
    hour, weekday, month = _local(clean, "CCB-TH-E1")
    power = clean.values("CCB-TH-E1")
    for part in (month == 7, month == 1):
        working = part & (weekday == 2)
        before = power[working & (hour >= 4) & (hour < 6)]
        after = power[working & (hour >= 6) & (hour < 7)]
        assert before.max() == 0.0
        assert after.min() > 1.0 or (after > 0.0).mean() > 0.75  # a Wednesday may be a holiday


@pytest.mark.parametrize(
    ("parent", "children", "least", "most"),
    [
        pytest.param("CCB-TH-E0", ("CCB-TH-E1", "CCB-TH-E3"), 0.08, 0.35, id="town-hall"),
        pytest.param("CCB-TH-E1", ("CCB-TH-E2",), 0.3, 0.9, id="town-hall-plant"),
        pytest.param("CCB-AQ-E0", ("CCB-AQ-E1", "CCB-AQ-E2", "CCB-AQ-E3"), 0.2, 0.5, id="aquatic-centre"),
        pytest.param(
            "BNU-ENG-E0",
            ("BNU-ENG-E1", "BNU-ENG-E3", "BNU-ENG-E4", "BNU-ENG-E5"),
            0.08,
            0.35,
            id="engineering",
        ),
        pytest.param("BNU-ENG-E1", ("BNU-ENG-E2",), 0.3, 0.9, id="engineering-plant"),
    ],
)
def test_sub_meters_add_up_to_less_than_what_feeds_them(clean, parent, children, least, most):
    registered = {meter.external_id: meter.fed_by for meter in clean.portfolio.meters}
    assert all(registered[child] == parent for child in children)
    steps = [clean.series[name, "E1"].readings.step_s for name in (parent, *children)]
    per_hour = [_hourly(clean, name, step) for name, step in zip((parent, *children), steps, strict=True)]
    residual = per_hour[0] - np.sum(per_hour[1:], axis=0)
    assert residual.min() >= -0.003 * len(per_hour)  # half a watt-hour for each rounded reading
    assert least < residual.sum() / per_hour[0].sum() < most


def _hourly(years, name, step_s):
    values = years.values(name)
    per = 3600 // step_s
    n = len(values) // per - 1
    return values[: n * per].reshape(n, per).sum(axis=1)


def test_the_depot_balances_to_the_watt_hour(clean):
    def v(name, register="E1"):
        return clean.values(name, register)

    supplied = v("CCB-DP-E0") + v("CCB-DP-PV", "B1") + v("CCB-DP-BT", "B1")
    used = v("CCB-DP-E0", "B1") + v("CCB-DP-BT") + v("CCB-DP-E1") + v("CCB-DP-EV")
    residual = supplied - used
    assert residual.min() > 0.2  # gate, cool store and offices, five minutes
    assert residual.max() * 12 < 45


def test_sub_gas_and_sub_water_stay_below_their_main(clean):
    assert (clean.values("CCB-AQ-G1", "GAS") <= clean.values("CCB-AQ-G0", "GAS") + 0.1).all()
    assert (clean.values("CCB-AQ-W1", "VOLUME") <= clean.values("CCB-AQ-W0", "VOLUME")).all()


@pytest.mark.parametrize("meter", ["CCB-TH-E0", "CCB-AQ-E0", "BNU-ENG-E0"])
def test_power_factor_lies_between_080_and_1(clean, meter):
    p, q = clean.values(meter), clean.values(meter, "Q1")
    factor = p / np.hypot(p, q)
    assert factor.min() > 0.80
    assert factor.max() < 1.0
    assert 0.85 < p.sum() / np.hypot(p.sum(), q.sum()) < 0.99


@pytest.mark.parametrize(
    ("meter", "peak_kw", "inverter_kw"), [("CCB-LB-PV", 45, 40), ("CCB-DP-PV", 150, 120)]
)
def test_photovoltaics_yield_what_melbourne_yields_and_nothing_at_night(clean, meter, peak_kw, inverter_kw):
    hour, _, month = _local(clean, meter, "B1")
    energy = clean.values(meter, "B1")
    assert (energy[(hour < 5) | (hour >= 21)] == 0.0).all()
    assert 1150 < energy.sum() / 2 / peak_kw < 1500  # Clean Energy Council: 3.6 kWh/kW a day
    power = energy * 3600 / clean.series[meter, "B1"].readings.step_s
    assert 0.9 * inverter_kw < power.max() <= inverter_kw + 0.01
    assert energy[month == 12].sum() > 2 * energy[month == 6].sum()


def test_the_depot_exports_on_weekends_at_noon_and_never_at_night(clean):
    hour, weekday, _ = _local(clean, "CCB-DP-E0", "B1")
    export = clean.values("CCB-DP-E0", "B1")
    assert export[(hour < 5) | (hour >= 21)].sum() == 0.0
    assert export[(weekday >= 5) & (hour >= 11) & (hour < 14)].mean() * 12 > 20


def test_cars_charge_on_working_afternoons(clean):
    hour, weekday, _ = _local(clean, "CCB-DP-EV")
    power = clean.values("CCB-DP-EV") * 12
    assert power.max() <= 188.0 + 0.01
    assert power[(weekday < 5) & (hour >= 16) & (hour < 19)].mean() > 4 * power[(weekday >= 5)].mean()
    assert 20_000 < power.sum() / 12 / 2 < 110_000


def test_zones_stay_comfortable_while_plant_runs_and_drift_when_it_does_not(clean):
    hour, weekday, _ = _local(clean, "CCB-TH-T-L1", "value")
    air = clean.values("CCB-TH-T-L1", "value")
    occupied = air[(weekday < 5) & (hour >= 9) & (hour < 17)]
    assert np.mean((occupied > 19.5) & (occupied < 25.5)) > 0.93
    assert air[(hour >= 3) & (hour < 5)].std() > 1.2
    assert air.min() > 9.0
    assert air.max() < 38.0


def test_co2_follows_people(clean):
    hour, weekday, _ = _local(clean, "BNU-ENG-CO2-L0", "value")
    co2 = clean.values("BNU-ENG-CO2-L0", "value")
    assert co2[(weekday < 5) & (hour >= 10) & (hour < 16)].mean() > co2[hour < 5].mean() + 180
    assert co2.min() > 380
    assert co2.max() < 1200


def test_pool_water_is_kept(clean):
    water = clean.values("CCB-AQ-T-POOL", "value")
    assert water.min() > 27.0
    assert water.max() < 29.0


def test_water_counts_in_pulses_and_days_are_busier_than_nights(clean):
    for meter in ("CCB-AQ-W0", "CCB-LB-W0", "CCB-DP-W0", "BNU-ENG-W0"):
        micro = clean.series[meter, "VOLUME"].readings.micro
        assert (micro % 10_000 == 0).all()
        assert micro.min() >= 0
        hour, _, _ = _local(clean, meter, "VOLUME")
        volume = clean.values(meter, "VOLUME")
        assert volume[(hour >= 9) & (hour < 17)].mean() > 4 * volume[(hour >= 1) & (hour < 4)].mean()


def test_the_water_register_only_climbs_and_goes_on_where_the_day_ended(clean):
    register = clean.values("CCB-TH-W0", "REGISTER")
    steps = np.diff(register)
    assert steps.min() >= 0.0
    assert steps.max() < 2.5  # m3 in a quarter of an hour
    assert 1200 < (register[-1] - register[0]) / 2 < 3500


def test_checks_agree_with_what_they_check(clean):
    main, check = clean.total("BNU-ENG-E0"), clean.total("BNU-ENG-EC", "F1")
    assert check / main == pytest.approx(0.996, abs=0.002)


def test_days_join_without_a_step_at_market_midnight(clean):
    for point in ("CCB-TH-T-GF", "BNU-ENG-T-L2", "CCB-LB-T-S"):
        one = clean.series[point, "value"].readings
        jump = np.abs(np.diff(one.floats))
        at_midnight = one.start_ms[1:] % 86_400_000 == 14 * HOUR_MS
        assert jump[at_midnight].max() < 0.35
