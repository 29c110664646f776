"""Flat prices of sites by carrier, each from its own day on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from aegrid_energy.storage.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatPrice:
    """A price that holds from a day on, until another does; without tax.

    Args:
        price_per_unit: In `currency` for one `unit`.
        unit: Unit of what is counted ("kWh").
        currency: ISO 4217.
        valid_from: None: since ever.
    """

    price_per_unit: Decimal
    unit: str
    currency: str
    valid_from: date | None


async def flat_prices(
    conn: Connection, site_ids: Iterable[UUID], carrier: str
) -> dict[UUID, tuple[FlatPrice, ...]]:
    """The prices of each site that has any, the earliest first.

    A unit is written as "AUD/kWh"; where it names no currency the site's own stands.
    """
    cursor = await conn.execute(
        """select p.site_id, p.price_per_unit, p.unit, s.currency,
                  case when isfinite(p.valid_from) then p.valid_from end
           from flat_price p join site s on s.id = p.site_id
           where p.site_id = any(%s) and p.carrier = %s order by p.site_id, p.valid_from""",
        (list(site_ids), carrier),
    )
    held: dict[UUID, list[FlatPrice]] = {}
    for site_id, price, written, currency, valid_from in await cursor.fetchall():
        before, slash, unit = str(written).partition("/")
        held.setdefault(site_id, []).append(
            FlatPrice(
                price_per_unit=price,
                unit=unit if slash else before,
                currency=before if slash and before else currency,
                valid_from=valid_from,
            )
        )
    return {site_id: tuple(prices) for site_id, prices in held.items()}
