"""The register as rows: keys resolve, the tree stands, amounts are set."""

from datetime import date

import pytest

from aegrid_energy.domain.series import Quantity
from aegrid_energy.domain.units import CANONICAL, unit_of
from aegrid_energy.simulation.portfolio import portfolio
from aegrid_energy.simulation.workbook import register_rows


@pytest.fixture(scope="module")
def sheets():
    return register_rows(portfolio(7), date(2024, 11, 25), date(2026, 12, 31))


def test_every_sheet_has_rows_of_one_shape(sheets):
    assert list(sheets) == [
        "portfolios", "sites", "assets", "meters", "assignments", "feeds", "points", "prices", "events",
    ]  # fmt: skip
    for name, rows in sheets.items():
        assert rows, name
        assert len({tuple(row) for row in rows}) == 1, name


@pytest.mark.parametrize("sheet", ["portfolios", "sites", "assets", "meters", "points"])
def test_keys_are_unique(sheets, sheet):
    keys = [row["external_id"] for row in sheets[sheet]]
    assert len(keys) == len(set(keys))


def test_references_point_to_rows_that_exist(sheets):
    keys = {name: {row.get("external_id") for row in rows} for name, rows in sheets.items()}
    assert {row["portfolio"] for row in sheets["sites"]} == keys["portfolios"]
    assert {row["site"] for row in sheets["assets"]} == keys["sites"]
    assert {row["site"] for row in sheets["meters"]} == keys["sites"]
    assert {row["asset"] for row in sheets["assignments"]} <= keys["assets"]
    assert {row["asset"] for row in sheets["points"]} <= keys["assets"]
    assert {row["fed_by"] for row in sheets["feeds"]} <= keys["meters"]
    assert {row["scope"] for row in sheets["events"]} == keys["portfolios"]


def test_each_site_has_one_root_with_its_own_key_and_parents_come_first(sheets):
    seen = set()
    for row in sheets["assets"]:
        if row["parent"] is None:
            assert row["external_id"] == row["site"]
        else:
            assert row["parent"] in seen
        seen.add(row["external_id"])
    roots = [row["external_id"] for row in sheets["assets"] if row["parent"] is None]
    assert roots == [row["external_id"] for row in sheets["sites"]]


def test_nmis_have_ten_characters_of_a_made_up_range(sheets):
    nmis = [row["nmi"] for row in sheets["meters"] if row["nmi"]]
    assert len(nmis) == len(set(nmis)) == 7
    assert all(len(nmi) == 10 and nmi.startswith("ZZ") for nmi in nmis)


def test_feeds_make_a_tree_within_a_site(sheets):
    fed_by = {row["meter"]: row["fed_by"] for row in sheets["feeds"]}
    for meter in fed_by:
        above, steps = meter, 0
        while above in fed_by:
            assert fed_by[above].split("-")[:2] == meter.split("-")[:2]
            above, steps = fed_by[above], steps + 1
            assert steps < 5
    roles = {row["meter"]: row["role"] for row in sheets["assignments"]}
    assert {roles[meter] for meter in fed_by} == {"sub", "generation"}
    assert set(roles.values()) == {"boundary", "sub", "generation", "check"}


def test_floors_fit_into_their_building(sheets):
    areas = {row["external_id"]: row["floor_area_m2"] for row in sheets["assets"]}
    for building in ("CCB-TH-B", "BNU-ENG-B", "CCB-LB-B"):
        floors = [
            row["floor_area_m2"]
            for row in sheets["assets"]
            if row["parent"] == building and row["floor_area_m2"]
        ]
        assert sum(floors) == areas[building]


def test_points_and_registers_are_in_canonical_units(sheets):
    for row in sheets["points"]:
        assert row["unit"] == CANONICAL[Quantity(row["quantity"])]
    for meter in portfolio(7).meters:
        for register in meter.registers:
            assert register.unit == CANONICAL[register.quantity]
            assert unit_of(register.unit).quantity is register.quantity


def test_each_site_has_a_price_for_each_carrier_it_is_metered_for(sheets):
    priced = {(row["site"], row["carrier"]) for row in sheets["prices"]}
    assert {(row["site"], row["carrier"]) for row in sheets["meters"]} == priced


def test_events_are_holidays_and_closures_of_the_period(sheets):
    texts = {(row["scope"], row["start"], row["kind"]) for row in sheets["events"]}
    assert ("CCB", date(2026, 11, 3), "holiday") in texts
    assert ("CCB", date(2025, 12, 25), "closure") in texts
    assert ("BNU", date(2025, 12, 24), "closure") in texts
    assert min(row["start"] for row in sheets["events"]) >= date(2024, 11, 25)
