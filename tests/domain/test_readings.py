"""Exact readings: decimals in, the same decimals out."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegrid_energy.domain.quality import NULL
from aegrid_energy.domain.readings import MICRO, Readings, TimeSeries, as_decimal, micro_from_float32


@given(st.integers(-(10**15), 10**15))
def test_micro_as_decimal_is_the_same_number_without_trailing_zeros(micro: int) -> None:
    value = as_decimal(micro)
    assert value == Decimal(micro) / MICRO
    text = str(value)
    assert "E" not in text
    assert not ("." in text and text.endswith("0"))


@given(st.integers(-999_999, 999_999), st.integers(0, 3))
def test_a_decimal_written_as_float32_is_found_again(digits: int, places: int) -> None:
    meant = Decimal(digits).scaleb(-places)
    found = micro_from_float32(np.array([float(meant)], dtype=np.float32))
    assert found.tolist() == [int(meant * MICRO)]


def test_float32_that_is_no_number_becomes_nothing_to_add() -> None:
    assert micro_from_float32(np.array([np.nan, np.inf, -np.inf, 0.1], dtype=np.float32)).tolist() == [
        0, 0, 0, 100_000,
    ]  # fmt: skip


def _two(quality: list[int]) -> Readings:
    return Readings(
        start_ms=np.array([0, 900_000]),
        micro=np.array([1_500_000, 2_000_001]),
        quality=np.array(quality, dtype=np.uint8),
        step_s=900,
    )


def test_the_total_is_exact_and_leaves_null_out() -> None:
    assert _two([0, 3]).total == Decimal("3.500001")
    assert _two([NULL, 0]).total == Decimal("2.000001")
    assert _two([NULL, NULL]).total == 0


def test_null_is_nan_where_floats_are_asked_for() -> None:
    assert _two([0, NULL]).floats == pytest.approx([1.5, np.nan], nan_ok=True)


def test_a_regular_series_knows_where_its_values_start() -> None:
    series = TimeSeries(
        start_ms=1000, step_s=60, unit="kWh", values=np.zeros(3), quality=np.zeros(3, dtype=np.uint8)
    )
    assert series.starts_ms.tolist() == [1000, 61_000, 121_000]
