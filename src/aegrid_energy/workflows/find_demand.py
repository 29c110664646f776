"""Find the demand of an asset: its highest intervals, and how long it stays above what."""

import asyncio
from dataclasses import dataclass
from typing import Final

from aegrid_energy.analytics.consumption_answer import Question
from aegrid_energy.analytics.demand import DurationCurve, Peak, duration_curve, peaks
from aegrid_energy.analytics.display_units import rate_unit
from aegrid_energy.analytics.power import paired
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import Quantity
from aegrid_energy.domain.site import Site
from aegrid_energy.storage.connection import Connection
from aegrid_energy.workflows.answer_power import reactive_of, reactive_sum, read_reactive
from aegrid_energy.workflows.gather_flow import Flow, added_up, read_flow
from aegrid_energy.workflows.shape_answer import flow_of

#: Four years at 5 minutes.
_MOST_MS: Final = 1_462 * 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PeaksFound:
    """The highest intervals of an asset, highest first."""

    site: Site
    quantity: Quantity
    rate_unit: str
    step_s: int
    peaks: tuple[Peak, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DurationFound:
    """How long the flow of an asset stays above what."""

    site: Site
    quantity: Quantity
    rate_unit: str
    step_s: int
    curve: DurationCurve


async def find_peaks(conn: Connection, question: Question, *, n: int) -> PeaksFound:
    """The highest native intervals, with kVA and power factor where every meter counts kvarh.

    Raises:
        NotFoundError: No such asset or meter.
        InvalidError: `empty_period`, `too_many_days`, `demand_needs_intervals`, and those of formulas.
    """
    flow = await _flow(conn, question)
    held = await read_flow(conn, flow)
    is_electric = flow.quantity is Quantity.ENERGY
    reactive = await reactive_of(conn, question, flow) if is_electric else None
    turned = {} if reactive is None else await read_reactive(conn, reactive)

    def figures() -> tuple[Readings, tuple[Peak, ...]]:
        readings, _ = added_up(flow, held)
        pair = None
        if reactive is not None:
            pair = paired(readings, reactive_sum(reactive, turned), flow.period)
        return readings, peaks(readings, zone=flow.site.timezone, n=n, pair=pair)

    readings, found = await asyncio.to_thread(figures)
    return PeaksFound(
        site=flow.site,
        quantity=flow.quantity,
        rate_unit=rate_unit(flow.unit),
        step_s=readings.step_s or 0,
        peaks=found,
    )


async def find_duration(conn: Connection, question: Question, *, points: int) -> DurationFound:
    """The duration curve of native intervals.

    Raises:
        NotFoundError: No such asset or meter.
        InvalidError: `empty_period`, `too_many_days`, `demand_needs_intervals`, and those of formulas.
    """
    flow = await _flow(conn, question)
    held = await read_flow(conn, flow)

    def figures() -> tuple[Readings, DurationCurve]:
        readings, _ = added_up(flow, held)
        return readings, duration_curve(readings, points=points)

    readings, curve = await asyncio.to_thread(figures)
    return DurationFound(
        site=flow.site,
        quantity=flow.quantity,
        rate_unit=rate_unit(flow.unit),
        step_s=readings.step_s or 0,
        curve=curve,
    )


async def _flow(conn: Connection, question: Question) -> Flow:
    period = question.period
    if period.end_ms <= period.start_ms:
        raise InvalidError("empty_period")
    if period.end_ms - period.start_ms > _MOST_MS:
        raise InvalidError("too_many_days", limit=_MOST_MS // 86_400_000)
    return await flow_of(conn, question, period, question.quantity)
