"""See whether the data of some sites comes: which meters are late, how much of the last days is missing.

A handful of questions for all sites together: it is the first thing that somebody in the field looks at.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import numpy as np

from aegrid_energy.analytics.freshness import Freshness, freshness
from aegrid_energy.analytics.quality_matrix import QualityDays
from aegrid_energy.domain.meter import Meter
from aegrid_energy.domain.series import Kind, Rhythm, Series
from aegrid_energy.domain.site import Site
from aegrid_energy.domain.spans import span_of
from aegrid_energy.domain.zones import at_of, day_edges, day_start, local_date_of, ms_of
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.latest import Latest, latest
from aegrid_energy.storage.nouns import list_meters, list_sites
from aegrid_energy.storage.rollups import DayTotals, day_totals
from aegrid_energy.storage.series import list_series
from aegrid_energy.workflows.see_quality import days_of, first_days

#: The local days that are looked at: today and a week before it.
_DAYS: Final = 8
_WORST_FIRST: Final = (Freshness.STALE, Freshness.LATE, Freshness.LIVE, Freshness.ENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentMeter:
    """A meter that does not say what it should.

    Args:
        meter: Which.
        rhythm: How the series that is overdue should be delivered.
        freshness: Late or stale.
        newest_end: End of its newest interval; None where it never said anything.
    """

    meter: Meter
    rhythm: Rhythm
    freshness: Freshness
    newest_end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteHealth:
    """A site.

    Args:
        site: Which.
        meters: How many are in service, virtual ones not counted.
        silent: Those that are late, the longest silent first.
        dates: Local days, oldest first.
        completeness: Share of the readings of each day that is there, 0 to 1; None where none was due.
        missing_hours: Hours of readings that should be there and are not, added up over series. [h]
    """

    site: Site
    meters: int
    silent: tuple[SilentMeter, ...]
    dates: tuple[date, ...]
    completeness: tuple[float | None, ...]
    missing_hours: float


async def see_data_health(conn: Connection, site_ids: Collection[UUID], *, now: datetime) -> list[SiteHealth]:
    """The health of the data of some sites, in the order of their names.

    Args:
        conn: In the tenant.
        site_ids: Which; those that are not there are left out.
        now: What lies ahead of it is not expected.
    """
    sites = await list_sites(conn, site_ids)
    meters = [m for m in await list_meters(conn, [site.id for site in sites]) if _counts(m, ms_of(now))]
    series = [s for s in await list_series(conn, owners=[m.id for m in meters]) if _is_current(s, ms_of(now))]
    numbers = [one.series_no for one in series]
    newest = await latest(conn, numbers)
    today = now.date()
    # A day more on each side: the local days of zones begin and end at other times.
    totals = await day_totals(conn, numbers, today - timedelta(days=_DAYS + 1), today + timedelta(days=2))
    oldest = await first_days(conn, numbers)
    by_meter: dict[UUID, list[Series]] = {}
    for one in series:
        if one.meter_id is not None:
            by_meter.setdefault(one.meter_id, []).append(one)
    return [
        _health(site, [m for m in meters if m.site_id == site.id], by_meter, newest, totals, oldest, now)
        for site in sites
    ]


def _counts(meter: Meter, now_ms: int) -> bool:
    return not meter.is_virtual and meter.service.start_ms <= now_ms < meter.service.end_ms


def _is_current(series: Series, now_ms: int) -> bool:
    # What is derived comes and goes with what it is derived from.
    valid = span_of(series.valid_from, series.valid_to)
    return series.derived_from is None and valid.start_ms <= now_ms < valid.end_ms


def _health(
    site: Site,
    meters: Sequence[Meter],
    by_meter: dict[UUID, list[Series]],
    newest: dict[int, Latest],
    totals: DayTotals,
    oldest: dict[int, date],
    now: datetime,
) -> SiteHealth:
    now_ms = ms_of(now)
    judged = [_silence(meter, by_meter.get(meter.id, ()), newest, now_ms) for meter in meters]
    silent = [one for one in judged if one.freshness in {Freshness.LATE, Freshness.STALE}]
    silent.sort(key=lambda one: (one.newest_end is not None, one.newest_end or now, one.meter.name))
    last: date = local_date_of(site.timezone, np.array([now_ms]))[0].item()
    first_ms = day_start(site.timezone, last - timedelta(days=_DAYS - 1))
    edges = day_edges(site.timezone, first_ms, now_ms)
    dates = local_date_of(site.timezone, edges[:-1])
    rows = [
        (
            one,
            days_of(one, meter.service, _cut(totals, dates), edges, dates, oldest.get(one.series_no), now_ms),
        )
        for meter in meters
        for one in by_meter.get(meter.id, ())
        if one.step_s is not None
    ]
    return SiteHealth(
        site=site,
        meters=len(meters),
        silent=tuple(silent),
        dates=tuple(on.item() for on in dates.astype("datetime64[D]")),
        completeness=_completeness([days for _, days in rows], len(dates)),
        missing_hours=sum(float(days.missing.sum()) * (one.step_s or 0) / 3600 for one, days in rows),
    )


def _cut(totals: DayTotals, dates: np.ndarray[tuple[int], np.dtype[np.datetime64]]) -> DayTotals:
    inside = (totals.on >= dates[0]) & (totals.on <= dates[-1])
    return DayTotals(**{name: getattr(totals, name)[inside] for name in DayTotals.__dataclass_fields__})


def _silence(meter: Meter, series: Iterable[Series], newest: dict[int, Latest], now_ms: int) -> SilentMeter:
    """How a meter stands: as the worst of its series."""
    worst, end_ms, rhythm = Freshness.ENDED, None, meter.rhythm
    for one in series:
        last = newest.get(one.series_no)
        length_ms = (one.step_s or 0) * 1000 if one.kind is Kind.INTERVAL else 0
        its_end_ms = None if last is None else last.start_ms + length_ms
        state = freshness(one.rhythm, its_end_ms, now_ms, step_s=one.step_s)
        if _WORST_FIRST.index(state) < _WORST_FIRST.index(worst):
            worst, end_ms, rhythm = state, its_end_ms, one.rhythm
    newest_end = None if end_ms is None else at_of(end_ms)
    return SilentMeter(meter=meter, rhythm=rhythm, freshness=worst, newest_end=newest_end)


def _completeness(rows: Sequence[QualityDays], days: int) -> tuple[float | None, ...]:
    expected, valid = np.zeros(days), np.zeros(days)
    for row in rows:
        # What is not due yet is no reproach.
        due = ~row.awaited
        expected += np.where(due, row.expected, 0.0)
        valid += np.where(due, np.minimum(row.valid, row.expected), 0.0)
    return tuple(
        round(of / all_, 4) if all_ > 0 else None
        for of, all_ in zip(valid.tolist(), expected.tolist(), strict=True)
    )
