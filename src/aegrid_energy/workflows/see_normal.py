"""See which sites use more than usual on their newest day: the band of each is worked out once and kept."""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.analytics.buckets import Resolution
from aegrid_energy.analytics.compare import LEAST_COVERAGE
from aegrid_energy.analytics.normal_use import LOOK_BACK_DAYS, history_span, normal_in
from aegrid_energy.analytics.resample import resample
from aegrid_energy.analytics.summation import Part, add_up
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import Kind
from aegrid_energy.domain.site import Site
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.zones import day_start, local_date_of, ms_of
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.holidays import holidays_of_sites
from aegrid_energy.storage.latest import latest_columns
from aegrid_energy.storage.packed import NEVER_MS
from aegrid_energy.storage.readings import read_many
from aegrid_energy.workflows.plan_sites import PortfolioPlan, SitePlan
from aegrid_energy.workflows.see_overview import newest_power

#: A stay of half an hour above the band counts: slots of that length need no search for stays. What is
#: metered by the hour is judged by the hour.
_SLOTS: Final = {1_800: Resolution.MINUTES_30, 3_600: Resolution.HOUR}
#: Bands that one call works out at most; the others are named and come with the next calls.
BANDS_AT_MOST: Final = 60
#: How long a band is kept: history that was loaded since then counts from then on.
_KEPT_MS: Final = 3_600_000
_SITES_AT_MOST: Final = 20_000

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteNormal:
    """One site on its newest day against the usual.

    Args:
        on: The local day; None where the site has no reading.
        low_kw, usual_kw, high_kw: P10, median and P90 at the time of the power that is shown.
        used_kwh, expected_kwh: The day so far, over the slots of which both are known.
        excess_kwh: What lay above P90, summed over the day so far.
        reason: Why there are no figures: `no_readings`, `not_enough_history`, or `pending`: ask again.
    """

    site_id: UUID
    on: date | None
    low_kw: float | None = None
    usual_kw: float | None = None
    high_kw: float | None = None
    used_kwh: float | None = None
    expected_kwh: float | None = None
    excess_kwh: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Band:
    """The usual of one day in its slots, shape (slots,). [kW]."""

    made_ms: int
    edges_ms: NDArray[np.int64]
    low: Floats
    usual: Floats
    high: Floats


class NormalBands:
    """Bands of sites and days, kept between calls; those that were asked for longest ago go first."""

    def __init__(self, *, at_most: int = _SITES_AT_MOST) -> None:
        self._kept: OrderedDict[tuple[int, UUID, date], _Band] = OrderedDict()
        self._at_most = at_most

    def found(self, tenant_no: int, site_id: UUID, on: date, now_ms: int) -> _Band | None:
        """The band, unless it is too old."""
        band = self._kept.get((tenant_no, site_id, on))
        return band if band is not None and now_ms - band.made_ms < _KEPT_MS else None

    def keep(self, tenant_no: int, site_id: UUID, on: date, band: _Band) -> None:
        """Keep one."""
        self._kept[tenant_no, site_id, on] = band
        self._kept.move_to_end((tenant_no, site_id, on))
        while len(self._kept) > self._at_most:
            self._kept.popitem(last=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    of: SitePlan
    newest_ms: int
    #: What the power of the site is shown of: that of its power meter where it has one, as it is fresher.
    shown_ms: int
    on: date
    day: Span

    @property
    def site(self) -> Site:
        return self.of.site

    @property
    def slot_s(self) -> int:
        """The shortest slot that its intervals fill. [s]."""
        return next((slot for slot in _SLOTS if (self.of.step_s or 0) <= slot), max(_SLOTS))

    @property
    def numbers(self) -> list[int]:
        return [part.series_no for part in self.of.counted]


async def see_normal(
    conn: Connection, plan: PortfolioPlan, bands: NormalBands, *, tenant_no: int, now: datetime
) -> list[SiteNormal]:
    """Every site of a plan on its newest day against the usual; at most `BANDS_AT_MOST` bands are new.

    Args:
        conn: In the tenant.
        plan: The sites.
        bands: What was worked out before.
        tenant_no: The tenant.
        now: The clock.
    """
    now_ms = ms_of(now)
    asked = await _asked(conn, plan)
    known: dict[UUID, _Band] = {}
    missing: list[_Asked] = []
    for one in asked:
        band = bands.found(tenant_no, one.site.id, one.on, now_ms)
        if band is None:
            missing.append(one)
        else:
            known[one.site.id] = band
    for one, band in (await _new_bands(conn, missing[:BANDS_AT_MOST], now_ms)).values():
        bands.keep(tenant_no, one.site.id, one.on, band)
        known[one.site.id] = band
    held = await _of_days(conn, [one for one in asked if one.site.id in known])
    by_id = {one.site.id: one for one in asked}

    def rows() -> list[SiteNormal]:
        return [_row(of, by_id.get(of.site.id), known, held) for of in plan.sites]

    return await asyncio.to_thread(rows)


async def _asked(conn: Connection, plan: PortfolioPlan) -> list[_Asked]:
    """The sites with readings, and the newest day of each."""
    counted = plan.counted
    gauged = plan.gauged
    newest = newest_power(counted, await latest_columns(conn, counted.series_no), len(plan.sites)).start_ms
    shown = newest_power(gauged, await latest_columns(conn, gauged.series_no), len(plan.sites)).start_ms
    days = np.empty(len(newest), dtype="datetime64[D]")
    for zone, rows in plan.by_zone.items():
        days[rows] = local_date_of(zone, np.maximum(newest[rows], 0))
    asked: list[_Asked] = []
    columns = zip(plan.sites, newest.tolist(), shown.tolist(), days.tolist(), strict=True)
    for of, at_ms, gauged_ms, on in columns:
        if at_ms == NEVER_MS:
            continue
        zone = of.site.timezone
        day = Span(day_start(zone, on), day_start(zone, on + timedelta(days=1)))
        shown_ms = gauged_ms if at_ms < gauged_ms < day.end_ms else at_ms
        asked.append(_Asked(of=of, newest_ms=at_ms, shown_ms=shown_ms, on=on, day=day))
    return asked


async def _new_bands(
    conn: Connection, missing: Sequence[_Asked], now_ms: int
) -> dict[UUID, tuple[_Asked, _Band]]:
    if not missing:
        return {}
    first = min(one.on for one in missing) - timedelta(days=LOOK_BACK_DAYS)
    last = max(one.on for one in missing) + timedelta(days=1)
    zones = {one.site.id: one.site.timezone for one in missing}
    holidays = await holidays_of_sites(conn, zones, first, last)
    made: dict[UUID, tuple[_Asked, _Band]] = {}
    for day, sites in _by_day(missing):
        past = history_span(sites[0].site.timezone, day)
        held = await read_many(conn, _numbers(sites), past.start_ms, past.end_ms)
        for one in sites:
            band = await asyncio.to_thread(_band, one, held, past, holidays[one.site.id], now_ms)
            made[one.site.id] = (one, band)
    return made


async def _of_days(conn: Connection, asked: Sequence[_Asked]) -> Mapping[int, Readings]:
    held: dict[int, Readings] = {}
    for day, sites in _by_day(asked):
        held |= await read_many(conn, _numbers(sites), day.start_ms, day.end_ms)
    return held


def _by_day(asked: Sequence[_Asked]) -> list[tuple[Span, list[_Asked]]]:
    """Sites of one zone and one newest day are read together."""
    groups: dict[tuple[str, Span], list[_Asked]] = {}
    for one in asked:
        groups.setdefault((one.site.timezone, one.day), []).append(one)
    return [(day, sites) for (_, day), sites in groups.items()]


def _numbers(sites: Sequence[_Asked]) -> list[int]:
    return [number for one in sites for number in one.numbers]


def _band(
    one: _Asked, held: Mapping[int, Readings], past: Span, holidays: Collection[date], now_ms: int
) -> _Band:
    edges = np.arange(one.day.start_ms, one.day.end_ms + 1, one.slot_s * 1000, dtype=np.int64)
    readings = _sum(one, held, past)
    if readings is None:
        nothing = np.full(len(edges) - 1, np.nan)
        return _Band(made_ms=now_ms, edges_ms=edges, low=nothing, usual=nothing, high=nothing)
    normal = normal_in(
        readings,
        Kind.INTERVAL,
        edges,
        zone=one.site.timezone,
        resolution=_SLOTS[one.slot_s],
        holidays=holidays,
    )
    return _Band(made_ms=now_ms, edges_ms=edges, low=normal.low, usual=normal.mean, high=normal.high)


def _sum(one: _Asked, held: Mapping[int, Readings], span: Span) -> Readings | None:
    """What the meters of a site counted together; None where that cannot be said slot by slot."""
    parts = [Part(readings=held[number], span=span) for number in one.numbers if number in held]
    try:
        readings = add_up(parts, span)
    except InvalidError:
        return None
    return readings if readings.step_s and readings.step_s <= one.slot_s else None


def _row(
    of: SitePlan, one: _Asked | None, known: Mapping[UUID, _Band], held: Mapping[int, Readings]
) -> SiteNormal:
    if one is None:
        return SiteNormal(site_id=of.site.id, on=None, reason="no_readings")
    band = known.get(of.site.id)
    if band is None:
        return SiteNormal(site_id=of.site.id, on=one.on, reason="pending")
    readings = _sum(one, held, one.day)
    if readings is None or not np.isfinite(band.high).any():
        return SiteNormal(site_id=of.site.id, on=one.on, reason="not_enough_history")
    buckets = resample(readings, Kind.INTERVAL, band.edges_ms)
    hours = np.diff(band.edges_ms) / 3_600_000
    # A slot that is still running is whole as far as it goes: its mean says what it used.
    end_ms = one.newest_ms + (one.of.step_s or one.slot_s) * 1000
    passed = np.clip((end_ms - band.edges_ms[:-1]) / 3_600_000, 0, hours)
    covered = np.nan_to_num(buckets.coverage) * hours >= LEAST_COVERAGE * passed
    both = (passed > 0) & covered & np.isfinite(buckets.mean) & np.isfinite(band.high)
    at = min(int(np.searchsorted(band.edges_ms, one.shown_ms, side="right")) - 1, len(band.high) - 1)
    above = np.where(both, np.maximum(buckets.mean - band.high, 0), 0.0) * passed
    return SiteNormal(
        site_id=of.site.id,
        on=one.on,
        low_kw=_known(band.low[at]),
        usual_kw=_known(band.usual[at]),
        high_kw=_known(band.high[at]),
        used_kwh=float(np.where(both, buckets.mean * passed, 0.0).sum()) if both.any() else None,
        expected_kwh=float(np.where(both, band.usual * passed, 0.0).sum()) if both.any() else None,
        excess_kwh=float(above.sum()) if both.any() else None,
    )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
