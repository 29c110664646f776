"""A series is opened once, found again by what it is, and never by another tenant."""

import asyncio
import uuid
from dataclasses import replace

import numpy as np
import pytest

from aegrid_energy.domain.errors import InvalidError, NotFoundError
from aegrid_energy.domain.series import Direction, Kind, Quantity, Rhythm
from aegrid_energy.storage.series import SeriesKey, find_or_create, layout_columns, layouts, list_series
from readings_world import World, make_tenant


async def meter(world: World) -> uuid.UUID:
    made = uuid.uuid4()
    await world.all(
        "insert into energy_meters (id, carrier, name) values (%s, 'electricity', 'm') returning 1", made
    )
    return made


def key(of: uuid.UUID, **changes) -> SeriesKey:
    base = SeriesKey(
        meter_id=of, register="E1", quantity=Quantity.ENERGY, direction=Direction.IMPORT, kind=Kind.INTERVAL,
        step_s=300, zone="Australia/Melbourne",
    )  # fmt: skip
    return replace(base, **changes)


async def make(world: World, *keys: SeriesKey) -> list[int]:
    async with world.tx() as conn:
        return await find_or_create(conn, keys)


async def test_a_series_is_what_it_counts_at_one_interval_and_phase(world):
    of = await meter(world)
    keys = [
        key(of), key(of, step_s=900), key(of, register="B1", direction=Direction.EXPORT),
        key(of, step_s=None),
        key(of, kind=Kind.CUMULATIVE), key(of, step_s=3600), key(of, step_s=3600, phase_s=1800),
    ]  # fmt: skip
    numbers = await make(world, *keys)
    assert len(set(numbers)) == len(keys)
    assert await make(world, *reversed(keys)) == list(reversed(numbers))
    # How often data comes, and the zone, belong to the series that is there.
    assert await make(world, key(of, zone="UTC", rhythm=Rhythm.LIVE)) == [numbers[0]]


async def test_one_key_twice_is_one_series(world):
    of = await meter(world)
    numbers = await make(world, key(of), key(of))
    assert numbers[0] == numbers[1]


async def test_two_loaders_at_once_open_one_series(world):
    of = await meter(world)
    found = await asyncio.gather(*(make(world, key(of)) for _ in range(4)))
    assert len({number for numbers in found for number in numbers}) == 1


async def test_series_tell_what_they_are(world):
    of = await meter(world)
    (number,) = await make(world, key(of, step_s=3600, phase_s=1800, rhythm=Rhythm.DAILY_FILE))
    async with world.tx() as conn:
        (found,) = await list_series(conn, owners=[of])
        assert await list_series(conn, series_nos=[number]) == [found]
        assert await list_series(conn) == [found]
        assert await list_series(conn, owners=[uuid.uuid4()]) == []
    assert (found.series_no, found.meter_id, found.unit) == (number, of, "kWh")
    assert (found.step_s, found.phase_s, found.zone) == (3600, 1800, "Australia/Melbourne")
    assert found.rhythm is Rhythm.DAILY_FILE


async def test_columns_of_layouts_say_what_the_layouts_say(world):
    of = await meter(world)
    keys = [
        key(of),
        key(of, step_s=None, zone="Asia/Kolkata"),
        key(of, kind=Kind.CUMULATIVE),
        key(of, phase_s=60),
    ]
    numbers = sorted(await make(world, *keys))
    async with world.tx() as conn:
        held = await layouts(conn, numbers)
        columns = await layout_columns(conn, np.array(numbers))
    assert columns.series_no.tolist() == numbers
    for at, number in enumerate(numbers):
        grid = held[number].grid
        assert (columns.step_s[at], columns.phase_s[at]) == ((grid.step_s, grid.phase_s) if grid else (0, 0))
        assert columns.zones[int(columns.zone_no[at])] == held[number].zone
        assert columns.is_register[at] == (held[number].kind is Kind.CUMULATIVE)


async def test_the_series_of_another_tenant_does_not_exist(world, owner_pool):
    (number,) = await make(world, key(await meter(world)))
    other = World(world.pool, await make_tenant(owner_pool, "other"))
    async with other.tx() as conn:
        with pytest.raises(NotFoundError, match="series_not_found"):
            await layouts(conn, [number])
        with pytest.raises(NotFoundError, match="series_not_found"):
            await layout_columns(conn, np.array([number]))
        assert await list_series(conn) == []


@pytest.mark.parametrize(
    ("change", "code"), [({"zone": "Mars/Olympus"}, "unknown_zone"), ({"step_s": 420}, "step_not_regular")]
)
async def test_what_cannot_be_a_series_is_refused(world, change, code):
    of = await meter(world)
    with pytest.raises(InvalidError, match=code):
        await make(world, key(of, **change))
