"""The devices that stood behind meters, by their dates."""

from uuid import UUID

from aegrid_energy.domain.device import Device
from aegrid_energy.domain.spans import FIRST_MS
from aegrid_energy.domain.zones import ms_of
from aegrid_energy.storage.connection import Connection


async def devices_of(conn: Connection, meter_id: UUID) -> list[Device]:
    """The devices of a meter, the oldest first."""
    cursor = await conn.execute(
        """select case when isfinite(valid_from) then valid_from end, serial, multiplier, first_read,
                  last_read, wraps_at, max_rate_per_h
           from meter_install where meter_id = %s order by valid_from""",
        (meter_id,),
    )
    return [
        Device(
            start_ms=FIRST_MS if row[0] is None else ms_of(row[0]),
            serial=row[1],
            multiplier=row[2],
            first_read=row[3],
            last_read=row[4],
            wraps_at=row[5],
            max_rate_per_h=row[6],
        )
        for row in await cursor.fetchall()
    ]
