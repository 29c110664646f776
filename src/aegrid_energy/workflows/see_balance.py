"""See where an asset's energy went: what each meter counted, what its children took, what nobody metered."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from aegrid_energy.analytics.balance import Measured, NodeBalance, TreeSlice, balance, tree_slices
from aegrid_energy.analytics.consumption import MAIN_QUANTITY
from aegrid_energy.analytics.sankey import Flow, flow_of
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.meter import Meter
from aegrid_energy.domain.readings import MICRO, Readings
from aegrid_energy.domain.series import Carrier, Direction, Kind, Series
from aegrid_energy.domain.site import Site
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.units import CANONICAL
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.events import scopes_of_asset
from aegrid_energy.storage.nouns import list_feeds, list_meters, site_of_asset
from aegrid_energy.storage.readings import read_many
from aegrid_energy.storage.series import list_series

#: A meter with less of its readings than this is unknown: its gap would look like somebody's consumption.
COVERAGE_NEEDED: Final = 0.95
#: A residual may be negative by this share of what arrived: two meters of accuracy class 1.
_TOLERANCE: Final = 0.02
_MOST_MS: Final = 400 * 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceSlice:
    """The balance of a time in which the tree did not change.

    Args:
        span: From when to when.
        rows: Each meter that feeds others.
        flow: The same as a picture.
        coverage: Share of the expected readings that are there, by meter.
        backwards: What meters counted below zero: wired the wrong way round, or fed from below. [unit of
            the carrier]
    """

    span: Span
    rows: tuple[NodeBalance, ...]
    flow: Flow
    coverage: Mapping[UUID, float]
    backwards: Mapping[UUID, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceAnswer:
    """The balance of an asset."""

    site: Site
    carrier: Carrier
    unit: str
    slices: tuple[BalanceSlice, ...]
    names: Mapping[UUID, str]


async def see_balance(
    conn: Connection, asset_id: UUID, period: Span, *, carrier: Carrier, now: datetime
) -> BalanceAnswer:
    """The balance of an asset's meters by what fed them.

    Raises:
        NotFoundError: No such asset.
        InvalidError: `empty_period`, `too_many_days`, `meter_fed_twice`, `fed_by_cycle`.
    """
    if period.end_ms <= period.start_ms:
        raise InvalidError("empty_period")
    if period.end_ms - period.start_ms > _MOST_MS:
        raise InvalidError("too_many_days", limit=_MOST_MS // 86_400_000)
    site = await site_of_asset(conn, asset_id)
    meters = await _meters(conn, site, asset_id, carrier)
    feeds = [f for f in await list_feeds(conn, [site.id]) if f.meter_id in meters and f.fed_by in meters]
    trees = tree_slices(feeds, period)
    wanted = {meter for tree in trees for pair in tree.fed_by.items() for meter in pair}
    quantity = MAIN_QUANTITY[carrier]
    series = [
        one
        for one in (await list_series(conn, owners=wanted) if wanted else [])
        if one.quantity is quantity and one.kind is Kind.INTERVAL and one.step_s is not None
    ]
    held = await read_many(conn, [one.series_no for one in series], period.start_ms, period.end_ms)
    names = {meter.id: meter.name for meter in meters.values()}
    slices = await asyncio.to_thread(
        lambda: tuple(_slice(tree, series, held, names, ms_of(now)) for tree in trees)
    )
    return BalanceAnswer(site=site, carrier=carrier, unit=CANONICAL[quantity], slices=slices, names=names)


async def _meters(conn: Connection, site: Site, asset_id: UUID, carrier: Carrier) -> dict[UUID, Meter]:
    below = await scopes_of_asset(conn, asset_id)
    return {
        meter.id: meter
        for meter in await list_meters(conn, [site.id])
        if meter.carrier is carrier and (asset_id == site.id or meter.id in below)
    }


def _slice(
    tree: TreeSlice,
    series: Sequence[Series],
    held: Mapping[int, Readings],
    names: Mapping[UUID, str],
    now_ms: int,
) -> BalanceSlice:
    amounts: dict[UUID, Measured] = {}
    coverage: dict[UUID, float] = {}
    for meter in {meter for pair in tree.fed_by.items() for meter in pair}:
        own = [one for one in series if one.meter_id == meter]
        taken, given = (_sum(own, direction, tree.span, held, now_ms) for direction in _BOTH_WAYS)
        shares = [share for _, share in (taken, given) if share is not None]
        coverage[meter] = min(shares, default=0.0)
        if shares and coverage[meter] >= COVERAGE_NEEDED:
            amounts[meter] = Measured(taken=taken[0], given=given[0])
    rows = balance(tree, amounts, tolerance=_TOLERANCE)
    return BalanceSlice(
        span=tree.span,
        rows=rows,
        flow=flow_of(tree, rows, amounts, names),
        coverage=coverage,
        backwards={
            meter: got.taken for meter, got in amounts.items() if got.taken is not None and got.taken < 0
        },
    )


_BOTH_WAYS: Final = (Direction.IMPORT, Direction.EXPORT)


def _sum(
    own: Sequence[Series], direction: Direction, span: Span, held: Mapping[int, Readings], now_ms: int
) -> tuple[float, float | None]:
    """What the registers of one side counted, and the share of readings there; None: it has none."""
    by_register: dict[str, tuple[float, float]] = {}
    for one in own:
        if one.direction is direction:
            found = _counted(one, held[one.series_no], span, now_ms)
            # A register that changed its interval has two series; the one that knows more counts.
            best = by_register.get(one.register, (0.0, -1.0))
            by_register[one.register] = found if found[1] > best[1] else best
    if not by_register:
        return 0.0, None
    return sum(total for total, _ in by_register.values()), min(share for _, share in by_register.values())


def _counted(series: Series, readings: Readings, span: Span, now_ms: int) -> tuple[float, float]:
    inside = (readings.start_ms >= span.start_ms) & (readings.start_ms < span.end_ms) & readings.valid
    step_ms = (series.step_s or 1) * 1000
    expected = max((min(span.end_ms, now_ms) - span.start_ms) // step_ms, 0)
    total = int(readings.micro[inside].sum()) / MICRO
    return total, min(int(inside.sum()) / expected, 1.0) if expected else 0.0
