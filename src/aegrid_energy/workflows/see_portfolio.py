"""See what all sites used over a period, beside what they are compared with, from their local days."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.analytics.alignment import period_of_span
from aegrid_energy.analytics.compare import DayPairs, pair_last_year, pair_previous
from aegrid_energy.analytics.consumption import MAIN_QUANTITY
from aegrid_energy.analytics.display_units import display_units, factor
from aegrid_energy.analytics.portfolio_use import (
    Compared,
    DayPanel,
    Month,
    Sums,
    compared,
    cost_of,
    month_after,
    months_of,
    newest_complete,
    sums_of,
)
from aegrid_energy.analytics.resample import resample
from aegrid_energy.domain.calendar import Period
from aegrid_energy.domain.errors import InsufficientDataError, InvalidError
from aegrid_energy.domain.readings import MICRO
from aegrid_energy.domain.series import Carrier, Direction
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.units import CANONICAL
from aegrid_energy.domain.zones import day_edges, day_start, local_date_of, ms_of
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.flat_prices import FlatPrice, flat_prices
from aegrid_energy.storage.holidays import holidays_of_sites
from aegrid_energy.storage.latest import latest_columns
from aegrid_energy.storage.packed import NEVER_MS
from aegrid_energy.storage.rollup_panel import panel_days
from aegrid_energy.workflows.gather_flow import added_up, plan_flow, read_flow
from aegrid_energy.workflows.plan_uses import SiteUses

#: A longer period is no table of sites any more.
MOST_DAYS: Final = 1_100
#: Months that a chart shows, however short the period is.
_MONTHS: Final = 12
#: Two years of calendars may lie between a holiday and its like.
_HOLIDAY_REACH: Final = timedelta(days=420)
_EPOCH: Final = date(1970, 1, 1)
_CENT: Final = Decimal("0.01")


class Beside(StrEnum):
    """What a portfolio is compared with."""

    PREVIOUS_PERIOD = "previous_period"
    SAME_PERIOD_LAST_YEAR = "same_period_last_year"


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioQuestion:
    """What is asked of a portfolio.

    Args:
        first: First local day, of each site's own zone.
        end: The day after the last.
        carrier: What flows; what is taken in counts.
        beside: What it is compared with.
        preferred_unit: The tenant's, where it fits.
    """

    first: date
    end: date
    carrier: Carrier
    beside: Beside
    preferred_unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """About what it cost, at flat prices."""

    currency: str
    amount: Decimal
    sites: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteOfPortfolio:
    """One site over the period.

    Args:
        total: None where nothing is known. [unit]
        per_m2: None without a floor area. [unit per m2]
        change: Share; None where `reason` says why.
        this, that: What the change was made of, over the days that both hold. [unit]
        coverage: Of what was expected up to the newest complete day of the portfolio.
    """

    of: SiteUses
    unit: str
    total: Decimal | None
    per_m2: Decimal | None
    change: float | None
    reason: str | None
    this: Decimal
    that: Decimal
    elapsed_days: int
    common_days: int
    coverage: float | None
    estimated_share: float | None
    cost: Cost | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioAnswer:
    """All sites, and all of one unit together.

    Args:
        as_of: The newest complete day of any site; None where there is none.
        unit: Unit of the whole.
        total: Of the sites of that unit. [unit]
        left_out: Sites with another unit, which are no part of the whole.
        this, that: Of the sites that can be compared, over the days that both hold. [unit]
        compared_sites: How many those are.
        coverage: Mean over the sites that are known.
        months: The months of the period, twelve at least.
    """

    as_of: date | None
    unit: str
    sites: tuple[SiteOfPortfolio, ...]
    total: Decimal | None
    left_out: int
    this: Decimal
    that: Decimal
    change: float | None
    reason: str | None
    compared_sites: int
    coverage: float | None
    estimated_share: float | None
    costs: tuple[Cost, ...]
    months: tuple[Month, ...]


async def see_portfolio(
    conn: Connection, asked: PortfolioQuestion, sites: Sequence[SiteUses], *, now: datetime
) -> PortfolioAnswer:
    """What sites used over a period.

    Args:
        conn: In the tenant.
        asked: What is asked.
        sites: Those of the caller's scope that were chosen.
        now: Days that have not passed are not compared.

    Raises:
        InvalidError: `ends_before_start`, `period_too_long`.
    """
    period = _period(asked)
    has_carrier = [of for of in sites if asked.carrier in of.uses]
    first = _first_month(_until(period, await _newest(conn, asked.carrier, has_carrier, now)))
    holidays = await _holidays(conn, asked, has_carrier, period)
    pairs = await asyncio.to_thread(_pairs, asked, period, [holidays.get(of.site.id) for of in has_carrier])
    reached = min([first.replace(year=first.year - 1), *(pair.reference.min().item() for _, pair in pairs)])
    panel = await _panel(conn, asked.carrier, has_carrier, reached, period.end)
    prices = await flat_prices(conn, [of.site.id for of in has_carrier], asked.carrier.value)
    return await asyncio.to_thread(_answer, asked, period, sites, has_carrier, panel, pairs, prices, now)


def _period(asked: PortfolioQuestion) -> Period:
    if asked.end <= asked.first:
        raise InvalidError("ends_before_start", start=str(asked.first), end=str(asked.end))
    days = (asked.end - asked.first).days
    if days > MOST_DAYS:
        raise InvalidError("period_too_long", days=days, limit=MOST_DAYS)
    return period_of_span("UTC", Span(day_start("UTC", asked.first), day_start("UTC", asked.end)))


async def _newest(conn: Connection, carrier: Carrier, sites: Sequence[SiteUses], now: datetime) -> date:
    """The day of the newest reading of any site; today where there is none."""
    newest: list[date] = []
    rows = [(of, use.series_no) for of in sites for use in of.uses[carrier].counted]
    held = await latest_columns(conn, np.array([number for _, number in rows], dtype=np.int64))
    zones: dict[str, int] = {}
    for (of, _), at_ms in zip(rows, held.start_ms.tolist(), strict=True):
        zone = of.site.timezone
        zones[zone] = max(zones.get(zone, NEVER_MS), at_ms)
    for zone, at_ms in zones.items():
        if at_ms != NEVER_MS:
            newest.append(local_date_of(zone, np.array([at_ms], dtype=np.int64))[0].item())
    # What is answered from readings has no newest day here: it may be as new as now.
    if not newest or any(of.uses[carrier].inexact for of in sites):
        newest.append(now.date() + timedelta(days=1))
    return max(newest)


def _until(period: Period, newest: date) -> Period:
    """The period as far as there are readings."""
    end = max(min(period.end, newest + timedelta(days=1)), period.first + timedelta(days=1))
    return replace(period, end=end)


def _first_month(period: Period) -> date:
    last = (period.end - timedelta(days=1)).replace(day=1)
    back = last.year * 12 + last.month - 1 - (_MONTHS - 1)
    return min(period.first.replace(day=1), date(back // 12, back % 12 + 1, 1))


async def _holidays(
    conn: Connection, asked: PortfolioQuestion, sites: Sequence[SiteUses], period: Period
) -> Mapping[UUID, frozenset[date]]:
    if asked.beside is Beside.PREVIOUS_PERIOD:
        return {}
    zones = {of.site.id: of.site.timezone for of in sites}
    return await holidays_of_sites(conn, zones, period.first - _HOLIDAY_REACH, period.end)


def _pairs(
    asked: PortfolioQuestion, period: Period, holidays: Sequence[frozenset[date] | None]
) -> list[tuple[NDArray[np.int64], DayPairs]]:
    """Which day meets which, for the rows of like holidays."""
    rows: dict[frozenset[date], list[int]] = {}
    for row, off in enumerate(holidays):
        rows.setdefault(off or frozenset(), []).append(row)
    if asked.beside is Beside.PREVIOUS_PERIOD:
        return [(np.arange(len(holidays)), pair_previous(period))] if holidays else []
    return [(np.array(held, dtype=np.int64), pair_last_year(period, off)) for off, held in rows.items()]


async def _panel(
    conn: Connection, carrier: Carrier, sites: Sequence[SiteUses], first: date, end: date
) -> DayPanel:
    """The days of the sites in their stored units."""
    days, origin = (end - first).days, (first - _EPOCH).days
    shape = (len(sites), days)
    counted = [(row, use) for row, of in enumerate(sites) for use in of.uses[carrier].counted]
    stretches = [(max(use.first - origin, 0), min(use.end - origin, days)) for _, use in counted]
    kept = [place for place, (low, high) in enumerate(stretches) if low < high]
    uses = [counted[place] for place in kept]
    low, high = np.array([stretches[place] for place in kept], dtype=np.int64).reshape(-1, 2).T
    usual = np.array([86_400 / use.step_s for _, use in uses])
    held = await panel_days(
        conn,
        np.array([use.series_no for _, use in uses], dtype=np.int64),
        np.array([use.zone_no for _, use in uses], dtype=np.int64),
        first,
        end,
    )
    expected = np.zeros(shape)
    for place, (row, _) in enumerate(uses):
        # A day without a row is one of which nothing came.
        expected[row, low[place] : high[place]] += usual[place]

    def spread() -> DayPanel:
        inside = (held.day >= low[held.row]) & (held.day < high[held.row])
        series, day = held.row[inside], held.day[inside]
        cell = np.array([row for row, _ in uses], dtype=np.int64)[series] * days + day
        total = np.zeros(shape[0] * days, dtype=np.int64)
        np.add.at(total, cell, held.total[inside])

        def counts(of: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.float64]:
            return np.bincount(cell, of, shape[0] * days).astype(np.float64).reshape(shape)

        return DayPanel(
            first=first,
            total=total.reshape(shape),
            valid=counts(held.n_valid[inside]),
            expected=expected + counts(held.n_expected[inside] - usual[series]),
            estimated=counts(held.n_estimated[inside]),
        )

    panel = await asyncio.to_thread(spread)
    for row, of in enumerate(sites):
        use = of.uses[carrier]
        if any(low < origin + days and high > origin for low, high in use.inexact):
            await _from_readings(conn, carrier, of, panel, row)
        for low_day, high_day in use.holes:
            panel.valid[row, max(low_day - origin, 0) : max(high_day - origin, 0)] = 0
    return panel


async def _from_readings(conn: Connection, carrier: Carrier, of: SiteUses, panel: DayPanel, row: int) -> None:
    """A site that its stored days do not answer exactly: its readings do, day by day."""
    zone, days = of.site.timezone, panel.total.shape[1]
    last = panel.first + timedelta(days=days)
    span = Span(day_start(zone, panel.first), day_start(zone, last))
    quantity = of.uses[carrier].quantity
    flow = await plan_flow(
        conn, of.site.id, span, carrier=carrier, direction=Direction.IMPORT, quantity=quantity
    )
    held = await read_flow(conn, flow)

    def figures() -> None:
        readings, kind = added_up(flow, held)
        edges = day_edges(zone, span.start_ms, span.end_ms)
        buckets = resample(readings, kind, edges)
        at = (local_date_of(zone, edges[:-1]) - np.datetime64(panel.first)).astype(np.int64)
        panel.total[row, at] = buckets.sum_micro
        panel.valid[row, at] = buckets.valid
        panel.expected[row, at] = buckets.expected
        panel.estimated[row, at] = buckets.estimated

    panel.total[row], panel.valid[row] = 0, 0
    try:
        await asyncio.to_thread(figures)
    except (InvalidError, InsufficientDataError):
        # Two bills, or a bill and a meter: nobody can say what a day of them was.
        panel.valid[row] = 0


def _answer(
    asked: PortfolioQuestion,
    period: Period,
    sites: Sequence[SiteUses],
    rows: Sequence[SiteUses],
    panel: DayPanel,
    pairs: Sequence[tuple[NDArray[np.int64], DayPairs]],
    prices: Mapping[UUID, Sequence[FlatPrice]],
    now: datetime,
) -> PortfolioAnswer:
    today = max((_today(of.site.timezone, now) for of in rows), default=now.date())
    own = panel.within(period.first, period.end)
    complete = newest_complete(panel, today=today)
    known = complete[~np.isnat(complete)]
    as_of: date | None = known.max().item() if len(known) else None
    passed_to = min(period.end, (as_of or today) + timedelta(days=1))
    passed, all_days = sums_of(panel.within(period.first, max(passed_to, period.first))), sums_of(own)
    change = compared(panel, pairs, complete)
    stored = [CANONICAL[of.uses[asked.carrier].quantity] for of in rows]
    unit = _unit(stored, asked)
    units = [unit if unit in display_units(each, has_heating_value=False) else each for each in stored]
    scale = [factor(each, shown) for each, shown in zip(stored, units, strict=True)]
    table = _Table(
        asked=asked, own=own, sums=all_days, passed=passed, change=change, scale=scale, units=units
    )
    places = {of.site.id: row for row, of in enumerate(rows)}
    shown = tuple(
        table.row(of, places[of.site.id], prices.get(of.site.id, ()))
        if of.site.id in places
        else _without(of, unit)
        for of in sites
    )
    whole = np.array([row for row, each in enumerate(units) if each == unit], dtype=np.int64)
    return _whole(table, unit, shown, whole, panel, as_of=as_of, period=_shown_period(period, as_of or today))


def _today(zone: str, now: datetime) -> date:
    on: date = local_date_of(zone, np.array([ms_of(now)], dtype=np.int64))[0].item()
    return on


def _shown_period(period: Period, as_of: date) -> Period:
    end = max(min(period.end, as_of + timedelta(days=1)), period.first + timedelta(days=1))
    return replace(period, end=end)


def _unit(stored: Sequence[str], asked: PortfolioQuestion) -> str:
    """The unit of the whole: the one that most sites can be shown in; the preferred one where it is that."""
    if not stored:
        return CANONICAL[MAIN_QUANTITY[asked.carrier]]
    (most, _), *_ = Counter(stored).most_common(1)
    preferred = asked.preferred_unit or most
    return preferred if preferred in display_units(most, has_heating_value=False) else most


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """What the rows are made of."""

    asked: PortfolioQuestion
    own: DayPanel
    sums: Sums
    passed: Sums
    change: Compared
    scale: Sequence[Decimal]
    units: Sequence[str]

    def amount(self, micro: int, row: int) -> Decimal:
        """A sum of a site in its unit."""
        return Decimal(micro) / MICRO * self.scale[row]

    def row(self, of: SiteUses, row: int, prices: Sequence[FlatPrice]) -> SiteOfPortfolio:
        """One site."""
        total = self.amount(int(self.sums.total[row]), row) if self.sums.is_known[row] else None
        reason = self.change.reasons[row]
        return SiteOfPortfolio(
            of=of,
            unit=self.units[row],
            total=total,
            per_m2=total / of.floor_area_m2 if total is not None and of.floor_area_m2 else None,
            change=self.change.change_of(row),
            reason=None if reason is None else reason.value,
            this=self.amount(int(self.change.current[row]), row),
            that=self.amount(int(self.change.reference[row]), row),
            elapsed_days=int(self.change.elapsed_days[row]),
            common_days=int(self.change.common_days[row]),
            coverage=_number(self.passed.coverage[row]),
            estimated_share=_number(self.sums.estimated_share[row]),
            cost=self._cost(of, row, prices) if total is not None else None,
        )

    def _cost(self, of: SiteUses, row: int, prices: Sequence[FlatPrice]) -> Cost | None:
        stored = CANONICAL[of.uses[self.asked.carrier].quantity]
        # A price of something else than what is counted says nothing; so does a change of currency.
        fits = [p for p in prices if p.unit in display_units(stored, has_heating_value=False)]
        if not fits or any(p.currency != fits[0].currency for p in fits):
            return None
        dated = [(p.valid_from, p.price_per_unit * factor(stored, p.unit)) for p in fits]
        amount = cost_of(self.own.total[row], self.own.first, dated)
        return Cost(currency=fits[0].currency, amount=amount.quantize(_CENT, rounding=ROUND_HALF_UP), sites=1)


def _whole(
    table: _Table,
    unit: str,
    shown: tuple[SiteOfPortfolio, ...],
    rows: NDArray[np.int64],
    panel: DayPanel,
    *,
    as_of: date | None,
    period: Period,
) -> PortfolioAnswer:
    inside = [site for site in shown if site.unit == unit]
    printed = [site for site in inside if site.change is not None]
    this = sum((site.this for site in printed), Decimal(0))
    that = sum((site.that for site in printed), Decimal(0))
    totals = [site.total for site in inside if site.total is not None]
    reasons = Counter(site.reason for site in inside if site.reason)
    own = table.own.of(rows)
    valid = float(own.valid.sum())
    # A site that ended before these months is missing in none of them, and stands in neither year.
    since = max((_first_month(period) - panel.first).days, 0)
    heard = rows[(panel.valid[rows, since:] > 0).any(axis=1)]
    months = months_of(
        _in_unit(panel.of(heard), [table.scale[row] for row in heard]),
        _months(period),
        as_of=as_of or period.first,
    )
    return PortfolioAnswer(
        as_of=as_of,
        unit=unit,
        sites=shown,
        total=sum(totals, Decimal(0)) if totals else None,
        left_out=len(shown) - len(inside),
        this=this,
        that=that,
        change=float(this / that - 1) if that else None,
        reason=None if that else next((reason for reason, _ in reasons.most_common(1)), "nothing_elapsed"),
        compared_sites=len(printed),
        coverage=_mean([site.coverage for site in inside if site.total is not None]),
        estimated_share=float(own.estimated.sum()) / valid if valid else None,
        costs=_costs(shown),
        months=tuple(months),
    )


def _in_unit(panel: DayPanel, scale: Sequence[Decimal]) -> DayPanel:
    """The sums of a panel in one unit, to its last millionth."""
    if all(each == 1 for each in scale):
        return panel
    factors = np.array([float(each) for each in scale])
    return replace(panel, total=np.rint(panel.total * factors[:, None]).astype(np.int64))


def _months(period: Period) -> list[date]:
    months = [_first_month(period)]
    while (after := month_after(months[-1])) < period.end:
        months.append(after)
    return months


def _costs(sites: Sequence[SiteOfPortfolio]) -> tuple[Cost, ...]:
    """Added up by currency."""
    held: dict[str, list[Decimal]] = {}
    for site in sites:
        if site.cost is not None:
            held.setdefault(site.cost.currency, []).append(site.cost.amount)
    return tuple(
        Cost(currency=currency, amount=sum(amounts, Decimal(0)), sites=len(amounts))
        for currency, amounts in sorted(held.items())
    )


def _without(of: SiteUses, unit: str) -> SiteOfPortfolio:
    """A site that has nothing of the carrier."""
    return SiteOfPortfolio(
        of=of,
        unit=unit,
        total=None,
        per_m2=None,
        change=None,
        reason="nothing_metered",
        this=Decimal(0),
        that=Decimal(0),
        elapsed_days=0,
        common_days=0,
        coverage=None,
        estimated_share=None,
        cost=None,
    )


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _mean(values: Collection[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
