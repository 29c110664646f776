"""The register in the database, read and written by key: loading the same rows again changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg import AsyncConnection, sql
from psycopg.errors import DataError, IntegrityError
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.ids import new_id
from aegrid_energy.domain.register_sheet import SHEETS, Column, Sheet, Value, read_row, spell

Connection = AsyncConnection[Any]
Row = dict[str, Value]

#: What "since ever" and "until further notice" are in the database, so that they can stand in keys.
_OPEN: Final[Mapping[str, str]] = {"valid_from": "-infinity", "valid_to": "infinity"}


@dataclass(slots=True, kw_only=True)
class SheetOutcome:
    """What loading one sheet did."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[InvalidError] = field(default_factory=list)


async def load_sheets(
    connection: Connection, sheets: Mapping[str, Sequence[Mapping[str, str]]], *, now: datetime
) -> dict[str, SheetOutcome]:
    """Load rows by key within the caller's transaction; a row with an error is refused, the others load.

    Args:
        connection: In a transaction of one tenant.
        sheets: Sheet name -> rows as text by column name.
        now: For the ids of new rows.

    Raises:
        InvalidError: `unknown_sheet`.
    """
    for name in sheets:
        if name not in SHEETS:
            raise InvalidError("unknown_sheet", sheet=name, known=", ".join(SHEETS))
    outcomes: dict[str, SheetOutcome] = {}
    for name, sheet in SHEETS.items():
        if name in sheets:
            outcomes[name] = await _load_sheet(connection, sheet, sheets[name], now=now)
    return outcomes


async def _load_sheet(
    connection: Connection, sheet: Sheet, rows: Sequence[Mapping[str, str]], *, now: datetime
) -> SheetOutcome:
    outcome = SheetOutcome()
    held = {_key_of(sheet, row): row for row in await _stored(connection, sheet)}
    ids = await _ids(connection, {c.refers_to for c in sheet.columns if c.refers_to})
    for line, text in enumerate(rows, start=2):  # line 1 is the header
        try:
            row = read_row(sheet, text, line=line)
            if sheet.name == "assets" and row["parent"] is None and row["external_id"] != row["site"]:
                row["parent"] = row["site"]  # below the root asset, which has the site's key
            key = _key_of(sheet, row)
            if held.get(key) == row:
                outcome.unchanged += 1
                continue
            await _write(connection, sheet, row, ids=ids, line=line, is_new=key not in held, now=now)
        except InvalidError as error:
            outcome.refused.append(error)
            continue
        except (IntegrityError, DataError) as error:
            reason = error.diag.message_primary or "breaks a rule of the register"
            outcome.refused.append(InvalidError("row_refused", sheet=sheet.name, line=line, reason=reason))
            continue
        outcome.changed += key in held
        outcome.added += key not in held
        held[key] = row
        if sheet.name in ids:
            ids = {**ids, sheet.name: {**ids[sheet.name], **await _ids_of_key(connection, sheet, row)}}
    return outcome


async def _write(
    connection: Connection,
    sheet: Sheet,
    row: Row,
    *,
    ids: Mapping[str, Mapping[str, UUID]],
    line: int,
    is_new: bool,
    now: datetime,
) -> None:
    values = {_stored_name(c): _stored_value(c, row[c.name], ids, sheet, line) for c in sheet.columns}
    keys = [_stored_name(c) for c in sheet.keys]
    async with connection.transaction():  # a refused row leaves the others standing
        if is_new:
            if sheet.has_id:
                values["id"] = new_id(now)
            columns = list(values)
            await connection.execute(
                sql.SQL("insert into {} ({}) values ({})").format(
                    sql.Identifier(sheet.table),
                    sql.SQL(", ").join(map(sql.Identifier, columns)),
                    sql.SQL(", ").join(map(sql.Placeholder, columns)),
                ),
                values,
            )
            if sheet.name == "sites":  # the root asset shares the site's id and key
                await connection.execute(
                    """insert into assets (id, site_id, kind, name, external_id)
                       values (%(id)s, %(id)s, 'site', %(name)s, %(external_id)s)""",
                    values,
                )
            return
        changes = [c for c in values if c not in keys]
        await connection.execute(
            sql.SQL("update {} set {} where {}").format(
                sql.Identifier(sheet.table),
                sql.SQL(", ").join(
                    sql.SQL("{} = {}").format(sql.Identifier(c), sql.Placeholder(c)) for c in changes
                ),
                sql.SQL(" and ").join(
                    sql.SQL("{} = {}").format(sql.Identifier(k), sql.Placeholder(k)) for k in keys
                ),
            ),
            values,
        )
        if sheet.name == "sites":
            await connection.execute(
                "update assets set name = %(name)s where external_id = %(external_id)s and id = site_id",
                values,
            )


async def read_sheets(
    connection: Connection, names: Sequence[str] = tuple(SHEETS)
) -> dict[str, list[dict[str, str]]]:
    """The register of the transaction's tenant as text rows; loading them again changes nothing."""
    return {
        name: [
            {column: spell(value) for column, value in row.items()}
            for row in await _stored(connection, SHEETS[name])
        ]
        for name in names
    }


async def orphans(connection: Connection) -> dict[str, list[str]]:
    """What stands alone in the register: by kind, the external ids (or names) concerned."""
    questions: dict[str, LiteralString] = {
        "meters_without_site": "select coalesce(external_id, name) from energy_meters where site_id is null",
        "meters_without_assignment": """select coalesce(external_id, name) from energy_meters m
            where not exists (select from meter_assignment a where a.meter_id = m.id)""",
        "meters_without_series": """select coalesce(external_id, name) from energy_meters m
            where not is_virtual and not exists (select from series s where s.meter_id = m.id)""",
        "sites_without_meter": """select coalesce(external_id, name) from site s
            where not exists (select from energy_meters m where m.site_id = s.id)""",
        "sites_without_portfolio": """select coalesce(external_id, name) from site s
            where not exists (select from portfolio_site p where p.site_id = s.id)""",
        "points_without_series": """select coalesce(external_id, name) from point p
            where not exists (select from series s where s.point_id = p.id)""",
    }
    answer: dict[str, list[str]] = {}
    for kind, question in questions.items():
        cursor = await connection.execute(question + " order by 1")
        answer[kind] = [row[0] for row in await cursor.fetchall()]
    return answer


async def _stored(connection: Connection, sheet: Sheet) -> list[Row]:
    """The rows of a sheet with references as external ids and open ends as None."""
    columns: list[sql.Composable] = []
    joins: list[sql.Composable] = []
    for column in sheet.columns:
        mine = sql.Identifier("t", _stored_name(column))
        if column.refers_to:
            other = sql.Identifier(f"r_{column.name}")
            joins.append(
                sql.SQL("left join {} {} on {}.id = {}").format(
                    sql.Identifier(SHEETS[column.refers_to].table), other, other, mine
                )
            )
            mine = sql.SQL("{}.external_id").format(other)
        elif column.name in _OPEN:
            mine = sql.SQL("case when isfinite({0}) then {0} end").format(mine)
        columns.append(sql.SQL("{} as {}").format(mine, sql.Identifier(column.name)))
    only = sql.SQL(" where t.external_id is not null" if sheet.has_id else "")
    query = sql.SQL("select {} from {} t {}{} order by {}").format(
        sql.SQL(", ").join(columns),
        sql.Identifier(sheet.table),
        sql.SQL(" ").join(joins),
        only,
        sql.SQL("t.id")
        if sheet.has_id
        else sql.SQL(", ").join(sql.Identifier("t", _stored_name(c)) for c in sheet.keys),
    )
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query)
        rows = await cursor.fetchall()
    return [{c.name: _plain(c, row[c.name]) for c in sheet.columns} for row in rows]


def _plain(column: Column, value: Value) -> Value:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if column.name == "ratings" and isinstance(value, Mapping):
        return {k: float(v) for k, v in sorted(value.items())}
    return value


async def _ids(connection: Connection, names: set[str]) -> dict[str, dict[str, UUID]]:
    ids: dict[str, dict[str, UUID]] = {}
    for name in names:
        cursor = await connection.execute(
            sql.SQL("select external_id, id from {} where external_id is not null").format(
                sql.Identifier(SHEETS[name].table)
            )
        )
        ids[name] = dict(await cursor.fetchall())
    return ids


async def _ids_of_key(connection: Connection, sheet: Sheet, row: Row) -> dict[str, UUID]:
    cursor = await connection.execute(
        sql.SQL("select external_id, id from {} where external_id = %s").format(sql.Identifier(sheet.table)),
        (row["external_id"],),
    )
    return dict(await cursor.fetchall())


def _key_of(sheet: Sheet, row: Mapping[str, Value]) -> tuple[Value, ...]:
    return tuple(row[c.name] for c in sheet.keys)


def _stored_name(column: Column) -> str:
    if not column.refers_to or column.name == "fed_by":
        return column.name
    return f"{column.name}_id"


def _stored_value(
    column: Column, value: Value, ids: Mapping[str, Mapping[str, UUID]], sheet: Sheet, line: int
) -> Value | UUID | Jsonb:
    if column.refers_to and value is not None:
        found = ids[column.refers_to].get(str(value))
        if found is None:
            raise InvalidError(
                "reference_unknown",
                sheet=sheet.name,
                line=line,
                column=column.name,
                value=str(value),
                refers_to=column.refers_to,
            )
        return found
    if value is None and column.name in _OPEN:
        return _OPEN[column.name]
    if column.name == "ratings":
        return Jsonb(value)
    return value
