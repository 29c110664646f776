"""Twenty kills under posting load: what was acknowledged is there, once.

A kill takes a process, never what the kernel already holds for the disk. That a disk keeps what it says it
has written, through a loss of power, is not shown here.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import numpy as np
import pytest
from tests.acceptance.product import Product, Tenant, installed, wait_until_ready

from aegrid_energy.domain.zones import ms_of
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.readings import read_many
from aegrid_energy.storage.series import list_series

pytestmark = pytest.mark.slow

STEP_S = 300
BATCH = 12
START = datetime(2026, 1, 1, tzinfo=UTC)
SENDERS = 3
APP_KILLS, DATABASE_KILLS, CHILD_KILLS = 7, 7, 6
#: More than a moment's work for the child: half a year of five minutes.
ROWS = 50_000


@dataclass
class Sender:
    """Posts one batch after the other, each until it is acknowledged; nothing else is remembered."""

    product: Product
    key: str
    meter: str
    stop: threading.Event = field(default_factory=threading.Event)
    acknowledged: int = 0
    failures: int = 0
    refused: list[str] = field(default_factory=list)

    def run(self) -> None:
        with httpx.Client(base_url=self.product.origin, timeout=20) as client:
            while not self.stop.is_set() and not self.refused:
                try:
                    answer = client.post(
                        "/api/energy/consumption",
                        json=self.batch(self.acknowledged),
                        headers={"Authorization": f"Bearer {self.key}"},
                    )
                except httpx.TransportError:
                    self.failures += 1
                    self.stop.wait(0.05)
                    continue
                if answer.status_code == 200:
                    self.acknowledged += 1
                elif answer.status_code in {500, 503}:
                    self.failures += 1
                    self.stop.wait(0.05)
                    if answer.status_code == 500:
                        self.refused.append(answer.text)
                else:
                    self.refused.append(answer.text)

    def batch(self, number: int) -> dict[str, object]:
        start = START + timedelta(seconds=number * BATCH * STEP_S)
        values = [(number * BATCH + slot) % 997 + 0.25 for slot in range(BATCH)]
        return {
            "meter": self.meter,
            "start": start.isoformat(),
            "step_s": STEP_S,
            "unit": "kWh",
            "values": values,
        }


@dataclass
class Load:
    """Senders at work."""

    senders: list[Sender]

    def await_more(self, product: Product, batches: int = 2) -> None:
        """Until each sender has had so many more batches acknowledged."""
        marks = [sender.acknowledged + batches for sender in self.senders]
        deadline = time.monotonic() + 40
        while any(s.acknowledged < mark for s, mark in zip(self.senders, marks, strict=True)):
            assert not [s.refused for s in self.senders if s.refused]
            assert time.monotonic() < deadline, "nothing is acknowledged any more"
            wait_until_ready(product)

    def end(self, threads: list[threading.Thread]) -> None:
        for sender in self.senders:
            sender.stop.set()
        for thread in threads:
            thread.join(timeout=30)


@pytest.fixture
def product() -> Iterator[Product]:
    with installed() as product:
        yield product


def file_of(meter: str) -> bytes:
    rows = [f"start_utc,{meter}_kwh"]
    rows += [f"{START + timedelta(seconds=n * STEP_S):%Y-%m-%dT%H:%M:%SZ},{n % 7}.5" for n in range(ROWS)]
    return "\n".join(rows).encode()


def post_file(product: Product, tenant: Tenant, meter: str) -> httpx.Response:
    return httpx.post(
        f"{product.origin}/api/energy/consumption",
        params={"name": f"{meter}.csv", "meter": meter, "unit": "kWh", "accept_proposed": "true"},
        content=file_of(meter),
        headers={"Authorization": f"Bearer {tenant.key}", "Content-Type": "text/csv"},
        timeout=60,
    )


def kill_a_child(product: Product, tenant: Tenant, meter: str) -> httpx.Response:
    """Post a file and kill the child that reads it."""
    answers: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: answers.append(post_file(product, tenant, meter)))
    thread.start()
    while thread.is_alive():
        for pid in product.children():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
    thread.join()
    return answers[0]


async def stored(product: Product, tenant: Tenant) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """{meter: (starts, micro)} of everything the tenant holds."""
    async with product.pool() as pool, transaction(pool, tenant.tenant_no) as conn:
        names = {meter_id: name for name, meter_id in tenant.meters.items()}
        series = await list_series(conn)
        readings = await read_many(conn, [one.series_no for one in series], 0, 2**42)
    assert len({one.meter_id for one in series}) == len(series)  # one register each, in one series
    return {
        names[one.meter_id]: (readings[one.series_no].start_ms, readings[one.series_no].micro)
        for one in series
    }


async def check(product: Product, tenant: Tenant, senders: list[Sender], *, is_quiet: bool) -> None:
    """What was acknowledged before is there with its value; what is there was sent, and is there once."""
    promised = [sender.acknowledged for sender in senders]
    found = await stored(product, tenant)
    for sender, batches in zip(senders, promised, strict=True):
        starts, micro = found.get(sender.meter, (np.zeros(0, np.int64), np.zeros(0, np.int64)))
        number = (starts - ms_of(START)) // (STEP_S * 1000)
        assert np.array_equal(number, np.arange(len(number)))  # no hole, none twice
        assert np.array_equal(micro, (number % 997) * 1_000_000 + 250_000)
        assert len(number) % BATCH == 0  # a batch is there whole or not at all
        assert len(number) >= batches * BATCH
        if is_quiet:
            # One batch may be in without its sender having heard.
            assert len(number) <= (batches + 1) * BATCH


async def test_every_acknowledged_reading_is_there_once_after_twenty_kills(product):
    meters = [f"sender {n}" for n in range(SENDERS)] + [f"file {n}" for n in range(CHILD_KILLS)]
    tenant = await product.add_tenant("council", meters)
    product.serve()
    wait_until_ready(product)
    load = Load([Sender(product=product, key=tenant.key, meter=meters[n]) for n in range(SENDERS)])
    threads = [threading.Thread(target=sender.run, daemon=True) for sender in load.senders]
    for thread in threads:
        thread.start()
    kills = 0
    try:
        load.await_more(product)
        for turn in range(max(APP_KILLS, DATABASE_KILLS, CHILD_KILLS)):
            if turn < APP_KILLS:
                product.kill()
                kills += 1
                product.serve()
                load.await_more(product)
                await check(product, tenant, load.senders, is_quiet=False)
            if turn < DATABASE_KILLS:
                product.kill_database()
                kills += 1
                load.await_more(product)
                await check(product, tenant, load.senders, is_quiet=False)
            if turn < CHILD_KILLS:
                answer = kill_a_child(product, tenant, f"file {turn}")
                kills += 1
                assert answer.status_code == 422
                assert [one["code"] for one in answer.json()["problems"]] == ["parse_killed"]
    finally:
        load.end(threads)
    assert kills == 20
    assert not [sender.refused for sender in load.senders if sender.refused]
    assert all(sender.failures for sender in load.senders)  # the kills were felt
    await check(product, tenant, load.senders, is_quiet=True)
    assert {meter for meter in await stored(product, tenant) if meter.startswith("file")} == set()
    # The day sums have counted nothing twice either, and each reading was an import's addition once.
    found = await stored(product, tenant)
    async with product.pool() as pool, transaction(pool, tenant.tenant_no) as conn:
        rows = await (await conn.execute("select sum(sum), sum(n_valid) from rollup_local_day")).fetchone()
        added = await (await conn.execute("select sum(added), sum(changed) from import")).fetchone()
    count = sum(len(starts) for starts, _ in found.values())
    assert rows == (sum(int(micro.sum()) for _, micro in found.values()), count)
    assert added == (count, 0)


async def test_a_file_whose_reader_was_killed_loads_when_it_is_sent_again(product):
    tenant = await product.add_tenant("council", ["file"])
    product.serve()
    wait_until_ready(product)
    assert kill_a_child(product, tenant, "file").status_code == 422
    again, once_more = post_file(product, tenant, "file"), post_file(product, tenant, "file")
    assert (again.json()["added"], once_more.json()["added"]) == (ROWS, 0)
    ((starts, micro),) = (await stored(product, tenant)).values()
    assert len(starts) == ROWS
    assert int(micro.sum()) == sum(n % 7 * 1_000_000 + 500_000 for n in range(ROWS))
