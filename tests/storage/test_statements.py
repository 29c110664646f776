"""Statements on readings name their series, so that a distributed database sends them to one node."""

import ast
import re
from pathlib import Path

import pytest

import aegrid_energy

SOURCE = Path(aegrid_energy.__file__).parent
READINGS = re.compile(
    r"\b(from|join|into|update|only)\s+(public\.)?"
    r"(reading_block|reading_hot|reading_revision|series_latest|rollup_local_day|site_month_dirty|rollup_stale)\b",
    re.IGNORECASE,
)


def strings(path: Path) -> list[str]:
    """Every string of a file; f-strings with the file's own constants in their places."""
    tree = ast.parse(path.read_text())
    named = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    out: list[str] = []
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            out.append("".join(str(_part(part, named)) for part in node.values))
            inside |= {id(part) for part in ast.walk(node)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            out.append(node.value)
    return out


def _part(part: ast.expr, named: dict[str, object]) -> object:
    if isinstance(part, ast.Constant):
        return part.value
    value = part.value if isinstance(part, ast.FormattedValue) else part
    return named.get(value.id, "") if isinstance(value, ast.Name) else ""


def test_every_statement_on_readings_carries_its_series() -> None:
    found = [
        (str(path.relative_to(SOURCE)), text)
        for path in sorted(SOURCE.rglob("*.py"))
        for text in strings(path)
        if READINGS.search(text)
    ]
    assert len(found) > 20  # the search finds what it is for
    assert [where for where in found if "series_no" not in where[1]] == []


def functions(text: str) -> list[str]:
    """Bodies of functions and views of a migration, and its single statements."""
    return re.split(r"\n(?=create |do \$\$)", text)


@pytest.mark.parametrize(
    "path", sorted((SOURCE / "storage" / "migrations").glob("*.sql")), ids=lambda path: path.stem
)
def test_every_function_on_readings_carries_its_series(path) -> None:
    for text in functions(path.read_text()):
        if READINGS.search(text) and not re.match(r"create (unique )?(table|index)", text):
            assert re.search(r"series_no|of_series", text), text


async def test_readings_of_one_series_are_found_by_key_in_their_own_years(world) -> None:
    rows = await world.all(
        """explain (costs off) select data from reading_block
           where series_no = any('{1}'::int4[]) and block between 473352 and 473400"""
    )
    plan = "\n".join(row[0] for row in rows)
    assert "Index Cond: ((series_no = ANY" in plan
    assert re.findall(r"reading_block_\d{4}", plan)[0] == "reading_block_2024"
    assert "reading_block_2023" not in plan
