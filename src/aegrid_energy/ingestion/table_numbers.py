"""Numbers of a text column: thousands, decimal commas, words for "no value"; and numbers of typed columns."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aegrid_energy.ingestion.arrow import Column, compute

#: What meters, spreadsheets and portals write where there is no value; compared in lower case.
NO_VALUE: Final = (
    "", "-", "--", "?", "na", "n/a", "#n/a", "nan", "nil", "none", "null", "no data", "missing", "unknown",
    "unavailable", "bad", "error",
)  # fmt: skip
_PLAIN: Final = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"
#: 1,234.5 and 1,234,567: can only be commas between thousands.
_POINT_ONLY: Final = r"^[+-]?([0-9]{1,3}(,[0-9]{3})+\.[0-9]*|[0-9]{1,3}(,[0-9]{3}){2,})$"
#: 1.234,5 and 0,5 and 12,3456: can only be a decimal comma.
_COMMA_ONLY: Final = (
    r"^[+-]?([0-9]{1,3}(\.[0-9]{3})+,[0-9]*|[0-9]*,([0-9]{1,2}|[0-9]{4,})|0,[0-9]+|[0-9]{4,},[0-9]+)$"
)
#: 1,234: either.
_EITHER: Final = r"^[+-]?[1-9][0-9]{0,2},[0-9]{3}$"
#: 0.5 and 1234.567: a decimal point (1.234 may also be thousands, in a column of decimal commas).
_POINT_SURE: Final = r"^[+-]?([0-9]*\.([0-9]{1,2}|[0-9]{4,})|0\.[0-9]+|[0-9]{4,}\.[0-9]+)$"
#: How a spreadsheet formula begins; such a cell is never a value.
_FORMULA: Final = r"^[=@]|^[+-][^0-9.,\s]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Numbers of one column.

    Args:
        values: float64, shape (n,); NaN where there is no value or it could not be read.
        bad: Rows whose cell is neither a number nor a word for "no value", shape (k,).
        formulas: Rows whose cell is a formula written as text, shape (k,).
        decimal: "." or ","; empty where the column holds neither.
        question: What stays open, in words; empty = nothing.
        is_float32: Values were float32 in the file, and stand for the shortest decimal that gives them back.
    """

    values: NDArray[np.float64]
    bad: NDArray[np.intp]
    formulas: NDArray[np.intp]
    decimal: str = ""
    question: str = ""
    is_float32: bool = False


_NONE: Final = np.zeros(0, dtype=np.intp)


def numbers(column: Column, decimal: str = "") -> Numbers:
    """Numbers of a column of any type.

    Args:
        column: shape (n,).
        decimal: "." or "," where a person or another column decided it.
    """
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _of_text(column, decimal)
    is_float32 = pa.types.is_float32(kind) or pa.types.is_float16(kind)
    numeric = pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)
    if not numeric:
        return Numbers(values=np.full(len(column), np.nan), bad=_NONE, formulas=_NONE)
    wide = column.cast(pa.float64(), safe=False)
    values = wide.to_numpy(zero_copy_only=False).astype(np.float64, copy=True)
    infinite = np.flatnonzero(np.isinf(values))
    values[infinite] = np.nan
    return Numbers(values=values, bad=infinite, formulas=_NONE, is_float32=is_float32)


def share_of_numbers(column: Column, first: int = 2000) -> float:
    """Share of the filled cells among the first ones that are numbers, 0 to 1; 0 where none is filled."""
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return float(
            pa.types.is_floating(column.type)
            or pa.types.is_integer(column.type)
            or pa.types.is_decimal(column.type)
        )
    head = column.slice(0, first)
    if head.null_count == len(head):
        head = column.drop_null().slice(0, first)
    found = numbers(head)
    filled = int(np.count_nonzero(np.isfinite(found.values)))
    refused = len(found.bad) + len(found.formulas)
    return filled / (filled + refused) if filled else 0.0


def _of_text(column: Column, decimal: str) -> Numbers:
    text = compute.if_else(compute.equal(column, ""), pa.scalar(None, column.type), column)
    # A column with a decimal comma must not be read by the fast way: there 1.234 is a thousand and more.
    if decimal != ",":
        try:
            return _checked(text.cast(pa.float64()), text)
        except pa.ArrowInvalid:
            pass
    text = compute.utf8_trim_whitespace(text)
    words = compute.is_in(compute.utf8_lower(text), value_set=pa.array(NO_VALUE, text.type))
    text = compute.if_else(words, pa.scalar(None, text.type), text)
    decimal, question = (decimal, "") if decimal else _decimal_of(text)
    if decimal == ",":
        plain = compute.replace_substring(compute.replace_substring(text, ".", ""), ",", ".")
        fine = compute.or_(
            _matches(text, _COMMA_ONLY),
            compute.or_(_matches(text, _EITHER), _matches(plain, r"^[+-]?[0-9]+$")),
        )
    else:
        plain = compute.replace_substring(text, ",", "")
        fine = compute.or_(
            _matches(text, _PLAIN), compute.or_(_matches(text, _POINT_ONLY), _matches(text, _EITHER))
        )
    kept = compute.if_else(fine, plain, pa.scalar(None, text.type))
    checked = _checked(kept.cast(pa.float64()), kept)
    refused = compute.and_(compute.is_valid(text), compute.invert(compute.fill_null(fine, fill_value=False)))
    formula = compute.and_(refused, _matches(text, _FORMULA))
    bad = compute.and_(refused, compute.invert(compute.fill_null(formula, fill_value=False)))
    return Numbers(
        values=checked.values,
        bad=np.union1d(checked.bad, _rows(bad)),
        formulas=_rows(formula),
        decimal=decimal,
        question=question,
    )


def _checked(cast: Column, text: Column) -> Numbers:
    values = cast.to_numpy(zero_copy_only=False).astype(np.float64, copy=True)
    odd = np.isinf(values)
    values[odd] = np.nan
    # Arrow also reads "nan" and "inf"; the first is a word for no value, the second is no number.
    has_point = bool(compute.any(compute.match_substring(text.slice(0, 1000), ".")).as_py())
    return Numbers(values=values, bad=np.flatnonzero(odd), formulas=_NONE, decimal="." if has_point else "")


def _decimal_of(text: Column) -> tuple[str, str]:
    def count(pattern: str) -> int:
        return int(compute.sum(compute.cast(_matches(text, pattern), pa.int64())).as_py() or 0)

    comma, point = count(_COMMA_ONLY), count(_POINT_ONLY) + count(_POINT_SURE)
    if comma and point:
        question = f"{comma} cells have a decimal comma and {point} a decimal point: which one is right?"
        return ("," if comma > point else "."), question
    if comma:
        return ",", ""
    if point:
        return ".", ""
    if count(_EITHER):
        return ".", "Numbers like 1,234: is the comma a thousands mark (taken so) or a decimal comma?"
    return "", ""


def _matches(text: Column, pattern: str) -> Column:
    return compute.match_substring_regex(text, pattern)


def _rows(mask: Column) -> NDArray[np.intp]:
    return np.flatnonzero(compute.fill_null(mask, fill_value=False).to_numpy(zero_copy_only=False))
