"""The shape of a 300 record: where its values end and its quality stands, whatever a sender did to it."""

from dataclasses import dataclass
from typing import Final

from aegrid_energy.ingestion.mdff import quality_method, shown

#: Fields of a 300 record before its first value: the record's name and the day.
BEFORE_VALUES: Final = 2
#: QualityMethod, ReasonCode, ReasonDescription, UpdateDateTime, MSATSLoadDateTime.
AFTER_VALUES: Final = 5
#: A day of the shortest interval, and room for a sender's trailing commas; the rest stays one field.
_MOST_FIELDS: Final = 340


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaped:
    """A record in order: the text of its values, its quality byte, and the fields from the quality on."""

    values: bytes
    quality: int
    tail: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Misshapen:
    """A record that cannot be read; `may_go_on` where a wrapped line would look the same."""

    column: int
    code: str
    text: str
    may_go_on: bool = False


def shape_of(line: bytes, slots: int) -> Shaped | Misshapen:
    """Split a 300 record without looking at each value where it has the usual shape.

    Args:
        line: The record, without its line end.
        slots: Intervals in a day of this register.

    >>> shape_of(b"300,20240101,1,2,A,,,20240102000000,", 2).values
    b'1,2'
    """
    if line.count(b",") == BEFORE_VALUES + slots + AFTER_VALUES - 1:
        head, *tail = line.rsplit(b",", AFTER_VALUES)
        quality = quality_method(tail[0])
        if quality is not None:
            return Shaped(values=head.split(b",", BEFORE_VALUES)[-1], quality=quality, tail=tuple(tail))
    return _unusual(line, slots)


def _unusual(line: bytes, slots: int) -> Shaped | Misshapen:
    """Optional fields left out, commas added, blanks, or a wrong number of values."""
    fields = [part.strip(b" \t") for part in line.split(b",", _MOST_FIELDS)]
    end = BEFORE_VALUES + slots
    qualities = [quality_method(part) for part in fields]
    behind = next((place for place, found in enumerate(qualities) if found is not None and place >= 2), None)
    if behind is not None and behind == end:
        quality = qualities[end]
        assert quality is not None  # noqa: S101 - `behind` is the place of one
        return Shaped(values=b",".join(fields[BEFORE_VALUES:end]), quality=quality, tail=tuple(fields[end:]))
    if behind is None and len(fields) > end + 1:
        text = f"{shown(fields[end])} stands where the quality of the day is expected (A, E, F, S, N or V)."
        return Misshapen(column=end + 1, code="quality_wrong", text=text)
    if behind is None:
        while len(fields) > BEFORE_VALUES and not fields[-1]:
            fields.pop()
    count = (len(fields) if behind is None else behind) - BEFORE_VALUES
    text = f"This day has {count} values; its interval length needs {slots}. Ask for the file again."
    if count == slots:
        text = "This day says nothing of its quality (A, E, F, S, N or V)."
    return Misshapen(
        column=BEFORE_VALUES + min(count, slots) + 1,
        code="quality_missing" if count == slots else "value_count_wrong",
        text=text,
        may_go_on=behind is None,
    )
