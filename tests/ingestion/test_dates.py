from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegrid_energy.ingestion.dates import clock_ms, looks_like_time, stamps


def read(*cells, order=""):
    return stamps(pa.array(cells, pa.string()), order)


def shown(found):
    return [
        str(np.datetime64(int(ms), "ms"))[:19] if good else None
        for ms, good in zip(found.wall_ms, found.is_valid, strict=True)
    ]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2019-01-31 00:15:00", "2019-01-31T00:15:00"),
        ("2019/01/31 0:15", "2019-01-31T00:15:00"),
        ("2019-01-31T00:15", "2019-01-31T00:15:00"),
        ("20190131", "2019-01-31T00:00:00"),
        ("201901310015", "2019-01-31T00:15:00"),
        ("20190131 0015", "2019-01-31T00:15:00"),
        ("31/01/2019 00:15", "2019-01-31T00:15:00"),
        ("1/31/2019 12:15:30 AM", "2019-01-31T00:15:30"),
        ("31.01.2019", "2019-01-31T00:00:00"),
        ("31-Jan-2019 1:05 pm", "2019-01-31T13:05:00"),
        ("31 January 2019", "2019-01-31T00:00:00"),
        ("Jan 31, 2019 23:59", "2019-01-31T23:59:00"),
        ("Thu, 31 Jan 2019 00:15:00", "2019-01-31T00:15:00"),
        ("31/01/19 24:00", "2019-02-01T00:00:00"),
        ("2019-31-01 00:00", "2019-01-31T00:00:00"),
    ],
)
def test_ways_of_writing_a_time(text, at):
    assert shown(read(text)) == [at]


@pytest.mark.parametrize(
    "text", ["", "n/a", "1234.5", "2019-02-29", "2019-13-13", "31/31/2019", "2019-01-01 25:00",
             "2019-01-01 10:61",
             "1/1/2019 13:00 PM", "2019-01-01X00:00", "2019-01-01 00:00 EST", "9999-01-01", "31-Foo-2019"]
)  # fmt: skip
def test_what_is_no_time_is_not_made_one(text):
    assert shown(read(text)) == [None]


def test_one_day_above_twelve_decides_the_order_of_the_whole_column():
    assert shown(read("01/02/2024", "13/02/2024")) == ["2024-02-01T00:00:00", "2024-02-13T00:00:00"]
    assert shown(read("01/02/2024", "01/13/2024")) == ["2024-01-02T00:00:00", "2024-01-13T00:00:00"]


def test_an_order_nothing_decides_is_a_question():
    assert "Is that right?" in read("01/02/2024", "02/02/2024").question
    assert read("01/02/2024", "13/02/2024").question == ""


def test_the_order_with_fewer_holes_is_proposed_and_still_asked():
    days = [f"{month:02d}/{day:02d}/2024" for month in (1,) for day in range(1, 13)]
    found = read(*days)
    assert found.order == "mdy"
    assert found.question


def test_days_and_months_swapped_below_thirteen_are_found_and_asked():
    at = [datetime(2021, 10, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(24 * 150)]
    cells = [f"{t:%Y-%d-%m %H:%M}" if t.day <= 12 else f"{t:%Y-%m-%d %H:%M}" for t in at]
    found = read(*sorted(cells))
    assert found.order == "ymd_swapped"
    assert found.question
    assert sorted(shown(found)) == [f"{t:%Y-%m-%dT%H:%M:%S}" for t in at]


def test_a_true_column_with_some_holes_is_not_taken_for_swapped():
    at = [datetime(2021, 1, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(24 * 300)]
    cells = [f"{t:%Y-%m-%d %H:%M}" for t in at if t.day not in range(10, 20)]
    assert read(*cells).order == "ymd"


def test_offsets_in_cells_are_kept():
    found = read(
        "2024-01-01T00:00:00Z",
        "2024-01-01T00:00:00+10:00",
        "2024-01-01T00:00:00-0330",
        "2024-01-01 00:00 UTC",
    )
    assert found.offset_ms.tolist() == [0, 36_000_000, -12_600_000, 0]


def test_a_cell_without_an_offset_among_cells_with_one_is_no_time():
    assert read("2024-01-01T00:00:00Z", "2024-01-01T00:00:00").is_valid.tolist() == [True, False]


def test_times_of_day():
    ms, valid = clock_ms(pa.array(["0:15", "23:45:30", "1:00 PM", "2400", "7:61", "x"]))
    assert ms[:4].tolist() == [900_000, 85_530_000, 46_800_000, 86_400_000]
    assert valid.tolist() == [True, True, True, True, False, False]


def test_numbers_are_no_times():
    assert not looks_like_time("12.5")
    assert not looks_like_time("184.098")


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2150, 1, 1)))
def test_what_is_written_is_read(at):
    want = (at.replace(microsecond=at.microsecond // 1000 * 1000) - datetime(1970, 1, 1)) // timedelta(
        milliseconds=1
    )
    for text in (
        at.isoformat(timespec="milliseconds"),
        f"{at:%d-%b-%Y %H:%M:%S}.{at.microsecond // 1000:03d}",
    ):
        assert read(text).wall_ms.tolist() == [want]


@given(st.lists(st.text(max_size=30), max_size=20))
def test_any_text_is_read_without_an_error(cells):
    found = read(*cells)
    assert len(found.wall_ms) == len(cells)
    clock_ms(pa.array(cells, pa.string()))
