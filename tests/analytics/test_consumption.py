"""What counts for an asset, and what does not."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from register_made import SITE, asset, day, meter, named, register, series, stands

from aegrid_energy.analytics.consumption import ConsumptionPlan, LeftOut, plan_consumption
from aegrid_energy.domain.errors import InvalidError, NotFoundError
from aegrid_energy.domain.meter import Role
from aegrid_energy.domain.series import Carrier, Direction, Kind, Quantity
from aegrid_energy.domain.spans import Span, span_of

YEAR = span_of(day("2026-01-01"), day("2027-01-01"))
FULL = [("2026-01-01", "2027-01-01")]


def dates(span: Span) -> tuple[str, str]:
    return tuple(
        datetime.fromtimestamp(ms / 1000, UTC).date().isoformat() for ms in (span.start_ms, span.end_ms)
    )


def used(plan: ConsumptionPlan) -> list[tuple[int | None, tuple[str, str]]]:
    return sorted((u.series_no or 0, dates(u.span)) for u in plan.used)


def left(plan: ConsumptionPlan) -> set[tuple[object, LeftOut]]:
    names = {named(n): n for n in ("main", "sub60", "sub30", "pv", "check", "a", "b", "new")}
    return {(names[o.meter_id], o.reason) for o in plan.left_out}


def test_subs_are_never_added_to_a_boundary() -> None:
    reg = register(
        [asset("site")],
        [meter(n) for n in ("main", "sub60", "sub30", "pv", "check")],
        [
            stands("main", "site"),
            stands("sub60", "site", Role.SUB),
            stands("sub30", "site", Role.SUB),
            stands("pv", "site", Role.GENERATION),
            stands("check", "site", Role.CHECK),
        ],
        [series(n, m) for n, m in enumerate(("main", "sub60", "sub30", "pv", "check"), 1)],
    )
    plan = plan_consumption(SITE, reg, YEAR)
    assert used(plan) == [(1, *FULL)]
    assert left(plan) == {
        ("sub60", LeftOut.SUB),
        ("sub30", LeftOut.SUB),
        ("pv", LeftOut.GENERATION),
        ("check", LeftOut.CHECK),
    }
    assert plan.holes == ()
    amounts = {1: 100, 2: 60, 3: 30, 4: 5, 5: 100}
    assert sum(amounts[u.series_no or 0] * u.coefficient for u in plan.used) == 100


def test_meters_of_children_are_not_added_to_a_boundary_above_them() -> None:
    reg = register(
        [asset("site"), asset("hall", "site"), asset("chiller", "hall")],
        [meter(n) for n in ("main", "a", "b")],
        [stands("main", "site"), stands("a", "hall"), stands("b", "chiller")],
        [series(1, "main"), series(2, "a"), series(3, "b")],
    )
    plan = plan_consumption(SITE, reg, YEAR)
    assert used(plan) == [(1, *FULL)]
    assert left(plan) == {("a", LeftOut.BELOW_BOUNDARY), ("b", LeftOut.BELOW_BOUNDARY)}
    assert used(plan_consumption(named("hall"), reg, YEAR)) == [(2, *FULL)]
    assert used(plan_consumption(named("chiller"), reg, YEAR)) == [(3, *FULL)]


def test_an_asset_without_a_boundary_is_the_sum_of_its_children() -> None:
    reg = register(
        [asset("site"), asset("hall", "site"), asset("wing", "site"), asset("plant", "wing")],
        [meter(n) for n in ("a", "b")],
        [stands("a", "hall"), stands("b", "plant")],
        [series(1, "a"), series(2, "b")],
    )
    assert used(plan_consumption(SITE, reg, YEAR)) == [(1, *FULL), (2, *FULL)]


def test_history_uses_the_assignment_of_its_time() -> None:
    reg = register(
        [asset("site"), asset("hall", "site")],
        [meter(n) for n in ("main", "new", "a")],
        [
            stands("main", "site", end="2026-03-01"),
            stands("new", "site", start="2026-06-01"),
            stands("a", "hall", start="2026-04-01"),
        ],
        [series(1, "main"), series(2, "new"), series(3, "a")],
    )
    plan = plan_consumption(SITE, reg, YEAR)
    assert used(plan) == [
        (1, ("2026-01-01", "2026-03-01")),
        (2, ("2026-06-01", "2027-01-01")),
        (3, ("2026-04-01", "2026-06-01")),
    ]
    assert [(h.asset_id, dates(h.span)) for h in plan.holes if h.asset_id == SITE] == [
        (SITE, ("2026-03-01", "2026-04-01"))
    ]


def test_two_mains_add_up() -> None:
    reg = register(
        [asset("site")],
        [meter("a"), meter("b")],
        [stands("a", "site"), stands("b", "site")],
        [series(1, "a"), series(2, "b")],
    )
    assert used(plan_consumption(SITE, reg, YEAR)) == [(1, *FULL), (2, *FULL)]


def test_import_and_export_stand_beside_each_other() -> None:
    reg = register(
        [asset("site")],
        [meter("main")],
        [stands("main", "site")],
        [
            series(1, "main"),
            series(2, "main", register="B1", direction=Direction.EXPORT),
            series(3, "main", register="N", direction=Direction.NET),
        ],
    )
    groups = plan_consumption(SITE, reg, YEAR).groups()
    assert {key[2]: [u.series_no for u in uses] for key, uses in groups.items()} == {
        Direction.IMPORT: [1],
        Direction.EXPORT: [2],
        Direction.NET: [3],
    }
    assert all(u.coefficient == 1 for uses in groups.values() for u in uses)
    only = plan_consumption(SITE, reg, YEAR, directions=frozenset({Direction.EXPORT}))
    assert [u.series_no for u in only.used] == [2]


def test_a_childs_export_stays_inside_the_boundary_above_it() -> None:
    reg = register(
        [asset("site"), asset("hall", "site")],
        [meter("main"), meter("a")],
        [stands("main", "site"), stands("a", "hall")],
        [series(1, "main"), series(2, "a", direction=Direction.EXPORT, register="B1")],
    )
    assert used(plan_consumption(SITE, reg, YEAR)) == [(1, *FULL)]


def test_carriers_and_quantities_are_never_mixed() -> None:
    reg = register(
        [asset("site")],
        [meter("main"), meter("a", Carrier.GAS)],
        [stands("main", "site"), stands("a", "site")],
        [
            series(1, "main"),
            series(2, "main", register="Q1", quantity=Quantity.REACTIVE_ENERGY),
            series(3, "a", quantity=Quantity.VOLUME, register="m3"),
            series(4, "a", quantity=Quantity.FUEL_ENERGY, register="MJ"),
        ],
    )
    plan = plan_consumption(SITE, reg, YEAR)
    assert {k[:2]: [u.series_no for u in v] for k, v in plan.groups().items()} == {
        (Carrier.ELECTRICITY, Quantity.ENERGY): [1],
        (Carrier.GAS, Quantity.VOLUME): [3],
        (Carrier.GAS, Quantity.FUEL_ENERGY): [4],
    }
    gas = plan_consumption(SITE, reg, YEAR, carriers=frozenset({Carrier.GAS}))
    assert {u.carrier for u in gas.used} == {Carrier.GAS}
    kvarh = plan_consumption(SITE, reg, YEAR, quantities=frozenset({Quantity.REACTIVE_ENERGY}))
    assert [u.series_no for u in kvarh.used] == [2]


def test_a_change_of_interval_joins_two_series_by_validity() -> None:
    reg = register(
        [asset("site")],
        [meter("main")],
        [stands("main", "site")],
        [series(1, "main", end="2026-05-01"), series(2, "main", step_s=300, start="2026-05-01")],
    )
    plan = plan_consumption(SITE, reg, YEAR)
    assert used(plan) == [(1, ("2026-01-01", "2026-05-01")), (2, ("2026-05-01", "2027-01-01"))]
    assert plan.left_out == ()


def test_a_counter_and_its_intervals_count_once() -> None:
    reg = register(
        [asset("site")],
        [meter("main")],
        [stands("main", "site")],
        [
            series(1, "main", register="raw", kind=Kind.CUMULATIVE, step_s=None),
            series(2, "main", register="made", derived_from=1),
        ],
    )
    plan = plan_consumption(SITE, reg, YEAR)
    assert used(plan) == [(2, *FULL)]
    assert left(plan) == {("main", LeftOut.SAME_REGISTER)}


def test_intervals_that_were_sent_count_before_finer_ones_that_a_counter_gave() -> None:
    reg = register(
        [asset("site")],
        [meter("main")],
        [stands("main", "site")],
        [
            series(1, "main", kind=Kind.CUMULATIVE, step_s=None),
            series(2, "main", step_s=900, derived_from=1),
            series(3, "main", step_s=3600),
        ],
    )
    plan = plan_consumption(SITE, reg, YEAR)
    assert used(plan) == [(3, *FULL)]
    assert [omission.series_no for omission in plan.left_out] == [2, 1]


def test_two_elements_of_one_meter_add_up() -> None:
    reg = register(
        [asset("site")],
        [meter("main")],
        [stands("main", "site")],
        [series(1, "main"), series(2, "main", register="E2")],
    )
    assert used(plan_consumption(SITE, reg, YEAR)) == [(1, *FULL), (2, *FULL)]


def test_a_meter_at_two_assets_counts_once() -> None:
    reg = register(
        [asset("site"), asset("hall", "site"), asset("wing", "site")],
        [meter("a")],
        [stands("a", "hall"), stands("a", "wing")],
        [series(1, "a")],
    )
    plan = plan_consumption(SITE, reg, YEAR)
    assert used(plan) == [(1, *FULL)]
    assert left(plan) == {("a", LeftOut.COUNTED_ALREADY)}


def test_a_meter_without_readings_is_named() -> None:
    reg = register(
        [asset("site")], [meter("main")], [stands("main", "site")], [series(1, "main", start="2026-07-01")]
    )
    plan = plan_consumption(SITE, reg, YEAR)
    assert used(plan) == [(1, ("2026-07-01", "2027-01-01"))]
    assert [(o.reason, dates(o.span)) for o in plan.left_out] == [
        (LeftOut.NO_SERIES, ("2026-01-01", "2026-07-01"))
    ]


def test_a_virtual_meter_can_be_a_boundary() -> None:
    reg = register([asset("site")], [meter("main", virtual=True)], [stands("main", "site")], [])
    (use,) = plan_consumption(SITE, reg, YEAR).used
    assert (use.meter_id, use.series_no, use.quantity) == (named("main"), None, Quantity.ENERGY)


def test_an_asset_nobody_meters_has_an_empty_plan() -> None:
    plan = plan_consumption(SITE, register([asset("site")], [], [], []), YEAR)
    assert (plan.used, plan.left_out, plan.holes) == ((), (), ())


def test_an_unknown_asset_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        plan_consumption(uuid4(), register([asset("site")], [], [], []), YEAR)


@pytest.mark.parametrize("boundary", ["site", "hall"])
def test_an_asset_that_is_its_own_ancestor_is_refused(boundary: str) -> None:
    assets = [asset("site", "wing"), asset("hall", "site"), asset("wing", "hall")]
    reg = register(assets, [meter("main")], [stands("main", boundary)], [series(1, "main")])
    with pytest.raises(InvalidError, match="asset_cycle"):
        plan_consumption(SITE, reg, YEAR)
