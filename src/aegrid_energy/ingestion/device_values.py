"""What a device sends in the place of a value: bit patterns and words that are no number, ever."""

import math
import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.errors import InvalidError

#: Patterns that say "not implemented", by the type of the register (SunSpec; makers of meters do the same).
_ABSENT: Final[dict[str, tuple[int, ...]]] = {
    "int16": (-0x8000, 0x8000),
    "uint16": (0xFFFF,),
    "int32": (-0x80000000, 0x80000000, 0x7FFFFFFF),
    "uint32": (0xFFFFFFFF,),
    "int64": (-0x8000000000000000, 0x7FFFFFFFFFFFFFFF),
    "uint64": (0xFFFFFFFFFFFFFFFF,),
}
#: Words for "no value", in lower case.
_WORDS: Final = frozenset(
    {"", "-", "--", "n/a", "na", "nan", "null", "none", "unavailable", "unknown", "offline", "inf", "-inf"}
)
_PLAIN: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?")
_GROUPED: Final = {
    ".": re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?"),
    ",": re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d*)?"),
}


def not_implemented(raw: NDArray[np.integer] | NDArray[np.floating], form: str) -> NDArray[np.bool_]:
    """Where a register holds no value.

    Args:
        raw: Decoded numbers, shape (n,).
        form: "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32" or "float64".

    Raises:
        InvalidError: `unknown_register_form`.

    >>> not_implemented(np.array([-32768, 5]), "int16").tolist()
    [True, False]
    """
    if form in {"float32", "float64"}:
        return ~np.isfinite(raw)
    if form not in _ABSENT:
        raise InvalidError("unknown_register_form", form=form)
    return np.isin(raw, [pattern for pattern in _ABSENT[form] if _fits(pattern, raw.dtype)])


def _fits(pattern: int, kind: np.dtype[np.generic]) -> bool:
    if not np.issubdtype(kind, np.integer):
        return True
    limits = np.iinfo(kind.name)
    return int(limits.min) <= pattern <= int(limits.max)


def number_of(value: object, decimal: str = "") -> float | None:
    """The number in a message; None where it says that there is none.

    Args:
        value: A JSON value.
        decimal: The source's decimal mark, "." or ","; empty = nobody has said.

    Raises:
        InvalidError: `decimal_mark_unknown` for a number with a comma while nobody has said what commas
            mean; `value_not_a_number`.

    >>> number_of("unavailable"), number_of("1.234,5", ","), number_of(" 3.5 ")
    (None, 1234.5, 3.5)
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise InvalidError("value_not_a_number", value=str(value)[:40])
    if not isinstance(value, str):
        return _finite(value)
    text = value.strip()
    if text.casefold() in _WORDS:
        return None
    if "," in text and not decimal and re.fullmatch(r"[+-]?[\d.,]+", text):
        raise InvalidError("decimal_mark_unknown", value=text[:40])
    if decimal != "," and _PLAIN.fullmatch(text):
        return _finite(float(text))
    if decimal and _GROUPED[decimal].fullmatch(text):
        thousands = "," if decimal == "." else "."
        return _finite(float(text.replace(thousands, "").replace(",", ".")))
    raise InvalidError("value_not_a_number", value=text[:40])


def _finite(value: float) -> float | None:
    try:
        number = float(value)
    except OverflowError:  # an integer of JSON may have any length
        return None
    return number if math.isfinite(number) else None
