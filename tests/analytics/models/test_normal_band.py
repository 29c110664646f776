"""The normal band, by hand and against numpy's own quantiles."""

from collections.abc import Collection
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aegrid_energy.analytics.models import MODELS, Expectation
from aegrid_energy.analytics.models.normal_band import NormalBand
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.readings import TimeSeries
from aegrid_energy.domain.zones import day_start

SYDNEY = "Australia/Sydney"


def series(zone: str, first: date, values: np.ndarray, step_s: int = 3_600) -> TimeSeries:
    return TimeSeries(
        start_ms=day_start(zone, first),
        step_s=step_s,
        unit="kWh",
        values=values.astype(np.float64),
        quality=np.zeros(len(values), dtype=np.uint8),
    )


def band(history: TimeSeries, on: date, zone: str = "UTC", holidays: Collection[date] = ()) -> Expectation:
    model = NormalBand().fit(history, zone=zone, holidays=holidays)
    return model.predict(day_start(zone, on), day_start(zone, on + timedelta(days=1)))


def per_day(values: list[float]) -> np.ndarray:
    return np.repeat(np.array(values, dtype=np.float64), 24)


# 1 June 2026 is a Monday.
MONDAY = date(2026, 6, 1)


def test_the_last_eight_workdays_by_hand() -> None:
    # Workdays carry their date, weekends 1000. The last 8 before Monday 15: 3 4 5 8 9 10 11 12
    values = [1, 2, 3, 4, 5, 1000, 1000, 8, 9, 10, 11, 12, 1000, 1000]
    got = band(series("UTC", MONDAY, per_day(values)), date(2026, 6, 15))
    assert len(got) == 24
    assert set(got.expected) == {8.5}  # between the 4th and the 5th of 8
    assert got.low[0] == pytest.approx(3.7)  # rank 0.7 of 0..7
    assert got.high[0] == pytest.approx(11.3)  # rank 6.3
    assert set(got.support) == {8}
    assert got.reason == ""


def test_a_day_never_explains_itself_nor_looks_ahead() -> None:
    values = [1, 1, 1, 1, 1, 5, 5, 1, 99, 99, 99, 99, 5, 5]
    history = series("UTC", MONDAY, per_day(values))
    assert set(band(history, date(2026, 6, 9)).expected) == {1}


def test_holidays_take_sundays() -> None:
    sundays = [float(n) if (MONDAY + timedelta(days=n)).weekday() == 6 else 100.0 for n in range(42)]
    history = series("UTC", MONDAY, per_day(sundays))
    holiday = date(2026, 7, 13)
    got = band(history, holiday, holidays={holiday})
    assert set(got.expected) == {23.5}  # Sundays are days 6 13 20 27 34 41
    assert set(band(history, holiday).expected) == {100}


def test_below_five_values_nothing_is_said() -> None:
    four = band(series("UTC", MONDAY, per_day([1, 2, 3, 4])), date(2026, 6, 8))
    assert np.isnan(four.expected).all()
    assert four.reason == "not_enough_history"
    five = band(series("UTC", MONDAY, per_day([1, 2, 3, 4, 5])), date(2026, 6, 8))
    assert set(five.expected) == {3}


def test_unknown_values_do_not_count() -> None:
    values = per_day([1, 2, 3, 4, 5])
    values[7] = np.nan
    got = band(series("UTC", MONDAY, values), date(2026, 6, 8))
    assert np.isnan(got.expected[7])
    assert got.support[7] == 4
    assert got.expected[8] == 3
    assert got.reason == ""


def test_the_local_time_of_day_decides_over_a_change_of_the_clock() -> None:
    # Load runs 9:00 to 17:00 by the wall clock, before and after Sunday 4 October 2026.
    first, asked = date(2026, 9, 21), date(2026, 10, 6)
    start, end = day_start(SYDNEY, first), day_start(SYDNEY, asked)
    starts = np.arange(start, end, 3_600_000)
    jump = day_start(SYDNEY, date(2026, 10, 4)) + 2 * 3_600_000
    wall = (starts + np.where(starts < jump, 10, 11) * 3_600_000) // 3_600_000 % 24
    got = band(series(SYDNEY, first, np.where((wall >= 9) & (wall < 17), 50, 5)), asked, SYDNEY)
    assert got.expected.tolist() == [5] * 9 + [50] * 8 + [5] * 7


@pytest.mark.parametrize(("asked", "slots"), [(date(2026, 10, 4), 23), (date(2026, 4, 5), 25)])
def test_a_day_the_clock_jumps_has_the_slots_it_has(asked: date, slots: int) -> None:
    first = asked - timedelta(days=70)
    hours = (day_start(SYDNEY, asked) - day_start(SYDNEY, first)) // 3_600_000
    got = band(series(SYDNEY, first, np.ones(hours)), asked, SYDNEY)
    assert got.expected.tolist() == [1] * slots


def test_an_hour_that_comes_twice_is_averaged() -> None:
    first = date(2026, 4, 5)  # 25 hours, 02:00 twice: slots 2 and 3
    values = np.concatenate([[0, 0, 10, 20], np.zeros(21)])
    model = NormalBand(days=1, least=1).fit(series(SYDNEY, first, values), zone=SYDNEY, holidays=())
    got = model.predict(day_start(SYDNEY, date(2026, 4, 12)), day_start(SYDNEY, date(2026, 4, 13)))
    assert got.expected[2] == 15
    assert got.expected[3] == 0


def test_fitting_again_is_a_fresh_fit() -> None:
    one, two = (series("UTC", MONDAY, per_day([x] * 14)) for x in (1, 2))
    model = NormalBand().fit(one, zone="UTC", holidays=()).fit(two, zone="UTC", holidays=())
    assert set(
        model.predict(day_start("UTC", date(2026, 6, 15)), day_start("UTC", date(2026, 6, 16))).expected
    ) == {2}


def test_no_history_is_an_answer_with_a_reason() -> None:
    got = band(series("UTC", MONDAY, np.zeros(0)), date(2026, 6, 8))
    assert (len(got), got.reason) == (24, "not_enough_history")


def test_inputs_without_sense_are_refused() -> None:
    with pytest.raises(InvalidError, match="step_does_not_divide_a_day"):
        band(series("UTC", MONDAY, np.ones(5), step_s=7_000), MONDAY)
    with pytest.raises(InvalidError, match="empty_period"):
        NormalBand().fit(series("UTC", MONDAY, np.ones(5)), zone="UTC", holidays=()).predict(5, 5)
    with pytest.raises(InvalidError, match="too_many_slots"):
        NormalBand().fit(series("UTC", MONDAY, np.ones(5)), zone="UTC", holidays=()).predict(0, 10**13)


def test_the_normal_band_is_the_first_model() -> None:
    assert next(iter(MODELS)) == "normal_band"
    for name, model in MODELS.items():
        history = series("UTC", MONDAY, per_day([1] * 14))
        got = (
            model()
            .fit(history, zone="UTC", holidays=())
            .predict(day_start("UTC", date(2026, 6, 15)), day_start("UTC", date(2026, 6, 16)))
        )
        assert (got.model, got.unit, len(got)) == (name, "kWh", 24)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.floats(0, 1e6), st.just(float("nan"))), min_size=8, max_size=8))
def test_quantiles_are_those_of_numpy(values: list[float]) -> None:
    # eight Saturdays in a row
    week = np.zeros((8, 7, 24))
    week[:, 5, :] = np.array(values)[:, None]
    got = band(series("UTC", MONDAY, week.ravel()), date(2026, 8, 1))
    known = np.array(values)[np.isfinite(values)]
    if len(known) < 5:
        assert np.isnan(got.expected).all()
    else:
        wanted = np.quantile(known, [0.1, 0.5, 0.9])
        assert [got.low[0], got.expected[0], got.high[0]] == pytest.approx(wanted)
