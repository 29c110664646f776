"""One reading: seen with its history, corrected by a person who saw what stands."""

from uuid import UUID, uuid4

import pytest

from access_world import World, make_world
from aegrid_energy.api.application import ROUTERS
from aegrid_energy.domain.access import Grant, Role, ScopeKind
from aegrid_energy.domain.reading_id import reading_id
from aegrid_energy.storage.pool import Pool
from readings_sent import START_MS, csv_file, first_reading, send, send_file, series_form, series_of, total

CORRECTION = {"value": 2.25, "unit": "kWh", "reason": "read again on site"}


@pytest.fixture
async def world(access_pool: Pool, password_hash: str) -> World:
    return await make_world(access_pool, password_hash, routers=ROUTERS)


@pytest.fixture(params=["file", "live"])
async def reading(request: pytest.FixtureRequest, world: World) -> UUID:
    """A reading that came in a file, and one that came live."""
    if request.param == "file":
        await send_file(world, csv_file([1.5] * 48))
    else:
        await send(world, series_form())
    return await first_reading(world)


async def test_a_reading_is_seen_with_who_said_it(world: World, reading: UUID) -> None:
    async with world.as_role(Role.EXECUTIVE) as client:
        answer = await client.get(f"/api/energy/readings/{reading}")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["id"], body["value"], body["quality"], body["unit"]) == (
        str(reading),
        "1.5",
        "actual",
        "kWh",
    )
    assert (body["start"], body["duration_s"]) == ("2026-02-28T13:00:00Z", 1800)
    assert answer.headers["etag"] == body["etag"]
    (now,) = body["history"]
    assert (now["until"], now["actor"]) == (None, f"account:{world.own.people[Role.ADMINISTRATOR].id}")


async def test_a_correction_replaces_the_value_and_keeps_the_old_one(world: World, reading: UUID) -> None:
    async with world.as_role(Role.ENERGY_MANAGER) as client:
        etag = (await client.get(f"/api/energy/readings/{reading}")).headers["etag"]
        answer = await client.put(
            f"/api/energy/consumption/{reading}", json=CORRECTION, headers={"If-Match": etag}
        )
        assert answer.status_code == 200, answer.text
        body = answer.json()
        seen = (await client.get(f"/api/energy/readings/{reading}")).json()
    assert (body["value"], body["quality"]) == ("2.25", "actual+corrected")
    assert body["etag"] != etag
    now, before = body["history"]
    assert (now["kind"], before["value"], before["reason"]) == ("correction", "1.5", CORRECTION["reason"])
    assert before["replaced_by"] == now["actor"] == f"account:{world.own.people[Role.ENERGY_MANAGER].id}"
    assert seen == body
    assert await total(world) == "72.75"


async def test_a_correction_of_what_is_no_longer_there_is_a_conflict(world: World, reading: UUID) -> None:
    async with world.as_role(Role.ADMINISTRATOR) as client:
        path = f"/api/energy/consumption/{reading}"
        etag = (await client.get(f"/api/energy/readings/{reading}")).headers["etag"]
        await client.put(path, json=CORRECTION, headers={"If-Match": etag})
        late = await client.put(path, json=CORRECTION | {"value": 9.0}, headers={"If-Match": etag})
        without = await client.put(path, json=CORRECTION)
        anyhow = await client.put(path, json=CORRECTION | {"value": 3.0}, headers={"If-Match": "*"})
    assert (late.status_code, late.json()["code"]) == (409, "reading_changed")
    assert (without.status_code, without.json()["code"]) == (422, "if_match_missing")
    assert (anyhow.status_code, anyhow.json()["value"]) == (200, "3")


async def test_a_correction_survives_the_file_that_comes_again(world: World) -> None:
    await send_file(world, csv_file([1.5] * 48))
    reading = await first_reading(world)
    async with world.as_role(Role.ADMINISTRATOR) as client:
        await client.put(f"/api/energy/consumption/{reading}", json=CORRECTION, headers={"If-Match": "*"})
    again = await send_file(world, csv_file([1.75] * 48))
    assert (again["changed"], again["outranked"]) == (47, 1)
    assert await total(world) == "84.5"


@pytest.mark.parametrize("start_ms", [0, START_MS + 1, START_MS - 1_800_000, 2**48 - 1])
async def test_an_instant_without_a_reading_is_not_found(world: World, start_ms: int) -> None:
    await send(world, series_form())
    nothing = reading_id(await series_of(world), start_ms)
    async with world.as_role(Role.ADMINISTRATOR) as client:
        seen = await client.get(f"/api/energy/readings/{nothing}")
        put = await client.put(
            f"/api/energy/consumption/{nothing}", json=CORRECTION, headers={"If-Match": "*"}
        )
    assert (seen.status_code, put.status_code) == (404, 404)


async def test_null_takes_a_reading_out(world: World, reading: UUID) -> None:
    async with world.as_role(Role.ADMINISTRATOR) as client:
        answer = await client.put(
            f"/api/energy/consumption/{reading}", json=CORRECTION | {"value": None}, headers={"If-Match": "*"}
        )
    assert answer.json()["value"] is None
    assert await total(world) == "70.5"


async def test_a_correction_in_another_unit_of_the_quantity_is_converted(world: World, reading: UUID) -> None:
    async with world.as_role(Role.ADMINISTRATOR) as client:
        path = f"/api/energy/consumption/{reading}"
        head = {"If-Match": "*"}
        converted = await client.put(path, json=CORRECTION | {"unit": "Wh", "value": 2250.0}, headers=head)
        crossed = await client.put(path, json=CORRECTION | {"unit": "MJ"}, headers=head)
    assert converted.json()["value"] == "2.25"
    assert (crossed.status_code, crossed.json()["code"]) == (422, "unit_of_another_quantity")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"reason": "  "}, id="no-reason"),
        pytest.param({"reason": "a\x00b"}, id="nul"),
        pytest.param({"value": "2"}, id="text-as-number"),
        pytest.param({"value": 1e15}, id="too-large"),
        pytest.param({"unit": "furlong"}, id="unknown-unit"),
        pytest.param({"extra": 1}, id="unknown-field"),
    ],
)
async def test_a_correction_that_is_not_valid_changes_nothing(
    world: World, change: dict[str, object]
) -> None:
    await send(world, series_form())
    reading = await first_reading(world)
    async with world.as_role(Role.ADMINISTRATOR) as client:
        answer = await client.put(
            f"/api/energy/consumption/{reading}", json=CORRECTION | change, headers={"If-Match": "*"}
        )
    assert answer.status_code == 422, answer.text
    assert await total(world) == "72"


async def test_who_may_not_correct_sees_and_is_refused_and_others_find_nothing(world: World) -> None:
    await send(world, series_form())
    reading = await first_reading(world)
    elsewhere = Grant(role=Role.ADMINISTRATOR, scope_kind=ScopeKind.SITE, scope_id=UUID(int=9))
    token = await world.token(await world.person(elsewhere))
    call = {"json": CORRECTION, "headers": {"If-Match": "*"}}
    async with world.as_role(Role.TECHNICIAN) as client:
        refused = await client.put(f"/api/energy/consumption/{reading}", **call)
    async with world.client(token=token, tenant=world.own.slug) as client:
        outside = await client.put(f"/api/energy/consumption/{reading}", **call)
    other = world.client(token=world.other.tokens[Role.ADMINISTRATOR], tenant=world.other.slug)
    async with other as client:
        foreign = await client.put(f"/api/energy/consumption/{reading}", **call)
        nowhere = await client.get(f"/api/energy/readings/{uuid4()}")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
    assert {outside.status_code, foreign.status_code, nowhere.status_code} == {404}
    assert await total(world) == "72"
