"""Apparent power and power factor, interval by interval, of active and reactive energy."""

from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from aegrid_energy.analytics.summation import Part, add_up
from aegrid_energy.domain import quality as q
from aegrid_energy.domain.readings import MICRO, Readings
from aegrid_energy.domain.spans import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerPair:
    """Active and reactive energy of the same intervals; null in both where either is unknown.

    Args:
        active: [kWh]
        reactive: Negative where more was given than taken. [kvarh]
    """

    active: Readings
    reactive: Readings

    @property
    def apparent(self) -> Readings:
        """The length of the two as a vector, S2 = P2 + Q2 (IEEE 1459-2010, 3.1.2). [kVAh]."""
        size = np.hypot(self.active.micro.astype(np.float64), self.reactive.micro.astype(np.float64))
        return replace(self.active, micro=np.rint(size).astype(np.int64))

    @property
    def factor(self) -> Readings:
        """|P| / S, 0 to 1; null where nothing flows. [1]."""
        size = np.hypot(self.active.micro.astype(np.float64), self.reactive.micro.astype(np.float64))
        known = self.active.valid & (size > 0)
        share = np.divide(np.abs(self.active.micro), size, out=np.zeros(len(size)), where=known)
        return replace(
            self.active,
            micro=np.rint(share * MICRO).astype(np.int64),
            quality=np.where(known, self.active.quality, q.NULL).astype(np.uint8),
        )


def paired(active: Readings, reactive: Readings, period: Span) -> PowerPair:
    """Two regular series on the coarser grid of both.

    Args:
        active: Active energy. [kWh]
        reactive: Reactive energy. [kvarh]
        period: Intervals that start in it.

    Raises:
        InvalidError: Those of `summation.add_up`.
    """
    none = Decimal(0)  # a part that adds nothing still brings its grid and its gaps
    taken = Part(readings=active, span=period)
    turned = Part(readings=reactive, span=period)
    return PowerPair(
        active=add_up([taken, replace(turned, coefficient=none)], period),
        reactive=add_up([replace(taken, coefficient=none), turned], period),
    )
