"""Feed the demonstration: simulated meters and sensors go on reporting, and each site's power moves."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import numpy as np
import structlog

from aegrid_energy.domain.errors import EnergyError
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import Carrier, Kind
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.ingestion.parsed import ParsedFile, Register
from aegrid_energy.simulation.history import Reported, live
from aegrid_energy.simulation.portfolio import portfolio
from aegrid_energy.storage.pool import Pool
from aegrid_energy.workflows.load_readings import File, Target, load_readings
from aegrid_energy.workflows.set_up_demo import ACTOR, SEED

_log = structlog.get_logger(__name__)
_TICK_S: Final = 10
#: How far ahead the simulation is computed at a time.
_AHEAD: Final = timedelta(hours=6)


async def feed_demo(pool: Pool, tenant_no: int, *, now: Callable[[], datetime]) -> None:
    """Send what has come in since the last tick, until cancelled."""
    simulated = portfolio(SEED)
    made: list[Reported] = []
    computed_to = sent_to = ms_of(now())
    while True:
        at = ms_of(now())
        if at + _TICK_S * 1000 >= computed_to:
            start, computed_to = sent_to, at + int(_AHEAD.total_seconds() * 1000)
            made = await asyncio.to_thread(lambda: list(live(simulated, start, computed_to)))  # noqa: B023
        try:
            registers = [r for one in made if (r := _since(one, sent_to, at)) is not None]
            if registers:
                await _send(pool, tenant_no, registers, now())
            sent_to = at
        except EnergyError as error:
            _log.warning("demo_feed_interrupted", code=error.code)
        await asyncio.sleep(_TICK_S - now().timestamp() % _TICK_S)


def _since(one: Reported, first_ms: int, end_ms: int) -> Register | None:
    """Readings whose interval ended in `(first_ms, end_ms]`."""
    r = one.readings
    length = (r.step_s or 0) * 1000 if one.kind is Kind.INTERVAL else 0
    low, high = np.searchsorted(r.start_ms + length, [first_ms, end_ms], side="right")
    if low == high:
        return None
    part = slice(int(low), int(high))
    return Register(
        meter=one.external_id,
        register=one.register,
        carrier=Carrier.OTHER,
        quantity=one.quantity,
        direction=one.direction,
        kind=one.kind,
        unit=one.unit,
        readings=Readings(
            start_ms=r.start_ms[part],
            micro=r.micro[part],
            quality=r.quality[part],
            step_s=r.step_s,
            duration_ms=None if r.duration_ms is None else r.duration_ms[part],
        ),
    )


async def _send(pool: Pool, tenant_no: int, registers: list[Register], now: datetime) -> None:
    await load_readings(
        pool,
        tenant_no,
        [ParsedFile(file="live", format="live", registers=tuple(registers))],
        file=File(name="live"),
        target=Target(zone="Australia/Melbourne"),
        kind="live",
        actor=ACTOR,
        now=now,
    )
