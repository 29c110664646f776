"""What a database holds, in one line per table: rows and a hash of their content, whatever their order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg import sql

#: How values read as text; the hash is of that text, so it must not depend on the session.
AS_TEXT: Final = """
set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set intervalstyle = 'postgres';
set bytea_output = 'hex'; set extra_float_digits = 1;
"""

_TABLES: Final = """
select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and not c.relispartition and n.nspname in ('public', 'jobs')
order by 1, 2"""

# Numbers that were given out and are never given out again.
_SEQUENCES: Final = """
select schemaname || '.' || sequencename, last_value from pg_sequences
where schemaname in ('public', 'jobs') order by 1"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableContent:
    """Rows of a table and the sum of their hashes."""

    rows: int
    sum_of_hashes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """The content of a database: equal fingerprints, equal rows, ids included."""

    tables: Mapping[str, TableContent]
    #: Last number of each sequence; None where none was given out.
    sequences: Mapping[str, int | None]


def content_query(table: str) -> sql.Composed:
    """Rows and sum of hashes of `schema.table`; the session must read values as `AS_TEXT` says."""
    return sql.SQL(
        "select count(*), coalesce(sum(hashtextextended(the_row::text, 0)::numeric), 0)::text"
        " from {} as the_row"
    ).format(sql.Identifier(*table.split(".", 1)))


def fingerprint(connection: psycopg.Connection) -> Fingerprint:
    """The content as the connection's transaction sees it; the role must see every row."""
    connection.execute(AS_TEXT.encode(), prepare=False)
    names = [f"{schema}.{table}" for schema, table in connection.execute(_TABLES).fetchall()]
    tables: dict[str, TableContent] = {}
    for name in names:
        row = connection.execute(content_query(name)).fetchone()
        if row is not None:
            tables[name] = TableContent(rows=int(row[0]), sum_of_hashes=str(row[1]))
    sequences = {
        str(name): None if last is None else int(last)
        for name, last in connection.execute(_SEQUENCES).fetchall()
    }
    return Fingerprint(tables=tables, sequences=sequences)
