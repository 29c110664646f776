"""Sources say who told a reading, and when; imports count what became of it."""

import uuid

import numpy as np

from aegrid_energy.domain.zones import at_of
from aegrid_energy.storage.sources import (
    Outcome,
    SourceKey,
    count_import,
    open_import,
    open_sources,
    standing,
)
from readings_world import World, ms


async def opened(world: World, *keys: tuple[str, str | None]):
    load = uuid.uuid4()
    async with world.tx() as conn:
        await open_import(conn, load, kind="file", actor="ann", file_name="a.csv")
        numbers = await open_sources(
            conn,
            [
                SourceKey(
                    import_id=load, provider=p, kind="file", actor="ann", update_ms=ms(u) if u else None
                )
                for p, u in keys
            ],
        )
    return load, numbers


async def test_sources_are_numbered_in_the_order_in_which_they_were_given(world):
    _, numbers = await opened(world, *[("p", f"2024-01-{day:02}") for day in range(28, 0, -1)])
    assert numbers == sorted(numbers)
    rows = await world.all("select update_time from source order by source_no")
    assert [row[0].day for row in rows] == list(range(28, 0, -1))


async def test_standing_tells_providers_apart_and_times_that_were_told(world):
    _, (one, two, three) = await opened(
        world, ("retailer", "2024-01-01"), ("market", None), ("retailer", None)
    )
    async with world.tx() as conn:
        known = await standing(conn, [three, one, two])
    slots = np.array([one, two, three, 999], dtype=np.int32)
    providers = known.provider(slots).tolist()
    assert providers[0] == providers[2] != providers[1]
    assert providers[3] == -1
    assert known.update_ms(slots)[0] == ms("2024-01-01")
    assert known.any_told(one)
    assert not known.any_told(np.array([two, three]))


async def test_an_import_counts_what_became_of_its_readings(world):
    series = await world.series()
    load, _ = await opened(world, ("p", None))
    async with world.tx() as conn:
        await count_import(conn, load, {series: Outcome(added=5, unchanged=1, first_ms=1000, last_ms=9000)})
        await count_import(conn, load, {series: Outcome(changed=2, outranked=3, first_ms=500, last_ms=2000)})
    assert await world.all("select added, changed, unchanged, outranked from import where id = %s", load) == [
        (5, 2, 1, 3)
    ]
    assert await world.all("select first_at, last_at, added, changed from import_series") == [
        (at_of(500), at_of(9000), 5, 2)
    ]
