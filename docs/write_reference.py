"""Writes `docs/reference.md` from the program itself: settings, commands, units, sheets, rights, error codes.

By hand: `make docs`; a house test holds the page to the program.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from aegrid_energy.analytics.models import MODELS
from aegrid_energy.commands import COMMANDS, parser_of
from aegrid_energy.domain.access import KEY_POLICY, POLICY, Action
from aegrid_energy.domain.register_sheet import SHEETS
from aegrid_energy.domain.sentences import SENTENCES
from aegrid_energy.domain.units import CANONICAL, UNITS
from aegrid_energy.settings import describe_settings
from aegrid_energy.workflows.kinds_of_work import KINDS

PAGE = Path(__file__).with_name("reference.md")


def _table(*head: str, rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
    yield ""


def _settings() -> Iterator[str]:
    yield "## Settings"
    yield ""
    yield (
        "Variables of the environment. A secret may come from a file: `AEGRID_DATABASE_URL_FILE` names one "
        "whose content is `AEGRID_DATABASE_URL`."
    )
    yield ""
    yield from _table(
        "variable",
        "default",
        "what it is",
        rows=(
            (
                f"`{one.variable}`",
                f"`{one.default}`" if one.default else "",
                f"{one.text}{' A secret.' * one.is_secret}",
            )
            for one in describe_settings()
        ),
    )


def _spelling(option: argparse.Action) -> str:
    names = ", ".join(f"`{name}`" for name in option.option_strings) or f"`{option.metavar or option.dest}`"
    return f"{names} `{option.metavar}`" if option.option_strings and option.metavar else names


def _meaning(option: argparse.Action) -> str:
    choices = f"one of {', '.join(map(str, option.choices))}" if option.choices else ""
    return "; ".join(
        part for part in (option.help or "", choices if choices not in (option.help or "") else "") if part
    )


def _commands() -> Iterator[str]:
    yield "## Commands"
    yield ""
    yield "Called as `aegrid-energy COMMAND`; each ends with 0 (done), 1 (refused) or 2 (called wrongly)."
    yield ""
    for name, (_, purpose) in COMMANDS.items():
        commands = parser_of([name])._subparsers  # noqa: SLF001  # argparse has no other way to read a parser
        if commands is None:
            raise ValueError("the program has no commands")
        (choice,) = commands._group_actions  # noqa: SLF001
        parser: argparse.ArgumentParser = dict(choice.choices or {})[name]  # type: ignore[arg-type]
        options = [one for one in parser._actions if one.dest != "help"]  # noqa: SLF001
        yield f"### `{name}`"
        yield ""
        yield f"{purpose[0].upper()}{purpose[1:]}."
        yield ""
        if options:
            yield from _table(
                "argument", "what it is", rows=((_spelling(one), _meaning(one)) for one in options)
            )


def _units() -> Iterator[str]:
    yield "## Units"
    yield ""
    yield "Understood whatever their case, blanks and dashes; stored and answered in the canonical unit."
    yield ""
    names: dict[str, list[str]] = {}
    for unit in UNITS.values():
        codes = names.setdefault(unit.quantity.value, [])
        if unit.code not in codes:
            codes.append(unit.code)
    yield from _table(
        "quantity",
        "canonical",
        "understood",
        rows=(
            (quantity.value, f"`{code}`", ", ".join(f"`{one}`" for one in names.get(quantity.value, ())))
            for quantity, code in CANONICAL.items()
        ),
    )


def _sheets() -> Iterator[str]:
    yield "## Sheets of the register"
    yield ""
    yield (
        "The register is imported and exported as sheets: of one workbook, or CSV files of these names. Rows "
        "are known by their key; importing the same again changes nothing."
    )
    yield ""
    for sheet in SHEETS.values():
        yield f"### `{sheet.name}`"
        yield ""
        yield from _table(
            "column",
            "",
            "refers to",
            rows=(
                (
                    f"`{column.name}`",
                    "key" if column.is_key else "needed" if column.is_needed else "",
                    f"`{column.refers_to}`" if column.refers_to else "",
                )
                for column in sheet.columns
            ),
        )


def _rights() -> Iterator[str]:
    yield "## Rights"
    yield ""
    yield "What each role may do over the part of the tree that it was given."
    yield ""
    yield from _table(
        "role",
        "may",
        rows=(
            (
                f"`{role.value}`",
                ", ".join(f"`{one.value}`" for one in Action if one in actions) or "what its key may",
            )
            for role, actions in POLICY.items()
        ),
    )
    yield from _table(
        "scope of an API key",
        "may",
        rows=(
            (f"`{scope.value}`", ", ".join(f"`{one.value}`" for one in Action if one in actions))
            for scope, actions in KEY_POLICY.items()
        ),
    )


def _kinds() -> Iterator[str]:
    yield "## Models and jobs"
    yield ""
    lines = [(f"`{name}`", "model", _first_line(model)) for name, model in MODELS.items()]
    lines += [(f"`{name}`", "job", _first_line(kind)) for name, kind in KINDS.items()]
    yield from _table("name", "kind", "what it is", rows=lines)


def _first_line(thing: object) -> str:
    return (thing.__doc__ or "").strip().partition("\n")[0]


def _codes() -> Iterator[str]:
    yield "## Error codes"
    yield ""
    yield "Stable names in answers of the API (`code`) and of the command line; facts stand in braces."
    yield ""
    yield from _table("code", "sentence", rows=((f"`{code}`", text) for code, text in SENTENCES.items()))


def reference() -> str:
    """The page as it should be."""
    head = [
        "# Reference",
        "",
        "Written from the program by `make docs`. The HTTP API is described by `web/openapi.json`.",
        "",
    ]
    parts = (_settings(), _commands(), _units(), _sheets(), _rights(), _kinds(), _codes())
    return "\n".join([*head, *(line for part in parts for line in part)]).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
