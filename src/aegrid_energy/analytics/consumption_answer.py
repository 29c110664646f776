"""What somebody asks about consumption, and the figures that answer it."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.analytics.buckets import Resolution
from aegrid_energy.analytics.consumption import Omission, Use
from aegrid_energy.analytics.display_units import Shown
from aegrid_energy.analytics.resample import Buckets, StateBuckets
from aegrid_energy.domain.series import Carrier, Direction, Quantity
from aegrid_energy.domain.site import Site
from aegrid_energy.domain.spans import Span


class Against(StrEnum):
    """What a period can be compared with."""

    NORMAL = "normal"  # the last days of the same kind
    PREVIOUS_PERIOD = "previous_period"
    SAME_PERIOD_LAST_YEAR = "same_period_last_year"  # by weekday and holiday
    OTHER_ASSET = "other_asset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked.

    Args:
        asset_id: Any asset; a site's id is its root asset's.
        period: From when to when.
        carrier, direction: Which side of which flow.
        quantity: What is counted; the carrier's main quantity where None.
        points: Most buckets wanted; the finest rung that fits is taken.
        resolution: Or the rung itself.
        meter_id: Only this meter of the asset.
        point_id: Or the series of this point of the asset; carrier, direction and quantity say nothing then.
        unit: Unit to show; the stored one where None.
        preferred_unit: Unit to show where `unit` is None and the data allows it.
        per_m2: Whether figures are by floor area.
    """

    asset_id: UUID
    period: Span
    carrier: Carrier = Carrier.ELECTRICITY
    direction: Direction = Direction.IMPORT
    quantity: Quantity | None = None
    points: int = 1_000
    resolution: Resolution | None = None
    meter_id: UUID | None = None
    point_id: UUID | None = None
    unit: str | None = None
    preferred_unit: str | None = None
    per_m2: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Normal:
    """The normal band in the buckets of an answer; NaN where nobody can say, shape (n,) each.

    Args:
        mean, low, high: Median, P10 and P90 of the rate. [unit per hour]
        sum, sum_low, sum_high: The same of the amount of the bucket. [unit]
        support: Past days behind each bucket.
    """

    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    sum: NDArray[np.float64]
    sum_low: NDArray[np.float64]
    sum_high: NDArray[np.float64]
    support: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """This against that, over the whole local days that have passed and that both hold.

    Args:
        this, that: Sums. [unit of the stored series]
        change_share: this / that - 1; None where it may not be printed.
        coverage_this, coverage_that: Valid of expected readings over those days, 0 to 1.
        elapsed_days: Whole days of the period up to the newest complete one.
        common_days: Those that both sides hold.
        reason: Why there is no change, a name; None where there is.
    """

    this: float
    that: float
    change_share: float | None
    coverage_this: float
    coverage_that: float
    elapsed_days: int
    common_days: int
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a period was compared with, bucket by bucket.

    Args:
        against: What with.
        buckets: The other side in the buckets of the answer; None for the normal band.
        that_start_ms: Where each of them starts in its own time; -1 where there is none. [ms]
        normal: The normal band; None for all else.
        scale: What its figures are multiplied with besides the answer's scale: floor areas differ.
        other_asset_id: The other asset, if one was asked for.
    """

    against: Against
    change: Change
    buckets: Buckets | None = None
    that_start_ms: NDArray[np.int64] | None = None
    normal: Normal | None = None
    scale: Decimal = Decimal(1)
    other_asset_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumptionAnswer:
    """What was used, and which meters said so.

    `mean`, `min` and `max` of the buckets are rates per hour (kW for kWh); `sum` is in `unit`.

    Args:
        unit: Canonical unit of the buckets.
        shown: The unit that was asked for.
        quantities: What can be asked of the same meters.
        states: Seconds per state, for a point that has states; the buckets then say nothing.
        point_id: The point that answered, if one did.
    """

    site: Site
    question: Question
    quantity: Quantity
    unit: str
    shown: Shown
    resolution: Resolution
    step_s: int
    buckets: Buckets
    used: tuple[Use, ...] = ()
    left_out: tuple[Omission, ...] = ()
    carriers: tuple[Carrier, ...] = ()
    quantities: tuple[Quantity, ...] = field(default=())
    states: StateBuckets | None = None
    point_id: UUID | None = None
    compared: Compared | None = None
