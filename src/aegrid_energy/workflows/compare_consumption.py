"""Compare what an asset used: with what is normal, with another time, with another asset."""

import asyncio
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.analytics.alignment import (
    align,
    day_figures,
    pair_before,
    period_of_span,
    reference_span,
)
from aegrid_energy.analytics.buckets import Resolution, pick_resolution
from aegrid_energy.analytics.compare import (
    LEAST_COVERAGE,
    DayFigures,
    DayPairs,
    Unprinted,
    as_of,
    compare,
    pair_last_year,
)
from aegrid_energy.analytics.consumption_answer import Against, Change, Compared, ConsumptionAnswer, Question
from aegrid_energy.analytics.display_units import crosses_kinds
from aegrid_energy.analytics.normal_use import history_span, normal_days, normal_in
from aegrid_energy.analytics.resample import resample
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import Kind
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.holidays import holidays_of
from aegrid_energy.workflows.gather_flow import Flow, added_up, read_flow
from aegrid_energy.workflows.shape_answer import (
    ENERGY_OF,
    answer_of,
    chosen_resolution,
    chosen_unit,
    edges_of,
    floor_area,
    flow_of,
    heating_of,
)

#: Two years of calendars may lie between a holiday and its like.
_HOLIDAY_REACH: Final = timedelta(days=420)


@dataclass(frozen=True, slots=True)
class _Side:
    flow: Flow
    readings: Readings
    kind: Kind


async def compare_consumption(
    conn: Connection, question: Question, against: Against, *, other_asset_id: UUID | None, now: datetime
) -> ConsumptionAnswer:
    """The consumption of an asset beside what it is compared with, in the same buckets.

    Args:
        conn: In the tenant.
        question: What is asked; it may not name a point, nor a power of two energies.
        against: What it is compared with.
        other_asset_id: For OTHER_ASSET, which; the caller may see it.
        now: Days that have not passed are not compared.

    Raises:
        NotFoundError: No such asset or meter.
        InvalidError: Those of `answer_consumption`; `comparison_not_possible`; `other_asset_missing`;
            `period_too_long`.
        InsufficientDataError: `no_heating_value`.
    """
    if question.point_id is not None or question.quantity in ENERGY_OF:
        raise InvalidError("comparison_not_possible")
    if against is Against.OTHER_ASSET and other_asset_id is None:
        raise InvalidError("other_asset_missing")
    flow = await flow_of(conn, question, question.period, question.quantity)
    zone = flow.site.timezone
    pairs, span, holidays = await _days_of(conn, flow, against)
    theirs = question
    if against is Against.OTHER_ASSET and other_asset_id is not None:
        theirs = replace(question, asset_id=other_asset_id, meter_id=None)
    other = await flow_of(conn, theirs, span, flow.quantity)
    heating, other_heating = await heating_of(conn, flow), await heating_of(conn, other)
    has_values = heating is not None and other_heating is not None
    unit = chosen_unit(question, flow.unit, has_heating_value=has_values)
    crosses = crosses_kinds(flow.unit, unit)
    resolution = _common_resolution(question, flow, other)
    held, other_held = await read_flow(conn, flow), await read_flow(conn, other)

    def figures() -> ConsumptionAnswer:
        this = _Side(flow, *added_up(flow, held, heating if crosses else None))
        that = _Side(other, *added_up(other, other_held, other_heating if crosses else None))
        edges = edges_of(this.readings, resolution, zone, flow.period)
        answer = answer_of(question, flow, resample(this.readings, this.kind, edges), resolution, unit=unit)
        days = day_figures(this.readings, this.kind, zone, flow.period)
        if against is Against.NORMAL:
            normal = normal_in(
                that.readings, that.kind, edges, zone=zone, resolution=resolution, holidays=holidays
            )
            usual = normal_days(that.readings, that.kind, flow.period, zone=zone, holidays=holidays)
            change = _change(days, usual, pairs, zone, now)
            if change.reason == Unprinted.TOO_FEW_COMMON_DAYS and change.coverage_this >= LEAST_COVERAGE:
                change = replace(change, reason="not_enough_history")
            return replace(answer, compared=Compared(against=against, change=change, normal=normal))
        if against is Against.OTHER_ASSET:
            buckets = resample(that.readings, that.kind, edges)
            starts = edges[:-1]
        else:
            buckets, starts = align(that.readings, that.kind, edges, pairs, zone=zone, resolution=resolution)
        reference = day_figures(that.readings, that.kind, zone, span)
        scale = Decimal(1)
        if question.per_m2 and against is Against.OTHER_ASSET:
            # The answer's scale has this asset's area in it already.
            scale = floor_area(flow) / floor_area(other)
            reference = replace(reference, sums=reference.sums * float(scale))
        change = _change(days, reference, pairs, zone, now)
        return replace(
            answer,
            compared=Compared(
                against=against,
                change=change,
                buckets=buckets,
                that_start_ms=starts,
                scale=scale,
                other_asset_id=other_asset_id if against is Against.OTHER_ASSET else None,
            ),
        )

    return await asyncio.to_thread(figures)


async def _days_of(conn: Connection, flow: Flow, against: Against) -> tuple[DayPairs, Span, frozenset[date]]:
    """Which day meets which, what has to be read for it, and the holidays of all those days."""
    zone, period = flow.site.timezone, flow.period
    if period.end_ms <= period.start_ms:
        raise InvalidError("empty_period")
    days = period_of_span(zone, period)
    holidays: frozenset[date] = frozenset()
    if against in {Against.NORMAL, Against.SAME_PERIOD_LAST_YEAR}:
        first = days.first - _HOLIDAY_REACH
        holidays = await holidays_of(conn, flow.site.id, zone, first, days.end)
    if against is Against.SAME_PERIOD_LAST_YEAR:
        pairs = pair_last_year(days, holidays)
        return pairs, reference_span(zone, pairs), holidays
    if against is Against.PREVIOUS_PERIOD:
        pairs = pair_before(zone, period)
        return pairs, reference_span(zone, pairs), holidays
    own = np.datetime64(days.first, "D") + np.arange(days.days)
    span = history_span(zone, period) if against is Against.NORMAL else period
    return DayPairs(current=own, reference=own), span, holidays


def _common_resolution(question: Question, flow: Flow, other: Flow) -> Resolution:
    """A resolution that both sides carry; raw only where their intervals are of one length."""
    native_s = max(flow.native_s, other.native_s)
    resolution = chosen_resolution(question, native_s)
    if resolution is not Resolution.RAW or flow.native_s == other.native_s or not other.native_s:
        return resolution
    coarser = next(r for r in Resolution if r.nominal_s >= max(native_s, 1))
    if question.resolution is Resolution.RAW:
        raise InvalidError(
            "resolution_finer_than_data",
            resolution=question.resolution.value,
            native_step_s=native_s,
            finest=coarser.value,
        )
    period = question.period
    picked = pick_resolution(period.start_ms, period.end_ms, question.points, 0)
    return max(picked, coarser, key=lambda r: r.nominal_s)


def _change(this: DayFigures, that: DayFigures, pairs: DayPairs, zone: str, now: datetime) -> Change:
    newest = as_of(zone, ms_of(now), this)
    complete_to = date.min if newest is None else newest.on
    whole = np.isin(pairs.current, this.dates)
    pairs = DayPairs(current=pairs.current[whole], reference=pairs.reference[whole])
    found = compare(this, that, pairs, complete_to=complete_to)
    elapsed = pairs.current <= np.datetime64(complete_to)
    return Change(
        this=found.current,
        that=found.reference,
        change_share=found.change,
        coverage_this=_coverage(this, pairs.current[elapsed]),
        coverage_that=_coverage(that, pairs.reference[elapsed]),
        elapsed_days=found.elapsed_days,
        common_days=found.common_days,
        reason=None if found.reason is None else found.reason.value,
    )


def _coverage(figures: DayFigures, days: NDArray[np.datetime64]) -> float:
    if not len(days) or not len(figures.dates):
        return 0.0
    at = np.minimum(np.searchsorted(figures.dates, days), len(figures.dates) - 1)
    return float(np.where(figures.dates[at] == days, np.nan_to_num(figures.coverage[at]), 0.0).mean())
