"""The served product on loopback: what a key posts is pushed to a signed-in browser, and to nobody else."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.acceptance.product import Product, Tenant, installed, wait_until_ready
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from aegrid_energy.main import clock


@pytest.fixture(scope="module")
async def product() -> AsyncIterator[Product]:
    with installed() as product:
        await product.add_tenant("council", ["town hall", "library"])
        await product.add_tenant("university", ["hall"])
        product.serve()
        wait_until_ready(product)
        yield product


def opened(product: Product, tenant: Tenant, asset: UUID, *, origin: str | None = None) -> connect:
    return connect(
        f"ws://127.0.0.1:{product.port}/ws/energy/consumption/{asset}",
        additional_headers={"Origin": origin or product.origin, "Cookie": f"aegrid={tenant.token}"},
    )


async def told(socket: ClientConnection) -> dict[str, Any]:
    """The next message; one that never comes is a failure, not a wait."""
    async with asyncio.timeout(60):
        return json.loads(await socket.recv())


async def post(product: Product, tenant: Tenant, meter: str, start: datetime, values: list[float]) -> None:
    async with httpx.AsyncClient(base_url=product.origin) as client:
        answer = await client.post(
            "/api/energy/consumption",
            json={
                "meter": meter,
                "start": start.isoformat(),
                "step_s": 300,
                "unit": "kWh",
                "values": values,
            },
            headers={"Authorization": f"Bearer {tenant.key}"},
        )
    assert answer.status_code == 200, answer.text
    assert answer.json()["added"] == len(values)


def five_minutes(ago: int) -> datetime:
    now = clock().replace(second=0, microsecond=0)
    return now - timedelta(minutes=now.minute % 5 + 5 * ago)


async def test_a_socket_gets_a_snapshot_and_then_each_change(product):
    council = product.tenants[0]
    asset = council.meters["town hall"]
    await post(product, council, "town hall", five_minutes(20), [1.0, 2.0])
    async with opened(product, council, asset) as socket:
        snapshot = await told(socket)
        await post(product, council, "town hall", five_minutes(18), [3.0])
        first = await told(socket)
        await post(product, council, "town hall", five_minutes(17), [4.0])
        second = await told(socket)
    assert [one["type"] for one in (snapshot, first, second)] == ["snapshot", "delta", "delta"]
    assert snapshot["topics"] == [f"asset:{asset}"]
    # Five minutes of 2, 3 and 4 kWh are 24, 36 and 48 kW.
    pushed = [
        (v["asset_id"], v["metric"], v["value"]) for one in (snapshot, first, second) for v in one["values"]
    ]
    assert pushed == [(str(asset), "power_kw", value) for value in (24.0, 36.0, 48.0)]
    assert snapshot["seq"] < first["seq"] < second["seq"]
    assert datetime.fromisoformat(second["values"][0]["at"]) == five_minutes(17)


async def test_a_change_of_another_asset_is_not_pushed(product):
    council = product.tenants[0]
    await post(product, council, "library", five_minutes(30), [1.0])
    await post(product, council, "town hall", five_minutes(10), [1.0])
    async with opened(product, council, council.meters["library"]) as socket:
        snapshot = await told(socket)
        await post(product, council, "town hall", five_minutes(9), [5.0])
        await post(product, council, "library", five_minutes(29), [2.0])
        delta = await told(socket)
    assert [v["value"] for v in snapshot["values"]] == [12.0]
    assert [(v["asset_id"], v["value"]) for v in delta["values"]] == [(str(council.meters["library"]), 24.0)]


async def test_a_meter_can_be_watched_by_itself(product):
    council, university = product.tenants
    asset = council.meters["town hall"]
    await post(product, council, "town hall", five_minutes(4), [1.0])
    meters = []
    for tenant, name in ((council, "town hall"), (university, "hall")):
        async with httpx.AsyncClient(base_url=product.origin, cookies={"aegrid": tenant.token}) as client:
            card = await client.get(f"/api/energy/assets/{tenant.meters[name]}")
        meters.append(card.json()["meters"][0]["meter_id"])
    own, foreign = meters
    async with opened(product, council, asset) as socket:
        await told(socket)
        await socket.send(json.dumps({"type": "subscribe", "topics": [f"meter:{own}", f"meter:{foreign}"]}))
        refused, snapshot = await told(socket), await told(socket)
        await post(product, council, "town hall", five_minutes(3), [2.0])
        delta = await told(socket)
    assert (refused["code"], refused["topics"]) == ("not_found", [f"meter:{foreign}"])
    assert snapshot["topics"] == [f"meter:{own}"]
    assert [(v["meter_id"], v["metric"], v["value"]) for v in snapshot["values"]] == [(own, "power_kw", 12.0)]
    # The asset's own figure is the sum of its boundary, and names no meter.
    assert {(v["meter_id"], v["value"]) for v in delta["values"]} == {(own, 24.0), (None, 24.0)}


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
async def test_a_socket_of_a_foreign_page_is_refused(product, origin):
    council = product.tenants[0]
    with pytest.raises(InvalidStatus) as refused:
        async with opened(product, council, council.meters["town hall"], origin=origin):
            pass
    assert refused.value.response.status_code == 403


async def test_a_socket_of_nobody_is_refused(product):
    with pytest.raises(InvalidStatus) as refused:
        async with connect(
            f"ws://127.0.0.1:{product.port}/ws/energy/live", additional_headers={"Origin": product.origin}
        ):
            pass
    assert refused.value.response.status_code == 401


async def test_an_asset_of_another_tenant_is_refused_and_never_pushed(product):
    council, university = product.tenants
    foreign = university.meters["hall"]
    await post(product, university, "hall", five_minutes(20), [1.0])
    async with opened(product, council, foreign) as socket:
        refused, snapshot = await told(socket), await told(socket)
        await socket.send(
            json.dumps({"type": "subscribe", "topics": [f"asset:{council.meters['town hall']}"]})
        )
        own = await told(socket)
        await post(product, university, "hall", five_minutes(19), [7.0])
        await post(product, council, "town hall", five_minutes(2), [9.0])
        delta = await told(socket)
    assert (refused["type"], refused["code"], refused["topics"]) == (
        "refused",
        "not_found",
        [f"asset:{foreign}"],
    )
    assert (snapshot["type"], snapshot["values"]) == ("snapshot", [])
    assert own["topics"] == [f"asset:{council.meters['town hall']}"]
    assert {v["asset_id"] for v in delta["values"]} == {str(council.meters["town hall"])}
    assert [one["seq"] for one in (refused, snapshot, own, delta)] == [1, 2, 3, 4]


async def test_readings_for_a_meter_of_another_tenant_are_refused(product):
    council = product.tenants[0]
    async with httpx.AsyncClient(base_url=product.origin) as client:
        answer = await client.post(
            "/api/energy/consumption",
            json={
                "meter": "hall", "start": five_minutes(3).isoformat(), "step_s": 300, "unit": "kWh",
                "values": [1.0],
            },
            headers={"Authorization": f"Bearer {council.key}"},
        )  # fmt: skip
    assert answer.status_code == 422
    assert [problem["code"] for problem in answer.json()["problems"]] == ["meter_unknown"]
