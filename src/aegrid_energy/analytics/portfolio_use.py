"""Many sites by local day: their sums, how well those are known, and what they were before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.analytics.compare import LEAST_COVERAGE, DayPairs, Unprinted
from aegrid_energy.domain.readings import MICRO

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_NEVER = np.datetime64("NaT", "D")


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPanel:
    """Sites by local day; every array has shape (sites, days).

    Args:
        first: The first day; each site's days are those of its own zone.
        total: Exact sums. [micro of the site's unit]
        valid: Slots (or ms) that carry a value.
        expected: Slots that a whole day would carry; 0 where nothing is expected.
        estimated: Of `valid`, those that nobody measured.
    """

    first: date
    total: Ints
    valid: Floats
    expected: Floats
    estimated: Floats

    @property
    def days(self) -> NDArray[np.datetime64]:
        """The days, datetime64[D], shape (days,)."""
        return np.datetime64(self.first, "D") + np.arange(self.total.shape[1])

    @property
    def is_complete(self) -> NDArray[np.bool_]:
        """Days that hold enough to be compared."""
        return (self.expected > 0) & (self.valid >= LEAST_COVERAGE * self.expected)

    def within(self, first: date, end: date) -> "DayPanel":
        """The days `[first, end)`, as far as they are there."""
        cut = slice(max((first - self.first).days, 0), max((end - self.first).days, 0))
        return DayPanel(
            first=max(first, self.first),
            total=self.total[:, cut],
            valid=self.valid[:, cut],
            expected=self.expected[:, cut],
            estimated=self.estimated[:, cut],
        )

    def of(self, rows: Ints) -> "DayPanel":
        """Only these sites."""
        return DayPanel(
            first=self.first,
            total=self.total[rows],
            valid=self.valid[rows],
            expected=self.expected[rows],
            estimated=self.estimated[rows],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Each site over some days; shape (sites,).

    Args:
        total: Exact sums. [micro]
        is_known: Whether anything is known of it at all.
        coverage: Valid of expected, 0 to 1; NaN where nothing was expected.
        estimated_share: Of what is valid; NaN where nothing is.
    """

    total: Ints
    is_known: NDArray[np.bool_]
    coverage: Floats
    estimated_share: Floats


def sums_of(panel: DayPanel) -> Sums:
    """What each site used over all days of a panel."""
    valid, expected = panel.valid.sum(axis=1), panel.expected.sum(axis=1)
    return Sums(
        total=panel.total.sum(axis=1),
        is_known=valid > 0,
        coverage=np.minimum(_share(valid, expected), 1.0),
        estimated_share=_share(panel.estimated.sum(axis=1), valid),
    )


def newest_complete(panel: DayPanel, *, today: date) -> NDArray[np.datetime64]:
    """The newest complete day of each site, not after today; NaT where there is none."""
    whole = panel.is_complete & (panel.days <= np.datetime64(today))
    if not whole.size:
        return np.full(len(whole), _NEVER)
    last = whole.shape[1] - 1 - np.argmax(whole[:, ::-1], axis=1)
    return np.where(whole.any(axis=1), panel.days[last], _NEVER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Each site against what it is compared with; shape (sites,).

    Args:
        current, reference: Sums over the days that both hold. [micro]
        elapsed_days, common_days: Days that have passed, and those that both hold.
        reasons: Why nothing is printed; None where something is.
    """

    current: Ints
    reference: Ints
    elapsed_days: Ints
    common_days: Ints
    reasons: tuple[Unprinted | None, ...]

    @property
    def is_printed(self) -> NDArray[np.bool_]:
        """Sites whose change may be printed."""
        return np.array([reason is None for reason in self.reasons], dtype=bool)

    def change_of(self, row: int) -> float | None:
        """How much more one site used than what it is compared with; 0.09 is 9 % more."""
        if self.reasons[row] is not None:
            return None
        return int(self.current[row]) / int(self.reference[row]) - 1


def compared(
    panel: DayPanel, pairs: Sequence[tuple[Ints, DayPairs]], complete_to: NDArray[np.datetime64]
) -> Compared:
    """Compare the days that have passed and that both sides hold.

    Args:
        panel: All days of both sides.
        pairs: Which day meets which, for the rows of like holidays; every row once.
        complete_to: The newest complete day of each site, shape (sites,); NaT where there is none.
    """
    count = len(complete_to)
    current, reference = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    elapsed, common = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    whole, origin = panel.is_complete, np.datetime64(panel.first, "D")
    for rows, pair in pairs:
        now, then = ((days - origin).astype(np.int64) for days in (pair.current, pair.reference))
        # What lies outside of the panel is not held by anybody.
        inside = (now >= 0) & (now < whole.shape[1]) & (then >= 0) & (then < whole.shape[1])
        now, then = np.where(inside, now, 0), np.where(inside, then, 0)
        passed = pair.current <= complete_to[rows][:, None]
        both = passed & inside & whole[np.ix_(rows, now)] & whole[np.ix_(rows, then)]
        elapsed[rows], common[rows] = passed.sum(axis=1), both.sum(axis=1)
        current[rows] = np.where(both, panel.total[np.ix_(rows, now)], 0).sum(axis=1)
        reference[rows] = np.where(both, panel.total[np.ix_(rows, then)], 0).sum(axis=1)
    columns = zip(elapsed.tolist(), common.tolist(), reference.tolist(), strict=True)
    return Compared(
        current=current,
        reference=reference,
        elapsed_days=elapsed,
        common_days=common,
        reasons=tuple(_reason(*row) for row in columns),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month of all sites together, beside the same days of the year before.

    Args:
        start: Its first day.
        total, last_year: Sums; None where nothing is known. [micro]
        coverage, last_year_coverage: Valid of expected, as the mean over sites and days; None where nothing
            was expected.
        is_running: Whether days of it have not passed: both sides stop at the newest one.
    """

    start: date
    total: int | None
    coverage: float | None
    last_year: int | None
    last_year_coverage: float | None
    is_running: bool


def months_of(panel: DayPanel, months: Sequence[date], *, as_of: date) -> list[Month]:
    """Months of all sites of one unit, up to a day, beside the same dates of the year before."""
    share = np.minimum(_share(panel.valid, panel.expected), 1.0)
    counted = panel.expected > 0
    day_total = panel.total.sum(axis=0)
    day_known: NDArray[np.bool_] = np.any(panel.valid > 0, axis=0)
    day_share, day_sites = np.where(counted, share, 0.0).sum(axis=0), counted.sum(axis=0)

    def stretch(first: date, end: date) -> tuple[int | None, float | None]:
        cut = slice(max((first - panel.first).days, 0), max((end - panel.first).days, 0))
        sites = int(day_sites[cut].sum())
        return (
            int(day_total[cut].sum()) if day_known[cut].any() else None,
            float(day_share[cut].sum()) / sites if sites else None,
        )

    out: list[Month] = []
    for start in months:
        end = month_after(start)
        last = min(end, date.fromordinal(as_of.toordinal() + 1))
        before = start.replace(year=start.year - 1)
        # A running month meets as many days of its forerunner; the last of a leap February meets none.
        until = month_after(before)
        if last < end:
            until = min(until, date.fromordinal(before.toordinal() + max((last - start).days, 0)))
        total, coverage = stretch(start, last) if start < last else (None, None)
        last_year, last_year_coverage = stretch(before, until) if before < until else (None, None)
        out.append(
            Month(
                start=start,
                total=total,
                coverage=coverage,
                last_year=last_year,
                last_year_coverage=last_year_coverage,
                is_running=last < end,
            )
        )
    return out


def month_after(month: date) -> date:
    """The first day of the month after.

    >>> str(month_after(date(2026, 12, 1)))
    '2027-01-01'
    """
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def cost_of(total: Ints, first: date, prices: Sequence[tuple[date | None, Decimal]]) -> Decimal:
    """What one site's days cost at prices that hold each until the next; days before the first cost nothing.

    Args:
        total: Exact sums of its days, shape (days,). [micro]
        first: The first of them.
        prices: From when on, and how much for one unit, the earliest first.
    """
    cost = Decimal(0)
    for place, (since, price) in enumerate(prices):
        until = prices[place + 1][0] if place + 1 < len(prices) else None
        low = 0 if since is None else max((since - first).days, 0)
        high = len(total) if until is None else max((until - first).days, 0)
        cost += int(total[low:high].sum()) * price
    return cost / MICRO


def _reason(elapsed: int, common: int, reference: int) -> Unprinted | None:
    if not elapsed:
        return Unprinted.NOTHING_ELAPSED
    if common < LEAST_COVERAGE * elapsed:
        return Unprinted.TOO_FEW_COMMON_DAYS
    return Unprinted.REFERENCE_IS_ZERO if reference == 0 else None


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
