"""The objects of a Green Button feed, read as a stream, and which belongs to which."""

import re
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from aegrid_energy.ingestion.unreadable import UnreadableError

MOST_ELEMENTS: Final = 20_000_000
DEEPEST: Final = 64
#: Readings of one file; a year of five minutes is 105,120.
MOST_READINGS: Final = 5_000_000
MOST_METERS: Final = 2_000
_LONGEST_TEXT: Final = 400
_OBJECTS: Final = frozenset({"UsagePoint", "MeterReading", "ReadingType", "IntervalBlock"})
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,9})?")


@dataclass(slots=True)
class Links:
    """Where an entry of the feed stands: its own address, its collection's, and its neighbours'."""

    own: str = ""
    up: str = ""
    related: list[str] = field(default_factory=list)
    title: str = ""


@dataclass(slots=True)
class Thing:
    """One object: its name ("UsagePoint", ...), the texts inside it, and what it is nested in.

    `readings` of a block: (start, duration, value, qualities) as texts, in the order of the file.
    """

    name: str
    links: Links
    parent: "Thing | None" = None
    texts: dict[str, str] = field(default_factory=dict)
    readings: list[tuple[str, str, str, str]] = field(default_factory=list)


def read_feed(data: bytes) -> list[Thing]:
    """All objects of a feed in the order they end.

    Raises:
        UnreadableError: no XML, a document type declaration, or a broken cap.
    """
    feed = _Feed()
    try:
        for event, element in iterparse(BytesIO(data), events=("start", "end"), forbid_dtd=True):
            feed.take(event, element)
    except DefusedXmlException:
        text = "The XML declares a document type or entities, which Green Button never does. It is not read."
        raise UnreadableError("xml_forbidden", text) from None
    except ParseError as error:
        line, column = getattr(error, "position", (0, 0))
        raise UnreadableError(
            "bad_xml", f"This is no XML: {error.msg} (column {column + 1}).", line
        ) from None
    except (ValueError, LookupError, RecursionError, UnicodeError) as error:
        raise UnreadableError("bad_xml", f"This is no XML: {str(error)[:120]}.") from None
    return feed.things


def number_of(text: str) -> str | None:
    """A text if it is a plain decimal number of at most 18 digits before its point; else None."""
    plain = text.strip()
    return plain if _NUMBER.fullmatch(plain) else None


class _Feed:
    """What has been read so far."""

    def __init__(self) -> None:
        self.things: list[Thing] = []
        self.path: list[str] = []
        self.open: list[Thing] = []
        self.links = Links()
        self.reading: dict[str, str] = {}
        self.elements = 0
        self.readings = 0

    def take(self, event: str, element: Any) -> None:  # noqa: ANN401  the parser ships no types
        name = str(element.tag).rpartition("}")[2]
        if event == "start":
            self.begin(name, element)
        else:
            self.end(name, (element.text or "")[:_LONGEST_TEXT].strip())
            element.clear()  # what was read is not kept: a feed may be larger than its caps in memory

    def begin(self, name: str, element: Any) -> None:  # noqa: ANN401
        self.elements += 1
        self.path.append(name)
        if self.elements > MOST_ELEMENTS or len(self.path) > DEEPEST:
            raise UnreadableError(
                "xml_too_large", "The XML has more elements, or deeper ones, than any feed."
            )
        if name == "entry":
            self.links = Links()
        elif name == "link" and "content" not in self.path:
            self.link(str(element.get("rel", "")), str(element.get("href", ""))[:_LONGEST_TEXT])
        elif name in _OBJECTS:
            parent = self.open[-1] if self.open else None
            self.open.append(Thing(name=name, links=self.links, parent=parent))
        elif name == "IntervalReading":
            self.reading = {}

    def link(self, rel: str, href: str) -> None:
        if rel == "self":
            self.links.own = href
        elif rel == "up":
            self.links.up = href
        elif rel == "related" and len(self.links.related) < 1000:
            self.links.related.append(href)

    def end(self, name: str, text: str) -> None:
        self.path.pop()
        above = self.path[-1] if self.path else ""
        if name == "title" and above == "entry":
            self.links.title = text
        elif name == "IntervalReading" and self.open:
            self.end_reading()
        elif name in _OBJECTS and self.open:
            self.things.append(self.open.pop())
        elif "IntervalReading" in self.path:
            key = f"{above}.{name}" if above in {"timePeriod", "ReadingQuality"} else name
            kept = self.reading.get(key, "")
            # A reading may carry several qualities.
            self.reading[key] = f"{kept} {text}".strip() if key == "ReadingQuality.quality" and kept else text
        elif self.open:
            self.open[-1].texts[f"{above}.{name}" if above in {"interval", "ServiceCategory"} else name] = (
                text
            )

    def end_reading(self) -> None:
        self.readings += 1
        if self.readings > MOST_READINGS:
            raise UnreadableError("xml_too_large", f"The feed has more than {MOST_READINGS:,} readings.")
        one = self.reading
        self.open[-1].readings.append(
            (
                one.get("timePeriod.start", ""),
                one.get("timePeriod.duration", ""),
                one.get("value", ""),
                one.get("ReadingQuality.quality", ""),
            )
        )


def blocks_by_meter(things: list[Thing]) -> list[tuple[Thing | None, list[Thing]]]:
    """Blocks by the MeterReading they belong to: by nesting, by links, else the one before them.

    Raises:
        UnreadableError: more meters than any feed has.
    """
    meters = [thing for thing in things if thing.name == "MeterReading"]
    if len(meters) > MOST_METERS or sum(thing.name == "UsagePoint" for thing in things) > MOST_METERS:
        raise UnreadableError("xml_too_large", f"The feed has more than {MOST_METERS:,} meters.")
    by_link = {link: meter for meter in reversed(meters) for link in meter.links.related}
    by_own = {meter.links.own: meter for meter in reversed(meters) if meter.links.own}
    groups: dict[int, tuple[Thing | None, list[Thing]]] = {}
    last: Thing | None = None
    for thing in things:
        if thing.name == "MeterReading":
            last = thing
        elif thing.name == "IntervalBlock":
            meter = _owner(thing, by_link, by_own) or last or (meters[0] if len(meters) == 1 else None)
            groups.setdefault(id(meter), (meter, []))[1].append(thing)
    return list(groups.values())


def _owner(block: Thing, by_link: dict[str, Thing], by_own: dict[str, Thing]) -> Thing | None:
    if block.parent is not None and block.parent.name == "MeterReading":
        return block.parent
    own = block.links
    for link in filter(None, (own.own, own.up)):
        if link in by_link:
            return by_link[link]
    address = own.own
    while "/" in address:
        address = address.rpartition("/")[0]
        if address in by_own:
            return by_own[address]
    return None


def reading_type_of(meter: Thing | None, things: list[Thing]) -> Thing | None:
    """The ReadingType of a MeterReading: by nesting, by link, else the only one."""
    types = [thing for thing in things if thing.name == "ReadingType"]
    for one in types:
        if one.parent is not None and (one.parent is meter or (meter is None)):
            return one
    if meter is not None:
        for one in types:
            if one.links.own and one.links.own in meter.links.related:
                return one
    return types[0] if len(types) == 1 else None


def usage_point_of(meter: Thing | None, things: list[Thing]) -> Thing | None:
    """The UsagePoint of a MeterReading: by nesting, by the beginning of its address, else the only one."""
    points = [thing for thing in things if thing.name == "UsagePoint"]
    if meter is not None:
        if meter.parent is not None and meter.parent.name == "UsagePoint":
            return meter.parent
        for point in points:
            own = point.links.own
            if own and (meter.links.own.startswith(f"{own}/") or meter.links.own in point.links.related):
                return point
    return points[0] if len(points) == 1 else None
