"""Watch the live values of assets and meters: which series make them up, and what they say now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from aegrid_energy.analytics.consumption import CONSUMED, Use, plan_consumption
from aegrid_energy.domain import quality as q
from aegrid_energy.domain.readings import MICRO
from aegrid_energy.domain.series import Carrier, Direction, Kind, Quantity
from aegrid_energy.domain.spans import Span, span_of
from aegrid_energy.domain.zones import at_of, ms_of
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.latest import Latest
from aegrid_energy.storage.nouns import site_of_asset
from aegrid_energy.storage.series import list_series
from aegrid_energy.workflows.read_register import read_register

#: Metric of a flow: its name carries the unit.
_RATE: Final[Mapping[tuple[Quantity, Direction], str]] = {
    (Quantity.ENERGY, Direction.IMPORT): "power_kw",
    (Quantity.ENERGY, Direction.EXPORT): "export_kw",
    (Quantity.ENERGY, Direction.NET): "net_kw",
    (Quantity.FUEL_ENERGY, Direction.IMPORT): "fuel_mj_per_h",
    (Quantity.VOLUME, Direction.IMPORT): "volume_m3_per_h",
}
#: Whose flow each name stands for; that of another carrier says so, and is never added to it.
_OWNER: Final[Mapping[Quantity, Carrier]] = {
    Quantity.ENERGY: Carrier.ELECTRICITY,
    Quantity.FUEL_ENERGY: Carrier.GAS,
    Quantity.VOLUME: Carrier.WATER,
}
_GAUGE: Final[Mapping[Quantity, str]] = {
    Quantity.POWER: "power_kw",  # a power meter of the asset is fresher than the mean of its last interval
    Quantity.TEMPERATURE: "temperature_c",
    Quantity.HUMIDITY: "humidity_percent",
    Quantity.CO2: "co2_ppm",
    Quantity.SHARE: "share_percent",
    Quantity.FLOW: "flow_m3_per_h",
    Quantity.IRRADIANCE: "irradiance_w_per_m2",
    Quantity.OCCUPANCY: "occupancy",
    Quantity.STATE: "state",
}
#: Gauges that hold until the next reading.
_GAUGED: Final = frozenset({Kind.INSTANT, Kind.STATE})
#: Which meters stand where is asked for the last day: what is newest may be an hour old.
_LOOK_BACK_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One series of a metric; `factor` makes a rate of an amount."""

    series_no: int
    factor: float
    step_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One live figure: the sum of the newest readings of its series.

    Args:
        asset_id: What it is a figure of, or where its meter stands.
        name: Carries the unit.
        terms: What is added up.
        meter_id: The meter, of a figure that is its own.
        point_id: The point, of a figure that is its own.
    """

    asset_id: UUID
    name: str
    terms: tuple[Term, ...]
    meter_id: UUID | None = None
    point_id: UUID | None = None

    @property
    def key(self) -> tuple[UUID, str]:
        """What tells it from every other figure of a socket."""
        return (self.meter_id or self.asset_id, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What a metric says now."""

    asset_id: UUID
    metric: str
    at: datetime
    value: float
    quality: str
    meter_id: UUID | None = None
    point_id: UUID | None = None

    @property
    def key(self) -> tuple[UUID, str]:
        """That of its metric."""
        return (self.meter_id or self.asset_id, self.metric)


async def metrics_of(conn: Connection, asset_id: UUID, *, now: datetime) -> tuple[Metric, ...]:
    """The live figures of an asset: the rate of each flow over its boundary, and its points.

    Raises:
        NotFoundError: No such asset.
    """
    site = await site_of_asset(conn, asset_id)
    register = (await read_register(conn, site.id)).register
    end = ms_of(now)
    plan = plan_consumption(asset_id, register, Span(end - _LOOK_BACK_MS, end + 1), quantities=CONSUMED)
    steps = {s.series_no: s.step_s for s in register.series}
    flows: dict[str, list[Term]] = {}
    for use in plan.used:
        name = _flow_of(use)
        step = steps.get(use.series_no or 0)
        if name and step and use.series_no is not None and use.span.end_ms > end:
            flows.setdefault(name, []).append(
                Term(series_no=use.series_no, factor=3600 / step / MICRO, step_s=step)
            )
    metrics = {
        name: Metric(asset_id=asset_id, name=name, terms=tuple(terms)) for name, terms in flows.items()
    }
    metrics |= {metric.name: metric for metric in await _points_of(conn, asset_id)}
    return tuple(metrics.values())


async def metrics_of_meter(
    conn: Connection, meter_id: UUID, asset_id: UUID, *, now: datetime
) -> tuple[Metric, ...]:
    """The live figures of one meter, whatever its role: the rate of each of its registers.

    Args:
        conn: In the tenant.
        meter_id: A meter that is stored, not virtual.
        asset_id: Where it stands.
        now: Series that have ended by then say nothing.
    """
    metrics: dict[str, Metric] = {}
    for series in await list_series(conn, owners=[meter_id]):
        name = _RATE.get((series.quantity, series.direction))
        is_running = span_of(series.valid_from, series.valid_to).end_ms > ms_of(now)
        if name is None or series.kind is not Kind.INTERVAL or not series.step_s or not is_running:
            continue
        known = metrics.get(name)
        # Of two interval lengths of a register the finer one is fresher.
        if known is None or series.step_s < known.terms[0].step_s:
            term = Term(series_no=series.series_no, factor=3600 / series.step_s / MICRO, step_s=series.step_s)
            metrics[name] = Metric(asset_id=asset_id, name=name, terms=(term,), meter_id=meter_id)
    return tuple(metrics.values())


def _flow_of(use: Use) -> str | None:
    """The name of a flow over a boundary: `power_kw` of electricity, `heat_power_kw` of heat."""
    name = _RATE.get((use.quantity, use.direction))
    if name is None or use.carrier is _OWNER[use.quantity]:
        return name
    return f"{use.carrier.value}_{name}"


async def _points_of(conn: Connection, asset_id: UUID) -> list[Metric]:
    cursor = await conn.execute("select id, name from point where asset_id = %s order by name", (asset_id,))
    names = dict(await cursor.fetchall())
    metrics: dict[str, Metric] = {}
    for series in await list_series(conn, owners=list(names)) if names else []:
        metric = _GAUGE.get(series.quantity)
        if metric is None or series.kind not in _GAUGED or series.point_id is None:
            continue
        # Two sensors of one kind on an asset keep their names apart.
        name = metric if metric not in metrics else f"{metric}:{names[series.point_id]}"
        term = Term(series_no=series.series_no, factor=1 / MICRO, step_s=series.step_s or 900)
        metrics[name] = Metric(asset_id=asset_id, name=name, terms=(term,), point_id=series.point_id)
    return list(metrics.values())


def value_of(metric: Metric, latest: Mapping[int, Latest]) -> Value | None:
    """What a metric says now; None where none of its series has said anything.

    Series that fell silent more than two of their steps ago are left out, and the sum is then estimated.
    """
    held = [(term, latest[term.series_no]) for term in metric.terms if term.series_no in latest]
    if not held:
        return None
    newest = max(one.start_ms for _, one in held)
    fresh = [(term, one) for term, one in held if one.start_ms >= newest - 2000 * term.step_s]
    rank = max(one.quality & q.RANK_MASK for _, one in fresh)
    if len(fresh) < len(metric.terms):
        rank = max(rank, q.Quality.ESTIMATED.code)
    return Value(
        asset_id=metric.asset_id,
        metric=metric.name,
        at=at_of(newest),
        value=sum(term.factor * one.micro for term, one in fresh),
        quality=q.quality_of(rank).value,
        meter_id=metric.meter_id,
        point_id=metric.point_id,
    )


def values_of(metrics: Sequence[Metric], latest: Mapping[int, Latest]) -> list[Value]:
    """What metrics say now, without those that never said anything."""
    return [value for metric in metrics if (value := value_of(metric, latest)) is not None]
