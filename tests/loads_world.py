"""A hall with two meters and a virtual one, and loads into it, for tests about what comes in."""

from datetime import UTC, datetime
from decimal import Decimal

import numpy as np

from aegrid_energy.domain.readings import MICRO, Readings
from aegrid_energy.domain.series import Carrier, Direction, Kind, Quantity
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.ingestion.parsed import ParsedFile, Register
from aegrid_energy.storage.memberships import enter_tenant, found_tenant
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.register import load_sheets
from aegrid_energy.workflows.answer_consumption import Question, answer_consumption
from aegrid_energy.workflows.load_readings import File, LoadReport, Target, load_readings

NOW = datetime(2026, 3, 2, tzinfo=UTC)
START = datetime(2026, 2, 28, 13, 0, tzinfo=UTC)  # midnight in Melbourne, 1 March
SHEETS = {
    "sites": [{"external_id": "S1", "name": "Hall", "timezone": "Australia/Melbourne"}],
    "meters": [
        {"external_id": "M1", "site": "S1", "carrier": "electricity", "name": "Main", "rhythm": "live"},
        {"external_id": "M2", "site": "S1", "carrier": "electricity", "name": "Plant"},
        {"external_id": "V1", "site": "S1", "carrier": "electricity", "name": "Rest", "is_virtual": "yes"},
    ],
    "assignments": [
        {"meter": "M1", "asset": "S1", "role": "boundary"},
        {"meter": "M2", "asset": "S1", "role": "sub"},
    ],
}


async def hall(pool: Pool) -> int:
    async with transaction(pool, None) as conn:
        number = await found_tenant(conn, slug="one", name="one", now=NOW)
        await enter_tenant(conn, number)
        outcomes = await load_sheets(conn, SHEETS, now=NOW)
    assert all(not outcome.refused for outcome in outcomes.values())
    return number


def register(meter: str, kwh: list[float], *, start: datetime = START, step_s: int = 900) -> Register:
    n = len(kwh)
    return Register(
        meter=meter,
        register="E1",
        carrier=Carrier.ELECTRICITY,
        quantity=Quantity.ENERGY,
        direction=Direction.IMPORT,
        kind=Kind.INTERVAL,
        unit="kWh",
        readings=Readings(
            start_ms=ms_of(start) + np.arange(n, dtype=np.int64) * step_s * 1000,
            micro=np.array([round(v * MICRO) for v in kwh], dtype=np.int64),
            quality=np.zeros(n, dtype=np.uint8),
            step_s=step_s,
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


async def total(pool: Pool, tenant_no: int, site_name: str = "Hall") -> Decimal:
    async with transaction(pool, tenant_no) as conn:
        site = await (await conn.execute("select id from site where name = %s", (site_name,))).fetchone()
        assert site is not None
        answer = await answer_consumption(
            conn, Question(asset_id=site[0], period=Span(ms_of(START), ms_of(NOW)))
        )
    return Decimal(int(answer.buckets.sum_micro.sum())) / MICRO
