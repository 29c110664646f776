"""Readings sent through the doors, for tests of what is made of them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from access_world import World
from aegrid_energy.domain.access import Role
from aegrid_energy.domain.reading_id import reading_id
from aegrid_energy.storage.pool import transaction

DAY = {"from": "2026-03-01T00:00:00+11:00", "to": "2026-03-02T00:00:00+11:00"}
START = "2026-03-01T00:00:00+11:00"
START_MS = 1_772_283_600_000


def series_form(values: list[float | None] | None = None, **changes: Any) -> dict[str, Any]:
    """A day of half hours of meter M1, of which each takes 1.5 kWh, unless told otherwise."""
    form = {
        "meter": "M1",
        "register": "E1",
        "start": START,
        "step_s": 1800,
        "unit": "kWh",
        "values": [1.5] * 48 if values is None else values,
    }
    return form | changes


async def send(world: World, form: dict[str, Any], *, role: Role = Role.ADMINISTRATOR) -> dict[str, Any]:
    """Send readings into the tenant's site, in which missing meters are made."""
    async with world.as_role(role) as client:
        answer = await client.post(f"/api/energy/consumption?site={world.own.site_id}", json=form)
    assert answer.status_code == 200, answer.text
    return answer.json()


def csv_file(values: list[float], *, meter: str = "M1", start: str = START) -> str:
    """Half hours of a meter as a file of rows."""
    first = datetime.fromisoformat(start)
    rows = [
        f"{(first + timedelta(minutes=30 * n)).isoformat()},{meter},{value}" for n, value in enumerate(values)
    ]
    return "\n".join(["interval_start,meter,kWh", *rows, ""])


async def send_file(world: World, text: str, **params: Any) -> dict[str, Any]:
    """Send a CSV file into the tenant's site, in which missing meters are made."""
    asked = {"site": str(world.own.site_id), "name": "readings.csv", "accept_proposed": "true"} | params
    async with world.as_role(Role.ADMINISTRATOR) as client:
        answer = await client.post(
            "/api/energy/consumption", params=asked, content=text, headers={"Content-Type": "text/csv"}
        )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def series_of(world: World, meter: str = "M1") -> int:
    """The series of a meter that has one."""
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        cursor = await conn.execute(
            "select s.series_no from series s join energy_meters m on m.id = s.meter_id where m.name = %s",
            (meter,),
        )
        rows = await cursor.fetchall()
    assert len(rows) == 1
    return int(rows[0][0])


async def meter_id_of(world: World, meter: str = "M1") -> UUID:
    async with transaction(world.context.pool, world.own.tenant_no) as conn:
        cursor = await conn.execute("select id from energy_meters where name = %s", (meter,))
        row = await cursor.fetchone()
    assert row is not None
    return row[0]


async def first_reading(world: World, meter: str = "M1") -> UUID:
    """The id of the first reading of a day that was sent."""
    return reading_id(await series_of(world, meter), START_MS)


async def total(world: World, *, role: Role = Role.ADMINISTRATOR) -> str:
    """The consumption of the site over the day."""
    async with world.as_role(role) as client:
        answer: httpx.Response = await client.get(f"/api/energy/consumption/{world.own.site_id}", params=DAY)
    assert answer.status_code == 200, answer.text
    return answer.json()["total"]
