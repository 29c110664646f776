"""Many decimal numbers out of one text at once: exact, strict, and told where one is none.

`float()` would also take nan, inf, 1_000 and blanks; a meter file may hold none of them.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

_COMMA, _DOT, _MINUS, _ZERO = 44, 46, 45, 48
#: Fifteen digits are below 2**53, so digits and power of ten divide to the nearest float exactly once.
_FAST_WIDTH: Final = 15
_POWERS: Final = 10.0 ** np.arange(_FAST_WIDTH + 1)
#: Rare but honest spellings: outer blanks, a plus sign, an exponent as spreadsheets write it.
_RARE: Final = re.compile(
    rb"[ \t]*([+-]?(?:[0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,2})?)[ \t]*"
)
#: Fields decoded in one go: small enough that the columns of work stay in the processor's cache.
BATCH: Final = 1 << 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Decimals:
    """Numbers of a run of fields.

    Args:
        values: float64, shape (n,); the nearest float of the decimal; 0 where empty or bad.
        is_empty: Fields with nothing in them, shape (n,).
        bad: Indices of fields that are no number, ascending.
    """

    values: NDArray[np.float64]
    is_empty: NDArray[np.bool_]
    bad: NDArray[np.intp]


def decimals(text: bytes) -> Decimals:
    """The numbers between the commas of a text.

    >>> decimals(b"1.5,.25,,-3,nan").values.tolist(), decimals(b"1.5,.25,,-3,nan").bad.tolist()
    ([1.5, 0.25, 0.0, -3.0, 0.0], [4])
    """
    # Room behind the last field lets every field be read at full width.
    raw = np.frombuffer(text + b"," + bytes(_FAST_WIDTH), dtype=np.uint8)
    ends = np.flatnonzero(raw[: len(text) + 1] == _COMMA)
    starts = np.empty_like(ends)
    starts[0], starts[1:] = 0, ends[:-1] + 1
    length = ends - starts
    values = np.empty(len(ends))
    good = np.empty(len(ends), dtype=bool)
    for first in range(0, len(ends), BATCH):
        part = slice(first, first + BATCH)
        _decode(raw, starts[part], length[part], values[part], good[part])
    is_empty = length == 0
    odd = np.flatnonzero(~(good | is_empty))
    values[is_empty] = 0.0
    bad = [
        index
        for index in odd.tolist()
        if not _rare(text, int(starts[index]), int(ends[index]), values, index)
    ]
    return Decimals(values=values, is_empty=is_empty, bad=np.array(bad, dtype=np.intp))


def exact(text: bytes) -> Decimal | None:
    """One number as it is written; None where the text is none.

    >>> exact(b"006342.80"), exact(b"1_000")
    (Decimal('6342.80'), None)
    """
    match = _RARE.fullmatch(text)
    return None if match is None else Decimal(match[1].decode())


def _decode(
    raw: NDArray[np.uint8],
    starts: NDArray[np.intp],
    length: NDArray[np.intp],
    values: NDArray[np.float64],
    good: NDArray[np.bool_],
) -> None:
    """Fill `values` and `good`: character by character, all fields abreast."""
    width = min(int(length.max(initial=0)), _FAST_WIDTH)
    digits = np.zeros(len(starts), dtype=np.int64)
    marks = np.zeros(len(starts), dtype=np.int8)  # characters that are no digit
    places = np.zeros(len(starts), dtype=np.int8)
    after_dot = np.zeros(len(starts), dtype=bool)
    negative = raw[starts] == _MINUS
    fine = length <= _FAST_WIDTH
    for offset in range(width):
        character = raw[starts + offset]
        digit = character - np.uint8(_ZERO)
        inside = length > offset
        is_digit = (digit < 10) & inside
        np.multiply(digits, 10, out=digits, where=is_digit)
        np.add(digits, digit, out=digits, where=is_digit)
        is_dot = (character == _DOT) & inside
        allowed = is_digit | (is_dot & ~after_dot) | ~inside
        fine &= (allowed | negative) if offset == 0 else allowed
        places += after_dot & is_digit
        marks += inside & ~is_digit
        after_dot |= is_dot
    np.divide(digits, _POWERS[places], out=values)
    np.negative(values, out=values, where=negative)
    np.logical_and(fine, length > marks, out=good)
    values[~good] = 0.0


def _rare(text: bytes, start: int, end: int, values: NDArray[np.float64], index: int) -> bool:
    match = _RARE.fullmatch(text, start, end)
    if match is not None:
        values[index] = float(match[1])
    return match is not None
