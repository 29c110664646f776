"""The register as a workbook or a folder of CSV files, one sheet a noun, for the eye and for re-import."""

import argparse
import asyncio
import csv
import io
import sys
from pathlib import Path
from typing import Final

import xlsxwriter

from aegrid_energy.commands.tenant import tenant_named
from aegrid_energy.commands.written_file import write_file
from aegrid_energy.domain.errors import UnavailableError
from aegrid_energy.domain.register_sheet import SHEETS
from aegrid_energy.main import open_database, settings_now
from aegrid_energy.storage.memberships import enter_tenant, list_tenants
from aegrid_energy.storage.pool import build_pool, transaction
from aegrid_energy.storage.register import read_sheets
from aegrid_energy.storage.roles import Role
from aegrid_energy.storage.server import Server

_Rows = dict[str, list[dict[str, str]]]
#: What a spreadsheet program takes for a formula when a cell of a CSV file begins with it.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def run_register(args: argparse.Namespace) -> int:
    """Write the register of one organisation."""
    with open_database(settings_now()) as server:
        sheets = asyncio.run(_sheets(server, args.tenant))
    if args.register.suffix.lower() == ".xlsx":
        write_file(args.register, workbook(sheets))
    else:
        try:
            args.register.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            why = error.strerror or str(error)
            raise UnavailableError("file_not_writable", file=str(args.register), why=why) from error
        for name, rows in sheets.items():
            write_file(Path(args.register) / f"{name}.csv", csv_text(name, rows).encode())
    counts = ", ".join(f"{len(rows)} {name.replace('_', ' ')}" for name, rows in sheets.items() if rows)
    print(f"{args.register}: {counts or 'nothing yet'}.", file=sys.stderr)
    return 0


async def _sheets(server: Server, slug: str) -> _Rows:
    async with (
        build_pool(server.dsn(Role.APP), name="export", size=1) as pool,
        transaction(pool, None) as conn,
    ):
        await enter_tenant(conn, tenant_named(await list_tenants(conn), slug).tenant_no)
        return await read_sheets(conn)


def workbook(sheets: _Rows) -> bytes:
    """The sheets as XLSX; every cell is text, so no name is ever a formula."""
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        bold = book.add_format({"bold": True})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for x, column in enumerate(SHEETS[name].columns):
                sheet.write_string(0, x, column.name, bold)
                for y, row in enumerate(rows, start=1):
                    sheet.write_string(y, x, row[column.name])
            sheet.autofit()
    return out.getvalue()


def csv_text(name: str, rows: list[dict[str, str]]) -> str:
    """One sheet as CSV; a text that a spreadsheet would run as a formula gets an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out)
    columns = [column.name for column in SHEETS[name].columns]
    writer.writerow(columns)
    writer.writerows([_harmless(row[column]) for column in columns] for row in rows)
    return out.getvalue()


def _harmless(cell: str) -> str:
    if not cell.lstrip(" ").startswith(_FORMULA):
        return cell
    try:
        float(cell)  # a latitude south of the equator is no formula
    except ValueError:
        return f"'{cell}"
    return cell
