"""A block's bytes give back exactly what went in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.readings import MICRO_LIMIT
from aegrid_energy.storage import codec

SPREADS = (0, 1, 254, 255, 256, 65_534, 65_535, 65_536, 2**32 - 2, 2**32 - 1, 2**32, 2 * MICRO_LIMIT)


@st.composite
def blocks(draw):
    rows, slots = draw(st.integers(1, 4)), draw(st.integers(1, 12))
    step = draw(st.sampled_from([1, 10, 1000, 10**6]))
    low = draw(st.integers(-MICRO_LIMIT // step, MICRO_LIMIT // step))
    high = min(low + draw(st.sampled_from(SPREADS)), MICRO_LIMIT // step)
    micro = (
        draw(hnp.arrays(np.int64, (rows, slots), elements=st.one_of(st.just(low), st.integers(low, high))))
        * step
    )
    quality = draw(
        hnp.arrays(
            np.uint8,
            (rows, slots),
            elements=st.sampled_from([0, 0, 0, 1, 3, 4, 7, 3 | q.SUSPECT, 4 | q.DERIVED]),
        )
    )
    source = draw(hnp.arrays(np.int32, (rows, slots), elements=st.sampled_from([1, 1, 1, 2, 2_000_000_000])))
    return micro, quality, source, draw(st.integers(0, 6))


def decoded(encoded: codec.Encoded, rows: int, slots: int):
    data = [b""] * rows
    for payload in encoded.payloads:
        for at, row in enumerate(payload.rows):
            data[row] = payload.data[at].tobytes()
    micro, valid = codec.decode_values(
        data, slots, vmin=encoded.vmin, scale_exp=encoded.scale_exp, n_valid=encoded.n_valid
    )
    quality = codec.decode_quality([encoded.flags[i] for i in range(rows)], slots, valid)
    source = codec.decode_sources([encoded.sources[i] for i in range(rows)], slots)
    return data, micro, quality, source


@settings(max_examples=400, deadline=None)
@given(blocks())
def test_a_block_decodes_to_what_was_encoded(block):
    micro, quality, source, preferred = block
    rows, slots = micro.shape
    encoded = codec.encode(micro.copy(), quality, source, preferred_exp=preferred)
    data, micro_back, quality_back, source_back = decoded(encoded, rows, slots)

    valid = q.has_value(quality)
    there = (quality & q.RANK_MASK) != q.ABSENT
    assert (micro_back == np.where(valid, micro, 0)).all()
    assert ((np.zeros_like(quality) if quality_back is None else quality_back) == quality).all()
    assert (source_back == source)[there].all()

    # The statistics beside the payload are the payload's.
    unit = 10 ** (6 - encoded.scale_exp)
    for row in range(rows):
        held = micro[row][valid[row]]
        assert encoded.n_valid[row] == len(held)
        assert encoded.vsum[row] * unit[row] == sum(held.tolist())
        if len(held):
            assert (encoded.vmin[row] * unit[row], encoded.vmax[row] * unit[row]) == (held.min(), held.max())
            assert encoded.t_last[row] == np.flatnonzero(valid[row])[-1]
            assert encoded.vlast[row] * unit[row] == held[-1]
        else:
            assert encoded.t_last[row] == -1

    # What stands in a slot without a value leaves no trace: the same content is the same bytes.
    noise = np.where(valid, micro, 12_345)
    again = codec.encode(
        noise, quality, np.where(there, source, 77).astype(np.int32), preferred_exp=preferred
    )
    data_again, *_ = decoded(again, rows, slots)
    assert data_again == data
    assert [again.sources[i] for i in range(rows) if there[i].any()] == [
        encoded.sources[i] for i in range(rows) if there[i].any()
    ]


@pytest.mark.parametrize(
    ("spread", "gap", "width"),
    [
        (0, False, 1), (255, False, 1), (255, True, 2), (254, True, 1), (65_535, False, 2), (65_535, True, 4),
        (65_536, False, 4), (2**32 - 1, False, 4), (2**32 - 1, True, 8), (2**32, False, 8),
        (2 * MICRO_LIMIT, True, 8),
    ],
)  # fmt: skip
def test_the_narrowest_width_that_fits_is_chosen(spread, gap, width):
    micro = np.array([[-(spread // 2), spread - spread // 2, 0]], dtype=np.int64)
    quality = np.array([[0, 0, q.ABSENT if gap else 0]], dtype=np.uint8)
    (payload,) = codec.encode(micro, quality, 1, preferred_exp=6).payloads
    assert payload.data.shape == (1, 3 * width)


def test_usual_blocks_need_no_quality_bytes_and_one_source_run():
    micro = np.arange(2 * 960, dtype=np.int64).reshape(2, 960) * 1000
    quality = np.zeros((2, 960), dtype=np.uint8)
    quality[1, 5:9] = q.ABSENT
    encoded = codec.encode(micro, quality, 7, preferred_exp=3)
    assert encoded.flags.buffer == b""
    assert encoded.sources.lengths.tolist() == [6, 6]
    assert encoded.payloads[0].data.shape == (2, 1920)


def test_a_block_takes_more_decimals_only_where_its_values_need_them():
    micro = np.array([[1_000, 2_000], [1_500, 2_000], [1_000_001, 3]], dtype=np.int64)
    encoded = codec.encode(micro, np.zeros((3, 2), dtype=np.uint8), 1, preferred_exp=3)
    assert encoded.scale_exp.tolist() == [3, 4, 6]
