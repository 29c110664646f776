"""Answer what an asset or a meter used: which series count, their sum, in buckets of the asked length."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.analytics.buckets import (
    MAX_RAW,
    Resolution,
    bucket_edges,
    check_resolution,
    pick_resolution,
)
from aegrid_energy.analytics.consumption import MAIN_QUANTITY, Omission, Register, Use, plan_consumption
from aegrid_energy.analytics.resample import Buckets, resample
from aegrid_energy.analytics.summation import Part, add_up
from aegrid_energy.domain.errors import InvalidError, NotFoundError
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import AMOUNTS, Carrier, Direction, Kind, Quantity, Series
from aegrid_energy.domain.site import Site
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.units import CANONICAL
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.nouns import list_assets, list_assignments, list_meters, site_of_asset
from aegrid_energy.storage.readings import read_many
from aegrid_energy.storage.series import list_series

#: How far outside of a period a register's neighbouring reads are looked for. [ms]
_MARGIN_MS: Final = 32 * 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked.

    Args:
        asset_id: Any asset; a site's id is its root asset's.
        period: From when to when.
        carrier, direction: Which side of which flow.
        quantity: What is counted; the carrier's main quantity where None.
        points: Most buckets wanted; the finest rung that fits is taken.
        resolution: Or the rung itself.
        meter_id: Only this meter of the asset.
    """

    asset_id: UUID
    period: Span
    carrier: Carrier = Carrier.ELECTRICITY
    direction: Direction = Direction.IMPORT
    quantity: Quantity | None = None
    points: int = 1_000
    resolution: Resolution | None = None
    meter_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumptionAnswer:
    """What was used, and which meters said so.

    `mean`, `min` and `max` of the buckets are rates per hour (kW for kWh); `sum` is in `unit`.
    """

    site: Site
    question: Question
    quantity: Quantity
    unit: str
    resolution: Resolution
    step_s: int
    buckets: Buckets
    used: tuple[Use, ...]
    left_out: tuple[Omission, ...]
    carriers: tuple[Carrier, ...]


async def answer_consumption(conn: Connection, question: Question) -> ConsumptionAnswer:
    """The consumption of an asset over a period.

    Raises:
        NotFoundError: No such asset, or the meter is not assigned to it.
        InvalidError: `points_out_of_range`, `empty_period`, `resolution_finer_than_data`, `too_many_values`.
    """
    site = await site_of_asset(conn, question.asset_id)
    register, carriers = await read_register(conn, site.id)
    quantity = question.quantity or _main_quantity(question.carrier, register.series)
    plan = plan_consumption(
        question.asset_id,
        register,
        question.period,
        carriers=frozenset({question.carrier}),
        directions=frozenset({question.direction}),
        quantities=frozenset({quantity}),
    )
    used = tuple(use for use in plan.used if question.meter_id in {None, use.meter_id})
    if question.meter_id is not None and not used:
        used = _one_meter(question, register, quantity)
    by_no = {s.series_no: s for s in register.series}
    numbers = sorted({use.series_no for use in used if use.series_no is not None})
    native = max((by_no[n].step_s or 0 for n in numbers), default=0)
    resolution = _resolution(question, native)
    # A register's difference needs the reads just outside of the period.
    margin_ms = _MARGIN_MS if any(by_no[n].kind is Kind.CUMULATIVE for n in numbers) else 0
    held = await read_many(
        conn, numbers, question.period.start_ms - margin_ms, question.period.end_ms + margin_ms
    )
    buckets = await asyncio.to_thread(_buckets, question.period, used, by_no, held, resolution, site.timezone)
    return ConsumptionAnswer(
        site=site,
        question=question,
        quantity=quantity,
        unit=CANONICAL[quantity],
        resolution=resolution,
        step_s=native if resolution is Resolution.RAW else resolution.nominal_s,
        buckets=buckets,
        used=used,
        left_out=plan.left_out,
        carriers=carriers,
    )


async def read_register(conn: Connection, site_id: UUID) -> tuple[Register, tuple[Carrier, ...]]:
    """What stands where on one site, and the carriers it has meters for."""
    meters = await list_meters(conn, [site_id])
    register = Register(
        assets=await list_assets(conn, [site_id]),
        meters=meters,
        assignments=await list_assignments(conn, [site_id]),
        series=await list_series(conn, owners=[m.id for m in meters]),
        virtual_quantities={},
    )
    return register, tuple(c for c in Carrier if any(m.carrier is c for m in meters))


def _main_quantity(carrier: Carrier, series: Sequence[Series]) -> Quantity:
    # Gas is stored as it is metered: where only volumes are held, they are what was used.
    main = MAIN_QUANTITY[carrier]
    held = {s.quantity for s in series}
    if carrier is Carrier.GAS and main not in held:
        return next((q for q in (Quantity.VOLUME, Quantity.ENERGY) if q in held), main)
    return main


def _one_meter(question: Question, register: Register, quantity: Quantity) -> tuple[Use, ...]:
    """A sub, check or generation meter by itself; it is no part of the asset's sum."""
    meter = next((m for m in register.meters if m.id == question.meter_id), None)
    if meter is None:
        raise NotFoundError("meter_not_found")
    return tuple(
        Use(
            meter_id=meter.id,
            series_no=s.series_no,
            asset_id=question.asset_id,
            carrier=meter.carrier,
            quantity=quantity,
            direction=question.direction,
            span=question.period,
        )
        for s in register.series
        if s.meter_id == meter.id
        and s.quantity is quantity
        and s.direction is question.direction
        and s.kind is Kind.INTERVAL
    )


def _resolution(question: Question, native_step_s: int) -> Resolution:
    start, end = question.period.start_ms, question.period.end_ms
    if question.resolution is None:
        return pick_resolution(start, end, question.points, native_step_s)
    check_resolution(question.resolution, native_step_s)
    length_s = question.resolution.nominal_s or native_step_s or 1
    if (end - start) // 1000 // length_s > MAX_RAW:
        raise InvalidError("too_many_values", limit=MAX_RAW)
    return question.resolution


def _buckets(
    period: Span,
    used: Sequence[Use],
    by_no: Mapping[int, Series],
    held: Mapping[int, Readings],
    resolution: Resolution,
    zone: str,
) -> Buckets:
    counted = [
        (by_no[use.series_no], Part(readings=held[use.series_no], span=use.span))
        for use in used
        if use.series_no is not None and by_no[use.series_no].quantity in AMOUNTS
    ]
    parts = [part for _, part in counted]
    is_plain = all(s.kind is Kind.INTERVAL and part.readings.step_s is not None for s, part in counted)
    if is_plain and parts:
        readings, kind = add_up(parts, period), Kind.INTERVAL
    elif len(parts) <= 1:
        # A register's reads or a bill's periods: shown as they are, by their own kind.
        readings = parts[0].readings if parts else _nothing()
        kind = counted[0][0].kind if counted else Kind.INTERVAL
    else:
        raise InvalidError("irregular_series_cannot_be_added", series=len(parts))
    if resolution is Resolution.RAW and len(readings):
        step_ms = (readings.step_s or 3600) * 1000
        edges = _raw_edges(readings, step_ms, period)
    else:
        rung = Resolution.HOUR if resolution is Resolution.RAW else resolution
        edges = bucket_edges(rung, zone, period.start_ms, period.end_ms)
    return resample(readings, kind, edges)


def _nothing() -> Readings:
    return Readings(
        start_ms=np.zeros(0, dtype=np.int64),
        micro=np.zeros(0, dtype=np.int64),
        quality=np.zeros(0, dtype=np.uint8),
        step_s=3600,
    )


def _raw_edges(readings: Readings, step_ms: int, period: Span) -> NDArray[np.int64]:
    phase = int(readings.start_ms[0]) % step_ms
    first = period.start_ms - (period.start_ms - phase) % step_ms
    return np.arange(first, period.end_ms + step_ms, step_ms, dtype=np.int64)
