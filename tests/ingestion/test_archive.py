import gzip
import hashlib
import io
import stat
import zipfile

import pytest

from aegrid_energy.domain.problems import Problem
from aegrid_energy.ingestion import archive
from aegrid_energy.ingestion.archive import Member, fingerprints, members, shown


def zipped(files, compression=zipfile.ZIP_DEFLATED):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return made.getvalue()


def read(data, name="a.zip"):
    return list(members(data, name))


def codes(found):
    return [one.code for one in found if isinstance(one, Problem)]


def test_a_plain_file_is_its_own_member():
    assert read(b"100,NEM12", "a.csv") == [Member(name="a.csv", data=b"100,NEM12")]


def test_members_of_a_zip_are_named_behind_their_archive():
    assert [m.name for m in read(zipped({"x.csv": b"1", "d/y.csv": b"2"}))] == [
        "a.zip!x.csv",
        "a.zip!d/y.csv",
    ]


def test_a_zip_in_a_zip_and_a_gzip_in_a_zip_are_unpacked():
    outer = zipped({"IN.ZIP": zipped({"x.csv": b"one"}), "y.csv.gz": gzip.compress(b"two")})
    assert [(m.name, m.data) for m in read(outer)] == [
        ("a.zip!IN.ZIP!x.csv", b"one"),
        ("a.zip!y.csv.gz", b"two"),
    ]


def test_archives_nested_too_deep_are_refused():
    data = b"x"
    for _ in range(6):
        data = zipped({"in.zip": data})
    assert codes(read(data)) == ["archive_too_deep"]


def test_paths_of_members_are_shown_and_never_followed():
    (one,) = read(zipped({"../../etc/passwd\n": b"x"}))
    assert one.name == "a.zip!../../etc/passwd?"


def test_more_members_than_the_cap_are_refused():
    found = read(zipped({f"{n}.csv": b"x" for n in range(archive.MOST_MEMBERS + 1)}))
    assert codes(found) == ["too_many_members"]


def test_members_of_nested_archives_count_together():
    inner = {f"{n}.zip": zipped({f"{m}.csv": b"x" for m in range(40)}) for n in range(6)}
    assert codes(read(zipped(inner))) == ["too_many_members"]


def test_a_bomb_is_stopped_by_its_ratio_whatever_its_headers_claim():
    bomb = bytearray(zipped({"bomb.csv": bytes(80 << 20)}))
    # The claimed size of the member, in its local header and in the directory, becomes 10 bytes.
    for at in (22, bomb.rfind(b"PK\x01\x02") + 24):
        bomb[at : at + 4] = (10).to_bytes(4, "little")
    assert set(codes(read(bytes(bomb)))) <= {"archive_ratio", "archive_damaged"}
    assert codes(read(bytes(bomb)))


def test_an_honest_bomb_is_stopped_by_its_ratio():
    assert codes(read(zipped({"bomb.csv": bytes(80 << 20)}))) == ["archive_ratio"]


def test_gzip_bombs_are_stopped():
    assert codes(read(gzip.compress(bytes(120 << 20)))) == ["archive_ratio"]


def test_all_members_together_may_not_unpack_to_more_than_the_cap(monkeypatch):
    monkeypatch.setattr(archive, "MOST_RATIO", 10_000)
    found = read(zipped({f"{n}": bytes(60 << 20) for n in range(4)}))
    assert codes(found) == ["archive_too_large"]


def test_a_link_in_a_zip_is_not_followed():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        link = zipfile.ZipInfo("link.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        packed.writestr(link, "/etc/passwd")
        packed.writestr("good.csv", b"fine")
    found = read(made.getvalue())
    assert codes(found) == ["archive_link"]
    assert [m.data for m in found if isinstance(m, Member)] == [b"fine"]


def test_an_encrypted_member_is_a_problem_that_says_so():
    data = bytearray(zipped({"x.csv": b"secret"}))
    data[6] |= 1
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    assert codes(read(bytes(data))) == ["archive_encrypted"]


def test_a_cut_off_zip_is_a_problem():
    assert codes(read(zipped({"x.csv": b"hello" * 100})[:-30])) == ["archive_damaged"]


def test_a_cut_off_gzip_is_a_problem():
    assert codes(read(gzip.compress(b"hello" * 1000)[:-10])) == ["archive_damaged"]


def test_an_empty_zip_is_a_problem():
    assert codes(read(zipped({}))) == ["archive_empty"]


def test_litter_and_notes_in_archives_are_passed_over():
    litter = {"__MACOSX/._x.csv": b"", "d/.DS_Store": b"", "README.md": b"Hello", "d/LICENSE": b"Free"}
    found = read(zipped({**litter, "x.csv": b"1"}))
    assert [m.name for m in found] == ["a.zip!x.csv"]


@pytest.mark.parametrize("name", ["a\x00b", "a\x1b[31m", "a\nb"])
def test_names_are_shown_without_control_characters(name):
    assert shown(name).isprintable()


def test_a_file_in_a_zip_is_known_by_its_own_bytes():
    inner = gzip.compress(b"a,b")
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.csv.gz", inner)
        packed.writestr("README.md", b"notes")
    assert fingerprints(data.getvalue(), "all.zip") == {
        "all.zip!a.csv.gz": (hashlib.sha256(inner).digest(), len(inner))
    }


@pytest.mark.parametrize(
    "data", [b"", b"a,b\n1,2\n", b"PK\x03\x04 cut off"], ids=["empty", "plain", "broken"]
)
def test_what_is_no_package_has_no_files_to_be_known_by(data):
    assert fingerprints(data, "x") == {}
