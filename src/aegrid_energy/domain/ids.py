"""Ids of things that we make: UUIDv7, so that new rows stand together in an index."""

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
