"""Gather a flow of an asset: which series and formulas make it up, their readings, and the sum of those."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import numpy as np

from aegrid_energy.analytics.consumption import (
    MAIN_QUANTITY,
    Omission,
    Register,
    Use,
    plan_consumption,
    uses_of_meter,
)
from aegrid_energy.analytics.display_units import shown_in
from aegrid_energy.analytics.summation import Part, add_up
from aegrid_energy.analytics.virtual_meter import Input, check_virtual_meters, evaluate, needed
from aegrid_energy.domain.errors import InvalidError, NotFoundError
from aegrid_energy.domain.meter import HeatingValue, VirtualMeter
from aegrid_energy.domain.readings import MICRO, Readings
from aegrid_energy.domain.series import AMOUNTS, Carrier, Direction, Kind, Quantity, Series
from aegrid_energy.domain.site import Site
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.units import CANONICAL
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.events import scopes_of_asset
from aegrid_energy.storage.nouns import site_of_asset
from aegrid_energy.storage.readings import read_many
from aegrid_energy.workflows.check_formulas import input_units
from aegrid_energy.workflows.read_register import SiteRegister, read_register

#: How far outside of a period a register's neighbouring reads are looked for. [ms]
_MARGIN_MS: Final = 32 * 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Which series make up a flow of an asset over a period, before any of them is read.

    Args:
        uses: Series and virtual meters that count.
        inputs: Series behind each stored input of a virtual meter that counts.
        order: Virtual meters to evaluate, each after those it is made of.
        native_s: The longest interval among them; 0 where none is regular. [s]
    """

    site: Site
    asset_id: UUID
    period: Span
    standing: SiteRegister
    quantity: Quantity
    uses: tuple[Use, ...]
    left_out: tuple[Omission, ...]
    inputs: Mapping[Input, tuple[Use, ...]]
    order: tuple[UUID, ...]
    native_s: int

    @property
    def series(self) -> dict[int, Series]:
        """The series of the site by number."""
        return {s.series_no: s for s in self.standing.register.series}

    @property
    def series_nos(self) -> list[int]:
        """Every series to read."""
        every = [*self.uses, *(use for uses in self.inputs.values() for use in uses)]
        return sorted({use.series_no for use in every if use.series_no is not None})

    @property
    def unit(self) -> str:
        """Canonical unit of the sum."""
        return CANONICAL[self.quantity]


async def plan_flow(
    conn: Connection,
    asset_id: UUID,
    period: Span,
    *,
    carrier: Carrier,
    direction: Direction,
    quantity: Quantity | None = None,
    meter_id: UUID | None = None,
    standing: SiteRegister | None = None,
) -> Flow:
    """Which series make up a flow.

    Args:
        conn: In the tenant.
        asset_id: Any asset; a site's id is its root asset's.
        period: From when to when.
        carrier: What flows.
        direction: Which side of it.
        quantity: What is counted; the carrier's main quantity where None.
        meter_id: Only this meter, which stands on the asset or below it, or makes up a part of it.
        standing: What stands where, if it has been read.

    Raises:
        NotFoundError: No such asset, or no such meter of it.
        InvalidError: Those of `check_virtual_meters`.
    """
    site = await site_of_asset(conn, asset_id)
    standing = standing or await read_register(conn, site.id)
    register = standing.register
    quantity = quantity or _main_quantity(carrier, register)
    plan = plan_consumption(
        asset_id,
        register,
        period,
        carriers=frozenset({carrier}),
        directions=frozenset({direction}),
        quantities=frozenset({quantity}),
    )
    # Only amounts add up over the meters of an asset.
    uses = plan.used if quantity in AMOUNTS else ()
    if meter_id is not None and quantity in AMOUNTS:
        uses = tuple(use for use in uses if use.meter_id == meter_id)
        if not uses:
            await _hold_to_asset(conn, site, asset_id, meter_id, register)
            quantities, directions = frozenset({quantity}), frozenset({direction})
            uses = uses_of_meter(
                meter_id, asset_id, register, period, quantities=quantities, directions=directions
            )
    virtual, stored = needed((use.meter_id for use in uses if use.series_no is None), standing.formulas)
    inputs = {
        (of, side): uses_of_meter(
            of, asset_id, register, period, quantities=frozenset({quantity}), directions=frozenset({side})
        )
        for of, side in stored
    }
    by_no = {s.series_no: s for s in register.series}
    counted = [*uses, *(use for each in inputs.values() for use in each)]
    steps = [by_no[use.series_no].step_s or 0 for use in counted if use.series_no is not None]
    return Flow(
        site=site,
        asset_id=asset_id,
        period=period,
        standing=standing,
        quantity=quantity,
        uses=uses,
        left_out=plan.left_out,
        inputs=inputs,
        order=_order(virtual, stored, standing) if virtual else (),
        native_s=max(steps, default=0),
    )


async def read_flow(conn: Connection, flow: Flow) -> dict[int, Readings]:
    """The readings of every series of a flow, by number."""
    by_no, numbers = flow.series, flow.series_nos
    # A register's difference needs the reads just outside of the period.
    margin_ms = _MARGIN_MS if any(by_no[n].kind is Kind.CUMULATIVE for n in numbers) else 0
    return await read_many(conn, numbers, flow.period.start_ms - margin_ms, flow.period.end_ms + margin_ms)


def added_up(
    flow: Flow,
    held: Mapping[int, Readings],
    heating: Mapping[UUID, Sequence[HeatingValue]] | None = None,
) -> tuple[Readings, Kind]:
    """The sum of a flow, and how its readings relate to time.

    Args:
        flow: What makes it up.
        held: Readings by number, see `read_flow`.
        heating: Makes energy of volumes, by meter; the sum is then in MJ.

    Raises:
        InvalidError: `irregular_series_cannot_be_added`, and those of `add_up`.
        InsufficientDataError: `no_heating_value`.
    """
    by_no = flow.series
    computed = _evaluated(flow, held)
    parts: list[Part] = []
    kinds: list[Kind] = []
    for use in flow.uses:
        readings = computed[use.meter_id] if use.series_no is None else held[use.series_no]
        if heating is not None:
            readings = _as_energy(readings, heating.get(use.meter_id, ()))
        parts.append(Part(readings=readings, span=use.span))
        kinds.append(Kind.INTERVAL if use.series_no is None else by_no[use.series_no].kind)
    if not parts:
        return _nothing(3_600), Kind.INTERVAL
    if all(k is Kind.INTERVAL and p.readings.step_s for k, p in zip(kinds, parts, strict=True)):
        return add_up(parts, flow.period), Kind.INTERVAL
    if len(parts) > 1:
        raise InvalidError("irregular_series_cannot_be_added", series=len(parts))
    # A register's reads or a bill's periods: shown as they are, by their own kind.
    return parts[0].readings, kinds[0]


def _evaluated(flow: Flow, held: Mapping[int, Readings]) -> dict[UUID, Readings]:
    """The readings of the virtual meters of a flow; an input of which nothing is stored is unknown."""
    known: dict[Input, Readings] = {}
    for one, uses in flow.inputs.items():
        parts = [
            Part(readings=held[use.series_no], span=use.span) for use in uses if use.series_no is not None
        ]
        if parts:
            known[one] = add_up(parts, flow.period)
    done: dict[UUID, Readings] = {}
    for meter_id in flow.order:
        formula = flow.standing.formulas[meter_id]
        needs = {(t.input_id, t.direction) for version in formula.versions for t in version.terms}
        finest = min((known[one].step_s or 3_600 for one in needs if one in known), default=3_600)
        inputs = {one: known.get(one, _nothing(finest)) for one in needs}
        done[meter_id] = evaluate(formula, inputs, flow.period) if _holds(formula, flow) else _nothing(finest)
        known[meter_id, Direction.IMPORT] = done[meter_id]
    wanted = (use.meter_id for use in flow.uses if use.series_no is None)
    return done | {meter_id: _nothing(3_600) for meter_id in wanted if meter_id not in done}


def _order(virtual: frozenset[UUID], stored: frozenset[Input], standing: SiteRegister) -> tuple[UUID, ...]:
    formulas = [standing.formulas[meter_id] for meter_id in sorted(virtual)]
    meters = {m.id: m for m in standing.register.meters}
    inputs = {meter_id for meter_id, _ in stored}
    held = [s for s in standing.register.series if s.meter_id in inputs]
    return check_virtual_meters(formulas, meters, input_units(held, meters))


def _holds(formula: VirtualMeter, flow: Flow) -> bool:
    period = flow.period
    return any(v.span.start_ms < period.end_ms and period.start_ms < v.span.end_ms for v in formula.versions)


def _as_energy(readings: Readings, heating: Sequence[HeatingValue]) -> Readings:
    mj = shown_in(readings.floats, "m3", "MJ", start_ms=readings.start_ms, heating=heating)
    return replace(readings, micro=np.rint(np.where(readings.valid, mj, 0.0) * MICRO).astype(np.int64))


def _main_quantity(carrier: Carrier, register: Register) -> Quantity:
    # Gas is stored as it is metered: where only volumes are held, they are what was used.
    main = MAIN_QUANTITY[carrier]
    meters = {m.id for m in register.meters if m.carrier is carrier}
    held = {s.quantity for s in register.series if s.meter_id in meters}
    if carrier is Carrier.GAS and main not in held:
        return next((q for q in (Quantity.VOLUME, Quantity.ENERGY) if q in held), main)
    return main


async def _hold_to_asset(
    conn: Connection, site: Site, asset_id: UUID, meter_id: UUID, register: Register
) -> None:
    """A meter that stands elsewhere on the site is as unknown as one that does not exist."""
    meter = next((m for m in register.meters if m.id == meter_id and m.site_id == site.id), None)
    if meter is None or (asset_id != site.id and meter_id not in await scopes_of_asset(conn, asset_id)):
        raise NotFoundError("meter_not_found")


def _nothing(step_s: int) -> Readings:
    return Readings(
        start_ms=np.zeros(0, dtype=np.int64),
        micro=np.zeros(0, dtype=np.int64),
        quality=np.zeros(0, dtype=np.uint8),
        step_s=step_s,
    )
