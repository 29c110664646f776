"""A gap is seen, estimated, stored, taken back; and whatever was measured stands."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from access_world import World, make_world
from aegrid_energy.api.application import ROUTERS
from aegrid_energy.domain.access import Grant, Role, ScopeKind
from aegrid_energy.domain.reading_id import reading_id
from aegrid_energy.storage.pool import Pool
from readings_sent import START_MS, csv_file, first_reading, send, send_file, series_form, series_of, total

#: 06:00 to 09:00 of Sunday 1 March 2026 in Melbourne, which the file leaves out.
GAP = {"from": "2026-03-01T06:00:00+11:00", "to": "2026-03-01T09:00:00+11:00"}
REASON = "meter was offline"
STEP_MS = 1_800_000


@pytest.fixture
async def world(access_pool: Pool, password_hash: str) -> World:
    return await make_world(access_pool, password_hash, routers=ROUTERS)


def file_with_gap(*, days: int = 1) -> str:
    """Half hours of some days up to 1 March, of which each takes 1.5 kWh; six of the last day are missing."""
    first = datetime.fromisoformat("2026-03-01T00:00:00+11:00") - timedelta(days=days - 1)
    head, *rows = csv_file([1.5] * 48 * days, start=first.isoformat()).split("\n")
    gap = {f"T{hour:02d}:{minute:02d}" for hour in (6, 7, 8) for minute in (0, 30)}
    return "\n".join(
        [head, *(row for row in rows if not (row.startswith("2026-03-01") and row[10:16] in gap))]
    )


async def repair(
    world: World, method: str = "linear", *, role: Role = Role.ENERGY_MANAGER, **changes: Any
) -> httpx.Response:
    form = GAP | {"method": method, "reason": REASON, "dry_run": False} | changes
    async with world.as_role(role) as client:
        return await client.post(f"/api/energy/series/{await series_of(world)}/repair", json=form)


async def reading(world: World, slot: int) -> dict[str, Any]:
    number = await series_of(world)
    async with world.as_role(Role.EXECUTIVE) as client:
        answer = await client.get(f"/api/energy/readings/{reading_id(number, START_MS + slot * STEP_MS)}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_dry_run_shows_the_estimates_and_stores_nothing(world: World) -> None:
    await send_file(world, file_with_gap())
    answer = await repair(world, dry_run=True)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["missing"], body["total"], body["unit"], body["import_id"]) == (6, "9", "kWh", None)
    assert body["estimates"] == {
        "start": [START_MS + slot * STEP_MS for slot in range(12, 18)],
        "value": [1.5] * 6,
    }
    assert len(body["known"]["start"]) == 42
    assert await total(world) == "63"


async def test_a_repair_fills_only_what_is_missing_and_is_marked_estimated(world: World) -> None:
    await send_file(world, file_with_gap())
    whole = {"from": "2026-03-01T00:00:00+11:00", "to": "2026-03-02T00:00:00+11:00"}
    answer = await repair(world, "zero_known", **whole)
    assert (answer.status_code, answer.json()["missing"]) == (200, 6)
    assert await total(world) == "63"
    filled, before = await reading(world, 12), await reading(world, 11)
    assert (filled["value"], filled["quality"]) == ("0", "estimated")
    assert filled["history"][0]["kind"] == "correction"
    assert (before["value"], before["quality"]) == ("1.5", "actual")


async def test_a_normal_day_is_what_the_last_days_of_its_kind_held(world: World) -> None:
    await send_file(world, file_with_gap(days=43))
    body = (await repair(world, "normal_day")).json()
    assert (body["total"], len(body["estimates"]["start"])) == ("9", 6)
    assert await total(world) == "72"


async def test_a_known_total_adds_up_and_says_that_the_split_is_a_guess(world: World) -> None:
    await send_file(world, file_with_gap())
    body = (await repair(world, "known_total", total=10.0)).json()
    assert body["total"] == "10"
    assert await total(world) == "73"
    assert (await reading(world, 13))["quality"] == "estimated+split_of_gap"


async def test_a_repair_is_listed_and_can_be_taken_back(world: World) -> None:
    await send_file(world, file_with_gap())
    load = (await repair(world)).json()["import_id"]
    assert await total(world) == "72"
    async with world.as_role(Role.ENERGY_MANAGER) as client:
        listed = (await client.get("/api/energy/imports")).json()["imports"][0]
        undone = await client.delete(f"/api/energy/imports/{load}?dry_run=false")
    assert (listed["id"], listed["kind"], listed["added"], listed["note"]) == (load, "correction", 6, REASON)
    assert (undone.status_code, undone.json()["removed"]) == (200, 6)
    assert await total(world) == "63"
    assert (await repair(world)).status_code == 200  # the gap is there again


@pytest.mark.parametrize("quality", ["actual", "substituted", "estimated"])
async def test_whatever_is_sent_later_stands_instead_of_an_estimate(world: World, quality: str) -> None:
    await send(world, series_form([1.5] * 12 + [None] * 6 + [1.5] * 30))
    await repair(world, "zero_known")
    assert await total(world) == "63"
    await send(world, series_form([2.0] * 6, start=GAP["from"], quality=[quality] * 6))
    assert await total(world) == "75"
    assert (await reading(world, 12))["quality"] == quality


async def test_the_file_that_comes_late_and_whole_stands_instead_of_an_estimate(world: World) -> None:
    await send_file(world, file_with_gap())
    await repair(world, "zero_known")
    late = await send_file(world, csv_file([1.5] * 48))
    assert (late["changed"], late["unchanged"]) == (6, 42)
    assert await total(world) == "72"


async def test_a_reading_that_a_person_took_out_stays_out(world: World) -> None:
    await send_file(world, csv_file([1.5] * 48))
    out = {"value": None, "unit": "kWh", "reason": "spike"}
    async with world.as_role(Role.ADMINISTRATOR) as client:
        await client.put(
            f"/api/energy/consumption/{await first_reading(world)}", json=out, headers={"If-Match": "*"}
        )
    whole = {"from": "2026-03-01T00:00:00+11:00", "to": "2026-03-02T00:00:00+11:00"}
    shown = (await repair(world, dry_run=True, **whole)).json()
    assert (shown["missing"], shown["excluded"]) == (0, 1)
    done = await repair(world, **whole)
    assert (done.status_code, done.json()["code"]) == (409, "repair_nothing_missing")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        pytest.param({"reason": "  "}, 422, "reason_missing", id="no-reason"),
        pytest.param({"method": "normal_day"}, 409, "repair_nothing_known", id="no-history"),
        pytest.param({"method": "known_total"}, 422, "repair_total_missing", id="no-total"),
        pytest.param({"method": "magic"}, 422, "invalid_input", id="unknown-method"),
        pytest.param({"to": GAP["from"]}, 422, "empty_period", id="empty"),
        pytest.param({"from": "2020-01-01T00:00:00Z"}, 422, "too_many_days", id="long"),
    ],
)
async def test_a_repair_that_makes_no_sense_is_refused(
    world: World, change: dict[str, Any], status: int, code: str
) -> None:
    await send_file(world, file_with_gap())
    answer = await repair(world, **change)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await total(world) == "63"


async def test_who_may_not_correct_is_refused_and_others_find_nothing(world: World) -> None:
    await send_file(world, file_with_gap())
    refused = await repair(world, role=Role.TECHNICIAN)
    elsewhere = Grant(role=Role.ADMINISTRATOR, scope_kind=ScopeKind.SITE, scope_id=UUID(int=9))
    token = await world.token(await world.person(elsewhere))
    form = GAP | {"method": "linear"}
    path = f"/api/energy/series/{await series_of(world)}/repair"
    async with world.client(token=token, tenant=world.own.slug) as client:
        outside = await client.post(path, json=form)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
    assert outside.status_code == 404
    assert await total(world) == "63"
