"""Random numbers by counter: the same number for the same (seed, name, slot), in any order and amount.

Sequential generators would tie a value to how many were drawn before it; history made in bulk and
values made live must be the same numbers.
"""

import hashlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

_GOLDEN: Final = np.uint64(0x9E37_79B9_7F4A_7C15)
_MIX_1: Final = np.uint64(0xBF58_476D_1CE4_E5B9)
_MIX_2: Final = np.uint64(0x94D0_49BB_1331_11EB)


def key_of(seed: int, *names: str) -> int:
    """The 64-bit key of one stream of numbers."""
    text = ":".join((str(seed), *names))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def _hashed(key: int, counter: NDArray[np.int64]) -> NDArray[np.uint64]:
    # SplitMix64 (Steele, Lea, Flood 2014), with the counter in place of the state.
    z = counter.astype(np.uint64) * _GOLDEN + np.uint64(key)
    z = (z ^ (z >> np.uint64(30))) * _MIX_1
    z = (z ^ (z >> np.uint64(27))) * _MIX_2
    return z ^ (z >> np.uint64(31))


def uniform(key: int, counter: NDArray[np.int64]) -> NDArray[np.float64]:
    """Numbers in [0, 1), of the counter's shape."""
    return (_hashed(key, counter) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def gauss(key: int, counter: NDArray[np.int64]) -> NDArray[np.float64]:
    """Numbers of mean 0 and variance 1, within +-3.47, of the counter's shape.

    The sum of four 16-bit uniforms: cheap, and no tail that a meter would not show.
    """
    bits = _hashed(key, counter)
    mask = np.uint64(0xFFFF)
    total = (
        (bits & mask)
        + ((bits >> np.uint64(16)) & mask)
        + ((bits >> np.uint64(32)) & mask)
        + (bits >> np.uint64(48))
    )
    return (total.astype(np.float64) / 65536.0 - 2.0) * 3.0**0.5


def smooth(key: int, at_ms: NDArray[np.int64], period_ms: int) -> NDArray[np.float64]:
    """A smooth random curve: independent values each period, blended between; mean 0, variance about 0.7.

    Args:
        key: Stream of the knots.
        at_ms: Instants, ms since the epoch, any shape.
        period_ms: Distance of the knots. [ms]
    """
    knot = at_ms // period_ms
    first = int(knot.min())
    table = gauss(key, np.arange(first, int(knot.max()) + 2, dtype=np.int64))
    x = (at_ms - knot * period_ms) / period_ms
    blend = x * x * (3.0 - 2.0 * x)
    index = knot - first
    before = table[index]
    return before + (table[index + 1] - before) * blend
