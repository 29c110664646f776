"""Series added up slot by slot."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from series_made import irregular, ms, regular

from aegrid_energy.analytics.summation import Constant, Part, add_up
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.quality import DERIVED, SUSPECT, Quality, spelled
from aegrid_energy.domain.readings import Readings
from aegrid_energy.domain.series import Kind
from aegrid_energy.domain.spans import FIRST_MS, LAST_MS, Span

T0 = "2026-07-01T00:00+00:00"
HOUR = 3_600_000
ALWAYS = Span(FIRST_MS, LAST_MS)


def hours(count: int) -> Span:
    return Span(ms(T0), ms(T0) + count * HOUR)


def part(readings: Readings, coefficient: str = "1", span: Span = ALWAYS) -> Part:
    return Part(readings=readings, span=span, coefficient=Decimal(coefficient))


def shown(readings: Readings) -> list[float | None]:
    return [None if np.isnan(v) else float(v) for v in readings.floats]


def test_fine_series_are_added_at_the_coarsest_step() -> None:
    got = add_up(
        [part(regular(T0, 1_800, [1, 2, 3, 4])), part(regular(T0, 3_600, [10, 20]), "-0.5")], hours(2)
    )
    assert got.step_s == 3_600
    assert shown(got) == [-2, -3]
    assert got.start_ms.tolist() == [ms(T0), ms(T0) + HOUR]


def test_gauges_are_averaged_not_added() -> None:
    got = add_up(
        [part(regular(T0, 1_800, [1, 3])), part(regular(T0, 3_600, [10]))], hours(1), kind=Kind.INSTANT
    )
    assert shown(got) == [12]


def test_an_unknown_part_makes_the_sum_unknown_never_less() -> None:
    got = add_up([part(regular(T0, 1_800, [1, None, 3, 4])), part(regular(T0, 3_600, [10, 20]))], hours(3))
    assert shown(got) == [None, 27, None]


def test_a_part_counts_in_its_own_time_only() -> None:
    first, later = Span(FIRST_MS, ms(T0) + HOUR), Span(ms(T0) + HOUR, LAST_MS)
    got = add_up(
        [part(regular(T0, 3_600, [1, 2, 3]), span=first), part(regular(T0, 3_600, [10, 20, 30]), span=later)],
        hours(3),
    )
    assert shown(got) == [1, 20, 30]
    assert shown(add_up([part(regular(T0, 3_600, [1, 2]), span=first)], hours(2))) == [1, None]


def test_a_constant_is_per_hour_whatever_the_step() -> None:
    constant = [Constant(per_hour=Decimal(6), span=ALWAYS)]
    fine = add_up([part(regular(T0, 900, [1] * 4))], hours(1), constants=constant)
    coarse = add_up([part(regular(T0, 3_600, [4]))], hours(1), constants=constant)
    assert fine.total == coarse.total == 10
    gauge = add_up([part(regular(T0, 900, [1]))], hours(1), kind=Kind.INSTANT, constants=constant)
    assert shown(gauge)[0] == 7


def test_the_quality_of_a_sum_is_that_of_its_worst_part() -> None:
    estimated = Quality.ESTIMATED.code
    got = add_up(
        [part(regular(T0, 1_800, [1, 1], [SUSPECT, estimated])), part(regular(T0, 3_600, [1]))], hours(1)
    )
    assert spelled(int(got.quality[0])) == "estimated+suspect+derived"
    assert add_up([part(regular(T0, 3_600, [1]))], hours(1)).quality.tolist() == [DERIVED]


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        pytest.param([], "nothing_to_add", id="no parts"),
        pytest.param([irregular([(T0, 1)], [60])], "irregular_input", id="bills"),
        pytest.param(
            [regular(T0, 900, [1]), regular(T0, 1_200, [1])], "steps_do_not_divide", id="15 and 20 min"
        ),
        pytest.param(
            [regular(T0, 3_600, [1]), regular("2026-07-01T00:07+00:00", 1_800, [1])],
            "inputs_off_grid",
            id="off",
        ),
        pytest.param([regular(T0, 3_600, [9e9]), regular(T0, 3_600, [9e9])], "value_out_of_range", id="huge"),
    ],
)
def test_series_that_cannot_be_added_are_refused(parts: list[Readings], code: str) -> None:
    with pytest.raises(InvalidError, match=code):
        add_up([part(p) for p in parts], hours(1))


def test_states_and_absurd_periods_are_refused() -> None:
    with pytest.raises(InvalidError, match="kind_cannot_be_added"):
        add_up([part(regular(T0, 900, [1]))], hours(1), kind=Kind.STATE)
    with pytest.raises(InvalidError, match="too_many_slots"):
        add_up([part(regular(T0, 1, [1]))], hours(24 * 365))


def test_series_without_readings_give_nulls() -> None:
    got = add_up([part(regular(T0, 900, [])), part(regular(T0, 1_800, []))], hours(1))
    assert shown(got) == [None, None]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1, max_size=60))
def test_a_sum_keeps_the_energy_of_its_parts(pairs: list[tuple[int, int]]) -> None:
    count = len(pairs) // 2 * 2
    a = regular(T0, 1_800, [x / 1e6 for x, _ in pairs][:count])
    b = regular(T0, 3_600, [y / 1e6 for _, y in pairs][: count // 2])
    got = add_up([part(a), part(b)], Span(ms(T0), ms(T0) + count * HOUR // 2))
    assert int(got.micro.sum()) == int(a.micro.sum()) + int(b.micro.sum())
