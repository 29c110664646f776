"""Feed the demonstration: simulated meters and sensors go on reporting, and each site's power moves."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray
from psycopg.errors import ForeignKeyViolation

from aegrid_energy.domain.errors import EnergyError
from aegrid_energy.domain.readings import MICRO, Readings
from aegrid_energy.domain.series import Carrier, Direction, Kind, Quantity
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.ingestion.parsed import ParsedFile, Register
from aegrid_energy.simulation.history import Reported, Stepper, live
from aegrid_energy.simulation.portfolio import SimulatedPortfolio, portfolio
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.register import load_sheets
from aegrid_energy.workflows.load_readings import Target
from aegrid_energy.workflows.set_up_demo import ACTOR, SEED
from aegrid_energy.workflows.take_live import LiveTaker

_log = structlog.get_logger(__name__)
_TICK_S: Final = 10
#: How far ahead the simulation is computed at a time.
_AHEAD: Final = timedelta(hours=6)


async def feed_demo(pool: Pool, tenant_no: int, *, now: Callable[[], datetime]) -> None:
    """Send what has come in since the last tick, until cancelled or until the demonstration is removed."""
    simulated = portfolio(SEED)
    taker = LiveTaker(pool=pool)
    names = {site.external_id: f"{site.external_id}-POWER" for site in simulated.sites}
    await _ensure_power_points(pool, tenant_no, names, now())
    power: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
    computed_to = started = ms_of(now())
    stepper = Stepper(simulated, started)
    while await _is_there(pool, tenant_no):
        at = ms_of(now())
        if at + _TICK_S * 1000 >= computed_to:
            computed_to = at + int(_AHEAD.total_seconds() * 1000)
            # From half an hour back, so that the first tick already lies between two intervals.
            made = await asyncio.to_thread(_made, simulated, at - 1_800_000, computed_to)
            power = _power(simulated, made)
        try:
            arrived = await asyncio.to_thread(stepper.advance, at)
            registers = [_register(one) for one in arrived if len(one.readings)]
            registers += _power_now(power, names, at)
            batch = ParsedFile(file="live", format="live", registers=tuple(registers))
            await taker.take(
                tenant_no, batch, actor=ACTOR, target=Target(zone="Australia/Melbourne"), now=now()
            )
        except EnergyError as error:
            _log.warning("demo_feed_interrupted", code=error.code)
        except ForeignKeyViolation:
            if await _is_there(pool, tenant_no):
                raise
            continue  # removed while this was sent
        await asyncio.sleep(_TICK_S - now().timestamp() % _TICK_S)
    _log.info("demo_feed_ended", why="the demonstration was removed")


async def _is_there(pool: Pool, tenant_no: int) -> bool:
    async with transaction(pool, tenant_no) as conn:
        cursor = await conn.execute("select 1 from tenant where tenant_no = current_tenant_no()")
        return await cursor.fetchone() is not None


def _made(simulated: SimulatedPortfolio, from_ms: int, to_ms: int) -> list[Reported]:
    return list(live(simulated, from_ms, to_ms))


def _register(one: Reported) -> Register:
    return Register(
        meter=one.external_id,
        register=one.register,
        carrier=Carrier.OTHER,
        quantity=one.quantity,
        direction=one.direction,
        kind=one.kind,
        unit=one.unit,
        readings=one.readings,
    )


async def _ensure_power_points(pool: Pool, tenant_no: int, names: dict[str, str], now: datetime) -> None:
    """A power meter on each site, as a building management system has: it reports every ten seconds."""
    rows = [
        {
            "external_id": point, "asset": site, "name": "Site power", "quantity": "power", "unit": "kW",
            "kind": "instant", "brick_class": "Active_Power_Sensor", "expected_interval_s": str(_TICK_S),
            "stale_after_s": "300",
        }
        for site, point in names.items()
    ]  # fmt: skip
    async with transaction(pool, tenant_no) as conn:
        await load_sheets(conn, {"points": rows}, now=now)


def _power(
    simulated: SimulatedPortfolio, made: list[Reported]
) -> dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Middle of each interval [ms] and mean power [kW] of each site over the hours made."""
    boundary = {m.external_id: m.site for m in simulated.meters if m.role == "boundary"}
    found: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
    for one in made:
        site = boundary.get(one.external_id)
        is_import = one.quantity is Quantity.ENERGY and one.direction is Direction.IMPORT
        step_s = one.readings.step_s
        if site is None or site in found or not is_import or one.kind is not Kind.INTERVAL or not step_s:
            continue
        middle = one.readings.start_ms + step_s * 500
        found[site] = (middle, one.readings.micro / MICRO * 3600 / step_s)
    return found


def _power_now(
    power: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]], names: dict[str, str], at_ms: int
) -> list[Register]:
    """What the power meters say at a tick: between the means of the intervals, with a little of their own."""
    tick = at_ms // (_TICK_S * 1000) * (_TICK_S * 1000)
    registers: list[Register] = []
    for n, (site, (middle, kw)) in enumerate(power.items()):
        if not len(middle):
            continue
        sway = 1 + 0.012 * np.sin(tick / 47_000 + n) + 0.006 * np.sin(tick / 11_300 + 2 * n)
        value = round(float(np.interp(tick, middle, kw)) * sway, 2)
        registers.append(
            Register(
                meter=names[site],
                register="",
                carrier=Carrier.OTHER,
                quantity=Quantity.POWER,
                direction=Direction.NET,
                kind=Kind.INSTANT,
                unit="kW",
                readings=Readings(
                    start_ms=np.array([tick], dtype=np.int64),
                    micro=np.array([round(value * MICRO)], dtype=np.int64),
                    quality=np.zeros(1, dtype=np.uint8),
                    step_s=_TICK_S,
                ),
            )
        )
    return registers
