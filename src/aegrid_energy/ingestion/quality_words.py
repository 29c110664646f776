"""Words and letters that meters and portals use for how far a reading can be trusted, as quality bytes."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.quality import SUSPECT, Quality, parsed
from aegrid_energy.ingestion.arrow import Column, compute

_WORDS: Final[dict[str, int]] = {
    **dict.fromkeys(("", "a", "act", "actual", "actuals", "measured", "m", "read", "r"), Quality.ACTUAL.code),
    **dict.fromkeys(("good", "g", "valid", "ok", "raw", "0", "true"), Quality.ACTUAL.code),
    **dict.fromkeys(("f", "final", "final substitute", "final substituted"), Quality.FINAL_SUBSTITUTED.code),
    **dict.fromkeys(("s", "sub", "substitute", "substituted"), Quality.SUBSTITUTED.code),
    **dict.fromkeys(("e", "est", "estimate", "estimated", "interpolated"), Quality.ESTIMATED.code),
    **dict.fromkeys(("n", "null", "missing", "none", "no data"), Quality.NULL.code),
    **dict.fromkeys(("suspect", "uncertain", "questionable", "q"), Quality.ACTUAL.code | SUSPECT),
}  # fmt: skip


def quality_of_word(word: str) -> int | None:
    """The quality byte of a word; None where we do not know it.

    >>> quality_of_word("A"), quality_of_word("estimated+suspect"), quality_of_word("purple")
    (0, 11, None)
    """
    plain = " ".join(word.casefold().split())
    if plain in _WORDS:
        return _WORDS[plain]
    # A letter and two digits is AEMO's quality and method: E52, S14, F11.
    if len(plain) == 3 and plain[0] in "aefsn" and plain[1:].isdigit():
        return _WORDS[plain[0]]
    try:
        return parsed(plain)
    except KeyError:
        return None


def quality_bytes(column: Column) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    """Quality bytes of a column of words, shape (n,), and the rows whose word we do not know."""
    coded = column.dictionary_encode()
    found = [quality_of_word(str(word)) for word in coded.dictionary.to_pylist()]
    table = np.array([SUSPECT if byte is None else byte for byte in found] or [0], dtype=np.uint8)
    strange = np.array([byte is None for byte in found] or [False])
    codes = compute.fill_null(coded.indices, 0).to_numpy(zero_copy_only=False)
    return table[codes], np.flatnonzero(strange[codes])
