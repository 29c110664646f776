"""A tenant with meters, series and sources in a real database, for tests about readings."""

import uuid
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

import numpy as np
import pytest_asyncio

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import Direction, Kind, Quantity
from aegrid_energy.storage.block_plan import Sent
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.hot import Live
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.series import SeriesKey, find_or_create
from aegrid_energy.storage.sources import SourceKey, open_import, open_source

MELBOURNE = "Australia/Melbourne"
HOUR = 3_600_000
DAY = 24 * HOUR


def ms(text: str) -> int:
    """An instant in UTC as ms since the epoch."""
    return int(np.datetime64(text, "ms").astype(np.int64))


def readings(start, values, *, step_s=300, quality=None, durations=None) -> Readings:
    """Readings in whole units; None = nothing there. `start` is one instant or all of them."""
    starts = (
        np.array(start, dtype=np.int64)
        if isinstance(start, list)
        else start + np.arange(len(values), dtype=np.int64) * step_s * 1000
    )
    there = np.array([value is not None for value in values], dtype=bool)
    codes = np.zeros(len(values), dtype=np.uint8) if quality is None else np.array(quality, dtype=np.uint8)
    micro = np.array([0 if value is None else round(value * 1_000_000) for value in values], dtype=np.int64)
    return Readings(
        start_ms=starts[there],
        micro=micro[there],
        quality=codes[there],
        step_s=step_s,
        duration_ms=None if durations is None else np.array(durations, dtype=np.int64)[there],
    )


@dataclass
class World:
    """One tenant; every statement in a transaction of its own."""

    pool: Pool
    tenant_no: int
    imports: dict[int, uuid.UUID] = field(default_factory=dict)
    meters: dict[int, uuid.UUID] = field(default_factory=dict)

    def tx(self) -> AbstractAsyncContextManager[Connection]:
        return transaction(self.pool, self.tenant_no)

    async def series(self, step_s: int | None = 300, **changes) -> int:
        meter = uuid.uuid4()
        key = {
            "register": "E1",
            "quantity": Quantity.ENERGY,
            "direction": Direction.IMPORT,
            "kind": Kind.INTERVAL,
            "zone": MELBOURNE,
            "meter_id": meter,
        }
        async with self.tx() as conn:
            await conn.execute(
                "insert into energy_meters (id, carrier, name) values (%s, 'electricity', 'm')", (meter,)
            )
            (number,) = await find_or_create(conn, [SeriesKey(step_s=step_s, **key | changes)])
        self.meters[number] = meter
        return number

    async def source(
        self, provider: str = "retailer", *, update: str | None = None, kind: str = "file"
    ) -> int:
        """A new source with an import of its own."""
        load = uuid.uuid4()
        async with self.tx() as conn:
            await open_import(conn, load, kind=kind, actor="test")
            number = await open_source(
                conn,
                SourceKey(
                    import_id=load,
                    provider=provider,
                    kind=kind,
                    actor="test",
                    update_ms=ms(update) if update else None,
                ),
            )
        self.imports[number] = load
        return number

    async def all(self, query: str, *params: object) -> list[tuple]:
        async with self.tx() as conn:
            return await (await conn.execute(query, params)).fetchall()


def sent(series_no: int, source_no: int, of: Readings) -> Sent:
    return Sent(series_no=series_no, readings=of, source_no=source_no)


def spelled(of: Readings) -> list[tuple[int, float | None, int]]:
    """Start, value, quality of each reading."""
    return [
        (int(start), int(micro) / 1e6 if valid else None, int(code))
        for start, micro, code, valid in zip(
            of.start_ms, of.micro, of.quality, q.has_value(of.quality), strict=True
        )
    ]


#: Where live rows count their slots from, in steps of five minutes.
START = ms("2024-03-01T02:00")
STEP = 300_000


def live(source, rows, durations=None) -> Live:
    """Rows of (series, slot, value or None, quality)."""
    return Live(
        series_no=np.array([r[0] for r in rows], dtype=np.int64),
        start_ms=np.array([START + r[1] * STEP for r in rows], dtype=np.int64),
        micro=np.array([0 if r[2] is None else round(r[2] * 1e6) for r in rows], dtype=np.int64),
        quality=np.array(
            [r[3] if len(r) > 3 else 0 if r[2] is not None else q.NULL for r in rows], dtype=np.uint8
        ),
        source_no=source,
        duration_ms=durations,
    )


async def make_tenant(owner_pool: Pool, slug: str) -> int:
    async with transaction(owner_pool, None) as conn:
        row = await (
            await conn.execute("select create_tenant(%s, %s, %s, false)", (uuid.uuid4(), slug, slug))
        ).fetchone()
    return row[0]


@pytest_asyncio.fixture
async def world(pool: Pool, owner_pool: Pool) -> AsyncIterator[World]:
    yield World(pool, await make_tenant(owner_pool, "council"))
