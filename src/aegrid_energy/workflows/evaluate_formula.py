"""Evaluate a virtual meter on reading: its inputs are read and added up; nothing is ever stored of it."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from aegrid_energy.analytics.consumption import Register, Use, plan_consumption
from aegrid_energy.analytics.summation import Part, add_up
from aegrid_energy.analytics.virtual_meter import Input, check_virtual_meters, evaluate, inputs_of
from aegrid_energy.domain.errors import InsufficientDataError, NotFoundError
from aegrid_energy.domain.meter import Meter, MeterAssignment, Role, VirtualMeter
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import Direction, Quantity, Series
from aegrid_energy.domain.site import Asset
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.units import CANONICAL
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.nouns import list_meters
from aegrid_energy.storage.readings import read_many
from aegrid_energy.storage.series import list_series
from aegrid_energy.storage.virtual_meters import list_virtual_meters
from aegrid_energy.workflows.check_formulas import input_units, main_quantity

#: Stands for "what this meter counts" where the way down the asset tree is asked for a meter alone.
_ALONE: Final = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualReadings:
    """What a virtual meter gives over a period.

    Args:
        readings: At the coarsest step of its inputs; null where an input is, or no version holds.
        quantity: What it counts.
        unit: Canonical unit of that.
        used: The stored series that it was computed from.
    """

    readings: Readings
    quantity: Quantity
    unit: str
    used: tuple[Use, ...]


async def evaluate_formula(conn: Connection, meter_id: UUID, period: Span) -> VirtualReadings:
    """The readings of a virtual meter over a period.

    Args:
        conn: In the tenant.
        meter_id: A virtual meter with a formula.
        period: From when to when.

    Raises:
        NotFoundError: `meter_not_found`: no such meter, or it has no formula.
        InsufficientDataError: `virtual_input_empty`: nothing is stored of an input.
        InvalidError: Those of `summation.add_up` (steps that do not divide, irregular inputs).
    """
    formulas = {virtual.meter_id: virtual for virtual in await list_virtual_meters(conn)}
    if meter_id not in formulas:
        raise NotFoundError("meter_not_found")
    needed = _closure(meter_id, formulas)
    meters = {meter.id: meter for meter in await list_meters(conn)}
    series = await list_series(
        conn, owners={i for virtual in needed for i, _ in inputs_of(virtual) if i not in formulas}
    )
    units = input_units(series, meters)
    order = check_virtual_meters(needed, meters, units)
    real = {i for virtual in needed for i in inputs_of(virtual) if i[0] not in formulas}
    used = {i: _uses(i, meters, series, period) for i in real}
    numbers = {use.series_no for uses in used.values() for use in uses if use.series_no is not None}
    held = await read_many(conn, sorted(numbers), period.start_ms, period.end_ms)
    for one, uses in used.items():
        if not uses:
            raise InsufficientDataError("virtual_input_empty", input=meters[one[0]].name, direction=one[1])
    readings = await asyncio.to_thread(_evaluated, order, formulas, used, held, period)
    quantities = {use.quantity for uses in used.values() for use in uses}
    quantity = main_quantity(meters[meter_id].carrier, quantities)
    return VirtualReadings(
        readings=readings[meter_id],
        quantity=quantity,
        unit=CANONICAL[quantity],
        used=tuple(dict.fromkeys(use for uses in used.values() for use in uses)),
    )


def _closure(meter_id: UUID, formulas: Mapping[UUID, VirtualMeter]) -> list[VirtualMeter]:
    """The formula of a meter and those it is made of."""
    wanted, found = [meter_id], dict[UUID, VirtualMeter]()
    while wanted:
        one = wanted.pop()
        if one in formulas and one not in found:
            found[one] = formulas[one]
            wanted += [input_id for input_id, _ in inputs_of(formulas[one])]
    return list(found.values())


def _uses(one: Input, meters: Mapping[UUID, Meter], series: Sequence[Series], period: Span) -> list[Use]:
    """The series of one direction of a meter over a period, by the same rules as an asset's boundary."""
    meter_id, direction = one
    meter = meters[meter_id]
    own = [s for s in series if s.meter_id == meter_id]
    quantity = main_quantity(meter.carrier, {s.quantity for s in own if s.direction is direction})
    register = Register(
        assets=[
            Asset(id=_ALONE, tenant_no=meter.tenant_no, site_id=_ALONE, parent_id=None, kind="site", name="")
        ],
        meters=[meter],
        assignments=[MeterAssignment(meter_id=meter_id, asset_id=_ALONE, role=Role.BOUNDARY)],
        series=own,
    )
    plan = plan_consumption(
        _ALONE,
        register,
        period,
        directions=frozenset({direction}),
        quantities=frozenset({quantity}),
    )
    return [use for use in plan.used if use.series_no is not None]


def _evaluated(
    order: Iterable[UUID],
    formulas: Mapping[UUID, VirtualMeter],
    used: Mapping[Input, Sequence[Use]],
    held: Mapping[int, Readings],
    period: Span,
) -> dict[UUID, Readings]:
    inputs: dict[Input, Readings] = {}
    for one, uses in used.items():
        parts = [
            Part(readings=held[use.series_no], span=use.span) for use in uses if use.series_no is not None
        ]
        inputs[one] = add_up(parts, period) if len(parts) > 1 else parts[0].readings
    found: dict[UUID, Readings] = {}
    for meter_id in order:
        found[meter_id] = evaluate(formulas[meter_id], inputs, period)
        inputs[meter_id, Direction.IMPORT] = found[meter_id]
    return found
