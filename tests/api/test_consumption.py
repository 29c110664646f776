"""Consumption over HTTP: in by every form, out in every form, and refused where it does not hold water."""

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pyarrow as pa
import pytest

from access_world import World, make_world
from aegrid_energy.api.application import ROUTERS
from aegrid_energy.domain.access import Grant, KeyScope, Role, ScopeKind
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.workflows.kinds_of_work import KINDS
from aegrid_energy.workflows.run_jobs import run_job
from readings_sent import DAY, START, csv_file, send, send_file, series_form, series_of, total

POST = "/api/energy/consumption"
NEM12 = "\n".join(
    [
        "100,NEM12,202603020000,MDP,RET",
        "200,6102000001,E1,1,E1,N1,M1,kWh,30,",
        f"300,20260228,{','.join(['1.25'] * 48)},A,,,20260301120000,",
        "900",
    ]
)


@pytest.fixture
async def world(access_pool: Pool, password_hash: str) -> World:
    return await make_world(access_pool, password_hash, routers=ROUTERS)


async def post(
    world: World, body: Any, *, headers: dict[str, str] | None = None, **params: str
) -> httpx.Response:
    """Send JSON, or a file where the body is text."""
    asked = {"site": str(world.own.site_id), "accept_proposed": "true"} | params
    async with world.as_role(Role.ADMINISTRATOR) as client:
        if isinstance(body, str):
            given = {"Content-Type": "text/csv"} | (headers or {})
            return await client.post(POST, params=asked, content=body, headers=given)
        return await client.post(POST, params=asked, json=body, headers=headers)


async def asked(world: World, *, accept: str = "application/json", **params: str) -> httpx.Response:
    async with world.as_role(Role.EXECUTIVE) as client:
        path = f"{POST}/{world.own.site_id}"
        return await client.get(path, params=DAY | params, headers={"Accept": accept})


async def test_a_series_is_taken_and_added_up(world: World) -> None:
    load = await send(world, series_form())
    assert (load["status"], load["added"], load["problems"]) == ("done", 48, [])
    assert await total(world) == "72"


async def test_the_same_again_adds_nothing(world: World) -> None:
    await send(world, series_form())
    again = await send(world, series_form())
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 48)
    assert await total(world) == "72"


async def test_the_same_file_again_adds_nothing(world: World) -> None:
    await send_file(world, csv_file([1.5] * 48))
    again = await send_file(world, csv_file([1.5] * 48))
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 48)


async def test_a_series_is_named_by_its_number(world: World) -> None:
    await send(world, series_form())
    form = series_form([2.0] * 48, series=await series_of(world))
    del form["meter"], form["register"]
    assert (await post(world, form)).json()["changed"] == 48
    assert await total(world) == "96"


async def test_units_are_converted_and_gaps_are_null(world: World) -> None:
    await send(world, series_form([1500.0, None, *[1500.0] * 46], unit="Wh"))
    body = (await asked(world, resolution="raw")).json()
    assert (body["total"], body["unit"]) == ("70.5", "kWh")
    assert body["sum"][:3] == [1.5, None, 1.5]


async def test_readings_one_by_one_are_taken(world: World) -> None:
    readings = [
        {"meter": "M1", "at": f"2026-03-01T0{hour}:00:00+11:00", "value": 2.0, "unit": "kWh", "step_s": 3600}
        for hour in range(4)
    ]
    answer = await post(world, {"readings": readings})
    assert (answer.status_code, answer.json()["added"]) == (200, 4)
    assert await total(world) == "8"


async def test_a_csv_file_is_taken(world: World) -> None:
    answer = await post(world, csv_file([0.5] * 48), name="site.csv")
    assert (answer.status_code, answer.json()["added"]) == (200, 48), answer.text
    assert await total(world) == "24"


async def test_a_nem12_file_is_taken(world: World) -> None:
    answer = await post(world, NEM12, name="data.csv")
    assert (answer.status_code, answer.json()["added"]) == (200, 48), answer.text
    # A day of the market is a day of UTC+10, whatever the clocks of the site say.
    period = {"from": "2026-02-28T00:00:00+10:00", "to": "2026-03-01T00:00:00+10:00"}
    assert (await asked(world, **period)).json()["total"] == "60"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        pytest.param({"start": "2026-03-01T00:00:00"}, 422, "invalid_field", id="naive"),
        pytest.param({"start": "1890-03-01T00:00:00Z"}, 422, "invalid_field", id="long-ago"),
        pytest.param({"meter": "M\x001"}, 422, "invalid_field", id="nul"),
        pytest.param({"meter": "  "}, 422, "invalid_field", id="blank"),
        pytest.param({"unit": "furlong"}, 422, "unknown_unit", id="unit"),
        pytest.param({"step_s": 0}, 422, "invalid_field", id="no-step"),
        pytest.param({"values": []}, 422, "invalid_field", id="no-values"),
        pytest.param({"values": ["1.5"]}, 422, "invalid_field", id="text"),
        pytest.param({"values": [1e300]}, 422, "value_out_of_range", id="huge"),
        pytest.param({"quality": ["actual"]}, 422, "invalid_field", id="too-few-qualities"),
        pytest.param({"quality": ["fine"] * 48}, 422, "invalid_field", id="unknown-quality"),
        pytest.param({"colour": "red"}, 422, "invalid_field", id="unknown-field"),
    ],
)
async def test_a_form_that_is_not_valid_is_refused(
    world: World, change: dict[str, Any], status: int, code: str
) -> None:
    answer = await post(world, series_form() | change)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await total(world) == "0"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
async def test_a_number_that_is_none_is_refused(world: World, number: str) -> None:
    text = f'{{"meter": "M1", "start": "{START}", "step_s": 1800, "unit": "kWh", "values": [1.0, {number}]}}'
    answer = await post(world, text, headers={"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500, answer.text
    assert await total(world) == "0"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"a"', '{"readings": 5}', "\ud7ff" * 3, "[" * 5000])
async def test_a_body_that_is_no_form_is_refused(world: World, text: str) -> None:
    answer = await post(world, text, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}, answer.text


async def test_readings_from_the_future_are_refused(world: World) -> None:
    answer = await post(world, series_form(start="2026-03-02T01:10:00+00:00"))
    assert answer.status_code == 422
    assert [p["code"] for p in answer.json()["problems"]] == ["reading_in_future"]


async def test_readings_up_to_five_minutes_ahead_are_taken(world: World) -> None:
    answer = await post(world, series_form([1.0, 1.0], start="2026-03-02T01:00:00+00:00", step_s=600))
    body = answer.json()
    assert (answer.status_code, body["added"], body["problems"][0]["code"]) == (200, 1, "reading_in_future")


async def test_an_unknown_meter_is_refused_where_nobody_says_where_it_stands(world: World) -> None:
    async with world.as_role(Role.TECHNICIAN) as client:
        answer = await client.post(POST, json=series_form())
    assert answer.status_code == 422
    assert [p["code"] for p in answer.json()["problems"]] == ["meter_unknown"]


async def test_a_meter_outside_the_scope_of_the_sender_is_not_found(world: World) -> None:
    await send(world, series_form())
    elsewhere = Grant(role=Role.TECHNICIAN, scope_kind=ScopeKind.SITE, scope_id=UUID(int=8))
    here = Grant(role=Role.TECHNICIAN, scope_kind=ScopeKind.SITE, scope_id=world.own.site_id)
    statuses = []
    for grant in (elsewhere, here):
        token = await world.token(await world.person(grant))
        async with world.client(token=token, tenant=world.own.slug) as client:
            statuses.append((await client.post(POST, json=series_form([9.0] * 48))).status_code)
            statuses.append((await client.get(f"{POST}/{world.own.site_id}", params=DAY)).status_code)
    assert statuses == [404, 404, 200, 200]
    assert await total(world) == "432"


async def test_a_point_outside_the_scope_of_the_sender_is_not_found(world: World) -> None:
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        await conn.execute(
            """insert into point (id, asset_id, name, quantity, unit, kind, external_id)
               values (%s, %s, 'Air', 'temperature', 'Cel', 'instant', 'T1')""",
            (uuid4(), world.own.asset_id),
        )
    form = {"readings": [{"meter": "T1", "at": START, "value": 21.5, "unit": "Cel"}]}
    elsewhere = Grant(role=Role.TECHNICIAN, scope_kind=ScopeKind.SITE, scope_id=UUID(int=8))
    here = Grant(role=Role.TECHNICIAN, scope_kind=ScopeKind.ASSET, scope_id=world.own.asset_id)
    statuses = []
    for grant in (elsewhere, here):
        token = await world.token(await world.person(grant))
        async with world.client(token=token, tenant=world.own.slug) as client:
            statuses.append((await client.post(POST, json=form)).status_code)
    assert statuses == [404, 200]


async def test_another_tenant_finds_nothing(world: World) -> None:
    await send(world, series_form())
    async with world.client(token=world.other.tokens[Role.ADMINISTRATOR], tenant=world.other.slug) as client:
        seen = await client.get(f"{POST}/{world.own.site_id}", params=DAY)
        into = await client.post(f"{POST}?site={world.own.site_id}", json=series_form())
        named = await client.post(POST, json=series_form(series=await series_of(world), meter=None))
    assert (seen.status_code, into.status_code, named.status_code) == (404, 404, 404)
    assert await total(world) == "72"


async def test_json_csv_and_arrow_say_the_same(world: World) -> None:
    await send(world, series_form([round(0.1 * n, 1) for n in range(48)]))
    body = (await asked(world, resolution="1h")).json()
    text = await asked(world, accept="text/csv", resolution="1h")
    table = pa.ipc.open_stream(
        (await asked(world, accept="application/vnd.apache.arrow.stream", resolution="1h")).content
    ).read_all()
    rows = list(csv.DictReader(io.StringIO(text.text)))
    assert len(rows) == table.num_rows == len(body["start"]) == 24
    assert [float(row["sum_kWh"]) for row in rows] == body["sum"]
    assert [round(value, 6) for value in table["sum"].to_pylist()] == body["sum"]
    assert round(sum(body["sum"]), 6) == float(body["total"]) == 112.8


async def test_what_has_not_changed_is_not_sent_again(world: World) -> None:
    await send(world, series_form())
    first = await asked(world)
    async with world.as_role(Role.EXECUTIVE) as client:
        path = f"{POST}/{world.own.site_id}"
        head = {"If-None-Match": first.headers["etag"]}
        same = await client.get(path, params=DAY, headers=head)
        await send(world, series_form([2.0] * 48))
        changed = await client.get(path, params=DAY, headers=head)
    assert (same.status_code, same.content) == (304, b"")
    assert (changed.status_code, changed.json()["total"]) == (200, "96")


async def test_the_same_call_under_one_key_is_done_once(world: World) -> None:
    head = {"Idempotency-Key": "load-1"}
    first = await post(world, series_form(), headers=head)
    second = await post(world, series_form(), headers=head)
    other = await post(world, series_form([2.0] * 48), headers=head)
    assert first.json() == second.json()
    assert (first.json()["added"], second.headers["idempotency-replayed"]) == (48, "true")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert await total(world) == "72"


async def test_keys_of_different_callers_never_meet(world: World) -> None:
    head = {"Idempotency-Key": "load-1"}
    await post(world, series_form(), headers=head)
    async with world.client(key=world.own.keys[KeyScope.INGEST], headers=head) as device:
        answer = await device.post(POST, json=series_form([2.0] * 48))
    assert (answer.status_code, answer.json()["unchanged"] + answer.json()["changed"]) == (200, 48)


async def test_a_call_that_was_refused_may_be_made_again_under_its_key(world: World) -> None:
    head = {"Idempotency-Key": "load-1"}
    refused = await post(world, series_form(unit="furlong"), headers=head)
    answer = await post(world, series_form(), headers=head)
    assert (refused.status_code, answer.status_code) == (422, 200)


async def test_a_call_that_is_still_worked_on_is_not_done_twice(world: World) -> None:
    head = {"Idempotency-Key": "load-1"}
    await post(world, series_form(), headers=head)
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        await conn.execute("update idempotency set status = 0")
    busy = await post(world, series_form(), headers=head)
    world.clock.turn(timedelta(minutes=6))
    after = await post(world, series_form(), headers=head)
    assert (busy.status_code, busy.json()["code"]) == (409, "idempotency_in_progress")
    assert (after.status_code, after.json()["unchanged"]) == (200, 48)


@pytest.mark.parametrize("key", ["", "x" * 201])
async def test_a_key_that_is_none_is_refused(world: World, key: str) -> None:
    answer = await post(world, series_form(), headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_invalid")


async def test_a_file_is_loaded_in_the_background(world: World) -> None:
    answer = await post(world, csv_file([0.5] * 48), name="site.csv", job="true")
    assert answer.status_code == 202, answer.text
    assert await total(world) == "0"
    job_id = UUID(answer.json()["job_id"])
    await run_job(world.context.pool, world.own.tenant_no, job_id, KINDS, world.clock)
    async with world.as_role(Role.ADMINISTRATOR) as client:
        job = (await client.get(f"/api/energy/jobs/{job_id}")).json()
    assert (job["status"], job["result"]["added"]) == ("done", 48), job
    assert await total(world) == "24"


async def test_only_who_may_load_files_everywhere_loads_in_the_background(world: World) -> None:
    here = Grant(role=Role.ENERGY_MANAGER, scope_kind=ScopeKind.SITE, scope_id=world.own.site_id)
    token = await world.token(await world.person(here))
    head = {"Content-Type": "text/csv"}
    async with world.client(token=token, tenant=world.own.slug) as client:
        scoped = await client.post(f"{POST}?job=true", content=csv_file([1.0]), headers=head)
    form = await post(world, series_form(), job="true")
    empty = await post(world, "", job="true")
    assert (scoped.status_code, scoped.json()["code"]) == (403, "not_permitted")
    assert (form.status_code, empty.status_code) == (422, 400)
