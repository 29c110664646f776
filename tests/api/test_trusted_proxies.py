"""A proxy's word about its callers counts where the proxy is trusted, and nowhere else."""

from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any

import pytest

from access_socket import open_socket
from access_world import ORIGIN, PASSWORD, World, make_world
from aegrid_energy.api.trusted_proxies import TrustedProxies, client_of
from aegrid_energy.domain.access import Grant, Role
from aegrid_energy.storage.pool import Pool, transaction

PROXY = "192.0.2.10"
TRUSTED = (PROXY, "10.0.0.0/8", "fd00::/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        pytest.param(PROXY, ["198.51.100.7"], "198.51.100.7", id="one-proxy"),
        pytest.param(PROXY, ["198.51.100.7, 10.1.2.3"], "198.51.100.7", id="a-chain"),
        pytest.param(PROXY, ["198.51.100.7", "10.1.2.3"], "198.51.100.7", id="a-chain-in-two-headers"),
        pytest.param(PROXY, ["203.0.113.1, 198.51.100.7"], "198.51.100.7", id="forged-before-the-proxy"),
        pytest.param(PROXY, ["10.9.9.9, 198.51.100.7"], "198.51.100.7", id="forged-as-a-proxy"),
        pytest.param("198.51.100.7", ["203.0.113.1"], "198.51.100.7", id="no-proxy"),
        pytest.param("198.51.100.7", [PROXY], "198.51.100.7", id="no-proxy-that-names-one"),
        pytest.param(PROXY, [], PROXY, id="the-proxy-itself"),
        pytest.param(PROXY, ["10.1.2.3, 10.4.5.6"], "10.1.2.3", id="a-proxy-behind-proxies"),
        pytest.param(PROXY, ["198.51.100.7:4711"], "198.51.100.7", id="with-a-port"),
        pytest.param(PROXY, ["[2001:db8::7]:4711, fd00::1"], "2001:db8::7", id="ipv6"),
        pytest.param("::ffff:192.0.2.10", ["198.51.100.7"], "198.51.100.7", id="mapped-to-ipv6"),
        pytest.param(PROXY, ["198.51.100.7, <script>, 10.1.2.3"], "10.1.2.3", id="not-an-address"),
        pytest.param(PROXY, ["unknown"], PROXY, id="unknown"),
        pytest.param(PROXY, [", ,"], PROXY, id="empty"),
        pytest.param("testclient", ["198.51.100.7"], "testclient", id="a-peer-without-address"),
    ],
)
def test_the_caller_is_the_last_hop_that_no_proxy_vouches_for(
    peer: str, forwarded: Sequence[str], client: str
) -> None:
    assert client_of(peer, forwarded, [ip_network(text) for text in TRUSTED]) == client


@pytest.fixture
async def behind(access_pool: Pool, password_hash: str) -> World:
    return await make_world(access_pool, password_hash, trusted_proxies=TRUSTED)


async def guess(world: World, email: str, *, peer: str, **headers: str) -> int:
    """The status of one wrong password."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    async with world.client(address=peer, headers=given) as browser:
        answer = await browser.post("/api/energy/session", json={"email": email, "password": "not-this-one"})
    return answer.status_code


async def test_one_guesser_does_not_lock_out_everybody_behind_the_proxy(behind: World) -> None:
    for number in range(5):
        # What the guesser claims before the proxy's word changes nothing.
        told = f"203.0.113.{number}, 198.51.100.66"
        assert await guess(behind, f"guess{number}@example.org", peer=PROXY, x_forwarded_for=told) == 401
    sixth = await guess(behind, "guess6@example.org", peer=PROXY, x_forwarded_for="1.1.1.1, 198.51.100.66")
    other = await guess(behind, "guess7@example.org", peer=PROXY, x_forwarded_for="198.51.100.67")
    assert (sixth, other) == (429, 401)


@pytest.mark.parametrize("trusted", [(), TRUSTED], ids=["no-proxy-set", "another-proxy-set"])
async def test_a_stranger_cannot_choose_the_address_that_guesses_count_for(
    access_pool: Pool, password_hash: str, trusted: Sequence[str]
) -> None:
    world = await make_world(access_pool, password_hash, trusted_proxies=trusted)
    statuses = [
        await guess(
            world, f"s{number}@example.org", peer=world_peer(world), x_forwarded_for=f"198.18.0.{number}"
        )
        for number in range(6)
    ]
    assert statuses == [401] * 5 + [429]


def world_peer(world: World) -> str:
    """An address of its own for each world, outside the trusted networks."""
    return world.address.replace("10.", "172.", 1)


async def test_sessions_and_the_record_name_the_caller(behind: World) -> None:
    account = await behind.person(Grant(role=Role.FACILITIES))
    told = {"X-Forwarded-For": "198.51.100.9", "X-Forwarded-Proto": "http"}
    async with behind.client(address=PROXY, headers=told) as browser:
        await browser.post("/api/energy/session", json={"email": account.email, "password": PASSWORD})
        rows = (await browser.get("/api/energy/sessions")).json()["sessions"]
    await guess(behind, "nobody-here@example.org", peer=PROXY, x_forwarded_for="198.51.100.9")
    assert [row["address"] for row in rows] == ["198.51.100.9"]
    async with transaction(behind.context.pool, None) as database:
        cursor = await database.execute("select count(*) from record where actor = 'address:198.51.100.9'")
        assert await cursor.fetchone() == (1,)


async def test_calls_are_counted_for_the_caller_behind_the_proxy(
    access_pool: Pool, password_hash: str
) -> None:
    world = await make_world(access_pool, password_hash, trusted_proxies=TRUSTED, address="2/minute")
    statuses = []
    for told in ("198.51.100.1", "198.51.100.1", "198.51.100.1", "198.51.100.2"):
        async with world.client(address=PROXY, headers={"X-Forwarded-For": told}) as browser:
            statuses.append((await browser.get("/api/energy/session/options")).status_code)
    assert statuses == [200, 200, 429, 200]


@pytest.mark.parametrize(
    ("peer", "told", "is_secure"),
    [
        pytest.param(PROXY, "https", True, id="proxy-says-tls"),
        pytest.param(PROXY, "http, https", True, id="nearest-proxy-says-tls"),
        pytest.param(PROXY, "http", False, id="proxy-says-plain"),
        pytest.param(PROXY, "gopher", False, id="proxy-says-nonsense"),
        pytest.param("172.20.1.1", "https", False, id="a-stranger-says-tls"),
    ],
)
async def test_the_cookie_is_for_tls_only_where_a_trusted_proxy_says_so(
    behind: World, peer: str, told: str, *, is_secure: bool
) -> None:
    account = await behind.person(Grant(role=Role.FACILITIES))
    async with behind.client(address=peer, headers={"X-Forwarded-Proto": told}) as browser:
        made = await browser.post("/api/energy/session", json={"email": account.email, "password": PASSWORD})
    cookie = made.headers["set-cookie"]
    assert ("Secure" in cookie, cookie.startswith("__Host-aegrid=")) == (is_secure, is_secure)


async def test_what_is_set_up_for_tls_stays_for_tls_whatever_a_proxy_says(
    access_pool: Pool, password_hash: str
) -> None:
    world = await make_world(access_pool, password_hash, is_tls=True, trusted_proxies=TRUSTED)
    account = await world.person(Grant(role=Role.FACILITIES))
    async with world.client(
        address=PROXY, headers={"Origin": "https://energy.example.org", "X-Forwarded-Proto": "http"}
    ) as browser:
        made = await browser.post("/api/energy/session", json={"email": account.email, "password": PASSWORD})
    assert "Secure" in made.headers["set-cookie"]


async def test_a_socket_behind_the_proxy_is_taken_for_what_it_is() -> None:
    seen: list[dict[str, Any]] = []

    async def app(scope: dict[str, Any], receive: object, send: object) -> None:
        seen.append(scope)

    guarded = TrustedProxies(app, trusted=[ip_network("10.5.0.1")])
    told = {"x-forwarded-for": "198.51.100.7", "x-forwarded-proto": "https", "origin": ORIGIN}
    await open_socket(guarded, "/ws/energy/live", headers=told)
    assert (seen[0]["client"], seen[0]["scheme"]) == (("198.51.100.7", 0), "wss")
