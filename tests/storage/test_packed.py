"""Numpy columns arrive in the database as they are."""

from datetime import date, datetime

import numpy as np

from aegrid_energy.storage import packed
from aegrid_energy.storage.runs import Ragged


async def one(world, query, *params):
    async with world.tx() as conn:
        cursor = packed.packing_cursor(conn)
        await cursor.execute(query, params)
        return await cursor.fetchone()


async def test_numbers_dates_and_instants_arrive_as_they_are(world):
    row = await one(
        world,
        "select %s, %s, %s, %s, %s",
        packed.int2s(np.array([-32_768, 0, 32_767])),
        packed.int4s(np.array([-(2**31), 2**31 - 1])),
        packed.int8s(np.array([-(2**63), 2**63 - 1])),
        packed.dates(np.array(["1969-12-31", "2000-01-01", "2199-12-31"], dtype="datetime64[D]")),
        packed.instants(np.array([0, 1_700_000_000_123])),
    )
    assert row[0] == [-32_768, 0, 32_767]
    assert row[1] == [-(2**31), 2**31 - 1]
    assert row[2] == [-(2**63), 2**63 - 1]
    assert row[3] == [date(1969, 12, 31), date(2000, 1, 1), date(2199, 12, 31)]
    assert [at.timestamp() for at in row[4]] == [0, 1_700_000_000.123]


async def test_never_is_minus_infinity(world):
    assert await one(
        world, "select %s = array['-infinity'::timestamptz]", packed.instants(np.array([packed.NEVER_MS]))
    ) == (True,)


async def test_byte_strings_of_any_length_arrive_as_they_are(world):
    rows = [b"", b"\x00\xff", b"abc" * 1000, b""]
    offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    groups = [np.array([[1, 2], [3, 4]], dtype=np.uint8), np.zeros((1, 0), dtype=np.uint8)]
    row = await one(
        world,
        "select %s, %s, %s",
        packed.bytes_of(Ragged(b"".join(rows), offsets)),
        packed.bytes_of_groups(groups),
        packed.packed_bytes(rows),
    )
    assert row == (rows, [b"\x01\x02", b"\x03\x04", b""], rows)


async def test_empty_columns_arrive_as_empty_arrays(world):
    none = np.zeros(0, dtype=np.int64)
    assert await one(
        world, "select %s, %s, %s", packed.int4s(none), packed.instants(none), packed.packed_bytes([])
    ) == ([], [], [])


async def test_what_the_database_sends_is_read_back(world):
    at = datetime.fromisoformat("2024-03-01T02:05:00.123+00:00")
    row = await one(world, "select array_send(array[1, -5, 2147483647]), timestamptz_send(%s)", at)
    assert packed.int4s_of_wire(row[0]).tolist() == [1, -5, 2_147_483_647]
    assert packed.ms_of_wire(np.frombuffer(row[1], dtype=">i8").astype(np.int64)).tolist() == [
        round(at.timestamp() * 1000)
    ]
