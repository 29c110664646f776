"""See all sites at once: what each uses now, today and this month, from newest values and local days."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.analytics.freshness import Freshness, freshness
from aegrid_energy.domain import quality as q
from aegrid_energy.domain.quality import Quality, quality_of
from aegrid_energy.domain.readings import MICRO
from aegrid_energy.domain.series import Carrier, Rhythm
from aegrid_energy.domain.site import Site
from aegrid_energy.domain.zones import at_of, local_date_of, ms_of
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.latest import LatestColumns, latest_columns
from aegrid_energy.storage.packed import NEVER_MS
from aegrid_energy.storage.rollups import SumsToDay, sums_to_day
from aegrid_energy.workflows.plan_sites import Parts, PortfolioPlan, SitePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestPower:
    """What a site takes now, positive from the grid. [kW]."""

    at: datetime
    power_kw: float
    quality: Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteNow:
    """One row of the overview. Energies are None where nothing is known of that time."""

    site: Site
    carriers: tuple[Carrier, ...]
    latest: LatestPower | None
    freshness: Freshness
    newest_day: date | None
    today_kwh: float | None
    yesterday_kwh: float | None
    month_kwh: float | None
    coverage: float | None


async def see_overview(conn: Connection, plan: PortfolioPlan, *, now: datetime) -> list[SiteNow]:
    """What each site uses, from the newest values and the local days of its series.

    A site whose data come in files has no today: the local day of its newest value stands in.
    """
    if not plan.sites:
        return []
    counted, gauged = plan.counted, plan.gauged
    held = await latest_columns(conn, np.concatenate([counted.series_no, gauged.series_no]))
    cut = len(counted.series_no)
    by_intervals = newest_power(counted, _rows(held, slice(None, cut)), len(plan.sites))
    by_gauge = newest_power(gauged, _rows(held, slice(cut, None)), len(plan.sites))
    # Of two that are as new, what was counted stands.
    is_gauge = by_gauge.start_ms > by_intervals.start_ms
    newest = by_intervals.replaced(by_gauge, is_gauge)
    days = _local_days(plan, np.where(newest.is_known, newest.start_ms, ms_of(now)))
    sums = await sums_to_day(conn, counted.series_no, counted.zone_no, days[counted.site])
    return _rows_of(plan, newest, is_gauge, days, _added(counted, sums, len(plan.sites)), ms_of(now))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewestPower:
    """Newest power of each site, shape (sites,); `NEVER_MS` where nothing was ever said."""

    start_ms: NDArray[np.int64]
    power_kw: NDArray[np.float64]
    rank: NDArray[np.int64]

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """Whether anything was said."""
        return self.start_ms != NEVER_MS

    def replaced(self, other: "NewestPower", where: NDArray[np.bool_]) -> "NewestPower":
        """The rows of another one, where that is wished."""
        return NewestPower(
            start_ms=np.where(where, other.start_ms, self.start_ms),
            power_kw=np.where(where, other.power_kw, self.power_kw),
            rank=np.where(where, other.rank, self.rank),
        )


def newest_power(parts: Parts, held: LatestColumns, sites: int) -> NewestPower:
    """The sum of the newest readings of each site; the rules are those of `watch_values.value_of`."""
    start_ms = np.full(sites, NEVER_MS, dtype=np.int64)
    said = (held.start_ms != NEVER_MS) & (parts.step_s > 0)
    np.maximum.at(start_ms, parts.site[said], held.start_ms[said])
    fresh = said & (held.start_ms >= start_ms[parts.site] - 2000 * parts.step_s)
    at = parts.site[fresh]
    power_kw = np.zeros(sites)
    np.add.at(power_kw, at, parts.kw_per_micro[fresh] * held.micro[fresh])
    rank = np.zeros(sites, dtype=np.int64)
    np.maximum.at(rank, at, held.quality[fresh] & q.RANK_MASK)
    wanted = np.bincount(parts.site[parts.step_s > 0], minlength=sites)
    lacks = np.bincount(at, minlength=sites) < wanted
    return NewestPower(
        start_ms=start_ms,
        power_kw=power_kw,
        rank=np.where(lacks, np.maximum(rank, Quality.ESTIMATED.code), rank),
    )


def _rows(held: LatestColumns, rows: slice) -> LatestColumns:
    return LatestColumns(start_ms=held.start_ms[rows], micro=held.micro[rows], quality=held.quality[rows])


def _local_days(plan: PortfolioPlan, at_ms: NDArray[np.int64]) -> NDArray[np.datetime64]:
    days = np.empty(len(at_ms), dtype="datetime64[D]")
    for zone, rows in plan.by_zone.items():
        days[rows] = local_date_of(zone, at_ms[rows])
    return days


def _added(parts: Parts, sums: SumsToDay, sites: int) -> dict[str, NDArray[np.int64]]:
    """Sums of the series of each site, by name."""
    added: dict[str, NDArray[np.int64]] = {}
    for name in SumsToDay.__dataclass_fields__:
        added[name] = np.zeros(sites, dtype=np.int64)
        np.add.at(added[name], parts.site, getattr(sums, name))
    return added


def _rows_of(
    plan: PortfolioPlan,
    newest: NewestPower,
    is_gauge: NDArray[np.bool_],
    days: NDArray[np.datetime64],
    added: dict[str, NDArray[np.int64]],
    now_ms: int,
) -> list[SiteNow]:
    rows: list[SiteNow] = []
    columns: Any = zip(
        plan.sites,
        newest.start_ms.tolist(),
        newest.power_kw.tolist(),
        newest.rank.tolist(),
        is_gauge.tolist(),
        days.tolist(),
        _kwh(added["day"], added["day_rows"]),
        _kwh(added["before"], added["before_rows"]),
        _kwh(added["month"], added["month_rows"]),
        _shares(added["before_valid"], added["before_expected"]),
        strict=True,
    )
    for of, start_ms, power_kw, rank, gauge, day, today, yesterday, month, coverage in columns:
        is_known = start_ms != NEVER_MS
        rows.append(
            SiteNow(
                site=of.site,
                carriers=of.carriers,
                latest=LatestPower(at=at_of(start_ms), power_kw=power_kw, quality=quality_of(rank))
                if is_known
                else None,
                freshness=_freshness(of, start_ms if is_known else None, gauge, now_ms),
                newest_day=day if is_known else None,
                today_kwh=today,
                yesterday_kwh=yesterday,
                month_kwh=month,
                coverage=coverage,
            )
        )
    return rows


def _freshness(of: SitePlan, start_ms: int | None, is_gauge: bool, now_ms: int) -> Freshness:
    if start_ms is None:
        return freshness(of.rhythm, None, now_ms, step_s=of.step_s)
    if is_gauge:
        return freshness(Rhythm.LIVE, start_ms, now_ms, step_s=of.step_s)
    return freshness(of.rhythm, start_ms + (of.step_s or 0) * 1000, now_ms, step_s=of.step_s)


def _kwh(micro: NDArray[np.int64], rows: NDArray[np.int64]) -> list[float | None]:
    return [
        value if known else None for value, known in zip((micro / MICRO).tolist(), rows.tolist(), strict=True)
    ]


def _shares(part: NDArray[np.int64], whole: NDArray[np.int64]) -> list[float | None]:
    return [of / all_ if all_ else None for of, all_ in zip(part.tolist(), whole.tolist(), strict=True)]
