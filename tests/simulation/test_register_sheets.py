"""The simulated register passes the same reading of cells as a council's own workbook."""

from datetime import date

from aegrid_energy.domain.register_row import read_row
from aegrid_energy.domain.register_sheet import SHEETS
from aegrid_energy.simulation.portfolio import portfolio
from aegrid_energy.simulation.register_sheets import register_sheets


def test_every_cell_is_taken_by_the_sheet_it_is_meant_for():
    simulated = portfolio(7)
    sheets = register_sheets(simulated, date(2024, 11, 25), date(2026, 12, 31))
    assert set(sheets) <= set(SHEETS)
    read = {
        name: [read_row(SHEETS[name], row, line=n) for n, row in enumerate(rows, 2)]
        for name, rows in sheets.items()
    }
    assert {len(read[name]) for name in ("meters", "assignments")} == {len(simulated.meters)}
    battery = next(row for row in read["assets"] if row["external_id"] == "CCB-DP-BAT")
    assert battery["ratings"]["capacity_kwh"] == 200.0
    assert {row["portfolio"] for row in read["portfolio_sites"]} == {"CCB", "BNU"}
