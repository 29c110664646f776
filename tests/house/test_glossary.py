"""The glossary names every unit that stands in the name of a field, of a column or in the API."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from aegrid_energy.domain.units import CANONICAL

ROOT = Path(__file__).resolve().parents[2]
_NUMBER = re.compile(r"\b(int|float|Decimal|Fraction|Floats|np\.u?(int|float)\w*)\b")
_COLUMN = re.compile(
    r"^\s+(\w+)\s+(smallint|integer|int|int2|int4|int8|bigint|numeric|real|double precision|float8)\b",
    flags=re.MULTILINE,
)

#: Units of measure, wherever a name ends in one; other last words are counts, places and relations.
UNITS_OF_MEASURE = {
    "wh", "kwh", "mwh", "gwh", "j", "kj", "mj", "gj", "btu", "therms",
    "w", "kw", "mw", "va", "kva", "var", "kvar", "varh", "kvarh", "vah", "kvah",
    "v", "volts", "amps", "hz", "ohm", "kelvin", "k", "c", "celsius", "f", "deg", "degrees", "angle", "rad",
    "m2", "m2k", "m3", "l", "litres", "m", "km", "mm", "ha", "lx", "pa", "kpa", "bar", "ppm", "percent",
    "g", "kg", "t", "tonnes", "co2e", "kgco2e", "aud", "cents", "dollars",
    "ns", "us", "ms", "s", "seconds", "minutes", "h", "hours", "days", "weeks", "months", "years",
    "bytes", "kb", "kib", "mb", "mib", "gb", "gib", "bits", "micro", "milli", "nano", "unit", "share",
}  # fmt: skip


def _fields() -> Iterator[tuple[str, str]]:
    """Names and annotations of the fields of every class."""
    for path in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            for field in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                    yield field.target.id, ast.unparse(field.annotation)


def _numbers() -> Iterator[str]:
    """Names of everything that is a number."""
    yield from (name for name, annotation in _fields() if _NUMBER.search(annotation))
    for path in sorted((ROOT / "src").rglob("*.sql")):
        yield from (found[1] for found in _COLUMN.finditer(path.read_text()))
    for schema in json.loads((ROOT / "web" / "openapi.json").read_text())["components"]["schemas"].values():
        for name, field in schema.get("properties", {}).items():
            kinds = {kind.get("type") for kind in (field, field.get("items", {}), *field.get("anyOf", []))}
            if kinds & {"integer", "number"}:
                yield name


def _in_glossary() -> set[str]:
    """Units of the second table: every part of a `code` in the first cell of a row."""
    _, _, table = (ROOT / "docs" / "glossary.md").read_text().partition("| suffix or unit | meaning |")
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    codes = [code for cell in cells for code in re.findall(r"`([^`]+)`", cell)]
    return {part for code in codes for part in code.strip("_").split("_")}


def _last_words() -> dict[str, str]:
    """The last word of each such name of several, and one of these names; `by_x`, `of_x` are mappings."""
    names = (name.strip("_") for name in _numbers() if not name.startswith(("by_", "of_", "is_", "has_")))
    return {name.rpartition("_")[2]: name for name in names if "_" in name}


def test_every_unit_suffix_stands_in_the_glossary() -> None:
    known, words = _in_glossary(), _last_words()
    assert {"kwh", "kw", "m2"} <= words.keys()  # the search finds what it is for
    missing = (words.keys() & UNITS_OF_MEASURE) - known
    assert {word: words[word] for word in sorted(missing)} == {}


def test_every_canonical_unit_stands_in_the_glossary() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text()
    assert [unit for unit in CANONICAL.values() if f"`{unit}`" not in text] == []
