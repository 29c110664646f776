"""Set up the demonstration: its tenant, people and register, two years of readings, then live values.

Everything goes in by the ways that a council's own data go: register sheets, NEM12 and Parquet files through
the parser, live readings by the live path.
"""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from aegrid_energy.domain.ids import new_id
from aegrid_energy.domain.series import AMOUNTS, Kind
from aegrid_energy.domain.zones import at_of, day_start, ms_of
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.simulation.history import Reported, history
from aegrid_energy.simulation.long_parquet import as_parquet
from aegrid_energy.simulation.nem12 import as_nem12, market_meters
from aegrid_energy.simulation.portfolio import SimulatedPortfolio, events, portfolio
from aegrid_energy.simulation.register_sheets import register_sheets
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.demo_accounts import ensure_demo_accounts
from aegrid_energy.storage.events import Event, add_event
from aegrid_energy.storage.memberships import enter_tenant, found_tenant, list_tenants
from aegrid_energy.storage.nouns import list_sites
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.preferences import read_preferences, write_preferences
from aegrid_energy.storage.register import load_sheets
from aegrid_energy.workflows.load_readings import File, LoadReport, Target, load_readings
from aegrid_energy.workflows.parse_upload import parse_upload

SEED: Final = 2024
SLUG: Final = "demo"
ACTOR: Final = "simulation"
#: Where the simulated sites stand.
ZONE: Final = "Australia/Melbourne"
_YEARS: Final = timedelta(days=731)
#: Name of the tenant's value that says: all readings were loaded once.
_FILLED: Final = "demo_is_filled"
#: Any number, the same in every process: who holds it sets the demonstration up.
_LOCK: Final = 0x41656D6F
#: How often somebody who waits for it asks. [s]
_AGAIN_S: Final = 0.5

#: Told what is being done, and how far of how many.
Progress = Callable[[str, int, int], None]


async def set_up_demo(pool: Pool, *, now: datetime, progress: Progress) -> int:
    """The demonstration's tenant, filled up to now; what is there already is not made again.

    A set-up that was interrupted goes on: the tenant is there with its register or not at all, and until all
    readings were loaded once they are loaded from the beginning, which changes nothing where they are.

    Returns:
        The number of the tenant.
    """
    async with _one_at_a_time(pool):
        return await _set_up(pool, now, progress)


async def _set_up(pool: Pool, now: datetime, progress: Progress) -> int:
    simulated = portfolio(SEED)
    progress("register", 0, 1)
    async with transaction(pool, None) as conn:
        tenant_no = await _tenant(conn, simulated, now)
        filled_to = await _filled_to(conn)
    start = now - _YEARS if filled_to is None else filled_to - timedelta(days=2)
    progress("readings", 0, 1)
    made = await asyncio.to_thread(lambda: list(history(simulated, ms_of(start), ms_of(now))))
    files = await asyncio.to_thread(_files, simulated, made, ms_of(now))
    for n, (name, kind, content) in enumerate(files):
        progress("readings", n, len(files))
        await _load(pool, tenant_no, name, kind, content, now=now)
    progress("readings", len(files), len(files))
    async with transaction(pool, tenant_no) as conn:
        await write_preferences(conn, {_FILLED: True}, now=now)
    return tenant_no


@asynccontextmanager
async def _one_at_a_time(pool: Pool) -> AsyncGenerator[None]:
    """Two demonstrations on one state folder fill it one after the other."""
    async with pool.connection() as conn:
        while True:
            cursor = await conn.execute("select pg_try_advisory_lock(%s)", (_LOCK,))
            row = await cursor.fetchone()
            if row and row[0]:
                break
            await asyncio.sleep(_AGAIN_S)
        try:
            yield
        finally:
            await conn.execute("select pg_advisory_unlock(%s)", (_LOCK,))


async def _filled_to(conn: Connection) -> datetime | None:
    """The newest reading of a demonstration that was filled once; None where that was interrupted."""
    if not (await read_preferences(conn)).get(_FILLED):
        return None
    cursor = await conn.execute(
        "select max(l.ts) from series_latest l join series s using (series_no) where isfinite(l.ts)"
    )
    row = await cursor.fetchone()
    return row[0] if row else None


async def _add_events(conn: Connection, simulated: SimulatedPortfolio, first: date, now: datetime) -> None:
    """Holidays and closures of the years shown and of the coming one, as whole local days."""
    cursor = await conn.execute("select external_id, id from portfolio")
    portfolios = {str(key): portfolio_id for key, portfolio_id in await cursor.fetchall()}
    for row in events(simulated, first, now.date() + timedelta(days=366)):
        await add_event(
            conn,
            Event(
                id=new_id(now),
                scope_kind=row.scope_kind,
                scope_id=portfolios[row.scope],
                starts_at=at_of(day_start(ZONE, row.start_on)),
                ends_at=at_of(day_start(ZONE, row.end_on)),
                kind=row.kind,
                text=row.text,
                author=ACTOR,
                created_at=now,
            ),
        )


async def _tenant(conn: Connection, simulated: SimulatedPortfolio, now: datetime) -> int:
    """Enter the tenant with its people; made with its whole register where it is not there."""
    number = next((tenant.tenant_no for tenant in await list_tenants(conn) if tenant.slug == SLUG), None)
    if number is None:
        number = await found_tenant(
            conn, slug=SLUG, name="City of Banksia (simulated)", now=now, is_demo=True
        )
    await enter_tenant(conn, number)
    await ensure_demo_accounts(conn, now=now)
    if await list_sites(conn):
        return number
    first = (now - _YEARS).date()
    outcomes = await load_sheets(conn, register_sheets(simulated, first, now.date()), now=now)
    refused = [error for outcome in outcomes.values() for error in outcome.refused]
    if refused:
        raise refused[0]
    await _add_events(conn, simulated, first, now)
    return number


def _files(
    simulated: SimulatedPortfolio, made: Sequence[Reported], now_ms: int
) -> list[tuple[str, Kind | None, bytes]]:
    """The readings as the files they would come in: the market's for NMIs, Parquet for everything else."""
    market = market_meters(simulated)
    by_meter: dict[str, list[Reported]] = defaultdict(list)
    rest: dict[tuple[Kind, bool], list[Reported]] = defaultdict(list)
    for one in made:
        if one.external_id in market and one.kind is Kind.INTERVAL:
            by_meter[one.external_id].append(one)
        else:
            rest[one.kind, one.quantity in AMOUNTS].append(one)
    files: list[tuple[str, Kind | None, bytes]] = [
        (f"{meter}.nem12.csv", None, as_nem12(simulated, series, created_ms=now_ms))
        for meter, series in by_meter.items()
    ]
    # Market files carry whole days; the hours since come as the gateway would send them.
    tail = [_since(one, now_ms - 2 * 86_400_000) for series in by_meter.values() for one in series]
    rest[Kind.INTERVAL, True].extend(one for one in tail if len(one.readings))
    for (kind, is_amount), series in rest.items():
        files += [
            (
                f"{'meters' if is_amount else 'sensors'}-{kind.value}-{n}.parquet",
                kind,
                as_parquet(series[n : n + 8]),
            )
            for n in range(0, len(series), 8)
        ]
    return files


def _since(one: Reported, start_ms: int) -> Reported:
    r = one.readings
    at = int(r.start_ms.searchsorted(start_ms))
    return one._replace(
        readings=replace(r, start_ms=r.start_ms[at:], micro=r.micro[at:], quality=r.quality[at:])
    )


async def _load(
    pool: Pool, tenant_no: int, name: str, kind: Kind | None, content: bytes, *, now: datetime
) -> LoadReport:
    choices = Choices(now_ms=ms_of(now), kind=kind, accept_proposed=True, lenient=False)
    parsed = await parse_upload(content, name, choices)
    return await load_readings(
        pool,
        tenant_no,
        parsed,
        file=File(name=name, sha256=hashlib.sha256(content).digest(), size_bytes=len(content)),
        target=Target(zone=ZONE),
        kind="file",
        actor=ACTOR,
        now=now,
    )
