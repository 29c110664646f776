"""The specification's table: a view that shows and takes what the application does."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.reading_id import reading_id
from aegrid_energy.domain.series import Direction, Kind, Quantity
from aegrid_energy.storage.hot import store_live
from aegrid_energy.storage.latest import latest
from aegrid_energy.storage.merge import due_for_merge, merge_series
from aegrid_energy.storage.pool import transaction
from aegrid_energy.storage.readings import read, read_held
from aegrid_energy.storage.readings_history import history
from aegrid_energy.storage.readings_store import store
from readings_world import HOUR, World, live, make_tenant, ms, readings, sent, spelled

START = ms("2024-03-01T02:00")
STEP = 300_000
ALL = (0, ms("2199-01-01"))
AT = datetime.fromtimestamp(START / 1000, UTC)


async def load(world: World, series, of, source=None):
    async with world.tx() as conn:
        await store(conn, [sent(series, source or await world.source(), of)])


async def shown(world: World, meter):
    rows = await world.all(
        """select id, timestamp, consumption_value from energy_consumption
           where meter_id = %s order by timestamp""",
        meter,
    )
    return [(row[0], int(row[1].timestamp() * 1000), row[2]) for row in rows]


async def kept(world: World, series):
    """What the application reads: starts and values of readings that have one, with their ids."""
    async with world.tx() as conn:
        of = await read(conn, series, *ALL)
    return [
        (reading_id(series, int(start)), int(start), Decimal(int(micro)).scaleb(-6))
        for start, micro, valid in zip(of.start_ms, of.micro, of.valid, strict=True)
        if valid
    ]


async def test_the_view_has_the_columns_of_the_specification_in_their_order(world):
    rows = await world.all(
        """select column_name, data_type from information_schema.columns
           where table_name = 'energy_consumption' order by ordinal_position"""
    )
    assert rows == [
        ("id", "uuid"),
        ("asset_id", "uuid"),
        ("meter_id", "uuid"),
        ("consumption_value", "numeric"),
        ("consumption_unit", "character varying"),
        ("timestamp", "timestamp with time zone"),
        ("created_at", "timestamp with time zone"),
    ]


@pytest.mark.parametrize(
    "spread", [0.2, 60, 60_000, 9_000_000], ids=["1 byte", "2 bytes", "4 bytes", "8 bytes"]
)
@pytest.mark.parametrize("gaps", [False, True])
async def test_the_view_shows_what_the_application_reads(world, spread, gaps):
    series = await world.series()
    values = [round(-spread / 2 + spread * i / 199, 3) for i in range(200)]
    quality = [0] * 200
    if gaps:
        values[3] = values[7] = None
        quality[5], quality[6], quality[150] = q.NULL, 3, 0
    await load(world, series, readings(START, values, quality=quality))
    source = await world.source(kind="live")
    async with world.tx() as conn:
        await store_live(conn, live(source, [(series, 5000, 1.25), (series, 5001, None)]))
    assert await shown(world, world.meters[series]) == await kept(world, series)
    assert len(await kept(world, series)) == (198 if gaps else 201)


async def test_a_shifted_grid_and_irregular_periods_are_shown_too(world):
    shifted = await world.series(3600, phase_s=1800)
    irregular = await world.series(None)
    await load(world, shifted, readings(ms("2024-03-01T02:30"), [1, 2, 3], step_s=3600))
    starts = [ms("2024-01-31"), ms("2024-03-02T11:07:13.123")]
    await load(world, irregular, readings(starts, [10.5, 20], step_s=None, durations=[HOUR, 0]))
    for series in (shifted, irregular):
        assert await shown(world, world.meters[series]) == await kept(world, series)


async def test_only_interval_energy_and_volume_taken_in_is_shown(world):
    for changes in (
        {"kind": Kind.CUMULATIVE}, {"kind": Kind.INSTANT, "quantity": Quantity.POWER},
        {"direction": Direction.EXPORT},
        {"quantity": Quantity.REACTIVE_ENERGY},
    ):  # fmt: skip
        await load(world, await world.series(**changes), readings(START, [1]))
    assert await world.all("select count(*) from energy_consumption") == [(0,)]
    await load(world, await world.series(quantity=Quantity.VOLUME), readings(START, [1]))
    assert await world.all("select consumption_unit, consumption_value from energy_consumption") == [
        ("m3", 1)
    ]


async def test_an_asset_is_the_one_of_its_time(world):
    series = await world.series()
    meter, site, hall, pool = world.meters[series], *[uuid.uuid4() for _ in range(3)]
    async with world.tx() as conn:
        await conn.execute("insert into site (id, name, timezone) values (%s, 's', 'UTC')", (site,))
        for asset, parent in ((site, None), (hall, site), (pool, site)):
            await conn.execute(
                """insert into assets (id, site_id, parent_id, kind, name)
                   values (%s, %s, %s, 'building', 'a')""",
                (asset, site, parent),
            )
        await conn.execute("update energy_meters set site_id = %s where id = %s", (site, meter))
    await load(world, series, readings(START, [1, 2, 3]))
    assets = "select asset_id from energy_consumption order by timestamp"
    assert await world.all(assets) == [(site,)] * 3
    move = AT + timedelta(milliseconds=STEP)
    await world.all(
        """insert into meter_assignment (meter_id, asset_id, role, valid_from, valid_to)
           values (%s, %s, 'sub', '-infinity', %s), (%s, %s, 'sub', %s, 'infinity') returning 1""",
        meter, hall, move, meter, pool, move,
    )  # fmt: skip
    assert await world.all(assets) == [(hall,), (pool,), (pool,)]
    await world.all("delete from meter_assignment where asset_id = %s returning 1", hall)
    await world.all("update meter_assignment set valid_from = '-infinity' returning 1")
    assert await world.all(assets) == [(pool,)] * 3


async def test_created_at_is_when_the_newest_source_was_received(world):
    series, one = await world.series(), await world.source()
    await load(world, series, readings(START, [1, 2]), one)
    two = await world.source()
    await load(world, series, readings(START + 2 * STEP, [3]), two)
    ((received,),) = await world.all("select received_at from source where source_no = %s", two)
    assert await world.all("select distinct created_at from energy_consumption") == [(received,)]


async def test_another_tenant_and_nobody_see_no_row(world, owner_pool):
    await load(world, await world.series(), readings(START, [1]))
    for tenant in (await make_tenant(owner_pool, "other"), None):
        assert await World(world.pool, tenant).all("select count(*) from energy_consumption") == [(0,)]


async def test_a_block_that_the_view_cannot_decode_is_never_left_out(world, owner_pool):
    series = await world.series()
    await load(world, series, readings(START, [1]))
    async with transaction(owner_pool, None) as conn:
        await conn.execute("alter table reading_block drop constraint reading_block_codec_check")
        await conn.execute("update reading_block set codec = 2 where series_no = %s", (series,))
    with pytest.raises(psycopg.errors.RaiseException, match="codec 2"):
        await world.all("select * from energy_consumption")


async def test_readings_of_a_meter_and_period_read_only_its_blocks(world):
    series = await world.series()
    await load(world, series, readings(START, [float(i % 50) for i in range(20_000)]))
    meter, low, high = world.meters[series], AT + timedelta(days=30), AT + timedelta(days=31)
    rows = await world.all(
        "select timestamp, consumption_value from readings(%s, %s, %s) order by 1", meter, low, high
    )
    assert len(rows) == 288
    assert rows == await world.all(
        """select timestamp, consumption_value from energy_consumption
           where meter_id = %s and timestamp >= %s and timestamp < %s order by 1""",
        meter, low, high,
    )  # fmt: skip
    assert (
        len(await world.all("select * from readings(%s, %s, %s)", meter, AT, AT + timedelta(days=400)))
        == 20_000
    )


# --- writing -----------------------------------------------------------------------------------------


async def write(world: World, query: str, *params):
    async with world.tx() as conn:
        cursor = await conn.execute(query, params)
        return await cursor.fetchall() if cursor.description else cursor.rowcount


INSERT = """insert into energy_consumption (id, meter_id, consumption_value, consumption_unit, timestamp)
            values (%s, %s, %s, 'kWh', %s) returning id"""


async def merged(world: World, series):
    async with world.tx() as conn:
        # Compared with the database's own clock.
        later = datetime.now(UTC) + timedelta(hours=3)  # noqa: TID251
        assert series in await due_for_merge(conn, now=later)
        await merge_series(conn, [series])
    return await world.all("select sum, n_valid from rollup_local_day where series_no = %s", series)


async def test_a_row_inserted_goes_to_the_meters_series_with_the_computed_id(world):
    series = await world.series()
    ((made,),) = await write(world, INSERT, uuid.uuid4(), world.meters[series], Decimal("1.25"), AT)
    assert made == reading_id(series, START)
    assert await kept(world, series) == [(made, START, Decimal("1.25"))]
    assert await shown(world, world.meters[series]) == await kept(world, series)
    assert await merged(world, series) == [(1_250_000, 1)]
    assert await kept(world, series) == [(made, START, Decimal("1.25"))]


async def test_a_row_can_be_inserted_between_the_slots_of_a_block_and_over_a_null(world):
    series = await world.series()
    await load(world, series, readings(START, [1, None, 3, 0], quality=[0, 0, 3, q.NULL]))
    for slot in (1, 3):
        await write(
            world, INSERT, None, world.meters[series], slot * 10, AT + timedelta(milliseconds=slot * STEP)
        )
    assert [row[2] for row in await kept(world, series)] == [1, 10, 3, 30]
    assert await shown(world, world.meters[series]) == await kept(world, series)
    assert await merged(world, series) == [(44_000_000, 4)]
    async with world.tx() as conn:
        of = await read(conn, series, *ALL)
    assert of.quality.tolist() == [0, 0, 3, 0]


async def test_a_row_that_is_there_is_not_inserted_twice(world):
    series = await world.series()
    await load(world, series, readings(START, [1]))
    with pytest.raises(psycopg.errors.UniqueViolation):
        await write(world, INSERT, None, world.meters[series], 5, AT)


@pytest.mark.parametrize("step_s", [300, None], ids=["regular", "irregular"])
async def test_an_update_is_a_correction_with_its_history(world, step_s):
    series, source = await world.series(step_s), await world.source()
    starts = [START + i * STEP for i in range(3)]
    of = readings(starts, [1, 2.5, 3], step_s=step_s, durations=None if step_s else [HOUR] * 3)
    await load(world, series, of, source)
    count = await write(
        world,
        "update energy_consumption set consumption_value = 20 where meter_id=%s and consumption_value = 2.5",
        world.meters[series],
    )  # fmt: skip
    assert count == 1
    assert [row[2] for row in await kept(world, series)] == [1, 20, 3]
    again = await world.source("market", update="2035-01-01")
    await load(world, series, of, again)
    assert [row[2] for row in await kept(world, series)] == [1, 20, 3]  # it outranks what is sent later
    async with world.tx() as conn:
        versions = await history(conn, series, START + STEP)
        held = (await read_held(conn, [series], *ALL))[series]
    assert [(v.micro, v.quality) for v in versions] == [(20_000_000, q.CORRECTED), (2_500_000, 0)]
    assert held.readings.duration_ms is None or held.readings.duration_ms.tolist() == [HOUR] * 3
    assert (await merged(world, series))[0] == (24_000_000, 3)


async def test_a_delete_takes_the_reading_its_sum_and_the_newest_value_away(world):
    series = await world.series()
    await load(world, series, readings(START, [1, 2, 3]))
    assert (
        await write(world, "delete from energy_consumption where timestamp = %s", AT + timedelta(minutes=10))
        == 1
    )
    assert [row[2] for row in await kept(world, series)] == [1, 2]
    async with world.tx() as conn:
        assert (await latest(conn, [series]))[series].micro == 2_000_000
    assert await merged(world, series) == [(3_000_000, 2)]
    assert await write(world, "delete from energy_consumption where meter_id = %s", world.meters[series]) == 2
    assert await merged(world, series) == []


async def test_a_corrected_time_is_a_delete_and_an_insert(world):
    series = await world.series()
    await load(world, series, readings(START, [1, 2]))
    await write(
        world,
        "update energy_consumption set timestamp = timestamp + interval '1 hour' where consumption_value = 2",
    )
    assert [(row[1] - START, row[2]) for row in await kept(world, series)] == [(0, 1), (STEP + HOUR, 2)]


async def test_what_was_written_by_sql_names_an_import_of_its_own(world):
    series = await world.series()
    async with world.tx() as conn:
        for slot in range(3):
            await conn.execute(
                INSERT, (None, world.meters[series], slot, AT + timedelta(milliseconds=slot * STEP))
            )
    rows = await world.all("select kind, format, actor from import where format = 'sql'")
    assert len(rows) == 1
    assert rows[0][2].startswith("sql:")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"timestamp": AT + timedelta(seconds=1)}, psycopg.errors.CheckViolation),
        ({"timestamp": datetime(2150, 1, 1, tzinfo=UTC)}, psycopg.errors.CheckViolation),
        ({"value": "NaN"}, psycopg.errors.NumericValueOutOfRange),
        ({"value": "1e9"}, psycopg.errors.NumericValueOutOfRange),
        ({"value": "0.0000001"}, psycopg.errors.NumericValueOutOfRange),
        ({"value": None}, psycopg.errors.NotNullViolation),
        ({"unit": "MWh"}, psycopg.errors.CheckViolation),
        ({"meter": uuid.UUID(int=5)}, psycopg.errors.ForeignKeyViolation),
    ],
)
async def test_what_the_application_would_refuse_the_view_refuses(world, change, error):
    series = await world.series()
    row = {"meter": world.meters[series], "value": "1", "unit": "kWh", "timestamp": AT} | change
    with pytest.raises(error):
        await write(
            world,
            """insert into energy_consumption (meter_id, consumption_value, consumption_unit, timestamp)
               values (%s, %s::numeric, %s, %s)""",
            row["meter"], row["value"], row["unit"], row["timestamp"],
        )  # fmt: skip
    assert await kept(world, series) == []


async def test_a_meter_with_two_interval_series_is_written_by_series_only(world):
    series = await world.series()
    async with world.tx() as conn:
        await conn.execute(
            """insert into series (meter_id, register, quantity, direction, kind, unit, step_s, zone_no)
               select meter_id, 'E2', quantity, direction, kind, unit, 900, zone_no from series
                   where series_no = %s""",
            (series,),
        )
    with pytest.raises(psycopg.errors.ForeignKeyViolation, match="2 interval import series"):
        await write(world, INSERT, None, world.meters[series], 1, AT)


async def test_the_ids_of_database_and_application_are_the_same(world):
    for series_no, start_ms in ((0, 0), (1, 1), (2**31 - 1, 2**48 - 1), (77, ms("2024-03-01T02:05:00.123"))):
        made = reading_id(series_no, start_ms)
        rows = await world.all(
            "select reading_id(%s, %s::int8), reading_id_series(%s), reading_id_ms(%s)",
            series_no,
            start_ms,
            made,
            made,
        )
        assert rows == [(made, series_no, start_ms)]


async def test_live_and_file_readings_after_a_write_by_sql_are_still_told_apart(world):
    series, source = await world.series(), await world.source(kind="live")
    await load(world, series, readings(START, [1, 2, 3]))
    await write(world, "update energy_consumption set consumption_value = 9 where consumption_value = 2")
    async with world.tx() as conn:
        outcome = (await store_live(conn, live(source, [(series, 1, 5), (series, 3, 4)])))[series]
    assert (outcome.added, outcome.outranked) == (1, 1)
    assert [row[2] for row in await kept(world, series)] == [1, 9, 3, 4]
    assert spelled((await _held(world, series)).readings)[1][2] == q.CORRECTED


async def _held(world: World, series):
    async with world.tx() as conn:
        return (await read_held(conn, [series], *ALL))[series]
