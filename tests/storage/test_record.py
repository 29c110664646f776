"""The record: append only, each tenant its own, and it outlives a removed tenant."""

from datetime import UTC, datetime

import psycopg
import pytest

from aegrid_energy.storage.memberships import enter_tenant, found_tenant
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.record import list_record, write_record

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


async def tenant(pool: Pool, slug: str) -> int:
    async with transaction(pool, None) as database:
        return await found_tenant(database, slug=slug, name=slug, now=NOW)


async def write(pool: Pool, tenant_no: int | None, action: str) -> None:
    async with transaction(pool, tenant_no) as database:
        await write_record(database, now=NOW, actor="console", action=action)


@pytest.mark.parametrize(
    "statement", ["update record set actor = 'nobody'", "delete from record", "truncate record"]
)
async def test_nobody_changes_what_is_written(pool: Pool, owner_pool: Pool, statement: str) -> None:
    await write(pool, await tenant(pool, "one"), "first")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with transaction(pool, None) as database:
            await database.execute(statement.encode())
    with pytest.raises(psycopg.errors.RaiseException, match="append only"):
        async with transaction(owner_pool, None) as database:
            await database.execute(statement.encode())


async def test_each_tenant_reads_its_own_lines(pool: Pool) -> None:
    one, two = await tenant(pool, "one"), await tenant(pool, "two")
    await write(pool, one, "in_one")
    await write(pool, two, "in_two")
    await write(pool, None, "before_any")
    seen = {}
    for tenant_no in (one, two, None):
        async with transaction(pool, tenant_no) as database:
            seen[tenant_no] = [row.action for row in await list_record(database, limit=10)]
    assert seen == {one: ["in_one"], two: ["in_two"], None: ["before_any"]}


async def test_no_line_is_written_for_another_tenant(pool: Pool) -> None:
    one, two = await tenant(pool, "one"), await tenant(pool, "two")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with transaction(pool, one) as database:
            await database.execute(
                "insert into record (tenant_no, actor, action) values (%s, 'x', 'y')", (two,)
            )


async def test_a_line_stands_or_falls_with_what_it_tells_of(pool: Pool) -> None:
    one = await tenant(pool, "one")
    with pytest.raises(ZeroDivisionError):  # noqa: PT012  # the error has to cross the end of the block
        async with transaction(pool, one) as database:
            await write_record(database, now=NOW, actor="console", action="undone")
            raise ZeroDivisionError
    async with transaction(pool, one) as database:
        assert await list_record(database, limit=10) == []


async def test_the_record_outlives_a_removed_tenant(pool: Pool, owner_pool: Pool) -> None:
    one = await tenant(pool, "one")
    await write(pool, one, "founded")
    async with transaction(owner_pool, None) as database:
        await database.execute("delete from tenant where tenant_no = %s", (one,))
    async with transaction(pool, None) as database:
        await enter_tenant(database, one)
        assert [row.action for row in await list_record(database, limit=10)] == ["founded"]
