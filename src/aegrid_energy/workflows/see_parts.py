"""See what the meters on and below an asset say now, each against what is normal for it at this time."""

import asyncio
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

import numpy as np

from aegrid_energy.analytics.consumption_answer import Question
from aegrid_energy.analytics.display_units import rate_unit
from aegrid_energy.analytics.freshness import Freshness
from aegrid_energy.analytics.newest_interval import Apparent, NewestInterval, newest_apparent, newest_interval
from aegrid_energy.analytics.normal_use import history_span
from aegrid_energy.analytics.power import paired
from aegrid_energy.domain.meter import MeterAssignment, Role
from aegrid_energy.domain.series import AMOUNTS, Carrier, Direction, Quantity, Series
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.zones import day_edges, local_date_of, ms_of
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.events import scopes_of_asset
from aegrid_energy.storage.holidays import holidays_of
from aegrid_energy.storage.nouns import list_feeds, site_of_asset
from aegrid_energy.storage.readings import read_many
from aegrid_energy.workflows.answer_power import reactive_of, reactive_sum, read_reactive
from aegrid_energy.workflows.gather_flow import Flow, added_up, plan_flow, read_flow
from aegrid_energy.workflows.read_register import SiteRegister, read_register
from aegrid_energy.workflows.see_newest import see_newest

#: A page lists no more: ten weeks of readings of each are behind what is normal for it.
MOST_PARTS: Final = 60
_DIRECTIONS: Final = (Direction.IMPORT, Direction.EXPORT, Direction.NET)
_REACTIVE: Final = frozenset({Quantity.REACTIVE_ENERGY, Quantity.APPARENT_ENERGY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A meter on an asset or below it.

    Args:
        direction: Import, unless the meter counts no such thing.
        fed_by: The meter above it now.
        depth: How many of the listed meters stand above it.
        now: None where the day holds nothing of it.
    """

    meter_id: UUID
    name: str
    asset_id: UUID
    asset_name: str
    asset_kind: str
    role: Role
    direction: Direction
    fed_by: UUID | None
    depth: int
    freshness: Freshness
    now: NewestInterval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What is below an asset.

    Args:
        zone: Of the site.
        unit, rate_unit: Of sums and of rates; None where nothing was ever heard.
        on: The local day that the figures are of; None where nothing was ever heard.
        parts: A meter stands after the one that feeds it.
        left_out: Meters beyond `MOST_PARTS`.
        apparent: Electricity of an asset each of whose boundary meters counts kvarh.
    """

    zone: str
    unit: str | None
    rate_unit: str | None
    on: date | None
    parts: tuple[Part, ...]
    left_out: int
    apparent: Apparent | None


async def see_parts(conn: Connection, asset_id: UUID, *, carrier: Carrier, now: datetime) -> Parts:
    """The meters on an asset and below it, with what they take now and what is normal for them.

    All figures are of one local day: today, or the day of the newest reading among them.

    Raises:
        NotFoundError: No such asset.
    """
    site = await site_of_asset(conn, asset_id)
    zone, now_ms = site.timezone, ms_of(now)
    standing = await read_register(conn, site.id)
    below = None if asset_id == site.id else await scopes_of_asset(conn, asset_id)
    places = _places(standing, below, carrier, now_ms)
    kept, left_out = places[:MOST_PARTS], max(0, len(places) - MOST_PARTS)
    wanted = {place.meter_id for place in kept}
    series = [s for s in standing.register.series if s.meter_id in wanted and s.quantity not in _REACTIVE]
    seen = await see_newest(conn, series, now=now)
    ends = [ms_of(newest.end) for newest, _ in seen.values() if newest is not None]
    if not ends:
        return Parts(
            zone=zone, unit=None, rate_unit=None, on=None, parts=(), left_out=left_out, apparent=None
        )
    on, day = _day(zone, min(max(ends) - 1, now_ms))
    past = history_span(zone, day)
    flows = {place.meter_id: await _flow_of(conn, asset_id, place, past, carrier, standing) for place in kept}
    first, last = local_date_of(zone, np.array([past.start_ms, past.end_ms])).astype("datetime64[D]").tolist()
    holidays = await holidays_of(conn, site.id, zone, first, last)
    numbers = sorted({number for _, flow in flows.values() for number in flow.series_nos})
    held = await read_many(conn, numbers, past.start_ms, past.end_ms)
    fed_by = {
        feed.meter_id: feed.fed_by
        for feed in await list_feeds(conn, [site.id])
        if feed.span.start_ms <= now_ms < feed.span.end_ms and feed.fed_by in wanted
    }
    apparent = await _apparent(conn, asset_id, day) if carrier is Carrier.ELECTRICITY else None

    def figures() -> dict[UUID, NewestInterval | None]:
        return {
            meter_id: newest_interval(*added_up(flow, held), day, zone=zone, holidays=holidays)
            for meter_id, (_, flow) in flows.items()
        }

    found = await asyncio.to_thread(figures)
    names = {meter.id: meter.name for meter in standing.register.meters}
    assets = {asset.id: asset for asset in standing.register.assets}
    states = _states(series, {number: state for number, (_, state) in seen.items()})
    parts = [
        Part(
            meter_id=place.meter_id,
            name=names[place.meter_id],
            asset_id=place.asset_id,
            asset_name=assets[place.asset_id].name,
            asset_kind=assets[place.asset_id].kind,
            role=place.role,
            direction=flows[place.meter_id][0],
            fed_by=fed_by.get(place.meter_id),
            depth=depth,
            freshness=states.get(place.meter_id, Freshness.STALE),
            now=found[place.meter_id],
        )
        for place, depth in _by_feed(kept, fed_by)
    ]
    unit = next(iter(flows.values()))[1].unit
    return Parts(
        zone=zone,
        unit=unit,
        rate_unit=rate_unit(unit),
        on=on,
        parts=tuple(parts),
        left_out=left_out,
        apparent=apparent,
    )


def _places(
    standing: SiteRegister, below: frozenset[UUID] | None, carrier: Carrier, now_ms: int
) -> list[MeterAssignment]:
    """Where meters of the carrier stand now, on the asset or below it: boundaries first, then by name."""
    register = standing.register
    names = {meter.id: meter.name for meter in register.meters if meter.carrier is carrier}
    found: dict[UUID, MeterAssignment] = {}
    for place in register.assignments:
        is_there = place.span.start_ms <= now_ms < place.span.end_ms
        if is_there and place.meter_id in names and (below is None or place.asset_id in below):
            found.setdefault(place.meter_id, place)
    return sorted(found.values(), key=lambda place: (place.role is not Role.BOUNDARY, names[place.meter_id]))


def _by_feed(places: list[MeterAssignment], fed_by: dict[UUID, UUID]) -> list[tuple[MeterAssignment, int]]:
    """Each meter after the one that feeds it, with its depth; a circle of feeds is cut where it closes."""
    out: list[tuple[MeterAssignment, int]] = []
    done: set[UUID] = set()

    def put(place: MeterAssignment, depth: int) -> None:
        if place.meter_id in done:
            return
        done.add(place.meter_id)
        out.append((place, depth))
        for child in places:
            if fed_by.get(child.meter_id) == place.meter_id:
                put(child, depth + 1)

    for place in places:
        if place.meter_id not in fed_by:
            put(place, 0)
    for place in places:
        put(place, 0)
    return out


async def _flow_of(
    conn: Connection,
    asset_id: UUID,
    place: MeterAssignment,
    period: Span,
    carrier: Carrier,
    standing: SiteRegister,
) -> tuple[Direction, Flow]:
    """The flow of one meter: what it takes in; of one that only gives, what it gives."""
    register = standing.register
    counted = {s.direction for s in register.series if s.meter_id == place.meter_id and s.quantity in AMOUNTS}
    direction = next((one for one in _DIRECTIONS if one in counted), Direction.IMPORT)
    flow = await plan_flow(
        conn,
        asset_id,
        period,
        carrier=carrier,
        direction=direction,
        meter_id=place.meter_id,
        standing=standing,
    )
    return direction, flow


async def _apparent(conn: Connection, asset_id: UUID, day: Span) -> Apparent | None:
    question = Question(asset_id=asset_id, period=day)
    flow = await plan_flow(
        conn, asset_id, day, carrier=Carrier.ELECTRICITY, direction=Direction.IMPORT, quantity=Quantity.ENERGY
    )
    reactive = await reactive_of(conn, question, flow)
    if reactive is None:
        return None
    held, turned = await read_flow(conn, flow), await read_reactive(conn, reactive)
    return await asyncio.to_thread(
        lambda: newest_apparent(paired(added_up(flow, held)[0], reactive_sum(reactive, turned), day))
    )


def _states(series: list[Series], states: dict[int, Freshness]) -> dict[UUID, Freshness]:
    """The best state of a meter's series: one that ended may have been followed by another."""
    order = (Freshness.LIVE, Freshness.LATE, Freshness.STALE, Freshness.ENDED)
    out: dict[UUID, Freshness] = {}
    for one in series:
        if one.meter_id is not None:
            out[one.meter_id] = min(
                out.get(one.meter_id, Freshness.ENDED), states[one.series_no], key=order.index
            )
    return out


def _day(zone: str, at_ms: int) -> tuple[date, Span]:
    """The local day of an instant."""
    start, end = (int(edge) for edge in day_edges(zone, at_ms, at_ms + 1)[:2])
    return local_date_of(zone, np.array([at_ms]))[0].astype("datetime64[D]").item(), Span(start, end)
