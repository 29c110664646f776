"""What a file is, by what is in it; its name is never asked."""

import codecs
import zipfile
from enum import StrEnum
from io import BytesIO
from typing import Final

from aegrid_energy.ingestion.archive import is_xlsx, is_zip
from aegrid_energy.ingestion.mdff import looks_like_mdff

_HEAD: Final = 1 << 16


class Format(StrEnum):
    """Formats that have a reader."""

    NEM12 = "nem12"
    NEM13 = "nem13"
    GREEN_BUTTON = "green_button"
    XLSX = "xlsx"
    PARQUET = "parquet"
    ARROW = "arrow"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"


#: The sentence that tells a person what can be sent.
ACCEPTED: Final = (
    "NEM12, NEM13, Green Button (ESPI XML), CSV, XLSX, Parquet, Arrow, JSON and NDJSON, plain or zipped"
)


def sniff(data: bytes) -> Format | None:
    """The format of a plain (not packed) file; None where no reader takes it."""
    if data[:4] == b"PAR1":
        return Format.PARQUET
    if data[:6] == b"ARROW1" or data[:4] == b"\xff\xff\xff\xff":
        return Format.ARROW
    if is_zip(data):
        return Format.XLSX if _holds_workbook(data) else None
    text = decoded(data[:_HEAD], is_cut=len(data) > _HEAD)
    if text is None or not text.strip():
        return None
    plain = text.encode()
    mdff = looks_like_mdff(plain)
    if mdff is not None:
        return Format(mdff)
    return _of_text(text.lstrip())


def _of_text(text: str) -> Format | None:
    if text.startswith("<"):
        return Format.GREEN_BUTTON if _is_green_button(text) else None
    if text[0] in "{[":
        first, _, rest = text.partition("\n")
        is_lines = first.rstrip().endswith("}") and rest.lstrip().startswith("{")
        return Format.NDJSON if is_lines else Format.JSON
    lines = [line for line in text.splitlines()[:40] if line.strip()]
    marks = max((sum(mark in line for line in lines) for mark in ",;\t|"), default=0)
    return Format.CSV if len(lines) >= 2 and marks * 2 >= len(lines) else None


def _is_green_button(text: str) -> bool:
    # A document type declaration is let through to the reader, which refuses it by name.
    return any(mark in text for mark in ("naesb.org/espi", "IntervalBlock", "IntervalReading", "<!DOCTYPE"))


def _holds_workbook(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return is_xlsx(archive)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, IndexError, KeyError, TypeError):
        return False


def decoded(data: bytes, *, is_cut: bool = False) -> str | None:
    """Bytes as text: by byte order mark, else UTF-16 by its zeros, else UTF-8, else Windows-1252.

    Args:
        data: The bytes.
        is_cut: They are the head of something longer, and may end inside a character.

    Returns:
        The text; None where the bytes are no text.
    """
    encoding = encoding_of(data)
    if encoding == "utf-8-sig":
        try:
            text, _ = codecs.utf_8_decode(data.removeprefix(codecs.BOM_UTF8), "strict", not is_cut)
        except UnicodeDecodeError:
            text = data.decode("cp1252", errors="replace")
    else:
        text = data[: len(data) & ~1].decode(encoding, errors="replace").removeprefix("\ufeff")
    return None if "\x00" in text or _looks_binary(text) else text


def encoding_of(data: bytes) -> str:
    """The encoding that the first bytes speak for: "utf-8-sig", "utf-16-le" or "utf-16-be"."""
    if data[:2] == codecs.BOM_UTF16_LE:
        return "utf-16-le"
    if data[:2] == codecs.BOM_UTF16_BE:
        return "utf-16-be"
    head = data[:200]
    if len(head) >= 8 and head[1::2].count(0) * 10 >= len(head) // 2 * 9:
        return "utf-16-le"
    if len(head) >= 8 and head[0::2].count(0) * 10 >= len(head) // 2 * 9:
        return "utf-16-be"
    return "utf-8-sig"


def _looks_binary(text: str) -> bool:
    head = text[:4000]
    odd = sum(1 for character in head if ord(character) < 32 and character not in "\t\r\n\f\x1a\x1b")
    return odd * 50 > len(head)
