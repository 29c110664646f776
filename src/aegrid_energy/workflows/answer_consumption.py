"""Answer what an asset, a meter or a point did over a period, in buckets of the asked length."""

import asyncio

from aegrid_energy.analytics.consumption_answer import ConsumptionAnswer, Question
from aegrid_energy.analytics.display_units import crosses_kinds
from aegrid_energy.analytics.resample import resample
from aegrid_energy.domain.series import Quantity
from aegrid_energy.storage.connection import Connection
from aegrid_energy.workflows.answer_point import answer_outside_air, answer_point
from aegrid_energy.workflows.answer_power import answer_power
from aegrid_energy.workflows.gather_flow import added_up, read_flow
from aegrid_energy.workflows.shape_answer import (
    ENERGY_OF,
    answer_of,
    chosen_resolution,
    chosen_unit,
    edges_of,
    flow_of,
    heating_of,
)

__all__ = ["ConsumptionAnswer", "Question", "answer_consumption"]


async def answer_consumption(conn: Connection, question: Question) -> ConsumptionAnswer:
    """The consumption of an asset, or what else of it is asked for.

    Which series count, and their sum; a power where its energy is counted; the air outside; or one point.

    Raises:
        NotFoundError: No such asset, or no such meter or point of it.
        InvalidError: `points_out_of_range`, `empty_period`, `resolution_finer_than_data`, `too_many_values`,
            `unit_not_shown`, `no_floor_area`, and those of formulas.
        InsufficientDataError: `no_heating_value`, `no_reactive_energy`, `outside_temperature_unknown`.
    """
    if question.point_id is not None:
        return await answer_point(conn, question, question.point_id)
    if question.quantity is Quantity.TEMPERATURE:
        return await answer_outside_air(conn, question)
    if question.quantity is not None and question.quantity in ENERGY_OF:
        return await answer_power(conn, question, question.quantity)
    flow = await flow_of(conn, question, question.period, question.quantity)
    heating = await heating_of(conn, flow)
    unit = chosen_unit(question, flow.unit, has_heating_value=heating is not None)
    resolution = chosen_resolution(question, flow.native_s)
    held = await read_flow(conn, flow)
    used = heating if crosses_kinds(flow.unit, unit) else None

    def figures() -> ConsumptionAnswer:
        readings, kind = added_up(flow, held, used)
        edges = edges_of(readings, resolution, flow.site.timezone, flow.period)
        return answer_of(question, flow, resample(readings, kind, edges), resolution, unit=unit)

    return await asyncio.to_thread(figures)
