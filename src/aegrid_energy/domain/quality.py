"""How far a reading can be trusted: one byte a slot, spelled the same in JSON, SQL and CSV.

The low three bits rank; smaller is better. The high bits are flags and never change the rank.
"""

from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

RANK_MASK: Final = 0b0000_0111
#: Set by a rule that finds the value implausible; the value is kept.
SUSPECT: Final = 0b0000_1000
#: Computed from other readings (a counter's difference, kW times hours).
DERIVED: Final = 0b0001_0000
#: Put there by a person; outranks every provider until withdrawn.
CORRECTED: Final = 0b0010_0000
#: A share of a known total over a gap; the total is right, the split is a guess.
SPLIT_OF_GAP: Final = 0b0100_0000


class Quality(StrEnum):
    """Ranks of a reading, best first (AEMO's words)."""

    ACTUAL = "actual"
    FINAL_SUBSTITUTED = "final_substituted"
    SUBSTITUTED = "substituted"
    ESTIMATED = "estimated"
    NULL = "null"

    @property
    def code(self) -> int:
        """The rank as stored, 0 (actual) to 4 (null)."""
        return _CODES[self]


_CODES: Final[dict[Quality, int]] = {name: code for code, name in enumerate(Quality)}
_NAMES: Final[tuple[Quality, ...]] = tuple(Quality)

#: Rank of a slot that was never received. It stands in memory and in blocks, never in an answer.
ABSENT: Final = 7
NULL: Final = Quality.NULL.code

_FLAG_NAMES: Final[dict[str, int]] = {
    "suspect": SUSPECT,
    "derived": DERIVED,
    "corrected": CORRECTED,
    "split_of_gap": SPLIT_OF_GAP,
}


def quality_of(code: int) -> Quality:
    """The rank of a stored byte; a slot never received reads as null."""
    rank = code & RANK_MASK
    return _NAMES[rank] if rank < len(_NAMES) else Quality.NULL


def flags_of(code: int) -> tuple[str, ...]:
    """The names of the flags set in a stored byte."""
    return tuple(name for name, bit in _FLAG_NAMES.items() if code & bit)


def spelled(code: int) -> str:
    """A stored byte in words, `rank+flag+flag`, as CSV and SQL show it.

    >>> spelled(0), spelled(3 | SUSPECT)
    ('actual', 'estimated+suspect')
    """
    return "+".join((quality_of(code).value, *flags_of(code)))


def parsed(text: str) -> int:
    """The byte of a spelling.

    Raises:
        KeyError: for a word that is neither a rank nor a flag.

    >>> parsed("estimated+suspect") == (3 | SUSPECT)
    True
    """
    rank, *flags = text.split("+")
    code = _CODES[Quality(rank)] if rank in Quality.__members__.values() else _unknown(rank)
    for flag in flags:
        code |= _FLAG_NAMES[flag]
    return code


def _unknown(word: str) -> int:
    raise KeyError(word)


def has_value(quality: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where a slot carries a number, shape (n,)."""
    return (quality & RANK_MASK) < NULL


def is_estimated(quality: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where a slot carries a number that nobody measured: estimated or substituted, shape (n,).

    One meaning of "estimated share" for rollups, charts and reports.
    """
    rank = quality & RANK_MASK
    return (rank > 0) & (rank < NULL)


def is_suspect(quality: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where a slot carries a number that a rule doubts, shape (n,)."""
    return has_value(quality) & ((quality & SUSPECT) != 0)
