"""The bodies of answers about consumption: columns by bucket, what counted, what it was compared with."""

from datetime import datetime
from uuid import UUID

from aegrid_energy.analytics.buckets import Resolution
from aegrid_energy.analytics.consumption_answer import Against
from aegrid_energy.api.types import Answer
from aegrid_energy.domain.series import Carrier, Direction, Quantity


class UsedMeter(Answer):
    """A meter that counts, and when."""

    meter_id: UUID
    series_no: int | None
    start: datetime | None
    end: datetime | None


class LeftOutMeter(Answer):
    """A meter that does not count, and why."""

    meter_id: UUID
    reason: str


class StateBody(Answer):
    """One state of a point, and its seconds in each bucket."""

    state: float
    seconds: list[float]


class SummaryBody(Answer):
    """This against that over the whole local days that have passed and that both sides hold.

    `change_share` is this / that - 1. Where it is null, `reason` says why and `sentence` says it in words.
    """

    this: float
    that: float
    change_share: float | None
    coverage_this: float
    coverage_that: float
    elapsed_days: int
    common_days: int
    reason: str | None
    sentence: str


class ComparisonBody(Answer):
    """The other side in the buckets of the answer.

    For `normal`, `mean` and `sum` are the medians of like days and `low`, `high`, `sum_low`, `sum_high` their
    P10 and P90; `support` counts the days behind each, and null says that there is not enough history. For
    all else `start` says where each bucket starts in its own time.
    """

    against: Against
    other_asset_id: UUID | None
    summary: SummaryBody
    start: list[int | None]
    mean: list[float | None]
    sum: list[float | None]
    min: list[float | None] | None = None
    max: list[float | None] | None = None
    coverage: list[float | None] | None = None
    estimated_share: list[float | None] | None = None
    low: list[float | None] | None = None
    high: list[float | None] | None = None
    sum_low: list[float | None] | None = None
    sum_high: list[float | None] | None = None
    support: list[int] | None = None


class ConsumptionBody(Answer):
    """Buckets as columns; a gap is null.

    Of amounts `mean`, `min`, `max` are rates per hour in `rate_unit` (kW for kWh), `sum` and `total` are in
    `unit`. Of gauges and powers all are in `unit`, and there is no `sum` or `total`. Of a point that has
    states `states` says how long it was in each.
    """

    asset_id: UUID
    point_id: UUID | None
    carrier: Carrier
    direction: Direction
    quantity: Quantity
    resolution: Resolution
    step_s: int
    unit: str
    rate_unit: str
    zone: str
    carriers: list[Carrier]
    quantities: list[Quantity]
    start: list[int]
    mean: list[float | None]
    min: list[float | None]
    max: list[float | None]
    sum: list[float | None]
    coverage: list[float | None]
    estimated_share: list[float | None]
    total: str | None
    meters_used: list[UsedMeter]
    left_out: list[LeftOutMeter]
    states: list[StateBody] | None
    comparison: ComparisonBody | None
