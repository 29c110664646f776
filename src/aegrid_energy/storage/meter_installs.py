"""Which device stood behind a meter from when to when, and the act of exchanging it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from psycopg.rows import class_row

from aegrid_energy.storage.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Install:
    """A device behind a meter; reads are as it shows them, before the multiplier.

    Args:
        serial: Of the device.
        multiplier: CT x VT in front of it.
        first_read, last_read: What it showed when it was put in and taken out.
        wraps_at: Where its register begins again; None: unknown.
        start, end: From when to when; None is open.
    """

    serial: str
    multiplier: Decimal = Decimal(1)
    first_read: Decimal | None = None
    last_read: Decimal | None = None
    wraps_at: Decimal | None = None
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedMeter:
    """A meter that nobody else exchanges until the transaction ends."""

    name: str
    serial: str
    is_virtual: bool


async def lock_meter(conn: Connection, meter_id: UUID) -> LockedMeter | None:
    """Hold a meter: of two exchanges at once the second waits, and then sees the first."""
    async with conn.cursor(row_factory=class_row(LockedMeter)) as cursor:
        await cursor.execute(
            "select name, serial, is_virtual from energy_meters where id = %s for update", (meter_id,)
        )
        return await cursor.fetchone()


async def list_installs(conn: Connection, meter_id: UUID) -> list[Install]:
    """The devices of a meter by date."""
    async with conn.cursor(row_factory=class_row(Install)) as cursor:
        await cursor.execute(
            """select serial, multiplier, first_read, last_read, wraps_at,
                      case when isfinite(valid_from) then valid_from end as start,
                      case when isfinite(valid_to) then valid_to end as "end"
               from meter_install where meter_id = %s order by valid_from""",
            (meter_id,),
        )
        return await cursor.fetchall()


async def add_install(conn: Connection, meter_id: UUID, install: Install) -> None:
    """A device that was put in."""
    await conn.execute(
        """insert into meter_install
               (meter_id, serial, multiplier, first_read, last_read, valid_from, valid_to)
           values (%s, %s, %s, %s, %s, %s::timestamptz, %s::timestamptz)""",
        (
            meter_id,
            install.serial,
            install.multiplier,
            install.first_read,
            install.last_read,
            install.start or "-infinity",
            install.end or "infinity",
        ),
    )


async def end_install(conn: Connection, meter_id: UUID, install: Install) -> None:
    """The device that is in place was taken out."""
    await conn.execute(
        """update meter_install set last_read = %s, valid_to = %s::timestamptz
           where meter_id = %s and valid_from = %s::timestamptz""",
        (install.last_read, install.end, meter_id, install.start or "-infinity"),
    )


async def name_device(conn: Connection, meter_id: UUID, serial: str) -> None:
    """The serial by which files find the meter from now on."""
    await conn.execute("update energy_meters set serial = %s where id = %s", (serial, meter_id))
