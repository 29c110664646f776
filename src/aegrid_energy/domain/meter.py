"""What counts: meters, where they stood from when to when, what fed them, and meters made of others."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from aegrid_energy.domain.series import Carrier, Direction, Rhythm
from aegrid_energy.domain.spans import Span, span_of


class Role(StrEnum):
    """What a meter means to the asset it is assigned to."""

    BOUNDARY = "boundary"  # counts all that the asset takes and gives
    SUB = "sub"  # counts a part of it
    GENERATION = "generation"  # counts what is made inside
    CHECK = "check"  # counts the same once more


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A meter, or a virtual one whose readings are computed from others; an NMI is a meter."""

    id: UUID
    tenant_no: int
    #: None while it is not placed yet.
    site_id: UUID | None
    carrier: Carrier
    name: str
    nmi: str | None = None
    serial: str = ""
    external_id: str | None = None
    is_virtual: bool = False
    rhythm: Rhythm = Rhythm.MONTHLY_FILE
    #: Readings are expected in this time only; None is open.
    in_service_from: datetime | None = None
    in_service_to: datetime | None = None
    tags: frozenset[str] = frozenset()

    @property
    def service(self) -> Span:
        """When readings are expected."""
        return span_of(self.in_service_from, self.in_service_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterAssignment:
    """A meter counted an asset in a role, from one instant to another; None is open."""

    meter_id: UUID
    asset_id: UUID
    role: Role
    start: datetime | None = None
    end: datetime | None = None

    @property
    def span(self) -> Span:
        """When it holds."""
        return span_of(self.start, self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterFeed:
    """A meter was fed by another, from one instant to another: measured = children + residual."""

    meter_id: UUID
    fed_by: UUID
    start: datetime | None = None
    end: datetime | None = None

    @property
    def span(self) -> Span:
        """When it holds."""
        return span_of(self.start, self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualTerm:
    """One input of a virtual meter: a direction of a meter, times a coefficient."""

    input_id: UUID
    coefficient: Decimal
    direction: Direction = Direction.IMPORT


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualVersion:
    """What a virtual meter was made of, from one instant to another.

    Args:
        terms: Inputs, at least one.
        constant: Added to the sum, per hour of each interval, so that the step does not change the total.
        start: From when; None is open.
        end: Until when; None is open.
    """

    terms: tuple[VirtualTerm, ...]
    constant: Decimal = Decimal(0)
    start: datetime | None = None
    end: datetime | None = None

    @property
    def span(self) -> Span:
        """When it holds."""
        return span_of(self.start, self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualMeter:
    """The dated formulas of a virtual meter; evaluated on reading, never written to."""

    meter_id: UUID
    versions: tuple[VirtualVersion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatingValue:
    """What a cubic metre of gas holds at a meter, from one instant on; holds until the next one.

    Args:
        mj_per_m3: Heating value at the billing reference conditions. [MJ/m3]
        pressure_factor: Metered to reference volume (pressure and temperature of the meter set).
        start: From when; None is since ever.
        source: Where the figure comes from (bill, network notice).
    """

    mj_per_m3: Decimal
    pressure_factor: Decimal = Decimal(1)
    start: datetime | None = None
    source: str = ""
