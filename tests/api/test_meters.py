"""Meters and assets one by one: what is shown, what is changed, what is refused with its reason."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from access_world import World, make_world
from aegrid_energy.api.application import ROUTERS
from aegrid_energy.domain.access import Grant, Role, ScopeKind
from aegrid_energy.storage.pool import Pool, transaction

METERS = "/api/energy/meters"
SITE = {"external_id": "S1", "name": "Library", "timezone": "Australia/Melbourne"}
SHEETS_SENT: dict[str, list[dict[str, Any]]] = {
    "sites": [SITE, SITE | {"external_id": "S2", "name": "Pool"}],
    "assets": [
        {"external_id": "B1", "site": "S1", "kind": "building", "name": "Main", "floor_area_m2": 950.5},
        {"external_id": "C1", "site": "S1", "parent": "B1", "kind": "chiller", "name": "Chiller"},
    ],
    "groups": [{"name": "Heritage"}],
    "group_members": [{"group": "Heritage", "asset": "B1"}],
    "meters": [
        {"external_id": "M1", "site": "S1", "carrier": "electricity", "name": "Main switch", "serial": "OLD"},
        {"external_id": "M2", "site": "S1", "carrier": "electricity", "name": "Plant"},
        {"external_id": "M3", "site": "S2", "carrier": "electricity", "name": "Pool main"},
        {"external_id": "V1", "site": "S1", "carrier": "electricity", "name": "Rest", "is_virtual": True},
        {"external_id": "G1", "site": "S1", "carrier": "gas", "name": "Boiler"},
    ],
    "assignments": [
        {"meter": "M1", "asset": "S1", "role": "boundary"},
        {"meter": "M2", "asset": "B1", "role": "sub"},
        {"meter": "M3", "asset": "S2", "role": "boundary"},
    ],
    "feeds": [{"meter": "M2", "fed_by": "M1"}],
    "points": [
        {
            "external_id": "T1",
            "asset": "C1",
            "name": "Supply",
            "quantity": "temperature",
            "unit": "Cel",
            "kind": "instant",
            "stale_after_s": 600,
        }
    ],
}


@pytest.fixture
async def world(access_pool: Pool, password_hash: str) -> World:
    world = await make_world(access_pool, password_hash, routers=ROUTERS)
    async with world.as_role(Role.ADMINISTRATOR) as client:
        answer = await client.post("/api/energy/register", json=SHEETS_SENT)
    assert answer.json()["errors"] == []
    return world


async def ids(world: World, table: str = "energy_meters") -> dict[str, UUID]:
    questions = {
        "energy_meters": "select external_id, id from energy_meters",
        "assets": "select external_id, id from assets where external_id is not null",
    }
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        cursor = await conn.execute(questions[table].encode())
        return dict(await cursor.fetchall())


async def call(
    world: World,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    role: Role = Role.TECHNICIAN,
) -> httpx.Response:
    async with world.as_role(role) as client:
        return await client.request(method, path, json=body)


async def reading(world: World, series: Mapping[str, Any], micro: int) -> None:
    """A newest value, as the writer leaves it."""
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        await conn.execute(
            """insert into zone (name) values ('Australia/Melbourne') on conflict do nothing"""
        )
        columns = {"register": "E1", "direction": "import", "unit": "kWh", "rhythm": "live"} | dict(series)
        cursor = await conn.execute(
            """insert into series (meter_id, point_id, register, quantity, direction, kind, unit, step_s,
                                   zone_no, rhythm)
               select %(meter_id)s, %(point_id)s, %(register)s, %(quantity)s, %(direction)s, %(kind)s,
                      %(unit)s, %(step_s)s, zone_no, %(rhythm)s
               from zone where name = 'Australia/Melbourne' returning series_no""",
            {"meter_id": None, "point_id": None, "step_s": None} | columns,
        )
        row = await cursor.fetchone()
        assert row is not None
        await conn.execute(
            """insert into series_latest (series_no, ts, micro, flag, block_to)
               values (%s, %s, %s, 0, '-infinity')""",
            (row[0], world.clock.now - timedelta(minutes=30), micro),
        )


async def test_a_meter_is_shown_with_what_hangs_on_it(world: World) -> None:
    meters = await ids(world)
    await reading(
        world, {"meter_id": meters["M1"], "quantity": "energy", "kind": "interval", "step_s": 900}, 12_500_000
    )
    answer = await call(world, "GET", f"{METERS}/{meters['M1']}", role=Role.EXECUTIVE)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["name"], body["site_name"], body["timezone"]) == (
        "Main switch", "Library", "Australia/Melbourne",
    )  # fmt: skip
    assert [(a["asset_name"], a["role"], a["start"]) for a in body["assignments"]] == [
        ("Library", "boundary", None)
    ]
    assert [f["name"] for f in body["feeds"]] == ["Plant"]
    (series,) = body["series"]
    assert (series["step_s"], series["unit"], series["freshness"]) == (900, "kWh", "live")
    assert (series["newest"]["value"], series["newest"]["age_s"], series["newest"]["quality"]) == (
        "12.5", 900, "actual",
    )  # fmt: skip


async def test_a_meter_is_changed_and_its_series_take_its_rhythm(world: World) -> None:
    meters = await ids(world)
    await reading(
        world, {"meter_id": meters["M1"], "quantity": "energy", "kind": "interval", "step_s": 900}, 1
    )
    form = {"name": "Main", "nmi": "6102000009", "rhythm": "daily_file", "tags": ["b", "a", "a"]}
    refused = await call(world, "PUT", f"{METERS}/{meters['M1']}", form)
    answer = await call(world, "PUT", f"{METERS}/{meters['M1']}", form, role=Role.ASSET_MANAGER)
    assert (refused.status_code, answer.status_code) == (403, 200), answer.text
    body = answer.json()
    assert (body["name"], body["nmi"], body["tags"], body["carrier"]) == (
        "Main", "6102000009", ["a", "b"], "electricity",
    )  # fmt: skip
    assert [one["rhythm"] for one in body["series"]] == ["daily_file"]
    taken = await call(world, "PUT", f"{METERS}/{meters['M2']}", form, role=Role.ASSET_MANAGER)
    assert (taken.status_code, taken.json()["code"]) == (422, "nmi_taken")
    backwards = form | {
        "in_service_from": "2026-01-01T00:00:00Z",
        "in_service_to": "2025-01-01T00:00:00Z",
    }
    wrong = await call(world, "PUT", f"{METERS}/{meters['M1']}", backwards, role=Role.ASSET_MANAGER)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid_field")


async def test_a_new_meter_stands_on_its_asset_from_its_day_on(world: World) -> None:
    assets = await ids(world, "assets")
    form = {
        "name": "Lighting",
        "carrier": "electricity",
        "role": "sub",
        "start": "2026-01-01T00:00:00+11:00",
        "external_id": "M9",
    }
    path = f"/api/energy/assets/{assets['B1']}/meters"
    made = await call(world, "POST", path, form, role=Role.ENERGY_MANAGER)
    assert made.status_code == 201, made.text
    (place,) = made.json()["assignments"]
    assert (place["asset_id"], place["start"]) == (str(assets["B1"]), "2025-12-31T13:00:00Z")
    again = await call(world, "POST", path, form, role=Role.ENERGY_MANAGER)
    assert (again.status_code, again.json()["code"]) == (409, "external_id_taken")


async def test_a_meter_that_moves_leaves_its_old_place_and_keeps_its_history(world: World) -> None:
    meters, assets = await ids(world), await ids(world, "assets")
    path = f"{METERS}/{meters['M2']}/assignments"
    form = {"asset_id": str(assets["S2"]), "role": "sub", "start": "2026-02-01T00:00:00Z"}
    moved = await call(world, "POST", path, form, role=Role.ENERGY_MANAGER)
    assert moved.status_code == 201, moved.text
    body = moved.json()
    assert body["site_name"] == "Pool"
    assert [(a["asset_name"], a["start"], a["end"]) for a in body["assignments"]] == [
        ("Main", None, "2026-02-01T00:00:00Z"),
        ("Pool", "2026-02-01T00:00:00Z", None),
    ]
    earlier = form | {"asset_id": str(assets["B1"]), "start": "2026-01-01T00:00:00Z"}
    refused = await call(world, "POST", path, earlier, role=Role.ENERGY_MANAGER)
    assert (refused.status_code, refused.json()["code"]) == (409, "assignment_later")
    nowhere = await call(world, "POST", path, form | {"asset_id": str(uuid4())}, role=Role.ENERGY_MANAGER)
    assert nowhere.status_code == 404


async def test_an_exchange_closes_the_old_device_opens_the_new_one_and_notes_it(world: World) -> None:
    meters = await ids(world)
    form = {
        "at": "2026-02-01T10:00:00+11:00",
        "last_read": "48213.5",
        "first_read": 12,
        "serial": "NEW",
        "multiplier": "40",
        "reason": "Failed display",
    }
    answer = await call(world, "POST", f"{METERS}/{meters['M1']}/exchange", form)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert (body["closed"]["serial"], body["closed"]["last_read"], body["closed"]["start"]) == (
        "OLD", "48213.5", None,
    )  # fmt: skip
    assert (body["opened"]["multiplier"], body["opened"]["first_read"]) == ("40", "12")
    assert body["closed"]["end"] == body["opened"]["start"] == "2026-01-31T23:00:00Z"
    shown = (await call(world, "GET", f"{METERS}/{meters['M1']}")).json()
    assert [one["serial"] for one in shown["installs"]] == ["OLD", "NEW"]
    assert shown["serial"] == "NEW"
    events = (await call(world, "GET", "/api/energy/events")).json()["events"]
    (event,) = [one for one in events if one["id"] == body["event_id"]]
    assert (event["kind"], event["scope_id"]) == ("meter_change", str(meters["M1"]))
    assert "48213.5" in event["text"]
    assert "Failed display" in event["text"]
    assert body["job_id"] is None
    await reading(
        world, {"meter_id": meters["M1"], "quantity": "energy", "kind": "interval", "step_s": 900}, 1
    )
    second = form | {"at": "2026-02-20T00:00:00Z", "serial": "THIRD", "last_read": 300, "multiplier": None}
    again = await call(world, "POST", f"{METERS}/{meters['M1']}/exchange", second)
    assert (again.status_code, again.json()["opened"]["multiplier"]) == (201, "40")
    job = (
        await call(world, "GET", f"/api/energy/jobs/{again.json()['job_id']}", role=Role.ADMINISTRATOR)
    ).json()
    assert job["kind"] == "apply_multipliers"


EXCHANGE = {"at": "2026-02-01T00:00:00Z", "serial": "NEW", "reason": "Failed"}


@pytest.mark.parametrize(
    ("meter", "change", "status", "code"),
    [
        pytest.param("M1", {"at": "2026-04-01T00:00:00Z"}, 422, "exchange_in_future", id="future"),
        pytest.param("M1", {"serial": "OLD"}, 422, "exchange_same_serial", id="same-serial"),
        pytest.param("M1", {"at": "2024-12-31T00:00:00Z"}, 422, "exchange_before_install", id="too-early"),
        pytest.param("M1", {"last_read": 99}, 422, "exchange_read_below_first", id="below-first"),
        pytest.param("M1", {"last_read": 450}, 422, "exchange_read_below_held", id="below-held"),
        pytest.param("M2", {}, 409, "exchange_gap", id="nothing-in-place"),
        pytest.param("G1", {}, 409, "exchange_overlaps", id="end-known"),
        pytest.param("V1", {}, 422, "exchange_of_virtual", id="virtual"),
        pytest.param("M1", {"first_read": -1}, 422, "invalid_input", id="negative"),
        pytest.param("M1", {"last_read": "NaN"}, 422, "invalid_input", id="nan"),
        pytest.param("M1", {"multiplier": 0}, 422, "invalid_input", id="multiplier"),
        pytest.param("M1", {"reason": " "}, 422, "reason_missing", id="no-reason"),
    ],
)
async def test_an_exchange_that_cannot_be_is_refused_with_its_reason(
    world: World, meter: str, change: dict[str, Any], status: int, code: str
) -> None:
    meters = await ids(world)
    installs = [
        {"meter": "M1", "serial": "OLD", "first_read": 100, "valid_from": "2025-01-01T00:00:00Z"},
        {"meter": "M2", "serial": "P1", "valid_to": "2025-01-01T00:00:00Z"},
        {"meter": "G1", "serial": "G", "valid_to": "2026-06-01T00:00:00Z"},
    ]
    async with world.as_role(Role.ADMINISTRATOR) as client:
        loaded = await client.post("/api/energy/register", json={"installs": installs})
    assert loaded.json()["errors"] == []
    await reading(world, {"meter_id": meters["M1"], "quantity": "energy", "kind": "cumulative"}, 500_000_000)
    at = {"at": world.clock.now.isoformat()} if code == "exchange_read_below_held" else {}
    before = (await call(world, "GET", f"{METERS}/{meters[meter]}")).json()
    answer = await call(world, "POST", f"{METERS}/{meters[meter]}/exchange", EXCHANGE | at | change)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await call(world, "GET", f"{METERS}/{meters[meter]}")).json() == before


async def test_a_viewer_does_not_exchange_a_meter(world: World) -> None:
    meters = await ids(world)
    answer = await call(world, "POST", f"{METERS}/{meters['M1']}/exchange", EXCHANGE, role=Role.EXECUTIVE)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")


async def test_a_formula_is_written_in_dated_versions(world: World) -> None:
    meters = await ids(world)
    path = f"{METERS}/{meters['V1']}/formula"
    first = {"terms": [{"input_id": str(meters["M1"])}]}
    minus = {"input_id": str(meters["M2"]), "coefficient": "-1"}
    second = {"start": "2026-01-01T00:00:00Z", "constant": 0.5, "terms": [*first["terms"], minus]}
    for form in (first, second, second):
        answer = await call(world, "PUT", path, form, role=Role.ENERGY_MANAGER)
        assert answer.status_code == 200, answer.text
    versions = answer.json()["formula"]
    assert [(v["start"], v["end"], v["constant"], len(v["terms"])) for v in versions] == [
        (None, "2026-01-01T00:00:00Z", "0", 1),
        ("2026-01-01T00:00:00Z", None, "0.5", 2),
    ]
    assert [(t["input_name"], t["coefficient"]) for t in versions[1]["terms"]] == [
        ("Main switch", "1"),
        ("Plant", "-1"),
    ]
    part = (await call(world, "GET", f"{METERS}/{meters['M2']}")).json()["part_of"]
    assert part == [{"meter_id": str(meters["V1"]), "name": "Rest"}]


@pytest.mark.parametrize(
    ("meter", "inputs", "code"),
    [
        pytest.param("V1", ["V1"], "virtual_cycle", id="itself"),
        pytest.param("V1", ["G1"], "virtual_mixes_carriers", id="carrier"),
        pytest.param("V1", ["M1", "M1"], "virtual_term_twice", id="twice"),
        pytest.param("M1", ["M2"], "formula_of_real_meter", id="real"),
        pytest.param("V1", [""], "unknown_input", id="unknown"),
    ],
)
async def test_a_formula_that_cannot_be_is_refused(
    world: World, meter: str, inputs: list[str], code: str
) -> None:
    meters = await ids(world)
    form = {"terms": [{"input_id": str(meters.get(one, uuid4()))} for one in inputs]}
    answer = await call(world, "PUT", f"{METERS}/{meters[meter]}/formula", form, role=Role.ENERGY_MANAGER)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (await call(world, "GET", f"{METERS}/{meters[meter]}")).json()["formula"] == []


async def test_an_asset_is_shown_with_its_points_and_their_age(world: World) -> None:
    assets = await ids(world, "assets")
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        row = await (await conn.execute("select id from point")).fetchone()
    assert row is not None
    await reading(
        world,
        {"point_id": row[0], "quantity": "temperature", "kind": "instant", "unit": "Cel"},
        6_500_000,
    )
    chiller = (await call(world, "GET", f"/api/energy/assets/{assets['C1']}")).json()
    (point,) = chiller["points"]
    assert (point["newest"]["value"], point["newest"]["age_s"], point["freshness"]) == ("6.5", 1800, "stale")
    building = (await call(world, "GET", f"/api/energy/assets/{assets['B1']}")).json()
    assert (building["floor_area_m2"], building["groups"], building["parent_name"]) == (
        950.5, ["Heritage"], "Library",
    )  # fmt: skip
    assert [(c["name"], c["has_children"]) for c in building["children"]] == [("Chiller", False)]
    assert [(m["name"], m["role"], m["is_there"]) for m in building["meters"]] == [("Plant", "sub", True)]
    missing = await call(world, "GET", f"/api/energy/assets/{uuid4()}")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


async def test_a_page_has_its_trail_its_carriers_and_how_far_they_reach(world: World) -> None:
    meters, assets = await ids(world), await ids(world, "assets")
    for meter, minutes in (("M1", 30), ("M2", 15)):
        await reading(
            world,
            {"meter_id": meters[meter], "quantity": "energy", "kind": "interval", "step_s": minutes * 60},
            1,
        )
    chiller = (await call(world, "GET", f"/api/energy/assets/{assets['C1']}")).json()
    assert [(one["name"], one["is_site"]) for one in chiller["trail"]] == [("Library", True), ("Main", False)]
    assert (chiller["carriers"], chiller["newest"]) == ([], [])
    site = (await call(world, "GET", f"/api/energy/assets/{assets['S1']}")).json()
    at = (world.clock.now - timedelta(minutes=30)).isoformat().replace("+00:00", "Z")
    end = world.clock.now.isoformat().replace("+00:00", "Z")
    assert site["trail"] == []
    assert site["newest"] == [{"carrier": "electricity", "at": at, "end": end, "step_s": 1800}]
    plant = (await call(world, "GET", f"{METERS}/{meters['M2']}")).json()
    assert [one["name"] for one in plant["trail"]] == ["Library", "Main"]
    assert [one["step_s"] for one in plant["newest"]] == [900]
    silent = (await call(world, "GET", f"{METERS}/{meters['G1']}")).json()
    assert silent["newest"] == [{"carrier": "gas", "at": None, "end": None, "step_s": None}]


async def test_a_virtual_meter_reaches_as_far_as_what_it_is_made_of(world: World) -> None:
    meters = await ids(world)
    await reading(
        world, {"meter_id": meters["M1"], "quantity": "energy", "kind": "interval", "step_s": 900}, 1
    )
    form = {"terms": [{"input_id": str(meters["M1"]), "direction": "import", "coefficient": "1"}]}
    set_up = await call(world, "PUT", f"{METERS}/{meters['V1']}/formula", form, role=Role.ENERGY_MANAGER)
    assert set_up.status_code == 200, set_up.text
    shown = (await call(world, "GET", f"{METERS}/{meters['V1']}")).json()
    assert [one["step_s"] for one in shown["newest"]] == [900]


async def test_a_page_says_what_its_viewer_may_do_there(world: World) -> None:
    assets = await ids(world, "assets")
    here = Grant(role=Role.ENERGY_MANAGER, scope_kind=ScopeKind.ASSET, scope_id=assets["B1"])
    everywhere = Grant(role=Role.EXECUTIVE)
    token = await world.token(await world.person(everywhere, here))
    async with world.client(token=token, tenant=world.own.slug) as client:
        building = (await client.get(f"/api/energy/assets/{assets['B1']}")).json()
        site = (await client.get(f"/api/energy/assets/{assets['S1']}")).json()
    assert "edit_register" in building["may"]
    assert site["may"] == ["view", "export"]


async def test_what_lies_outside_the_scope_is_left_out_of_a_meter(world: World) -> None:
    meters, assets = await ids(world), await ids(world, "assets")
    grant = Grant(role=Role.TECHNICIAN, scope_kind=ScopeKind.ASSET, scope_id=assets["B1"])
    token = await world.token(await world.person(grant))
    async with world.client(token=token, tenant=world.own.slug) as client:
        plant = await client.get(f"{METERS}/{meters['M2']}")
        main = await client.get(f"{METERS}/{meters['M1']}")
        building = await client.get(f"/api/energy/assets/{assets['B1']}")
    assert plant.status_code == 200
    assert plant.json()["fed_by"] == []
    assert main.status_code == 404
    assert building.json()["parent_id"] is None
    assert building.json()["trail"] == []
