"""Check the formulas of a tenant as they stand in the transaction: circles, carriers, units, directions."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from aegrid_energy.analytics.consumption import CONSUMED, MAIN_QUANTITY
from aegrid_energy.analytics.virtual_meter import Input, check_virtual_meters, inputs_of
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.meter import Meter, VirtualMeter
from aegrid_energy.domain.series import Carrier, Direction, Quantity, Series
from aegrid_energy.domain.units import CANONICAL
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.nouns import list_meters
from aegrid_energy.storage.series import list_series
from aegrid_energy.storage.virtual_meters import list_virtual_meters


async def check_formulas(conn: Connection) -> tuple[UUID, ...]:
    """Refuse formulas that cannot be evaluated; give the order in which they can.

    Raises:
        InvalidError: Those of `check_virtual_meters`; `virtual_input_direction` where a virtual meter is
            asked for what it does not give.
    """
    virtual_meters = await list_virtual_meters(conn)
    if not virtual_meters:
        return ()
    meters = {meter.id: meter for meter in await list_meters(conn)}
    check_directions(virtual_meters, meters)
    wanted = {input_id for virtual in virtual_meters for input_id, _ in inputs_of(virtual)}
    series = await list_series(conn, owners=wanted)
    return check_virtual_meters(virtual_meters, meters, input_units(series, meters))


def check_directions(virtual_meters: Iterable[VirtualMeter], meters: Mapping[UUID, Meter]) -> None:
    """Refuse formulas that ask a virtual meter for export or net: it gives import.

    Raises:
        InvalidError: `virtual_input_direction`.
    """
    for virtual in virtual_meters:
        for input_id, direction in inputs_of(virtual):
            other = meters.get(input_id)
            if other is not None and other.is_virtual and direction is not Direction.IMPORT:
                raise InvalidError(
                    "virtual_input_direction", meter=meters[virtual.meter_id].name, input=other.name
                )


def input_units(series: Iterable[Series], meters: Mapping[UUID, Meter]) -> dict[Input, str]:
    """Canonical unit of each input that anything is stored of."""
    held: dict[Input, set[Quantity]] = {}
    for one in series:
        if one.meter_id is not None and one.quantity in CONSUMED:
            held.setdefault((one.meter_id, one.direction), set()).add(one.quantity)
    return {
        (meter_id, direction): CANONICAL[main_quantity(meters[meter_id].carrier, quantities)]
        for (meter_id, direction), quantities in held.items()
    }


def main_quantity(carrier: Carrier, held: Iterable[Quantity]) -> Quantity:
    """What a meter is added up in: its carrier's main quantity, or else what is stored of it."""
    there: Sequence[Quantity] = [q for q in (MAIN_QUANTITY[carrier], *Quantity) if q in set(held)]
    return next((q for q in there if q in CONSUMED), MAIN_QUANTITY[carrier])
