"""Readings times the ratios of the transformers before their meter, in whole numbers; and back again."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.errors import RefusedError
from aegrid_energy.domain.readings import MICRO_LIMIT, as_decimal
from aegrid_energy.domain.spans import Span

#: Products up to here are computed in machine integers.
_FAST: Final = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """CT x VT over a time; outside of every ratio it is 1."""

    span: Span
    factor: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A time whose readings are multiplied by `old` and should be by `new`."""

    span: Span
    old: Fraction
    new: Fraction


def multiplied(
    start_ms: NDArray[np.int64], micro: NDArray[np.int64], ratios: Sequence[Ratio]
) -> NDArray[np.int64]:
    """Readings times the ratio of their time, to the nearest millionth, int64, shape (n,).

    Args:
        start_ms: Starts, ascending, shape (n,). [ms]
        micro: What the meter said, shape (n,).
        ratios: None of them overlap.
    """
    out = micro.copy()
    for one in ratios:
        low, high = np.searchsorted(start_ms, [one.span.start_ms, one.span.end_ms])
        out[low:high] = np.clip(_rounded(micro[low:high], one.factor), -MICRO_LIMIT, MICRO_LIMIT)
    return out


def changes_between(old: Sequence[Ratio], new: Sequence[Ratio]) -> list[Change]:
    """Where two lists of ratios differ, ascending."""
    edges = sorted({edge for one in (*old, *new) for edge in (one.span.start_ms, one.span.end_ms)})
    found: list[Change] = []
    for start, end in pairwise(edges):
        before, after = _factor_at(old, start), _factor_at(new, start)
        if before == after:
            continue
        if found and found[-1].span.end_ms == start and (found[-1].old, found[-1].new) == (before, after):
            start = found.pop().span.start_ms  # noqa: PLW2901  # the same change goes on
        found.append(Change(span=Span(start, end), old=before, new=after))
    return found


def rescaled(start_ms: NDArray[np.int64], micro: NDArray[np.int64], change: Change) -> NDArray[np.int64]:
    """Readings of the time of a change as they would have been stored with the new ratio.

    What the meter said is what is stored, divided by the old ratio. Where that is no whole number of
    millionths it was rounded when it was stored, and cannot be had back.

    Args:
        start_ms: Starts, for the refusal, shape (n,). [ms]
        micro: What is stored, shape (n,).
        change: From which ratio to which.

    Raises:
        RefusedError: `multiplier_not_exact`, `multiplier_too_large`.
    """
    said, rest = _parted(micro, 1 / change.old)
    if (rest != 0).any():
        at = int(np.flatnonzero(rest != 0)[0])
        raise RefusedError(
            "multiplier_not_exact",
            at=f"{np.datetime64(int(start_ms[at]), 'ms')}Z",
            value=str(as_decimal(int(micro[at]))),
            old=str(float(change.old)),
        )
    out = _rounded(said, change.new)
    if len(out) and int(np.abs(out).max()) > MICRO_LIMIT:
        raise RefusedError("multiplier_too_large", new=str(float(change.new)))
    return out.astype(np.int64)


def _factor_at(ratios: Sequence[Ratio], at_ms: int) -> Fraction:
    return next((r.factor for r in ratios if r.span.start_ms <= at_ms < r.span.end_ms), Fraction(1))


def _parted(micro: NDArray[np.int64], factor: Fraction) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The whole part of micro x factor, and what is left in parts of the denominator."""
    largest = int(np.abs(micro).max()) if len(micro) else 0
    wide = micro if largest * factor.numerator < _FAST else micro.astype(object)
    product = wide * factor.numerator
    whole = product // factor.denominator
    return whole, product - whole * factor.denominator


def _rounded(micro: NDArray[np.int64], factor: Fraction) -> NDArray[np.int64]:
    whole, rest = _parted(micro, factor)
    twice = rest * 2
    return whole + ((twice > factor.denominator) | ((twice == factor.denominator) & (whole % 2 == 1)))
