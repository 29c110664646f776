"""See all sites at once: what each uses now, today and this month, from newest values and local days."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

import numpy as np

from aegrid_energy.analytics.consumption import Register, plan_consumption
from aegrid_energy.analytics.freshness import Freshness, freshness
from aegrid_energy.domain.meter import Meter, MeterAssignment
from aegrid_energy.domain.readings import MICRO
from aegrid_energy.domain.series import Carrier, Direction, Quantity, Rhythm, Series
from aegrid_energy.domain.site import Asset, Site
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.zones import at_of, local_date_of, ms_of
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.latest import Latest, latest
from aegrid_energy.storage.nouns import list_assets, list_assignments, list_meters, list_sites
from aegrid_energy.storage.rollups import day_totals
from aegrid_energy.storage.series import list_series
from aegrid_energy.workflows.watch_values import Metric, Term, Value, value_of

_LOOK_BACK_MS: Final = 86_400_000

_Placed = TypeVar("_Placed", Asset, Meter)


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePlan:
    """What makes up a site now: its electricity import series, its power meter, the carriers it has."""

    site: Site
    series: tuple[Series, ...]
    power: tuple[Term, ...]
    carriers: tuple[Carrier, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteNow:
    """One row of the overview. Energies are None where nothing is known of that time."""

    site: Site
    carriers: tuple[Carrier, ...]
    latest: Value | None
    freshness: Freshness
    newest_day: date | None
    today_kwh: float | None
    yesterday_kwh: float | None
    month_kwh: float | None
    coverage: float | None


async def plan_sites(conn: Connection, site_ids: Iterable[UUID] | None, *, now: datetime) -> list[SitePlan]:
    """Which series make up each site now; changes only with the register."""
    sites = await list_sites(conn, site_ids)
    ids = [site.id for site in sites]
    assets = _by_site(ids, await list_assets(conn, ids))
    meters = _by_site(ids, await list_meters(conn, ids))
    owners = [meter.id for held in meters.values() for meter in held]
    series: dict[UUID, list[Series]] = {}
    for one in await list_series(conn, owners=owners) if owners else []:
        if one.meter_id is not None:
            series.setdefault(one.meter_id, []).append(one)
    assignments: dict[UUID, list[MeterAssignment]] = {}
    for stood in await list_assignments(conn, ids):
        assignments.setdefault(stood.meter_id, []).append(stood)
    power = await _power_meters(conn, ids)
    end = ms_of(now)
    plans: list[SitePlan] = []
    for site in sites:
        own = meters[site.id]
        register = Register(
            assets=assets[site.id],
            meters=own,
            assignments=[a for m in own for a in assignments.get(m.id, [])],
            series=[s for m in own for s in series.get(m.id, [])],
            virtual_quantities={},
        )
        plan = plan_consumption(
            site.id,
            register,
            Span(end - _LOOK_BACK_MS, end + 1),
            carriers=frozenset({Carrier.ELECTRICITY}),
            directions=frozenset({Direction.IMPORT}),
            quantities=frozenset({Quantity.ENERGY}),
        )
        numbers = {use.series_no for use in plan.used}
        plans.append(
            SitePlan(
                site=site,
                series=tuple(s for s in register.series if s.series_no in numbers),
                power=power.get(site.id, ()),
                carriers=tuple(c for c in Carrier if any(m.carrier is c for m in own)),
            )
        )
    return plans


async def _power_meters(conn: Connection, site_ids: list[UUID]) -> dict[UUID, tuple[Term, ...]]:
    """Power meters of whole sites: points of the root asset that gauge power."""
    cursor = await conn.execute(
        """select distinct on (p.asset_id) p.asset_id, s.series_no, coalesce(s.step_s, 60)
           from point p join series s on s.point_id = p.id
           where p.asset_id = any(%s) and s.quantity = 'power' and s.kind = 'instant'
           order by p.asset_id, s.series_no desc""",
        (site_ids,),
    )
    return {
        site_id: (Term(series_no=number, factor=1 / MICRO, step_s=step),)
        for site_id, number, step in await cursor.fetchall()
    }


async def see_overview(conn: Connection, plans: list[SitePlan], *, now: datetime) -> list[SiteNow]:
    """What each site uses, from the newest values and the local days of its series."""
    numbers = [s.series_no for plan in plans for s in plan.series]
    gauges = [term.series_no for plan in plans for term in plan.power]
    newest = await latest(conn, numbers + gauges) if numbers else {}
    first = (now - timedelta(days=33)).date()
    # A site whose data come in files has no today: its newest day stands in.
    oldest = min((one.start_ms for one in newest.values()), default=ms_of(now))
    first = min(first, at_of(oldest).date() - timedelta(days=33))
    days = await _days(conn, numbers, first, now.date() + timedelta(days=2))
    return [_site_now(plan, newest, days, now) for plan in plans]


@dataclass(frozen=True, slots=True)
class _Day:
    micro: int
    valid: int
    expected: int


async def _days(
    conn: Connection, numbers: list[int], first: date, end: date
) -> dict[int, dict[np.datetime64, _Day]]:
    found: dict[int, dict[np.datetime64, _Day]] = {}
    if not numbers:
        return found
    held = await day_totals(conn, numbers, first, end)
    columns = zip(
        held.series_no.tolist(),
        held.on,
        held.total.tolist(),
        held.n_valid.tolist(),
        held.n_expected.tolist(),
        strict=True,
    )
    for number, on, total, valid, expected in columns:
        found.setdefault(number, {})[on] = _Day(total, valid, expected)
    return found


def _site_now(
    plan: SitePlan,
    newest: Mapping[int, Latest],
    days: Mapping[int, Mapping[np.datetime64, _Day]],
    now: datetime,
) -> SiteNow:
    terms = tuple(
        Term(series_no=s.series_no, factor=3600 / s.step_s / MICRO, step_s=s.step_s)
        for s in plan.series
        if s.step_s
    )
    counted = value_of(Metric(asset_id=plan.site.id, name="power_kw", terms=terms), newest) if terms else None
    gauged = (
        value_of(Metric(asset_id=plan.site.id, name="power_kw", terms=plan.power), newest)
        if plan.power
        else None
    )
    value = max((v for v in (counted, gauged) if v), key=lambda v: v.at, default=None)
    is_gauge = value is not None and value is gauged
    rhythms = {s.rhythm for s in plan.series}
    state = freshness(
        Rhythm.LIVE if is_gauge or Rhythm.LIVE in rhythms else min(rhythms, default=Rhythm.MONTHLY_FILE),
        ms_of(value.at) + (0 if is_gauge else max(term.step_s for term in terms) * 1000) if value else None,
        ms_of(now),
        step_s=max((term.step_s for term in terms), default=None),
    )
    as_of = _local_day(plan.site.timezone, ms_of(value.at) if value else ms_of(now))
    day = np.timedelta64(1, "D")
    month_start = as_of.astype("datetime64[M]").astype("datetime64[D]")
    today_kwh, _ = _sum(plan, days, as_of, as_of + day)
    yesterday_kwh, coverage = _sum(plan, days, as_of - day, as_of)
    month_kwh, _ = _sum(plan, days, month_start, as_of + day)
    return SiteNow(
        site=plan.site,
        carriers=plan.carriers,
        latest=value,
        freshness=state,
        newest_day=date.fromisoformat(str(as_of)) if value else None,
        today_kwh=today_kwh,
        yesterday_kwh=yesterday_kwh,
        month_kwh=month_kwh,
        coverage=coverage,
    )


def _local_day(zone: str, ms: int) -> np.datetime64:
    return local_date_of(zone, np.array([ms], dtype=np.int64))[0]


def _sum(
    plan: SitePlan,
    days: Mapping[int, Mapping[np.datetime64, _Day]],
    start: np.datetime64,
    end: np.datetime64,
) -> tuple[float | None, float | None]:
    """Energy [kWh] and share of expected readings of the local days from `start` to before `end`."""
    held = [day for s in plan.series for on, day in days.get(s.series_no, {}).items() if start <= on < end]
    if not held:
        return None, None
    expected = sum(day.expected for day in held)
    return sum(day.micro for day in held) / MICRO, sum(d.valid for d in held) / expected if expected else None


def _by_site(ids: list[UUID], rows: Iterable[_Placed]) -> dict[UUID, list[_Placed]]:
    held: dict[UUID, list[_Placed]] = {site_id: [] for site_id in ids}
    for row in rows:
        if row.site_id is not None and row.site_id in held:
            held[row.site_id].append(row)
    return held
