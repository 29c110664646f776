"""The consumption of an asset as CSV, Arrow or Parquet; long periods are asked for in pieces."""

# pyarrow ships no types.
# pyright: reportUnknownParameterType=false

import argparse
import asyncio
import csv
import io
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

import numpy as np
import pyarrow as pa
from pyarrow import ipc, parquet

from aegrid_energy.analytics.buckets import Resolution
from aegrid_energy.commands.tenant import tenant_named
from aegrid_energy.commands.written_file import FORMATS, write_file
from aegrid_energy.domain.errors import InvalidError, NotFoundError
from aegrid_energy.domain.readings import MICRO, as_decimal
from aegrid_energy.domain.series import Carrier, Direction
from aegrid_energy.domain.spans import Span
from aegrid_energy.domain.zones import at_of, day_edges, day_start, ms_of
from aegrid_energy.main import open_database, settings_now
from aegrid_energy.storage.connection import Connection
from aegrid_energy.storage.memberships import enter_tenant, list_tenants
from aegrid_energy.storage.nouns import site_of_asset
from aegrid_energy.storage.pool import build_pool, transaction
from aegrid_energy.storage.roles import Role
from aegrid_energy.storage.server import Server
from aegrid_energy.workflows.answer_consumption import ConsumptionAnswer, Question, answer_consumption

#: The rate of an amount per hour.
_RATE: Final = {"kWh": "kw", "kvarh": "kvar", "kVAh": "kva", "MJ": "mj_per_h", "m3": "m3_per_h"}


def run_readings(args: argparse.Namespace) -> int:
    """Write the consumption of an asset."""
    form = args.format or (args.out.suffix.lstrip(".").lower() if args.out else "csv")
    if form not in FORMATS:
        form = "csv"
    if form != "csv" and args.out is None and sys.stdout.isatty():
        raise InvalidError("out_needed", format=form)
    with open_database(settings_now()) as server:
        table = asyncio.run(_table(server, args))
    content = _CONTENT[form](table)
    if args.out is None:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
        return 0
    write_file(args.out, content)
    print(f"{args.out}: {table.num_rows:,} rows, {_words(table)}.", file=sys.stderr)
    return 0


async def _table(server: Server, args: argparse.Namespace) -> pa.Table:
    async with (
        build_pool(server.dsn(Role.APP), name="export", size=1) as pool,
        transaction(pool, None) as conn,
    ):
        await enter_tenant(conn, tenant_named(await list_tenants(conn), args.tenant).tenant_no)
        asset_id = await _asset(conn, args.asset)
        zone = (await site_of_asset(conn, asset_id)).timezone
        question = Question(
            asset_id=asset_id,
            period=Span(_ms(args.start, zone), _ms(args.end, zone)),
            carrier=Carrier(args.carrier),
            direction=Direction(args.direction),
            resolution=Resolution(args.resolution),
        )
        answers = [answer async for answer in _answers(conn, question, zone)]
    return pa.concat_tables([_part(answer) for answer in answers])


async def _asset(conn: Connection, external_id: str) -> UUID:
    row = await (
        await conn.execute("select id from assets where external_id = %s", (external_id,))
    ).fetchone()
    if row is None:
        raise NotFoundError("asset_unknown", external_id=external_id)
    return UUID(str(row[0]))


def _ms(text: str, zone: str) -> int:
    try:
        if len(text) == 10:
            return day_start(zone, date.fromisoformat(text))
        return ms_of(datetime.fromisoformat(text))
    except ValueError as error:
        raise InvalidError("date_unreadable", text=text) from error


async def _answers(conn: Connection, question: Question, zone: str) -> AsyncIterator[ConsumptionAnswer]:
    """The answer in as many pieces as the limit of one answer asks for, cut at local midnights."""
    pending = [question.period]
    is_probed = False
    while pending:
        period = pending.pop(0)
        try:
            answer = await answer_consumption(conn, replace(question, period=period))
        except InvalidError as error:
            edges = day_edges(zone, period.start_ms, period.end_ms)
            if error.code != "too_many_values" or len(edges) < 3:
                raise
            if not is_probed:
                await _refuse_irregular(conn, replace(question, period=Span(int(edges[0]), int(edges[1]))))
                is_probed = True
            middle = int(edges[len(edges) // 2])
            pending[:0] = [Span(period.start_ms, middle), Span(middle, period.end_ms)]
            continue
        yield answer


async def _refuse_irregular(conn: Connection, one_day: Question) -> None:
    # Without a step of its own a raw answer would be cut by the second.
    if one_day.resolution is Resolution.RAW and not (await answer_consumption(conn, one_day)).step_s:
        raise InvalidError("no_interval_of_its_own")


def _part(answer: ConsumptionAnswer) -> pa.Table:
    buckets = answer.buckets
    rate = _RATE.get(answer.unit, "rate")
    # An interval across a cut belongs to the piece that it starts in, and stands there already.
    kept = slice(int(np.searchsorted(buckets.start_ms, answer.question.period.start_ms)), None)
    columns: dict[str, pa.Array] = {
        "start": pa.array(buckets.start_ms[kept].astype("datetime64[ms]"), type=pa.timestamp("ms", "UTC"))
    }
    for name, values in (
        (f"sum_{answer.unit.lower()}", buckets.sum),
        (f"mean_{rate}", buckets.mean),
        (f"min_{rate}", buckets.min),
        (f"max_{rate}", buckets.max),
        ("coverage", buckets.coverage),
        ("estimated_share", buckets.estimated_share),
    ):
        columns[name] = pa.array(values[kept], from_pandas=True)
    facts = {
        "unit": answer.unit,
        "carrier": answer.question.carrier.value,
        "direction": answer.question.direction.value,
        "zone": answer.site.timezone,
        "resolution": answer.resolution.value,
    }
    return pa.table(columns).replace_schema_metadata(facts)


def _csv(table: pa.Table) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["start_utc", *table.column_names[1:]])
    starts = table.column("start").cast(pa.int64()).to_pylist()
    numbers = [table.column(name).to_pylist() for name in table.column_names[1:]]
    for start, *row in zip(starts, *numbers, strict=True):
        at = at_of(start).isoformat().replace("+00:00", "Z")
        writer.writerow([at, *("" if value is None else _plain(value) for value in row)])
    return out.getvalue().encode()


def _plain(value: float) -> str:
    """A figure to the millionth, without an exponent."""
    return format(as_decimal(round(value * MICRO)), "f")


def _arrow(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    with ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    parquet.write_table(table, sink, compression="zstd")
    return sink.getvalue()


_CONTENT: Final[dict[str, Callable[[pa.Table], bytes]]] = {"csv": _csv, "arrow": _arrow, "parquet": _parquet}


def _words(table: pa.Table) -> str:
    facts = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    return f"{facts['carrier']} {facts['direction']} in {facts['unit']}, resolution {facts['resolution']}"
