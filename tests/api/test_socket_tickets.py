"""Tickets of devices for sockets."""

from access_world import World
from aegrid_energy.domain.access import Role


async def test_a_socket_ticket_is_for_keys_only(world: World) -> None:
    async with world.as_role(Role.ADMINISTRATOR) as browser:
        answer = await browser.post("/api/energy/socket-ticket")
    assert (answer.status_code, answer.json()["code"]) == (403, "key_needed")
