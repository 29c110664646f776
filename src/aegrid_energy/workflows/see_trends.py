"""See several series of an asset over one period, each in buckets that its own interval allows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.analytics.buckets import Resolution
from aegrid_energy.analytics.consumption_answer import ConsumptionAnswer, Question
from aegrid_energy.domain.errors import EnergyError, NotFoundError, UnavailableError
from aegrid_energy.domain.sentences import sentence
from aegrid_energy.domain.series import Carrier, Direction
from aegrid_energy.domain.spans import Span
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.trend_choices import TrendChoice, list_trend_choices
from aegrid_energy.workflows.answer_consumption import answer_consumption

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """One series in buckets, shape (n,) each; NaN where nothing is known.

    Args:
        choice: What it is.
        unit: Of the figures: a gauge's own, or a meter's rate; of states the mean of their numbers.
        problem: Why it cannot be shown; the columns are empty then.
    """

    choice: TrendChoice
    unit: str
    resolution: Resolution | None
    step_s: int
    start_ms: NDArray[np.int64]
    mean: Floats
    low: Floats
    high: Floats
    coverage: Floats
    problem: str | None = None


async def see_trends(
    conn: Connection, asset_id: UUID, keys: Sequence[str], period: Span, *, points: int, now: datetime
) -> tuple[str, list[Trend]]:
    """The zone of the site, and the series that are asked for by their keys, in that order.

    A series that cannot be shown says why and does not keep the others back.

    Raises:
        NotFoundError: No such asset; `point_not_found` where a key names nothing on it or below it.
    """
    choices = {choice.key: choice for choice in await list_trend_choices(conn, asset_id, now=now)}
    zone = "UTC"
    found: list[Trend] = []
    for key in dict.fromkeys(keys):
        choice = choices.get(key)
        if choice is None:
            raise NotFoundError("point_not_found", key=key)
        try:
            answer = await answer_consumption(conn, _question(asset_id, choice, period, points))
        except UnavailableError:
            raise
        except EnergyError as error:
            found.append(_refused(choice, sentence(error.code, error.params)))
            continue
        zone = answer.site.timezone
        found.append(_trend(choice, answer))
    return zone, found


def _question(asset_id: UUID, choice: TrendChoice, period: Span, points: int) -> Question:
    if choice.carrier is None:
        return Question(asset_id=asset_id, period=period, points=points, point_id=choice.id)
    return Question(
        asset_id=asset_id,
        period=period,
        points=points,
        carrier=Carrier(choice.carrier),
        direction=Direction(choice.direction),
        meter_id=choice.id,
    )


def _trend(choice: TrendChoice, answer: ConsumptionAnswer) -> Trend:
    buckets, scale = answer.buckets, float(answer.shown.scale)
    mean, low, high = (column * scale for column in (buckets.mean, buckets.min, buckets.max))
    coverage = buckets.coverage
    if answer.states is not None:
        seconds, states = answer.states.seconds, answer.states.states
        known = seconds.sum(axis=1)
        nothing = np.full(len(known), np.nan)
        mean = np.divide(seconds @ states, known, out=nothing.copy(), where=known > 0)
        held = np.where(seconds > 0, states, np.nan)
        some = known > 0
        low, high = nothing.copy(), nothing.copy()
        if some.any():
            low[some], high[some] = np.nanmin(held[some], axis=1), np.nanmax(held[some], axis=1)
        coverage = answer.states.coverage
    return Trend(
        choice=choice,
        unit=answer.shown.rate_unit,
        resolution=answer.resolution,
        step_s=answer.step_s,
        start_ms=buckets.start_ms,
        mean=mean,
        low=low,
        high=high,
        coverage=coverage,
    )


def _refused(choice: TrendChoice, problem: str) -> Trend:
    nothing = np.zeros(0)
    return Trend(
        choice=choice,
        unit=choice.unit or "",
        resolution=None,
        step_s=0,
        start_ms=np.zeros(0, dtype=np.int64),
        mean=nothing,
        low=nothing,
        high=nothing,
        coverage=nothing,
        problem=problem,
    )
