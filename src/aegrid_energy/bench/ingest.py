"""How fast readings go in (bulk, live, one correction), and how small they lie."""

import asyncio
import statistics
import time
import uuid
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from aegrid_energy.bench._stage import (
    SLOTS,
    START_MS,
    STEP_S,
    Figure,
    Portfolio,
    Stage,
    calibration,
    checkpoint,
    make_portfolio,
    printed,
    simulated,
    stage,
    table_bytes,
)
from aegrid_energy.domain import quality as q
from aegrid_energy.storage.block_plan import SentMatrix
from aegrid_energy.storage.hot import Live, store_live
from aegrid_energy.storage.merge import merge_series
from aegrid_energy.storage.pool import Pool, build_pool, transaction
from aegrid_energy.storage.readings import read_many
from aegrid_energy.storage.readings_correct import Correction, correct
from aegrid_energy.storage.readings_store import store_matrix
from aegrid_energy.storage.roles import Role
from aegrid_energy.storage.sources import SourceKey, open_import, open_source

METERS: Final = 500
_FULL_METERS: Final = 10_000
_BATCH: Final = 500
_COMMITS: Final = 300
_CORRECTIONS: Final = 60


def run(*, full: bool = False, meters: int | None = None) -> dict[str, Any]:
    """Measure.

    Args:
        full: A thousand million readings instead of fifty.
        meters: Another number of meters, for development.
    """
    count = meters or (_FULL_METERS if full else METERS)
    with stage() as at:
        return asyncio.run(_run(at, count))


async def _run(at: Stage, meters: int) -> dict[str, Any]:
    calibration_s = calibration()
    async with build_pool(at.dsn(Role.APP), name="bench", size=4) as pool:
        portfolio = await make_portfolio(pool, meters)
        bulk = await _bulk(at, pool, portfolio)
        size = table_bytes(at, "reading_block_%") / bulk.slots
        total = table_bytes(at)
        exact = await _is_exact(pool, portfolio)
        again_s = await _again(at, pool, portfolio)
        live = await _live(at, pool, portfolio)
        correction_ms = await _corrections(pool, portfolio)
    first = min(meters, _BATCH)
    figures = [
        Figure(
            name=f"bulk store of {bulk.slots / 1e6:,.1f} M readings from arrays",
            value=bulk.slots / bulk.seconds / 1e6,
            unit="M readings/s",
            limit=10,
            at_least=True,
            peer="TimescaleDB direct compress 3.4-3.6",
        ),
        Figure(
            name="size in blocks, key included",
            value=size,
            unit="B/reading",
            limit=2.5,
            peer="TimescaleDB int4 1.85",
        ),
        Figure(
            name="size of all tables",
            value=total / 1e9,
            unit="GB",
            limit=3 if meters == _FULL_METERS else None,
        ),
        Figure(name="read back and compared, exact", value=float(exact), unit="", limit=1, at_least=True),
        Figure(
            name=f"the same {first} meters again, against the first time",
            value=again_s / (bulk.seconds * first / meters),
            unit="x",
            limit=1,
        ),
        Figure(
            name="commits of 1,000 live readings, 5 % sent again",
            value=live.rows / live.seconds,
            unit="readings/s",
            limit=50_000,
            at_least=True,
            peer="TimescaleDB with key 114,800",
        ),
        Figure(name="one such commit, median", value=live.commit_ms, unit="ms"),
        Figure(name="merge of those hot rows into blocks", value=live.merge_rows_s, unit="rows/s"),
        Figure(
            name="one correction, median", value=correction_ms, unit="ms", limit=5, peer="TimescaleDB 1.8"
        ),
    ]
    return printed("ingest", figures, calibration_s, meters=meters, readings=bulk.slots)


@dataclass(frozen=True, slots=True)
class _Bulk:
    seconds: float
    slots: int


async def _bulk(at: Stage, pool: Pool, portfolio: Portfolio) -> _Bulk:
    seconds, slots = 0.0, 0
    for first in range(0, len(portfolio.series_nos), _BATCH):
        matrix = simulated(portfolio, first, min(_BATCH, len(portfolio.series_nos) - first))
        began = time.perf_counter()
        await _store(pool, portfolio, matrix)
        checkpoint(at)
        seconds += time.perf_counter() - began
        slots += matrix.micro.size
    return _Bulk(seconds, slots)


async def _store(pool: Pool, portfolio: Portfolio, matrix: SentMatrix) -> None:
    async with transaction(pool, portfolio.tenant_no) as conn:
        await store_matrix(conn, matrix, import_id=portfolio.import_id)


async def _is_exact(pool: Pool, portfolio: Portfolio) -> bool:
    """Every reading comes back as it went in: value, quality and place."""
    end_ms = START_MS + SLOTS * STEP_S * 1000
    starts = START_MS + np.arange(SLOTS, dtype=np.int64) * (STEP_S * 1000)
    for first in range(0, len(portfolio.series_nos), _BATCH):
        sent = simulated(portfolio, first, min(_BATCH, len(portfolio.series_nos) - first))
        quality = sent.quality
        for part in range(0, len(sent.series_nos), 50):
            numbers = sent.series_nos[part : part + 50].tolist()
            async with transaction(pool, portfolio.tenant_no) as conn:
                held = await read_many(conn, numbers, START_MS, end_ms)
            for row, number in enumerate(numbers, start=part):
                there = slice(None) if quality is None else quality[row] != q.ABSENT
                of = held[number]
                same = (
                    np.array_equal(of.start_ms, starts[there])
                    and np.array_equal(of.micro, sent.micro[row][there])
                    and (quality is None or np.array_equal(of.quality, quality[row][there]))
                )
                if not same:
                    return False
    return True


async def _again(at: Stage, pool: Pool, portfolio: Portfolio) -> float:
    matrix = simulated(portfolio, 0, min(_BATCH, len(portfolio.series_nos)))
    began = time.perf_counter()
    await _store(pool, portfolio, matrix)
    checkpoint(at)
    return time.perf_counter() - began


@dataclass(frozen=True, slots=True)
class _Live:
    rows: int
    seconds: float
    commit_ms: float
    merge_rows_s: float


async def _live(at: Stage, pool: Pool, portfolio: Portfolio) -> _Live:
    """Time-major: each commit is the next slots of 500 meters, and one reading in twenty is sent again."""
    numbers = portfolio.series_nos[:_BATCH]
    source = await _source(pool, portfolio, "live")
    batches = _live_batches(numbers, source)
    took: list[float] = []
    began = time.perf_counter()
    for batch in batches:
        commit = time.perf_counter()
        async with transaction(pool, portfolio.tenant_no) as conn:
            await store_live(conn, batch)
        took.append(time.perf_counter() - commit)
    checkpoint(at)
    seconds = time.perf_counter() - began
    rows = sum(len(batch) for batch in batches)
    began = time.perf_counter()
    async with transaction(pool, portfolio.tenant_no) as conn:
        await merge_series(conn, numbers.tolist())
    merge_s = time.perf_counter() - began
    return _Live(rows, seconds, statistics.median(took) * 1000, rows * 0.95 / merge_s)


def _live_batches(numbers: np.ndarray[tuple[int], np.dtype[np.int64]], source: int) -> list[Live]:
    rng = np.random.default_rng(7)
    fresh = 950
    count = fresh * _COMMITS
    series = np.tile(numbers, -(-count // len(numbers)))[:count]
    slot = np.arange(count) // len(numbers)
    start = START_MS + (SLOTS + slot) * (STEP_S * 1000)
    micro = rng.integers(1, 9_000, count) * 1000
    batches: list[Live] = []
    for first in range(0, count, fresh):
        again = np.sort(rng.choice(max(first, 1), 50)) if first else np.zeros(0, dtype=np.int64)
        rows = np.concatenate([np.arange(first, first + fresh), again])
        batches.append(
            Live(
                series_no=series[rows],
                start_ms=start[rows],
                micro=micro[rows].copy(),
                quality=np.zeros(len(rows), dtype=np.uint8),
                source_no=source,
            )
        )
    return batches


async def _source(pool: Pool, portfolio: Portfolio, kind: str) -> int:
    load = uuid.uuid4()
    async with transaction(pool, portfolio.tenant_no) as conn:
        await open_import(conn, load, kind=kind, actor="bench")
        return await open_source(conn, SourceKey(import_id=load, provider=kind, kind=kind, actor="bench"))


async def _corrections(pool: Pool, portfolio: Portfolio) -> float:
    rng = np.random.default_rng(11)
    took: list[float] = []
    for _ in range(_CORRECTIONS):
        number = int(rng.choice(portfolio.series_nos))
        slot = int(rng.integers(0, SLOTS))
        change = Correction(
            series_no=number,
            start_ms=np.array([START_MS + slot * STEP_S * 1000]),
            micro=np.array([1_234_000]),
        )
        began = time.perf_counter()
        load = uuid.uuid4()
        async with transaction(pool, portfolio.tenant_no) as conn:
            async with conn.pipeline():
                await open_import(conn, load, kind="correction", actor="bench")
                source = await open_source(
                    conn, SourceKey(import_id=load, provider="person", kind="correction", actor="bench")
                )
            await correct(conn, change, source_no=source, reason="bench")
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)
