"""Meters made of others: checked when written, computed when read, in an order without circles."""

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import combinations
from uuid import UUID

from aegrid_energy.analytics.summation import Constant, Part, add_up
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.meter import Meter, VirtualMeter
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import Direction, Kind
from aegrid_energy.domain.spans import Span, overlap

#: One input: a direction of a meter. A virtual meter gives its import.
Input = tuple[UUID, Direction]


def check_virtual_meters(
    virtual_meters: Sequence[VirtualMeter], meters: Mapping[UUID, Meter], units: Mapping[Input, str]
) -> tuple[UUID, ...]:
    """Refuse formulas that cannot be evaluated; give the order in which they can.

    Args:
        virtual_meters: All of a tenant, the new one among them.
        meters: The meters of the tenant by id, virtual ones too.
        units: Canonical unit of each stored input.

    Returns:
        Ids of the virtual meters, each after those it is made of.

    Raises:
        InvalidError: `virtual_cycle` naming the meters of the circle (versions of all dates count, so
            that a later change of dates cannot close one); `virtual_without_inputs`, `unknown_input`,
            `virtual_crosses_tenants`, `virtual_mixes_carriers`, `virtual_mixes_units`,
            `virtual_versions_overlap`, `virtual_coefficient_not_finite`.
    """
    for virtual in virtual_meters:
        _check_one(virtual, meters)
    order = _order(virtual_meters, meters)
    known = dict(units)
    by_id = {virtual.meter_id: virtual for virtual in virtual_meters}
    for meter_id in order:
        inputs = dict.fromkeys(inputs_of(by_id[meter_id]))
        found = {known[i] for i in inputs if i in known}
        if len(found) > 1:
            raise InvalidError("virtual_mixes_units", meter=meters[meter_id].name, units=sorted(found))
        if found:
            known[meter_id, Direction.IMPORT] = found.pop()
    return order


def inputs_of(virtual: VirtualMeter) -> Iterable[Input]:
    """Every input of every version."""
    return ((term.input_id, term.direction) for version in virtual.versions for term in version.terms)


def needed(
    wanted: Iterable[UUID], virtual_meters: Mapping[UUID, VirtualMeter]
) -> tuple[frozenset[UUID], frozenset[Input]]:
    """What some virtual meters are made of, however deep.

    Returns:
        The virtual meters to evaluate, and the stored inputs to read.
    """
    virtual: set[UUID] = set()
    stored: set[Input] = set()
    open_ids = [meter_id for meter_id in wanted if meter_id in virtual_meters]
    while open_ids:
        meter_id = open_ids.pop()
        if meter_id in virtual:
            continue
        virtual.add(meter_id)
        for one in inputs_of(virtual_meters[meter_id]):
            if one[0] in virtual_meters:
                open_ids.append(one[0])
            else:
                stored.add(one)
    return frozenset(virtual), frozenset(stored)


def evaluate(
    virtual: VirtualMeter, inputs: Mapping[Input, Readings], period: Span, *, kind: Kind = Kind.INTERVAL
) -> Readings:
    """The readings of a virtual meter: sum of (coefficient x input) + constant, by the version of the time.

    Args:
        virtual: A checked virtual meter.
        inputs: Readings of each input over the period, virtual inputs evaluated before.
        period: From when to when.
        kind: INTERVAL for amounts, INSTANT for gauges.

    Returns:
        At the coarsest step of the inputs; null where any input is, or no version holds.

    Raises:
        InvalidError: `input_missing`, and those of `summation.add_up`.
    """
    parts: list[Part] = []
    constants: list[Constant] = []
    for version in virtual.versions:
        if not overlap(period, [version.span]):
            continue
        constants.append(Constant(per_hour=version.constant, span=version.span))
        for term in version.terms:
            readings = inputs.get((term.input_id, term.direction))
            if readings is None:
                raise InvalidError("input_missing", meter_id=str(term.input_id), direction=term.direction)
            parts.append(Part(readings=readings, span=version.span, coefficient=term.coefficient))
    return add_up(parts, period, kind=kind, constants=constants)


def _check_one(virtual: VirtualMeter, meters: Mapping[UUID, Meter]) -> None:
    own = meters.get(virtual.meter_id)
    if own is None:
        raise InvalidError("unknown_input", meter_id=str(virtual.meter_id))
    for a, b in combinations(virtual.versions, 2):
        if overlap(a.span, [b.span]):
            raise InvalidError("virtual_versions_overlap", meter=own.name)
    for version in virtual.versions:
        if not version.terms:
            raise InvalidError("virtual_without_inputs", meter=own.name)
        if not all(
            number.is_finite() for number in (version.constant, *(t.coefficient for t in version.terms))
        ):
            raise InvalidError("virtual_coefficient_not_finite", meter=own.name)
    for input_id, _ in inputs_of(virtual):
        other = meters.get(input_id)
        if other is None:
            raise InvalidError("unknown_input", meter=own.name, meter_id=str(input_id))
        if other.tenant_no != own.tenant_no:
            # Told like an unknown meter: who asks must not learn that it exists elsewhere.
            raise InvalidError("virtual_crosses_tenants", meter=own.name, meter_id=str(input_id))
        if other.carrier is not own.carrier:
            raise InvalidError(
                "virtual_mixes_carriers",
                meter=own.name,
                carriers=sorted({own.carrier.value, other.carrier.value}),
            )


def _order(virtual_meters: Sequence[VirtualMeter], meters: Mapping[UUID, Meter]) -> tuple[UUID, ...]:
    own = {virtual.meter_id for virtual in virtual_meters}
    graph = {v.meter_id: {i for i, _ in inputs_of(v) if i in own} for v in virtual_meters}
    try:
        return tuple(TopologicalSorter(graph).static_order())
    except CycleError as circle:
        ids: list[UUID] = circle.args[1]
        raise InvalidError("virtual_cycle", meters=[meters[i].name for i in ids]) from None
