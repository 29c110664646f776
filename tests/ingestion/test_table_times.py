"""Which columns hold times, and what they say."""

from datetime import UTC, date, datetime, time

import numpy as np
import pyarrow as pa
import pytest

from aegrid_energy.ingestion.table_times import time_kind, wall_times

NOON = datetime(2024, 7, 1, 12, 30)
NOON_MS = 1_719_837_000_000


@pytest.mark.parametrize(
    ("name", "column", "has_date", "has_clock", "is_aware"),
    [
        pytest.param("x", pa.array([NOON]), True, True, False, id="timestamp"),
        pytest.param("x", pa.array([NOON], pa.timestamp("ms", "UTC")), True, True, True, id="with zone"),
        pytest.param("x", pa.array([date(2024, 7, 1)]), True, False, False, id="date"),
        pytest.param("x", pa.array([time(12, 30)]), False, True, False, id="time of day"),
        pytest.param("x", pa.array(["2024-07-01 12:30", None]), True, True, False, id="text"),
        pytest.param("x", pa.array(["2024-07-01T12:30+10:00"]), True, True, True, id="text with offset"),
        pytest.param("x", pa.array(["2024-07-01"]), True, False, False, id="text of a day"),
        pytest.param("x", pa.array(["00:00", "00:30"]), False, True, False, id="text of a time of day"),
        pytest.param("timestamp", pa.array([1_719_837_000]), True, True, True, id="seconds since 1970"),
        pytest.param("timestamp", pa.array(["1719837000000"]), True, True, True, id="ms since 1970 as text"),
        pytest.param("date", pa.array([45474.520833]), True, True, False, id="days of a spreadsheet"),
    ],
)
def test_a_column_of_times_is_known_as_one(
    name: str, column: pa.Array, *, has_date: bool, has_clock: bool, is_aware: bool
) -> None:
    kind = time_kind(name, column)
    assert kind is not None
    assert (kind.has_date, kind.has_clock, kind.is_aware) == (has_date, has_clock, is_aware)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        pytest.param("kWh", pa.array([1_719_837_000]), id="a reading that could be seconds"),
        pytest.param("time", pa.array([12, 13]), id="small numbers"),
        pytest.param("NMI", pa.array(["6305123456", "6305123457"]), id="ten digits of a meter"),
        pytest.param("note", pa.array(["a", "2024-07-01", "b"]), id="one date among words"),
        pytest.param("x", pa.array([None, None], pa.string()), id="nothing"),
        pytest.param("x", pa.array([], pa.string()), id="no rows"),
    ],
)
def test_a_column_of_something_else_is_not(name: str, column: pa.Array) -> None:
    assert time_kind(name, column) is None


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(pa.array([NOON]), id="timestamp"),
        pytest.param(pa.array([NOON.replace(tzinfo=UTC)], pa.timestamp("us", "UTC")), id="with zone"),
        pytest.param(pa.array(["2024-07-01T12:30Z"]), id="text"),
        pytest.param(pa.array(["1719837000"]), id="seconds as text"),
        pytest.param(pa.array([NOON_MS]), id="ms"),
    ],
)
def test_every_way_to_write_an_instant_is_the_same_instant(column: pa.Array) -> None:
    found = wall_times(column)
    assert (found.wall_ms.tolist(), found.is_valid.tolist()) == ([NOON_MS], [True])


def test_days_of_a_spreadsheet_are_right_to_the_second() -> None:
    found = wall_times(pa.array([45474 + (12 * 60 + 30) / 1440]))
    assert abs(int(found.wall_ms[0]) - NOON_MS) < 1000


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(pa.array([np.nan, np.inf]), id="no numbers"),
        pytest.param(pa.array([2**63 - 1, -(2**63)]), id="whole numbers beyond every date"),
        pytest.param(pa.array([2**62, -1], pa.timestamp("s")), id="timestamps beyond every date"),
        pytest.param(pa.array(["9" * 400, "\0"]), id="text that is none"),
    ],
)
def test_what_is_no_time_is_marked_and_never_raises(column: pa.Array) -> None:
    assert wall_times(column).is_valid.tolist() == [False, False]
