"""Answer powers of an asset by the energy of its intervals: kW, kvar, kVA and power factor."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from aegrid_energy.analytics.buckets import Resolution
from aegrid_energy.analytics.consumption_answer import ConsumptionAnswer, Question
from aegrid_energy.analytics.power import PowerPair, paired
from aegrid_energy.analytics.resample import Buckets, resample
from aegrid_energy.analytics.summation import Part, add_up
from aegrid_energy.domain.errors import InsufficientDataError
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import Direction, Kind, Quantity
from aegrid_energy.domain.units import CANONICAL
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.readings import read_many
from aegrid_energy.workflows.gather_flow import Flow, added_up, plan_flow, read_flow
from aegrid_energy.workflows.shape_answer import (
    ENERGY_OF,
    answer_of,
    chosen_resolution,
    chosen_unit,
    edges_of,
    flow_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactiveFlow:
    """The reactive energy that belongs to an active flow: what was taken less what was given.

    Args:
        taken: Reactive import of the same meters.
        given: Their reactive export; meters without such a register give none.
    """

    taken: Flow
    given: Flow

    @property
    def native_s(self) -> int:
        """The longest interval of both. [s]."""
        return max(self.taken.native_s, self.given.native_s)


async def answer_power(conn: Connection, question: Question, quantity: Quantity) -> ConsumptionAnswer:
    """A power in buckets: its mean, and the lowest and highest interval of each.

    The power factor of a bucket is that of its energies, not the mean of its intervals' factors.

    Raises:
        InsufficientDataError: `no_reactive_energy` where not every meter that counts has kvarh.
        InvalidError: Those of `answer_consumption`.
    """
    flow = await flow_of(conn, question, question.period, ENERGY_OF[quantity])
    unit = chosen_unit(replace(question, preferred_unit=None), CANONICAL[quantity])
    reactive: ReactiveFlow | None = None
    if quantity in {Quantity.APPARENT_POWER, Quantity.POWER_FACTOR}:
        reactive = await reactive_of(conn, question, flow)
        if reactive is None:
            raise InsufficientDataError("no_reactive_energy")
        flow = replace(flow, native_s=max(flow.native_s, reactive.native_s))
    resolution = chosen_resolution(question, flow.native_s)
    held = await read_flow(conn, flow)
    turned = {} if reactive is None else await read_reactive(conn, reactive)

    def figures() -> ConsumptionAnswer:
        readings, kind = added_up(flow, held)
        if reactive is None:
            edges = edges_of(readings, resolution, flow.site.timezone, flow.period)
            buckets = replace(resample(readings, kind, edges), is_amount=False)
        else:
            pair = paired(readings, reactive_sum(reactive, turned), flow.period)
            buckets = _of_pair(pair, quantity, resolution, flow)
        return answer_of(question, flow, buckets, resolution, unit=unit, quantity=quantity)

    return await asyncio.to_thread(figures)


async def reactive_of(conn: Connection, question: Question, flow: Flow) -> ReactiveFlow | None:
    """The reactive energy of the meters of an active flow; None where one of them counts none."""
    taken, given = [
        await plan_flow(
            conn,
            question.asset_id,
            flow.period,
            carrier=question.carrier,
            direction=direction,
            quantity=Quantity.REACTIVE_ENERGY,
            meter_id=question.meter_id,
            standing=flow.standing,
        )
        for direction in (Direction.IMPORT, Direction.EXPORT)
    ]
    by_no = flow.series
    stored = [use for one in (taken, given, flow) for use in one.uses]
    if any(use.series_no is None or by_no[use.series_no].step_s is None for use in stored):
        return None
    meters = {use.meter_id for use in flow.uses}
    return ReactiveFlow(taken=taken, given=given) if meters and meters <= _meters(taken) else None


async def read_reactive(conn: Connection, reactive: ReactiveFlow) -> dict[int, Readings]:
    """The readings of every reactive series, by number."""
    numbers = [*reactive.taken.series_nos, *reactive.given.series_nos]
    return await read_many(conn, numbers, reactive.taken.period.start_ms, reactive.taken.period.end_ms)


def reactive_sum(reactive: ReactiveFlow, held: Mapping[int, Readings]) -> Readings:
    """What was taken less what was given. [kvarh]."""
    return add_up(
        [
            Part(readings=held[use.series_no], span=use.span, coefficient=Decimal(sign))
            for flow, sign in ((reactive.taken, 1), (reactive.given, -1))
            for use in flow.uses
            if use.series_no is not None
        ],
        reactive.taken.period,
    )


def _meters(flow: Flow) -> set[object]:
    return {use.meter_id for use in flow.uses}


def _of_pair(pair: PowerPair, quantity: Quantity, resolution: Resolution, flow: Flow) -> Buckets:
    edges = edges_of(pair.active, resolution, flow.site.timezone, flow.period)
    if quantity is Quantity.APPARENT_POWER:
        return replace(resample(pair.apparent, Kind.INTERVAL, edges), is_amount=False)
    each = resample(pair.factor, Kind.INSTANT, edges)
    active, turned = (resample(of, Kind.INTERVAL, edges).sum for of in (pair.active, pair.reactive))
    size = np.hypot(active, turned)
    flows = np.isfinite(size) & (size > 0)
    mean = np.divide(np.abs(active), size, out=np.full(len(size), np.nan), where=flows)
    return replace(each, mean=mean)
