"""The register as a workbook or a folder of CSV files, one sheet a noun, for the eye and for re-import."""

import argparse
import asyncio
import sys
from pathlib import Path

from aegrid_energy.commands.tenant import tenant_named
from aegrid_energy.commands.written_file import write_file
from aegrid_energy.domain.errors import UnavailableError
from aegrid_energy.main import open_database, settings_now
from aegrid_energy.storage.memberships import enter_tenant, list_tenants
from aegrid_energy.storage.pool import build_pool, transaction
from aegrid_energy.storage.register import read_sheets
from aegrid_energy.storage.roles import Role
from aegrid_energy.storage.server import Server
from aegrid_energy.workflows.spell_register import csv_text, workbook

_Rows = dict[str, list[dict[str, str]]]


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
