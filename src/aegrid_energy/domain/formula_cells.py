"""Cells that a spreadsheet would run: an apostrophe before them, and off again."""

from typing import Final

#: What a spreadsheet program takes for a formula when a cell of a CSV file begins with it.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: str) -> str:
    """A cell of CSV that no spreadsheet runs; `as_typed` gives it back.

    >>> harmless("=1+1"), harmless("-37.8")
    ("'=1+1", '-37.8')
    """
    if not cell.lstrip("'").lstrip(" ").startswith(_FORMULA):
        return cell
    try:
        float(cell)  # a latitude south of the equator is no formula
    except ValueError:
        return f"'{cell}"
    return cell


def as_typed(cell: str) -> str:
    """What stood there before `harmless`.

    >>> as_typed(harmless("=1+1")), as_typed("'til late")
    ('=1+1', "'til late")
    """
    if cell.startswith("'") and cell.lstrip("'").lstrip(" ").startswith(_FORMULA):
        return cell[1:]
    return cell
