"""Shows the longest files and functions after the house's own tests: a question, not a failure."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_SHOWN = 8


def _files() -> Iterator[tuple[int, str]]:
    for pattern in ("src/**/*.py", "web/src/**/*.ts", "web/src/**/*.svelte"):
        for path in ROOT.glob(pattern):
            if path.name != "schema.ts":  # generated
                yield path.read_text().count("\n"), path.relative_to(ROOT).as_posix()


def _functions() -> Iterator[tuple[int, str]]:
    """Statements of each function, its docstring and the functions inside it left out."""
    for path in ROOT.glob("src/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield _statements(node), f"{path.relative_to(ROOT).as_posix()}: {node.name}"


def _statements(node: ast.AST) -> int:
    inner = [
        child
        for child in ast.iter_child_nodes(node)
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return sum(isinstance(child, ast.stmt) + _statements(child) for child in inner)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not any("house" in argument for argument in config.args):
        return
    for title, found in (("lines of a file", _files()), ("statements of a function", _functions())):
        terminalreporter.section(f"longest: {title}")
        for size, name in sorted(found, reverse=True)[:_SHOWN]:
            terminalreporter.write_line(f"{size:5} {name}")
