"""What the first letter of an NMI suffix says about the register behind it.

Source: AEMO, MSATS Procedure: National Metering Identifier, table of NMI suffixes for interval data,
as transcribed in the MIT-licensed `aemo` gem (DATA_STREAM_SUFFIX). AEMO speaks from the grid:
"All energy from the market is considered export (i.e. energy consumed by an End User is export)".
Here import is what the site takes, so AEMO's export is our import and the other way round:
E1 is consumption, B1 is feed-in, Q goes with E and K with B. The digit numbers the register: E2 is
a second consumption register, as a rule the controlled load.
"""

from dataclasses import dataclass
from typing import Final

from aegrid_energy.domain.series import Direction, Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Suffix:
    """What a letter stands for; `direction` NET where AEMO gives no side."""

    stream: str
    direction: Direction
    quantity: Quantity | None


def _table() -> dict[str, Suffix]:
    energy, reactive, apparent = Quantity.ENERGY, Quantity.REACTIVE_ENERGY, Quantity.APPARENT_ENERGY
    rows: list[tuple[str, str, Direction, Quantity | None]] = [
        ("E", "master", Direction.IMPORT, energy),
        ("B", "master", Direction.EXPORT, energy),
        ("Q", "master", Direction.IMPORT, reactive),
        ("K", "master", Direction.EXPORT, reactive),
        ("T", "master", Direction.NET, apparent),
        ("G", "master", Direction.NET, Quantity.POWER_FACTOR),
        ("H", "master", Direction.NET, None),
        ("M", "master", Direction.NET, None),
        ("V", "master", Direction.NET, None),
        ("F", "check", Direction.IMPORT, energy),
        ("C", "check", Direction.EXPORT, energy),
        ("R", "check", Direction.IMPORT, reactive),
        ("L", "check", Direction.EXPORT, reactive),
        ("U", "check", Direction.NET, apparent),
        ("Y", "check", Direction.NET, None),
        ("W", "check", Direction.NET, None),
        ("Z", "check", Direction.NET, None),
        ("A", "average", Direction.EXPORT, energy),
        ("P", "average", Direction.IMPORT, reactive),
        ("S", "average", Direction.NET, apparent),
        # AEMO gives D and J twice, as one side's average and as a net stream; NET adds to neither side.
        ("D", "net", Direction.NET, energy),
        ("J", "net", Direction.NET, reactive),
    ]
    return {
        letter: Suffix(stream=stream, direction=direction, quantity=quantity)
        for letter, stream, direction, quantity in rows
    }


SUFFIXES: Final = _table()


def suffix_of(text: str) -> Suffix | None:
    """The meaning of an NMI suffix; None where its letter is not in AEMO's table.

    >>> suffix_of("E1").direction.value, suffix_of("B1").direction.value, suffix_of("11")
    ('import', 'export', None)
    """
    return SUFFIXES.get(text[:1].upper())
