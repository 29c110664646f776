"""Exchange a meter in one act: the old device ends with its last read, the new one begins with its first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from aegrid_energy.domain.errors import ConflictError, InvalidError, NotFoundError
from aegrid_energy.domain.event import EventKind, EventScope
from aegrid_energy.domain.ids import new_id
from aegrid_energy.domain.readings import as_decimal
from aegrid_energy.domain.zones import at_of
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.events import Event, add_event
from aegrid_energy.storage.latest import latest
from aegrid_energy.storage.meter_installs import (
    Install,
    add_install,
    end_install,
    list_installs,
    lock_meter,
    name_device,
)
from aegrid_energy.storage.record import write_record
from aegrid_energy.storage.series import list_series
from aegrid_energy.workflows.apply_multiplier import open_recomputation

#: Clocks of people's machines differ by this much.
_AHEAD: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What was done at the meter.

    Args:
        at: When the new device began to count.
        last_read: What the old one showed, before any multiplier; None where nobody read it.
        first_read: What the new one shows at the start.
        serial: Of the new one.
        multiplier: CT x VT in front of the new one; None: as before.
        reason: Why.
    """

    at: datetime
    last_read: Decimal | None
    first_read: Decimal
    serial: str
    multiplier: Decimal | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """What became of an exchange.

    Args:
        closed: The device that was taken out.
        opened: The one that was put in.
        event_id: The meter change, on every chart of the meter.
        job_id: Brings readings that came before this was told to the new device; None: there are none.
    """

    closed: Install
    opened: Install
    event_id: UUID
    job_id: UUID | None


async def exchange_meter(
    conn: Connection, tenant_no: int, meter_id: UUID, exchange: Exchange, *, actor: str, now: datetime
) -> Exchanged:
    """Exchange the device of a meter, in the caller's transaction.

    Raises:
        NotFoundError: `meter_not_found`.
        InvalidError: `exchange_of_virtual`, `exchange_in_future`, `exchange_before_install`,
            `exchange_same_serial`, `exchange_read_below_first`, `exchange_read_below_held`,
            `exchange_read_beyond_register`.
        ConflictError: `exchange_overlaps`, `exchange_gap`: another device is in place then, or none.
    """
    meter = await lock_meter(conn, meter_id)
    if meter is None:
        raise NotFoundError("meter_not_found")
    if meter.is_virtual:
        raise InvalidError("exchange_of_virtual", meter=meter.name)
    if exchange.at > now + _AHEAD:
        raise InvalidError("exchange_in_future")
    installs = await list_installs(conn, meter_id)
    old = installs[-1] if installs else Install(serial=meter.serial or "unknown")
    _check_times(old, exchange.at)
    if exchange.serial == old.serial:
        raise InvalidError("exchange_same_serial", serial=old.serial)
    newest_ms = await _check_reads(conn, meter_id, old, exchange)
    multiplier = old.multiplier if exchange.multiplier is None else exchange.multiplier
    closed = Install(
        serial=old.serial,
        multiplier=old.multiplier,
        first_read=old.first_read,
        last_read=exchange.last_read,
        wraps_at=old.wraps_at,
        start=old.start,
        end=exchange.at,
    )
    opened = Install(
        serial=exchange.serial, multiplier=multiplier, first_read=exchange.first_read, start=exchange.at
    )
    if installs:
        await end_install(conn, meter_id, closed)
    else:
        await add_install(conn, meter_id, closed)
    await add_install(conn, meter_id, opened)
    await name_device(conn, meter_id, exchange.serial)
    event = Event(
        id=new_id(now),
        scope_kind=EventScope.METER.value,
        scope_id=meter_id,
        starts_at=exchange.at,
        ends_at=None,
        kind=EventKind.METER_CHANGE.value,
        text=_words(closed, opened, exchange.reason),
        author=actor,
        created_at=now,
    )
    await add_event(conn, event)
    await write_record(
        conn,
        now=now,
        actor=actor,
        action="meter_exchanged",
        object_kind="meter",
        object_id=meter_id,
        detail={"at": exchange.at.isoformat(), "serial": exchange.serial, "reason": exchange.reason},
    )
    job_id = None
    if newest_ms is not None and at_of(newest_ms) >= exchange.at:
        job_id = await open_recomputation(conn, tenant_no, [meter_id], actor=actor, now=now)
    return Exchanged(closed=closed, opened=opened, event_id=event.id, job_id=job_id)


def _check_times(old: Install, at: datetime) -> None:
    if old.end is not None and old.end <= at:
        raise ConflictError("exchange_gap", serial=old.serial, until=old.end.isoformat())
    if old.end is not None:
        raise ConflictError(
            "exchange_overlaps", serial=old.serial, since=old.start.isoformat() if old.start else "ever"
        )
    if old.start is not None and at <= old.start:
        raise InvalidError("exchange_before_install", serial=old.serial, since=old.start.isoformat())


async def _check_reads(conn: Connection, meter_id: UUID, old: Install, exchange: Exchange) -> int | None:
    """Refuse a last read that cannot be; gives the instant of the newest reading. [ms]."""
    last = exchange.last_read
    if last is not None and old.wraps_at is not None and last >= old.wraps_at:
        raise InvalidError("exchange_read_beyond_register", last_read=str(last), wraps_at=str(old.wraps_at))
    series = await list_series(conn, owners=[meter_id])
    held = await latest(conn, [one.series_no for one in series])
    newest = max((one.start_ms for one in held.values()), default=None)
    if last is None or old.wraps_at is not None:  # a register that begins again may stand below its first
        return newest
    if old.first_read is not None and last < old.first_read:
        raise InvalidError(
            "exchange_read_below_first",
            last_read=str(last),
            first_read=str(old.first_read),
            serial=old.serial,
        )
    for one in series:
        seen = held.get(one.series_no)
        if one.kind.value != "cumulative" or one.direction.value != "import" or seen is None:
            continue
        shown = as_decimal(seen.micro) / old.multiplier  # registers are stored times their multiplier
        if one.quantity.value in _MAIN and at_of(seen.start_ms) <= exchange.at and last < shown:
            raise InvalidError(
                "exchange_read_below_held",
                last_read=str(last),
                held=format(shown.normalize(), "f"),
                at=at_of(seen.start_ms).isoformat(),
                serial=old.serial,
            )
    return newest


#: What a device's main register shows; a read of kvarh is no read of kWh.
_MAIN: Final = frozenset({"energy", "fuel_energy", "volume"})


def _words(closed: Install, opened: Install, reason: str) -> str:
    last = f" (last read {closed.last_read:f})" if closed.last_read is not None else ""
    factor = f", multiplier {opened.multiplier:f}" if opened.multiplier != 1 else ""
    first = f"{opened.first_read:f}" if opened.first_read is not None else ""
    return f"{closed.serial}{last} replaced by {opened.serial} (first read {first}{factor}). {reason}"[:2000]
