"""What a register amounts to, and what is worth a look before it is loaded."""

from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from aegrid_energy.domain.quality import NULL
from aegrid_energy.domain.readings import MICRO, Readings
from aegrid_energy.domain.series import Carrier, Direction, Kind, Quantity
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.ingestion.parsed import Register
from aegrid_energy.ingestion.register_facts import facts_of, findings

HALF_HOUR = 1800
ZONE = "Australia/Melbourne"


def register(
    values: NDArray[np.float64],
    *,
    start: datetime = datetime(2026, 2, 28, 13, tzinfo=UTC),
    step_s: int = HALF_HOUR,
    kind: Kind = Kind.INTERVAL,
) -> Register:
    known = np.isfinite(values)
    return Register(
        meter="M1",
        register="E1",
        carrier=Carrier.ELECTRICITY,
        quantity=Quantity.ENERGY,
        direction=Direction.IMPORT,
        kind=kind,
        unit="kWh",
        readings=Readings(
            start_ms=ms_of(start) + np.arange(len(values), dtype=np.int64) * step_s * 1000,
            micro=np.where(known, np.rint(np.nan_to_num(values) * MICRO), 0).astype(np.int64),
            quality=np.where(known, 0, NULL).astype(np.uint8),
            step_s=step_s,
        ),
    )


def codes(one: Register, *, held_a_day: float | None = None, multiplier: float = 1.0) -> dict[str, bool]:
    found = findings(one, facts_of(one, ZONE), held_a_day=held_a_day, multiplier=multiplier)
    return {finding.code: finding.is_doubt for finding in found}


def test_totals_peak_and_year_of_a_steady_load() -> None:
    facts = facts_of(register(np.full(48 * 14, 1.5)), ZONE)
    assert (facts.total, facts.readings, facts.quality) == ("1008", 672, {"actual": 672})
    assert (facts.peak_rate, facts.a_day) == (3.0, 72.0)
    assert facts.a_year == pytest.approx(72 * 365)


def test_less_than_a_week_says_nothing_of_a_year() -> None:
    assert facts_of(register(np.full(48, 1.5)), ZONE).a_year is None


def test_nothing_at_all_is_no_error() -> None:
    facts = facts_of(register(np.zeros(0)), ZONE)
    assert (facts.start_ms, facts.end_ms, facts.total, facts.peak_rate) == (None, None, "0", None)


def test_gaps_are_counted_between_values_only() -> None:
    values = np.full(96, 1.5)
    values[:4] = np.nan
    values[10:14] = np.nan
    values[50] = np.nan
    facts = facts_of(register(values), ZONE)
    assert (facts.gaps, facts.gap_ms) == (2, 5 * HALF_HOUR * 1000)


def test_a_counter_has_no_gaps_of_its_own_and_no_year() -> None:
    one = register(np.arange(1, 97.0), step_s=3600, kind=Kind.CUMULATIVE)
    assert facts_of(one, ZONE).a_year is None
    assert "load_spikes" not in codes(one)


@pytest.mark.parametrize(
    ("start", "hours"),
    [
        pytest.param(datetime(2025, 4, 5, 13, tzinfo=UTC), 25, id="clocks-go-back"),
        pytest.param(datetime(2025, 10, 4, 14, tzinfo=UTC), 23, id="clocks-go-forward"),
    ],
)
def test_a_day_of_23_or_25_hours_is_whole_with_all_its_readings(start: datetime, hours: int) -> None:
    values = np.full(2 * hours, 1.5)
    whole = facts_of(register(values, start=start), ZONE)
    assert (whole.clock_days, whole.wrong_clock_days) == (1, ())
    values[5] = np.nan
    lacking = facts_of(register(values, start=start), ZONE)
    assert (lacking.clock_days, len(lacking.wrong_clock_days)) == (1, 1)
    assert lacking.wrong_clock_days[0].startswith("2025-")


def test_without_a_named_zone_nobody_knows_when_clocks_change() -> None:
    assert facts_of(register(np.full(48, 1.5)), "+10:00").clock_days is None
    assert facts_of(register(np.full(48, 1.5)), "").clock_days is None


def test_a_plain_load_raises_no_doubt() -> None:
    values = 1.5 + np.sin(np.arange(48 * 30) / 48 * 2 * np.pi)
    assert codes(register(values), held_a_day=80.0) == {"load_a_year": False, "load_peak": False}


def test_what_is_all_zero_negative_or_far_from_its_neighbours_is_doubted() -> None:
    spiky = np.full(96, 1.5)
    spiky[40] = 900.0
    assert codes(register(np.zeros(48)))["load_all_zero"]
    assert codes(register(np.full(48, -1.5)))["load_negative"]
    assert codes(register(spiky))["load_spikes"]


@pytest.mark.parametrize(
    ("held_a_day", "multiplier", "code"),
    [
        pytest.param(72.0 * 40, 1.0, "load_without_ratio", id="ratio-left-out"),
        pytest.param(72.0, 40.0, "load_already_multiplied", id="multiplied-twice"),
        pytest.param(72.0 / 9, 1.0, "load_unlike_held", id="nine-times-as-much"),
    ],
)
def test_a_load_far_from_what_the_meter_held_is_doubted(
    held_a_day: float, multiplier: float, code: str
) -> None:
    found = codes(register(np.full(48 * 14, 1.5)), held_a_day=held_a_day, multiplier=multiplier)
    assert [name for name, is_doubt in found.items() if is_doubt] == [code]


def test_a_multiplier_that_fits_what_was_held_is_told_and_not_doubted() -> None:
    found = codes(register(np.full(48 * 14, 1.5)), held_a_day=72.0 * 40, multiplier=40.0)
    assert found["load_multiplied"] is False
    assert not any(found.values())
