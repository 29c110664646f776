"""A hall with one meter in a real database, and what its counter shows: for tests about derived intervals."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from aegrid_energy.analytics.buckets import Resolution
from aegrid_energy.domain import quality as q
from aegrid_energy.domain.readings import MICRO, Readings
from aegrid_energy.domain.series import Carrier, Direction, Kind, Quantity, Series
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.ingestion.parsed import ParsedFile, Register
from aegrid_energy.storage.memberships import enter_tenant, found_tenant
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.readings import read
from aegrid_energy.storage.register import load_sheets
from aegrid_energy.storage.series import list_series
from aegrid_energy.workflows.answer_consumption import ConsumptionAnswer, Question, answer_consumption
from aegrid_energy.workflows.load_readings import File, LoadReport, Target, load_readings

NOW = datetime(2026, 3, 2, tzinfo=UTC)
START = datetime(2026, 2, 28, 13, tzinfo=UTC)  # midnight in Melbourne, 1 March
HOUR = timedelta(hours=1)
SHEETS = {
    "sites": [{"external_id": "S1", "name": "Hall", "timezone": "Australia/Melbourne"}],
    "meters": [{"external_id": "M1", "site": "S1", "carrier": "electricity", "name": "Main"}],
    "assignments": [{"meter": "M1", "asset": "S1", "role": "boundary"}],
}


async def hall(pool: Pool, *installs: dict[str, str]) -> int:
    async with transaction(pool, None) as conn:
        number = await found_tenant(conn, slug="one", name="one", now=NOW)
        await enter_tenant(conn, number)
        outcomes = await load_sheets(conn, {**SHEETS, "installs": list(installs)}, now=NOW)
    assert all(not outcome.refused for outcome in outcomes.values())
    return number


def counter(
    kwh: Sequence[float],
    *,
    at: Sequence[datetime] | datetime = START,
    step_s: int | None = 3600,
    kind: Kind = Kind.CUMULATIVE,
) -> Register:
    if isinstance(at, datetime):
        starts = ms_of(at) + np.arange(len(kwh), dtype=np.int64) * (step_s or 3600) * 1000
    else:
        starts = np.array([ms_of(one) for one in at], dtype=np.int64)
    n = len(kwh)
    return Register(
        meter="M1",
        register="E1",
        carrier=Carrier.ELECTRICITY,
        quantity=Quantity.ENERGY,
        direction=Direction.IMPORT,
        kind=kind,
        unit="kWh",
        readings=Readings(
            start_ms=starts,
            micro=np.array([round(v * MICRO) for v in kwh], dtype=np.int64),
            quality=np.zeros(n, dtype=np.uint8),
            step_s=step_s,
            duration_ms=None if step_s else np.zeros(n, dtype=np.int64),
        ),
    )


async def load(pool: Pool, tenant_no: int, *registers: Register) -> LoadReport:
    return await load_readings(
        pool,
        tenant_no,
        [ParsedFile(file="a.csv", format="csv", registers=registers)],
        file=File(name="a.csv"),
        target=Target(),
        kind="file",
        actor="console",
        now=NOW,
    )


async def series(pool: Pool, tenant_no: int) -> dict[Kind, Series]:
    async with transaction(pool, tenant_no) as conn:
        return {one.kind: one for one in await list_series(conn)}


async def intervals(pool: Pool, tenant_no: int) -> list[tuple[float, float | None, str]]:
    """Hours since the start, kWh and quality of each derived interval."""
    number = (await series(pool, tenant_no))[Kind.INTERVAL].series_no
    async with transaction(pool, tenant_no) as conn:
        held = await read(conn, number, 0, 2**42)
    return [
        ((int(start) - ms_of(START)) / 3_600_000, value / MICRO if valid else None, q.spelled(int(code)))
        for start, value, code, valid in zip(held.start_ms, held.micro, held.quality, held.valid, strict=True)
    ]


async def amounts(pool: Pool, tenant_no: int) -> list[float | None]:
    return [value for _, value, _ in await intervals(pool, tenant_no)]


async def answer(
    pool: Pool, tenant_no: int, start: datetime, end: datetime, resolution: Resolution = Resolution.DAY
) -> ConsumptionAnswer:
    async with transaction(pool, tenant_no) as conn:
        site = await (await conn.execute("select id from site")).fetchone()
        assert site is not None
        return await answer_consumption(
            conn,
            Question(asset_id=site[0], period=Span(ms_of(start), ms_of(end)), resolution=resolution),
        )
