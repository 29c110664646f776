"""The command line as a whole: every command is there, starts quickly, and ends in an exit code."""

import json
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from aegrid_energy.commands import COMMANDS, main
from aegrid_energy.commands.tenant import tenant_named
from aegrid_energy.domain.errors import InvalidError, NotFoundError
from aegrid_energy.storage.memberships import TenantRow


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_tells_its_arguments(name, capsys):
    with pytest.raises(SystemExit) as caught:
        main([name, "--help"])
    assert caught.value.code == 0
    assert COMMANDS[name][1][:20] in capsys.readouterr().out


def test_asking_for_help_loads_nothing_heavy():
    probe = (
        "import sys, importlib, argparse\n"
        "from aegrid_energy.commands import COMMANDS\n"
        "for module, _ in COMMANDS.values():\n"
        "    found = importlib.import_module('aegrid_energy.commands.' + module)\n"
        "    found.add_arguments(argparse.ArgumentParser())\n"
        "print({'fastapi', 'numpy', 'psycopg', 'pyarrow', 'pydantic', 'rich', 'uvicorn'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_an_unknown_command_is_wrong_usage(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["fly"])
    assert caught.value.code == 2
    assert "fly" in capsys.readouterr().err


def test_a_bench_prints_its_words_aside_and_its_figures_as_json(monkeypatch, capsys):
    def run(*, full):
        sys.stdout.write("for people\n")
        return {"rate_per_s": np.int64(7), "full": full}

    monkeypatch.setitem(sys.modules, "aegrid_energy.bench.made", SimpleNamespace(run=run))
    monkeypatch.setattr("aegrid_energy.commands.bench._names", lambda: ["made"])
    assert main(["bench", "made", "--json", "--full"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out) == {"rate_per_s": 7, "full": True}
    assert told.err == "for people\n"
    assert main(["bench", "made"]) == 0
    assert capsys.readouterr().out == "for people\n"


def test_an_unknown_bench_is_wrong_usage(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["bench", "../storage"])
    assert caught.value.code == 2
    assert "../storage" in capsys.readouterr().err


def tenant(number: int, slug: str, *, is_demo: bool = False) -> TenantRow:
    return TenantRow(tenant_no=number, slug=slug, name=slug, is_demo=is_demo)


def test_the_only_organisation_needs_no_name():
    demo = tenant(1, "show", is_demo=True)
    assert tenant_named([demo, tenant(2, "city")], "").slug == "city"
    assert tenant_named([demo], "").slug == "show"
    assert tenant_named([demo, tenant(2, "city")], "show").slug == "show"


def test_an_organisation_is_never_guessed():
    with pytest.raises(InvalidError, match="tenant_unclear"):
        tenant_named([tenant(1, "a"), tenant(2, "b")], "")
    with pytest.raises(NotFoundError, match="tenant_not_found"):
        tenant_named([tenant(1, "a")], "b")
    with pytest.raises(NotFoundError, match="no_tenant_yet"):
        tenant_named([], "")
