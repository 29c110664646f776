import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.ingestion.device_values import not_implemented, number_of


@pytest.mark.parametrize(
    ("form", "raw", "absent"),
    [
        ("int16", np.array([-0x8000, 0x7FFF, -1], dtype=np.int16), [True, False, False]),
        ("int16", np.array([0x8000, 5], dtype=np.int32), [True, False]),
        ("uint16", np.array([0xFFFF, 0x8000, 0], dtype=np.uint16), [True, False, False]),
        ("int32", np.array([-0x80000000, 0x7FFFFFFF, -1, 0], dtype=np.int32), [True, True, False, False]),
        ("uint32", np.array([0xFFFFFFFF, 0x80000000], dtype=np.uint32), [True, False]),
        ("int64", np.array([-(2**63), 2**63 - 1, -1], dtype=np.int64), [True, True, False]),
        ("uint64", np.array([2**64 - 1, 1], dtype=np.uint64), [True, False]),
        ("float32", np.array([np.nan, np.inf, -np.inf, 1.5], dtype=np.float32), [True, True, True, False]),
    ],
)
def test_patterns_for_not_implemented_are_never_values(form, raw, absent):
    assert not_implemented(raw, form).tolist() == absent


def test_an_unknown_form_of_register_is_refused():
    with pytest.raises(InvalidError, match="unknown_register_form"):
        not_implemented(np.array([1]), "bcd")


@pytest.mark.parametrize(
    "payload",
    [
        '{"value": "unavailable"}',
        '{"value": ""}',
        '{"value": "N/A"}',
        '{"value": null}',
        '{"value": NaN}',
        '{"value": Infinity}',
    ],
)
def test_words_for_no_value_are_null(payload):
    assert number_of(json.loads(payload)["value"]) is None


@pytest.mark.parametrize(
    ("text", "decimal"), [("1,234.5", "."), ("1.234,5", ","), ("1234.5", "."), ("1234,5", ",")]
)
def test_thousands_and_decimal_marks_are_read_where_the_source_says_which(text, decimal):
    assert number_of(text, decimal) == 1234.5


@pytest.mark.parametrize("text", ["1,234.5", "1.234,5", "1,5"])
def test_a_comma_that_nobody_explained_is_asked_for(text):
    with pytest.raises(InvalidError, match="decimal_mark_unknown"):
        number_of(text)


@pytest.mark.parametrize(
    ("value", "decimal"),
    [
        ("1.234,5", "."),
        ("1,234.5", ","),
        ("12,34.5", "."),
        ("0x10", ""),
        ("1_000", ""),
        ("12 kWh", ""),
        (True, ""),
        ([1], ""),
        ({}, ""),
    ],
)
def test_what_is_no_number_is_refused(value, decimal):
    with pytest.raises(InvalidError, match="value_not_a_number"):
        number_of(value, decimal)


@given(st.floats(allow_nan=True, allow_infinity=True) | st.integers() | st.text(max_size=12))
def test_the_answer_is_a_finite_number_or_none_or_a_refusal(value):
    try:
        answer = number_of(value)
    except InvalidError:
        return
    assert answer is None or np.isfinite(answer)
