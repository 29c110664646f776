"""What a row of the register must keep beyond its cells: asked of the database after the row is written.

Each rule is a question whose first row says what is wrong; a refused row is taken back by its savepoint.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, LiteralString

from psycopg.rows import dict_row

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.storage.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that must not be.

    Args:
        code: Of the refusal; the columns of the question's row are its facts.
        column: Where the row is to be changed.
        question: Finds nothing where all is well; parameters are the stored columns of the row.
    """

    code: str
    column: str
    question: LiteralString


#: Sheet -> its rules, in the order in which they are told.
RULES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "assets": (
        Rule(
            code="asset_parent_elsewhere",
            column="parent",
            question="""select p.name as parent, s.name as site from assets p join site s on s.id = p.site_id
                        where p.id = %(parent_id)s and p.site_id <> %(site_id)s""",
        ),
        Rule(
            code="asset_below_itself",
            column="parent",
            question="""with recursive up as (
                            select id, parent_id, name from assets where id = %(parent_id)s
                            union select a.id, a.parent_id, a.name
                            from assets a join up on a.id = up.parent_id)
                        select name from up where id = %(id)s""",
        ),
    ),
    "meters": (
        Rule(
            code="nmi_taken",
            column="nmi",
            question="""select o.nmi, coalesce(o.external_id, o.name) as meter from energy_meters o
                        where o.nmi = %(nmi)s and o.id <> %(id)s and o.carrier = %(carrier)s
                          and tstzrange(o.in_service_from, o.in_service_to)
                              && tstzrange(%(in_service_from)s::timestamptz, %(in_service_to)s::timestamptz)
                        limit 1""",
        ),
        Rule(
            code="meter_carrier_fixed",
            column="carrier",
            question="""select string_agg(distinct s.unit, ', ') as units from series s
                        where s.meter_id = %(id)s and %(carrier)s::text <> %(carrier_before)s::text
                        having count(*) > 0""",
        ),
        Rule(
            code="meter_in_formula",
            column="carrier",
            question="""select m.name as meter from virtual_term t join energy_meters m on m.id = t.meter_id
                        where %(id)s in (t.input_id, t.meter_id)
                          and %(carrier)s::text <> %(carrier_before)s::text limit 1""",
        ),
        Rule(
            code="meter_has_readings",
            column="is_virtual",
            question="select 1 as found from series where meter_id = %(id)s and %(is_virtual)s limit 1",
        ),
        Rule(
            code="meter_has_formula",
            column="is_virtual",
            question="""select 1 as found from virtual_meter
                        where meter_id = %(id)s and not %(is_virtual)s limit 1""",
        ),
    ),
    "assignments": (
        Rule(
            code="assignment_overlaps",
            column="valid_from",
            question="""select x.role from meter_assignment x
                        where x.meter_id = %(meter_id)s and x.asset_id = %(asset_id)s
                          and x.valid_from <> %(valid_from)s::timestamptz
                          and tstzrange(x.valid_from, x.valid_to)
                              && tstzrange(%(valid_from)s::timestamptz, %(valid_to)s::timestamptz) limit 1""",
        ),
        Rule(
            code="assignment_elsewhere",
            column="asset",
            question="""select coalesce(m.external_id, m.name) as meter, s.name as site
                        from energy_meters m, assets a join site s on s.id = a.site_id
                        where m.id = %(meter_id)s and a.id = %(asset_id)s
                          and m.site_id is distinct from a.site_id
                          and %(valid_to)s::timestamptz = 'infinity'""",
        ),
    ),
    "feeds": (
        Rule(
            code="feed_mixes_carriers",
            column="fed_by",
            question="""select m.carrier as carrier, f.carrier as other from energy_meters m, energy_meters f
                        where m.id = %(meter_id)s and f.id = %(fed_by)s and m.carrier <> f.carrier""",
        ),
        Rule(
            code="feed_circle",
            column="fed_by",
            question="""with recursive up as (
                            select fed_by, valid_from, valid_to from meter_feed
                            where meter_id = %(meter_id)s and fed_by = %(fed_by)s
                              and valid_from = %(valid_from)s::timestamptz
                            union
                            select x.fed_by, greatest(x.valid_from, up.valid_from),
                                   least(x.valid_to, up.valid_to)
                            from meter_feed x join up on x.meter_id = up.fed_by
                            where greatest(x.valid_from, up.valid_from) < least(x.valid_to, up.valid_to))
                        select coalesce(m.external_id, m.name) as meter from up
                        join energy_meters m on m.id = up.fed_by where up.fed_by = %(meter_id)s limit 1""",
        ),
    ),
    "installs": (
        Rule(
            code="install_overlaps",
            column="valid_from",
            question="""select x.serial from meter_install x
                        where x.meter_id = %(meter_id)s and x.valid_from <> %(valid_from)s::timestamptz
                          and tstzrange(x.valid_from, x.valid_to)
                              && tstzrange(%(valid_from)s::timestamptz, %(valid_to)s::timestamptz) limit 1""",
        ),
    ),
    "virtual_meters": (
        Rule(
            code="formula_of_real_meter",
            column="meter",
            question="""select coalesce(external_id, name) as meter from energy_meters
                        where id = %(meter_id)s and not is_virtual""",
        ),
    ),
    "heating_values": (
        Rule(
            code="heating_value_without_gas",
            column="meter",
            question="""select coalesce(external_id, name) as meter, carrier from energy_meters
                        where id = %(meter_id)s and carrier <> 'gas'""",
        ),
    ),
}


async def hold_to_rules(connection: Connection, sheet: str, line: int, values: Mapping[str, object]) -> None:
    """Refuse a row, just written, that breaks a rule.

    Args:
        connection: In the savepoint of the row.
        sheet: Its sheet.
        line: Where it stands, for the refusal.
        values: Its stored columns; of a row with an id, `id` and `carrier_before` too.

    Raises:
        InvalidError: The rule's code with sheet, line, column and facts.
    """
    for rule in RULES.get(sheet, ()):
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(rule.question, values)
            found = await cursor.fetchone()
        if found is not None:
            raise InvalidError(rule.code, sheet=sheet, line=line, column=rule.column, **found)
