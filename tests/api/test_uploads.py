"""Uploads: proposed, shown, confirmed, loaded; nothing is loaded that was not shown."""

import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pyarrow as pa
import pytest
from pyarrow import parquet

from access_world import World, make_world
from aegrid_energy.api.application import ROUTERS
from aegrid_energy.domain.access import Grant, Role, ScopeKind
from aegrid_energy.storage import staged_uploads
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.staged_uploads import forget_uploads
from aegrid_energy.workflows.kinds_of_work import KINDS
from aegrid_energy.workflows.run_jobs import run_job
from readings_sent import csv_file, meter_id_of, send_file, total

UPLOADS = "/api/energy/uploads"
BYTES = {"Content-Type": "application/octet-stream"}
NMI, OTHER_NMI = "6102000001", "6102000019"


@pytest.fixture
async def world(access_pool: Pool, password_hash: str) -> World:
    return await make_world(access_pool, password_hash, routers=ROUTERS)


def nem12(*nmis: str, day: str = "20260201", kwh: float = 0.5) -> str:
    """A day of half hours of each NMI, import and reactive."""
    lines = ["100,NEM12,202602030000,MDP,RETAILER"]
    for nmi in nmis:
        for suffix, unit in (("E1", "KWH"), ("Q1", "KVARH")):
            lines.append(f"200,{nmi},E1Q1,{suffix},{suffix},N1,METER1,{unit},30,")
            lines.append(f"300,{day},{','.join([str(kwh)] * 48)},A,,,20260202120000,")
    return "\n".join([*lines, "900", ""])


def naive_csv(values: list[float], *, names: str = "Timestamp,Value") -> str:
    rows = [f"2026-02-01 {n // 2:02d}:{n % 2 * 30:02d},{value}" for n, value in enumerate(values)]
    return "\n".join([names, *rows, ""])


def zipped(**members: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("_", "."), text)
    return data.getvalue()


async def upload(
    world: World, content: str | bytes, name: str = "readings.csv", *, role: Role = Role.ADMINISTRATOR
) -> dict[str, Any]:
    async with world.as_role(role) as client:
        answer = await client.post(UPLOADS, params={"name": name}, content=content, headers=BYTES)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def say(world: World, shown: dict[str, Any], **choices: Any) -> dict[str, Any]:
    """Say something about the first file."""
    form = {"files": [{"file": shown["files"][0]["file"], **choices}]}
    async with world.as_role(Role.ADMINISTRATOR) as client:
        answer = await client.post(f"{UPLOADS}/{shown['id']}/proposal", json=form)
    assert answer.status_code == 200, answer.text
    return answer.json()


def meters_of(shown: dict[str, Any]) -> list[dict[str, Any]]:
    return [meter for file in shown["files"] for meter in file["meters"]]


def confirmed(shown: dict[str, Any], **decision: Any) -> dict[str, Any]:
    """Everything is confirmed, and each register decided alike."""
    return {
        "revision": shown["revision"],
        "files": [
            {"file": file["file"], "accepted": file["proposal"]["questions"] if file["proposal"] else []}
            for file in shown["files"]
        ],
        "meters": [{"key": meter["key"], **decision} for meter in meters_of(shown)],
    }


async def ask_load(
    world: World, shown: dict[str, Any], form: dict[str, Any], *, token: str | None = None
) -> httpx.Response:
    own = world.own
    async with world.client(token=token or own.tokens[Role.ADMINISTRATOR], tenant=own.slug) as client:
        return await client.post(f"{UPLOADS}/{shown['id']}/load", json=form)


async def run(world: World, answer: httpx.Response) -> dict[str, Any]:
    """Do the job that was answered and return what became of it."""
    assert answer.status_code == 202, answer.text
    job_id = UUID(answer.json()["job_id"])
    await run_job(world.context.pool, world.own.tenant_no, job_id, KINDS, world.clock)
    async with world.as_role(Role.ADMINISTRATOR) as client:
        job = (await client.get(f"/api/energy/jobs/{job_id}")).json()
    assert job["status"] == "done", job
    return job["result"]


async def load(world: World, shown: dict[str, Any], form: dict[str, Any]) -> dict[str, Any]:
    return await run(world, await ask_load(world, shown, form))


async def seen(world: World, shown: dict[str, Any]) -> dict[str, Any]:
    async with world.as_role(Role.ADMINISTRATOR) as client:
        return (await client.get(f"{UPLOADS}/{shown['id']}")).json()


async def count(world: World, query: str) -> int:
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        row = await (await conn.execute(query)).fetchone()  # type: ignore[arg-type]
    assert row is not None
    return int(row[0])


async def test_a_file_is_shown_and_nothing_of_it_is_loaded(world: World) -> None:
    shown = await upload(world, nem12(NMI, OTHER_NMI), "july.csv")
    assert (shown["state"], shown["revision"], shown["already_loaded"]) == ("proposed", 1, [])
    (file,) = shown["files"]
    assert (file["format"], file["proposal"]) == ("nem12", None)
    first, reactive = file["meters"][:2]
    assert (first["meter"], first["register_name"], first["readings"]) == (NMI, "E1", 48)
    assert (first["total"], first["unit"], first["step_s"]) == ("24", "kWh", 1800)
    assert (first["direction"], reactive["quantity"]) == ("import", "reactive_energy")
    assert first["start"] == "2026-01-31T14:00:00Z"
    assert (first["gaps"], first["quality"]) == ({"count": 0, "hours": 0.0}, {"actual": 48})
    assert first["match"]["how"] == "none"
    assert await count(world, "select count(*) from energy_meters") == 0
    assert await count(world, "select count(*) from import") == 0


async def test_unknown_nmis_of_a_file_are_proposed_into_one_site(world: World) -> None:
    shown = await upload(world, nem12(NMI, OTHER_NMI), "Town Hall.csv")
    (site,) = shown["sites"]
    assert (site["name"], site["timezone"]) == ("Town Hall", "Australia/Melbourne")
    assert site["meters"] == [meter["key"] for meter in meters_of(shown)]


async def test_sites_and_meters_are_made_in_the_same_act(world: World) -> None:
    shown = await upload(world, nem12(NMI, OTHER_NMI), "Town Hall.csv")
    form = confirmed(shown, action="create", site_key="site-0")
    form["new_sites"] = [{"key": "site-0", "name": "Town Hall", "timezone": "Australia/Melbourne"}]
    result = await load(world, shown, form)
    (made,) = result["imports"]
    assert (made["added"], made["refused"], made["status"]) == (192, 0, "done")
    assert (len(result["sites"]), len(result["meters"])) == (1, 2)
    period = {"from": "2026-02-01T00:00:00+10:00", "to": "2026-02-02T00:00:00+10:00"}
    async with world.as_role(Role.ADMINISTRATOR) as client:
        used = (await client.get(f"/api/energy/consumption/{result['sites'][0]}", params=period)).json()
        listed = (await client.get(f"/api/energy/imports/{made['import_id']}")).json()
    assert used["total"] == "48"
    assert listed["sha256"] == shown["sha256"]
    after = await seen(world, shown)
    assert (after["state"], after["import_ids"]) == ("loaded", [made["import_id"]])


async def test_a_job_that_is_run_again_adds_nothing_and_makes_nothing(world: World) -> None:
    shown = await upload(world, nem12(NMI), "a.csv")
    form = confirmed(shown, action="create", site_id=str(world.own.site_id))
    answer = await ask_load(world, shown, form)
    await run(world, answer)
    job_id = answer.json()["job_id"]
    # As a worker leaves it that was killed after the readings were stored and before anybody was told.
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        await conn.execute("update job set status = 'running', finished_at = null where id = %s", (job_id,))
        await conn.execute(
            "update staged_upload set state = 'loading', content = %s where id = %s",
            (nem12(NMI).encode(), shown["id"]),
        )
    await run(world, answer)
    assert await count(world, "select count(*) from import") == 1
    assert await count(world, "select count(*) from energy_meters") == 1
    assert (await seen(world, shown))["state"] == "loaded"


async def test_the_same_load_again_answers_with_the_same_job(world: World) -> None:
    shown = await upload(world, nem12(NMI), "a.csv")
    form = confirmed(shown, action="create", site_id=str(world.own.site_id))
    first = await ask_load(world, shown, form)
    again = await ask_load(world, shown, form)
    other = await ask_load(world, shown, confirmed(shown, action="skip"))
    assert first.json() == again.json()
    assert (other.status_code, other.json()["code"]) == (409, "upload_busy")
    await run(world, first)
    assert (await ask_load(world, shown, form)).json() == first.json()


async def test_a_table_with_open_questions_is_refused_and_they_are_named(world: World) -> None:
    shown = await upload(world, naive_csv([1.5] * 48, names="Timestamp,Usage"), "hall.csv")
    (file,) = shown["files"]
    assert file["needs_zone"]
    assert file["suggested_zone"] == "Australia/Melbourne"
    assert file["meters"] == []
    shown = await say(world, shown, zone="Australia/Melbourne")
    (file,) = shown["files"]
    assert (shown["revision"], file["needs_zone"], len(file["meters"])) == (2, False, 1)
    assert file["proposal"]["questions"]
    form = confirmed(shown, action="create", site_id=str(world.own.site_id))
    form["files"][0]["accepted"] = []
    answer = await ask_load(world, shown, form)
    assert (answer.status_code, answer.json()["code"]) == (422, "file_has_questions")
    assert answer.json()["params"]["questions"] == file["proposal"]["questions"]


async def test_what_is_said_of_a_table_changes_what_is_shown(world: World) -> None:
    shown = await upload(world, naive_csv([1.5] * 48), "hall.csv")
    kwh = meters_of(await say(world, shown, zone="Australia/Melbourne", unit="kWh"))[0]
    mwh = await say(world, shown, zone="UTC", unit="MWh", meter="Boiler")
    assert (kwh["total"], meters_of(mwh)[0]["total"]) == ("72", "72000")
    assert kwh["start"] == "2026-01-31T13:00:00Z"
    assert (meters_of(mwh)[0]["start"], meters_of(mwh)[0]["meter"]) == ("2026-02-01T00:00:00Z", "Boiler")
    assert mwh["files"][0]["choices"] == {"zone": "UTC", "unit": "MWh", "meter": "Boiler", "lenient": False}
    columns = {column["name"]: column["role"] for column in mwh["files"][0]["proposal"]["columns"]}
    assert columns == {"Timestamp": "time", "Value": "value"}


async def test_a_table_of_a_known_shape_is_proposed_as_it_was_confirmed(world: World) -> None:
    shown = await upload(world, naive_csv([1.5] * 48), "hall.csv")
    shown = await say(world, shown, zone="Australia/Melbourne", unit="kWh")
    await load(world, shown, confirmed(shown, action="create", site_id=str(world.own.site_id)))
    again = await upload(world, naive_csv([2.5] * 48), "next month.csv")
    (file,) = again["files"]
    assert file["remembered_at"].startswith("2026-03-02")
    assert file["choices"]["zone"] == "Australia/Melbourne"
    assert file["proposal"]["reasons"][0] == "As you confirmed on 02/03/2026."
    assert meters_of(again)[0]["total"] == "120"
    assert await count(world, "select count(*) from import") == 1  # shown, not loaded


async def test_a_proposal_that_has_changed_since_is_not_loaded(world: World) -> None:
    shown = await upload(world, naive_csv([1.5] * 48), "hall.csv")
    shown = await say(world, shown, zone="Australia/Melbourne", unit="kWh")
    form = confirmed(shown, action="create", site_id=str(world.own.site_id))
    await say(world, shown, zone="UTC", unit="kWh")
    answer = await ask_load(world, shown, form)
    assert (answer.status_code, answer.json()["code"]) == (409, "upload_moved")


async def test_a_meter_is_matched_and_its_readings_held_against_what_it_took(world: World) -> None:
    await send_file(world, csv_file([40.0] * 48))
    shown = await upload(world, csv_file([1.0] * 96, start="2026-02-26T00:00:00+11:00"), "m1.csv")
    (meter,) = meters_of(shown)
    assert meter["match"]["how"] in {"external_id", "name"}
    assert (meter["match"]["meter_id"], meter["match"]["site"]) == (str(await meter_id_of(world)), "Depot")
    doubts = {one["code"]: one["text"] for one in meter["plausibility"] if one["is_doubt"]}
    assert doubts == {
        "load_without_ratio": "Looks like a CT ratio of 40 left out: "
        "48.0 a day against 1920.0 a day held so far."
    }
    result = await load(world, shown, confirmed(shown, action="match", meter_id=meter["match"]["meter_id"]))
    assert result["imports"][0]["added"] == 96
    assert await total(world) == "1920"


async def test_readings_go_to_the_meter_that_was_chosen_whatever_the_file_calls_it(world: World) -> None:
    await send_file(world, csv_file([1.0] * 48, meter="M2"))
    await send_file(world, csv_file([1.0] * 48))
    shown = await upload(world, csv_file([2.0] * 48), "m1.csv")
    await load(world, shown, confirmed(shown, action="match", meter_id=str(await meter_id_of(world, "M2"))))
    assert await total(world) == "144"  # M1 holds 48, M2 now 96


async def test_a_file_that_was_loaded_before_is_told(world: World) -> None:
    loaded = await send_file(world, csv_file([1.5] * 48))
    shown = await upload(world, csv_file([1.5] * 48))
    assert [one["import_id"] for one in shown["already_loaded"]] == [loaded["import_id"]]


async def test_a_file_that_comes_again_in_a_package_is_told(world: World) -> None:
    loaded = await send_file(world, nem12(NMI).encode())
    again = await upload(world, zipped(a_csv=nem12(NMI), b_csv=nem12(OTHER_NMI)), "two.zip")
    assert [(one["file"], one["import_id"]) for one in again["already_loaded"]] == [
        ("two.zip!a.csv", loaded["import_id"])
    ]


async def test_a_file_that_came_in_a_package_is_told_when_it_comes_alone(world: World) -> None:
    shown = await upload(world, zipped(a_csv=nem12(NMI), b_csv=nem12(OTHER_NMI)), "two.zip")
    form = confirmed(shown, action="create", site_id=str(world.own.site_id))
    result = await load(world, shown, form)
    alone = await upload(world, nem12(OTHER_NMI).encode(), "b.csv")
    assert [one["import_id"] for one in alone["already_loaded"]] == [result["imports"][1]["import_id"]]


async def test_each_file_of_an_archive_is_an_import_of_its_own(world: World) -> None:
    shown = await upload(world, zipped(a_csv=nem12(NMI), b_csv=nem12(OTHER_NMI), c_txt="hello"), "all.zip")
    assert [file["file"] for file in shown["files"]] == ["all.zip!a.csv", "all.zip!b.csv", "all.zip!c.txt"]
    assert shown["files"][2]["problems"][0]["refused"]
    form = confirmed(shown, action="create", site_id=str(world.own.site_id))
    skipped = shown["files"][1]["meters"][0]["key"]
    form["meters"] = [
        one if one["key"] != skipped else {"key": skipped, "action": "skip"} for one in form["meters"]
    ]
    result = await load(world, shown, form)
    assert [(one["file"], one["added"]) for one in result["imports"]] == [
        ("all.zip!a.csv", 96),
        ("all.zip!b.csv", 48),
    ]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        pytest.param({"meters": []}, 422, "meter_key_undecided", id="nothing-decided"),
        pytest.param(
            {"meters": [{"key": "9.9", "action": "skip"}]}, 422, "meter_key_unknown", id="no-such-key"
        ),
        pytest.param(
            {"new_sites": [{"key": "x", "name": "X", "timezone": "UTC"}]},
            422,
            "new_site_unused",
            id="unused-site",
        ),
    ],
)
async def test_a_load_that_does_not_fit_what_was_shown_is_refused(
    world: World, change: dict[str, Any], status: int, code: str
) -> None:
    shown = await upload(world, nem12(NMI), "a.csv")
    form = confirmed(shown, action="create", site_id=str(world.own.site_id)) | change
    answer = await ask_load(world, shown, form)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("decision", "status", "code"),
    [
        pytest.param({"action": "skip"}, 422, "nothing_to_load", id="all-skipped"),
        pytest.param({"action": "match"}, 422, "meter_target_missing", id="match-of-nothing"),
        pytest.param({"action": "match", "meter_id": str(uuid4())}, 404, "not_found", id="no-such-meter"),
        pytest.param({"action": "create", "site_id": str(uuid4())}, 404, "not_found", id="no-such-site"),
        pytest.param({"action": "create", "site_key": "z"}, 422, "new_site_unknown", id="no-such-new-site"),
    ],
)
async def test_a_decision_that_cannot_be_is_refused(
    world: World, decision: dict[str, Any], status: int, code: str
) -> None:
    shown = await upload(world, nem12(NMI), "a.csv")
    answer = await ask_load(world, shown, confirmed(shown, **decision))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_meter_of_another_carrier_is_refused(world: World) -> None:
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        gas = uuid4()
        await conn.execute(
            "insert into energy_meters (id, site_id, carrier, name) values (%s, %s, 'gas', 'G1')",
            (gas, world.own.site_id),
        )
    shown = await upload(world, nem12(NMI), "a.csv")
    answer = await ask_load(world, shown, confirmed(shown, action="match", meter_id=str(gas)))
    assert (answer.status_code, answer.json()["code"]) == (422, "meter_of_other_carrier")


async def test_two_meters_of_one_file_are_not_given_to_one_meter(world: World) -> None:
    await send_file(world, csv_file([1.0] * 48))
    shown = await upload(world, nem12(NMI, OTHER_NMI), "a.csv")
    answer = await ask_load(
        world, shown, confirmed(shown, action="match", meter_id=str(await meter_id_of(world)))
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "same_series_twice")


async def test_an_upload_is_seen_by_its_sender_and_by_who_loads_everywhere(world: World) -> None:
    here = Grant(role=Role.SUSTAINABILITY, scope_kind=ScopeKind.SITE, scope_id=world.own.site_id)
    sender, neighbour = [await world.token(await world.person(here)) for _ in range(2)]
    async with world.client(token=sender, tenant=world.own.slug) as client:
        shown = (await client.post(f"{UPLOADS}?name=a.csv", content=nem12(NMI), headers=BYTES)).json()
        assert (await client.get(f"{UPLOADS}/{shown['id']}")).status_code == 200
    async with world.client(token=neighbour, tenant=world.own.slug) as client:
        assert (await client.get(f"{UPLOADS}/{shown['id']}")).status_code == 404
        assert (await client.delete(f"{UPLOADS}/{shown['id']}")).status_code == 404
        assert (await client.get(UPLOADS)).json() == {"uploads": []}
    async with world.as_role(Role.ENERGY_MANAGER) as client:
        assert [one["id"] for one in (await client.get(UPLOADS)).json()["uploads"]] == [shown["id"]]
    async with world.as_role(Role.EXECUTIVE) as client:
        assert (await client.get(f"{UPLOADS}/{shown['id']}")).status_code == 404


async def test_a_sender_of_one_site_loads_into_that_site_only(world: World) -> None:
    here = Grant(role=Role.SUSTAINABILITY, scope_kind=ScopeKind.SITE, scope_id=world.own.site_id)
    token = await world.token(await world.person(here))
    async with world.client(token=token, tenant=world.own.slug) as client:
        shown = (await client.post(f"{UPLOADS}?name=a.csv", content=nem12(NMI), headers=BYTES)).json()
    unplaced = await ask_load(world, shown, confirmed(shown, action="create"), token=token)
    site = {"key": "s", "name": "S", "timezone": "UTC"}
    new = confirmed(shown, action="create", site_key="s") | {"new_sites": [site]}
    founded = await ask_load(world, shown, new, token=token)
    placed = confirmed(shown, action="create", site_id=str(world.own.site_id))
    assert [answer.status_code for answer in (unplaced, founded)] == [403, 403]
    assert founded.json()["params"]["action"] == "edit_register"
    assert (await run(world, await ask_load(world, shown, placed, token=token)))["imports"][0]["added"] == 96


async def test_a_meter_outside_the_scope_matches_nothing(world: World) -> None:
    await send_file(world, csv_file([1.5] * 48))
    elsewhere = Grant(role=Role.SUSTAINABILITY, scope_kind=ScopeKind.ASSET, scope_id=world.own.asset_id)
    token = await world.token(await world.person(elsewhere))
    async with world.client(token=token, tenant=world.own.slug) as client:
        shown = (
            await client.post(f"{UPLOADS}?name=a.csv", content=csv_file([1.5] * 48), headers=BYTES)
        ).json()
    (meter,) = meters_of(shown)
    assert (meter["match"]["how"], meter["match"]["meter_id"]) == ("none", None)
    assert shown["already_loaded"] == []


async def test_an_upload_is_removed(world: World) -> None:
    shown = await upload(world, nem12(NMI))
    async with world.as_role(Role.ADMINISTRATOR) as client:
        assert (await client.delete(f"{UPLOADS}/{shown['id']}")).status_code == 204
        assert (await client.get(f"{UPLOADS}/{shown['id']}")).status_code == 404


async def test_an_upload_that_nobody_loads_is_forgotten_after_a_week(world: World) -> None:
    shown = await upload(world, nem12(NMI))
    for days, left in ((7, 1), (8, 0)):
        async with transaction(world.context.pool, world.own.tenant_no) as conn:
            await forget_uploads(conn, now=world.clock() + timedelta(days=days))
        assert await count(world, "select count(*) from staged_upload") == left
    assert shown["expires_at"] == "2026-03-09T01:00:00Z"


async def test_a_tenant_with_too_much_waiting_is_told_to_load_or_remove_some(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staged_uploads, "MOST_BYTES", len(nem12(NMI)) + 10)
    shown = await upload(world, nem12(NMI))
    async with world.as_role(Role.ADMINISTRATOR) as client:
        full = await client.post(UPLOADS, content=nem12(NMI), headers=BYTES)
        await client.delete(f"{UPLOADS}/{shown['id']}")
        again = await client.post(UPLOADS, content=nem12(NMI), headers=BYTES)
    assert (full.status_code, full.json()["code"]) == (409, "uploads_full")
    assert again.status_code == 201


async def test_a_large_file_is_read_by_a_job(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aegrid_energy.api.uploads._AT_ONCE", 10)
    async with world.as_role(Role.ADMINISTRATOR) as client:
        answer = await client.post(f"{UPLOADS}?name=a.csv", content=nem12(NMI), headers=BYTES)
        assert (answer.status_code, answer.json()["state"], answer.json()["files"]) == (202, "reading", [])
        busy = await client.post(f"{UPLOADS}/{answer.json()['id']}/proposal", json={"files": []})
    assert (busy.status_code, busy.json()["code"]) == (409, "upload_busy")
    await run(world, answer)
    after = await seen(world, answer.json())
    assert (after["state"], len(meters_of(after))) == ("proposed", 2)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\x00" * 5000, id="nul"),
        pytest.param(b"PK\x03\x04" + b"\xff" * 400, id="broken-zip"),
        pytest.param(b"time,kWh\n" + b"2026-01-01T00:00:00Z,1e999\n" * 20, id="absurd-number"),
        pytest.param(b"\xff\xfe" * 100, id="no-text"),
    ],
)
async def test_hostile_bytes_end_in_problems(world: World, content: bytes) -> None:
    shown = await upload(world, content, "evil\x07name.csv")
    assert shown["state"] == "proposed"
    answer = await ask_load(world, shown, confirmed(shown, action="skip"))
    assert (answer.status_code, answer.json()["code"]) in [
        (422, "upload_without_proposal"),
        (422, "nothing_to_load"),
    ]


async def test_a_zip_bomb_is_a_problem(world: World) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.csv", b"0" * 400_000_000)
    shown = await upload(world, data.getvalue(), "bomb.zip")
    assert shown["files"][0]["problems"][0]["refused"]


async def test_an_empty_body_is_refused(world: World) -> None:
    async with world.as_role(Role.ADMINISTRATOR) as client:
        answer = await client.post(UPLOADS, content=b"", headers=BYTES)
        nul = await client.post(UPLOADS, params={"name": "a\x00b"}, content=b"x", headers=BYTES)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_body")
    assert nul.status_code == 422


async def test_a_file_that_the_upload_has_not_is_refused(world: World) -> None:
    shown = await upload(world, nem12(NMI))
    async with world.as_role(Role.ADMINISTRATOR) as client:
        answer = await client.post(f"{UPLOADS}/{shown['id']}/proposal", json={"files": [{"file": "other"}]})
    assert (answer.status_code, answer.json()["code"]) == (422, "file_unknown")


async def test_names_that_cannot_be_stored_are_shown_and_loaded_without_what_is_wrong(world: World) -> None:
    times = [datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in range(24)]
    table = pa.table({"time": times, "me\0ter": ["a\0b"] * 24, "kWh \0x": [1.0] * 24})
    data = io.BytesIO()
    parquet.write_table(table, data)
    shown = await upload(world, data.getvalue(), "x.parquet")
    shown = await say(world, shown, columns={"me?ter": "meter"}, zone="UTC", unit="kWh")
    assert meters_of(shown)[0]["meter"] == "a?b"
    form = confirmed(shown, action="create", site_id=str(world.own.site_id))
    result = await load(world, shown, form)
    assert result["imports"][0]["added"] == 24
    market = await upload(world, nem12(NMI).replace("METER1", "ME\0TER"), "nul.csv")
    assert all("\0" not in meter["serial"] for meter in meters_of(market))


@pytest.mark.parametrize(
    "choices",
    [
        pytest.param({"zone": "Nowhere/Never"}, id="zone"),
        pytest.param({"unit": "furlong"}, id="unit"),
        pytest.param({"columns": {"no such column": "time"}}, id="column"),
    ],
)
async def test_a_choice_that_cannot_be_is_a_problem_of_its_file(
    world: World, choices: dict[str, Any]
) -> None:
    shown = await upload(world, naive_csv([1.5] * 48), "hall.csv")
    (file,) = (await say(world, shown, **choices))["files"]
    assert file["meters"] == []
    assert "bad_choice" in {problem["code"] for problem in file["problems"]}


@pytest.mark.parametrize(
    "choices",
    [
        pytest.param({"interval_s": 7}, id="odd-interval"),
        pytest.param({"columns": {"Timestamp": "value", "Value": "time"}}, id="roles-swapped"),
        pytest.param({"columns": {"Timestamp": "skip", "Value": "skip"}}, id="all-skipped"),
        pytest.param({"kind": "cumulative", "layout": "wide", "lenient": True}, id="kind-and-layout"),
    ],
)
async def test_odd_choices_still_end_in_a_proposal(world: World, choices: dict[str, Any]) -> None:
    shown = await upload(world, naive_csv([1.5] * 48), "hall.csv")
    assert (await say(world, shown, zone="UTC", **choices))["state"] == "proposed"


async def test_answers_that_were_given_are_given_again_for_the_next_table_of_the_shape(world: World) -> None:
    shown = await upload(world, naive_csv([1.5] * 48, names="Timestamp,Usage"), "hall.csv")
    shown = await say(world, shown, zone="Australia/Melbourne")
    (question,) = shown["files"][0]["proposal"]["questions"]
    await load(world, shown, confirmed(shown, action="create", site_id=str(world.own.site_id)))
    (file,) = (await upload(world, naive_csv([2.5] * 48, names="Timestamp,Usage"), "next.csv"))["files"]
    assert file["accepted"] == [question]
    assert file["proposal"]["questions"] == [question]  # still shown


async def test_a_stamp_at_the_end_of_an_interval_is_said_by_its_column(world: World) -> None:
    shown = await upload(world, naive_csv([1.5] * 48), "hall.csv")
    said = await say(world, shown, zone="UTC", unit="kWh", columns={"Timestamp": "end", "Value": "value"})
    assert said["files"][0]["proposal"]["stamps"] == "end"
    assert meters_of(said)[0]["start"] == "2026-01-31T23:30:00Z"


async def test_a_load_that_failed_stores_nothing_and_can_be_proposed_and_loaded_again(world: World) -> None:
    shown = await upload(world, nem12(NMI), "a.csv")
    form = confirmed(shown, action="create", site_id=str(world.own.site_id))
    answer = await ask_load(world, shown, form)
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        await conn.execute(  # as if a newer release read the file in another way
            "update staged_upload set content = %s where id = %s",
            (nem12(NMI, kwh=0.75).encode(), shown["id"]),
        )
    job_id = UUID(answer.json()["job_id"])
    await run_job(world.context.pool, world.own.tenant_no, job_id, KINDS, world.clock)
    async with world.as_role(Role.ADMINISTRATOR) as client:
        job = (await client.get(f"/api/energy/jobs/{job_id}")).json()
    assert (job["status"], job["error"]["code"]) == ("failed", "upload_reads_differently")
    assert (await seen(world, shown))["state"] == "failed"
    assert await count(world, "select count(*) from energy_meters") == 0
    again = await say(world, shown)
    assert (again["state"], meters_of(again)[0]["total"]) == ("proposed", "36")
    result = await load(world, again, confirmed(again, action="create", site_id=str(world.own.site_id)))
    assert result["imports"][0]["added"] == 96


@pytest.mark.parametrize("state", ["proposed", "reading"])
async def test_an_upload_whose_answer_was_lost_with_its_process_is_kept_once(
    world: World, state: str
) -> None:
    head = BYTES | {"Idempotency-Key": str(uuid4())}
    params = {"name": "readings.csv"}
    async with world.as_role(Role.ADMINISTRATOR) as client:
        first = await client.post(UPLOADS, content=nem12(NMI), headers=head, params=params)
        async with transaction(world.context.pool, world.own.tenant_no) as conn:
            await conn.execute("update idempotency set status = 0, answer = 'null'")
            await conn.execute("update staged_upload set state = %s", (state,))
        world.clock.turn(timedelta(minutes=6))
        again = await client.post(UPLOADS, content=nem12(NMI), headers=head, params=params)
        held = (await client.get(UPLOADS)).json()["uploads"]
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json()["id"] == first.json()["id"]
    assert again.json()["state"] == "proposed"
    assert [row["id"] for row in held] == [first.json()["id"]]
