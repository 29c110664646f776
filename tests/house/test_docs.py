"""What the docs say to type exists, what can be set is described, and no link leads nowhere."""

import argparse
import importlib.util
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import pytest

from aegrid_energy.analytics.models import MODELS
from aegrid_energy.commands import COMMANDS, parser_of
from aegrid_energy.domain.access import KEY_POLICY, POLICY
from aegrid_energy.domain.register_sheet import SHEETS
from aegrid_energy.domain.sentences import SENTENCES
from aegrid_energy.domain.units import CANONICAL, UNITS
from aegrid_energy.settings import Settings
from aegrid_energy.workflows.kinds_of_work import KINDS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
#: What a reader puts something else for, where the parser asks for one of a list.
_STANDS_FOR = {"NAME": "query", "COMMAND": "doctor"}
#: Variables that are no settings of the program: of the build, and of the tests.
_OTHER_VARIABLES = {"AEGRID_SKIP_UI", "AEGRID_UI_OUT", "AEGRID_TEST_DATA", "AEGRID_TEST_CHROMIUM"}


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _typed(text: str) -> Iterator[str]:
    """What a page tells to type: lines of its blocks, and code within sentences."""
    for block in re.findall(r"^```\w*\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE):
        yield from block.splitlines()
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))


def _calls(program: str, paths: Sequence[Path] = PAGES) -> Iterator[tuple[str, list[str]]]:
    """Page and words of every call of a program, without variables before it and comments behind it."""
    for path in paths:
        for line in _typed(path.read_text()):
            words = (
                shlex.split(line.replace("[", "").replace("]", ""), comments=True) if program in line else []
            )
            while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                words = words[1:]
            if len(words) > 1 and words[0].rpartition("/")[2] == program:
                yield f"{path.relative_to(ROOT)}: {line}", words[1:]


def _messages() -> list[Path]:
    return sorted((ROOT / "src").rglob("*.py"))


def _refusal(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    given = [_STANDS_FOR.get(word, word) for word in words]
    try:
        parser_of(given).parse_args(given)
    except SystemExit as ended:
        return "" if ended.code == 0 else capsys.readouterr().err
    return ""


def test_every_command_line_in_the_docs_is_one_that_the_program_takes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    calls = list(_calls("aegrid-energy"))
    assert len(calls) > 10
    assert {call: why for call, words in calls if (why := _refusal(words, capsys))} == {}


def test_every_command_that_a_message_names_exists() -> None:
    named = {
        word for path in _messages() for word in re.findall(r"`aegrid-energy ([a-z]+)[ `]", path.read_text())
    }
    assert named
    assert named - COMMANDS.keys() == set()


def test_every_target_that_the_docs_or_a_message_name_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = {words[0] for _, words in _calls("make")}
    for path in (*_messages(), ROOT / ".ci" / "run", *PAGES):
        named |= set(re.findall(r"`make ([a-z-]+)", path.read_text()))
    assert {"demo", "test", "check"} <= named
    assert named - targets == set()


def test_every_variable_that_the_docs_name_is_a_setting() -> None:
    settings = {f"AEGRID_{name.upper()}" for name in Settings.model_fields}
    known = settings | {f"{name}_FILE" for name in settings} | _OTHER_VARIABLES
    named = {name for page in PAGES for name in re.findall(r"\bAEGRID_[A-Z_]+\b", page.read_text())}
    assert named - known == set()


def test_settings_stay_few() -> None:
    assert len(Settings.model_fields) <= 15


def test_no_link_of_the_docs_leads_nowhere() -> None:
    dead = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text())
        if not target.startswith(("http://", "https://")) and not (page.parent / target).exists()
    ]
    assert dead == []


def test_the_reference_is_that_of_the_program() -> None:
    held = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    assert held == _load(ROOT / "docs" / "write_reference.py").reference(), "run `make docs`"


@pytest.mark.parametrize(
    "names",
    [
        pytest.param([f"AEGRID_{name.upper()}" for name in Settings.model_fields], id="settings"),
        pytest.param(list(COMMANDS), id="commands"),
        pytest.param([unit.code for unit in UNITS.values()] + list(CANONICAL.values()), id="units"),
        pytest.param(list(SHEETS), id="sheets"),
        pytest.param([*POLICY, *KEY_POLICY], id="roles"),
        pytest.param(list(MODELS), id="models"),
        pytest.param(list(KINDS), id="jobs"),
        pytest.param(list(SENTENCES), id="error codes"),
    ],
)
def test_every_entry_of_a_registry_stands_in_the_docs(names: Sequence[str]) -> None:
    text = "".join(page.read_text() for page in PAGES)
    assert names
    assert [name for name in names if f"`{name}`" not in text] == []


def test_every_argument_says_what_it_is() -> None:
    """Choices speak for themselves."""
    for name in COMMANDS:
        commands = next(
            action for action in parser_of([name])._actions if isinstance(action, argparse._SubParsersAction)
        )
        mute = [one.dest for one in commands.choices[name]._actions if not one.help and not one.choices]
        assert mute == [], name
