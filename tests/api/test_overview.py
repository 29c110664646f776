"""The overview and the search over HTTP: cut to the scope, as declared, and not sent twice."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from access_world import World, make_world
from aegrid_energy.api.application import ROUTERS
from aegrid_energy.api.overview import OverviewBody
from aegrid_energy.domain.access import Grant, Role, ScopeKind
from aegrid_energy.domain.series import Direction, Kind, Quantity
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.storage.block_plan import Sent
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.readings_store import store
from aegrid_energy.storage.series import SeriesKey, find_or_create
from aegrid_energy.storage.sources import SourceKey, open_import, open_source
from readings_world import readings

OVERVIEW = "/api/energy/overview"
SEARCH = "/api/energy/search"


@pytest.fixture
async def world(access_pool: Pool, password_hash: str) -> World:
    return await make_world(access_pool, password_hash, routers=ROUTERS)


async def add_site(world: World, name: str, *, kwh: float | None = None) -> UUID:
    """A site with a meter; with the last four hours of readings where they are given."""
    site, meter, load = uuid4(), uuid4(), uuid4()
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        await conn.execute(
            "insert into site (id, name, timezone) values (%s, %s, 'Australia/Melbourne')", (site, name)
        )
        await conn.execute(
            "insert into assets (id, site_id, kind, name) values (%s, %s, 'site', %s)", (site, site, name)
        )
        await conn.execute(
            """insert into energy_meters (id, site_id, carrier, name, nmi, serial)
               values (%s, %s, 'electricity', %s, %s, 'SN-77')""",
            (meter, site, f"Main of {name}", f"61{name:0>8.8}"),
        )
        await conn.execute(
            "insert into meter_assignment (meter_id, asset_id, role) values (%s, %s, 'boundary')",
            (meter, site),
        )
        if kwh is None:
            return site
        key = SeriesKey(
            meter_id=meter, register="E1", quantity=Quantity.ENERGY, direction=Direction.IMPORT,
            kind=Kind.INTERVAL, step_s=3600, zone="Australia/Melbourne",
        )  # fmt: skip
        (number,) = await find_or_create(conn, [key])
        await open_import(conn, load, kind="file", actor="test")
        source = await open_source(
            conn, SourceKey(import_id=load, provider="test", kind="file", actor="test")
        )
        start = ms_of(world.clock.now - timedelta(hours=4))
        sent = Sent(series_no=number, readings=readings(start, [kwh] * 4, step_s=3600), source_no=source)
        await store(conn, [sent], import_id=load)
    return site


async def seen_by(world: World, *grants: Grant, **asked: Any) -> dict[str, Any]:
    token = await world.token(await world.person(*grants))
    async with world.client(token=token, tenant=world.own.slug) as client:
        answer = await client.get(asked.pop("path", OVERVIEW), **asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_answer_is_as_declared(world: World) -> None:
    await add_site(world, "Hall", kwh=2.5)
    async with world.as_role(Role.ENERGY_MANAGER) as client:
        answer = await client.get(OVERVIEW)
    body = OverviewBody.model_validate_json(answer.content, strict=True, extra="forbid")
    assert body.model_dump(mode="json") == json.loads(answer.content)
    assert body.as_of == world.clock.now
    shown = {site.name: site for site in body.sites}
    assert list(shown) == ["Depot", "Hall"]
    assert shown["Depot"].latest is None
    assert shown["Hall"].latest is not None
    assert (shown["Hall"].latest.power_kw, shown["Hall"].today_kwh) == (2.5, 10.0)
    assert (body.totals.sites, body.totals.today_kwh) == (2, 10.0)


async def test_a_person_sees_the_sites_within_reach_and_their_sums_alone(world: World) -> None:
    a = await add_site(world, "A", kwh=1)
    b = await add_site(world, "B", kwh=2)
    await add_site(world, "C", kwh=4)
    everywhere = await seen_by(world, Grant(role=Role.ENERGY_MANAGER))
    assert everywhere["totals"]["today_kwh"] == 28.0
    own = await seen_by(
        world,
        Grant(role=Role.FACILITIES, scope_kind=ScopeKind.SITE, scope_id=a),
        Grant(role=Role.TECHNICIAN, scope_kind=ScopeKind.SITE, scope_id=b),
    )
    assert [site["name"] for site in own["sites"]] == ["A", "B"]
    assert (own["totals"]["sites"], own["totals"]["today_kwh"]) == (2, 12.0)
    portfolio = await seen_by(
        world,
        Grant(role=Role.EXECUTIVE, scope_kind=ScopeKind.PORTFOLIO, scope_id=world.own.portfolio_id),
    )
    assert [site["name"] for site in portfolio["sites"]] == ["Depot"]


async def test_another_tenant_sees_nothing_of_it(world: World) -> None:
    await add_site(world, "Hall", kwh=1)
    async with world.as_role(Role.ENERGY_MANAGER) as client:
        assert len((await client.get(OVERVIEW)).json()["sites"]) == 2
    token = world.other.tokens[Role.ENERGY_MANAGER]
    async with world.client(token=token, tenant=world.other.slug) as client:
        assert [site["id"] for site in (await client.get(OVERVIEW)).json()["sites"]] == [
            str(world.other.site_id)
        ]


async def test_a_site_that_is_renamed_or_added_shows_at_once(world: World) -> None:
    async with world.as_role(Role.ENERGY_MANAGER) as client:
        assert [site["name"] for site in (await client.get(OVERVIEW)).json()["sites"]] == ["Depot"]
        await add_site(world, "Annexe")
        async with transaction(world.context.pool, world.own.tenant_no) as conn:
            await conn.execute("update site set name = 'Shed' where id = %s", (world.own.site_id,))
        assert [site["name"] for site in (await client.get(OVERVIEW)).json()["sites"]] == ["Annexe", "Shed"]


async def test_what_has_not_changed_is_not_sent_again(world: World) -> None:
    await add_site(world, "Hall", kwh=1)
    async with world.as_role(Role.ENERGY_MANAGER) as client:
        first = await client.get(OVERVIEW)
        known = {"If-None-Match": first.headers["ETag"]}
        world.clock.turn(timedelta(seconds=1))
        again = await client.get(OVERVIEW, headers=known)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
        await add_site(world, "Pool")
        after = await client.get(OVERVIEW, headers=known)
    assert after.status_code == 200
    assert after.headers["ETag"] != first.headers["ETag"]


async def test_two_scopes_have_two_tags(world: World) -> None:
    site = await add_site(world, "Hall", kwh=1)
    tokens = [
        await world.token(await world.person(grant))
        for grant in (
            Grant(role=Role.FACILITIES),
            Grant(role=Role.FACILITIES, scope_kind=ScopeKind.SITE, scope_id=site),
        )
    ]
    tags = set[str]()
    for token in tokens:
        async with world.client(token=token, tenant=world.own.slug) as client:
            tags.add((await client.get(OVERVIEW)).headers["ETag"])
    assert len(tags) == 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("hall", ["site Hall", "meter Main of Hall"], id="name_whatever_its_capitals"),
        pytest.param("61000000AB", ["meter Main of AB"], id="nmi"),
        pytest.param("sn-77", ["meter Main of AB", "meter Main of Hall"], id="serial"),
        pytest.param("main of", ["meter Main of AB", "meter Main of Hall"], id="middle_of_names"),
        pytest.param("100%", [], id="no_pattern"),
        pytest.param("nothing like it", [], id="nothing"),
    ],
)
async def test_things_are_found_by_what_people_call_them(world: World, text: str, found: list[str]) -> None:
    await add_site(world, "AB")
    await add_site(world, "Hall")
    answer = await seen_by(world, Grant(role=Role.FACILITIES), path=SEARCH, params={"q": text})
    assert [f"{hit['kind']} {hit['name']}" for hit in answer["results"]] == found


async def test_a_search_finds_nothing_outside_of_the_scope(world: World) -> None:
    a = await add_site(world, "A")
    await add_site(world, "B")
    grant = Grant(role=Role.FACILITIES, scope_kind=ScopeKind.SITE, scope_id=a)
    answer = await seen_by(world, grant, path=SEARCH, params={"q": "main of"})
    assert [hit["name"] for hit in answer["results"]] == ["Main of A"]
    assert answer["results"][0]["asset_id"] == str(a)


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("6100000000", id="number"),
        pytest.param("61 0000 0000", id="spaced"),
        pytest.param("61000000007", id="checked"),
        pytest.param("sn-77", id="serial"),
        pytest.param("MAIN OF 0", id="name"),
    ],
)
async def test_a_meter_is_found_by_what_stands_on_its_bill(world: World, typed: str) -> None:
    site = await add_site(world, "0")
    answer = await seen_by(world, Grant(role=Role.TECHNICIAN), path=SEARCH, params={"q": typed})
    (hit,) = answer["results"]
    assert (hit["kind"], hit["name"], hit["site_id"], hit["site_name"]) == (
        "meter", "Main of 0", str(site), "0",
    )  # fmt: skip


async def test_a_hit_says_where_it_lies(world: World) -> None:
    answer = await seen_by(world, Grant(role=Role.EXECUTIVE), path=SEARCH, params={"q": "shed"})
    (hit,) = answer["results"]
    assert (hit["kind"], hit["site_name"], hit["asset_name"]) == ("asset", "Depot", None)
