"""The register over HTTP: sheets in and out, cut to the scope, refused row by row."""

import io
import json
from typing import Any
from uuid import UUID

import pytest
from python_calamine import CalamineWorkbook

from access_world import World, make_world
from aegrid_energy.api.application import ROUTERS
from aegrid_energy.domain.access import Grant, Role, ScopeKind
from aegrid_energy.domain.register_sheet import SHEETS
from aegrid_energy.storage.pool import Pool, transaction

REGISTER = "/api/energy/register"
SITE = {"external_id": "S1", "name": "Library", "timezone": "Australia/Melbourne"}
SHEETS_SENT: dict[str, list[dict[str, Any]]] = {
    "portfolios": [{"external_id": "P1", "name": "All"}],
    "sites": [SITE, SITE | {"external_id": "S2", "name": "Pool"}],
    "portfolio_sites": [{"portfolio": "P1", "site": "S1"}],
    "assets": [
        {"external_id": "B1", "site": "S1", "kind": "building", "name": "Main", "floor_area_m2": 950.5}
    ],
    "meters": [
        {
            "external_id": "M1",
            "site": "S1",
            "carrier": "electricity",
            "name": "Main switch",
            "is_virtual": False,
        },
        {"external_id": "M2", "site": "S2", "carrier": "gas", "name": "Boiler"},
    ],
    "assignments": [
        {"meter": "M1", "asset": "S1", "role": "boundary"},
        {"meter": "M2", "asset": "S2", "role": "boundary"},
    ],
}


@pytest.fixture
async def world(access_pool: Pool, password_hash: str) -> World:
    return await make_world(access_pool, password_hash, routers=ROUTERS)


async def load(world: World, sheets: dict[str, list[dict[str, Any]]], query: str = "") -> dict[str, Any]:
    async with world.as_role(Role.ASSET_MANAGER) as client:
        answer = await client.post(f"{REGISTER}{query}", json=sheets)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def sheet(world: World, name: str, token: str | None = None) -> list[dict[str, str]]:
    client = world.client(token=token or world.own.tokens[Role.EXECUTIVE], tenant=world.own.slug)
    async with client:
        answer = await client.get(f"{REGISTER}/{name}")
    assert answer.status_code == 200, answer.text
    return answer.json()["rows"]


async def test_rows_that_are_sent_are_read_back(world: World) -> None:
    report = await load(world, SHEETS_SENT)
    assert report["errors"] == []
    assert report["sheets"]["meters"] == {
        "added": 2, "changed": 0, "unchanged": 0, "refused": 0, "only_here": [],
    }  # fmt: skip
    (building,) = [row for row in await sheet(world, "assets") if row["external_id"] == "B1"]
    assert (building["parent"], building["floor_area_m2"]) == ("S1", "950.5")
    assert {row["name"] for row in await sheet(world, "sites")} == {"Library", "Pool"}


async def test_what_is_read_can_be_sent_again_and_changes_nothing(world: World) -> None:
    await load(world, SHEETS_SENT)
    again = await load(world, {name: await sheet(world, name) for name in SHEETS})
    assert {name: (one["added"], one["changed"]) for name, one in again["sheets"].items()} == dict.fromkeys(
        SHEETS, (0, 0)
    )
    assert again["errors"] == []


async def test_a_dry_run_says_what_would_happen_and_writes_nothing(world: World) -> None:
    report = await load(world, SHEETS_SENT, "?dry_run=true")
    assert (report["is_dry_run"], report["sheets"]["sites"]["added"]) == (True, 2)
    assert await sheet(world, "sites") == []


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        pytest.param(SITE | {"timezone": "Melbourne"}, "cell_invalid", "timezone", id="zone"),
        pytest.param({"external_id": "S9", "timezone": "UTC"}, "cell_missing", "name", id="missing"),
        pytest.param(SITE | {"colour": "red"}, "unknown_column", "colour", id="column"),
        pytest.param(SITE | {"latitude": 91}, "cell_invalid", "latitude", id="range"),
        pytest.param(SITE | {"latitude": "NaN"}, "cell_invalid", "latitude", id="nan"),
    ],
)
async def test_a_row_with_an_error_is_refused_and_the_others_load(
    world: World, row: dict[str, Any], code: str, column: str
) -> None:
    good = SITE | {"external_id": "S2"}
    report = await load(world, {"sites": [good, row]})
    (error,) = report["errors"]
    assert (error["line"], error["code"], error["column"]) == (3, code, column)
    assert (report["sheets"]["sites"]["added"], report["sheets"]["sites"]["refused"]) == (1, 1)
    assert [one["external_id"] for one in await sheet(world, "sites")] == ["S2"]


async def test_a_reference_to_nothing_is_refused(world: World) -> None:
    meter = {"external_id": "M9", "site": "S404", "carrier": "gas", "name": "Lost"}
    report = await load(world, {"meters": [meter]})
    assert [(e["code"], e["column"]) for e in report["errors"]] == [("reference_unknown", "site")]


@pytest.mark.parametrize(
    "sheets",
    [
        pytest.param({"installs": [{"meter": "M1", "serial": "s", "multiplier": "1e-20000"}]}, id="tiny"),
        pytest.param({"installs": [{"meter": "M1", "serial": "s", "multiplier": 0}]}, id="zero"),
        pytest.param({"installs": [{"meter": "M1", "serial": "s", "multiplier": "1e400"}]}, id="huge"),
        pytest.param({"installs": [{"meter": "M1", "serial": "s", "multiplier": 1e400}]}, id="infinite"),
        pytest.param(
            {"installs": [{"meter": "M1", "serial": "s", "valid_from": "0001-01-01T00:00:00+14:00"}]},
            id="before-time",
        ),
        pytest.param(
            {"points": [{"external_id": "T", "asset": "S1", "stale_after_s": "9" * 400}]}, id="digits"
        ),
        pytest.param({"assets": [{"external_id": "A", "site": "S1", "ratings": "[" * 2000}]}, id="deep"),
        pytest.param({"feeds": [{"meter": "M1", "fed_by": "M1"}]}, id="feeds-itself"),
        pytest.param({"sites": [SITE | {"opened_on": "2024-02-30"}]}, id="no-such-day"),
    ],
)
async def test_a_hostile_cell_is_refused_by_name(
    world: World, sheets: dict[str, list[dict[str, Any]]]
) -> None:
    await load(world, SHEETS_SENT)
    async with world.as_role(Role.ADMINISTRATOR) as client:
        text = json.dumps(sheets).replace("Infinity", "1e400")
        answer = await client.post(REGISTER, content=text, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200, answer.text
    assert [error["line"] for error in answer.json()["errors"]] == [2]


async def test_an_unknown_sheet_is_refused_and_one_that_is_asked_for_is_not_found(world: World) -> None:
    async with world.as_role(Role.ADMINISTRATOR) as client:
        sent = await client.post(REGISTER, json={"people": []})
        nul = await client.post(REGISTER, json={"sites": [SITE | {"name": "a\x00b"}]})
        asked = await client.get(f"{REGISTER}/people")
    assert (sent.status_code, sent.json()["code"]) == (422, "unknown_sheet")
    assert (nul.status_code, asked.status_code) == (422, 404)


async def test_rows_outside_the_scope_are_not_shown(world: World) -> None:
    await load(world, SHEETS_SENT)
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        row = await (await conn.execute("select id from site where external_id = 'S1'")).fetchone()
    assert row is not None
    here = Grant(role=Role.FACILITIES, scope_kind=ScopeKind.SITE, scope_id=row[0])
    nowhere = Grant(role=Role.FACILITIES, scope_kind=ScopeKind.SITE, scope_id=UUID(int=3))
    inside = await world.token(await world.person(here))
    outside = await world.token(await world.person(nowhere))
    assert [m["external_id"] for m in await sheet(world, "meters", inside)] == ["M1"]
    assert [s["external_id"] for s in await sheet(world, "sites", inside)] == ["S1"]
    assert [a["meter"] for a in await sheet(world, "assignments", inside)] == ["M1"]
    for name in SHEETS:
        assert await sheet(world, name, outside) == []


async def test_another_tenant_sees_nothing_of_it(world: World) -> None:
    await load(world, SHEETS_SENT)
    client = world.client(token=world.other.tokens[Role.ADMINISTRATOR], tenant=world.other.slug)
    async with client:
        assert (await client.get(f"{REGISTER}/sites")).json()["rows"] == []


async def test_who_may_not_edit_is_refused(world: World) -> None:
    async with world.as_role(Role.TECHNICIAN) as client:
        answer = await client.post(REGISTER, json=SHEETS_SENT)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert await sheet(world, "sites") == []


async def test_what_stands_alone_is_named(world: World) -> None:
    await load(world, SHEETS_SENT)
    async with world.as_role(Role.ADMINISTRATOR) as client:
        found = (await client.get("/api/energy/register-orphans")).json()["orphans"]
    assert found["sites_without_portfolio"] == ["S2"]
    assert found["meters_without_series"] == ["M1", "M2"]


async def test_the_workbook_holds_the_sheets_as_text(world: World) -> None:
    await load(world, SHEETS_SENT | {"portfolios": [{"external_id": "P1", "name": "=HYPERLINK(1)"}]})
    async with world.as_role(Role.EXECUTIVE) as client:
        answer = await client.get("/api/energy/register.xlsx")
    assert answer.status_code == 200
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert book.sheet_names == list(SHEETS)
    assert book.get_sheet_by_name("portfolios").to_python() == [
        ["external_id", "name"],
        ["P1", "=HYPERLINK(1)"],
    ]


async def send(world: World, data: bytes, media: str, query: str) -> dict[str, Any]:
    async with world.as_role(Role.ASSET_MANAGER) as client:
        answer = await client.post(f"{REGISTER}?{query}", content=data, headers={"Content-Type": media})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_workbook_that_was_taken_out_goes_in_again_as_its_own_body(world: World) -> None:
    await load(world, SHEETS_SENT)
    async with world.as_role(Role.EXECUTIVE) as client:
        answer = await client.get("/api/energy/register.xlsx")
    media = answer.headers["content-type"]
    again = await send(world, answer.content, media, "dry_run=true&name=register.xlsx")
    assert again["errors"] == []
    assert {(one["added"], one["changed"]) for one in again["sheets"].values()} == {(0, 0)}
    assert again["sheets"]["meters"]["unchanged"] == 2


async def test_a_sheet_is_taken_as_csv_with_a_dry_run_and_a_place_for_each_refusal(world: World) -> None:
    await load(world, SHEETS_SENT)
    async with world.as_role(Role.EXECUTIVE) as client:
        answer = await client.get(f"{REGISTER}/sites", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    text = answer.text.replace("Library", "City library") + 'S9,Depot,"Nowhere/At all"\r\n'
    for _ in range(2):
        report = await send(world, text.encode(), "text/csv", "sheet=sites&dry_run=true")
        assert (report["sheets"]["sites"]["changed"], report["sheets"]["sites"]["refused"]) == (1, 1)
        (error,) = report["errors"]
        assert (error["sheet"], error["line"], error["place"], error["code"]) == (
            "sites",
            4,
            3,
            "cell_invalid",
        )
    partial = await send(world, b"external_id,name,timezone\nS1,Library,UTC\n", "text/csv", "sheet=sites")
    assert partial["sheets"]["sites"]["only_here"] == ["S2"]


async def test_a_body_that_is_no_register_is_refused_by_name(world: World) -> None:
    report = await send(world, b"PK\x03\x04 broken", "application/zip", "")
    assert ([error["code"] for error in report["errors"]], report["sheets"]) == (["archive_damaged"], {})
    async with world.as_role(Role.ADMINISTRATOR) as client:
        broken = await client.post(REGISTER, content=b"{", headers={"Content-Type": "application/json"})
        shape = await client.post(REGISTER, json={"sites": "x"})
        form = await client.post(REGISTER, data={"sites": "x"})
    assert [(a.status_code, a.json()["code"]) for a in (broken, shape)] == [
        (400, "invalid_body"),
        (422, "invalid_field"),
    ]
    assert form.json()["code"] == "content_type_refused"
