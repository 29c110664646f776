"""The register as sheets of rows by key: what is imported, exported and compared.

A sheet is data: its columns, which of them are the key, and which name a row of another sheet. Everything
that reads or writes the register by key (CSV, XLSX, JSON, the demo) goes through these definitions.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from aegrid_energy.domain.event import EventKind, EventScope
from aegrid_energy.domain.meter import Role
from aegrid_energy.domain.register_cell import (
    Value,
    day,
    decimal,
    instant,
    letters,
    number,
    one_of,
    prose,
    ratings,
    tags,
    text,
    truth,
    whole,
    zone,
)
from aegrid_energy.domain.register_row import Column, Sheet
from aegrid_energy.domain.series import Carrier, Direction, Kind, Quantity, Rhythm


def _key(name: str = "external_id") -> Column:
    return Column(name=name, read=text, is_key=True, is_needed=True)


def _refers(name: str, sheet: str, *, is_key: bool = True) -> Column:
    return Column(name=name, read=text, refers_to=sheet, is_key=is_key, is_needed=True)


def _dated(read: Callable[[str], Value] = instant) -> tuple[Column, Column]:
    return (Column(name="valid_from", read=read, is_key=True), Column(name="valid_to", read=read))


_name: Final = Column(name="name", read=text, is_needed=True)
_tags: Final = Column(name="tags", read=tags, default=[])
_carrier: Final = Column(name="carrier", read=one_of([*Carrier]), is_needed=True)

#: In the order in which they are loaded: what is referred to comes first.
SHEETS: Final[dict[str, Sheet]] = {
    sheet.name: sheet
    for sheet in (
        Sheet(name="portfolios", table="portfolio", columns=(_key(), _name)),
        Sheet(
            name="sites",
            table="site",
            columns=(
                _key(),
                _name,
                Column(name="timezone", read=zone, is_needed=True),
                Column(name="country", read=letters(2, "two capital letters, like AU"), default="AU"),
                Column(name="region", read=text, default=""),
                Column(name="currency", read=letters(3, "three capital letters, like AUD"), default="AUD"),
                Column(name="address", read=text, default=""),
                Column(name="latitude", read=number(-90, 90)),
                Column(name="longitude", read=number(-180, 180)),
                Column(name="opened_on", read=day),
                Column(name="closed_on", read=day),
                _tags,
            ),
        ),
        Sheet(
            name="portfolio_sites",
            table="portfolio_site",
            has_id=False,
            columns=(_refers("portfolio", "portfolios"), _refers("site", "sites"), *_dated(day)),
        ),
        Sheet(
            name="assets",
            table="assets",
            columns=(
                _key(),
                _refers("site", "sites", is_key=False),
                Column(name="parent", read=text, refers_to="assets"),
                Column(name="kind", read=text, is_needed=True),
                _name,
                Column(name="use_type", read=text, default=""),
                Column(name="floor_area_m2", read=number(0.01, 1e8)),
                Column(name="ratings", read=ratings, default={}),
                Column(name="in_service_from", read=day),
                Column(name="in_service_to", read=day),
                _tags,
            ),
        ),
        Sheet(name="groups", table="asset_group", columns=(_key("name"),), found_by="name"),
        Sheet(
            name="group_members",
            table="asset_group_member",
            has_id=False,
            columns=(_refers("group", "groups"), _refers("asset", "assets")),
        ),
        Sheet(
            name="meters",
            table="energy_meters",
            columns=(
                _key(),
                Column(name="site", read=text, refers_to="sites"),
                _carrier,
                _name,
                Column(name="nmi", read=text),
                Column(name="serial", read=text, default=""),
                Column(name="is_virtual", read=truth, default=False),
                Column(name="rhythm", read=one_of([*Rhythm]), default=Rhythm.MONTHLY_FILE.value),
                Column(name="in_service_from", read=instant),
                Column(name="in_service_to", read=instant),
                _tags,
            ),
        ),
        Sheet(
            name="assignments",
            table="meter_assignment",
            has_id=False,
            columns=(
                _refers("meter", "meters"),
                _refers("asset", "assets"),
                Column(name="role", read=one_of([*Role]), is_needed=True),
                *_dated(),
            ),
        ),
        Sheet(
            name="feeds",
            table="meter_feed",
            has_id=False,
            columns=(_refers("meter", "meters"), _refers("fed_by", "meters"), *_dated()),
        ),
        Sheet(
            name="installs",
            table="meter_install",
            has_id=False,
            columns=(
                _refers("meter", "meters"),
                Column(name="serial", read=text, is_needed=True),
                Column(name="multiplier", read=decimal(Decimal("1e-6"), Decimal(10**6)), default=Decimal(1)),
                Column(name="first_read", read=decimal(Decimal(0))),
                Column(name="last_read", read=decimal(Decimal(0))),
                # Where the counter begins again, as the device shows it; and the most that can flow an hour.
                Column(name="wraps_at", read=decimal(Decimal("1e-6"))),
                Column(name="max_rate_per_h", read=decimal(Decimal("1e-6"))),
                *_dated(),
            ),
        ),
        Sheet(
            name="virtual_meters",
            table="virtual_meter",
            has_id=False,
            columns=(
                _refers("meter", "meters"),
                Column(name="constant", read=decimal(), default=Decimal(0)),
                *_dated(),
            ),
        ),
        Sheet(
            name="virtual_terms",
            table="virtual_term",
            has_id=False,
            columns=(
                _refers("meter", "meters"),
                Column(name="valid_from", read=instant, is_key=True),
                _refers("input", "meters"),
                Column(
                    name="direction",
                    read=one_of([*Direction]),
                    is_key=True,
                    default=Direction.IMPORT.value,
                ),
                Column(name="coefficient", read=decimal(), default=Decimal(1)),
            ),
        ),
        Sheet(
            name="heating_values",
            table="heating_value",
            has_id=False,
            columns=(
                _refers("meter", "meters"),
                Column(name="mj_per_m3", read=decimal(Decimal(1), Decimal(200)), is_needed=True),
                Column(name="pressure_factor", read=decimal(Decimal("0.5"), Decimal(20)), default=Decimal(1)),
                Column(name="valid_from", read=instant, is_key=True),
            ),
        ),
        Sheet(
            name="points",
            table="point",
            columns=(
                _key(),
                _refers("asset", "assets", is_key=False),
                _name,
                Column(name="quantity", read=one_of([*Quantity]), is_needed=True),
                Column(name="unit", read=text, is_needed=True),
                Column(name="kind", read=one_of([*Kind]), is_needed=True),
                Column(name="is_writable", read=truth, default=False),
                Column(name="address", read=text, default=""),
                Column(name="brick_class", read=text, default=""),
                Column(name="valid_min", read=number(-1e12, 1e12)),
                Column(name="valid_max", read=number(-1e12, 1e12)),
                Column(name="max_rate", read=number(0, 1e12)),
                Column(name="expected_interval_s", read=whole),
                Column(name="stale_after_s", read=whole),
                _tags,
            ),
        ),
        Sheet(
            name="prices",
            table="flat_price",
            has_id=False,
            columns=(
                _refers("site", "sites"),
                Column(name="carrier", read=one_of([*Carrier]), is_key=True, is_needed=True),
                Column(name="price_per_unit", read=decimal(Decimal(-999), Decimal(999)), is_needed=True),
                Column(name="unit", read=text, is_needed=True),
                Column(name="valid_from", read=day, is_key=True),
            ),
        ),
        Sheet(
            name="events",
            table="event",
            is_found_by_id=True,
            columns=(
                _key(),
                Column(name="scope_kind", read=one_of([*EventScope]), is_needed=True),
                Column(name="scope", read=text, refers_by="scope_kind"),
                Column(name="kind", read=one_of([*EventKind]), default=EventKind.NOTE.value),
                Column(name="starts_at", read=instant, is_needed=True),
                Column(name="ends_at", read=instant),
                Column(name="text", read=prose, default=""),
            ),
        ),
    )
}

#: What an event's scope names: kind of scope -> sheet. The tenant has no key.
SCOPE_SHEETS: Final[dict[str, str]] = {
    EventScope.PORTFOLIO.value: "portfolios",
    EventScope.SITE.value: "sites",
    EventScope.ASSET.value: "assets",
    EventScope.METER.value: "meters",
}
