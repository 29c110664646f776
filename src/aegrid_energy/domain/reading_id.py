"""The id of a reading, computed from its series and start: nothing is stored, nothing is secret.

A UUIDv8 (RFC 9562, section 5.8): 32 bits series number, 16 bits of the start in ms since the epoch, version,
12 more bits of it, variant, its last 20 bits, zeros. Ids sort by series, then by time.
"""

from typing import Final
from uuid import UUID

from aegrid_energy.domain.errors import NotFoundError

_LAST_MS: Final = 2**48 - 1
_ZEROS: Final = (1 << 42) - 1


def reading_id(series_no: int, start_ms: int) -> UUID:
    """The id of the reading of a series that starts at an instant.

    Args:
        series_no: The series, below 2**31: a signed column holds it.
        start_ms: Its start, from the epoch to the year 10889. [ms]

    >>> reading_id(7, 1_700_000_000_000)
    UUID('00000007-018b-8cfe-95a0-000000000000')
    """
    if not 0 <= series_no < 2**31 or not 0 <= start_ms <= _LAST_MS:
        raise ValueError(f"no id for series {series_no} at {start_ms}")
    custom_c = (start_ms & 0xFFFFF) << 42
    high = series_no << 32 | (start_ms >> 32) << 16 | 0x8 << 12 | start_ms >> 20 & 0xFFF
    return UUID(int=high << 64 | 0b10 << 62 | custom_c)


def parse_reading_id(of: UUID) -> tuple[int, int]:
    """Series and start (ms) of a reading's id.

    Raises:
        NotFoundError: `reading_not_found`: no reading can have this id.

    >>> parse_reading_id(reading_id(7, 1_700_000_000_000))
    (7, 1700000000000)
    """
    high, low = of.int >> 64, of.int & (1 << 64) - 1
    if high >> 12 & 0xF != 0x8 or low >> 62 != 0b10 or low & _ZEROS or high >> 63:
        raise NotFoundError("reading_not_found")
    start_ms = (high >> 16 & 0xFFFF) << 32 | (high & 0xFFF) << 20 | low >> 42 & 0xFFFFF
    return high >> 32, start_ms
