"""Imports: listed, cut to the scope, downloaded, taken back, given to another meter."""

from uuid import UUID

import pytest

from access_world import World, make_world
from aegrid_energy.api.application import ROUTERS
from aegrid_energy.api.imports import refused_csv
from aegrid_energy.domain.access import Grant, Role, ScopeKind
from aegrid_energy.domain.problems import Problem
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.workflows.kinds_of_work import KINDS
from aegrid_energy.workflows.run_jobs import run_job
from readings_sent import csv_file, meter_id_of, send, send_file, series_form, total

IMPORTS = "/api/energy/imports"


@pytest.fixture
async def world(access_pool: Pool, password_hash: str) -> World:
    return await make_world(access_pool, password_hash, routers=ROUTERS)


async def test_a_load_is_listed_with_its_counters_and_series(world: World) -> None:
    load = await send_file(world, csv_file([1.5] * 48))
    async with world.as_role(Role.EXECUTIVE) as client:
        (row,) = (await client.get(IMPORTS)).json()["imports"]
        detail = (await client.get(f"{IMPORTS}/{load['import_id']}")).json()
    assert (row["id"], row["status"], row["added"], row["kind"]) == (load["import_id"], "done", 48, "file")
    (series,) = detail["series"]
    assert (series["added"], series["unit"]) == (48, "kWh")
    assert series["first_at"] == "2026-02-28T13:00:00Z"


async def test_a_load_says_who_made_it_and_what_it_touched_by_name(world: World) -> None:
    load = await send_file(world, csv_file([1.5] * 48))
    async with world.as_role(Role.EXECUTIVE) as client:
        detail = (await client.get(f"{IMPORTS}/{load['import_id']}")).json()
    assert detail["actor_name"] != ""
    (series,) = detail["series"]
    assert (series["name"], series["site_id"]) == ("M1", str(world.own.site_id))
    assert series["site"] != ""


async def test_what_was_refused_stands_beside_the_load(world: World) -> None:
    load = await send_file(world, csv_file([1.5] * 48, start="2026-03-02T00:00:00+00:00"))
    async with world.as_role(Role.ADMINISTRATOR) as client:
        detail = (await client.get(f"{IMPORTS}/{load['import_id']}")).json()
    assert detail["more_problems"] == 0
    assert [problem["code"] for problem in detail["problems"]] == ["in_the_future"]


async def test_loads_are_found_by_person_meter_and_site(world: World) -> None:
    first = await send_file(world, csv_file([1.5] * 48))
    second = await send_file(world, csv_file([1.0] * 48, meter="M2"))
    async with world.as_role(Role.ADMINISTRATOR) as client:

        async def found(**asked: object) -> list[str]:
            rows = (await client.get(IMPORTS, params={k: str(v) for k, v in asked.items()})).json()
            return [row["id"] for row in rows["imports"]]

        (row, *_) = (await client.get(IMPORTS)).json()["imports"]
        assert await found(meter_id=await meter_id_of(world, "M2")) == [second["import_id"]]
        assert await found(site_id=world.own.site_id) == [second["import_id"], first["import_id"]]
        assert await found(site_id=UUID(int=7)) == []
        assert await found(actor=row["actor"]) == [second["import_id"], first["import_id"]]
        assert await found(actor="account:nobody") == []


async def test_a_meter_out_of_sight_finds_no_load(world: World) -> None:
    await send_file(world, csv_file([1.5] * 48))
    elsewhere = Grant(role=Role.ENERGY_MANAGER, scope_kind=ScopeKind.SITE, scope_id=UUID(int=7))
    token = await world.token(await world.person(elsewhere))
    async with world.client(token=token, tenant=world.own.slug) as client:
        answer = await client.get(IMPORTS, params={"meter_id": str(await meter_id_of(world))})
    assert answer.json()["imports"] == []


async def test_loads_are_listed_newest_first_and_page_by_page(world: World) -> None:
    first = await send_file(world, csv_file([1.5] * 48))
    second = await send_file(world, csv_file([2.5] * 48))
    async with world.as_role(Role.ADMINISTRATOR) as client:
        rows = (await client.get(IMPORTS, params={"limit": 1})).json()["imports"]
        older = (await client.get(IMPORTS, params={"before": rows[0]["started_at"]})).json()["imports"]
    assert [row["id"] for row in rows] == [second["import_id"]]
    assert [row["id"] for row in older] == [first["import_id"]]


async def test_a_load_outside_the_scope_is_not_listed_and_not_found(world: World) -> None:
    load = await send_file(world, csv_file([1.5] * 48))
    elsewhere = Grant(role=Role.ENERGY_MANAGER, scope_kind=ScopeKind.SITE, scope_id=UUID(int=7))
    token = await world.token(await world.person(elsewhere))
    async with world.client(token=token, tenant=world.own.slug) as client:
        assert (await client.get(IMPORTS)).json()["imports"] == []
        for method, path in [("GET", ""), ("GET", "/refused"), ("DELETE", "")]:
            answer = await client.request(method, f"{IMPORTS}/{load['import_id']}{path}")
            assert answer.status_code == 404


async def test_a_load_within_the_scope_of_a_site_is_listed(world: World) -> None:
    load = await send_file(world, csv_file([1.5] * 48))
    here = Grant(role=Role.EXECUTIVE, scope_kind=ScopeKind.SITE, scope_id=world.own.site_id)
    token = await world.token(await world.person(here))
    async with world.client(token=token, tenant=world.own.slug) as client:
        assert [row["id"] for row in (await client.get(IMPORTS)).json()["imports"]] == [load["import_id"]]


async def test_a_dry_run_says_what_would_happen_and_changes_nothing(world: World) -> None:
    load = await send_file(world, csv_file([1.5] * 48))
    async with world.as_role(Role.ENERGY_MANAGER) as client:
        answer = await client.delete(f"{IMPORTS}/{load['import_id']}?dry_run=true")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["removed"], answer.json()["undo_id"]) == (48, None)
    assert await total(world) == "72"


async def test_taking_a_load_back_restores_what_was_there_before(world: World) -> None:
    await send_file(world, csv_file([1.5] * 48))
    wrong = await send_file(world, csv_file([9.5] * 48))
    assert await total(world) == "456"
    async with world.as_role(Role.ENERGY_MANAGER) as client:
        answer = await client.delete(f"{IMPORTS}/{wrong['import_id']}?dry_run=false")
        assert answer.status_code == 200, answer.text
        assert (answer.json()["restored"], answer.json()["removed"]) == (48, 0)
        row = (await client.get(f"{IMPORTS}/{wrong['import_id']}")).json()
        again = await client.delete(f"{IMPORTS}/{wrong['import_id']}?dry_run=false")
    assert await total(world) == "72"
    assert (row["status"], row["undone_by"]) == ("undone", world_actor(world, Role.ENERGY_MANAGER))
    assert (again.status_code, again.json()["code"]) == (409, "import_already_undone")


async def test_taking_a_load_back_leaves_what_came_later(world: World) -> None:
    first = await send_file(world, csv_file([1.5] * 48))
    await send_file(world, csv_file([4.0] * 24))
    async with world.as_role(Role.ADMINISTRATOR) as client:
        answer = await client.delete(f"{IMPORTS}/{first['import_id']}?dry_run=false")
    assert (answer.json()["removed"], answer.json()["stays"]) == (24, 24)
    assert await total(world) == "96"


async def test_taking_a_load_back_as_a_job_does_the_same(world: World) -> None:
    load = await send_file(world, csv_file([1.5] * 48))
    async with world.as_role(Role.ADMINISTRATOR) as client:
        answer = await client.delete(f"{IMPORTS}/{load['import_id']}?dry_run=false&job=true")
    assert answer.status_code == 202
    job_id = UUID(answer.json()["job_id"])
    await run_job(world.context.pool, world.own.tenant_no, job_id, KINDS, world.clock)
    assert await total(world) == "0"
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        row = await (await conn.execute("select status, result from job where id = %s", (job_id,))).fetchone()
    assert row is not None
    assert (row[0], row[1]["removed"]) == ("done", 48)


async def test_an_executive_sees_a_load_and_cannot_take_it_back(world: World) -> None:
    load = await send_file(world, csv_file([1.5] * 48))
    async with world.as_role(Role.EXECUTIVE) as client:
        answer = await client.delete(f"{IMPORTS}/{load['import_id']}?dry_run=false")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert await total(world) == "72"


async def test_a_load_on_the_wrong_meter_goes_to_the_right_one(world: World) -> None:
    await send_file(world, csv_file([1.0] * 48, meter="M2"))
    await send_file(world, csv_file([1.5] * 48))
    wrong = await send_file(world, csv_file([3.0] * 48))
    async with world.as_role(Role.ADMINISTRATOR) as client:
        answer = await client.post(
            f"{IMPORTS}/{wrong['import_id']}/reassign", json={"meter_id": str(await meter_id_of(world, "M2"))}
        )
        assert answer.status_code == 200, answer.text
        body = answer.json()
        moved = (await client.get(f"{IMPORTS}/{body['import_id']}")).json()
    assert (body["undo"]["restored"], body["changed"]) == (48, 48)
    assert moved["series"][0]["meter_id"] == str(await meter_id_of(world, "M2"))
    assert await total(world) == "216"  # M1 holds 48 x 1.5 again, M2 48 x 3


async def test_a_dry_run_of_giving_a_load_to_another_meter_changes_nothing(world: World) -> None:
    await send_file(world, csv_file([1.0] * 48, meter="M2"))
    wrong = await send_file(world, csv_file([3.0] * 48))
    before = await total(world)
    async with world.as_role(Role.ADMINISTRATOR) as client:
        answer = await client.post(
            f"{IMPORTS}/{wrong['import_id']}/reassign?dry_run=true",
            json={"meter_id": str(await meter_id_of(world, "M2"))},
        )
        row = (await client.get(f"{IMPORTS}/{wrong['import_id']}")).json()
    body = answer.json()
    assert answer.status_code == 200, answer.text
    assert (body["is_dry_run"], body["import_id"], body["undo"]["undo_id"]) == (True, None, None)
    assert (body["undo"]["removed"], body["changed"]) == (48, 48)
    assert (row["status"], await total(world)) == ("done", before)


async def test_a_load_is_not_given_to_the_meter_that_has_it(world: World) -> None:
    load = await send_file(world, csv_file([1.5] * 48))
    async with world.as_role(Role.ADMINISTRATOR) as client:
        answer = await client.post(
            f"{IMPORTS}/{load['import_id']}/reassign", json={"meter_id": str(await meter_id_of(world))}
        )
    assert (answer.status_code, answer.json()["code"]) == (422, "reassign_same_meter")
    assert await total(world) == "72"


async def test_what_was_refused_is_downloaded_as_csv(world: World) -> None:
    load = await send_file(world, csv_file([1.5] * 48, start="2026-03-02T00:00:00+00:00"))
    async with world.as_role(Role.ADMINISTRATOR) as client:
        answer = await client.get(f"{IMPORTS}/{load['import_id']}/refused")
    assert answer.headers["content-type"].startswith("text/csv")
    lines = answer.text.splitlines()
    assert lines[0] == "file,line,column,code,text,refused"
    assert ",in_the_future," in lines[1]


async def test_rows_older_than_readings_are_kept_are_refused_by_their_line(world: World) -> None:
    async with world.as_role(Role.ADMINISTRATOR) as client:
        chosen = await client.put(
            "/api/energy/preferences", json={"readings_kept_years": 5}, headers={"If-Match": "*"}
        )
        assert chosen.status_code == 200, chosen.text
    old, new = csv_file([1.5] * 48, start="2020-03-01T00:00:00+11:00"), csv_file([1.5] * 48)
    load = await send_file(world, old + new.partition("\n")[2])
    assert (load["added"], load["status"]) == (48, "partial")
    (problem,) = load["problems"]
    assert (problem["code"], problem["line"], problem["refused"]) == ("too_old", 2, "48 rows")


async def test_readings_older_than_they_are_kept_are_refused_in_every_form(world: World) -> None:
    async with world.as_role(Role.ADMINISTRATOR) as client:
        await client.put(
            "/api/energy/preferences", json={"readings_kept_years": 5}, headers={"If-Match": "*"}
        )
        few, many = [
            await client.post(
                f"/api/energy/consumption?site={world.own.site_id}",
                json=series_form([1.0] * count, start="2020-03-01T00:00:00+11:00"),
            )
            for count in (48, 6000)
        ]
    for answer, count in ((few, "48"), (many, "6,000")):
        assert answer.status_code == 422, answer.text
        (problem,) = answer.json()["problems"]
        assert problem["code"] == "reading_past_retention"
        assert problem["refused"] == f"M1 E1, {count} readings"


async def test_live_readings_of_a_day_are_listed_and_taken_back_as_one(world: World) -> None:
    await send_file(world, csv_file([1.0] * 48))
    await send(world, series_form([5.0] * 24, register="kWh"))
    sent = await send(world, series_form([6.0] * 48, register="kWh"))
    async with world.as_role(Role.ADMINISTRATOR) as client:
        live, _ = (await client.get(IMPORTS)).json()["imports"]
        assert (live["id"], live["kind"]) == (sent["import_id"], "live")
        assert (live["added"], live["changed"]) == (0, 72)
        answer = await client.delete(f"{IMPORTS}/{live['id']}?dry_run=false")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["restored"], answer.json()["removed"]) == (48, 0)
    assert await total(world) == "48"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\r=1"])
def test_a_cell_that_a_spreadsheet_would_compute_is_text(cell: str) -> None:
    problem = Problem(file=cell, line=1, column=1, code="c", text=cell, refused=cell)
    assert refused_csv([problem]).decode().split("\r\n", 1)[1].lstrip('"').startswith("'")


def world_actor(world: World, role: Role) -> str:
    return f"account:{world.own.people[role].id}"
