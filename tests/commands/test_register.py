"""`register`: sheets are loaded as they were exported, and what is refused is named by its place."""

import json
from pathlib import Path
from typing import Any

import pytest

from aegrid_energy.commands import main

SITES = "external_id,name,timezone\nS1,Hall,Australia/Melbourne\nS2,'=Pool,Australia/Melbourne\n"
METERS = "external_id,site,carrier,name,nmi\nM1,S1,electricity,Main,6102000001\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "register"
    folder.mkdir()
    (folder / "sites.csv").write_text(SITES)
    (folder / "meters.csv").write_text(METERS)
    (folder / "notes.txt").write_text("nothing")
    return folder


def register(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = main(["register", *map(str, words), "--json"])
    out = capsys.readouterr().out
    return code, json.loads(out) if out else {}


def counts(answer: dict[str, Any]) -> dict[str, tuple[int, int, int]]:
    return {n: (s["added"], s["changed"], s["refused"]) for n, s in answer["sheets"].items()}


def test_a_folder_is_loaded_exported_and_loaded_again_without_a_change(
    state: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, first = register(capsys, folder)
    assert (code, counts(first)) == (0, {"sites": (2, 0, 0), "meters": (1, 0, 0)})
    for out in (folder / "out.xlsx", folder / "out"):
        assert main(["export", "--register", str(out)]) == 0
        code, again = register(capsys, out)
        assert (code, again["problems"]) == (0, [])
        assert {(a, c) for a, c, _ in counts(again).values()} == {(0, 0)}
    assert "'=Pool" in (folder / "out" / "sites.csv").read_text()


def test_a_dry_run_names_what_it_would_do_and_changes_nothing(
    state: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    register(capsys, folder)
    changed = folder.parent / "sites.csv"
    changed.write_text(
        SITES.replace("Hall", "Town hall").splitlines()[0] + "\nS1,Town hall,UTC\nS3,New,UTC\n"
    )
    for _ in range(2):
        code, answer = register(capsys, changed, "--dry-run")
        assert (code, answer["is_dry_run"], counts(answer)) == (0, True, {"sites": (1, 1, 0)})
        assert answer["sheets"]["sites"]["only_here"] == ["S2"]


def test_what_is_refused_is_named_by_file_line_and_column(
    state: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = folder.parent / "wrong.csv"
    wrong.write_text("external_id,name,timezone\nS1,Hall,Melbourne\nS2,Pool,UTC\n")
    code, answer = register(capsys, wrong, "--sheet", "sites")
    assert (code, counts(answer)) == (1, {"sites": (1, 0, 1)})
    (problem,) = answer["problems"]
    assert (problem["file"], problem["line"], problem["column"], problem["code"]) == (
        "wrong.csv!sites", 2, 3, "cell_invalid",
    )  # fmt: skip
    assert "Australia/Melbourne" in problem["text"]
    assert main(["register", str(wrong), "--sheet", "sites"]) == 1
    assert "wrong.csv!sites:2:3" in capsys.readouterr().out


def test_a_file_that_is_not_there_is_wrong_usage(
    state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["register", str(tmp_path / "none.csv")]) == 2
    assert main(["register", str(tmp_path)]) == 2
