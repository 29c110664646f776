"""Runs of many rows at once are those of each row alone."""

from itertools import groupby

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from aegrid_energy.storage.runs import encode_runs

RUN = np.dtype([("n", "<u2"), ("v", "<i4")])


@given(
    hnp.arrays(np.int32, st.tuples(st.integers(1, 6), st.integers(1, 20)), elements=st.integers(0, 2)),
    st.data(),
)
def test_runs_are_those_of_each_row(values, data):
    skip = data.draw(hnp.arrays(np.bool_, len(values)))
    encoded = encode_runs(values, RUN, skip=skip)
    assert len(encoded) == len(values)
    for row, skipped in enumerate(skip):
        found = [(int(n), int(v)) for n, v in np.frombuffer(encoded[row], dtype=RUN)]
        expected = [(len(list(group)), value) for value, group in groupby(values[row].tolist())]
        assert found == ([] if skipped else expected)
        assert encoded.lengths[row] == len(encoded[row])
