"""The register in the database, written by key: loading the same rows again changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg import sql
from psycopg.errors import DataError, ForeignKeyViolation, IntegrityError, UniqueViolation
from psycopg.types.json import Jsonb

from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.ids import new_id
from aegrid_energy.domain.register_cell import Value
from aegrid_energy.domain.register_row import Column, Sheet, read_row
from aegrid_energy.domain.register_sheet import SCOPE_SHEETS, SHEETS
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.preferences import read_preferences
from aegrid_energy.storage.register_rows import OPEN, Row, ids_by_key, read_sheets, stored_rows
from aegrid_energy.storage.register_rules import hold_to_rules

__all__ = ["SheetOutcome", "load_sheets", "read_sheets"]

_Ids = Mapping[str, dict[str, UUID]]
#: What a row breaks, by the constraint that says so; others are told in the database's own words.
_BROKEN: Final[Mapping[str, str]] = {
    "meter_feed_check": "a meter cannot feed itself",
    "virtual_term_meter_id_valid_from_fkey": "virtual_meters has no row of this meter from this time on",
    "assets_check": "only the asset that is the site itself stands below nothing",
}


@dataclass(slots=True, kw_only=True)
class SheetOutcome:
    """What loading one sheet did.

    Args:
        added, changed, unchanged: Rows.
        refused: Why, a row each.
        only_here: Keys that the register has and the rows have not, where rows have keys of their own.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[InvalidError] = field(default_factory=list)
    only_here: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Load:
    """One load as it goes on.

    Args:
        ids: Sheet -> key -> id, of what is there and what the load has added.
        now: For the ids of new rows.
        actor: Author of the events.
        currency: Of new sites that name none: the organisation's, where it has chosen one.
    """

    connection: Connection
    ids: _Ids
    now: datetime
    actor: str
    currency: str | None


async def load_sheets(
    connection: Connection,
    sheets: Mapping[str, Sequence[Mapping[str, str]]],
    *,
    now: datetime,
    actor: str = "",
    lines: Mapping[str, Sequence[int]] | None = None,
) -> dict[str, SheetOutcome]:
    """Load rows by key within the caller's transaction; a row with an error is refused, the others load.

    Args:
        connection: In a transaction of one tenant.
        sheets: Sheet name -> rows as text by column name.
        now: For the ids of new rows.
        actor: Who loads them, for what has an author.
        lines: Sheet name -> where each row stands in its file; without it line 1 is the header.

    Raises:
        InvalidError: `unknown_sheet`.
    """
    for name in sheets:
        if name not in SHEETS:
            raise InvalidError("unknown_sheet", sheet=name, known=", ".join(SHEETS))
    wanted = {
        other
        for name in sheets
        for column in SHEETS[name].columns
        for other in ([column.refers_to] if column.refers_to else [])
        + (list(SCOPE_SHEETS.values()) if column.refers_by else [])
    } | {name for name in sheets if SHEETS[name].has_id}
    ids = {name: await ids_by_key(connection, SHEETS[name]) for name in sorted(wanted)}
    currency = (await read_preferences(connection)).get("currency")
    load = _Load(
        connection=connection,
        ids=ids,
        now=now,
        actor=actor,
        currency=str(currency) if currency else None,
    )
    outcomes: dict[str, SheetOutcome] = {}
    for name, sheet in SHEETS.items():
        if name in sheets:
            at = (lines or {}).get(name, range(2, len(sheets[name]) + 2))
            outcomes[name] = await _load_sheet(load, sheet, sheets[name], at)
    return outcomes


async def _load_sheet(
    load: _Load, sheet: Sheet, rows: Sequence[Mapping[str, str]], lines: Sequence[int]
) -> SheetOutcome:
    outcome = SheetOutcome()
    held = {_key_of(sheet, row): row for row in await stored_rows(load.connection, sheet)}
    known = {str(row[sheet.found_by]) for row in held.values()} if sheet.has_id else set[str]()
    for line, text in zip(lines, rows, strict=True):
        try:
            row = read_row(sheet, text, line=line)
            if sheet.name == "assets" and row["parent"] is None and row["external_id"] != row["site"]:
                row["parent"] = row["site"]  # below the root asset, which has the site's key
            key = _key_of(sheet, row)
            before = held.get(key)
            if sheet.name == "sites" and not (text.get("currency") or "").strip():
                row["currency"] = before["currency"] if before else load.currency or row["currency"]
            if before == row:
                outcome.unchanged += 1
                continue
            await _write(load, sheet, row, before=before, line=line)
        except InvalidError as error:
            outcome.refused.append(error)
            continue
        except (IntegrityError, DataError) as error:
            outcome.refused.append(_refusal(error, sheet, line))
            continue
        outcome.changed += before is not None
        outcome.added += before is None
        held[key] = row
    if sheet.has_id:
        sent = {(row.get(sheet.found_by) or "").strip() for row in rows}
        outcome.only_here = sorted(known - sent)
    return outcome


def _refusal(error: IntegrityError | DataError, sheet: Sheet, line: int) -> InvalidError:
    reason = _BROKEN.get(error.diag.constraint_name or "")
    if reason is None and isinstance(error, UniqueViolation):
        reason = "another row has the same key"
    if reason is None and isinstance(error, ForeignKeyViolation):
        reason = "something that it names is not there"
    reason = reason or error.diag.message_primary or "breaks a rule of the register"
    return InvalidError("row_refused", sheet=sheet.name, line=line, reason=reason)


async def _write(load: _Load, sheet: Sheet, row: Row, *, before: Row | None, line: int) -> None:
    values: dict[str, Any] = {
        c.stored_name: _stored_value(c, row, load.ids, sheet, line) for c in sheet.columns
    }
    own_id = new_id(load.now)
    if sheet.has_id:
        own_id = load.ids[sheet.name].get(str(row[sheet.found_by]), own_id)
        values["id"] = own_id
    async with load.connection.transaction():  # a refused row leaves the others standing
        if before is None:
            await _insert(load, sheet, values)
        else:
            await _update(load.connection, sheet, values)
        asked = {**values, "carrier_before": (before or row).get("carrier")}
        await hold_to_rules(load.connection, sheet.name, line, asked)
    if sheet.has_id and before is None:
        load.ids[sheet.name][str(row[sheet.found_by])] = own_id
        if sheet.name == "sites" and "assets" in load.ids:
            load.ids["assets"][str(row["external_id"])] = own_id  # its root asset


async def _insert(load: _Load, sheet: Sheet, values: Mapping[str, Any]) -> None:
    written = {**values, "author": load.actor, "created_at": load.now} if sheet.name == "events" else values
    await load.connection.execute(
        sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier(sheet.table),
            sql.SQL(", ").join(map(sql.Identifier, written)),
            sql.SQL(", ").join(map(sql.Placeholder, written)),
        ),
        written,
    )
    if sheet.name == "sites":  # the root asset shares the site's id and key
        await load.connection.execute(
            """insert into assets (id, site_id, kind, name, external_id)
               values (%(id)s, %(id)s, 'site', %(name)s, %(external_id)s)""",
            written,
        )


async def _update(connection: Connection, sheet: Sheet, values: Mapping[str, Any]) -> None:
    keys = ["id"] if sheet.has_id else [c.stored_name for c in sheet.keys]
    changes = [name for name in values if name not in keys]
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
    if sheet.name == "meters":  # freshness is measured by series, and they follow their meter
        await connection.execute(
            "update series set rhythm = %(rhythm)s where meter_id = %(id)s and rhythm <> %(rhythm)s", values
        )
    if sheet.name == "sites":
        await connection.execute("update assets set name = %(name)s where id = %(id)s", values)


def _key_of(sheet: Sheet, row: Mapping[str, Value]) -> tuple[Value, ...]:
    return tuple(row[c.name] for c in sheet.keys)


def _stored_value(column: Column, row: Row, ids: _Ids, sheet: Sheet, line: int) -> Value | UUID | Jsonb:
    value = row[column.name]
    refers_to = column.refers_to
    if column.refers_by:
        kind = str(row[column.refers_by])
        refers_to = SCOPE_SHEETS.get(kind, "")
        if (value is None) == bool(refers_to):
            raise InvalidError(
                "cell_invalid",
                sheet=sheet.name,
                line=line,
                column=column.name,
                value=str(value or ""),
                reason=f"must name one of the {refers_to}" if refers_to else f"must be empty for the {kind}",
            )
    if refers_to and value is not None:
        found = ids[refers_to].get(str(value))
        if found is None:
            raise InvalidError(
                "reference_unknown",
                sheet=sheet.name,
                line=line,
                column=column.name,
                value=str(value)[:80],
                refers_to=refers_to,
            )
        return found
    if value is None and column.name in OPEN:
        return OPEN[column.name]
    if column.name == "ratings":
        return Jsonb(value)
    return value
