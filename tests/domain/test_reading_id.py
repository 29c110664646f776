"""The id of a reading is computed, and gives back what it was made of."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegrid_energy.domain.errors import NotFoundError
from aegrid_energy.domain.reading_id import parse_reading_id, reading_id

SERIES = st.integers(0, 2**31 - 1)
INSTANT = st.integers(0, 2**48 - 1)


@given(SERIES, INSTANT)
def test_an_id_gives_back_its_series_and_start(series_no, start_ms):
    made = reading_id(series_no, start_ms)
    assert (made.version, made.variant) == (8, "specified in RFC 4122")
    assert parse_reading_id(made) == (series_no, start_ms)


@given(SERIES, SERIES, INSTANT, INSTANT)
def test_ids_sort_by_series_then_time(one, two, early, late):
    assert (reading_id(one, early) < reading_id(two, late)) == ((one, early) < (two, late))


@given(st.uuids())
def test_other_uuids_are_no_ids_of_readings(other):
    try:
        series_no, start_ms = parse_reading_id(other)
    except NotFoundError:
        return
    assert reading_id(series_no, start_ms) == other


@pytest.mark.parametrize("id_", [UUID(int=2**128 - 1), UUID(int=0), UUID(int=reading_id(1, 1).int | 1)])
def test_what_is_no_id_is_refused(id_):
    with pytest.raises(NotFoundError, match="reading_not_found"):
        parse_reading_id(id_)


@pytest.mark.parametrize(("series_no", "start_ms"), [(-1, 0), (2**31, 0), (0, -1), (0, 2**48)])
def test_what_has_no_id_is_refused(series_no, start_ms):
    with pytest.raises(ValueError, match="no id for series"):
        reading_id(series_no, start_ms)
