"""Files that a command line names."""

from pathlib import Path

import pytest

from aegrid_energy.commands.found_files import UsageError, read, walk
from aegrid_energy.ingestion.choices import Choices


def test_a_folder_is_walked_without_what_stands_beside_data(tmp_path: Path) -> None:
    for name in ("b.csv", "a/c.csv", "README.md", "LICENSE", "a/licence.txt", ".git/x.csv", ".hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert [path.relative_to(tmp_path).as_posix() for path in walk([tmp_path])] == ["a/c.csv", "b.csv"]


def test_a_file_that_is_named_is_taken_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "README").write_text("x")
    assert list(walk([tmp_path / "README"])) == [tmp_path / "README"]


def test_a_path_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="gone"):
        list(walk([tmp_path / "gone"]))


def test_a_file_that_cannot_be_opened_is_a_problem(tmp_path: Path) -> None:
    found = read(tmp_path / "gone.csv", Choices(now_ms=0))
    (file,) = found.files
    assert [(problem.code, problem.refused) for problem in file.problems] == [
        ("unreadable", "the whole file")
    ]


def test_a_file_beyond_the_cap_is_a_problem_and_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("wb") as file:
        file.truncate(201 << 20)  # sparse
    found = read(path, Choices(now_ms=0))
    assert found.data == b""
    assert "200 MiB" in found.files[0].problems[0].text
