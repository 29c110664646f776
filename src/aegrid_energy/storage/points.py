"""Points of the register as readers of their series need them."""

from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import class_row

from aegrid_energy.domain.series import Kind, Quantity
from aegrid_energy.storage.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class PointRow:
    """A point.

    Args:
        asset_id: Whose point it is.
        quantity: What it measures.
        kind: How its readings relate to time.
        stale_after_s: How long a reading holds without a newer one; None: until the next. [s]
    """

    id: UUID
    asset_id: UUID
    name: str
    quantity: Quantity
    kind: Kind
    stale_after_s: int | None


async def find_point(conn: Connection, point_id: UUID) -> PointRow | None:
    """A point of the tenant of this transaction."""
    async with conn.cursor(row_factory=class_row(PointRow)) as cursor:
        await cursor.execute(
            "select id, asset_id, name, quantity, kind, stale_after_s from point where id = %s", (point_id,)
        )
        row = await cursor.fetchone()
    return None if row is None else _typed(row)


async def outside_air_points(conn: Connection, site_id: UUID) -> list[PointRow]:
    """Points that measure the air outside of a site: by their Brick class, then by standing on its root.

    A temperature inside of a building is never taken for the weather.
    """
    async with conn.cursor(row_factory=class_row(PointRow)) as cursor:
        await cursor.execute(
            """select p.id, p.asset_id, p.name, p.quantity, p.kind, p.stale_after_s
               from point p join assets a on a.id = p.asset_id
               where a.site_id = %(site)s and p.quantity = 'temperature'
                 and (p.brick_class like 'Outside\\_Air%%Temperature\\_Sensor'
                      or p.brick_class = '' and a.id = a.site_id)
               order by p.brick_class = '', p.name, p.id""",
            {"site": site_id},
        )
        return [_typed(row) for row in await cursor.fetchall()]


async def shared_weather_points(conn: Connection) -> list[PointRow]:
    """Temperatures of the one site of the tenant that has no meters: its weather station, or loaded weather.

    Nothing where several sites could be meant.
    """
    async with conn.cursor(row_factory=class_row(PointRow)) as cursor:
        await cursor.execute(
            """select p.id, p.asset_id, p.name, p.quantity, p.kind, p.stale_after_s
               from point p join assets a on a.id = p.asset_id
               where p.quantity = 'temperature' and a.id = a.site_id
                 and p.brick_class in ('', 'Outside_Air_Temperature_Sensor')
                 and not exists (select from energy_meters m where m.site_id = a.site_id)
               order by p.name, p.id"""
        )
        rows = [_typed(row) for row in await cursor.fetchall()]
    return rows if len({row.asset_id for row in rows}) == 1 else []


def _typed(row: PointRow) -> PointRow:
    return PointRow(
        id=row.id,
        asset_id=row.asset_id,
        name=row.name,
        quantity=Quantity(row.quantity),
        kind=Kind(row.kind),
        stale_after_s=row.stale_after_s,
    )
