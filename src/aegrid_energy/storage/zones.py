"""Zones by number: rollups carry the number of the zone whose days they are."""

from collections.abc import Iterable

from aegrid_energy.domain.zones import zone_rules
from aegrid_energy.storage.connection import Connection


async def zone_numbers(conn: Connection, names: Iterable[str]) -> dict[str, int]:
    """Number of each zone; unknown ones are added.

    Raises:
        InvalidError: `unknown_zone`.
    """
    wanted = sorted(set(names))
    for name in wanted:
        zone_rules(name)
    held = await _held(conn, wanted)
    missing = [name for name in wanted if name not in held]
    if missing:
        await conn.execute(
            "insert into zone (name) select unnest(%s::text[]) on conflict (name) do nothing", (missing,)
        )
        held = await _held(conn, wanted)
    return held


async def _held(conn: Connection, names: list[str]) -> dict[str, int]:
    rows = await conn.execute("select name, zone_no from zone where name = any(%s)", (names,))
    return {str(name): int(number) for name, number in await rows.fetchall()}
