"""The overview adds up the newest values and the local days of what counts at each site."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegrid_energy.analytics.freshness import Freshness
from aegrid_energy.domain.ids import new_id
from aegrid_energy.domain.quality import Quality
from aegrid_energy.domain.readings import MICRO, Readings
from aegrid_energy.domain.series import Direction, Kind, Quantity
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.storage.block_plan import Sent
from aegrid_energy.storage.latest import Latest, LatestColumns
from aegrid_energy.storage.packed import NEVER_MS
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.readings_store import store
from aegrid_energy.storage.register import load_sheets
from aegrid_energy.storage.rollups import day_totals, sums_to_day
from aegrid_energy.storage.series import SeriesKey, find_or_create, list_series
from aegrid_energy.storage.sources import SourceKey, open_import, open_source
from aegrid_energy.workflows.plan_sites import Part, columns_of, plan_sites
from aegrid_energy.workflows.see_overview import SiteNow, newest_power, see_overview
from aegrid_energy.workflows.watch_values import Metric, Term, value_of
from loads_world import NOW, hall, load, register

#: Midnight of 1 March 2026 in Melbourne.
MIDNIGHT = datetime(2026, 2, 28, 13, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def shown(pool: Pool, tenant_no: int, *, now: datetime = NOW) -> dict[str, SiteNow]:
    async with transaction(pool, tenant_no) as conn:
        rows = await see_overview(conn, await plan_sites(conn, None, now=now), now=now)
    return {row.site.name: row for row in rows}


async def test_a_day_its_eve_and_its_month_are_local_ones_of_the_newest_value(pool: Pool) -> None:
    tenant_no = await hall(pool)
    # The last three hours of February and the first two of March in Melbourne.
    await load(pool, tenant_no, register("M1", [1.0] * 12 + [2.0] * 8, start=MIDNIGHT - 3 * HOUR))
    hall_now = (await shown(pool, tenant_no))["Hall"]
    assert (hall_now.newest_day, hall_now.today_kwh, hall_now.yesterday_kwh, hall_now.month_kwh) == (
        date(2026, 3, 1), 16.0, 12.0, 16.0,
    )  # fmt: skip
    assert hall_now.coverage == 12 / 96
    assert hall_now.latest is not None
    assert (hall_now.latest.at, hall_now.latest.power_kw) == (MIDNIGHT + 1.75 * HOUR, 8.0)


async def test_later_in_a_month_its_earlier_days_count(pool: Pool) -> None:
    tenant_no = await hall(pool)
    start = MIDNIGHT - timedelta(days=5)
    await load(pool, tenant_no, register("M1", [0.25] * 96 * 4, start=start))
    hall_now = (await shown(pool, tenant_no))["Hall"]
    assert (hall_now.newest_day, hall_now.today_kwh, hall_now.yesterday_kwh, hall_now.month_kwh) == (
        date(2026, 2, 27), 24.0, 24.0, 96.0,
    )  # fmt: skip


async def test_a_site_of_which_nothing_is_known_shows_none_and_no_zero(pool: Pool) -> None:
    hall_now = (await shown(pool, await hall(pool)))["Hall"]
    assert hall_now.latest is None
    assert hall_now.newest_day is None
    assert (hall_now.today_kwh, hall_now.yesterday_kwh, hall_now.month_kwh, hall_now.coverage) == (
        None, None, None, None,
    )  # fmt: skip
    assert hall_now.freshness is Freshness.STALE


async def test_a_tenant_without_sites_has_an_empty_overview(pool: Pool) -> None:
    tenant_no = await hall(pool)
    async with transaction(pool, tenant_no) as conn:
        plan = await plan_sites(conn, frozenset(), now=NOW)
        assert await see_overview(conn, plan, now=NOW) == []


async def test_a_sub_meter_adds_nothing_to_its_site(pool: Pool) -> None:
    tenant_no = await hall(pool)
    await load(pool, tenant_no, register("M1", [2.0] * 4), register("M2", [1.0] * 4))
    assert (await shown(pool, tenant_no))["Hall"].today_kwh == 8.0


async def test_reads_of_a_register_are_no_power(pool: Pool) -> None:
    tenant_no = await hall(pool)
    async with transaction(pool, tenant_no) as conn:
        row = await (await conn.execute("select id from energy_meters where external_id = 'M1'")).fetchone()
        assert row is not None
        key = SeriesKey(
            meter_id=row[0], register="E1", quantity=Quantity.ENERGY, direction=Direction.IMPORT,
            kind=Kind.CUMULATIVE, step_s=900, zone="Australia/Melbourne",
        )  # fmt: skip
        await send(conn, key, [81_234.5] * 4)
    hall_now = (await shown(pool, tenant_no))["Hall"]
    assert (hall_now.latest, hall_now.today_kwh) == (None, None)


async def test_a_power_meter_of_the_site_that_is_newer_stands(pool: Pool) -> None:
    tenant_no = await hall(pool)
    await load(pool, tenant_no, register("M1", [2.0] * 4))
    async with transaction(pool, tenant_no) as conn:
        point = new_id(NOW)
        await conn.execute(
            """insert into point (id, asset_id, name, quantity, unit, kind)
               select %s, id, 'Main power', 'power', 'kW', 'instant' from site""",
            (point,),
        )
        key = SeriesKey(
            point_id=point, register="", quantity=Quantity.POWER, direction=Direction.NET, kind=Kind.INSTANT,
            step_s=60, zone="Australia/Melbourne",
        )  # fmt: skip
        await send(conn, key, [5.5] * 90)
    hall_now = (await shown(pool, tenant_no, now=MIDNIGHT + 1.5 * HOUR))["Hall"]
    assert hall_now.latest is not None
    assert (hall_now.latest.power_kw, hall_now.freshness) == (5.5, Freshness.LIVE)
    assert hall_now.today_kwh == 8.0  # energy comes from what counts it


async def send(conn, key: SeriesKey, values: list[float]) -> None:
    """Store values from midnight on."""
    (number,) = await find_or_create(conn, [key])
    load_id = new_id(NOW)
    await open_import(conn, load_id, kind="file", actor="test")
    source = await open_source(conn, SourceKey(import_id=load_id, provider="test", kind="file", actor="test"))
    n = len(values)
    readings = Readings(
        start_ms=ms_of(MIDNIGHT) + np.arange(n, dtype=np.int64) * (key.step_s or 60) * 1000,
        micro=np.array([round(v * MICRO) for v in values], dtype=np.int64),
        quality=np.zeros(n, dtype=np.uint8),
        step_s=key.step_s,
    )
    await store(conn, [Sent(series_no=number, readings=readings, source_no=source)], import_id=load_id)


async def test_sums_to_a_day_are_those_of_the_days(pool: Pool) -> None:
    tenant_no = await hall(pool)
    rng = np.random.default_rng(1)
    values = rng.uniform(0, 3, 96 * 70).round(3).tolist()
    await load(pool, tenant_no, register("M1", values, start=MIDNIGHT - timedelta(days=60)))
    async with transaction(pool, tenant_no) as conn:
        series = (await list_series(conn))[0]
        zone = await (
            await conn.execute("select zone_no from series where series_no = %s", (series.series_no,))
        ).fetchone()
        assert zone is not None
        days = await day_totals(conn, [series.series_no], date(2025, 1, 1), date(2027, 1, 1))
        on = np.arange("2025-12-25", "2026-03-15", dtype="datetime64[D]")
        same = np.full(len(on), series.series_no, dtype=np.int64)
        sums = await sums_to_day(conn, same, np.full(len(on), zone[0], dtype=np.int64), on)
    held = dict(zip(days.on.tolist(), days.total.tolist(), strict=True))
    for n, day in enumerate(on.tolist()):
        month = [total for of, total in held.items() if day.replace(day=1) <= of <= day]
        before = day - timedelta(days=1)
        assert (sums.day[n], sums.day_rows[n]) == (held.get(day, 0), day in held)
        assert (sums.before[n], sums.before_rows[n]) == (held.get(before, 0), before in held)
        assert (sums.month[n], sums.month_rows[n]) == (sum(month), len(month))


NEWEST = st.one_of(
    st.none(),
    st.tuples(st.integers(0, 12), st.integers(-5_000_000, 5_000_000), st.sampled_from([0, 1, 3, 8, 35])),
)


@given(st.lists(st.lists(st.tuples(st.sampled_from([300, 900, 1800]), NEWEST), max_size=4), max_size=4))
def test_many_sites_say_together_what_each_says_alone(sites) -> None:
    held: dict[int, Latest] = {}
    parts: list[tuple[Part, ...]] = []
    for of in sites:
        row: list[Part] = []
        for step_s, newest in of:
            number = 1 + sum(map(len, parts)) + len(row)
            row.append(Part(series_no=number, zone_no=1, step_s=step_s, kw_per_micro=3600 / step_s / MICRO))
            if newest is not None:
                held[number] = Latest(
                    series_no=number, start_ms=newest[0] * 300_000, micro=newest[1], quality=newest[2],
                    seen_ms=0,
                )  # fmt: skip
        parts.append(tuple(row))
    columns = columns_of(parts)
    answer = newest_power(columns, _latest_columns(columns.series_no.tolist(), held), len(parts))
    for row, of in enumerate(parts):
        terms = tuple(Term(series_no=p.series_no, factor=p.kw_per_micro, step_s=p.step_s) for p in of)
        alone = value_of(Metric(asset_id=new_id(NOW), name="power_kw", terms=terms), held)
        if alone is None:
            assert answer.start_ms[row] == NEVER_MS
            continue
        assert answer.start_ms[row] == ms_of(alone.at)
        assert answer.power_kw[row] == pytest.approx(alone.value, abs=1e-9)
        assert list(Quality)[answer.rank[row]].value == alone.quality


def _latest_columns(numbers: list[int], held: Mapping[int, Latest]) -> LatestColumns:
    def column(name: str, absent: int) -> np.ndarray:
        return np.array([getattr(held.get(n), name, absent) for n in numbers], dtype=np.int64)

    return LatestColumns(
        start_ms=column("start_ms", NEVER_MS), micro=column("micro", 0), quality=column("quality", 4)
    )


async def test_sites_of_several_zones_have_days_of_their_own(pool: Pool) -> None:
    tenant_no = await hall(pool)
    async with transaction(pool, tenant_no) as conn:
        await load_sheets(
            conn,
            {
                "sites": [{"external_id": "S2", "name": "Depot", "timezone": "Australia/Perth"}],
                "meters": [
                    {"external_id": "P1", "site": "S2", "carrier": "electricity", "name": "Main"},
                ],
                "assignments": [{"meter": "P1", "asset": "S2", "role": "boundary"}],
            },
            now=NOW,
        )
    # An hour after midnight in Melbourne it is still the day before in Perth.
    await load(pool, tenant_no, register("M1", [1.0] * 8, start=MIDNIGHT - HOUR))
    await load(pool, tenant_no, register("P1", [1.0] * 8, start=MIDNIGHT - HOUR))
    rows = await shown(pool, tenant_no)
    assert {name: (row.newest_day, row.today_kwh) for name, row in rows.items()} == {
        "Hall": (date(2026, 3, 1), 4.0),
        "Depot": (date(2026, 2, 28), 8.0),
    }
