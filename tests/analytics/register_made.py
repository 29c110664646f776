"""A small register, written in names instead of ids."""

from datetime import UTC, datetime
from uuid import NAMESPACE_OID, UUID, uuid5

from aegrid_energy.analytics.consumption import Register
from aegrid_energy.domain.meter import Meter, MeterAssignment, Role
from aegrid_energy.domain.series import Carrier, Direction, Kind, Quantity, Rhythm, Series
from aegrid_energy.domain.site import Asset


def named(name: str) -> UUID:
    """The id behind a name."""
    return uuid5(NAMESPACE_OID, name)


SITE = named("site")


def day(text: str) -> datetime:
    """Midnight UTC of a date."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def asset(name: str, parent: str | None = None, kind: str = "building") -> Asset:
    """An asset; the root is called site."""
    return Asset(
        id=named(name),
        tenant_no=1,
        site_id=SITE,
        parent_id=None if parent is None else named(parent),
        kind=kind,
        name=name,
    )


def meter(name: str, carrier: Carrier = Carrier.ELECTRICITY, *, virtual: bool = False) -> Meter:
    """A meter of the site, always in service."""
    return Meter(id=named(name), tenant_no=1, site_id=SITE, carrier=carrier, name=name, is_virtual=virtual)


def stands(
    meter_name: str,
    asset_name: str,
    role: Role = Role.BOUNDARY,
    start: str | None = None,
    end: str | None = None,
) -> MeterAssignment:
    """A meter at an asset, between two dates."""
    return MeterAssignment(
        meter_id=named(meter_name),
        asset_id=named(asset_name),
        role=role,
        start=None if start is None else day(start),
        end=None if end is None else day(end),
    )


def series(
    series_no: int,
    meter_name: str,
    *,
    register: str = "E1",
    direction: Direction = Direction.IMPORT,
    quantity: Quantity = Quantity.ENERGY,
    kind: Kind = Kind.INTERVAL,
    step_s: int | None = 1_800,
    start: str | None = None,
    end: str | None = None,
    derived_from: int | None = None,
) -> Series:
    """A stored series of a meter."""
    return Series(
        series_no=series_no,
        tenant_no=1,
        meter_id=named(meter_name),
        point_id=None,
        site_id=None,
        register=register,
        quantity=quantity,
        direction=direction,
        kind=kind,
        unit="kWh",
        step_s=step_s,
        valid_from=None if start is None else day(start),
        valid_to=None if end is None else day(end),
        derived_from=derived_from,
        rhythm=Rhythm.DAILY_FILE,
        zone="Australia/Sydney",
    )


def register(
    assets: list[Asset], meters: list[Meter], assignments: list[MeterAssignment], stored: list[Series]
) -> Register:
    """The register of the tests."""
    return Register(assets=assets, meters=meters, assignments=assignments, series=stored)
