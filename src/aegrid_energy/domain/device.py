"""The devices that stood behind a meter, one after the other."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One install of a meter; it stood from `start_ms` until the next one did.

    Args:
        start_ms: Since when. [ms]
        serial: Its number; the same number again is the same device, whose counter runs on.
        multiplier: CT x VT: what its readings are multiplied by.
        first_read: What it showed at its start, before the multiplier.
        last_read: What it showed at its end, before the multiplier.
        wraps_at: Where its counter begins again, before the multiplier.
        max_rate_per_h: The most that can flow, after the multiplier. [canonical unit/h]
    """

    start_ms: int
    serial: str
    multiplier: Decimal = Decimal(1)
    first_read: Decimal | None = None
    last_read: Decimal | None = None
    wraps_at: Decimal | None = None
    max_rate_per_h: Decimal | None = None
