"""Shape the answer to a question: its unit, its resolution, its buckets, and what else can be asked."""

from collections.abc import Mapping
from decimal import Decimal
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
from aegrid_energy.analytics.consumption_answer import ConsumptionAnswer, Question
from aegrid_energy.analytics.display_units import crosses_kinds, display_units, shown
from aegrid_energy.analytics.resample import Buckets
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.meter import HeatingValue
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import Quantity
from aegrid_energy.domain.site import Asset
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.units import CANONICAL
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.heating_values import list_heating_values
from aegrid_energy.workflows.gather_flow import Flow, plan_flow

#: The amount whose rate a power is.
ENERGY_OF: Final[Mapping[Quantity, Quantity]] = {
    Quantity.POWER: Quantity.ENERGY,
    Quantity.REACTIVE_POWER: Quantity.REACTIVE_ENERGY,
    Quantity.APPARENT_POWER: Quantity.ENERGY,
    Quantity.POWER_FACTOR: Quantity.ENERGY,
}
_OF_TWO: Final = (
    Quantity.REACTIVE_ENERGY,
    Quantity.REACTIVE_POWER,
    Quantity.APPARENT_POWER,
    Quantity.POWER_FACTOR,
)


async def flow_of(conn: Connection, question: Question, period: Span, quantity: Quantity | None) -> Flow:
    """The series that answer a question over a period, which may be another than its own."""
    return await plan_flow(
        conn,
        question.asset_id,
        period,
        carrier=question.carrier,
        direction=question.direction,
        quantity=quantity,
        meter_id=question.meter_id,
    )


async def heating_of(conn: Connection, flow: Flow) -> dict[UUID, tuple[HeatingValue, ...]] | None:
    """The heating values of gas that is held as volume; None where a meter that counts has none."""
    if flow.quantity is not Quantity.VOLUME:
        return None
    meters = {use.meter_id for use in flow.uses}
    values = await list_heating_values(conn, meters)
    return values if meters and meters == values.keys() else None


def chosen_unit(question: Question, unit: str, *, has_heating_value: bool = False) -> str:
    """The unit to show: the one asked for, else the preferred one where it fits, else the stored one.

    Raises:
        InvalidError: `unit_not_shown` with those that can be.
    """
    allowed = display_units(unit, has_heating_value=has_heating_value)
    if question.unit is not None:
        if question.unit not in allowed:
            raise InvalidError("unit_not_shown", unit=question.unit, allowed=list(allowed))
        return question.unit
    return question.preferred_unit if question.preferred_unit in allowed else unit


def chosen_resolution(question: Question, native_step_s: int) -> Resolution:
    """The rung asked for, if the data carries it; else the finest that fits.

    Raises:
        InvalidError: `points_out_of_range`, `empty_period`, `resolution_finer_than_data`, `too_many_values`.
    """
    start, end = question.period.start_ms, question.period.end_ms
    if question.resolution is None:
        return pick_resolution(start, end, question.points, native_step_s)
    check_resolution(question.resolution, native_step_s)
    length_s = question.resolution.nominal_s or native_step_s or 1
    if (end - start) // 1000 // length_s > MAX_RAW:
        raise InvalidError("too_many_values", limit=MAX_RAW)
    return question.resolution


def edges_of(readings: Readings, resolution: Resolution, zone: str, period: Span) -> NDArray[np.int64]:
    """The edges of the buckets of an answer; raw ones are the readings' own. [ms]."""
    if resolution is not Resolution.RAW or not len(readings):
        rung = Resolution.HOUR if resolution is Resolution.RAW else resolution
        return bucket_edges(rung, zone, period.start_ms, period.end_ms)
    step_ms = (readings.step_s or 3_600) * 1000
    phase = int(readings.start_ms[0]) % step_ms
    first = period.start_ms - (period.start_ms - phase) % step_ms
    return np.arange(first, period.end_ms + step_ms, step_ms, dtype=np.int64)


def answer_of(
    question: Question,
    flow: Flow,
    buckets: Buckets,
    resolution: Resolution,
    *,
    unit: str,
    quantity: Quantity | None = None,
) -> ConsumptionAnswer:
    """The answer of a flow in its buckets.

    Args:
        question: What was asked.
        flow: What makes it up.
        buckets: Its figures.
        resolution: Their length.
        unit: To show; figures of gas that cross from volume to energy are in MJ.
        quantity: What the figures are, where it is not what the flow counts.

    Raises:
        InvalidError: `no_floor_area`.
    """
    quantity = quantity or flow.quantity
    stored = "MJ" if crosses_kinds(CANONICAL[quantity], unit) else CANONICAL[quantity]
    area = floor_area(flow) if question.per_m2 else None
    return ConsumptionAnswer(
        site=flow.site,
        question=question,
        quantity=quantity,
        unit=stored,
        shown=shown(stored, unit, is_amount=buckets.is_amount, area_m2=area),
        resolution=resolution,
        step_s=flow.native_s if resolution is Resolution.RAW else resolution.nominal_s,
        buckets=buckets,
        used=flow.uses,
        left_out=flow.left_out,
        carriers=flow.standing.carriers,
        quantities=_quantities_of(flow),
    )


def floor_area(flow: Flow) -> Decimal:
    """The floor area of an asset: its own, or else the sum of what stands in it. [m2].

    Raises:
        InvalidError: `no_floor_area`.
    """
    below: dict[UUID | None, list[Asset]] = {}
    for asset in flow.standing.register.assets:
        below.setdefault(asset.parent_id, []).append(asset)
        if asset.id == flow.asset_id:
            below[None] = [asset]
    area = sum(
        (_area(asset, below) for asset in below.get(None, []) if asset.id == flow.asset_id), Decimal(0)
    )
    if area <= 0:
        raise InvalidError("no_floor_area", asset_id=str(flow.asset_id))
    return area


def _area(asset: Asset, below: Mapping[UUID | None, list[Asset]]) -> Decimal:
    if asset.floor_area_m2:
        return Decimal(str(asset.floor_area_m2))
    return sum((_area(child, below) for child in below.get(asset.id, [])), Decimal(0))


def _quantities_of(flow: Flow) -> tuple[Quantity, ...]:
    """What can be asked of the meters of a flow; reactive figures only where each of them counts kvarh."""
    found = [flow.quantity]
    if flow.quantity is Quantity.ENERGY and flow.uses:
        found.append(Quantity.POWER)
        meters = {use.meter_id for use in flow.uses}
        series = flow.standing.register.series
        if meters <= {s.meter_id for s in series if s.quantity is Quantity.REACTIVE_ENERGY}:
            found += _OF_TWO
    return tuple(found)
