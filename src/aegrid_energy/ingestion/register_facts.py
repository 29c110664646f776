"""What a register of a file amounts to: totals, gaps, local days of 23 and 25 hours, and what looks odd."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aegrid_energy.domain.quality import quality_of
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import AMOUNTS, Kind
from aegrid_energy.domain.zones import day_edges, local_date_of
from aegrid_energy.ingestion.parsed import Register
from aegrid_energy.ingestion.plausibility import spikes

_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 24 * _HOUR_MS
_YEAR_MS: Final = 365 * _DAY_MS
#: Less than this says nothing about a year. [ms]
_LEAST_FOR_YEAR: Final = 7 * _DAY_MS
#: Days with a clock change that are named.
_NAMED: Final = 10
#: How far two rates may differ and still be called the same. Seasons move a meter by less than this factor.
_ALIKE: Final = 1.35
#: Above this ratio to what is held, either way, somebody should look.
_FAR: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterFacts:
    """One register in figures.

    Args:
        readings: Readings with a value.
        start_ms, end_ms: From the first start to the last end; None where there is nothing.
        total: Exact decimal as text. [canonical unit]
        quality: Rank -> count.
        gaps: Separate stretches without a value inside the period.
        gap_ms: Their length together. [ms]
        spikes: Single readings far from all their neighbours.
        peak_rate: Largest rate. [canonical unit/h]
        a_year: The total as if it went on for 365 days. [canonical unit]
        a_day: Mean over the time covered. [canonical unit/day]
        clock_days: Local days of 23 or 25 hours inside the period; None where the zone is not known.
        wrong_clock_days: Those of them that lack readings.
        negative: Readings below zero.
        is_all_zero: Every value is zero.
    """

    readings: int
    start_ms: int | None
    end_ms: int | None
    total: str
    quality: Mapping[str, int]
    gaps: int
    gap_ms: int
    spikes: int
    peak_rate: float | None
    a_year: float | None
    a_day: float | None
    clock_days: int | None
    wrong_clock_days: tuple[str, ...]
    negative: int
    is_all_zero: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One remark on a register, with the facts of its sentence; `is_doubt`: somebody should look."""

    code: str
    params: Mapping[str, object]
    is_doubt: bool


def facts_of(register: Register, zone: str) -> RegisterFacts:
    """A register in figures.

    Args:
        register: As read.
        zone: IANA name by whose local days it is looked at; empty where nobody knows.
    """
    r = register.readings
    codes, counts = np.unique(r.quality, return_counts=True)
    quality: dict[str, int] = {}
    for code, count in zip(codes.tolist(), counts.tolist(), strict=True):
        name = quality_of(int(code)).value
        quality[name] = quality.get(name, 0) + int(count)
    valid = r.valid
    lengths = _lengths_ms(r)
    start, end = (int(r.start_ms[0]), int(r.start_ms[-1] + lengths[-1])) if len(r) else (None, None)
    gaps, gap_ms = _gaps(r, valid, lengths)
    peak, covered, amount = None, 0, 0.0
    is_amount = register.quantity in AMOUNTS and register.kind is Kind.INTERVAL
    if is_amount and valid.any():
        own = lengths[valid]
        long = own > 0
        values = r.floats[valid]
        peak = float((values[long] / (own[long] / _HOUR_MS)).max()) if long.any() else None
        covered, amount = int(own.sum()), float(values.sum())
    clock_days, wrong = _clock_days(r, valid, zone)
    return RegisterFacts(
        readings=int(np.count_nonzero(valid)),
        start_ms=start,
        end_ms=end,
        total=format(r.total, "f"),
        quality=quality,
        gaps=gaps,
        gap_ms=gap_ms,
        spikes=int(np.count_nonzero(spikes(r.floats)))
        if r.step_s and register.kind in {Kind.INTERVAL, Kind.INSTANT}
        else 0,
        peak_rate=peak,
        a_year=amount / covered * _YEAR_MS if covered >= _LEAST_FOR_YEAR else None,
        a_day=amount / covered * _DAY_MS if covered >= _DAY_MS else None,
        clock_days=clock_days,
        wrong_clock_days=wrong,
        negative=int(np.count_nonzero(r.micro[valid] < 0)),
        is_all_zero=bool(valid.any()) and not r.micro[valid].any(),
    )


def findings(
    register: Register, facts: RegisterFacts, *, held_a_day: float | None, multiplier: float
) -> list[Finding]:
    """What is worth a look before a register is loaded.

    Args:
        register: As read.
        facts: The same in figures.
        held_a_day: What the meter has held so far. [canonical unit/day]
        multiplier: CT x VT that its readings will be multiplied by.
    """
    found: list[Finding] = []
    unit = register.unit
    if facts.a_year is not None:
        found.append(_finding("load_a_year", amount=_round(facts.a_year * multiplier), unit=unit))
    if facts.peak_rate is not None:
        found.append(_finding("load_peak", rate=_round(facts.peak_rate * multiplier), unit=_rate_unit(unit)))
    if facts.gaps:
        found.append(_finding("load_gaps", gaps=facts.gaps, hours=round(facts.gap_ms / _HOUR_MS, 1)))
    if facts.wrong_clock_days:
        found.append(_doubt("load_clock_days", days=list(facts.wrong_clock_days)))
    if facts.is_all_zero:
        found.append(_doubt("load_all_zero", readings=facts.readings))
    if facts.spikes:
        found.append(_doubt("load_spikes", count=facts.spikes))
    if facts.negative and register.quantity in AMOUNTS and register.direction.value != "net":
        found.append(_doubt("load_negative", count=facts.negative))
    if multiplier != 1:
        found.append(_finding("load_multiplied", multiplier=_round(multiplier)))
    if held_a_day and facts.a_day:
        found += _against_held(facts.a_day, held_a_day, multiplier)
    return found


def _against_held(a_day: float, held_a_day: float, multiplier: float) -> list[Finding]:
    loaded = a_day * multiplier
    ratio = loaded / held_a_day
    if multiplier != 1 and _alike(ratio, multiplier):
        return [_doubt("load_already_multiplied", multiplier=_round(multiplier), ratio=_round(ratio))]
    if multiplier == 1 and ratio > 0 and (ct := _ct_ratio(1 / ratio)):
        return [_doubt("load_without_ratio", ratio=ct, held_a_day=_round(held_a_day), a_day=_round(loaded))]
    if ratio > _FAR or ratio < 1 / _FAR:
        return [
            _doubt(
                "load_unlike_held", held_a_day=_round(held_a_day), a_day=_round(loaded), ratio=_round(ratio)
            )
        ]
    return []


#: Ratios of current transformers in use (to 5 A), AS 60044.1's preferred ones up to 4000/5.
_CT: Final = (20, 30, 40, 60, 80, 100, 120, 160, 200, 240, 300, 400, 600, 800)


def _ct_ratio(factor: float) -> int | None:
    if factor < _FAR:
        return None
    nearest = min(_CT, key=lambda one: abs(np.log(one / factor)))
    return nearest if _alike(factor, nearest) else None


def _alike(one: float, other: float) -> bool:
    return one > 0 and 1 / _ALIKE < one / other < _ALIKE


def _finding(code: str, **params: object) -> Finding:
    return Finding(code=code, params=params, is_doubt=False)


def _doubt(code: str, **params: object) -> Finding:
    return Finding(code=code, params=params, is_doubt=True)


def _round(value: float) -> float:
    """Three figures: more would promise what a check cannot know."""
    return float(f"{value:.3g}")


def _rate_unit(unit: str) -> str:
    return {"kWh": "kW", "kvarh": "kvar", "kVAh": "kVA"}.get(unit, f"{unit}/h")


def _lengths_ms(r: Readings) -> NDArray[np.int64]:
    if r.step_s is not None:
        return np.full(len(r), r.step_s * 1000, dtype=np.int64)
    return r.duration_ms if r.duration_ms is not None else np.zeros(len(r), dtype=np.int64)


def _gaps(r: Readings, valid: NDArray[np.bool_], lengths: NDArray[np.int64]) -> tuple[int, int]:
    """Stretches without a value between the first and the last value, and their length [ms]."""
    starts = r.start_ms[valid]
    if len(starts) < 2 or (r.step_s is None and not lengths.any()):
        return 0, 0
    holes = starts[1:] - (starts + lengths[valid])[:-1]
    holes = holes[holes > 0]
    return len(holes), int(holes.sum())


def _clock_days(r: Readings, valid: NDArray[np.bool_], zone: str) -> tuple[int | None, tuple[str, ...]]:
    """Local days on which clocks change, and those of them that lack readings."""
    if "/" not in zone or r.step_s is None or not len(r):
        return None, ()
    step = r.step_s * 1000
    first, last = int(r.start_ms[0]), int(r.start_ms[-1]) + step
    edges = day_edges(zone, first, last)
    whole = (edges[:-1] >= first) & (edges[1:] <= last)
    odd = np.flatnonzero(whole & (np.diff(edges) != _DAY_MS))
    starts = r.start_ms[valid]
    have = np.searchsorted(starts, edges[odd + 1]) - np.searchsorted(starts, edges[odd])
    lacking = odd[have < (edges[odd + 1] - edges[odd]) // step]
    named = local_date_of(zone, edges[lacking[:_NAMED]])
    return len(odd), tuple(str(day) for day in named)
