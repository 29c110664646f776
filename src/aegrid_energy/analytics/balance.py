"""The electrical tree: what each meter measured = what its children took + residual, by dated `fed_by`.

Energy goes both ways. What a child sends back (export, generation) feeds its siblings, so what arrives at a
meter's busbar is its own import plus its children's export; what leaves is its own export plus their import.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from uuid import UUID

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.meter import MeterFeed
from aegrid_energy.domain.spans import Span, overlap, slices


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a meter counted over a time.

    Args:
        taken: Import, away from the grid; None where it is not known. [unit of the carrier]
        given: Export or generation, towards the grid. [unit of the carrier]
    """

    taken: float | None
    given: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeSlice:
    """A time in which the tree did not change.

    Args:
        span: From when to when.
        fed_by: Child -> parent.
    """

    span: Span
    fed_by: Mapping[UUID, UUID]

    def children(self) -> Mapping[UUID, tuple[UUID, ...]]:
        """Parent -> children, in the order of the feeds."""
        out: dict[UUID, list[UUID]] = {}
        for child, parent in self.fed_by.items():
            out.setdefault(parent, []).append(child)
        return {parent: tuple(ids) for parent, ids in out.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeBalance:
    """One meter with children.

    Args:
        meter_id: The meter.
        measured: Its import. [unit of the carrier]
        children: Sum of its children's import. [unit of the carrier]
        returned: Own export, and what children sent back, as (own, children). [unit of the carrier]
        residual: What arrived and no child took; None where a meter is unknown. [unit of the carrier]
        unknown: The meters that are.
        is_tree_error: Children took more than arrived: a wrong `fed_by`, multiplier or clock.
    """

    meter_id: UUID
    measured: float | None
    children: float | None
    returned: tuple[float, float]
    residual: float | None
    unknown: tuple[UUID, ...]
    is_tree_error: bool

    @property
    def residual_share(self) -> float | None:
        """Residual of what was measured, 0 to 1 where the tree is right."""
        return self.residual / self.measured if self.residual is not None and self.measured else None


def tree_slices(feeds: Sequence[MeterFeed], period: Span) -> tuple[TreeSlice, ...]:
    """The trees of a period, one for each time between two changes.

    Raises:
        InvalidError: `meter_fed_twice`, `fed_by_cycle` naming the meters.
    """
    live = [feed for feed in feeds if overlap(period, [feed.span])]
    out: list[TreeSlice] = []
    for span in slices(period, [feed.span for feed in live]):
        fed_by: dict[UUID, UUID] = {}
        for feed in live:
            holds = bool(overlap(span, [feed.span]))
            if holds and fed_by.setdefault(feed.meter_id, feed.fed_by) != feed.fed_by:
                raise InvalidError("meter_fed_twice", meter_id=str(feed.meter_id))
        _refuse_circles(fed_by)
        out.append(TreeSlice(span=span, fed_by=fed_by))
    return tuple(out)


def balance(
    tree: TreeSlice, amounts: Mapping[UUID, Measured], *, tolerance: float = 0.0
) -> tuple[NodeBalance, ...]:
    """The balance of every meter that feeds others.

    Args:
        tree: A time without changes.
        amounts: What each meter counted in that time; a meter left out is unknown.
        tolerance: Share of what arrived by which a residual may be negative (accuracy of the meters).

    Returns:
        One row for each parent, in the order of the feeds.
    """
    unmeasured = Measured(taken=None)
    rows: list[NodeBalance] = []
    for parent, ids in tree.children().items():
        own = amounts.get(parent, unmeasured)
        below = {child: amounts.get(child, unmeasured) for child in ids}
        unknown = tuple(m for m, got in {parent: own, **below}.items() if got.taken is None)
        taken = [got.taken for got in below.values() if got.taken is not None]
        children = sum(taken) if len(taken) == len(below) else None
        sent_back = sum(got.given for got in below.values())
        residual: float | None = None
        arrived = (own.taken or 0.0) + sent_back
        if own.taken is not None and children is not None:
            residual = arrived - own.given - children
        rows.append(
            NodeBalance(
                meter_id=parent,
                measured=own.taken,
                children=children,
                returned=(own.given, sent_back),
                residual=residual,
                unknown=unknown,
                is_tree_error=residual is not None
                and residual < -tolerance * arrived - 1e-9 * max(arrived, 1),
            )
        )
    return tuple(rows)


def _refuse_circles(fed_by: Mapping[UUID, UUID]) -> None:
    try:
        TopologicalSorter({child: {parent} for child, parent in fed_by.items()}).prepare()
    except CycleError as circle:
        raise InvalidError("fed_by_cycle", meters=[str(m) for m in circle.args[1]]) from None
