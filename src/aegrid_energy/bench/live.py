"""How long a reading takes from its POST to a browser's socket: 200 assets, one reading a second each."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any, Final

import numpy as np
from websockets.asyncio.client import ClientConnection, connect

from aegrid_energy.bench._scratch import Scratch, Tenant, cpu_s, make_tenant, scratch, served
from aegrid_energy.main import clock

_ASSETS: Final = 200
_WARM_S: Final = 3
#: A reading that is not pushed so long after the last POST is counted as never pushed. [s]
_PATIENCE_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """How the readings come in.

    Args:
        name: For the figures.
        gateways: So many senders share the assets, each posting all of its own once a second; they start
            evenly spread over the second.
        seconds: How long. [s]
    """

    name: str
    gateways: int
    seconds: int


@dataclass(slots=True, kw_only=True)
class _Seen:
    """When each reading was sent and when it was first pushed, by asset and start."""

    sent: dict[tuple[str, datetime], float] = field(default_factory=dict)
    answered: list[float] = field(default_factory=list)
    pushed: dict[tuple[str, datetime], float] = field(default_factory=dict)
    latest: dict[str, datetime] = field(default_factory=dict)
    is_warm: bool = False


def run(*, full: bool = False) -> dict[str, float]:
    """Measure and print.

    Args:
        full: Five times as long.

    Returns:
        Figure -> value; the name carries the unit.
    """
    seconds = 50 if full else 10
    figures: dict[str, float] = {}
    with scratch() as place, served(place) as pid:
        for feed in (
            Feed(name="one_gateway", gateways=1, seconds=seconds),
            Feed(name="ten_gateways", gateways=10, seconds=seconds),
        ):
            figures |= asyncio.run(_measure(place, pid, feed))
    return figures


async def _measure(place: Scratch, pid: int, feed: Feed) -> dict[str, float]:
    names = [f"{feed.name} {number:03}" for number in range(_ASSETS)]
    async with place.pool() as pool:
        tenant = await make_tenant(pool, feed.name.replace("_", "-"), names)
    # The first reading of a meter makes its series; sockets see the series that are there.
    start = clock().replace(microsecond=0) - timedelta(seconds=2)
    await asyncio.to_thread(_once, place, tenant, names, start)
    seen = _Seen()
    async with connect(
        f"ws://127.0.0.1:{place.port}/ws/energy/live",
        additional_headers={"Origin": place.origin, "Cookie": f"aegrid={tenant.token}"},
        max_size=None,
    ) as socket:
        topics = [f"asset:{asset}" for asset in tenant.meters.values()]
        await socket.send(json.dumps({"type": "subscribe", "topics": topics}))
        snapshot = json.loads(await socket.recv())
        if len(snapshot["values"]) != _ASSETS:
            raise AssertionError(f"{len(snapshot['values'])} of {_ASSETS} assets are in the snapshot")
        listening = asyncio.create_task(_listen(socket, seen))
        await _feed(place, tenant, names, replace(feed, seconds=_WARM_S), seen)
        seen.is_warm = True
        cpu, began = cpu_s(pid) + place.database_cpu_s(), time.perf_counter()
        await _feed(place, tenant, names, feed, seen)
        load = (cpu_s(pid) + place.database_cpu_s() - cpu) / (time.perf_counter() - began)
        await _settle(seen)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    return _told(feed, seen, load)


async def _feed(place: Scratch, tenant: Tenant, names: Sequence[str], feed: Feed, seen: _Seen) -> None:
    # From the second after the next: no second is sent twice, neither here nor by the feed before.
    await asyncio.sleep(2 - clock().microsecond / 1_000_000)
    first, start = time.perf_counter(), clock().replace(microsecond=0)

    async def send(gateway: int) -> None:
        own = names[gateway :: feed.gateways]
        connection = HTTPConnection("127.0.0.1", place.port, timeout=60)
        try:
            for tick in range(feed.seconds):
                due = first + tick + gateway / feed.gateways
                await asyncio.sleep(max(due - time.perf_counter(), 0))
                at = start + timedelta(seconds=tick)
                posted = time.perf_counter()
                if seen.is_warm:
                    # A late gateway is late for its readings too: they count from when they were due.
                    seen.sent.update({(str(tenant.meters[name]), at): due for name in own})
                await asyncio.to_thread(_post, connection, tenant, own, at)
                if seen.is_warm:
                    seen.answered.append(time.perf_counter() - posted)
        finally:
            connection.close()

    await asyncio.gather(*(send(gateway) for gateway in range(feed.gateways)))


async def _listen(socket: ClientConnection, seen: _Seen) -> None:
    async for text in socket:
        now = time.perf_counter()
        message: dict[str, Any] = json.loads(text)
        for value in message.get("values", ()):
            asset, at = value["asset_id"], datetime.fromisoformat(value["at"])
            seen.latest[asset] = at
            if (asset, at) in seen.sent:
                seen.pushed.setdefault((asset, at), now)


async def _settle(seen: _Seen) -> None:
    """Until the newest reading of each asset was pushed, or nobody would wait any longer."""
    newest: dict[str, datetime] = {}
    for asset, at in seen.sent:
        newest[asset] = max(at, newest.get(asset, at))
    deadline = time.perf_counter() + _PATIENCE_S
    while time.perf_counter() < deadline and any(  # noqa: ASYNC110  a state of two dicts has no event
        seen.latest.get(a) != at for a, at in newest.items()
    ):
        await asyncio.sleep(0.02)


def _told(feed: Feed, seen: _Seen, load: float) -> dict[str, float]:
    delays = (
        np.array([seen.pushed[key] - sent for key, sent in seen.sent.items() if key in seen.pushed]) * 1000
    )
    figures = {
        "pushed_p50_ms": float(np.percentile(delays, 50)),
        "pushed_p99_ms": float(np.percentile(delays, 99)),
        "pushed_max_ms": float(delays.max()),
        "posted_p99_ms": float(np.percentile(seen.answered, 99)) * 1000,
        "readings": float(len(seen.sent)),
        "replaced_before_pushed": float(len(seen.sent) - len(delays)),
        "cores_used": load,
    }
    posts = f"{feed.gateways} POST/s of {_ASSETS // feed.gateways} readings"
    print(
        f"{_ASSETS} assets, {posts}, {feed.seconds} s: POST to pushed "
        f"p50 {figures['pushed_p50_ms']:.0f} ms, p99 {figures['pushed_p99_ms']:.0f} ms, "
        f"max {figures['pushed_max_ms']:.0f} ms; POST answered p99 {figures['posted_p99_ms']:.0f} ms; "
        f"{len(delays):,} of {len(seen.sent):,} readings pushed; {load:.2f} cores"
    )
    return {f"{feed.name}_{name}": value for name, value in figures.items()}


def _once(place: Scratch, tenant: Tenant, names: Sequence[str], at: datetime) -> None:
    connection = HTTPConnection("127.0.0.1", place.port, timeout=60)
    try:
        _post(connection, tenant, names, at)
    finally:
        connection.close()


def _post(connection: HTTPConnection, tenant: Tenant, names: Sequence[str], at: datetime) -> None:
    readings = [
        {
            "meter": name, "register": "E1", "at": at.astimezone(UTC).isoformat(), "unit": "kWh",
            "value": round(at.timestamp() % 997 / 1000 + number / 1_000_000, 6), "step_s": 1,
            "kind": "interval",
        }
        for number, name in enumerate(names)
    ]  # fmt: skip
    connection.request(
        "POST",
        "/api/energy/consumption",
        json.dumps({"readings": readings}),
        {"Content-Type": "application/json", "Authorization": f"Bearer {tenant.key}"},
    )
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise AssertionError(f"{answer.status}: {body[:300]!r}")
