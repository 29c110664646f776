"""House-keeping does what is due for every tenant, and what fails holds up nothing else."""

from datetime import UTC, datetime, timedelta

from aegrid_energy.domain.errors import ConflictError
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.preferences import write_preferences
from aegrid_energy.workflows.keep_house import drop_past_keeping, keep_house_once
from loads_world import NOW, hall, load, register

OLD = datetime(2015, 6, 1, tzinfo=UTC)


async def held(pool: Pool, tenant_no: int) -> int:
    async with transaction(pool, tenant_no) as conn:
        rows = await conn.execute("select count(*) from energy_consumption")
        return (await rows.fetchone() or (0,))[0]


async def choose(pool: Pool, tenant_no: int, years: int | None, at: datetime) -> None:
    async with transaction(pool, tenant_no) as conn:
        await write_preferences(conn, {"readings_kept_years": years}, now=at)


async def test_readings_are_kept_for_ever_unless_somebody_said_otherwise_a_day_ago(
    pool: Pool, owner_pool: Pool
) -> None:
    tenant_no = await hall(pool)
    await load(pool, tenant_no, register("M1", [1.0] * 4, start=OLD), register("M2", [1.0] * 4))
    assert await drop_past_keeping(owner_pool, now=NOW) == []
    await choose(pool, tenant_no, 5, NOW)
    assert await drop_past_keeping(owner_pool, now=NOW) == []
    assert await held(pool, tenant_no) == 8
    (gone,) = await drop_past_keeping(owner_pool, now=NOW + timedelta(days=1))
    assert (gone.tenant_no, gone.partition, gone.readings) == (tenant_no, "reading_block_2015", 4)
    assert await held(pool, tenant_no) == 4
    async with transaction(pool, tenant_no) as conn:
        rows = await conn.execute("select actor, action from record order by record_no desc limit 1")
        assert await rows.fetchone() == ("housekeeping", "readings_expired")
    # The same file again: what is past its keeping does not come back.
    again = await load(pool, tenant_no, register("M1", [1.0] * 4, start=OLD))
    assert (again.added, again.status) == (0, "refused")


async def test_a_round_goes_on_after_something_that_failed(pool: Pool) -> None:
    tenant_no = await hall(pool)
    done: list[int] = []

    async def failing(_: Pool, __: int, ___: datetime) -> None:
        raise ConflictError("block_moved")

    async def noting(_: Pool, number: int, __: datetime) -> None:
        done.append(number)

    await keep_house_once(pool, now=NOW, dues=(failing, noting))
    assert done == [tenant_no]


async def test_only_one_keeps_house_at_a_time(pool: Pool, owner_pool: Pool) -> None:
    tenant_no = await hall(pool)
    await load(pool, tenant_no, register("M1", [1.0] * 4, start=OLD))
    await choose(pool, tenant_no, 5, OLD)
    async with transaction(owner_pool, None) as conn:
        await conn.execute("select pg_advisory_xact_lock(%s)", (0x41656772,))
        assert await drop_past_keeping(owner_pool, now=NOW) == []
    assert len(await drop_past_keeping(owner_pool, now=NOW)) == 1
