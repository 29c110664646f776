"""Live figures of an asset: what flows in kWh is not all electricity; how readings of a point are meant."""

from dataclasses import replace

from aegrid_energy.domain.series import Carrier, Kind, Quantity
from aegrid_energy.storage.latest import latest
from aegrid_energy.storage.memberships import enter_tenant, found_tenant
from aegrid_energy.storage.pool import Pool, transaction
from aegrid_energy.storage.register import load_sheets
from aegrid_energy.storage.series import list_series
from aegrid_energy.workflows.watch_values import metrics_of, values_of
from counters_world import NOW, SHEETS, counter, load

METERED = {
    **SHEETS,
    "meters": [*SHEETS["meters"], {"external_id": "G1", "site": "S1", "carrier": "gas", "name": "Boiler"}],
    "assignments": [*SHEETS["assignments"], {"meter": "G1", "asset": "S1", "role": "boundary"}],
}


async def test_gas_counted_in_kwh_is_no_part_of_the_electric_power_of_a_site(pool: Pool) -> None:
    async with transaction(pool, None) as conn:
        tenant_no = await found_tenant(conn, slug="one", name="one", now=NOW)
        await enter_tenant(conn, tenant_no)
        await load_sheets(conn, METERED, now=NOW)
        cursor = await conn.execute("select id from site")
        (site,) = await cursor.fetchone() or ()
    electric = counter([3.0, 4.0], kind=Kind.INTERVAL)
    gas = replace(counter([7.0, 9.0, 11.0], kind=Kind.INTERVAL), meter="G1", carrier=Carrier.GAS)
    await load(pool, tenant_no, electric, gas)
    async with transaction(pool, tenant_no) as conn:
        metrics = await metrics_of(conn, site, now=NOW)
        values = values_of(metrics, await latest(conn, [t.series_no for m in metrics for t in m.terms]))
    assert {value.metric: value.value for value in values} == {"power_kw": 4.0, "gas_power_kw": 11.0}


async def test_readings_of_a_setpoint_are_a_setpoint_whatever_their_file_can_say(pool: Pool) -> None:
    points = [
        {
            "external_id": "P1",
            "asset": "S1",
            "name": "Set",
            "quantity": "temperature",
            "unit": "Cel",
            "kind": "setpoint",
        }
    ]
    async with transaction(pool, None) as conn:
        tenant_no = await found_tenant(conn, slug="one", name="one", now=NOW)
        await enter_tenant(conn, tenant_no)
        await load_sheets(conn, {**SHEETS, "points": points}, now=NOW)
    told = counter([21.0, 21.5], kind=Kind.INSTANT)
    await load(
        pool,
        tenant_no,
        replace(
            told, meter="P1", register="", carrier=Carrier.OTHER, quantity=Quantity.TEMPERATURE, unit="Cel"
        ),
    )
    async with transaction(pool, tenant_no) as conn:
        assert [one.kind for one in await list_series(conn)] == [Kind.SETPOINT]
