"""Read what stands where on a site, its series, and the formulas of its virtual meters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from aegrid_energy.analytics.consumption import Register
from aegrid_energy.analytics.virtual_meter import needed
from aegrid_energy.domain.meter import VirtualMeter
from aegrid_energy.domain.series import Carrier, Quantity
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.nouns import list_assets, list_assignments, list_meters
from aegrid_energy.storage.series import list_series
from aegrid_energy.storage.virtual_meters import list_virtual_meters
from aegrid_energy.workflows.check_formulas import main_quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRegister:
    """What stands where on one site.

    Args:
        register: Its assets, meters, assignments and series; of virtual meters their inputs too, wherever
            in the tenant those stand.
        carriers: Carriers that the site has meters for.
        formulas: The virtual meters of the site and those they are made of.
    """

    register: Register
    carriers: tuple[Carrier, ...]
    formulas: Mapping[UUID, VirtualMeter] = field(default_factory=dict)


async def read_register(conn: Connection, site_id: UUID) -> SiteRegister:
    """What stands where on one site."""
    meters = await list_meters(conn, [site_id])
    assets = await list_assets(conn, [site_id])
    assignments = await list_assignments(conn, [site_id])
    carriers = tuple(c for c in Carrier if any(m.carrier is c for m in meters))
    virtual_ids = [m.id for m in meters if m.is_virtual]
    formulas: dict[UUID, VirtualMeter] = {}
    if virtual_ids:
        every = {v.meter_id: v for v in await list_virtual_meters(conn)}
        virtual, inputs = needed(virtual_ids, every)
        formulas = {meter_id: every[meter_id] for meter_id in virtual}
        elsewhere = (virtual | {meter_id for meter_id, _ in inputs}) - {m.id for m in meters}
        if elsewhere:
            meters = [*meters, *(m for m in await list_meters(conn) if m.id in elsewhere)]
    series = await list_series(conn, owners=[m.id for m in meters])
    by_id = {m.id: m for m in meters}
    quantities: dict[UUID, Quantity] = {}
    for meter_id in formulas.keys() & by_id.keys():
        _, inputs = needed([meter_id], formulas)
        counted = {s.quantity for s in series if (s.meter_id, s.direction) in inputs}
        quantities[meter_id] = main_quantity(by_id[meter_id].carrier, counted)
    register = Register(
        assets=assets,
        meters=meters,
        assignments=assignments,
        series=series,
        virtual_quantities=quantities,
    )
    return SiteRegister(register=register, carriers=carriers, formulas=formulas)
