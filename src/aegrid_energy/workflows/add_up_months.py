"""Add local months of sites up again where their days have changed: one round does all that is marked.

Only what days can answer exactly has a row: intervals in the site's own zone, of meters that changed places
at midnight. Counters, bills, virtual meters and months with a hole are left out: readings answer those.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final, TypeVar
from uuid import UUID

import numpy as np

from aegrid_energy.analytics.consumption import Register, Use, plan_consumption
from aegrid_energy.domain.meter import Meter, MeterAssignment
from aegrid_energy.domain.series import Kind, Series
from aegrid_energy.domain.site import Asset, Site
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.zones import day_start, local_date_of
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.nouns import list_assets, list_assignments, list_meters, list_sites
from aegrid_energy.storage.rollups_month import (
    Counted,
    SiteMonth,
    months_with_hot_rows,
    rebuild_site_months,
    site_months,
    sites_of_series,
    take_dirty_months,
)
from aegrid_energy.storage.series import list_series

#: Marks that one transaction works off.
MARKS: Final = 10_000
_Placed = TypeVar("_Placed", Asset, Meter)
#: Carrier, direction ("" = all) and first day of a month.
_Month = tuple[str, str, date]


async def add_up_months(conn: Connection, *, limit: int = MARKS, is_waiting: bool = False) -> int:
    """Work off marks of the tenant of this transaction.

    Args:
        conn: In a transaction: if it fails the marks are back.
        limit: How many at most.
        is_waiting: Wait for whoever works on some of them, rather than leave those out.

    Returns:
        How many marks there were; fewer than `limit` when all are done.
    """
    dirty = await take_dirty_months(conn, limit=limit, is_waiting=is_waiting)
    await _rebuild(conn, dirty)
    return len(dirty)


async def see_months(
    conn: Connection, first: date, end: date, *, roots: Iterable[UUID] | None = None
) -> list[SiteMonth]:
    """Months of sites that start in `[first, end)` as they are now: what has changed is added up first.

    Args:
        conn: In a transaction that may write.
        first: First day of the first month.
        end: The day after the last month's first day.
        roots: Only these sites; None: all of the tenant.
    """
    while await add_up_months(conn, is_waiting=True) == MARKS:
        pass
    # Live readings are in their days at once; their months are marked when they go into blocks.
    await _rebuild(conn, await months_with_hot_rows(conn))
    return await site_months(conn, first, end, roots=roots)


async def _rebuild(conn: Connection, dirty: Sequence[tuple[int, date]]) -> None:
    if not dirty:
        return
    sites_of = await sites_of_series(conn, {number for number, _ in dirty})
    months: dict[UUID, set[date]] = {}
    for number, month in dirty:
        for site_id in sites_of.get(number, ()):
            months.setdefault(site_id, set()).add(month)
    if not months:
        return
    counted: list[Counted] = []
    for site, register in await _registers(conn, list(months)):
        counted += _counted(site, register, sorted(months[site.id]))
    pairs = [(site_id, month) for site_id, wanted in months.items() for month in wanted]
    await rebuild_site_months(conn, pairs, counted)


async def _registers(conn: Connection, site_ids: list[UUID]) -> list[tuple[Site, Register]]:
    meters = await list_meters(conn, site_ids)
    own_assets, own_meters = _by_site(await list_assets(conn, site_ids)), _by_site(meters)
    series: dict[UUID | None, list[Series]] = {}
    for one in await list_series(conn, owners=[meter.id for meter in meters]):
        series.setdefault(one.meter_id, []).append(one)
    stood: dict[UUID, list[MeterAssignment]] = {}
    for assignment in await list_assignments(conn, site_ids):
        stood.setdefault(assignment.meter_id, []).append(assignment)
    return [
        (
            site,
            Register(
                assets=own_assets.get(site.id, []),
                meters=own_meters.get(site.id, []),
                assignments=[a for m in own_meters.get(site.id, []) for a in stood.get(m.id, [])],
                series=[s for m in own_meters.get(site.id, []) for s in series.get(m.id, [])],
            ),
        )
        for site in await list_sites(conn, site_ids)
    ]


def _by_site(rows: Iterable[_Placed]) -> dict[UUID | None, list[_Placed]]:
    held: dict[UUID | None, list[_Placed]] = {}
    for row in rows:
        held.setdefault(row.site_id, []).append(row)
    return held


def _counted(site: Site, register: Register, months: Sequence[date]) -> list[Counted]:
    """What counts for a site in some months, as far as days can say it."""
    period = Span(day_start(site.timezone, months[0]), day_start(site.timezone, _after(months[-1])))
    plan = plan_consumption(site.id, register, period)
    by_no = {one.series_no: one for one in register.series}
    inexact: set[_Month] = set()
    for hole in plan.holes:
        inexact |= {(hole.carrier.value, "", month) for month in _months_of(site, hole.span)}
    for use in plan.used:
        inexact |= {
            (use.carrier.value, use.direction.value, month) for month in _inexact(site, use, by_no, period)
        }
    out: list[Counted] = []
    for use in plan.used:
        if use.series_no is None:
            continue
        kinds = ((use.carrier.value, use.direction.value), (use.carrier.value, ""))
        left_out = {month for month in months for kind in kinds if (*kind, month) in inexact}
        since, until = _day(site, use.span.start_ms), _day(site, use.span.end_ms)
        out += [
            _row(site, use, by_no[use.series_no], max(first, since), min(end, until))
            for first, end in _stretches(months, left_out)
            if max(first, since) < min(end, until)
        ]
    return out


def _inexact(site: Site, use: Use, by_no: Mapping[int, Series], period: Span) -> set[date]:
    """Months in which a use cannot be added up from days."""
    series = None if use.series_no is None else by_no[use.series_no]
    if (
        series is None
        or series.kind is not Kind.INTERVAL
        or not series.step_s
        or series.zone != site.timezone
    ):
        return _months_of(site, use.span)
    edges = [at for at in (use.span.start_ms, use.span.end_ms) if period.start_ms < at < period.end_ms]
    days = [(at, _day(site, at)) for at in edges]
    return {day.replace(day=1) for at, day in days if day_start(site.timezone, day) != at}


def _row(site: Site, use: Use, series: Series, first: date, end: date) -> Counted:
    return Counted(
        root_asset=site.id,
        carrier=use.carrier.value,
        direction=use.direction.value,
        unit=series.unit,
        series_no=series.series_no,
        first=first,
        end=end,
    )


def _stretches(months: Sequence[date], left_out: set[date]) -> list[tuple[date, date]]:
    """From the first to the day after the last of months that may be added up in one go."""
    if not left_out:
        return [(months[0], _after(months[-1]))]
    return [(month, _after(month)) for month in months if month not in left_out]


def _months_of(site: Site, span: Span) -> set[date]:
    month, last = _day(site, span.start_ms).replace(day=1), _day(site, span.end_ms - 1)
    found: set[date] = set()
    while month <= last:
        found.add(month)
        month = _after(month)
    return found


def _day(site: Site, at_ms: int) -> date:
    on: date = local_date_of(site.timezone, np.array([at_ms], dtype=np.int64))[0].item()
    return on


def _after(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)
