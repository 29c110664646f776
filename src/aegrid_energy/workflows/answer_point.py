"""Answer what a point said over a period: a gauge's mean and extremes, seconds in each state, an amount."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np

from aegrid_energy.analytics.buckets import Resolution
from aegrid_energy.analytics.consumption_answer import ConsumptionAnswer, Question
from aegrid_energy.analytics.display_units import shown
from aegrid_energy.analytics.resample import Buckets, StateBuckets, resample, resample_states
from aegrid_energy.domain.errors import InsufficientDataError, NotFoundError
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import Kind, Quantity, Series
from aegrid_energy.domain.site import Site
from aegrid_energy.domain.units import CANONICAL
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.events import scopes_of_asset
from aegrid_energy.storage.nouns import list_assets, site_of_asset
from aegrid_energy.storage.points import find_point, outside_air_points, shared_weather_points
from aegrid_energy.storage.readings import read_many
from aegrid_energy.storage.series import list_series
from aegrid_energy.workflows.shape_answer import chosen_resolution, chosen_unit, edges_of

#: How long before a period the reading is looked for that still held when it began. [ms]
_BEFORE_MS: Final = 7 * 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """The series of a point, or of a site's weather.

    Args:
        series: One, or one for each interval length the point ever had; all of one kind.
        hold_ms: How long a reading holds without a newer one; None: by its step, or until the next. [ms]
        point_id: The point, if it is one.
    """

    site: Site
    quantity: Quantity
    kind: Kind
    series: Sequence[Series]
    hold_ms: int | None
    point_id: UUID | None


async def answer_point(conn: Connection, question: Question, point_id: UUID) -> ConsumptionAnswer:
    """The series of one point of an asset, or of what stands below it.

    Raises:
        NotFoundError: `asset_not_found`, `point_not_found`.
        InvalidError: Those of `answer_consumption`, `too_many_states`.
    """
    site = await site_of_asset(conn, question.asset_id)
    point = await find_point(conn, point_id)
    if point is None or point.asset_id not in await scopes_of_asset(conn, question.asset_id):
        raise NotFoundError("point_not_found")
    every = await list_series(conn, owners=[point.id])
    gauge = Gauge(
        site=site,
        quantity=point.quantity,
        kind=point.kind,
        series=[one for one in every if one.kind is point.kind and one.quantity is point.quantity],
        hold_ms=None if point.stale_after_s is None else point.stale_after_s * 1000,
        point_id=point.id,
    )
    return await _answered(conn, question, gauge)


async def answer_outside_air(conn: Connection, question: Question) -> ConsumptionAnswer:
    """The temperature outside of the site of an asset.

    Of a sensor of its own, else of its weather series, else of the weather that the tenant keeps for all.

    Raises:
        NotFoundError: `asset_not_found`.
        InsufficientDataError: `outside_temperature_unknown`, where nobody measures it.
        InvalidError: Those of `answer_consumption`.
    """
    site = await site_of_asset(conn, question.asset_id)
    points = [*await outside_air_points(conn, site.id), *await shared_weather_points(conn)]
    every = await list_series(conn, owners=[*(point.id for point in points), site.id])
    by_owner: dict[UUID | None, list[Series]] = {}
    for one in every:
        if one.quantity is Quantity.TEMPERATURE and one.kind in {Kind.INSTANT, Kind.INTERVAL}:
            by_owner.setdefault(one.point_id or one.site_id, []).append(one)
    assets = {asset.id for asset in await list_assets(conn, [site.id])}
    holds = {point.id: point.stale_after_s for point in points}
    own = [point.id for point in points if point.asset_id in assets]
    owner = next((of for of in (*own, site.id, *holds) if of in by_owner), None)
    if owner is None:
        raise InsufficientDataError("outside_temperature_unknown")
    stale_s = holds.get(owner)
    gauge = Gauge(
        site=site,
        quantity=Quantity.TEMPERATURE,
        # A temperature that a file calls an interval is its mean, never an amount.
        kind=Kind.INSTANT,
        series=by_owner[owner],
        hold_ms=None if stale_s is None else stale_s * 1000,
        point_id=owner if owner in holds else None,
    )
    return await _answered(conn, question, gauge)


async def _answered(conn: Connection, question: Question, gauge: Gauge) -> ConsumptionAnswer:
    native_s = max((one.step_s or 0 for one in gauge.series), default=0)
    stored = CANONICAL[gauge.quantity]
    unit = chosen_unit(question, stored)
    resolution = chosen_resolution(question, native_s)
    period = question.period
    before_ms = _BEFORE_MS if gauge.hold_ms is None else min(gauge.hold_ms, _BEFORE_MS)
    held = await read_many(
        conn, [one.series_no for one in gauge.series], period.start_ms - before_ms, period.end_ms
    )

    def figures() -> ConsumptionAnswer:
        readings, hold_ms = _one(list(held.values()), gauge)
        edges = edges_of(readings, resolution, gauge.site.timezone, period)
        states = None
        if gauge.kind is Kind.STATE:
            states = resample_states(readings, edges, hold_ms=hold_ms)
            buckets = _without_figures(states)
        else:
            buckets = resample(readings, gauge.kind, edges, hold_ms=hold_ms)
        return ConsumptionAnswer(
            site=gauge.site,
            question=question,
            quantity=gauge.quantity,
            unit=stored,
            shown=shown(stored, unit, is_amount=buckets.is_amount),
            resolution=resolution,
            step_s=native_s if resolution is Resolution.RAW else resolution.nominal_s,
            buckets=buckets,
            states=states,
            point_id=gauge.point_id,
        )

    return await asyncio.to_thread(figures)


def _one(held: Sequence[Readings], gauge: Gauge) -> tuple[Readings, int | None]:
    """The readings of a point in one line, and how long each holds."""
    if len(held) == 1:
        return held[0], gauge.hold_ms
    steps = [of.step_s for of in held if of.step_s is not None]
    starts = np.concatenate([of.start_ms for of in held] or [np.zeros(0, dtype=np.int64)])
    # Of two series at one instant the later opened stands.
    _, first = np.unique(starts[::-1], return_index=True)
    at = len(starts) - 1 - first
    durations = [of.duration_ms for of in held]
    joined = Readings(
        start_ms=starts[at],
        micro=np.concatenate([of.micro for of in held] or [starts])[at],
        quality=np.concatenate([of.quality for of in held] or [starts.astype(np.uint8)])[at],
        step_s=None,
        duration_ms=np.concatenate(
            [
                np.full(len(of), (of.step_s or 0) * 1000, dtype=np.int64) if own is None else own
                for of, own in zip(held, durations, strict=True)
            ]
            or [starts]
        )[at],
    )
    by_step = max(steps) * 1000 if steps and len(steps) == len(held) else None
    return joined, by_step if gauge.hold_ms is None else gauge.hold_ms


def _without_figures(states: StateBuckets) -> Buckets:
    """A state has no mean: only how much of each bucket is known."""
    length_ms = np.diff(states.edges_ms).astype(np.float64)
    nothing = np.full(len(length_ms), np.nan)
    none = np.zeros(len(length_ms))
    return Buckets(
        edges_ms=states.edges_ms,
        mean=nothing,
        min=nothing,
        max=nothing,
        sum_micro=np.zeros(len(length_ms), dtype=np.int64),
        valid=states.coverage * length_ms,
        expected=length_ms,
        estimated=none,
        suspect=none,
        is_amount=False,
    )
