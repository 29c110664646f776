import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegrid_energy.ingestion.decimals import BATCH, decimals

NUMBER = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=4).map(
        str
    ),
    st.integers(-(10**20), 10**20).map(str),
    st.floats(-1e9, 1e9).filter(lambda value: value == 0 or abs(value) > 1e-90).map(repr),
    st.floats(0, 1).map(lambda value: f"{value:.12f}".lstrip("0") or "0"),
)


@given(st.lists(NUMBER, min_size=1, max_size=50))
def test_numbers_come_out_as_the_nearest_float(texts):
    read = decimals(",".join(texts).encode())
    assert read.bad.tolist() == []
    assert read.values.tolist() == [float(text) for text in texts]


@given(st.lists(st.text("0123456789.-+eEnaif_x ", max_size=20), min_size=1, max_size=30))
def test_what_is_taken_is_what_a_plain_number_is(texts):
    read = decimals(",".join(texts).encode())
    for index, text in enumerate(texts):
        if read.is_empty[index]:
            assert text == ""
        elif index not in read.bad:
            assert read.values[index] == float(text)
            assert not set(text) & set("naif_x")
        else:
            assert read.values[index] == 0


@pytest.mark.parametrize(
    "text", ["nan", "inf", "-inf", "0x10", "1_0", "1,", "-", ".", "1..2", "1-2", "e5", "\x00", "٣"]
)
def test_other_spellings_that_python_or_c_would_take_are_bad_or_split(text):
    read = decimals(text.encode())
    assert len(read.bad) == 1 or read.is_empty.any()


def test_a_text_longer_than_a_batch_keeps_the_order():
    count = BATCH * 2 + 17
    read = decimals(b",".join(b"%d" % value for value in range(count)))
    assert (read.values == np.arange(count)).all()
