"""Ids of things that we make: UUIDv7, so that new rows stand together in an index; by a key: UUIDv8."""

import hashlib
import secrets
from datetime import datetime
from uuid import UUID


def new_id(at: datetime) -> UUID:
    """A new id (RFC 9562, section 5.7).

    Args:
        at: When the thing is made; must be aware.
    """
    ms = int(at.timestamp() * 1000)
    number = ms << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return UUID(int=number)


def id_of_key(*parts: bytes) -> UUID:
    """The same id for the same parts, whoever asks and when (RFC 9562, section 5.8).

    >>> id_of_key(b"a", b"bc") == id_of_key(b"a", b"bc"), id_of_key(b"a", b"bc") == id_of_key(b"ab", b"c")
    (True, False)
    """
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    number = int.from_bytes(digest.digest()[:16], "big")
    number = number & ~(0xF << 76) | 0x8 << 76
    return UUID(int=number & ~(0b11 << 62) | 0b10 << 62)
