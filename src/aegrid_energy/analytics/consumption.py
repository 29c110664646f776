"""Which series make up the consumption of an asset, from when to when, and which were left out and why.

Per carrier: the boundary meters of the asset; where it has none, the sum of its children's by the same rule.
An asset with a boundary meter is measured there in both directions: a child that exports sends to its
neighbours, and is not asked. Import, export and net stand beside each other and are never mixed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final
from uuid import UUID

from aegrid_energy.domain.errors import InvalidError, NotFoundError
from aegrid_energy.domain.meter import Meter, MeterAssignment, Role
from aegrid_energy.domain.series import Carrier, Direction, Kind, Quantity, Series
from aegrid_energy.domain.site import Asset
from aegrid_energy.domain.spans import Span, merged, overlap, overlap_all, span_of, without

#: What is consumed; reactive and apparent energy are asked for by name.
CONSUMED: Final = frozenset({Quantity.ENERGY, Quantity.FUEL_ENERGY, Quantity.VOLUME})
#: What a virtual meter gives unless its inputs say otherwise.
MAIN_QUANTITY: Final[Mapping[Carrier, Quantity]] = {
    Carrier.ELECTRICITY: Quantity.ENERGY,
    Carrier.GAS: Quantity.FUEL_ENERGY,
    Carrier.WATER: Quantity.VOLUME,
    Carrier.HEAT: Quantity.ENERGY,
    Carrier.COOLING: Quantity.ENERGY,
    Carrier.STEAM: Quantity.FUEL_ENERGY,
    Carrier.OTHER: Quantity.ENERGY,
}
_COUNTED: Final = frozenset({Kind.INTERVAL, Kind.CUMULATIVE})


class LeftOut(StrEnum):
    """Why a meter or series is no part of a consumption."""

    SUB = "sub"  # part of what the boundary counts, or of what nobody counts whole
    GENERATION = "generation"  # made inside, not taken in
    CHECK = "check"  # the same once more
    BELOW_BOUNDARY = "below_boundary"  # counted by a boundary further up
    NO_SERIES = "no_series"  # assigned, and nothing of it is stored
    COUNTED_ALREADY = "counted_already"  # boundary of two assets; it counts at the first
    SAME_REGISTER = "same_register"  # a raw counter or a coarser series of a register that is used


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A series that counts, for a time.

    Args:
        meter_id: The meter.
        series_no: Its series; None for a virtual meter, which is evaluated.
        asset_id: The asset whose boundary it is.
        carrier: What flows.
        quantity: What is counted; a gas meter may count volume or energy.
        direction: Import, export or net; a virtual meter gives what flows in.
        span: From when to when.
        coefficient: What to multiply with: 1, until a register is shared.
    """

    meter_id: UUID
    series_no: int | None
    asset_id: UUID
    carrier: Carrier
    quantity: Quantity
    direction: Direction
    span: Span
    coefficient: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """A meter (or one of its series) that does not count, for a time, and why."""

    meter_id: UUID
    series_no: int | None
    asset_id: UUID
    span: Span
    reason: LeftOut


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """A time in which an asset that is metered otherwise had no meter: the figure lacks it."""

    asset_id: UUID
    carrier: Carrier
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumptionPlan:
    """What to read and add up, and what was left out; the answer names both."""

    used: tuple[Use, ...]
    left_out: tuple[Omission, ...]
    holes: tuple[Hole, ...]

    def groups(self) -> Mapping[tuple[Carrier, Quantity, Direction], tuple[Use, ...]]:
        """Uses that may be added up; nothing crosses a carrier, a quantity or a direction."""
        out: dict[tuple[Carrier, Quantity, Direction], list[Use]] = {}
        for use in self.used:
            out.setdefault((use.carrier, use.quantity, use.direction), []).append(use)
        return {key: tuple(uses) for key, uses in out.items()}


@dataclass(frozen=True, slots=True)
class Register:
    """The register of one tenant, looked up by key.

    Args:
        assets: The assets of the sites asked for.
        meters: Their meters.
        assignments: Where those stood.
        series: What is stored of them.
        virtual_quantities: What virtual meters give, where it is not their carrier's main quantity.
    """

    assets: Sequence[Asset]
    meters: Sequence[Meter]
    assignments: Sequence[MeterAssignment]
    series: Sequence[Series]
    virtual_quantities: Mapping[UUID, Quantity] = field(default_factory=dict)


def plan_consumption(
    asset_id: UUID,
    register: Register,
    period: Span,
    *,
    carriers: frozenset[Carrier] | None = None,
    directions: frozenset[Direction] | None = None,
    quantities: frozenset[Quantity] = CONSUMED,
) -> ConsumptionPlan:
    """The series whose sum is the consumption of an asset, by the assignments of their own time.

    Args:
        asset_id: Any asset; a site's id is its root asset's.
        register: What stands where.
        period: From when to when.
        carriers: Only these; None is all.
        directions: Only these; None is all, beside each other.
        quantities: What is counted.

    Raises:
        NotFoundError: `asset_not_found`.
        InvalidError: `asset_cycle`, when an asset is its own ancestor.
    """
    if all(asset.id != asset_id for asset in register.assets):
        raise NotFoundError("asset_not_found", asset_id=str(asset_id))
    wanted = [m.carrier for m in register.meters if carriers is None or m.carrier in carriers]
    used: list[Use] = []
    left_out: list[Omission] = []
    holes: list[Hole] = []
    for carrier in dict.fromkeys(wanted):
        walk = _Walk(register, carrier)
        walk.visit(asset_id, [period], ())
        left_out += walk.left_out
        holes += walk.holes
        for found in walk.found:
            uses, omissions = _series_of(found, walk.meters[found.meter_id], register, quantities)
            used += [use for use in uses if directions is None or use.direction in directions]
            left_out += omissions
    return ConsumptionPlan(used=tuple(used), left_out=tuple(left_out), holes=tuple(holes))


def uses_of_meter(
    meter_id: UUID,
    asset_id: UUID,
    register: Register,
    period: Span,
    *,
    quantities: frozenset[Quantity],
    directions: frozenset[Direction] | None = None,
) -> tuple[Use, ...]:
    """The series of one meter by itself, whatever its role; as such it is no part of any asset's sum.

    Args:
        meter_id: The meter; nothing where the register does not have it.
        asset_id: What the answer is about.
        register: What stands where.
        period: From when to when.
        quantities: What is counted.
        directions: Only these; None is all.
    """
    meter = next((m for m in register.meters if m.id == meter_id), None)
    if meter is None:
        return ()
    uses: list[Use] = []
    for span in overlap(period, [meter.service]):
        uses += _series_of(_Found(meter_id, asset_id, span), meter, register, quantities)[0]
    return tuple(use for use in uses if directions is None or use.direction in directions)


@dataclass(frozen=True, slots=True)
class _Found:
    meter_id: UUID
    asset_id: UUID
    span: Span


class _Walk:
    """One carrier's way down the asset tree."""

    def __init__(self, register: Register, carrier: Carrier) -> None:
        self.meters = {m.id: m for m in register.meters if m.carrier is carrier}
        self.carrier = carrier
        self.found: list[_Found] = []
        self.left_out: list[Omission] = []
        self.holes: list[Hole] = []
        self._counted: dict[UUID, list[Span]] = {}
        self._children: dict[UUID, list[UUID]] = {}
        for asset in register.assets:
            if asset.parent_id is not None:
                self._children.setdefault(asset.parent_id, []).append(asset.id)
        self._assigned: dict[UUID, list[MeterAssignment]] = {}
        for assignment in register.assignments:
            if assignment.meter_id in self.meters:
                self._assigned.setdefault(assignment.asset_id, []).append(assignment)

    def visit(self, asset_id: UUID, spans: list[Span], path: tuple[UUID, ...]) -> list[Span]:
        """Count an asset over `spans`; returns when anything of it was measured."""
        if asset_id in path:
            raise InvalidError("asset_cycle", assets=[str(a) for a in (*path, asset_id)])
        boundary: list[Span] = []
        for meter_id, role, span in self._standing(asset_id, spans):
            if role is Role.BOUNDARY:
                boundary.append(span)
                self._count(meter_id, asset_id, span)
            else:
                self._omit(meter_id, asset_id, span, LeftOut(role.value))
        rest = without(spans, boundary)
        measured = list(boundary)
        for child in self._children.get(asset_id, []):
            self._omit_below(child, overlap_all(spans, boundary), (*path, asset_id))
            if rest:
                measured += self.visit(child, rest, (*path, asset_id))
        if boundary:
            self.holes += [
                Hole(asset_id=asset_id, carrier=self.carrier, span=span) for span in without(spans, measured)
            ]
        return measured

    def _standing(self, asset_id: UUID, spans: list[Span]) -> list[tuple[UUID, Role, Span]]:
        by_role: dict[tuple[UUID, Role], list[Span]] = {}
        for assignment in self._assigned.get(asset_id, []):
            held = overlap(assignment.span, [self.meters[assignment.meter_id].service])
            by_role.setdefault((assignment.meter_id, assignment.role), []).extend(overlap_all(spans, held))
        return [(meter, role, span) for (meter, role), held in by_role.items() for span in merged(held)]

    def _count(self, meter_id: UUID, asset_id: UUID, span: Span) -> None:
        # A meter that two assets call their boundary counts once.
        earlier = self._counted.setdefault(meter_id, [])
        for again in overlap(span, earlier):
            self._omit(meter_id, asset_id, again, LeftOut.COUNTED_ALREADY)
        self.found += [_Found(meter_id, asset_id, new) for new in without([span], earlier)]
        earlier.append(span)

    def _omit(self, meter_id: UUID, asset_id: UUID, span: Span, reason: LeftOut) -> None:
        self.left_out.append(
            Omission(meter_id=meter_id, series_no=None, asset_id=asset_id, span=span, reason=reason)
        )

    def _omit_below(self, asset_id: UUID, spans: list[Span], path: tuple[UUID, ...]) -> None:
        if asset_id in path:
            raise InvalidError("asset_cycle", assets=[str(a) for a in (*path, asset_id)])
        if not spans:
            return
        for meter_id, role, span in self._standing(asset_id, spans):
            below = LeftOut.BELOW_BOUNDARY if role is Role.BOUNDARY else LeftOut(role.value)
            self._omit(meter_id, asset_id, span, below)
        for child in self._children.get(asset_id, []):
            self._omit_below(child, spans, (*path, asset_id))


def _series_of(
    found: _Found, meter: Meter, register: Register, quantities: frozenset[Quantity]
) -> tuple[list[Use], list[Omission]]:
    use = Use(
        meter_id=meter.id,
        series_no=None,
        asset_id=found.asset_id,
        carrier=meter.carrier,
        quantity=register.virtual_quantities.get(meter.id, MAIN_QUANTITY[meter.carrier]),
        direction=Direction.IMPORT,
        span=found.span,
    )
    if meter.is_virtual:
        return [use] if use.quantity in quantities else [], []
    omission = Omission(
        meter_id=meter.id,
        series_no=None,
        asset_id=found.asset_id,
        span=found.span,
        reason=LeftOut.NO_SERIES,
    )
    counted = [
        s
        for s in register.series
        if s.meter_id == meter.id and s.quantity in quantities and s.kind in _COUNTED
    ]
    uses: list[Use] = []
    omissions: list[Omission] = []
    taken: list[tuple[Series, Span]] = []
    for series in sorted(counted, key=_preference):
        held = overlap(found.span, [span_of(series.valid_from, series.valid_to)])
        rivals = [span for other, span in taken if _is_same_register(series, other)]
        twice = replace(omission, series_no=series.series_no, reason=LeftOut.SAME_REGISTER)
        omissions += [replace(twice, span=span) for span in overlap_all(held, rivals)]
        for span in without(held, rivals):
            taken.append((series, span))
            uses.append(
                replace(
                    use,
                    series_no=series.series_no,
                    quantity=series.quantity,
                    direction=series.direction,
                    span=span,
                )
            )
    stored = [use.span for use in uses]
    return uses, omissions + [replace(omission, span=span) for span in without([found.span], stored)]


def _preference(series: Series) -> tuple[bool, bool, float, int]:
    # Intervals before counters, those that were sent before those that were computed from a counter, fine
    # before coarse, the newer of two.
    step_s = series.step_s or float("inf")
    return (series.kind is Kind.CUMULATIVE, series.derived_from is not None, step_s, -series.series_no)


def _is_same_register(series: Series, other: Series) -> bool:
    if (series.quantity, series.direction) != (other.quantity, other.direction):
        return False
    return series.register == other.register or series.series_no in {other.derived_from, other.series_no}
