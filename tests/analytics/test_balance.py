"""The meter tree: measured = children + residual."""

import pytest
from register_made import day, named

from aegrid_energy.analytics.balance import Measured, balance, tree_slices
from aegrid_energy.analytics.sankey import NodeKind, flow_of
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.meter import MeterFeed
from aegrid_energy.domain.spans import span_of

YEAR = span_of(day("2026-01-01"), day("2027-01-01"))
NAMES = {named(n): n for n in ("main", "a", "b", "c", "pv")}


def feed(child: str, parent: str, start: str | None = None, end: str | None = None) -> MeterFeed:
    return MeterFeed(
        meter_id=named(child),
        fed_by=named(parent),
        start=None if start is None else day(start),
        end=None if end is None else day(end),
    )


def taken(**amounts: float | None) -> dict[object, Measured]:
    return {named(name): Measured(taken=value) for name, value in amounts.items()}


def test_main_100_with_subs_60_and_30_leaves_10() -> None:
    (tree,) = tree_slices([feed("a", "main"), feed("b", "main")], YEAR)
    (row,) = balance(tree, taken(main=100, a=60, b=30))
    assert (row.measured, row.children, row.residual, row.residual_share) == (100, 90, 10, 0.1)
    assert not row.is_tree_error
    flow = flow_of(tree, [row], taken(main=100, a=60, b=30), NAMES)
    assert {(link.source, link.target, link.value) for link in flow.links} == {
        (str(named("main")), str(named("a")), 60),
        (str(named("main")), str(named("b")), 30),
        (str(named("main")), f"residual:{named('main')}", 10),
    }
    assert [n.name for n in flow.nodes if n.kind is NodeKind.RESIDUAL] == ["main: not metered"]


def test_children_that_take_more_than_arrived_are_a_tree_error() -> None:
    (tree,) = tree_slices([feed("a", "main"), feed("b", "main")], YEAR)
    amounts = taken(main=80, a=60, b=30)
    (row,) = balance(tree, amounts)
    assert (row.residual, row.is_tree_error) == (-10, True)
    flow = flow_of(tree, [row], amounts, NAMES)
    assert (f"shortfall:{named('main')}", 10) in {(link.source, link.value) for link in flow.links}
    assert "main: meter tree error" in {n.name for n in flow.nodes}
    (lenient,) = balance(tree, amounts, tolerance=0.2)
    assert (lenient.residual, lenient.is_tree_error) == (-10, False)


def test_rounding_is_no_tree_error() -> None:
    (tree,) = tree_slices([feed("a", "main"), feed("b", "main"), feed("c", "main")], YEAR)
    (row,) = balance(tree, taken(main=0.6, a=0.1, b=0.2, c=0.3))
    assert row.residual is not None
    assert row.residual < 0
    assert not row.is_tree_error


def test_an_unknown_child_makes_the_residual_unknown() -> None:
    (tree,) = tree_slices([feed("a", "main"), feed("b", "main")], YEAR)
    (row,) = balance(tree, taken(main=100, a=60))
    assert (row.children, row.residual, row.residual_share, row.unknown) == (None, None, None, (named("b"),))
    flow = flow_of(tree, [row], taken(main=100, a=60), NAMES)
    assert flow.unknown == (named("b"),)
    assert not [n for n in flow.nodes if n.kind is NodeKind.RESIDUAL]


def test_the_tree_changes_with_its_dates() -> None:
    slices = tree_slices(
        [feed("a", "main"), feed("b", "main", end="2026-07-01"), feed("b", "a", start="2026-07-01")], YEAR
    )
    assert [(s.span.start_ms, s.fed_by[named("b")]) for s in slices] == [
        (YEAR.start_ms, named("main")),
        (span_of(day("2026-07-01"), None).start_ms, named("a")),
    ]
    rows = balance(slices[1], taken(main=100, a=60, b=30))
    assert {NAMES[r.meter_id]: r.residual for r in rows} == {"main": 40, "a": 30}


def test_what_is_made_below_a_meter_feeds_its_siblings() -> None:
    # 40 bought, 70 made on the roof, 15 sold: 95 used, 80 of it by a
    (tree,) = tree_slices([feed("a", "main"), feed("pv", "main")], YEAR)
    amounts = {
        named("main"): Measured(taken=40, given=15),
        named("a"): Measured(taken=80),
        named("pv"): Measured(taken=0, given=70),
    }
    (row,) = balance(tree, amounts)
    assert (row.residual, row.returned) == (15, (15, 70))
    flow = flow_of(tree, [row], amounts, NAMES)
    main = str(named("main"))
    into = sum(link.value for link in flow.links if link.target == main) + 40
    out = sum(link.value for link in flow.links if link.source == main)
    assert into == out == 110
    assert {link.source for link in flow.links} <= {n.key for n in flow.nodes}
    assert {link.target for link in flow.links} <= {n.key for n in flow.nodes}


def test_a_meter_fed_twice_or_by_itself_is_refused() -> None:
    with pytest.raises(InvalidError, match="meter_fed_twice"):
        tree_slices([feed("a", "main"), feed("a", "b")], YEAR)
    with pytest.raises(InvalidError) as refused:
        tree_slices([feed("a", "b"), feed("b", "c"), feed("c", "a")], YEAR)
    assert refused.value.code == "fed_by_cycle"
    assert set(refused.value.params["meters"]) == {str(named(n)) for n in "abc"}


def test_a_period_without_feeds_has_one_empty_tree() -> None:
    (tree,) = tree_slices([feed("a", "main", start="2030-01-01")], YEAR)
    assert (tree.span, balance(tree, taken(main=5))) == (YEAR, ())
