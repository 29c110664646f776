"""See what of an asset's data is there, day by day: complete, missing, estimated, suspect, late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.analytics.quality_matrix import QualityDays, quality_row
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.meter import Meter
from aegrid_energy.domain.series import Carrier, Kind, Series
from aegrid_energy.domain.site import Site
from aegrid_energy.domain.spans import FIRST_MS, LAST_MS, Span, span_of
from aegrid_energy.domain.zones import day_edges, day_start, local_date_of, ms_of
from aegrid_energy.storage import packed
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.events import scopes_of_asset
from aegrid_energy.storage.nouns import list_meters, site_of_asset
from aegrid_energy.storage.rollups import DayTotals, day_totals
from aegrid_energy.storage.series import list_series

_MOST_DAYS: Final = 800
_MOST_CELLS: Final = 400_000
#: Fewer equal readings may be chance.
_LEAST_STUCK: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesQuality:
    """One row: a series of a meter or point, day by day.

    Args:
        series: Which.
        name: Of its meter or point.
        carrier: Of its meter.
        days: What is there.
        stuck: Days whose every reading is the same, and not zero, shape (days,).
        service: When readings are expected.
    """

    series: Series
    name: str
    carrier: Carrier | None
    days: QualityDays
    stuck: NDArray[np.bool_]
    service: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityAnswer:
    """The matrix of an asset; every row has the same days."""

    site: Site
    dates: NDArray[np.datetime64]
    rows: tuple[SeriesQuality, ...]


async def see_quality(conn: Connection, asset_id: UUID, period: Span, *, now: datetime) -> QualityAnswer:
    """The quality of every series of an asset and of all below it.

    Args:
        conn: In the tenant.
        asset_id: Any asset; a site's id is its root asset's.
        period: From when to when; days that it cuts are whole.
        now: What lies ahead of it is not expected.

    Raises:
        NotFoundError: No such asset.
        InvalidError: `empty_period`, `too_many_days`, `too_many_values`.
    """
    if period.end_ms <= period.start_ms:
        raise InvalidError("empty_period")
    if period.end_ms - period.start_ms > _MOST_DAYS * 86_400_000:
        raise InvalidError("too_many_days", limit=_MOST_DAYS)
    site = await site_of_asset(conn, asset_id)
    edges = day_edges(site.timezone, period.start_ms, period.end_ms)
    dates = local_date_of(site.timezone, edges[:-1])
    names, meters = await _owners(conn, site, asset_id)
    services = {number: meter.service for number, meter in meters.items()}
    series = await list_series(conn, owners=names) if names else []
    if len(series) * len(dates) > _MOST_CELLS:
        raise InvalidError("too_many_values", limit=_MOST_CELLS)
    numbers = [one.series_no for one in series]
    first, last = _date(dates[0]), _date(dates[-1]) + timedelta(days=1)
    totals = await day_totals(conn, numbers, first, last)
    oldest = await first_days(conn, numbers)
    rows = [
        SeriesQuality(
            series=one,
            name=names[owner],
            carrier=meters[owner].carrier if owner in meters else None,
            stuck=_stuck(one, totals, dates),
            service=_service(one, services.get(owner), oldest.get(one.series_no)),
            days=days_of(
                one, services.get(owner), totals, edges, dates, oldest.get(one.series_no), ms_of(now)
            ),
        )
        for one in series
        if (owner := one.meter_id or one.point_id) is not None
    ]
    return QualityAnswer(site=site, dates=dates, rows=tuple(rows))


async def _owners(conn: Connection, site: Site, asset_id: UUID) -> tuple[dict[UUID, str], dict[UUID, Meter]]:
    """Names of the meters and points of an asset, and the meters."""
    scopes = await scopes_of_asset(conn, asset_id)
    meters = [m for m in await list_meters(conn) if m.id in scopes or (asset_id == site.id == m.site_id)]
    cursor = await conn.execute("select id, name from point where asset_id = any(%s)", (list(scopes),))
    names = {meter.id: meter.name for meter in meters} | dict(await cursor.fetchall())
    return names, {meter.id: meter for meter in meters}


async def first_days(conn: Connection, numbers: Sequence[int]) -> dict[int, date]:
    """The first local day with readings of each series, by number; series without any are left out."""
    async with packed.packing_cursor(conn) as cursor:
        await cursor.execute(
            """select series_no, min(local_date) from rollup_local_day
               where series_no = any(%s) group by series_no""",
            (packed.int4s(np.array(numbers, dtype=np.int64)),),
        )
        return {row[0]: row[1] for row in await cursor.fetchall()}


def days_of(
    series: Series,
    service: Span | None,
    totals: DayTotals,
    edges: NDArray[np.int64],
    dates: NDArray[np.datetime64],
    oldest: date | None,
    now_ms: int,
) -> QualityDays:
    """The row of one series.

    Args:
        series: Which.
        service: When its meter is in service; None where that is not told.
        totals: Its local days, among those of others.
        edges: Starts of the days and the end of the last, shape (days + 1,). [ms]
        dates: The days, shape (days,).
        oldest: Its first day with readings; None where it never had any.
        now_ms: Now. [ms]
    """
    held = totals.series_no == series.series_no
    at = np.searchsorted(dates, totals.on[held])
    columns: dict[str, NDArray[np.float64]] = {}
    for name in ("n_valid", "n_estimated", "n_suspect"):
        columns[name] = np.zeros(len(dates))
        columns[name][at] = getattr(totals, name)[held]
    return quality_row(
        dates,
        _expected(series, service, edges, oldest, now_ms),
        columns["n_valid"],
        columns["n_estimated"],
        columns["n_suspect"],
        day_end_ms=edges[1:],
        rhythm=series.rhythm,
        now_ms=now_ms,
    )


def _service(series: Series, service: Span | None, oldest: date | None) -> Span:
    """When readings are expected; empty for a series that never said anything."""
    valid = span_of(series.valid_from, series.valid_to)
    low = max(valid.start_ms, service.start_ms if service else FIRST_MS)
    if low == FIRST_MS:
        # No service date is told: expected since the first day with readings.
        low = LAST_MS if oldest is None else day_start(series.zone, oldest)
    return Span(low, min(valid.end_ms, service.end_ms if service else LAST_MS))


def _stuck(series: Series, totals: DayTotals, dates: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Days on which a meter or gauge said one value again and again.

    A state may do so, and so may plant that is off: its lowest value is no sign of a fault.
    """
    found = np.zeros(len(dates), dtype=np.bool_)
    if series.kind not in {Kind.INTERVAL, Kind.INSTANT}:
        return found
    held = totals.series_no == series.series_no
    low, high = totals.low[held], totals.high[held]
    flat = (totals.n_valid[held] >= _LEAST_STUCK) & (low == high) & (low > low.min(initial=2**62))
    found[np.searchsorted(dates, totals.on[held][flat])] = True
    return found


def _expected(
    series: Series, service: Span | None, edges: NDArray[np.int64], oldest: date | None, now_ms: int
) -> NDArray[np.float64]:
    """Slots that should be there by now; none of an irregular series, or of one that never said anything."""
    if series.step_s is None:
        return np.zeros(len(edges) - 1)
    inside_service = _service(series, service, oldest)
    step, phase = series.step_s * 1000, series.phase_s * 1000
    now_ms = (now_ms - phase) // step * step + phase  # an interval that still runs cannot be there
    low, high = inside_service.start_ms, min(inside_service.end_ms, now_ms)
    inside = np.clip(edges, low, max(low, high))
    slots = -(-(inside - phase) // step)
    return np.diff(slots).astype(np.float64)


def _date(on: np.datetime64) -> date:
    return on.astype("datetime64[D]").item()
