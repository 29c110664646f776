"""The register by key: the same rows again change nothing, a wrong cell is named, an open end stays open."""

from datetime import UTC, datetime

import pytest

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.simulation.portfolio import portfolio
from aegrid_energy.simulation.register_sheets import register_sheets
from aegrid_energy.storage.memberships import enter_tenant, found_tenant
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.register import load_sheets, read_sheets
from aegrid_energy.storage.register_orphans import orphans

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SITES = [{"external_id": "S1", "name": "Hall", "timezone": "Australia/Melbourne"}]
METERS = [{"external_id": "M1", "site": "S1", "carrier": "electricity", "name": "Main", "nmi": "6102000001"}]


async def tenant(pool: Pool, slug: str) -> int:
    async with transaction(pool, None) as conn:
        number = await found_tenant(conn, slug=slug, name=slug, now=NOW)
        await enter_tenant(conn, number)
        return number


async def test_a_whole_portfolio_loaded_again_changes_nothing(pool: Pool) -> None:
    number = await tenant(pool, "one")
    sheets = register_sheets(portfolio(1), NOW.date(), NOW.date())
    async with transaction(pool, number) as conn:
        first = await load_sheets(conn, sheets, now=NOW)
    assert all(not outcome.refused for outcome in first.values())
    assert sum(outcome.added for outcome in first.values()) > 100
    async with transaction(pool, number) as conn:
        again = await load_sheets(conn, sheets, now=NOW)
        exported = await read_sheets(conn)
        third = await load_sheets(conn, exported, now=NOW)
    for outcomes in (again, third):
        assert {name: (o.added, o.changed) for name, o in outcomes.items() if o.added or o.changed} == {}


async def test_a_changed_cell_changes_its_row_and_no_other(pool: Pool) -> None:
    number = await tenant(pool, "one")
    async with transaction(pool, number) as conn:
        await load_sheets(conn, {"sites": SITES, "meters": METERS}, now=NOW)
        outcome = await load_sheets(
            conn, {"sites": [SITES[0] | {"name": "Town hall"}], "meters": METERS}, now=NOW
        )
        names = await (await conn.execute("select name from assets where id = site_id")).fetchone()
    assert (outcome["sites"].changed, outcome["meters"].unchanged) == (1, 1)
    assert names == ("Town hall",)


@pytest.mark.parametrize(
    ("sheet", "row", "code", "column"),
    [
        pytest.param("sites", SITES[0] | {"timezone": "Melbourne"}, "cell_invalid", "timezone", id="zone"),
        pytest.param("sites", SITES[0] | {"latitude": "nan"}, "cell_invalid", "latitude", id="nan"),
        pytest.param("sites", SITES[0] | {"name": ""}, "cell_missing", "name", id="missing"),
        pytest.param("sites", SITES[0] | {"colour": "red"}, "unknown_column", "colour", id="column"),
        pytest.param("meters", METERS[0] | {"site": "S9"}, "reference_unknown", "site", id="reference"),
        pytest.param("meters", METERS[0] | {"name": "a\0b"}, "cell_invalid", "name", id="nul"),
    ],
)
async def test_a_wrong_cell_is_named_and_the_other_rows_load(
    pool: Pool, sheet: str, row: dict[str, str], code: str, column: str
) -> None:
    number = await tenant(pool, "one")
    good = {"sites": SITES, "meters": METERS}
    sheets = {**good, sheet: [row | {"external_id": "BAD"}, *good[sheet]]}
    async with transaction(pool, number) as conn:
        outcome = await load_sheets(conn, sheets, now=NOW)
    error = outcome[sheet].refused[0]
    assert (error.code, error.params["line"], error.params["column"]) == (code, 2, column)
    assert outcome[sheet].added == 1


async def test_an_unknown_sheet_is_refused_with_the_known_ones(pool: Pool) -> None:
    number = await tenant(pool, "one")
    async with transaction(pool, number) as conn:
        with pytest.raises(InvalidError) as refused:
            await load_sheets(conn, {"sitez": []}, now=NOW)
    assert "sites" in str(refused.value.params["known"])


async def test_two_tenants_keep_the_same_keys_apart(pool: Pool) -> None:
    one, two = await tenant(pool, "one"), await tenant(pool, "two")
    for number in (one, two):
        async with transaction(pool, number) as conn:
            outcome = await load_sheets(conn, {"sites": SITES}, now=NOW)
            assert outcome["sites"].added == 1
    async with transaction(pool, two) as conn:
        assert len((await read_sheets(conn, ["sites"]))["sites"]) == 1


async def test_orphans_are_told_on_both_sides(pool: Pool) -> None:
    number = await tenant(pool, "one")
    async with transaction(pool, number) as conn:
        await load_sheets(
            conn,
            {"sites": SITES, "meters": [{"external_id": "M9", "carrier": "gas", "name": "Lost"}]},
            now=NOW,
        )
        told = await orphans(conn)
    assert told["meters_without_site"] == ["M9"]
    assert told["meters_without_assignment"] == ["M9"]
    assert told["sites_without_meter"] == ["S1"]


async def test_readings_that_the_register_does_not_know_are_orphans_too(pool: Pool) -> None:
    number = await tenant(pool, "one")
    refused = [
        ("meter_unknown", "No meter 6102999999 (electricity) is in the register. Add it there."),
        ("meter_unknown", "No meter M1 (electricity) is in the register. Add it there."),
        ("bad_value", "No meter 6102888888 (electricity) is in the register."),
    ]
    async with transaction(pool, number) as conn:
        await load_sheets(conn, {"sites": SITES, "meters": METERS}, now=NOW)
        await conn.execute("insert into zone (name) values ('UTC') on conflict do nothing")
        await conn.execute(
            """insert into series (meter_id, quantity, direction, kind, unit, step_s, zone_no)
               select m.id, 'energy', 'import', 'interval', 'kWh', 1800, z.zone_no
               from energy_meters m, zone z where z.name = 'UTC'"""
        )
        await conn.execute(
            """insert into import (id, kind, status, actor)
               values ('00000000-0000-0000-0000-000000000001', 'file', 'refused', 'console')"""
        )
        for n, (code, text) in enumerate(refused):
            await conn.execute(
                """insert into import_refusal (import_id, n, file, line, col, code, text)
                   values ('00000000-0000-0000-0000-000000000001', %s, 'a.csv', 0, 0, %s, %s)""",
                (n, code, text),
            )
        told = await orphans(conn)
    assert told["readings_without_asset"] == ["M1"]
    assert told["meters_without_series"] == []
    assert told["readings_of_unknown_meters"] == ["6102999999"]
