"""The revision of the register is another one after each change, and the same as long as nothing changes."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest

from aegrid_energy.domain.ids import new_id
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.memberships import found_tenant
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.register_revision import RegisterRevision, register_revision

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
async def tenant_no(pool: Pool) -> int:
    async with transaction(pool, None) as conn:
        return await found_tenant(conn, slug="one", name="One", now=NOW)


async def add_site(conn: Connection, name: str = "Depot") -> None:
    await conn.execute(
        "insert into site (id, name, timezone) values (%s, %s, 'Australia/Perth')", (new_id(NOW), name)
    )


async def seen(pool: Pool, tenant_no: int) -> RegisterRevision:
    async with transaction(pool, tenant_no) as conn:
        return await register_revision(conn)


async def test_it_stays_while_nothing_changes_and_moves_with_every_change(pool: Pool, tenant_no: int) -> None:
    marks = [(await seen(pool, tenant_no)).mark]
    for statement in (
        "insert into site (id, name, timezone) values (gen_random_uuid(), 'A', 'Australia/Perth')",
        "update site set name = 'B'",
        "insert into assets (id, site_id, kind, name) select id, id, 'site', name from site",
        """insert into energy_meters (id, site_id, carrier, name)
           select gen_random_uuid(), id, 'gas', 'M' from site""",
        """insert into meter_assignment (meter_id, asset_id, role)
           select m.id, m.site_id, 'boundary' from energy_meters m""",
        "update meter_assignment set valid_to = '2026-01-01T00:00Z'",
        "delete from meter_assignment",
    ):
        async with transaction(pool, tenant_no) as conn:
            await conn.execute(statement)
        marks.append((await seen(pool, tenant_no)).mark)
        assert (await seen(pool, tenant_no)).mark == marks[-1]
    assert len(set(marks)) == len(marks)


async def test_writing_the_same_again_is_no_change(pool: Pool, tenant_no: int) -> None:
    async with transaction(pool, tenant_no) as conn:
        await add_site(conn)
    before = await seen(pool, tenant_no)
    async with transaction(pool, tenant_no) as conn:
        await conn.execute("update site set name = name")
    assert await seen(pool, tenant_no) == before


async def test_a_transaction_that_changed_something_is_not_settled(pool: Pool, tenant_no: int) -> None:
    async with transaction(pool, tenant_no) as conn:
        assert (await register_revision(conn)).is_settled
        await add_site(conn)
        assert not (await register_revision(conn)).is_settled


async def test_a_change_that_was_rolled_back_leaves_no_mark_that_comes_again(
    pool: Pool, tenant_no: int
) -> None:
    before = await seen(pool, tenant_no)
    async with transaction(pool, tenant_no) as conn, conn.transaction(force_rollback=True):
        await add_site(conn)
        inside = await register_revision(conn)
    assert (await seen(pool, tenant_no)).mark == before.mark
    async with transaction(pool, tenant_no) as conn:
        await add_site(conn)
    assert (await seen(pool, tenant_no)).mark not in {before.mark, inside.mark}


async def test_two_that_change_at_once_do_not_wait_for_each_other(pool: Pool, tenant_no: int) -> None:
    async with transaction(pool, tenant_no) as conn:
        await add_site(conn)
    marks = set[str]()
    async with AsyncExitStack() as stack:
        both = [await stack.enter_async_context(transaction(pool, tenant_no)) for _ in range(2)]
        for conn in both:
            await conn.execute("set local lock_timeout = '1s'")
        await add_site(both[0], "One")
        await add_site(both[1], "Two")
        marks |= {(await register_revision(conn)).mark for conn in both}
    marks.add((await seen(pool, tenant_no)).mark)
    assert len(marks) == 3


async def test_a_tenant_does_not_see_the_changes_of_another(pool: Pool, tenant_no: int) -> None:
    async with transaction(pool, None) as conn:
        other = await found_tenant(conn, slug="two", name="Two", now=NOW)
    before = await seen(pool, tenant_no)
    async with transaction(pool, other) as conn:
        await add_site(conn)
    assert await seen(pool, tenant_no) == before
    assert (await seen(pool, other)).mark


async def test_outside_any_tenant_there_is_no_register(pool: Pool) -> None:
    async with transaction(pool, None) as conn:
        with pytest.raises(LookupError):
            await register_revision(conn)
