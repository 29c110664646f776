"""The simulated register as rows by sheet, for the same import that takes a council's own workbook."""

import json
from datetime import date

from aegrid_energy.simulation.portfolio import SimulatedPortfolio, events
from aegrid_energy.simulation.register import AssetRow

#: What a cell holds; None is an empty cell.
Cell = str | float | bool | date | None
Sheets = dict[str, list[dict[str, Cell]]]


def register_rows(simulated: SimulatedPortfolio, first: date, end: date) -> Sheets:
    """Rows of each sheet, keys by external id; parents come before children.

    Args:
        simulated: The portfolio.
        first: Since when the register holds: dates of assignments, feeds and prices.
        end: Events begin on `[first, end)`.
    """
    return {
        "portfolios": [{"external_id": row.external_id, "name": row.name} for row in simulated.portfolios],
        "sites": [
            {
                "external_id": row.external_id,
                "name": row.name,
                "portfolio": row.portfolio,
                "timezone": row.timezone,
                "country": row.country,
                "region": row.region,
                "currency": row.currency,
                "latitude": row.latitude,
                "longitude": row.longitude,
                "use_type": row.use_type,
            }
            for row in simulated.sites
        ],
        "assets": [_asset(row) for row in simulated.assets],
        "meters": [
            {
                "external_id": row.external_id,
                "site": row.site,
                "name": row.name,
                "carrier": row.carrier.value,
                "nmi": row.nmi or None,
                "serial": row.serial,
                "rhythm": row.rhythm.value,
            }
            for row in simulated.meters
        ],
        "assignments": [
            {"meter": row.external_id, "asset": row.asset, "role": row.role, "from": first, "to": None}
            for row in simulated.meters
        ],
        "feeds": [
            {"meter": row.external_id, "fed_by": row.fed_by, "from": first, "to": None}
            for row in simulated.meters
            if row.fed_by
        ],
        "points": [
            {
                "external_id": row.external_id,
                "asset": row.asset,
                "name": row.name,
                "quantity": row.quantity.value,
                "unit": row.unit,
                "kind": row.kind.value,
                "brick_class": row.brick_class,
                "valid_min": row.valid_min,
                "valid_max": row.valid_max,
                "expected_interval_s": row.step_s,
                "stale_after_s": row.stale_after_s,
                "is_writable": row.is_writable,
            }
            for row in simulated.points
        ],
        "prices": [
            {
                "site": row.site,
                "carrier": row.carrier.value,
                "price_per_unit": str(row.price_per_unit),
                "unit": row.unit,
                "from": first,
            }
            for row in simulated.prices
        ],
        "events": [
            {
                "scope_kind": row.scope_kind,
                "scope": row.scope,
                "kind": row.kind,
                "start": row.start_on,
                "end": row.end_on,
                "text": row.text,
            }
            for row in events(simulated, first, end)
        ],
    }


def _asset(row: AssetRow) -> dict[str, Cell]:
    return {
        "external_id": row.external_id,
        "site": row.site,
        "parent": row.parent or None,
        "kind": row.kind,
        "name": row.name,
        "use_type": row.use_type or None,
        "floor_area_m2": None if row.floor_area_m2 is None else float(row.floor_area_m2),
        "ratings": json.dumps({name: float(value) for name, value in row.ratings}) if row.ratings else None,
    }
