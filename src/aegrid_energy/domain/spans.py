"""Half-open stretches of time and what is left of them: the arithmetic of everything dated."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.zones import ms_of

#: Stand for "since ever" and "until further notice"; beyond any date of a calendar.
FIRST_MS: Final = -(2**62)
LAST_MS: Final = 2**62


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """`[start_ms, end_ms)`, ms since the epoch UTC."""

    start_ms: int
    end_ms: int


def span_of(start: datetime | None, end: datetime | None) -> Span:
    """The span between two instants; None is open.

    Raises:
        InvalidError: `ends_before_start`, `naive_time`.
    """
    span = Span(FIRST_MS if start is None else ms_of(start), LAST_MS if end is None else ms_of(end))
    if span.end_ms <= span.start_ms:
        raise InvalidError("ends_before_start", start=str(start), end=str(end))
    return span


def overlap(span: Span, spans: Iterable[Span]) -> list[Span]:
    """The parts of `spans` that lie within one span."""
    cut = (Span(max(s.start_ms, span.start_ms), min(s.end_ms, span.end_ms)) for s in spans)
    return [s for s in cut if s.start_ms < s.end_ms]


def overlap_all(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """The time that both have, ascending, in as few spans as can be."""
    both = list(others)
    return merged([piece for span in spans for piece in overlap(span, both)])


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time in as few spans as can be, ascending.

    >>> merged([Span(5, 9), Span(0, 3), Span(3, 4), Span(6, 7)])
    [Span(start_ms=0, end_ms=4), Span(start_ms=5, end_ms=9)]
    """
    out: list[Span] = []
    for span in sorted(spans):
        if out and span.start_ms <= out[-1].end_ms:
            out[-1] = Span(out[-1].start_ms, max(out[-1].end_ms, span.end_ms))
        else:
            out.append(span)
    return out


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What is left of `spans` when the time of `taken` is gone, ascending.

    >>> without([Span(0, 10)], [Span(2, 3), Span(8, 12)])
    [Span(start_ms=0, end_ms=2), Span(start_ms=3, end_ms=8)]
    """
    left = merged(spans)
    for gone in merged(taken):
        left = [piece for span in left for piece in _cut(span, gone)]
    return left


def slices(span: Span, dated: Sequence[Span]) -> list[Span]:
    """A span cut at every edge of `dated` inside of it: nothing dated changes within a slice."""
    inside = {edge for s in dated for edge in (s.start_ms, s.end_ms) if span.start_ms < edge < span.end_ms}
    edges = [span.start_ms, *sorted(inside), span.end_ms]
    return [Span(a, b) for a, b in pairwise(edges)]


def _cut(span: Span, gone: Span) -> list[Span]:
    pieces = (
        Span(span.start_ms, min(span.end_ms, gone.start_ms)),
        Span(max(span.start_ms, gone.end_ms), span.end_ms),
    )
    if gone.end_ms <= span.start_ms or gone.start_ms >= span.end_ms:
        return [span]
    return [piece for piece in pieces if piece.start_ms < piece.end_ms]
