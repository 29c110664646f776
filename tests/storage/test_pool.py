"""Connections: tenants never leak, and a database that does not answer is told within three seconds."""

import os
import signal

import psycopg
import pytest

from aegrid_energy.domain.errors import UnavailableError
from aegrid_energy.storage.pool import Pool, build_pool, transaction
from aegrid_energy.storage.roles import Role
from database import Database

TENANT = "select coalesce(current_setting('app.tenant_no', true), '')"


async def test_a_transaction_knows_its_tenant_and_the_next_one_does_not(pool: Pool) -> None:
    async with transaction(pool, 7) as connection:
        assert await (await connection.execute(TENANT)).fetchone() == ("7",)
    async with transaction(pool, None) as connection:
        assert await (await connection.execute(TENANT)).fetchone() == ("",)


async def test_an_error_rolls_back(pool: Pool) -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the error has to cross the end of the block
        async with transaction(pool, None) as connection:
            await connection.execute("create temp table kept(i int) on commit preserve rows")
            raise ZeroDivisionError
    async with transaction(pool, None) as connection:
        assert await (await connection.execute("select to_regclass('kept')")).fetchone() == (None,)


async def test_the_app_role_sees_only_its_tenant_and_none_without_one(pool: Pool, owner_pool: Pool) -> None:
    async with transaction(owner_pool, None) as connection:
        await connection.execute(
            "insert into tenant (tenant_no, id, slug, name) overriding system value "
            "values (1, gen_random_uuid(), 'one', 'One'), (2, gen_random_uuid(), 'two', 'Two')"
        )
        for number in (1, 2):
            await connection.execute(
                "insert into portfolio (id, tenant_no, name) values (gen_random_uuid(), %s, %s)",
                [number, f"of {number}"],
            )
    seen = {}
    for number in (1, 2, None):
        async with transaction(pool, number) as connection:
            cursor = await connection.execute("select name from portfolio")
            seen[number] = [row[0] for row in await cursor.fetchall()]
    assert seen == {1: ["of 1"], 2: ["of 2"], None: []}


async def test_a_connection_that_keeps_a_tenant_is_dropped(database: Database) -> None:
    async with build_pool(database.dsn(Role.APP), name="leak", size=1) as pool:
        async with pool.connection() as connection:
            leaking = connection.info.backend_pid
            await connection.execute("set app.tenant_no = '9'")
        async with transaction(pool, None) as connection:
            assert connection.info.backend_pid != leaking
            assert await (await connection.execute(TENANT)).fetchone() == ("",)


async def test_no_free_connection_is_said_so(database: Database) -> None:
    async with build_pool(database.dsn(Role.APP), name="small", size=1) as pool, transaction(pool, None):
        with pytest.raises(UnavailableError) as caught:
            async with transaction(pool, None):
                pass
    assert caught.value.code == "database_unavailable"


async def test_a_closed_pool_is_said_so(database: Database) -> None:
    pool = build_pool(database.dsn(Role.APP), name="closed", size=1)
    await pool.open()
    await pool.close()
    with pytest.raises(UnavailableError) as caught:
        async with transaction(pool, None):
            pass
    assert caught.value.code == "database_unavailable"


async def test_a_statement_past_its_time_is_too_slow(pool: Pool) -> None:
    with pytest.raises(UnavailableError) as caught:  # noqa: PT012 - it ends a block
        async with transaction(pool, None) as connection:
            await connection.execute("set local statement_timeout = 20")
            await connection.execute("select pg_sleep(30)")
    assert caught.value.code == "database_too_slow"


async def test_the_app_role_has_a_time_limit(pool: Pool) -> None:
    async with transaction(pool, None) as connection:
        assert await (await connection.execute("show statement_timeout")).fetchone() == ("30s",)


async def test_a_lost_connection_is_unavailable_and_the_next_one_works(database: Database) -> None:
    async with build_pool(database.dsn(Role.APP), name="lost", size=1) as pool:
        with pytest.raises(UnavailableError) as caught:  # noqa: PT012 - it ends a block
            async with transaction(pool, None) as connection:
                with psycopg.connect(database.dsn(Role.ADMIN), autocommit=True) as admin:
                    admin.execute("select pg_terminate_backend(%s, 5000)", [connection.info.backend_pid])
                await connection.execute("select 1")
        assert caught.value.code == "database_unavailable"
        async with transaction(pool, None) as connection:
            assert await (await connection.execute("select 1")).fetchone() == (1,)


async def test_a_frozen_server_is_unavailable(database: Database) -> None:
    """Its backend is stopped: it accepts what is sent, and answers nothing, not even a cancel."""
    async with build_pool(database.dsn(Role.APP), name="frozen", size=1) as pool:
        await pool.wait()
        with psycopg.connect(database.dsn(Role.ADMIN)) as admin:
            named = "select pid from pg_stat_activity where application_name = 'aegrid frozen'"
            ((backend,),) = admin.execute(named).fetchall()
        os.kill(backend, signal.SIGSTOP)
        try:
            with pytest.raises(UnavailableError) as caught:
                async with transaction(pool, 1):
                    pass
        finally:
            os.kill(backend, signal.SIGCONT)
    assert caught.value.code == "database_unavailable"
    assert "server closed the connection" in str(caught.value.params["why"])
