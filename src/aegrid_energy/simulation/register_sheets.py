"""The simulated register as the sheets that any council's register is loaded from."""

from datetime import date

from aegrid_energy.simulation.portfolio import SimulatedPortfolio
from aegrid_energy.simulation.workbook import Cell, register_rows

#: Columns that say the same in another place of the sheets.
_ELSEWHERE = {"sites": {"portfolio", "use_type"}, "meters": {"timezone"}}
_RENAMED = {"from": "valid_from", "to": "valid_to"}


def register_sheets(simulated: SimulatedPortfolio, first: date, end: date) -> dict[str, list[dict[str, str]]]:
    """Rows of text by sheet, ready to load; what holds from the beginning has no first day."""
    rows = register_rows(simulated, first, end)
    sheets = {
        name: [
            {
                _RENAMED.get(column, column): _spelled(value)
                for column, value in row.items()
                if column not in _ELSEWHERE.get(name, set()) and not (column == "from" and value == first)
            }
            for row in sheet
        ]
        for name, sheet in rows.items()
        if name != "events"
    }
    sheets["portfolio_sites"] = [
        {"portfolio": str(row["portfolio"]), "site": str(row["external_id"])} for row in rows["sites"]
    ]
    return sheets


def _spelled(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else str(value)
