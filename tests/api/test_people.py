"""People of the tenant and its record."""

from uuid import uuid4

import pytest

from access_world import PASSWORD, World
from aegrid_energy.domain.access import Grant, Role, ScopeKind


def changed(*grants: dict[str, object], name: str = "Person", is_disabled: bool = False) -> dict[str, object]:
    return {"name": name, "is_disabled": is_disabled, "grants": list(grants)}


EXECUTIVE = {"role": "executive"}


async def test_rights_change_from_the_next_call_on(world: World) -> None:
    account = await world.person(Grant(role=Role.ADMINISTRATOR))
    token = await world.token(account)
    async with world.client(token=token) as them, world.as_role(Role.ADMINISTRATOR) as boss:
        assert (await them.get("/api/energy/people")).status_code == 200
        done = await boss.put(f"/api/energy/people/{account.id}", json=changed(EXECUTIVE))
        assert done.json()["grants"] == [{"role": "executive", "scope_kind": "tenant", "scope_id": None}]
        refused = await them.get("/api/energy/people")
    assert refused.status_code == 403
    assert refused.json()["params"]["roles"] == ["administrator"]


async def test_disabling_an_account_ends_all_its_sessions_at_once(world: World) -> None:
    account = await world.person(Grant(role=Role.FACILITIES))
    tokens = [await world.token(account) for _ in range(2)]
    async with world.as_role(Role.ADMINISTRATOR) as boss:
        body = changed({"role": "facilities"}, is_disabled=True)
        assert (await boss.put(f"/api/energy/people/{account.id}", json=body)).status_code == 200
    for token in tokens:
        async with world.client(token=token) as them:
            assert (await them.get("/api/energy/session")).status_code == 401
    async with world.client() as them:
        again = await them.post("/api/energy/session", json={"email": account.email, "password": PASSWORD})
    assert (again.status_code, again.json()["code"]) == (401, "sign_in_failed")


async def test_somebody_removed_is_out_at_once(world: World) -> None:
    account = await world.person(Grant(role=Role.FACILITIES))
    token = await world.token(account)
    async with world.as_role(Role.ADMINISTRATOR) as boss:
        assert (await boss.delete(f"/api/energy/people/{account.id}")).status_code == 204
        assert (await boss.delete(f"/api/energy/people/{account.id}")).status_code == 404
    async with world.client(token=token) as them:
        assert (await them.get("/api/energy/session")).status_code == 401


async def test_somebody_removed_here_stays_a_member_elsewhere(world: World) -> None:
    account = await _member_of_both(world)
    async with world.as_role(Role.ADMINISTRATOR) as boss:
        assert (await boss.delete(f"/api/energy/people/{account.id}")).status_code == 204
    async with world.client(token=await world.token(account)) as them:
        memberships = (await them.get("/api/energy/session")).json()["memberships"]
    assert [m["tenant"] for m in memberships] == [world.other.slug]


@pytest.mark.parametrize("body", [changed(EXECUTIVE, is_disabled=True), changed(EXECUTIVE, name="Other")])
async def test_one_tenant_cannot_disable_rename_or_reset_who_belongs_to_another_too(
    world: World, body: dict[str, object]
) -> None:
    account = await _member_of_both(world)
    async with world.as_role(Role.ADMINISTRATOR) as boss:
        answer = await boss.put(f"/api/energy/people/{account.id}", json=body)
        reset = await boss.post(f"/api/energy/people/{account.id}/reset")
        grants = await boss.put(f"/api/energy/people/{account.id}", json=changed(EXECUTIVE))
    assert (answer.status_code, answer.json()["code"]) == (409, "account_shared")
    assert (reset.status_code, reset.json()["code"]) == (409, "account_shared")
    assert grants.status_code == 200


async def test_a_reset_code_chooses_a_new_password_and_ends_every_session(world: World) -> None:
    account = await world.person(Grant(role=Role.FACILITIES))
    token = await world.token(account)
    async with world.as_role(Role.ADMINISTRATOR) as boss:
        code = (await boss.post(f"/api/energy/people/{account.id}/reset")).json()["code"]
    new = "a-new-long-secret-7"
    async with world.client() as them:
        done = await them.post("/api/energy/invitation", json={"code": code, "password": new})
        again = await them.post("/api/energy/invitation", json={"code": code, "password": new})
        signed = await them.post("/api/energy/session", json={"email": account.email, "password": new})
    assert [done.status_code, again.status_code, signed.status_code] == [201, 403, 201]
    async with world.client(token=token) as old:
        assert (await old.get("/api/energy/session")).status_code == 401


async def test_a_reset_code_does_not_open_an_account_that_has_joined_another_tenant_since(
    world: World,
) -> None:
    account = await world.person(Grant(role=Role.FACILITIES))
    async with world.as_role(Role.ADMINISTRATOR) as boss:
        code = (await boss.post(f"/api/energy/people/{account.id}/reset")).json()["code"]
    await _join(world, account)
    async with world.client() as them:
        body = {"code": code, "password": "a-new-long-secret-7"}
        answer = await them.post("/api/energy/invitation", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "account_shared")


async def test_the_last_administrator_stays(world: World) -> None:
    own = world.own.people[Role.ADMINISTRATOR]
    async with world.as_role(Role.ADMINISTRATOR) as boss:
        demoted = await boss.put(f"/api/energy/people/{own.id}", json=changed(EXECUTIVE))
        disabled = await boss.put(
            f"/api/energy/people/{own.id}", json=changed({"role": "administrator"}, is_disabled=True)
        )
        removed = await boss.delete(f"/api/energy/people/{own.id}")
        answers = [demoted, disabled, removed]
        assert [a.json()["code"] for a in answers] == ["last_administrator"] * 3
        assert (await boss.get("/api/energy/people")).status_code == 200


async def test_an_administrator_of_one_site_does_not_count_as_the_last(world: World) -> None:
    await world.person(Grant(role=Role.ADMINISTRATOR, scope_kind=ScopeKind.SITE, scope_id=world.own.site_id))
    own = world.own.people[Role.ADMINISTRATOR]
    async with world.as_role(Role.ADMINISTRATOR) as boss:
        assert (await boss.delete(f"/api/energy/people/{own.id}")).status_code == 409


@pytest.mark.parametrize(
    ("grant", "code"),
    [
        pytest.param({"role": "device"}, "invalid_input", id="device-is-no-person"),
        pytest.param({"role": "owner"}, "invalid_input", id="unknown-role"),
        pytest.param({"role": "facilities", "scope_kind": "site"}, "scope_invalid", id="site-without-id"),
        pytest.param({"role": "facilities", "scope_id": str(uuid4())}, "scope_invalid", id="tenant-with-id"),
        pytest.param(
            {"role": "facilities", "scope_kind": "site", "scope_id": str(uuid4())},
            "scope_not_found",
            id="unknown-site",
        ),
    ],
)
async def test_a_grant_that_means_nothing_is_refused(world: World, grant: dict[str, str], code: str) -> None:
    body = {"email": "x@example.org", "name": "X", "grants": [grant]}
    async with world.as_role(Role.ADMINISTRATOR) as boss:
        answer = await boss.post("/api/energy/people", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_grant_over_a_site_of_another_tenant_is_refused(world: World) -> None:
    grant = {"role": "facilities", "scope_kind": "site", "scope_id": str(world.other.site_id)}
    body = {"email": "x@example.org", "name": "X", "grants": [grant]}
    async with world.as_role(Role.ADMINISTRATOR) as boss:
        answer = await boss.post("/api/energy/people", json=body)
        mine = {**grant, "scope_id": str(world.own.site_id)}
        made = await boss.post("/api/energy/people", json=body | {"grants": [mine]})
    assert answer.json()["code"] == "scope_not_found"
    assert made.status_code == 201


async def test_places_of_grants_have_their_names_and_every_portfolio_can_be_chosen(world: World) -> None:
    scoped = [
        {"role": "facilities", "scope_kind": "portfolio", "scope_id": str(world.own.portfolio_id)},
        {"role": "technician", "scope_kind": "asset", "scope_id": str(world.own.asset_id)},
    ]
    async with world.as_role(Role.ADMINISTRATOR) as boss:
        before = (await boss.get("/api/energy/people")).json()["places"]
        body = {"email": "placed@example.org", "name": "X", "grants": scoped}
        code = (await boss.post("/api/energy/people", json=body)).json()["code"]
        after = (await boss.get("/api/energy/people")).json()["places"]
    assert before == [{"kind": "portfolio", "id": str(world.own.portfolio_id), "name": "Depots"}]
    assert [(place["kind"], place["name"]) for place in after] == [
        ("portfolio", "Depots"),
        ("asset", "Shed, Depot"),
    ]
    async with world.client() as them:
        joined = await them.post("/api/energy/invitation", json={"code": code, "password": PASSWORD})
    assert [(m["role"], m["scope_kind"], m["scope_id"]) for m in joined.json()["memberships"]] == [
        ("facilities", "portfolio", str(world.own.portfolio_id)),
        ("technician", "asset", str(world.own.asset_id)),
    ]


async def test_a_member_is_not_invited_again_and_an_invitation_replaces_an_older_one(world: World) -> None:
    member = world.own.people[Role.EXECUTIVE]
    async with world.as_role(Role.ADMINISTRATOR) as boss:
        body = {"email": member.email, "name": "X", "grants": [EXECUTIVE]}
        again = await boss.post("/api/energy/people", json=body)
        assert (again.status_code, again.json()["code"]) == (409, "already_member")
        body = {"email": "twice@example.org", "name": "X", "grants": [EXECUTIVE]}
        first = (await boss.post("/api/energy/people", json=body)).json()
        await boss.post("/api/energy/people", json=body)
        invitations = (await boss.get("/api/energy/people")).json()["invitations"]
    assert [i["email"] for i in invitations] == ["twice@example.org"]
    async with world.client() as them:
        old = await them.post("/api/energy/invitation", json={"code": first["code"], "password": PASSWORD})
    assert old.status_code == 403


async def test_the_record_tells_who_did_what_page_by_page(world: World) -> None:
    account = await world.person(Grant(role=Role.FACILITIES))
    async with world.as_role(Role.ADMINISTRATOR) as boss:
        await boss.put(f"/api/energy/people/{account.id}", json=changed(EXECUTIVE))
        await boss.delete(f"/api/energy/people/{account.id}")
        first = (await boss.get("/api/energy/record", params={"limit": 1})).json()
        after = {"limit": 1, "before": first["next_before"]}
        second = (await boss.get("/api/energy/record", params=after)).json()
    lines = [*first["lines"], *second["lines"]]
    administrator = world.own.people[Role.ADMINISTRATOR].id
    assert [(row["action"], row["actor"], row["object_id"]) for row in lines] == [
        ("person_removed", f"account:{administrator}", str(account.id)),
        ("person_changed", f"account:{administrator}", str(account.id)),
    ]
    removed, changes = lines
    assert (removed["actor_name"], removed["object_name"]) == ("Person", changed(EXECUTIVE)["name"])
    assert removed["detail"]["roles_before"] == ["executive"]
    assert (changes["detail"]["roles"], changes["detail"]["roles_before"]) == (["executive"], ["facilities"])


async def _member_of_both(world: World):
    account = await world.person(Grant(role=Role.EXECUTIVE))
    await _join(world, account)
    return account


async def _join(world: World, account) -> None:
    body = {"email": account.email, "name": "X", "grants": [EXECUTIVE]}
    boss_token = world.other.tokens[Role.ADMINISTRATOR]
    async with world.client(token=boss_token, tenant=world.other.slug) as boss:
        code = (await boss.post("/api/energy/people", json=body)).json()["code"]
    async with world.client(address="10.4.0.1") as them:
        joined = await them.post("/api/energy/invitation", json={"code": code, "password": PASSWORD})
        assert joined.status_code == 201
