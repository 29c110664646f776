import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegrid_energy.ingestion.table_numbers import numbers, share_of_numbers


def read(*cells, decimal=""):
    return numbers(pa.array(cells, pa.string()), decimal)


def test_words_for_no_value_are_nulls_and_no_problems():
    found = read("unavailable", "", "N/A", "-", "null", "NaN", "1.5")
    assert np.isnan(found.values).tolist() == [True] * 6 + [False]
    assert not len(found.bad)


def test_thousands_and_decimals_are_told_apart_by_the_column():
    assert read("1,234.5", "2").values.tolist() == [1234.5, 2.0]
    assert read("1.234,5", "0,5", "1.234").values.tolist() == [1234.5, 0.5, 1234.0]


def test_a_comma_that_may_be_either_is_asked():
    found = read("1,234", "12")
    assert found.question
    assert found.values.tolist() == [1234.0, 12.0]
    assert read("1,234", "12", decimal=",").values.tolist() == [1.234, 12.0]


def test_both_marks_in_one_column_are_asked_and_the_rarer_is_refused():
    found = read("0.5", "0.25", "0,75")
    assert found.question
    assert found.bad.tolist() == [2]


@pytest.mark.parametrize("cell", ["=cmd()", "@SUM(A1)", "=1+1", "+cmd|' /C calc'!A0", "-foo"])
def test_formulas_written_as_text_are_never_values(cell):
    found = read(cell, "1")
    assert found.formulas.tolist() == [0]
    assert np.isnan(found.values[0])


def test_infinity_and_prose_are_no_numbers():
    assert read("inf", "1").bad.tolist() == [0]
    assert read("twelve", "1").bad.tolist() == [0]
    assert read("1e999", "1").bad.tolist() == [0]


def test_floats_of_a_binary_file_keep_their_width():
    assert numbers(pa.array([0.1, None], pa.float32())).is_float32
    assert not numbers(pa.array([0.1], pa.float64())).is_float32
    assert numbers(pa.array([float("inf"), 1.0])).bad.tolist() == [0]


def test_a_column_that_begins_empty_is_still_one_of_numbers():
    assert share_of_numbers(pa.array([None] * 3000 + ["1.5"], pa.string())) == 1.0
    assert share_of_numbers(pa.array(["a", "b", "1"])) < 0.5


@given(st.lists(st.decimals(min_value=-(10**9), max_value=10**9, places=3), min_size=1, max_size=30))
def test_decimals_come_out_as_written_in_both_manners(values):
    points = [f"{value:.3f}" for value in values]
    commas = [text.replace(".", ",") for text in points]
    assert read(*points).values.tolist() == [float(value) for value in values]
    assert read(*commas, decimal=",").values.tolist() == [float(value) for value in values]


@given(st.lists(st.text(max_size=20), max_size=20))
def test_any_text_is_read_without_an_error(cells):
    assert len(read(*cells).values) == len(cells)
