"""Joining by an invitation."""

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
