"""What the benches of the store share: a fresh server, simulated readings, a calibration, and printing."""

import os
import time
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import psycopg
from numpy.typing import NDArray

from aegrid_energy.bench._server import fresh_server
from aegrid_energy.domain import quality as q
from aegrid_energy.domain.series import Direction, Kind, Quantity
from aegrid_energy.storage.block_plan import SentMatrix
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.roles import Role
from aegrid_energy.storage.series import SeriesKey, find_or_create
from aegrid_energy.storage.server import EmbeddedServer
from aegrid_energy.storage.sources import SourceKey, open_import, open_source

STEP_S: Final = 300
#: A year of five minutes.
SLOTS: Final = 105_120
ZONE: Final = "Australia/Melbourne"
#: 1 January 2024, 0:00 in Melbourne. [ms]
START_MS: Final = 1_704_027_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A fresh database of a fresh server, with the settings that users get."""

    server: EmbeddedServer

    def dsn(self, role: Role) -> str:
        """Connection string of a role."""
        return self.server.dsn(role)


@contextmanager
def stage() -> Generator[Stage]:
    """A fresh server; it is gone afterwards."""
    with fresh_server() as server:
        yield Stage(server=server)


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """A tenant with meters of one series each."""

    tenant_no: int
    series_nos: NDArray[np.int64]
    source_no: int
    import_id: uuid.UUID


async def make_portfolio(pool: Pool, meters: int) -> Portfolio:
    """Open a tenant, its meters and their series."""
    async with transaction(pool, None) as conn:
        row = await (
            await conn.execute("select create_tenant(%s, 'bench', 'Bench', false)", (uuid.uuid4(),))
        ).fetchone()
    tenant_no = int(row[0]) if row else 0
    ids = [uuid.uuid4() for _ in range(meters)]
    keys = [
        SeriesKey(
            meter_id=meter,
            register="E1",
            quantity=Quantity.ENERGY,
            direction=Direction.IMPORT,
            kind=Kind.INTERVAL,
            step_s=STEP_S,
            zone=ZONE,
        )
        for meter in ids
    ]
    load = uuid.uuid4()
    async with transaction(pool, tenant_no) as conn:
        await conn.execute(
            """insert into energy_meters (id, carrier, name)
               select unnest(%s::uuid[]), 'electricity', 'meter'""",
            (ids,),
        )
        numbers = await find_or_create(conn, keys)
        await open_import(conn, load, kind="file", actor="bench")
        source = await open_source(
            conn, SourceKey(import_id=load, provider="bench", kind="file", actor="bench")
        )
    return Portfolio(
        tenant_no=tenant_no, series_nos=np.array(numbers, dtype=np.int64), source_no=source, import_id=load
    )


def simulated(portfolio: Portfolio, first: int, count: int, slots: int = SLOTS) -> SentMatrix:
    """A year of some meters: a daily and a yearly swing, noise, gaps, runs of estimates; always the same."""
    rng = np.random.default_rng([2024, first])
    at = np.arange(slots)
    day = 0.55 + 0.45 * np.sin(2 * np.pi * (at / 288 - 0.3)) + 0.1 * np.sin(2 * np.pi * at / SLOTS)
    micro = np.empty((count, slots), dtype=np.int64)
    quality = np.zeros((count, slots), dtype=np.uint8)
    for row in range(count):
        size = rng.uniform(300, 20_000)  # thousandths of a kWh in five minutes: 3.6 to 240 kW
        noise = rng.normal(0, size / 12, slots)
        micro[row] = np.maximum(np.rint(day * size + noise), 0).astype(np.int64) * 1000
        for _ in range(12):
            begin, length = int(rng.integers(0, slots)), int(rng.integers(1, 600))
            kind = rng.choice([q.ABSENT, q.NULL, 3, 3, 2, q.SUSPECT])
            quality[row, begin : begin + length] = kind
    micro[(quality & q.RANK_MASK) >= q.NULL] = 0
    return SentMatrix(
        series_nos=portfolio.series_nos[first : first + count],
        start_ms=START_MS,
        step_s=STEP_S,
        micro=micro,
        quality=quality,
        source_no=portfolio.source_no,
    )


def checkpoint(of: Stage) -> None:
    """Write everything to the files, as the clock of a write bench demands."""
    with psycopg.connect(of.server.dsn(Role.ADMIN), autocommit=True) as connection:
        connection.execute("checkpoint")


def table_bytes(of: Stage, like: str = "%") -> int:
    """Size of the tables and their keys whose names are like a pattern."""
    with psycopg.connect(of.dsn(Role.OWNER), autocommit=True) as connection:
        row = connection.execute(
            """select coalesce(sum(pg_total_relation_size(c.oid)), 0)::int8 from pg_class c
               where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname like %s""",
            (like,),
        ).fetchone()
    return int(row[0]) if row else 0


def calibration() -> float:
    """Seconds of a fixed piece of work; 0.5 to 0.7 on the machine that the published figures are from."""
    values = np.arange(4_000_000, dtype=np.int64)
    began = time.perf_counter()
    for _ in range(20):
        values = values * 3 % 1_000_003
    return time.perf_counter() - began


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure beside what is promised.

    Args:
        name: What was measured.
        value: The figure.
        unit: Its unit.
        limit: What it must reach (`at_least`) or stay below.
        at_least: Whether more is better.
        peer: What others reach, in words.
    """

    name: str
    value: float
    unit: str
    limit: float | None = None
    at_least: bool = False
    peer: str = ""

    @property
    def is_met(self) -> bool | None:
        """Whether the promise is kept; None where nothing is promised."""
        if self.limit is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def printed(name: str, figures: list[Figure], calibration_s: float, **facts: object) -> dict[str, Any]:
    """Print figures for people, and give them back for machines."""
    load = os.getloadavg()
    print(
        f"{name}: load average {load[0]:.1f} {load[1]:.1f} {load[2]:.1f}, calibration {calibration_s:.2f} s"
    )
    for figure in figures:
        verdict = {True: "met", False: "MISSED", None: ""}[figure.is_met]
        sign = ">=" if figure.at_least else "<="
        limit = "" if figure.limit is None else f"{sign} {figure.limit:g} {figure.unit}"
        peer = f"  ({figure.peer})" if figure.peer else ""
        print(f"  {figure.name:<58} {figure.value:>12,.2f} {figure.unit:<14} {limit:<24} {verdict}{peer}")
    return {
        "bench": name,
        "load_average": load,
        "calibration_s": calibration_s,
        **facts,
        "figures": [
            {
                "name": f.name,
                "value": f.value,
                "unit": f.unit,
                "limit": f.limit,
                "is_met": f.is_met,
                "peer": f.peer,
            }
            for f in figures
        ],
    }
