"""Days of Victoria, against the published lists (business.vic.gov.au)."""

from datetime import date

import numpy as np
import pytest

from aegrid_energy.simulation.frame import day_number
from aegrid_energy.simulation.victoria import (
    DayKind,
    day_kinds,
    easter_sunday,
    is_school_term,
    public_holidays,
    school_terms,
    teaching_share,
)


@pytest.mark.parametrize(
    ("year", "days"),
    [
        pytest.param(
            2022,
            "01-01 01-03 01-26 03-14 04-15 04-16 04-17 04-18 04-25 06-13 09-22 09-23 11-01 12-25 12-26 12-27",
            id="2022-christmas-on-a-sunday-and-a-day-of-mourning",
        ),
        pytest.param(
            2025,
            "01-01 01-27 03-10 04-18 04-19 04-20 04-21 04-25 06-09 09-26 11-04 12-25 12-26",
            id="2025-australia-day-on-a-sunday",
        ),
        pytest.param(
            2026,
            "01-01 01-26 03-09 04-03 04-04 04-05 04-06 04-25 06-08 09-25 11-03 12-25 12-26 12-28",
            id="2026-boxing-day-on-a-saturday",
        ),
    ],
)
def test_public_holidays_are_the_published_ones(year, days):
    assert [f"{on:%m-%d}" for on in public_holidays(year)] == days.split()


def test_anzac_day_on_a_weekend_gives_no_day_off_in_victoria():
    assert date(2026, 4, 25) in public_holidays(2026)  # a Saturday
    assert date(2026, 4, 27) not in public_holidays(2026)


def test_easter_falls_where_the_church_has_it():
    assert [easter_sunday(year) for year in (2024, 2025, 2026, 2038)] == [
        date(2024, 3, 31),
        date(2025, 4, 20),
        date(2026, 4, 5),
        date(2038, 4, 25),
    ]


def test_school_terms_of_2026_are_the_gazetted_weeks():
    assert [(f"{a:%m-%d}", f"{b:%m-%d}") for a, b in school_terms(2026)][1:] == [
        ("04-20", "06-26"),
        ("07-13", "09-18"),
        ("10-05", "12-18"),
    ]
    assert not is_school_term(date(2026, 1, 10))


def test_teaching_is_full_in_semesters_and_low_in_summer():
    assert teaching_share(date(2026, 3, 18)) == 1.0
    assert teaching_share(date(2026, 8, 19)) == 1.0
    assert teaching_share(date(2026, 6, 10)) == 0.55
    assert teaching_share(date(2026, 1, 14)) < 0.5


def test_kinds_of_days_over_a_christmas():
    kinds = day_kinds(day_number(date(2026, 12, 24)), 6)
    assert kinds.tolist() == [
        DayKind.WORKING,
        DayKind.HOLIDAY,
        DayKind.HOLIDAY,
        DayKind.CLOSURE,
        DayKind.HOLIDAY,
        DayKind.CLOSURE,
    ]
    assert np.all(day_kinds(day_number(date(2026, 12, 24)), 1, university=True) == DayKind.CLOSURE)
