"""Two writers, a merger and a reader at once, against a dictionary."""

import asyncio
import uuid
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from aegrid_energy.domain import quality as q
from aegrid_energy.domain.readings import Readings
from aegrid_energy.storage.hot import Live, store_live
from aegrid_energy.storage.latest import latest
from aegrid_energy.storage.merge import merge_series
from aegrid_energy.storage.pool import build_pool
from aegrid_energy.storage.readings import read
from aegrid_energy.storage.readings_correct import Correction, correct
from aegrid_energy.storage.readings_store import store
from aegrid_energy.storage.roles import Role
from aegrid_energy.storage.rollups import day_totals
from aegrid_energy.storage.sources import SourceKey, open_import, open_source
from readings_world import World, ms, sent

#: Hourly slots around the end of a block (960 h) and of daylight saving in Melbourne.
STEP = 3_600_000
BLOCK = 960
START = (ms("2024-04-07") // (BLOCK * STEP)) * BLOCK * STEP + (BLOCK - 40) * STEP
SLOTS = 80
ALL = (0, ms("2199-01-01"))

_MELBOURNE = ZoneInfo("Australia/Melbourne")

VALUES = st.one_of(st.none(), st.integers(-3, 70_000))
QUALITIES = st.sampled_from([0, 0, 1, 3, 3 | q.SUSPECT])
BATCH = st.dictionaries(st.integers(0, SLOTS - 1), st.tuples(VALUES, QUALITIES), min_size=1, max_size=12)

# One of the model's slots: (corrected, time of update, value, quality).
Held = tuple[bool, int, int | None, int]


def as_readings(batch) -> Readings:
    slots = sorted(batch)
    return Readings(
        start_ms=START + np.array(slots, dtype=np.int64) * STEP,
        micro=np.array([(batch[s][0] or 0) * 1000 for s in slots], dtype=np.int64),
        quality=np.array([q.NULL if batch[s][0] is None else batch[s][1] for s in slots], dtype=np.uint8),
        step_s=3600,
    )


class Machine(RuleBasedStateMachine):
    """Everything goes through the real database; the model says what must be read afterwards."""

    world: World
    runner: asyncio.Runner

    @initialize()
    def open(self) -> None:
        self.series = self.runner.run(self.world.series(3600))
        self.model: dict[int, Held] = {}
        self.clock = 0

    def told(self) -> int:
        """Sources are told times of update, each later than the one before."""
        self.clock += 1
        return ms("2024-05-01") + self.clock * 1000

    async def source(self, update_ms: int | None, kind: str = "file") -> int:
        load = uuid.uuid4()
        async with self.world.tx() as conn:
            await open_import(conn, load, kind=kind, actor="test")
            key = SourceKey(import_id=load, provider="market", kind=kind, actor="test", update_ms=update_ms)
            return await open_source(conn, key)

    def learn(self, batch, update_ms: int) -> None:
        for slot, (value, quality) in batch.items():
            held = self.model.get(slot)
            if held is None or (not held[0] and held[1] <= update_ms):
                self.model[slot] = (False, update_ms, value, q.NULL if value is None else quality)

    async def file(self, batch, source: int) -> None:
        async with self.world.tx() as conn:
            await store(conn, [sent(self.series, source, as_readings(batch))])

    async def live(self, batch, source: int) -> None:
        of = as_readings(batch)
        async with self.world.tx() as conn:
            await store_live(
                conn,
                Live(
                    series_no=np.full(len(of), self.series),
                    start_ms=of.start_ms,
                    micro=of.micro,
                    quality=of.quality,
                    source_no=source,
                ),
            )

    async def merge(self) -> None:
        async with self.world.tx() as conn:
            await merge_series(conn, [self.series])

    async def read(self) -> list[tuple[int, int | None, int]]:
        async with self.world.tx() as conn:
            of = await read(conn, self.series, *ALL)
        return [
            ((start - START) // STEP, micro // 1000 if valid else None, code)
            for start, micro, code, valid in zip(
                of.start_ms.tolist(), of.micro.tolist(), of.quality.tolist(), of.valid.tolist(), strict=True
            )
        ]

    def visible(self) -> list[tuple[int, int | None, int]]:
        return [(slot, held[2], held[3]) for slot, held in sorted(self.model.items())]

    @rule(batch=BATCH)
    def a_file_comes(self, batch) -> None:
        update = self.told()
        self.runner.run(self.file(batch, self.runner.run(self.source(update))))
        self.learn(batch, update)

    @rule(batch=BATCH)
    def live_readings_come(self, batch) -> None:
        update = self.told()
        self.runner.run(self.live(batch, self.runner.run(self.source(update, "live"))))
        self.learn(batch, update)

    @rule(batch=BATCH)
    def an_old_file_comes_late(self, batch) -> None:
        update = ms("2024-05-01") + self.clock * 1000 - 1500
        self.runner.run(self.file(batch, self.runner.run(self.source(update))))
        self.learn(batch, update)

    @rule()
    def hot_rows_are_merged(self) -> None:
        self.runner.run(self.merge())

    @rule(slot=st.integers(0, SLOTS - 1), value=VALUES)
    def a_person_corrects(self, slot, value) -> None:
        async def act() -> None:
            source = await self.source(None, "correction")
            micro = None if value is None else np.array([value * 1000])
            change = Correction(series_no=self.series, start_ms=np.array([START + slot * STEP]), micro=micro)
            async with self.world.tx() as conn:
                await correct(conn, change, source_no=source, reason="seen")

        self.runner.run(act())
        self.model[slot] = (True, 0, value, (q.NULL if value is None else 0) | q.CORRECTED)

    @rule(first=BATCH, second=BATCH, both_live=st.booleans())
    def two_writers_a_merger_and_a_reader_at_once(self, first, second, both_live) -> None:
        one, two = self.told(), self.told()
        before = {row[0]: row for row in self.visible()}

        async def act() -> list[list[tuple[int, int | None, int]]]:
            sources = [
                await self.source(one, "live" if both_live else "file"),
                await self.source(two, "live"),
            ]
            writer = self.live if both_live else self.file
            done = await asyncio.gather(
                writer(first, sources[0]),
                self.live(second, sources[1]),
                self.merge(),
                self.read(),
                self.read(),
            )
            return [rows for rows in done if rows is not None]

        seen = self.runner.run(act())
        self.learn(first, one)
        self.learn(second, two)
        after = {row[0]: row for row in self.visible()}
        sent_values = {
            (slot, value, q.NULL if value is None else quality)
            for batch in (first, second)
            for slot, (value, quality) in batch.items()
        }
        for rows in seen:
            assert [row[0] for row in rows] == sorted({row[0] for row in rows})  # none twice
            assert {row[0] for row in rows} >= set(before)  # none lost
            for row in rows:
                assert row in (before.get(row[0]), after.get(row[0])) or row in sent_values

    @invariant()
    def what_is_read_is_what_the_model_holds(self) -> None:
        assert self.runner.run(self.read()) == self.visible()

    @invariant()
    def days_and_newest_value_are_those_of_the_model(self) -> None:
        async def ask():
            async with self.world.tx() as conn:
                return (
                    await day_totals(conn, [self.series], date(2024, 1, 1), date(2025, 1, 1)),
                    (await latest(conn, [self.series])).get(self.series),
                )

        days, newest = self.runner.run(ask())
        expected: dict[str, list[int]] = {}
        for slot, _, quality in self.visible():
            on = (
                datetime.fromtimestamp((START + slot * STEP) / 1000, UTC)
                .astimezone(_MELBOURNE)
                .date()
                .isoformat()
            )
            row = expected.setdefault(on, [0, 0, 0, 0])
            if quality & q.RANK_MASK < q.NULL:
                row[0] += self.model[slot][2] * 1000
                row[1] += 1
                row[2] += 0 < quality & q.RANK_MASK < q.NULL
                row[3] += bool(quality & q.SUSPECT)
        found = zip(
            days.on.astype(str).tolist(), days.total.tolist(), days.n_valid.tolist(),
            days.n_estimated.tolist(), days.n_suspect.tolist(), strict=True,
        )  # fmt: skip
        assert {row[0]: list(row[1:]) for row in found} == expected
        valued = [row for row in self.visible() if row[1] is not None]
        assert (newest and (newest.start_ms - START) // STEP) == (valued[-1][0] if valued else None)
        assert (newest and newest.micro) == (valued[-1][1] * 1000 if valued else None)

    @invariant()
    def no_slot_lies_in_two_places(self) -> None:
        async def ask():
            return await self.world.all(
                "select count(*) from reading_hot where series_no = %s", self.series
            ), (
                await self.world.all(
                    "select coalesce(sum(n_valid), 0) from reading_block where series_no = %s", self.series
                )
            )

        ((hot,),), ((in_blocks,),) = self.runner.run(ask())
        assert hot + in_blocks >= len([row for row in self.visible() if row[1] is not None])
        assert hot + in_blocks <= len(self.visible())


def test_two_writers_a_merger_and_a_reader_agree_with_a_dictionary(database) -> None:
    with asyncio.Runner() as runner:
        pool = build_pool(database.dsn(Role.APP), name="machine", size=6)
        owner = build_pool(database.dsn(Role.OWNER), name="owner", size=1)

        async def open_all() -> int:
            await pool.open()
            async with owner, owner.connection() as conn:
                row = await (
                    await conn.execute("select create_tenant(gen_random_uuid(), 'machine', 'M', false)")
                ).fetchone()
            return row[0]

        Machine.runner = runner
        Machine.world = World(pool, runner.run(open_all()))
        try:
            run_state_machine_as_test(
                Machine,
                settings=settings(
                    max_examples=25,
                    stateful_step_count=12,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(pool.close())
