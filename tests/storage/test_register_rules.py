"""What rows of the register must keep: each rule refuses by name and leaves the other rows standing."""

from datetime import UTC, datetime
from typing import Any

import pytest

from aegrid_energy.domain.register_sheet import SHEETS
from aegrid_energy.domain.sentences import SENTENCES
from aegrid_energy.domain.series import Direction, Kind, Quantity
from aegrid_energy.storage.memberships import enter_tenant, found_tenant
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.register import load_sheets, read_sheets
from aegrid_energy.storage.register_rows import ids_by_key
from aegrid_energy.storage.register_rules import RULES
from aegrid_energy.storage.series import SeriesKey, find_or_create

NOW = datetime(2026, 3, 2, tzinfo=UTC)
Sheets = dict[str, list[dict[str, str]]]
GOOD: Sheets = {
    "sites": [
        {"external_id": "S1", "name": "Hall", "timezone": "Australia/Melbourne"},
        {"external_id": "S2", "name": "Pool", "timezone": "Australia/Melbourne"},
    ],
    "assets": [
        {"external_id": "B1", "site": "S1", "kind": "building", "name": "Block"},
        {"external_id": "F1", "site": "S1", "parent": "B1", "kind": "floor", "name": "Ground"},
    ],
    "groups": [{"name": "Heritage"}],
    "group_members": [{"group": "Heritage", "asset": "B1"}],
    "meters": [
        {"external_id": "M1", "site": "S1", "carrier": "electricity", "name": "Main", "nmi": "6102000001"},
        {"external_id": "M2", "site": "S1", "carrier": "electricity", "name": "Sub"},
        {"external_id": "G1", "site": "S1", "carrier": "gas", "name": "Boiler"},
        {"external_id": "V1", "site": "S1", "carrier": "electricity", "name": "Rest", "is_virtual": "yes"},
    ],
    "assignments": [{"meter": "M1", "asset": "S1", "role": "boundary"}],
    "feeds": [{"meter": "M2", "fed_by": "M1"}],
    "installs": [{"meter": "M1", "serial": "A", "multiplier": "40", "valid_to": "2025-01-01T00:00:00Z"}],
    "virtual_meters": [{"meter": "V1", "constant": "1.5"}],
    "virtual_terms": [
        {"meter": "V1", "input": "M1"},
        {"meter": "V1", "input": "M2", "coefficient": "-1"},
    ],
    "heating_values": [{"meter": "G1", "mj_per_m3": "38.7", "pressure_factor": "1.0123"}],
    "events": [
        {
            "external_id": "E1",
            "scope_kind": "asset",
            "scope": "B1",
            "kind": "retrofit",
            "starts_at": "2025-07-01T00:00:00+10:00",
            "text": "LED",
        },
        {"external_id": "E2", "scope_kind": "tenant", "starts_at": "2025-07-01T00:00:00Z"},
    ],
}


async def tenant(pool: Pool, slug: str = "one") -> int:
    async with transaction(pool, None) as conn:
        number = await found_tenant(conn, slug=slug, name=slug, now=NOW)
        await enter_tenant(conn, number)
        outcome = await load_sheets(conn, GOOD, now=NOW)
    assert {name: one.refused for name, one in outcome.items() if one.refused} == {}
    return number


async def test_every_sheet_of_the_register_comes_out_as_it_went_in(pool: Pool) -> None:
    number = await tenant(pool)
    async with transaction(pool, number) as conn:
        out = await read_sheets(conn)
        again = await load_sheets(conn, out, now=NOW)
    for name, rows in GOOD.items():
        held = {tuple(row[c.name] for c in SHEETS[name].keys): row for row in out[name]}
        for row in rows:
            key = tuple(
                row.get(c.name) or ("import" if c.name == "direction" else "") for c in SHEETS[name].keys
            )
            same = {k: v for k, v in row.items() if k != "starts_at"}
            assert same.items() <= held[key].items()
    assert {name: (o.added, o.changed) for name, o in again.items()} == dict.fromkeys(SHEETS, (0, 0))


@pytest.mark.parametrize(
    ("sheet", "row", "code", "column"),
    [
        pytest.param(
            "assets",
            {"external_id": "X", "site": "S2", "parent": "B1", "kind": "floor", "name": "n"},
            "asset_parent_elsewhere", "parent", id="parent-of-another-site",
        ),
        pytest.param(
            "assets",
            {"external_id": "B1", "site": "S1", "parent": "F1", "kind": "building", "name": "Block"},
            "asset_below_itself", "parent", id="below-itself",
        ),
        pytest.param(
            "meters",
            {"external_id": "X", "site": "S2", "carrier": "electricity", "name": "n", "nmi": "6102000001"},
            "nmi_taken", "nmi", id="nmi-twice",
        ),
        pytest.param(
            "meters", GOOD["meters"][3] | {"is_virtual": "no"}, "meter_has_formula", "is_virtual",
            id="formula-of-real",
        ),
        pytest.param(
            "meters", GOOD["meters"][1] | {"carrier": "gas"}, "meter_in_formula", "carrier",
            id="carrier-of-an-input",
        ),
        pytest.param(
            "assignments",
            {"meter": "M1", "asset": "S1", "role": "check", "valid_from": "2025-01-01T00:00:00Z"},
            "assignment_overlaps", "valid_from", id="assigned-twice",
        ),
        pytest.param(
            "assignments", {"meter": "M1", "asset": "S2", "role": "sub"}, "assignment_elsewhere", "asset",
            id="asset-of-another-site",
        ),
        pytest.param(
            "feeds", {"meter": "G1", "fed_by": "M1"}, "feed_mixes_carriers", "fed_by", id="gas-by-electricity"
        ),
        pytest.param("feeds", {"meter": "M1", "fed_by": "M2"}, "feed_circle", "fed_by", id="circle"),
        pytest.param(
            "installs", {"meter": "M1", "serial": "B", "valid_from": "2024-01-01T00:00:00Z"},
            "install_overlaps", "valid_from", id="installs-overlap",
        ),
        pytest.param(
            "virtual_meters", {"meter": "M2"}, "formula_of_real_meter", "meter", id="formula-for-real"
        ),
        pytest.param(
            "heating_values", {"meter": "M1", "mj_per_m3": "38"}, "heating_value_without_gas", "meter",
            id="heat-of-electricity",
        ),
        pytest.param(
            "events",
            {"external_id": "E3", "scope_kind": "site", "starts_at": "2025-07-01T00:00:00Z"},
            "cell_invalid", "scope", id="scope-missing",
        ),
        pytest.param(
            "events",
            {"external_id": "E3", "scope_kind": "tenant", "scope": "S1", "starts_at": "2025-07-01T00:00:00Z"},
            "cell_invalid", "scope", id="scope-of-the-tenant",
        ),
        pytest.param(
            "events",
            {"external_id": "E3", "scope_kind": "meter", "scope": "S1", "starts_at": "2025-07-01T00:00:00Z"},
            "reference_unknown", "scope", id="scope-of-another-kind",
        ),
        pytest.param(
            "assignments",
            {
                "meter": "M2", "asset": "S1", "role": "sub",
                "valid_from": "2025-01-02T00:00:00Z", "valid_to": "2025-01-02T00:00:00Z",
            },
            "cell_invalid", "valid_to", id="ends-as-it-begins",
        ),
        pytest.param(
            "virtual_terms", {"meter": "V1", "input": "M1", "valid_from": "2020-01-01T00:00:00Z"},
            "row_refused", "", id="term-of-no-version",
        ),
    ],
)  # fmt: skip
async def test_a_row_that_breaks_a_rule_is_refused_by_name(
    pool: Pool, sheet: str, row: dict[str, str], code: str, column: str
) -> None:
    number = await tenant(pool)
    async with transaction(pool, number) as conn:
        before = await read_sheets(conn)
        outcome = (await load_sheets(conn, {sheet: [row]}, now=NOW))[sheet]
        after = await read_sheets(conn)
    (error,) = outcome.refused
    assert (error.code, error.params["line"], error.params.get("column", "")) == (code, 2, column)
    assert after == before


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"carrier": "water"}, "meter_carrier_fixed", id="carrier"),
        pytest.param({"is_virtual": "yes"}, "meter_has_readings", id="virtual"),
    ],
)
async def test_a_meter_with_readings_stays_what_it_is(pool: Pool, change: dict[str, str], code: str) -> None:
    number = await tenant(pool)
    async with transaction(pool, number) as conn:
        meter_id = (await ids_by_key(conn, SHEETS["meters"]))["G1"]
        key: dict[str, Any] = {
            "quantity": Quantity.FUEL_ENERGY, "direction": Direction.IMPORT, "kind": Kind.INTERVAL
        }  # fmt: skip
        await find_or_create(
            conn, [SeriesKey(register="E1", step_s=1800, zone="UTC", meter_id=meter_id, **key)]
        )
        outcome = (await load_sheets(conn, {"meters": [GOOD["meters"][2] | change]}, now=NOW))["meters"]
    assert [error.code for error in outcome.refused] == [code]


async def test_a_load_names_what_the_register_has_and_the_rows_have_not(pool: Pool) -> None:
    number = await tenant(pool)
    async with transaction(pool, number) as conn:
        outcome = await load_sheets(conn, {"meters": GOOD["meters"][:2]}, now=NOW)
    assert outcome["meters"].only_here == ["G1", "V1"]


def test_every_rule_has_its_sentence() -> None:
    codes = [rule.code for rules in RULES.values() for rule in rules]
    assert len(codes) == len(set(codes)) > 10
    assert set(codes) <= set(SENTENCES)
