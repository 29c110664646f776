"""Zip and gzip: members out of an archive, under caps that hold whatever its headers claim.

No path from an archive is ever opened; it is shown, cleaned, as part of a file's name.
"""

import contextlib
import gzip
import hashlib
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Final, Protocol

from aegrid_energy.domain.problems import Problem

MOST_MEMBERS: Final = 200
#: Of one upload, all nested archives together. [bytes]
MOST_UNPACKED: Final = 200 * 1024 * 1024
MOST_RATIO: Final = 100
#: A zip in a zip in a zip is as deep as senders go.
MOST_DEEP: Final = 3
_CHUNK: Final = 1 << 20
_BESIDE: Final = re.compile(r"(?i)\.ds_store|thumbs\.db|desktop\.ini|(?:readme|licen[cs]e|copying)(?:\..*)?")
#: Below this the ratio says nothing: a small file of zeros packs a thousandfold. [bytes]
_RATIO_FROM: Final = 1 << 20


class Packed(Protocol):
    """A stream that unpacks as it is read."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most so many; empty at the end."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of an upload: its name as shown (`outer.zip!inner.csv`) and its bytes."""

    name: str
    data: bytes


class BombError(Exception):
    """An archive breaks a cap; never leaves this room."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.code = code
        self.text = text


@dataclass(slots=True, kw_only=True)
class Budget:
    """What is left of one upload's caps."""

    bytes_left: int = MOST_UNPACKED
    members_left: int = MOST_MEMBERS

    def take_member(self) -> None:
        """Count one member more."""
        self.members_left -= 1
        if self.members_left < 0:
            raise BombError("too_many_members", f"The archive has more than {MOST_MEMBERS} files. Split it.")

    def read(self, packed: Packed, packed_size: int) -> bytes:
        """All of a stream, or `BombError`."""
        limit = max(packed_size * MOST_RATIO, _RATIO_FROM)
        parts: list[bytes] = []
        size = 0
        while part := packed.read(_CHUNK):
            size += len(part)
            self.bytes_left -= len(part)
            if self.bytes_left < 0:
                raise BombError(
                    "archive_too_large",
                    f"The archive unpacks to more than {MOST_UNPACKED >> 20} MiB. Send it in parts.",
                )
            if size > limit:
                raise BombError(
                    "archive_ratio",
                    f"A file in the archive unpacks to over {MOST_RATIO} times its size. It is not read.",
                )
            parts.append(part)
        return b"".join(parts)


def shown(name: str, longest: int = 1000) -> str:
    r"""A name from outside, safe to print: one line, no control characters.

    >>> shown("a\x00b.csv")
    'a?b.csv'
    """
    return "".join(char if char.isprintable() else "?" for char in name[:longest]) or "(no name)"


def members(data: bytes, name: str) -> Iterator[Member | Problem]:
    """The plain files in an upload, unpacked as deep as they are packed; or what is wrong with the archive.

    A file that is no archive (an XLSX counts as none) is its own only member.
    """
    try:
        yield from _members(data, name, Budget(), MOST_DEEP)
    except BombError as bomb:
        yield _problem(name, bomb.code, bomb.text)


def fingerprints(data: bytes, name: str) -> dict[str, tuple[bytes, int]]:
    """SHA-256 and size of each file that a zip holds, by its name as shown; of anything else nothing.

    Files of one upload are so known again when they come alone, or in other company. A zip inside counts as
    the file it is; what cannot be unpacked is left out, for `members` says why.
    """
    found: dict[str, tuple[bytes, int]] = {}
    budget = Budget()
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            if is_xlsx(archive):
                return {}
            for info in archive.infolist():
                if info.is_dir() or _is_litter(info.filename):
                    continue
                with contextlib.suppress(_RefusedMemberError):
                    plain = _read(archive, info, budget)
                    found[f"{name}!{shown(info.filename, 160)}"] = (
                        hashlib.sha256(plain).digest(),
                        len(plain),
                    )
    except (BombError, *_BROKEN):
        pass
    return found


def is_zip(data: bytes) -> bool:
    """Whether bytes begin like a zip archive, empty ones included."""
    return data[:4] in {b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"}


def is_xlsx(archive: zipfile.ZipFile) -> bool:
    """Whether a zip is a workbook."""
    return "xl/workbook.xml" in archive.NameToInfo or "xl/workbook.bin" in archive.NameToInfo


def check_workbook(data: bytes) -> dict[str, bytes]:
    """The parts of an XLSX, each read to its end under the caps, so that the reader after us is safe.

    Raises:
        BombError: it breaks a cap, is damaged or encrypted.
    """
    budget = Budget()
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return {info.filename: _read(archive, info, budget) for info in archive.infolist()}
    except _BROKEN as error:
        raise BombError("archive_damaged", f"The workbook cannot be unpacked: {_reason(error)}.") from None


def _members(data: bytes, name: str, budget: Budget, deep: int) -> Iterator[Member | Problem]:
    if data[:2] == b"\x1f\x8b":
        yield from _of_gzip(data, name, budget, deep)
    elif is_zip(data):
        yield from _of_zip(data, name, budget, deep)
    else:
        yield Member(name=name, data=data)


def _of_gzip(data: bytes, name: str, budget: Budget, deep: int) -> Iterator[Member | Problem]:
    if deep <= 0:
        raise BombError("archive_too_deep", f"Archives are nested more than {MOST_DEEP} deep.")
    budget.take_member()
    try:
        plain = budget.read(gzip.GzipFile(fileobj=BytesIO(data)), len(data))
    except _BROKEN as error:
        yield _problem(name, "archive_damaged", f"The gzip file cannot be unpacked: {_reason(error)}.")
        return
    yield from _members(plain, name, budget, deep - 1)


def _of_zip(data: bytes, name: str, budget: Budget, deep: int) -> Iterator[Member | Problem]:
    if deep <= 0:
        raise BombError("archive_too_deep", f"Archives are nested more than {MOST_DEEP} deep.")
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except _BROKEN as error:
        yield _problem(name, "archive_damaged", f"The zip file cannot be opened: {_reason(error)}.")
        return
    with archive:
        if is_xlsx(archive):
            yield Member(name=name, data=data)
            return
        inside = [info for info in archive.infolist() if not info.is_dir() and not _is_litter(info.filename)]
        if not inside:
            yield _problem(name, "archive_empty", "The archive holds no file.")
        for info in inside:
            inner = f"{name}!{shown(info.filename, 160)}"
            try:
                plain = _read(archive, info, budget)
            except _BROKEN as error:
                yield _problem(inner, "archive_damaged", f"This file cannot be unpacked: {_reason(error)}.")
            except _RefusedMemberError as refused:
                yield _problem(inner, refused.code, refused.text)
            else:
                yield from _members(plain, inner, budget, deep - 1)


class _RefusedMemberError(BombError):
    """One member is not read; the others are."""


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget) -> bytes:
    budget.take_member()
    if info.flag_bits & 0x1:
        raise _RefusedMemberError(
            "archive_encrypted", "The file is protected by a password. Send it without."
        )
    if stat.S_ISLNK(info.external_attr >> 16):
        raise _RefusedMemberError(
            "archive_link", "The archive holds a link instead of a file. It is not followed."
        )
    with archive.open(info) as packed:
        return budget.read(packed, info.compress_size)


def _is_litter(path: str) -> bool:
    """Files that an operating system leaves in archives, and notes that stand beside data."""
    name = path.rsplit("/", 1)[-1]
    return path.startswith("__MACOSX/") or _BESIDE.fullmatch(name) is not None


#: What zipfile, gzip and zlib raise on hostile bytes (NotImplementedError: an unknown compression).
_BROKEN: Final = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError,
    RuntimeError, KeyError, OverflowError, IndexError, TypeError,
)  # fmt: skip


def _reason(error: BaseException) -> str:
    return shown(str(error)).rstrip(".")[:100] or type(error).__name__


def _problem(name: str, code: str, text: str) -> Problem:
    return Problem(file=name, line=0, column=0, code=code, text=text, refused="the whole file")
