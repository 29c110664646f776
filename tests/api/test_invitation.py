"""Joining by an invitation."""

from datetime import timedelta

from access_world import PASSWORD, World
from aegrid_energy.domain.access import Role


async def test_somebody_invited_joins_by_their_code_once(world: World) -> None:
    body = {"email": "new.hand@example.org", "name": "New Hand", "grants": [{"role": "technician"}]}
    async with world.as_role(Role.ADMINISTRATOR) as browser:
        made = (await browser.post("/api/energy/people", json=body)).json()
        assert made["invitation"]["email"] == "new.hand@example.org"
    accept = {"code": made["code"], "password": PASSWORD}
    async with world.client() as browser:
        joined = await browser.post("/api/energy/invitation", json=accept)
        again = await browser.post("/api/energy/invitation", json=accept)
    assert joined.status_code == 201
    assert joined.json()["account"]["name"] == "New Hand"
    assert [m["start"] for m in joined.json()["memberships"]] == ["my-sites"]
    assert again.status_code == 403


async def test_an_invitation_is_not_a_way_into_the_account_of_somebody_else(world: World) -> None:
    target = world.other.people[Role.ADMINISTRATOR]
    body = {"email": target.email, "name": "Target", "grants": [{"role": "executive"}]}
    async with world.as_role(Role.ADMINISTRATOR) as browser:
        code = (await browser.post("/api/energy/people", json=body)).json()["code"]
    async with world.client() as stranger:
        taken = await stranger.post(
            "/api/energy/invitation", json={"code": code, "password": "a-password-of-mine"}
        )
        assert (taken.status_code, taken.json()["code"]) == (401, "sign_in_failed")
    async with world.client(address="10.6.0.1") as owner:
        joined = await owner.post("/api/energy/invitation", json={"code": code, "password": PASSWORD})
    assert {m["tenant"] for m in joined.json()["memberships"]} == {world.own.slug, world.other.slug}


async def test_a_withdrawn_invitation_is_good_for_nothing(world: World) -> None:
    body = {"email": "late@example.org", "name": "Late", "grants": [{"role": "technician"}]}
    async with world.as_role(Role.ADMINISTRATOR) as browser:
        made = (await browser.post("/api/energy/people", json=body)).json()
        gone = await browser.delete(f"/api/energy/people/invitations/{made['invitation']['id']}")
        assert gone.status_code == 204
    async with world.client() as browser:
        late = await browser.post("/api/energy/invitation", json={"code": made["code"], "password": PASSWORD})
    assert late.status_code == 403


async def test_a_code_tells_what_it_is_good_for_until_it_is_used(world: World) -> None:
    body = {"email": "Nadia@example.org", "name": "N. Hand", "grants": [{"role": "technician"}]}
    async with world.as_role(Role.ADMINISTRATOR) as browser:
        code = (await browser.post("/api/energy/people", json=body)).json()["code"]
    async with world.client() as them:
        seen = await them.post("/api/energy/invitation/seen", json={"code": code})
        again = await them.post("/api/energy/invitation/seen", json={"code": code})
        accept = {"code": code, "password": PASSWORD, "name": "Nadia Hand"}
        joined = await them.post("/api/energy/invitation", json=accept)
        used = await them.post("/api/energy/invitation/seen", json={"code": code})
    assert (
        seen.json()
        == again.json()
        == {
            "tenant": world.own.slug,
            "tenant_name": world.own.slug.title(),
            "name": "N. Hand",
            "email": "nadia@example.org",
            "has_account": False,
            "is_reset": False,
        }
    )
    assert joined.json()["account"]["name"] == "Nadia Hand"
    assert (used.status_code, used.json()["code"]) == (403, "code_refused")


async def test_who_has_an_account_keeps_their_name_when_they_join_another_organisation(world: World) -> None:
    target = world.other.people[Role.TECHNICIAN]
    body = {"email": target.email, "name": "Target", "grants": [{"role": "executive"}]}
    async with world.as_role(Role.ADMINISTRATOR) as browser:
        code = (await browser.post("/api/energy/people", json=body)).json()["code"]
    async with world.client() as them:
        seen = (await them.post("/api/energy/invitation/seen", json={"code": code})).json()
        accept = {"code": code, "password": PASSWORD, "name": "Somebody Else"}
        joined = await them.post("/api/energy/invitation", json=accept)
    assert (seen["has_account"], seen["is_reset"]) == (True, False)
    assert joined.json()["account"]["name"] == target.name


async def test_a_code_of_a_new_password_says_so(world: World) -> None:
    member = world.own.people[Role.EXECUTIVE]
    async with world.as_role(Role.ADMINISTRATOR) as browser:
        code = (await browser.post(f"/api/energy/people/{member.id}/reset")).json()["code"]
    async with world.client() as them:
        seen = (await them.post("/api/energy/invitation/seen", json={"code": code})).json()
    assert (seen["email"], seen["is_reset"]) == (member.email, True)


async def test_an_invitation_ends_after_three_days(world: World) -> None:
    body = {"email": "slow@example.org", "name": "Slow", "grants": [{"role": "technician"}]}
    async with world.as_role(Role.ADMINISTRATOR) as browser:
        code = (await browser.post("/api/energy/people", json=body)).json()["code"]
    world.clock.turn(timedelta(days=3))
    async with world.client() as them:
        seen = await them.post("/api/energy/invitation/seen", json={"code": code})
        late = await them.post("/api/energy/invitation", json={"code": code, "password": PASSWORD})
    assert [seen.json()["code"], late.json()["code"]] == ["code_refused", "code_refused"]
