"""The normal band: at each local time of day, the last days of the same kind."""

from collections.abc import Collection
from datetime import date
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.analytics.models.answer import Expectation
from aegrid_energy.domain.calendar import day_types
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.readings import TimeSeries
from aegrid_energy.domain.zones import local_date_of, offset_ms

_DAY_MS: Final = 86_400_000
Floats = NDArray[np.float64]


class NormalBand:
    """Median and P10 to P90 of the last 8 days of the same day type, per local time of day.

    Holidays take Sundays. Days are looked back over strictly before the day that is asked for, so a
    running day never explains itself; an hour that comes twice is averaged, one that is missing says
    nothing. Below 5 valid values a slot says nothing. Quantiles interpolate linearly between ranks.

    Args:
        days: How many past days of the type are looked at.
        least: Fewest valid values for an answer.
    """

    def __init__(self, *, days: int = 8, least: int = 5) -> None:
        self.days = days
        self.least = least

    def fit(self, history: TimeSeries, *, zone: str, holidays: Collection[date]) -> Self:
        """Sort the past by local day and time of day.

        Args:
            history: Regular; its step divides a day. NaN where unknown.
            zone: Zone of the site.
            holidays: Public holidays, of the past and of the days that will be asked for.

        Raises:
            InvalidError: `step_does_not_divide_a_day`, and those of the zone.
        """
        if history.step_s <= 0 or 86_400 % history.step_s:
            raise InvalidError("step_does_not_divide_a_day", step_s=history.step_s)
        self.zone_, self.holidays_ = zone, frozenset(holidays)
        self.unit_, self.step_s_ = history.unit, history.step_s
        self.phase_ms_ = history.start_ms % (history.step_s * 1000)
        day, slot = self._local(history.starts_ms)
        self.first_day_ = int(day[0]) if len(day) else 0
        rows = int(day[-1]) - self.first_day_ + 1 if len(day) else 0
        cell = (day - self.first_day_) * self._slots + slot
        known = np.isfinite(history.values)
        shape = (rows, self._slots)
        size = rows * self._slots
        total = np.bincount(cell[known], history.values[known], size)
        count = np.bincount(cell[known], minlength=size)
        blank = np.full(size, np.nan)
        self.values_: Floats = np.divide(total, count, out=blank, where=count > 0).reshape(shape)
        self.types_ = self._types(self.first_day_ + np.arange(rows))
        return self

    def predict(self, start_ms: int, end_ms: int) -> Expectation:
        """The band of the slots that start in `[start_ms, end_ms)`; NaN where there is not enough history.

        Raises:
            InvalidError: `empty_period`, `too_many_slots`.
        """
        step_ms = self.step_s_ * 1000
        if end_ms <= start_ms:
            raise InvalidError("empty_period", first_ms=start_ms, last_ms=end_ms)
        if (end_ms - start_ms) // step_ms > 10**6:
            raise InvalidError("too_many_slots", limit=10**6)
        first = self.phase_ms_ - (self.phase_ms_ - start_ms) // step_ms * step_ms
        starts = np.arange(first, end_ms, step_ms, dtype=np.int64)
        day, slot = self._local(starts)
        asked, row = np.unique(day, return_inverse=True)
        kinds = self._types(asked)
        ranked = np.stack([self._past(int(d), int(kind)) for d, kind in zip(asked, kinds, strict=True)])
        ranked.sort(axis=1)  # NaN go last
        count = np.isfinite(ranked).sum(axis=1)
        low, middle, high = (self._quantile(ranked, count, p)[row, slot] for p in (0.1, 0.5, 0.9))
        enough = count.max(initial=0) >= self.least
        return Expectation(
            start_ms=starts,
            step_s=self.step_s_,
            unit=self.unit_,
            expected=middle,
            low=low,
            high=high,
            support=count[row, slot].astype(np.int64),
            model="normal_band",
            reason="" if enough else "not_enough_history",
        )

    @property
    def _slots(self) -> int:
        return 86_400 // self.step_s_

    def _local(self, starts_ms: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        wall = starts_ms + offset_ms(self.zone_, starts_ms)
        day = local_date_of(self.zone_, starts_ms).astype(np.int64)
        return day, np.clip((wall % _DAY_MS) // (self.step_s_ * 1000), 0, self._slots - 1)

    def _types(self, days: NDArray[np.int64]) -> NDArray[np.int8]:
        return day_types(days.astype("datetime64[D]"), self.holidays_)

    def _past(self, day: int, kind: int) -> Floats:
        before = self.types_[: max(day - self.first_day_, 0)]
        rows = np.flatnonzero(before == kind)[-self.days :]
        past = np.full((self.days, self._slots), np.nan)
        past[: len(rows)] = self.values_[rows]
        return past

    def _quantile(self, ranked: Floats, count: NDArray[np.intp], share: float) -> Floats:
        at = np.maximum(count - 1, 0) * share
        below = np.floor(at).astype(np.intp)
        above = np.minimum(below + 1, np.maximum(count - 1, 0))
        low = np.take_along_axis(ranked, below[:, None], axis=1)[:, 0]
        high = np.take_along_axis(ranked, above[:, None], axis=1)[:, 0]
        return np.where(count >= self.least, low + (high - low) * (at - below), np.nan)
