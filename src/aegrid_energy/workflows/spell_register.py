"""The register as files, for the eye and for loading it again: a workbook, or one sheet as CSV."""

import csv
import io
from collections.abc import Mapping, Sequence

import xlsxwriter

from aegrid_energy.domain.formula_cells import harmless
from aegrid_energy.domain.register_sheet import SHEETS


def workbook(sheets: Mapping[str, Sequence[Mapping[str, str]]]) -> bytes:
    """Sheets as XLSX; every cell is text, so no name is ever a formula."""
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
                    if row[column.name]:
                        sheet.write_string(y, x, row[column.name])
            sheet.autofit()
    return out.getvalue()


def csv_text(name: str, rows: Sequence[Mapping[str, str]]) -> str:
    """One sheet as CSV; a text that a spreadsheet would run as a formula gets an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out)
    columns = [column.name for column in SHEETS[name].columns]
    writer.writerow(columns)
    writer.writerows([harmless(row[column]) for column in columns] for row in rows)
    return out.getvalue()
