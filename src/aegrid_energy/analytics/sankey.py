"""A balance as a flow picture: meters, the links between them, and every residual by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from aegrid_energy.analytics.balance import Measured, NodeBalance, TreeSlice


class NodeKind(StrEnum):
    """What a node of the picture stands for."""

    METER = "meter"
    RETURNED = "returned"  # what a meter sent back to the one that feeds it
    EXPORTED = "exported"  # the same, where it leaves the meter's own busbar
    RESIDUAL = "residual"  # measured, and taken by no child
    SHORTFALL = "shortfall"  # taken by children, and measured by no parent: a meter tree error


WORDS: Final[Mapping[NodeKind, str]] = {
    NodeKind.RETURNED: "sent back",
    NodeKind.EXPORTED: "exported",
    NodeKind.RESIDUAL: "not metered",
    NodeKind.SHORTFALL: "meter tree error",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowNode:
    """A node; every kind carries the id of the meter it belongs to."""

    key: str
    kind: NodeKind
    meter_id: UUID
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowLink:
    """An amount that flows from one node to another, greater than 0. [unit of the carrier]."""

    source: str
    target: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The whole picture, and the meters that could not be drawn because nothing is known of them."""

    nodes: tuple[FlowNode, ...]
    links: tuple[FlowLink, ...]
    unknown: tuple[UUID, ...]


def flow_of(
    tree: TreeSlice,
    rows: Sequence[NodeBalance],
    amounts: Mapping[UUID, Measured],
    names: Mapping[UUID, str],
    *,
    words: Mapping[NodeKind, str] = WORDS,
) -> Flow:
    """Nodes and links of a balance; a meter's flow in equals its flow out, shortfalls included.

    There is no circle: energy sent back starts at a node of its own.

    Args:
        tree: The tree of the balance.
        rows: Its rows.
        amounts: What each meter counted.
        names: Name of each meter.
        words: What to call the other kinds, after the meter's name.
    """
    nodes: dict[str, FlowNode] = {}
    links: list[FlowLink] = []
    unknown: dict[UUID, None] = {}

    def node(meter_id: UUID, kind: NodeKind = NodeKind.METER) -> str:
        key = str(meter_id) if kind is NodeKind.METER else f"{kind.value}:{meter_id}"
        name = names.get(meter_id, str(meter_id))
        label = name if kind is NodeKind.METER else f"{name}: {words[kind]}"
        nodes.setdefault(key, FlowNode(key=key, kind=kind, meter_id=meter_id, name=label))
        return key

    def link(source: str, target: str, value: float) -> None:
        if value > 0:
            links.append(FlowLink(source=source, target=target, value=value))

    def other(meter_id: UUID, kind: NodeKind, value: float) -> None:
        if value <= 0:
            return
        if kind in {NodeKind.RESIDUAL, NodeKind.EXPORTED}:
            link(node(meter_id), node(meter_id, kind), value)
        else:
            target = meter_id if kind is NodeKind.SHORTFALL else tree.fed_by[meter_id]
            link(node(meter_id, kind), node(target), value)

    for row in rows:
        unknown.update(dict.fromkeys(row.unknown))
        parent = node(row.meter_id)
        for child in tree.children()[row.meter_id]:
            got = amounts.get(child, Measured(taken=None))
            if got.taken:
                link(parent, node(child), got.taken)
            other(child, NodeKind.RETURNED, got.given)
        other(row.meter_id, NodeKind.EXPORTED, row.returned[0])
        other(row.meter_id, NodeKind.RESIDUAL, row.residual or 0.0)
        other(row.meter_id, NodeKind.SHORTFALL, -(row.residual or 0.0) if row.is_tree_error else 0.0)
    return Flow(nodes=tuple(nodes.values()), links=tuple(links), unknown=tuple(unknown))
