"""Meters made of others."""

from dataclasses import replace
from decimal import Decimal

import pytest
from register_made import day, meter, named
from series_made import ms, regular

from aegrid_energy.analytics.virtual_meter import check_virtual_meters, evaluate
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.meter import Meter, VirtualMeter, VirtualTerm, VirtualVersion
from aegrid_energy.domain.series import Carrier, Direction
from aegrid_energy.domain.spans import Span

T0 = "2026-07-01T00:00+00:00"
HOUR = 3_600_000


def term(name: str, coefficient: str = "1", direction: Direction = Direction.IMPORT) -> VirtualTerm:
    return VirtualTerm(input_id=named(name), coefficient=Decimal(coefficient), direction=direction)


def virtual(name: str, *terms: VirtualTerm, constant: str = "0") -> VirtualMeter:
    return VirtualMeter(
        meter_id=named(name), versions=(VirtualVersion(terms=terms, constant=Decimal(constant)),)
    )


METERS: dict[object, Meter] = {
    m.id: m
    for m in (
        meter("main"),
        meter("sub"),
        meter("gas", Carrier.GAS),
        replace(meter("foreign"), tenant_no=2),
        meter("x", virtual=True),
        meter("y", virtual=True),
        meter("z", virtual=True),
    )
}
UNITS = {
    (named("main"), Direction.IMPORT): "kWh",
    (named("main"), Direction.EXPORT): "kWh",
    (named("sub"), Direction.IMPORT): "kWh",
    (named("sub"), Direction.NET): "kvarh",
}


def test_a_difference_of_two_meters() -> None:
    rest = virtual("x", term("main"), term("sub", "-1"), constant="2")
    inputs = {
        (named("main"), Direction.IMPORT): regular(T0, 3_600, [100, 100, None]),
        (named("sub"), Direction.IMPORT): regular(T0, 1_800, [30, 30, None, 30, 1, 1]),
    }
    got = evaluate(rest, inputs, Span(ms(T0), ms(T0) + 3 * HOUR))
    assert got.valid.tolist() == [True, False, False]
    assert got.micro[0] == 42_000_000


def test_versions_hold_for_their_own_time() -> None:
    versions = (
        VirtualVersion(terms=(term("main"),), end=day("2026-07-02")),
        VirtualVersion(terms=(term("main", "2"),), start=day("2026-07-03")),
    )
    inputs = {(named("main"), Direction.IMPORT): regular(T0, 86_400, [5, 5, 5])}
    got = evaluate(
        VirtualMeter(meter_id=named("x"), versions=versions), inputs, Span(ms(T0), ms(T0) + 72 * HOUR)
    )
    assert got.micro.tolist() == [5_000_000, 0, 10_000_000]
    assert got.valid.tolist() == [True, False, True]


def test_an_input_that_was_not_read_is_an_error_not_a_zero() -> None:
    with pytest.raises(InvalidError, match="input_missing"):
        evaluate(virtual("x", term("main")), {}, Span(ms(T0), ms(T0) + HOUR))


def test_virtual_meters_come_after_what_they_are_made_of() -> None:
    order = check_virtual_meters(
        [virtual("x", term("y"), term("main")), virtual("y", term("z")), virtual("z", term("sub"))],
        METERS,
        UNITS,
    )
    assert order == (named("z"), named("y"), named("x"))


def test_a_circle_is_refused_by_name() -> None:
    circle = [virtual("x", term("y")), virtual("y", term("z")), virtual("z", term("x"))]
    with pytest.raises(InvalidError) as refused:
        check_virtual_meters(circle, METERS, UNITS)
    assert refused.value.code == "virtual_cycle"
    assert set(refused.value.params["meters"]) == {"x", "y", "z"}


def test_a_long_chain_is_no_circle() -> None:
    names = [f"v{n}" for n in range(3_000)]
    meters = METERS | {named(n): meter(n, virtual=True) for n in names}
    chain = [virtual(a, term(b)) for a, b in zip(names, [*names[1:], "main"], strict=True)]
    assert len(check_virtual_meters(chain, meters, UNITS)) == 3_000


OVERLAP = VirtualMeter(
    meter_id=named("x"),
    versions=(
        VirtualVersion(terms=(term("main"),)),
        VirtualVersion(terms=(term("main"),), start=day("2026-01-01")),
    ),
)


@pytest.mark.parametrize(
    ("made", "code"),
    [
        pytest.param(virtual("x"), "virtual_without_inputs", id="no inputs"),
        pytest.param(virtual("x", term("x")), "virtual_cycle", id="itself"),
        pytest.param(virtual("x", term("nowhere")), "unknown_input", id="unknown input"),
        pytest.param(virtual("nowhere", term("main")), "unknown_input", id="unknown meter"),
        pytest.param(virtual("x", term("foreign")), "virtual_crosses_tenants", id="tenants"),
        pytest.param(virtual("x", term("gas")), "virtual_mixes_carriers", id="carriers"),
        pytest.param(
            virtual("x", term("main"), term("sub", direction=Direction.NET)),
            "virtual_mixes_units",
            id="units",
        ),
        pytest.param(virtual("x", term("main", "NaN")), "virtual_coefficient_not_finite", id="nan"),
        pytest.param(
            virtual("x", term("main"), constant="Infinity"), "virtual_coefficient_not_finite", id="inf"
        ),
        pytest.param(OVERLAP, "virtual_versions_overlap", id="overlap"),
    ],
)
def test_formulas_that_make_no_sense_are_refused(made: VirtualMeter, code: str) -> None:
    with pytest.raises(InvalidError) as refused:
        check_virtual_meters([made], METERS, UNITS)
    assert refused.value.code == code


def test_units_are_followed_through_virtual_inputs() -> None:
    chain = [virtual("y", term("sub", direction=Direction.NET)), virtual("x", term("y"), term("main"))]
    with pytest.raises(InvalidError, match="virtual_mixes_units"):
        check_virtual_meters(chain, METERS, UNITS)
