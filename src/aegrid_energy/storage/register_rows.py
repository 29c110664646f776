"""The register in the database as rows by key: read whole, with references as keys and open ends as None."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from psycopg import sql
from psycopg.rows import dict_row

from aegrid_energy.domain.register_cell import Value, spell
from aegrid_energy.domain.register_row import Column, Sheet
from aegrid_energy.domain.register_sheet import SCOPE_SHEETS, SHEETS
from aegrid_energy.storage.connection import Connection

Row = dict[str, Value]

#: What "since ever" and "until further notice" are in the database, so that they can stand in keys.
OPEN: Final[Mapping[str, str]] = {"valid_from": "-infinity", "valid_to": "infinity"}


async def read_sheets(
    connection: Connection, names: Sequence[str] = tuple(SHEETS)
) -> dict[str, list[dict[str, str]]]:
    """The register of the transaction's tenant as text rows; loading them again changes nothing.

    What refers to a thing without a key cannot be named, and is left out.
    """
    return {
        name: [
            {column: spell(value) for column, value in row.items()}
            for row in await stored_rows(connection, SHEETS[name])
            if _can_be_named(SHEETS[name], row)
        ]
        for name in names
    }


async def stored_rows(connection: Connection, sheet: Sheet) -> list[Row]:
    """The rows of a sheet as values."""
    columns: list[sql.Composable] = []
    joins: list[sql.Composable] = []
    for column in sheet.columns:
        mine: sql.Composable = sql.Identifier("t", column.stored_name)
        if column.refers_to:
            other = sql.Identifier(f"r_{column.name}")
            found_by = sql.Identifier(f"r_{column.name}", SHEETS[column.refers_to].found_by)
            joins.append(
                sql.SQL("left join {} {} on {}.id = {}").format(
                    sql.Identifier(SHEETS[column.refers_to].table), other, other, mine
                )
            )
            mine = found_by
        elif column.refers_by:
            mine = _key_of_scope(column)
        elif column.name in OPEN:
            mine = sql.SQL("case when isfinite({0}) then {0} end").format(mine)
        elif column.name == sheet.found_by:
            mine = _key(sheet)
        columns.append(sql.SQL("{} as {}").format(mine, sql.Identifier(column.name)))
    query = sql.SQL("select {} from {} t {} where {} is not null order by {}").format(
        sql.SQL(", ").join(columns),
        sql.Identifier(sheet.table),
        sql.SQL(" ").join(joins),
        _key(sheet) if sheet.has_id else sql.SQL("t.tenant_no"),
        sql.SQL("t.id")
        if sheet.has_id
        else sql.SQL(", ").join(sql.Identifier("t", c.stored_name) for c in sheet.keys),
    )
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query)
        rows = await cursor.fetchall()
    return [{c.name: _plain(c, row[c.name]) for c in sheet.columns} for row in rows]


async def ids_by_key(connection: Connection, sheet: Sheet) -> dict[str, UUID]:
    """The id of each row of a sheet that has ids, by key."""
    cursor = await connection.execute(
        sql.SQL("select {0}, t.id from {1} t where {0} is not null").format(
            _key(sheet), sql.Identifier(sheet.table)
        )
    )
    return dict(await cursor.fetchall())


def _key(sheet: Sheet) -> sql.Composable:
    key = sql.Identifier("t", sheet.found_by)
    return sql.SQL("coalesce({}, t.id::text)").format(key) if sheet.is_found_by_id else key


def _key_of_scope(column: Column) -> sql.Composable:
    """The key of what an event is about, in the table that its kind says."""
    return sql.SQL("case t.{} {} end").format(
        sql.Identifier(column.refers_by),
        sql.SQL(" ").join(
            sql.SQL("when {} then (select r.{} from {} r where r.id = t.{})").format(
                sql.Literal(kind),
                sql.Identifier(SHEETS[name].found_by),
                sql.Identifier(SHEETS[name].table),
                sql.Identifier(column.stored_name),
            )
            for kind, name in SCOPE_SHEETS.items()
        ),
    )


def _can_be_named(sheet: Sheet, row: Row) -> bool:
    return all(
        row[c.name] is not None or (c.refers_by and row[c.refers_by] not in SCOPE_SHEETS)
        for c in sheet.columns
        if (c.refers_to and c.is_needed) or c.refers_by
    )


def _plain(column: Column, value: Value) -> Value:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if column.name == "ratings" and isinstance(value, Mapping):
        return {k: float(v) for k, v in sorted(value.items())}
    return value
