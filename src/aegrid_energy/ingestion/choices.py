"""What the person who loads a file says about it; each overrides what the file seems to say."""

from dataclasses import dataclass

from aegrid_energy.domain.series import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Options of one load. Empty or None = not said.

    Args:
        meter: Name (or NMI) for files that are one meter and do not name it.
        zone: "UTC", fixed offset "+10:00", or IANA name, for times without a zone. For NEM12/NEM13 the
            fixed offset of the market's clock; default +10:00.
        unit: Unit of the values where the file does not say.
        interval_s: Interval length where the file does not say. [s]
        kind: What a value is where the file does not say.
        layout: "long" or "wide".
        columns: Column name in the file -> role ("time", "end", "meter", "value", "quality", "skip").
        accept_proposed: Take the proposal without asking.
        lenient: Take NEM12 files without a 100 or 900 record (retailer portals cut them off).
        now_ms: The present, for the rule against readings from the future. [ms since the epoch]
        oldest_ms: Readings that start before this are refused (retention). [ms since the epoch]
    """

    meter: str = ""
    zone: str = ""
    unit: str = ""
    interval_s: int | None = None
    kind: Kind | None = None
    layout: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    accept_proposed: bool = False
    lenient: bool = False
    now_ms: int
    oldest_ms: int = 0
