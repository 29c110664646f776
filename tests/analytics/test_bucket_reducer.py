"""Buckets in one pass, the same as bucket by bucket."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aegrid_energy.analytics.bucket_reducer import Reducer

VALUES = st.lists(st.tuples(st.integers(-(10**12), 10**12), st.booleans()), min_size=1, max_size=40)


@given(rows=VALUES, cuts=st.lists(st.integers(0, 40), min_size=2, max_size=10))
def test_every_bucket_is_what_its_own_values_say(rows: list[tuple[int, bool]], cuts: list[int]) -> None:
    values = np.array([value for value, _ in rows], dtype=np.int64)
    mask = np.array([marked for _, marked in rows])
    position = np.sort(np.minimum(cuts, len(rows)))
    reducer = Reducer(position.astype(np.intp))
    slices = [slice(low, high) for low, high in itertools.pairwise(position)]
    assert reducer.add_exact(values).tolist() == [int(values[one].sum()) for one in slices]
    assert reducer.add(values).tolist() == [float(values[one].sum()) for one in slices]
    assert reducer.add_where(mask, values).tolist() == [float(values[one][mask[one]].sum()) for one in slices]
    assert reducer.count(mask).tolist() == [int(mask[one].sum()) for one in slices]
    least, most = reducer.extremes(values, mask)
    for found, one in zip(zip(least, most, strict=True), slices, strict=True):
        kept = values[one][mask[one]]
        if len(kept):
            assert found == (kept.min(), kept.max())
        else:
            assert np.isnan(found).all()


def test_the_largest_whole_number_is_a_value_and_not_a_blank() -> None:
    limit = np.iinfo(np.int64).max
    reducer = Reducer(np.array([0, 2], dtype=np.intp))
    least, _ = reducer.extremes(np.array([limit, 5]), np.array([True, False]))
    assert least.tolist() == [float(limit)]
