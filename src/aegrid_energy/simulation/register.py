"""Rows of the simulated register, keyed by external id: what a person would type into the template."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.series import Carrier, Direction, Kind, Quantity, Rhythm
from aegrid_energy.simulation.scene import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioRow:
    """A portfolio: a list of sites."""

    external_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRow:
    """A site; its root asset has the same external id."""

    external_id: str
    name: str
    portfolio: str
    timezone: str
    latitude: float
    longitude: float
    use_type: str
    currency: str = "AUD"
    country: str = "AU"
    region: str = "AU-VIC"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetRow:
    """An asset of a site's tree; `parent` is empty for the root. Ratings carry their unit in the name."""

    external_id: str
    site: str
    parent: str
    kind: str
    name: str
    use_type: str = ""
    floor_area_m2: Decimal | None = None
    ratings: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRow:
    """One register of a meter: one series.

    Args:
        register: NMI suffix, or channel name.
        quantity, direction, kind, unit: What it counts, in its canonical unit.
        step_s: Its interval. [s]
        decimals: Places of the unit that it shows.
    """

    register: str
    quantity: Quantity
    direction: Direction
    kind: Kind
    unit: str
    step_s: int
    decimals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterRow:
    """A meter with its registers, what it measures and what feeds it (both empty where nothing does)."""

    external_id: str
    site: str
    name: str
    carrier: Carrier
    nmi: str
    serial: str
    asset: str
    role: str
    fed_by: str
    registers: tuple[RegisterRow, ...]
    rhythm: Rhythm = Rhythm.LIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class PointRow:
    """A sensor, state or setpoint."""

    external_id: str
    site: str
    asset: str
    name: str
    quantity: Quantity
    kind: Kind
    unit: str
    step_s: int
    decimals: int
    brick_class: str
    valid_min: float
    valid_max: float
    is_writable: bool = False

    @property
    def stale_after_s(self) -> int:
        """Three missed readings make it stale, in s."""
        return 3 * self.step_s


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """A flat price, without tax."""

    site: str
    carrier: Carrier
    price_per_unit: Decimal
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """Something that everybody knows: a holiday or a closure; whole local days, `end_on` exclusive."""

    scope_kind: str
    scope: str
    kind: str
    start_on: date
    end_on: date
    text: str


#: What a point calls its one register, as files without register names are read.
POINT_REGISTER: Final = "value"

#: (external id of meter or point, register; empty for a point) -> values of each slot, no lead:
#: amounts of interval registers, register readings of cumulative ones, else the value at the slot's start.
Signals = Mapping[tuple[str, str], NDArray[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteDesign:
    """A site as it is registered and as it behaves.

    Args:
        step_s: Step its model runs at: the finest of its series. [s]
        signals: Runs the model through the days of a scene.
    """

    site: SiteRow
    assets: tuple[AssetRow, ...]
    meters: tuple[MeterRow, ...]
    points: tuple[PointRow, ...]
    prices: tuple[PriceRow, ...]
    step_s: int
    signals: Callable[[Scene], Signals]
