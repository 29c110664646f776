"""The shape of a day's record, as senders really write it."""

import pytest

from aegrid_energy.domain.quality import Quality
from aegrid_energy.ingestion.interval_record import Misshapen, Shaped, shape_of


def _shaped(line: bytes, slots: int) -> Shaped:
    found = shape_of(line, slots)
    assert isinstance(found, Shaped)
    return found


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"300,20240101,1,2,E52,76,why,20240102000000,20240102000001", id="all fields"),
        pytest.param(b"300,20240101,1,2,E52", id="nothing behind the quality"),
        pytest.param(b"300,20240101,1,2,E52,76,why,20240102000000,20240102000001,,,,", id="commas added"),
        pytest.param(b"300, 20240101, 1,2 ,E52,,", id="blanks"),
    ],
)
def test_values_and_quality_are_found_whatever_stands_behind(line: bytes) -> None:
    found = _shaped(line, 2)
    assert found.values == b"1,2"
    assert found.quality & 7 == Quality.ESTIMATED.code
    assert found.tail[0] == b"E52"


def test_a_reason_with_commas_does_not_move_the_quality() -> None:
    assert _shaped(b"300,20240101,1,2,A,,one, two, three,20240102000000,", 2).values == b"1,2"


@pytest.mark.parametrize(
    ("line", "code", "column", "may_go_on"),
    [
        pytest.param(b"300,20240101,1,A,,,,", "value_count_wrong", 4, False, id="a value short"),
        pytest.param(b"300,20240101,1,2,3,A,,,,", "value_count_wrong", 5, False, id="a value too many"),
        pytest.param(b"300,20240101,1", "value_count_wrong", 4, True, id="broken off, or wrapped"),
        pytest.param(b"300,20240101,1,2", "quality_missing", 5, True, id="no quality"),
        pytest.param(b"300,20240101,1,2,X,,,,", "quality_wrong", 5, False, id="no such quality"),
        pytest.param(b"300", "value_count_wrong", 2, True, id="the name alone"),
    ],
)
def test_a_record_that_cannot_be_read_says_where(
    line: bytes, code: str, column: int, *, may_go_on: bool
) -> None:
    found = shape_of(line, 2)
    assert isinstance(found, Misshapen)
    assert (found.code, found.column, found.may_go_on) == (code, column, may_go_on)


def test_a_record_of_a_million_commas_is_refused_and_not_taken_apart() -> None:
    found = shape_of(b"300,20240101" + b"," * 1_000_000, 48)
    assert isinstance(found, Misshapen)
    assert len(found.text) < 300
