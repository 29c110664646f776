"""Heating values of gas by their dates."""

from collections.abc import Iterable
from uuid import UUID

from aegrid_energy.domain.meter import HeatingValue
from aegrid_energy.storage.connection import Connection


async def list_heating_values(
    conn: Connection, meter_ids: Iterable[UUID]
) -> dict[UUID, tuple[HeatingValue, ...]]:
    """Heating values of some meters, oldest first; meters without any are left out."""
    cursor = await conn.execute(
        """select meter_id, mj_per_m3, pressure_factor, case when isfinite(valid_from) then valid_from end
           from heating_value h where meter_id = any(%s) order by meter_id, h.valid_from""",
        (list(meter_ids),),
    )
    values: dict[UUID, tuple[HeatingValue, ...]] = {}
    for meter_id, mj_per_m3, pressure_factor, start in await cursor.fetchall():
        value = HeatingValue(mj_per_m3=mj_per_m3, pressure_factor=pressure_factor, start=start)
        values[meter_id] = (*values.get(meter_id, ()), value)
    return values
