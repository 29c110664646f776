"""What stands alone: in the register without readings, and among the readings without the register."""

from collections.abc import Mapping
from typing import Final, LiteralString

from aegrid_energy.storage.connection import Connection

_MOST: Final = 1000

#: Kind of orphan -> the keys (or names) concerned.
_QUESTIONS: Final[Mapping[str, LiteralString]] = {
    # the register's side
    "meters_without_site": "select coalesce(external_id, name) from energy_meters where site_id is null",
    "meters_without_assignment": """select coalesce(external_id, name) from energy_meters m
        where not exists (select from meter_assignment a where a.meter_id = m.id)""",
    "meters_without_series": """select coalesce(external_id, name) from energy_meters m
        where not is_virtual and not exists (select from series s where s.meter_id = m.id)""",
    "virtual_meters_without_formula": """select coalesce(external_id, name) from energy_meters m
        where is_virtual and not exists (select from virtual_meter v where v.meter_id = m.id)""",
    "sites_without_meter": """select coalesce(external_id, name) from site s
        where not exists (select from energy_meters m where m.site_id = s.id)""",
    "sites_without_portfolio": """select coalesce(external_id, name) from site s
        where not exists (select from portfolio_site p where p.site_id = s.id)""",
    "points_without_series": """select coalesce(external_id, name) from point p
        where not exists (select from series s where s.point_id = p.id)""",
    "things_without_external_id": """select name from site where external_id is null
        union select name from assets where external_id is null and id <> site_id
        union select name from energy_meters where external_id is null
        union select name from point where external_id is null""",
    # the readings' side
    "readings_without_asset": """select coalesce(m.external_id, m.name) from energy_meters m
        where exists (select from series s where s.meter_id = m.id)
          and not exists (select from meter_assignment a where a.meter_id = m.id)""",
    "readings_of_unknown_meters": r"""select name from (
            select distinct substring(text from '^No meter (.*) \([a-z_]+\) is in the register') as name
            from import_refusal where code = 'meter_unknown') told
        where name is not null and not exists (select from energy_meters m
            where told.name in (m.nmi, m.external_id, m.serial, m.name))""",
}


async def orphans(connection: Connection) -> dict[str, list[str]]:
    """What stands alone on either side: by kind, at most 1,000 keys (or names) each.

    Sheets that are loaded tell the rest: `only_here` of a load names what the file does not have.
    """
    answer: dict[str, list[str]] = {}
    for kind, question in _QUESTIONS.items():
        cursor = await connection.execute(question + " order by 1 limit %s", (_MOST,))
        answer[kind] = [row[0] for row in await cursor.fetchall()]
    return answer
