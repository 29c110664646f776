"""Short ways to write down meters and points of the usual kinds."""

from decimal import Decimal
from typing import Final

from aegrid_energy.domain.series import Carrier, Direction, Kind, Quantity, Rhythm
from aegrid_energy.simulation.register import AssetRow, MeterRow, PointRow, PriceRow, RegisterRow

_ELECTRICITY: Final = {
    "E": (Quantity.ENERGY, Direction.IMPORT, "kWh"),
    "F": (Quantity.ENERGY, Direction.IMPORT, "kWh"),
    "B": (Quantity.ENERGY, Direction.EXPORT, "kWh"),
    "Q": (Quantity.REACTIVE_ENERGY, Direction.IMPORT, "kvarh"),
}

_POINTS: Final = {
    Quantity.TEMPERATURE: ("Cel", 2, -10.0, 60.0),
    Quantity.HUMIDITY: ("%", 1, 0.0, 100.0),
    Quantity.CO2: ("[ppm]", 0, 300.0, 5000.0),
    Quantity.IRRADIANCE: ("W/m2", 0, 0.0, 1500.0),
    Quantity.POWER: ("kW", 2, -1000.0, 1000.0),
    Quantity.SHARE: ("%", 2, 0.0, 100.0),
    Quantity.STATE: ("1", 0, 0.0, 1.0),
}


def asset(
    external_id: str,
    parent: str,
    kind: str,
    name: str,
    *,
    use_type: str = "",
    area_m2: int = 0,
    **ratings: float,
) -> AssetRow:
    """An asset of the site that its external id begins with (two parts: organisation and site)."""
    return AssetRow(
        external_id=external_id,
        site="-".join(external_id.split("-")[:2]),
        parent=parent,
        kind=kind,
        name=name,
        use_type=use_type,
        floor_area_m2=Decimal(area_m2) if area_m2 else None,
        ratings=tuple((rating, Decimal(str(value))) for rating, value in ratings.items()),
    )


def electricity(
    external_id: str,
    name: str,
    *,
    suffixes: str,
    step_s: int,
    measures: str,
    role: str,
    fed_by: str = "",
    nmi: str = "",
    serial: str,
    rhythm: Rhythm = Rhythm.LIVE,
) -> MeterRow:
    """An electricity meter with registers such as "E1 B1 Q1", to a watt-hour."""
    registers = tuple(
        _register(suffix, *_ELECTRICITY[suffix[0]], kind=Kind.INTERVAL, step_s=step_s, decimals=3)
        for suffix in suffixes.split()
    )
    return _meter(
        external_id,
        name,
        Carrier.ELECTRICITY,
        registers,
        measures=measures,
        role=role,
        fed_by=fed_by,
        nmi=nmi,
        serial=serial,
        rhythm=rhythm,
    )


def gas(
    external_id: str, name: str, *, step_s: int, measures: str, role: str, fed_by: str = "", serial: str
) -> MeterRow:
    """A gas meter that gives corrected megajoules, to a tenth."""
    register = _register(
        "GAS", Quantity.FUEL_ENERGY, Direction.IMPORT, "MJ", kind=Kind.INTERVAL, step_s=step_s, decimals=1
    )
    return _meter(
        external_id,
        name,
        Carrier.GAS,
        (register,),
        measures=measures,
        role=role,
        fed_by=fed_by,
        serial=serial,
    )


def water_meter(
    external_id: str,
    name: str,
    *,
    measures: str,
    role: str = "boundary",
    fed_by: str = "",
    serial: str,
    kind: Kind = Kind.INTERVAL,
) -> MeterRow:
    """A water meter with a pulse of 10 litres; `kind` cumulative gives the register instead of volumes."""
    name_of = {Kind.INTERVAL: "VOLUME", Kind.CUMULATIVE: "REGISTER"}[kind]
    register = _register(name_of, Quantity.VOLUME, Direction.IMPORT, "m3", kind=kind, step_s=900, decimals=2)
    return _meter(
        external_id,
        name,
        Carrier.WATER,
        (register,),
        measures=measures,
        role=role,
        fed_by=fed_by,
        serial=serial,
    )


def point(
    external_id: str,
    measures: str,
    name: str,
    quantity: Quantity,
    *,
    step_s: int,
    brick_class: str,
    kind: Kind = Kind.INSTANT,
    is_writable: bool = False,
) -> PointRow:
    """A point in the unit and resolution usual for its quantity."""
    unit, decimals, low, high = _POINTS[quantity]
    return PointRow(
        external_id=external_id,
        site="-".join(external_id.split("-")[:2]),
        asset=measures,
        name=name,
        quantity=quantity,
        kind=kind,
        unit=unit,
        step_s=step_s,
        decimals=decimals,
        brick_class=brick_class,
        valid_min=low,
        valid_max=high,
        is_writable=is_writable,
    )


def prices(site: str, *, electricity_kwh: str, gas_mj: str = "", water_m3: str = "") -> tuple[PriceRow, ...]:
    """Flat prices of a site in dollars, without GST."""
    rows = (
        (Carrier.ELECTRICITY, electricity_kwh, "AUD/kWh"),
        (Carrier.GAS, gas_mj, "AUD/MJ"),
        (Carrier.WATER, water_m3, "AUD/m3"),
    )
    return tuple(
        PriceRow(site=site, carrier=carrier, price_per_unit=Decimal(price), unit=unit)
        for carrier, price, unit in rows
        if price
    )


def _register(
    name: str, quantity: Quantity, direction: Direction, unit: str, *, kind: Kind, step_s: int, decimals: int
) -> RegisterRow:
    return RegisterRow(
        register=name,
        quantity=quantity,
        direction=direction,
        kind=kind,
        unit=unit,
        step_s=step_s,
        decimals=decimals,
    )


def _meter(
    external_id: str,
    name: str,
    carrier: Carrier,
    registers: tuple[RegisterRow, ...],
    *,
    measures: str,
    role: str,
    fed_by: str,
    serial: str,
    nmi: str = "",
    rhythm: Rhythm = Rhythm.LIVE,
) -> MeterRow:
    return MeterRow(
        external_id=external_id,
        site="-".join(external_id.split("-")[:2]),
        name=name,
        carrier=carrier,
        nmi=nmi,
        serial=serial,
        asset=measures,
        role=role,
        fed_by=fed_by,
        registers=registers,
        rhythm=rhythm,
    )
