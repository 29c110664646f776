"""What an event is about and what happened: the words that the table, the doors and the sheets share."""

from enum import StrEnum


class EventScope(StrEnum):
    """What an event concerns."""

    TENANT = "tenant"
    PORTFOLIO = "portfolio"
    SITE = "site"
    ASSET = "asset"
    METER = "meter"


class EventKind(StrEnum):
    """What happened."""

    HOLIDAY = "holiday"
    CLOSURE = "closure"
    RETROFIT = "retrofit"
    WORKS = "works"
    METER_CHANGE = "meter_change"
    NOTE = "note"
