"""Writers that meet try again, a bounded number of times; what no other try can cure is told at once."""

import asyncio
from datetime import datetime, timedelta

import pytest

from aegrid_energy.domain.errors import ConflictError, EnergyError, UnavailableError
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.ingestion.parsed import ParsedFile
from aegrid_energy.storage.merge import merge_series
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.workflows.load_readings import Target
from aegrid_energy.workflows.take_live import LiveTaker
from aegrid_energy.workflows.try_again import TRIES, is_passing, try_again
from loads_world import NOW, START, hall, load, register


class Writer:
    """Work that meets somebody a number of times."""

    def __init__(self, *met: EnergyError) -> None:
        self.met = list(met)
        self.tries = 0

    async def __call__(self) -> str:
        self.tries += 1
        if self.met:
            raise self.met.pop(0)
        return "written"


@pytest.mark.parametrize(
    "error",
    [
        ConflictError("block_moved"),
        ConflictError("hot_moved"),
        ConflictError("series_busy"),
        UnavailableError("database_conflict"),
    ],
)
async def test_who_met_another_writer_tries_again(error):
    writer = Writer(error, error)
    assert (await try_again(writer), writer.tries) == ("written", 3)


async def test_who_meets_another_writer_every_time_is_told():
    writer = Writer(*[ConflictError("block_moved")] * (TRIES + 1))
    with pytest.raises(ConflictError, match="block_moved"):
        await try_again(writer)
    assert writer.tries == TRIES


@pytest.mark.parametrize(
    "error", [ConflictError("reading_changed"), UnavailableError("database_unavailable")]
)
async def test_what_another_try_does_not_cure_is_told_at_once(error):
    writer = Writer(error)
    with pytest.raises(type(error)):
        await try_again(writer)
    assert (writer.tries, is_passing(error)) == (1, False)


async def test_files_live_readings_and_a_merger_write_one_meter_at_once_and_nothing_is_lost(pool: Pool):
    tenant_no = await hall(pool)
    taker = LiveTaker(pool=pool)

    def quarter(number: int) -> datetime:
        return START + timedelta(minutes=15 * number)

    async def send_live(first: int) -> None:
        for number in range(first, first + 6):
            batch = ParsedFile(
                file="live",
                format="live",
                registers=(register("M1", [float(number)], start=quarter(number)),),
            )
            await taker.take(tenant_no, batch, actor="key:x", target=Target(), now=NOW)

    async def send_files(first: int) -> None:
        for number in range(first, first + 6):
            await load(pool, tenant_no, register("M1", [float(number)], start=quarter(number)))

    async def merge() -> None:
        async def once() -> None:
            async with transaction(pool, tenant_no) as conn:
                rows = await conn.execute("select distinct series_no from reading_hot where series_no > 0")
                await merge_series(conn, [row[0] for row in await rows.fetchall()])

        for _ in range(6):
            await try_again(once)

    await load(pool, tenant_no, register("M1", [0.0]))
    await asyncio.gather(send_live(1), send_files(4), send_live(8), send_files(20), merge())
    await merge()
    async with transaction(pool, tenant_no) as conn:
        rows = await conn.execute(
            "select timestamp, consumption_value from energy_consumption order by timestamp"
        )
        held = [(ms_of(row[0]), int(row[1])) for row in await rows.fetchall()]
    expected = sorted({0, *range(1, 7), *range(4, 10), *range(8, 14), *range(20, 26)})
    assert held == [(ms_of(quarter(number)), number) for number in expected]
